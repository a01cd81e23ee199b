"""What a study will make and cost, told before anything is simulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from raresim.spec import Spec
    from raresim.world import World

# Variants of a person with a database frequency below 0.1%, per Mb of coding targets, by the haplotypes in the
# database. Means of 50 people, 1,500 random genes of the embedded exome (3.19 Mb with padding), EUR, seed 42.
CANDIDATES = ((100, 18.4), (250, 11.9), (500, 8.2), (1000, 6.6), (2500, 7.6), (5000, 7.1), (10000, 7.4))
RECORDS = 700.0  # variants of a person per Mb of targets: the same people
RECORD_BYTES = 20.0  # of a record and a member in all files of a case: 45 MB in 20 trios of the demo
# Bytes of the cohort's files, by the output that writes them: of a record, of a record and a person, and of an allele
# that a haplotype carries (1,010 a person and Mb of targets). They give what the exome of 250 people took (205,955
# records, 10.3 million carried alleles): VCF 14.6, BCF 12.8, PLINK 8.6, Zarr 4.2 and VCF with calls 313 MB; PLINK's
# share of a record and a person is that between 200 and 1,000 people of ten genes. That records grow with the square
# root of people is msprime's; that the rest stays the same is a choice.
COHORT_RECORDS, CARRIED = (206_000 / 40.9, 250), 1_010.0
COHORT_BYTES = {
    "cohort_vcf": (20.6, 0.0, 1.0),
    "cohort_bcf": (12.0, 0.0, 1.0),
    "plink": (33.0, 0.03, 0.0),
    "vcf_zarr": (17.0, 0.012, 0.0),
}
CALLED_BYTES = (20.0, 6.0, 0.0)
TREE_BYTES = 0.64e6  # of the tree sequence of a block of 500 people; that it grows with people is a choice
# CPU seconds of one core: the demo's panel (500 people, 900 blocks of 4 cM) and a case of 38,000 records. The panel of
# 1,000 people took 50 (docs/speed.md, a busy machine); it grows with people to the power 0.7 (from 100 to 100,000).
PANEL_SECONDS, PANEL_PEOPLE, PANEL_BLOCKS, PANEL_POWER = 31.0, 500, 900, 0.7
BLOCK_CM = 4.0
# Seconds that do not depend on the size, on one core: starting, and compiling kernels where numba has not kept them.
# CPU of `raresim run -w 1` of 4 cases of four genes of the embedded genome (61 people): 119 with empty caches, 18 with
# kernels compiled, 10 with the panel kept (a 2-core machine, busy, which inflates them).
START_SECONDS, COMPILE_SECONDS = 8.0, 85.0
CASE_SECONDS_PER_RECORD = 0.25 / 38_000
# Without a genome, CPU seconds and bytes of a trio with the phenotypes of `annotated` and truth tables (1,500 cases):
# its phenopackets as files of their own, or as JSON lines.
FILES, LINES = (1.5e-3, 15_000.0), (0.8e-3, 6_000.0)


@dataclass(frozen=True)
class Plan:
    """What a study will make: size of the population and its database, and estimates a case and in all.

    candidates: variants of a proband with a database frequency below 0.1%. gigabytes on disk; minutes by the clock on
    this machine, otherwise idle, with one process a core; compiling: those of them that the next run saves.
    """

    cases: int
    people: int
    database_haplotypes: int
    smallest_frequency: float
    genome: str
    target_bases: int
    candidates: float
    gigabytes: float
    minutes: float
    notes: tuple[str, ...] = ()
    compiling: float = 0.0


def plan(spec: Spec) -> Plan:
    """Check a study and return what it will make; InputError names every mistake. No population is simulated."""
    from raresim import kinds
    from raresim.cases import notes, outlined
    from raresim.rehearsal import compiled
    from raresim.shell.progress import cores

    bare = outlined(spec)
    if bare.genome.absent:
        return _phenotypes(spec, bare)
    haplotypes = int(bare.panel.an.sum())
    people = bare.panel.people + haplotypes // 2
    megabases = bare.targets.bases / 1e6
    members = max(kind.founders + (kind.founders > 1) for kind in spec.pedigree.kinds)
    records = RECORDS * megabases * (1 + 0.17 * (members - 1))
    panel = PANEL_SECONDS * (people / PANEL_PEOPLE) ** PANEL_POWER * _blocks(bare) / PANEL_BLOCKS
    trees = "trees" in map(kinds.name_of, spec.output)
    cpu = panel + spec.cases * records * CASE_SECONDS_PER_RECORD + trees * panel * cores()  # made again on one core
    compiling = 0.0 if compiled() else COMPILE_SECONDS
    contigs = len(np.unique(bare.genome.genes.contig))
    sizes, rates = zip(*CANDIDATES, strict=True)
    return Plan(
        cases=spec.cases,
        people=people,
        database_haplotypes=haplotypes,
        smallest_frequency=1 / haplotypes if haplotypes else float("nan"),
        genome=f"{bare.genome.assembly}, {len(bare.genome.genes):,} genes on {contigs} contigs",
        target_bases=bare.targets.bases,
        candidates=float(np.interp(np.log(max(haplotypes, 1)), np.log(sizes), rates)) * megabases,
        gigabytes=(spec.cases * records * members * RECORD_BYTES + _cohort(spec, bare.panel.people, megabases)) / 1e9
        + trees * _blocks(bare) * TREE_BYTES * people / PANEL_PEOPLE / 1e9,
        minutes=(cpu / cores() + START_SECONDS + compiling) / 60,
        notes=(*notes(bare), *_rounds(spec, bare)),
        compiling=compiling / 60,
    )


def _cohort(spec: Spec, people: int, megabases: float) -> float:
    """Return the bytes of the files of the whole cohort."""
    from raresim import kinds

    known, then = COHORT_RECORDS
    records = known * megabases * (people / then) ** 0.5
    total = 0.0
    for kind in spec.output:
        name = kinds.name_of(kind)
        if name in COHORT_BYTES:
            called = len(getattr(kind, "fields", ())) > 1
            row, cell, carried = CALLED_BYTES if called else COHORT_BYTES[name]
            total += records * (row + cell * people) + carried * CARRIED * megabases * people
    return total


def _rounds(spec: Spec, bare: World) -> tuple[str, ...]:
    """Say how many cases each disease gets where all have equally many."""
    sizes = [len(kind.pool(bare, spec.modes)) for kind in spec.disease.kinds if hasattr(kind, "nth")]
    if len(sizes) != 1 or len(spec.disease.kinds) > 1:
        return ()
    n, each = sizes[0], spec.cases / sizes[0]
    more = "" if spec.cases % n == 0 else f"; cases = {max(1, round(each)) * n} gives each of them equally many"
    return (f"disease: {n:,} diseases, {each:.3g} cases of each{more}",)


def _phenotypes(spec: Spec, bare: World) -> Plan:
    from raresim import kinds
    from raresim.cases import notes
    from raresim.shell.progress import cores

    seconds, size = FILES if "phenopacket" in map(kinds.name_of, spec.output) else LINES
    return Plan(
        cases=spec.cases,
        people=0,
        database_haplotypes=0,
        smallest_frequency=float("nan"),
        genome=f"none: phenotypes alone, of diseases of {len(bare.genome.genes):,} genes",
        target_bases=0,
        candidates=0.0,
        gigabytes=spec.cases * size / 1e9,
        minutes=spec.cases * seconds / cores() / 60,
        notes=(*notes(bare), *_rounds(spec, bare)),
    )


def _blocks(world: World) -> int:
    """How many stretches of the map hold targets."""
    found = 0
    for row in range(len(world.genome.contigs)):
        start = world.targets.start[world.targets.contig == row].astype(np.int64)
        if len(start):
            found += len(np.unique(world.map.cm(row, start, True) // BLOCK_CM))
    return found
