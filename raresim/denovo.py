"""New mutations of every child: how many by the ages of the parents, where by the mutation rates, on which haplotype.

Mean at the mean ages of parents: 1.29 a coding exome (1,953 in 1,517 trios: gnomAD, de novo variants, March 2025).
Slopes: 1.51 a year of the father and 0.37 a year of the mother, of 70.3 in the whole genome (108,778 in 1,548 trios:
Jonsson 2017, Nature 549:519); the exome is taken to keep these proportions. Four in five arise in the father (about 80%
of phased ones, the same), so his and her part have each their mean and slope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.case import DeNovo
from raresim.genome import ContigKind, Genes, Genome, Targets
from raresim.haplotypes import Pair, carries, clash, outside_par, with_private, with_side
from raresim.inheritance._draws import PATERNAL
from raresim.intervals import merged
from raresim.mutation import CODE, load
from raresim.pedigree import Pedigree
from raresim.pedigree.trio import FATHER_MEAN, MOTHER_MEAN
from raresim.sites import Variant

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.world import World

Ints = NDArray[np.int64]

EXOME_MEAN = 1.29
GENOME_MEAN, FATHER_YEAR, MOTHER_YEAR = 70.3, 1.51, 0.37
# What 1.29 stands for: ``exposure`` of the coding sequence (without padding) of the embedded exome, which comes from
# data/rates.tsv.gz and the MANE Select models; tests/test_denovo.py computes it again.
EXOME_RATE = 0.46270212559134016


@dataclass(frozen=True, eq=False)
class Region:
    """Intervals of targets (contig int64[n], start, end int64[n]) and their summed mutation rate per haplotype."""

    contig: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    rate: float


def regions(genome: Genome, targets: Targets) -> tuple[Region, Region]:
    """Return where mutations can fall: autosomes with the PARs of X, and X outside PAR. No Y, no mitochondrial DNA."""
    shared, linked = [], []
    for c, contig in enumerate(genome.contigs):
        own = np.flatnonzero(targets.contig == c)
        start, end = targets.start[own].astype(np.int64), targets.end[own].astype(np.int64)
        if contig.kind is ContigKind.AUTOSOME:
            shared.append((c, start, end))
        if contig.kind is ContigKind.X:
            shared += [(c, *within(start, end, a, b)) for a, b in sorted(contig.par)]
            linked += [(c, *within(start, end, a, b)) for a, b in outside_par(contig.par, contig.length)]
    return _region(genome, shared), _region(genome, linked)


def within(start: Ints, end: Ints, lo: int, hi: int) -> tuple[Ints, Ints]:
    """Return the parts of intervals that lie in ``lo:hi``."""
    a, b = np.maximum(start, lo), np.minimum(end, hi)
    return a[a < b], b[a < b]


def _region(genome: Genome, parts: list[tuple[int, Ints, Ints]]) -> Region:
    total = sum(rate(genome, c, start, end) for c, start, end in parts if len(start))
    none = np.zeros(0, np.int64)
    return Region(
        np.concatenate([none, *(np.full(len(start), c) for c, start, _ in parts)]),
        np.concatenate([none, *(start for _, start, _ in parts)]),
        np.concatenate([none, *(end for _, _, end in parts)]),
        total,
    )


def rate(genome: Genome, contig: int, start: Ints, end: Ints) -> float:
    """Return the rate of any mutation in sorted disjoint intervals of a contig, per haplotype and generation.

    The same sum as ``Rates.total``, from counts of contexts instead of an array of every base.
    """
    everywhere = _counts(genome, contig, start, end)
    inside = _counts(genome, contig, *shared_parts(start, end, *coding(genome.genes, contig)))
    table = load()
    known = table.total > 0
    indels = table.indel[1] * inside[known].sum() + table.indel[0] * (everywhere - inside)[known].sum()
    return float(everywhere @ table.total + indels)


def coding(genes: Genes, contig: int) -> tuple[Ints, Ints]:
    """Return the union of the coding sequences on a contig: start and end, sorted."""
    row = np.repeat(np.arange(len(genes)), np.diff(genes.exon_off))
    start, end = np.maximum(genes.exon_start, genes.cds_start[row]), np.minimum(genes.exon_end, genes.cds_end[row])
    keep = genes.contig[row] == contig
    _, a, b = merged(genes.contig[row][keep], start[keep], end[keep])
    return a, b


def shared_parts(start: Ints, end: Ints, other_start: Ints, other_end: Ints) -> tuple[Ints, Ints]:
    """Return the intersection of two lists of sorted disjoint intervals."""
    first = np.searchsorted(other_end, start, "right")
    count = np.maximum(np.searchsorted(other_start, end, "left") - first, 0)
    mine = np.repeat(np.arange(len(start)), count)
    other = np.arange(len(mine)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    return np.maximum(start[mine], other_start[other]), np.minimum(end[mine], other_end[other])


def _counts(genome: Genome, contig: int, start: Ints, end: Ints) -> Ints:
    from raresim.kernels.contexts import context_counts

    held = slice(int(genome.seg_first[contig]), int(genome.seg_first[contig + 1]))
    segments = (genome.seg_start[held], genome.seg_end[held], genome.seg_off[held])
    counts: Ints = context_counts(start, end, CODE, *segments, genome.bases)
    return counts


@lru_cache(2)
def _regions(world: World) -> tuple[Region, Region, Region]:
    """Autosomes with PAR, X outside PAR, and both together."""
    shared, linked = regions(world.genome, world.targets)
    return shared, linked, both(shared, linked)


def exposure(shared: float, linked: float, daughter: float) -> tuple[float, float]:
    """Return the summed rates that a father and a mother expose, weighted by their share of mutations.

    shared, linked: summed rates of autosomes with PAR, and of X outside PAR; daughter: 1.0 or 0.0 (0.5 for the mean of
    the sexes): a son has no X of his father's.
    """
    return PATERNAL * (shared + daughter * linked), (1.0 - PATERNAL) * (shared + linked)


def by_age(father: float, mother: float) -> tuple[float, float]:
    """Return the factors of the paternal and maternal means for parents of these ages (years, at the birth)."""
    paternal = 1.0 + FATHER_YEAR * (father - FATHER_MEAN) / (PATERNAL * GENOME_MEAN)
    maternal = 1.0 + MOTHER_YEAR * (mother - MOTHER_MEAN) / ((1.0 - PATERNAL) * GENOME_MEAN)
    return max(paternal, 0.0), max(maternal, 0.0)


def means(shared: float, linked: float, daughter: bool, father: float, mother: float) -> tuple[float, float]:
    """Return the mean number of new mutations on the paternal and the maternal haplotype of a child."""
    weights = exposure(shared, linked, float(daughter))
    ages = by_age(father, mother)
    return EXOME_MEAN * weights[0] * ages[0] / EXOME_RATE, EXOME_MEAN * weights[1] * ages[1] / EXOME_RATE


def counts(
    shared: float, linked: float, daughter: bool, father: float, mother: float, rng: Generator
) -> tuple[int, int]:
    """Draw how many new mutations a child has on the paternal and the maternal haplotype: Poisson with ``means``."""
    paternal, maternal = means(shared, linked, daughter, father, mother)
    return int(rng.poisson(paternal)), int(rng.poisson(maternal))


def background(
    world: World, pedigree: Pedigree, pairs: Sequence[Pair], rng: Generator
) -> tuple[list[Pair], tuple[DeNovo, ...]]:
    """Draw the background de novo variants of every child and add them to its haplotypes.

    pairs: the haplotypes of all members, with the causal alleles planted. A mutation that does not fit its haplotype
    (haplotypes.clash), or that somebody in the family has already, is drawn again. A new mutation of a parent in the
    pedigree would have to reach the children: parents with parents of their own are not supported yet.
    """
    out = list(pairs)
    events: list[DeNovo] = []
    for i, member in enumerate(pedigree.members):
        if member.father < 0:
            continue
        father, mother = (pedigree.members[p].age - member.age for p in (member.father, member.mother))
        shared, linked, everywhere = _regions(world)
        for side, count in enumerate(counts(shared.rate, linked.rate, member.female, father, mother, rng)):
            region = shared if side == 0 and not member.female else everywhere
            for _ in range(count):
                variant = _fitting(world, region, out, i, side, rng)
                out[i] = with_side(out[i], side, with_private(out[i][side], variant))
                events.append(DeNovo(i, variant, side, False))
    return out, tuple(events)


def both(first: Region, second: Region) -> Region:
    """Return two regions as one."""
    return Region(
        np.concatenate([first.contig, second.contig]),
        np.concatenate([first.start, second.start]),
        np.concatenate([first.end, second.end]),
        first.rate + second.rate,
    )


def _fitting(world: World, region: Region, pairs: Sequence[Pair], child: int, side: int, rng: Generator) -> Variant:
    for _ in range(1000):
        variant = world.rates.draw(world.genome, region.contig, region.start, region.end, rng)
        known = any(carries(world.panel, h, variant) for pair in pairs for h in pair)
        if not known and not clash(world.panel, pairs[child][side], variant):
            return variant
    raise RuntimeError("no new mutation fits this haplotype")
