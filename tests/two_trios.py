"""A hand-made study of two trios (a boy and a girl) on a small genome: what the tests of formats write and read."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.random import Generator, default_rng

from raresim.calls import genotype, select, take
from raresim.case import Case, CausalAllele, DeNovo, Observed, SeenMember, TrueMember, Truth
from raresim.catalog import Disease, GeneLink
from raresim.format import Study
from raresim.genome import ContigKind, Genome
from raresim.panel import Panel
from raresim.phenotype import Feature, Features
from raresim.sequencing import Genotypes
from raresim.sequencing.perfect import Perfect
from raresim.sites import Sites, Variant
from tests.builders import random_genome


class OneDisease(list[Disease]):
    """A catalog of one disease."""

    @property
    def rows(self) -> dict[str, int]:
        """Row by id."""
        return {disease.id: row for row, disease in enumerate(self)}


LABELS = {"HP:0001250": "Seizure", "HP:0001249": "Intellectual disability", "HP:0000252": "Microcephaly"}


def variants(genome: Genome, contig: int, count: int, rng: Generator) -> list[Variant]:
    """Return normalised SNVs and indels (one in five) at least 12 bases apart where bases are held."""
    spans = range(int(genome.seg_first[contig]), int(genome.seg_first[contig + 1]))
    places = np.concatenate([np.arange(genome.seg_start[k] + 20, genome.seg_end[k] - 20, 12) for k in spans])
    out = []
    for pos in np.sort(rng.choice(places, count, replace=False)).tolist():
        here, then = genome.fetch(contig, pos, pos + 1), genome.fetch(contig, pos + 1, pos + 2)
        other = [b for b in "ACGT" if b != here][int(rng.integers(3))]
        if rng.random() < 0.8 or here == then:
            out.append(Variant(contig, pos, here, other))
        elif rng.random() < 0.5:
            out.append(Variant(contig, pos, here + then, here))
        else:
            out.append(Variant(contig, pos, here, here + other))
    return out


def family(genome: Genome, female: bool, rng: Generator) -> tuple[list[Variant], np.ndarray]:
    """Return sites and copies int8[n, 3, 2] of child, father, mother: every site is carried by someone."""
    sites = [v for c, n in ((0, 400), (1, 200)) for v in variants(genome, c, n, rng)]
    parents = (rng.random((len(sites), 2, 2)) < 0.4).astype(np.int8)
    parents[:, 1, 1] |= parents.sum(axis=(1, 2)) == 0
    copies = np.zeros((len(sites), 3, 2), np.int8)
    copies[:, 1:] = parents
    for i, v in enumerate(sites):
        single = genome.contigs[v.contig].ploidy(v.pos, False) == 1
        if single:
            copies[i, 1, 0] = -1
        copies[i, 0, 0] = copies[i, 1, 1 if single else int(rng.integers(2))]
        copies[i, 0, 1] = copies[i, 2, int(rng.integers(2))]
        if single and not female:
            copies[i, 0, 0] = -1
        if not (copies[i] == 1).any():
            copies[i, 2, 0] = 1
    return sites, copies


def in_gene(
    genome: Genome, sites: list[Variant], contig: int, want: int, single: bool = False
) -> tuple[int, list[int]]:
    """Return a gene of a contig with ``want`` sites in its coding sequence, outside PAR if asked, and their rows."""
    genes = genome.genes
    for gene in np.flatnonzero(genes.contig == contig).tolist():
        rows = [
            i
            for i, v in enumerate(sites)
            if v.contig == contig
            and any(a <= v.pos < b - 3 for a, b in genome.genes.cds(gene))
            and (not single or genome.contigs[contig].ploidy(v.pos, False) == 1)
        ]
        if len(rows) >= want:
            return gene, rows[:want]
    raise LookupError("no such gene in the small genome")


def build(genome: Genome, number: int, mode: str, rng: Generator, caller: Any) -> Case:
    """Return a case: number 1 a boy with a de novo (AD) or X-linked (XLR) allele, 2 a girl with two alleles (AR)."""
    female = mode == "AR"
    sites, copies = family(genome, female, rng)
    contig = 1 if mode == "XLR" else 0
    gene, rows = in_gene(genome, sites, contig, 2 if mode == "AR" else 1, single=mode == "XLR")
    plans = {
        "AD": [((1, 0), (0, 0), (0, 0), "de_novo")],
        "AR": [((1, 0), (0, 1), (0, 0), "inherited_paternal"), ((0, 1), (0, 0), (1, 0), "inherited_maternal")],
        "XLR": [((-1, 1), (-1, 0), (0, 1), "inherited_maternal")],
    }[mode]
    for row, plan in zip(rows, plans, strict=True):
        copies[row] = plan[:3]
    for i, v in enumerate(sites):  # nothing else in the gene is carried by the child
        if (
            i not in rows
            and genome.genes.contig[gene] == v.contig
            and any(a - 30 <= v.pos < b + 30 for a, b in genome.genes.cds(gene))
        ):
            copies[i, 0] = np.where(copies[i, 0] == 1, 0, copies[i, 0])
            copies[i, 1:] = np.where(copies[i, 1:] == 1, 0, copies[i, 1:])
            copies[i, 2, 0] = copies[i, 2, 1] = 0
    keep = np.flatnonzero((copies == 1).any(axis=(1, 2)))
    planted = [sites[r] for r in rows]
    all_sites = Sites.of([sites[i] for i in keep])
    calls = caller.call(Genotypes(all_sites, np.ascontiguousarray(copies[keep])), 1000 + number)
    written = select(calls)
    code, people = f"C{number:07d}X", [f"P{number}A", f"P{number}B", f"P{number}C"]
    found = Features(
        (
            Feature("HP:0001250", False, 1.5, "annotated", "HP:0001250"),
            Feature("HP:0000252", True, None, "excluded_annotation", "HP:0000252"),
        )
    )
    seen = (
        SeenMember(people[0], female, 5.3, True, people[1], people[2], found),
        SeenMember(people[1], False, 38.0, False, "", "", None),
        SeenMember(people[2], True, 35.0, False, "", "", None),
    )
    alleles = []
    for row, plan in zip(rows, plans, strict=True):
        at = all_sites.find(sites[row])
        alleles.append(
            CausalAllele(
                role="causal",
                variant=sites[row],
                gene=gene,
                terms=("missense_variant",),
                hgvs_c=f"{genome.genes.transcript[gene]}:c.100A>G",
                hgvs_p="",
                database_ac=0,
                database_an=100,
                origin=plan[3],
                source="designed",
                true_genotypes=tuple("|".join(str(c) for c in pair if c >= 0) for pair in plan[:3]),
                called=tuple(genotype(calls, at, m) if at in written else "" for m in range(3)),
                why="",
            )
        )
    roles = ("proband", "father", "mother")
    truth = Truth(
        number=number,
        mode=mode,
        inheritance=mode.lower(),
        disease="OMIM:000001",
        gene=gene,
        members=tuple(
            TrueMember(
                m.code,
                r,
                m.female,
                m.age,
                m.affected,
                "EUR",
                ("", "") if r == "proband" else (f"h{number}1", f"h{number}2"),
                m.features,
            )
            for m, r in zip(seen, roles, strict=True)
        ),
        alleles=tuple(alleles),
        denovo=(DeNovo(0, planted[0], 0, True),) if mode == "AD" else (),
        onset=1.0,
        detectable=True,
        why="",
    )
    observed = Observed(code, genome.assembly, seen, all_sites.take(written), take(calls, written))
    return Case(observed, truth)


def panel_of(sites: Sites) -> Panel:
    """Return a panel whose database carries every second site."""
    n = len(sites)
    ac = np.zeros((n, 2), np.int32)
    ac[::2] = [[1, 3]]
    return Panel(
        sites=sites,
        terms=np.zeros(n, np.uint32),
        gene=np.full(n, -1, np.int32),
        pathogenic=np.zeros(n, bool),
        ancestries=("EUR", "AFR"),
        ac=ac,
        an=np.array([200, 100], np.int32),
        hom=ac // 3,
        xy=np.zeros((n, 2), np.int32),
        men=np.zeros(2, np.int32),
        ancestry=np.zeros(0, np.int8),
        hap_off=np.zeros(1, np.int64),
        hap_site=np.zeros(0, np.int32),
        digest="",
    )


@cache
def study(caller: Any = None) -> tuple[Study, tuple[Case, ...]]:
    """Return the study and its cases: a boy with a de novo allele, a girl with two in trans, a boy hemizygous on X."""
    genome = random_genome(3, 40)
    assert genome.contigs[1].kind is ContigKind.X
    rng = default_rng(7)
    made = tuple(build(genome, i, mode, rng, caller or Perfect()) for i, mode in enumerate(("AD", "AR", "XLR"), 1))
    disease = Disease(
        id="OMIM:000001",
        ids=("OMIM:000001", "ORPHA:000001"),
        name="A disease, type 1",
        modes=("AD",),
        genes=(GeneLink("HGNC:1", "GENE1", "germline"),),
        annotations=(),
        onset=((0.0, 1.0, 1.0),),
        sex="",
        prevalence=None,
        drawable=True,
        why_not="",
    )
    ontology = SimpleNamespace(labels=list(LABELS.values()), index=list(LABELS).index, release="2025-01-16")
    world = SimpleNamespace(
        pathogenic=None,
        genome=genome,
        catalog=OneDisease([disease]),
        ontology=ontology,
        panel=panel_of(made[0].observed.sites),
    )
    versions = {"raresim-dx": "0.1.0", "hpo": "2025-01-16", "catalog": "2025-01-16"}
    return Study(world=world, created="2025-01-16T00:00:00Z", versions=versions), made  # type: ignore[arg-type]
