"""The genealogies of a simulated panel as tskit tree sequences, made again from the seed, a block at a time."""

from __future__ import annotations

import json
import re
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from raresim import __version__, cohort, vcf_text
from raresim.ancestry import Genealogy, Job, genealogy, places
from raresim.consequence import effects, names, worst
from raresim.lookup import Lookup
from raresim.mutation import LETTERS, indel_allele
from raresim.population import People
from raresim.sites import Sites, Variant
from raresim.thinning import LOSS, MISSENSE, classes

if TYPE_CHECKING:
    from raresim.background.coalescent import Coalescent
    from raresim.format import Study
    from raresim.genome import Genome
    from raresim.panel import Panel

CLASSES = {MISSENSE: "missense", LOSS: "loss"}  # of raresim.thinning; the rest is "neutral"
UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Allele:
    """A row of a block as an allele of the genome, with what the metadata of its site say."""

    variant: Variant
    flipped: bool
    told: dict[str, Any]


@dataclass(frozen=True)
class Site:
    """A site of a tree sequence: position, allele at the root, mutations (node, time, allele), the oldest first."""

    position: float
    ancestral: str
    mutations: tuple[tuple[int, float, str], ...]
    told: tuple[dict[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Maker:
    """What the blocks of a panel share: genome, panel, its people in the order of samples, how to find its sites."""

    genome: Genome
    panel: Panel
    people: People
    known: Lookup
    provenance: str
    created: str

    @staticmethod
    def of(study: Study, kind: Coalescent, seed: int) -> Maker:
        """Return what the blocks of a study's panel share."""
        world = study.world
        people = People.of(sorted(kind.ancestry.items()), kind.database, seed)
        parameters = {"command": "panel", "background": _settings(kind), "seed": seed, "panel": world.panel.digest}
        software = {"name": "raresim", "version": __version__}
        libraries = {name: {"version": version} for name, version in sorted(study.versions.items())}
        record = {
            "schema_version": "1.0.0",
            "software": software,
            "parameters": parameters,
            "environment": {"libraries": libraries},
        }
        made = json.dumps(record, sort_keys=True)
        return Maker(world.genome, world.panel, people, Lookup(world.panel.sites), made, study.created)

    def file(self, job: Job) -> bytes:
        """Return the file of a block; the same bytes every time, the identifier that tskit draws is a digest here."""
        trees = self.sequence(job)
        with tempfile.TemporaryFile() as file:
            trees.dump(file)
            file.seek(0)
            data = file.read()
        name = f"{self.panel.digest} {self.genome.contigs[job.block.contig].name} {job.block.number}"
        own = str(uuid.UUID(bytes=blake2b(name.encode(), digest_size=16).digest())).encode()
        data, count = UUID.subn(own, data)
        if count != 1:
            raise RuntimeError("tskit's file does not hold exactly one identifier: a fault of raresim")
        return data

    def sequence(self, job: Job) -> Any:
        """Return the tree sequence of a block on the coordinates of its chromosome; its samples are people's."""
        made = genealogy(job)
        block, contig = job.block, self.genome.contigs[job.block.contig]
        tables = made.trees.dump_tables()
        tables.sequence_length = contig.length
        edges = tables.edges
        left, right = (places(block, made.offset, side.astype(np.int64)) for side in (edges.left, edges.right))
        edges.set_columns(left=left, right=right, parent=edges.parent, child=edges.child)
        self._individuals(tables, 1 if block.side >= 0 else 2)
        self._sites(tables, list(self.sites(job, made)))
        tables.metadata_schema = _json()
        tables.metadata = {
            "raresim": {
                "contig": contig.name,
                "assembly": self.genome.assembly,
                "block": block.number,
                "start": int(block.start[0]),
                "end": int(block.end[-1]),
                "panel": self.panel.digest,
            }
        }
        tables.provenances.clear()
        tables.provenances.add_row(self.provenance, timestamp=self.created)
        tables.build_index()
        tables.compute_mutation_parents()
        return tables.tree_sequence()

    def _individuals(self, tables: Any, copies: int) -> None:
        """Make the people of the panel the individuals; the reference haplotype is a node, and no sample."""
        codes = cohort.People.of(self.panel)
        code = dict(zip(codes.order.tolist(), codes.names, strict=True))
        tables.individuals.clear()
        tables.individuals.metadata_schema = _json()
        place = 0
        men = self.people.men()
        for person, (group, known) in enumerate(zip(self.people.ancestry, self.people.database, strict=True)):
            told = {"person": person, "ancestry": self.people.names[group], "part": "database" if known else "cohort"}
            if known:
                told["sex"] = "male" if men[person] else "female"
            else:
                told |= {"name": code[place], "haplotypes": [2 * place, 2 * place + 1]}
                place += 1
            tables.individuals.add_row(metadata=told)
        reference = copies * len(self.people.ancestry)
        tables.individuals.add_row(metadata={"part": "reference"})
        nodes = tables.nodes
        flags, individual = nodes.flags.copy(), nodes.individual.copy()
        flags[reference] = 0
        individual[: reference + 1] = np.arange(reference + 1) // copies
        nodes.set_columns(flags=flags, time=nodes.time, population=nodes.population, individual=individual)

    def sites(self, job: Job, made: Genealogy) -> Iterator[Site]:
        """Give the sites of a block: one for the single-base changes of a base, and one for every indel, which lie
        between the bases: an indel is in the tree of the base that it arose at, wherever its record stands."""
        alleles = self._alleles(job, made)
        events = made.events
        at = places(job.block, made.offset, events.base.astype(np.int64))
        by_base: dict[int, list[Allele]] = {}
        for row, allele in alleles.items():
            if made.rows.alt[row] >= 0:
                by_base.setdefault(int(made.rows.position[row]), []).append(allele)
        for base, group in groupby(range(len(at)), key=events.base.__getitem__):
            rows = list(group)[::-1]
            single = [i for i in rows if events.became[i] < 4]
            if base in by_base:
                mutations = tuple(
                    (int(events.node[i]), float(events.time[i]), LETTERS[events.became[i]]) for i in single
                )
                told = tuple(allele.told for allele in by_base[base])
                yield Site(float(at[rows[0]]), LETTERS[events.began[rows[0]]], mutations, told)
            indels = [i for i in rows if int(events.row[i]) in alleles]
            for k, i in enumerate(indels, 1):
                allele = alleles[int(events.row[i])]
                old, new = allele.variant.ref, allele.variant.alt
                if allele.flipped:
                    old, new = new, old
                mutation = (int(events.node[i]), float(events.time[i]), new)
                yield Site(float(at[i]) + k / (len(indels) + 1), old, (mutation,), (allele.told,))

    def _alleles(self, job: Job, made: Genealogy) -> dict[int, Allele]:
        """Return the alleles of a block by row; an indel beside N is none."""
        rows, contig = made.rows, job.block.contig
        position = places(job.block, made.offset, rows.position).tolist()
        found: dict[int, Variant] = {}
        for row, (pos, alt, size) in enumerate(zip(position, rows.alt.tolist(), rows.size.tolist(), strict=True)):
            if alt >= 0:
                found[row] = Variant(contig, pos, self.genome.fetch(contig, pos, pos + 1), LETTERS[alt])
            elif (indel := indel_allele(self.genome, contig, pos, size)) is not None:
                found[row] = indel
        sites = Sites.of(found.values())
        order = sites.order()
        sites, mine = sites.take(order), np.array(list(found), np.int64)[order]
        terms, gene = worst(effects(self.genome, sites), len(sites))
        kept, kind = self.known.rows(sites) >= 0, classes(terms)
        copies = 1 if job.block.side >= 0 else 2
        known = np.concatenate([[0], np.cumsum(np.repeat(self.people.database, copies)[rows.haplotype])])
        out = {}
        for i, row in enumerate(mine.tolist()):
            variant = found[row]
            lo, hi = int(rows.off[row]), int(rows.off[row + 1])
            database = int(known[hi] - known[lo])
            told = {
                "pos": variant.pos + 1,
                "ref": variant.ref,
                "alt": variant.alt,
                "consequence": "&".join(names(int(terms[i]))),
                "class": CLASSES.get(int(kind[i]), "neutral"),
                "gene": self.genome.genes.symbol[gene[i]] if gene[i] >= 0 else "",
                "kept": bool(kept[i]),
                "database": database,
                "cohort": hi - lo - database,
            }
            out[row] = Allele(variant, bool(rows.flipped[row]), told)
        return out

    @staticmethod
    def _sites(tables: Any, sites: list[Site]) -> None:
        state, state_off = _packed([site.ancestral.encode() for site in sites])
        told, told_off = _packed([orjson.dumps({"alleles": site.told}) for site in sites])
        tables.sites.metadata_schema = _json()
        tables.sites.set_columns(
            position=np.array([site.position for site in sites]),
            ancestral_state=state,
            ancestral_state_offset=state_off,
            metadata=told,
            metadata_offset=told_off,
        )
        rows = [(i, *mutation) for i, site in enumerate(sites) for mutation in site.mutations]
        derived, derived_off = _packed([row[3].encode() for row in rows])
        tables.mutations.set_columns(
            site=np.array([row[0] for row in rows], np.int32),
            node=np.array([row[1] for row in rows], np.int32),
            time=np.array([row[2] for row in rows], np.float64),
            derived_state=derived,
            derived_state_offset=derived_off,
        )


def _packed(texts: list[bytes]) -> tuple[NDArray[np.int8], NDArray[np.uint64]]:
    text, bounds = vcf_text.joined(texts)
    return text[: bounds[-1]].astype(np.int8), bounds.astype(np.uint64)


def _json() -> Any:
    import tskit

    return tskit.MetadataSchema.permissive_json()


def _settings(kind: Coalescent) -> dict[str, Any]:
    """What the kind was given, without the folders of files."""
    return {
        "kind": "coalescent",
        "ancestry": dict(sorted(kind.ancestry.items())),
        "database": kind.database,
        "demography": kind.demography.name if kind.demography else None,
        "stdpopsim": kind.stdpopsim,
        "block_cM": kind.block_cM,
        "target": kind.target.name if kind.target else None,
    }
