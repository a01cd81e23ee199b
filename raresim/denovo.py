"""New mutations of every child: how many by the ages of the parents, where by the mutation rates, on which haplotype.

Mean at the mean ages of parents: 1.29 a coding exome (1,953 in 1,517 trios: gnomAD, de novo variants, March 2025).
Slopes: 1.51 a year of the father and 0.37 a year of the mother, of 70.3 in the whole genome (108,778 in 1,548 trios:
Jonsson 2017, Nature 549:519); the exome is taken to keep these proportions. Four in five arise in the father (about 80%
of phased ones, the same), so his and her part have each their mean and slope.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.case import DeNovo
from raresim.genome import ContigKind, Genome, Targets
from raresim.haplotypes import Pair, carries, clash, outside_par, with_private, with_side
from raresim.inheritance._draws import PATERNAL
from raresim.mutation import Rates
from raresim.pedigree import Pedigree
from raresim.pedigree.trio import FATHER_MEAN, MOTHER_MEAN
from raresim.sites import Variant

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.world import World

EXOME_MEAN = 1.29
GENOME_MEAN, FATHER_YEAR, MOTHER_YEAR = 70.3, 1.51, 0.37
# What 1.29 stands for: ``exposure`` of the coding sequence (without padding) of the embedded exome, which comes from
# data/rates.tsv.gz and the MANE Select models; tests/test_denovo.py computes it again.
EXOME_RATE = 0.5


@dataclass(frozen=True, eq=False)
class Region:
    """Intervals of targets (contig int64[n], start, end int64[n]) and their summed mutation rate per haplotype."""

    contig: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    rate: float


def regions(genome: Genome, targets: Targets, rates: Rates) -> tuple[Region, Region]:
    """Return where mutations can fall: autosomes with the PARs of X, and X outside PAR. No Y, no mitochondrial DNA."""
    shared: list[tuple[int, int, int]] = []
    linked: list[tuple[int, int, int]] = []
    for c, contig in enumerate(genome.contigs):
        rows = np.flatnonzero(targets.contig == c)
        pairs = [(int(targets.start[r]), int(targets.end[r])) for r in rows]
        if contig.kind is ContigKind.AUTOSOME:
            shared += [(c, *pair) for pair in pairs]
        if contig.kind is ContigKind.X:
            shared += [(c, *pair) for pair in _cut(pairs, contig.par)]
            linked += [(c, *pair) for pair in _cut(pairs, outside_par(contig.par, contig.length))]
    return _region(genome, rates, shared), _region(genome, rates, linked)


def _cut(pairs: list[tuple[int, int]], to: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
    cut = [(max(a, lo), min(b, hi)) for a, b in pairs for lo, hi in to]
    return sorted((a, b) for a, b in cut if a < b)


def _region(genome: Genome, rates: Rates, rows: list[tuple[int, int, int]]) -> Region:
    contig, start, end = np.array(rows, np.int64).reshape(-1, 3).T
    inside = Targets(contig.astype(np.int16), start.astype(np.int32), end.astype(np.int32))
    return Region(contig, start, end, rates.total(genome, inside) if rows else 0.0)


@lru_cache(2)
def _regions(world: World) -> tuple[Region, Region]:
    return regions(world.genome, world.targets, world.rates)


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
        shared, linked = _regions(world)
        for side, mean in enumerate(means(shared.rate, linked.rate, member.female, father, mother)):
            region = shared if side == 0 and not member.female else both(shared, linked)
            for _ in range(rng.poisson(mean)):
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
