"""Patients as SHEPHERD reads them: JSON lines of terms, candidate genes and, in truth, genes and diseases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from raresim.kinds import kind

if TYPE_CHECKING:
    from raresim.case import Case
    from raresim.format import Study
    from raresim.lookup import Lookup
    from raresim.world import World

RARE = 0.001  # database frequency below which a variant makes its gene a candidate


@kind
class Shepherd:
    """Patients as SHEPHERD reads them: JSON lines of terms and candidate genes; in truth, genes and diseases too.

    observed/shepherd.jsonl has id, age, positive_phenotypes, negative_phenotypes, all_candidate_genes (Ensembl ids,
    sorted); truth/shepherd.jsonl the same with distractor_genes, true_genes, true_diseases (Orphanet numbers, else the
    primary id), disease_id. Candidates are the genes in which the proband is called with a rare variant that changes
    the protein; without a genome, the true gene among others of the catalog, drawn evenly, ``candidates`` in all (15,
    as many as the patient in SHEPHERD's documentation has). The observed file has every proband; the truth has those
    that SHEPHERD can be judged on: no controls, and nobody whose gene is no candidate (lost by the sequencing, or
    without an Ensembl id).
    """

    candidates: Annotated[int, Field(ge=1, le=1000)] = 15

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Return a context that gives the writer of one case."""
        import orjson

        from raresim.joins import appending
        from raresim.lookup import Lookup

        world = study.world
        known = None if world.genome.absent else Lookup(world.panel.sites)
        pool = sorted({ensembl for ensembl in world.genome.genes.ensembl if ensembl})
        with appending(folder) as append:

            def one(case: Case) -> None:
                true = world.genome.genes.ensembl[case.truth.gene] if case.truth.disease else ""
                genes = _called(case, world, known) if known else self._drawn(case, true, pool)
                seen = _patient(case, genes)
                append("observed/shepherd.jsonl", orjson.dumps(seen, option=orjson.OPT_APPEND_NEWLINE))
                if true and true in genes:
                    answer = {**seen, **_answer(case, genes, true, world)}
                    append("truth/shepherd.jsonl", orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))

            yield one

    def _drawn(self, case: Case, true: str, pool: list[str]) -> list[str]:
        from raresim.streams import stream

        rng = stream(case.truth.number, "shepherd", case.observed.code)
        order = (pool[i] for i in rng.permutation(len(pool))[: self.candidates].tolist())
        own = [true] if true else []
        return sorted([*own, *[gene for gene in order if gene != true][: self.candidates - len(own)]])


def _called(case: Case, world: World, known: Lookup) -> list[str]:
    from raresim.annotation import HIGH, IMPACT, MODERATE
    from raresim.consequence import effects, names

    calls, panel = case.observed.calls, world.panel
    sites = case.observed.sites.take(np.flatnonzero((calls.alt[:, 0] > 0) & calls.passed))
    ac = np.append(panel.ac.sum(axis=1), 0)[known.rows(sites)]  # row -1: not in the database
    found = effects(world.genome, sites.take(np.flatnonzero(ac < RARE * panel.alleles(sites).sum(axis=1))))
    pairs = zip(found.gene.tolist(), found.terms.tolist(), strict=True)
    genes = {gene for gene, mask in pairs if IMPACT.get(names(mask)[0]) in (HIGH, MODERATE)}
    return sorted(filter(None, {world.genome.genes.ensembl[gene] for gene in genes}))


def _patient(case: Case, genes: list[str]) -> dict[str, Any]:
    proband = case.observed.members[0]
    rows = proband.features.rows if proband.features else ()
    return {
        "id": case.observed.code,
        "age": round(proband.age, 2),
        "positive_phenotypes": [f.term for f in rows if not f.excluded],
        "negative_phenotypes": [f.term for f in rows if f.excluded],
        "all_candidate_genes": genes,
    }


def _answer(case: Case, genes: list[str], true: str, world: World) -> dict[str, Any]:
    ids = world.catalog.ids[world.catalog.rows[case.truth.disease]]
    numbers = [code.removeprefix("ORPHA:") for code in ids if code.startswith("ORPHA:")]
    return {
        "distractor_genes": [gene for gene in genes if gene != true],
        "true_genes": [true],
        "true_diseases": numbers or [case.truth.disease],
        "disease_id": case.truth.disease,
    }
