"""Meiosis: gametes as breakpoints by the sex-specific map, and children's haplotypes as mosaics of their parents'.

Crossovers are a Poisson process on the map without interference (Haldane 1919, J Genet 8:299), chromosomes are
independent. A father's X and Y pair in the pseudoautosomal regions only: a daughter gets his X, a son his Y, each with
crossovers inside PAR; Y itself and mitochondrial DNA are handed down whole. Positions are 0-based; a break at b means
that the other haplotype takes over at base b.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.genome import ContigKind, Genome
from raresim.haplotypes import (
    Clash,
    Haplotype,
    Pair,
    carries,
    clash,
    joined,
    outside_par,
    pieces,
    with_private,
)
from raresim.inheritance import Alleles
from raresim.panel import Panel
from raresim.pedigree import Pedigree
from raresim.sites import Variant

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.maps import GeneticMap

Conditions = Mapping[int, Sequence[tuple[int, int]]]  # contig: (position, haplotype of the parent transmitted there)


@dataclass(frozen=True)
class Gamete:
    """What one parent transmits: on contig c the parent's haplotype ``first[c]`` up to the first of ``breaks[c]``
    (int64, ascending), then the other one, and so on."""

    first: tuple[int, ...]
    breaks: tuple[NDArray[np.int64], ...]

    def at(self, contig: int, pos: int) -> int:
        """Return which haplotype of the parent is transmitted at a position."""
        return (self.first[contig] + int(np.searchsorted(self.breaks[contig], pos, "right"))) % 2


def crossovers(mean: float, parity: int, rng: Generator) -> int:
    """Draw a Poisson number with this mean; parity 0 or 1: given that it is even or odd; -1: without condition."""
    if parity < 0:
        return int(rng.poisson(mean))
    if parity == 0 and mean <= 0:
        return 0
    u = rng.random() * (np.cosh(mean) if parity == 0 else np.sinh(mean))
    n, term = parity, float(mean**parity)
    while u > term and n < 1000:
        u -= term
        term *= mean * mean / ((n + 1) * (n + 2))
        n += 2
    return n


def _stretch(
    genetic_map: GeneticMap, contig: int, female: bool, lo: int, hi: int, parity: int, rng: Generator
) -> NDArray[np.int64]:
    """Breaks in (lo, hi]: their number by the map, or by its parity where both ends are given."""
    if lo >= hi:
        return np.zeros(0, np.int64)
    a, b = genetic_map.cm(contig, np.array([lo, hi]), female)
    n = crossovers((b - a) / 100.0, parity, rng)
    if n == 0:
        return np.zeros(0, np.int64)
    at = np.sort(genetic_map.bp(contig, rng.uniform(a, b, n), female)).astype(np.int64)
    return np.minimum(np.maximum(at, lo + 1), hi)


def _chromosome(
    genetic_map: GeneticMap,
    contig: int,
    female: bool,
    ends: tuple[int, int],
    fixed: Sequence[tuple[int, int]],
    rng: Generator,
) -> tuple[int, NDArray[np.int64]]:
    """First haplotype and breaks of a chromosome (or a part of it) on which ``fixed`` positions are given."""
    if not fixed:
        return int(rng.integers(2)), _stretch(genetic_map, contig, female, *ends, -1, rng)
    parts = [_stretch(genetic_map, contig, female, ends[0], fixed[0][0], -1, rng)]
    first = (fixed[0][1] + len(parts[0])) % 2
    for (a, x), (b, y) in pairwise(fixed):
        if a == b:
            raise ValueError(f"contig {contig}, position {a + 1}: both haplotypes of a parent are asked for")
        parts.append(_stretch(genetic_map, contig, female, a, b, x ^ y, rng))
    parts.append(_stretch(genetic_map, contig, female, fixed[-1][0], ends[1], -1, rng))
    return first, np.concatenate(parts)


def _fathers_x(
    genetic_map: GeneticMap,
    genome: Genome,
    contig: int,
    daughter: bool,
    fixed: Sequence[tuple[int, int]],
    rng: Generator,
) -> tuple[int, NDArray[np.int64]]:
    """A father's X (haplotype 1) for a daughter, his Y (0) for a son: no break outside PAR."""
    x = genome.contigs[contig]
    start, end = max(outside_par(x.par, x.length), key=lambda part: part[1] - part[0])  # the sex-linked part
    chosen = int(daughter)
    first, breaks = chosen, [np.zeros(0, np.int64)]
    for lo, hi in sorted(x.par):
        given = [f for f in fixed if lo <= f[0] < hi]
        if hi <= start:
            first, found = _chromosome(genetic_map, contig, False, (lo, start), [*given, (start, chosen)], rng)
        else:
            given = [(end - 1, chosen), *given]
            _, found = _chromosome(genetic_map, contig, False, (end - 1, hi), given, rng)
        breaks.append(found)
    return first, np.concatenate(breaks)


def gamete(
    genetic_map: GeneticMap,
    genome: Genome,
    mother: bool,
    daughter: bool,
    conditions: Conditions,
    rng: Generator,
) -> Gamete:
    """Draw what a mother (or a father) transmits to a daughter (or a son), given the haplotypes at some positions."""
    first, breaks = [], []
    for c, contig in enumerate(genome.contigs):
        fixed = sorted(set(conditions.get(c, ())))
        if contig.kind is ContigKind.X and not mother:
            head, found = _fathers_x(genetic_map, genome, c, daughter, fixed, rng)
        elif contig.kind in (ContigKind.AUTOSOME, ContigKind.X):
            head, found = _chromosome(genetic_map, c, mother, (0, contig.length), fixed, rng)
        elif contig.kind is ContigKind.Y:  # a father's Y is haplotype 0, to sons; nobody has one on haplotype 1
            head, found = int(mother or daughter), np.zeros(0, np.int64)
        else:  # mitochondrial DNA is the mother's haplotype 1, a father passes on none
            head, found = int(mother), np.zeros(0, np.int64)
        first.append(head)
        breaks.append(found)
    return Gamete(tuple(first), tuple(breaks))


def transmitted(panel: Panel, parent: Pair, made: Gamete) -> Haplotype:
    """Return the haplotype that a child gets from a parent through a gamete, flattened to panel haplotypes."""
    parts: list[tuple[int, int, int]] = []
    bounds = np.searchsorted(panel.sites.contig, np.arange(len(made.first) + 1, dtype=panel.sites.contig.dtype))
    for c, (lo, end) in enumerate(pairwise(bounds.tolist())):
        cuts = lo + np.searchsorted(panel.sites.pos[lo:end], made.breaks[c].astype(panel.sites.pos.dtype))
        which = made.first[c]
        for hi in [*cuts.tolist(), end]:
            parts += pieces(parent[which], lo, hi)
            lo, which = hi, 1 - which
    private = sorted(v for h in (0, 1) for v in parent[h].private if made.at(v.contig, v.pos) == h)
    return joined(parts, tuple(private))


def required(alleles: Alleles, variants: Sequence[Variant], child: int, side: int, parent: int) -> Conditions:
    """Return the conditions on the gamete of ``parent`` that becomes haplotype ``side`` of ``child``.

    A copy that the parent does not have sets no condition: it is de novo. ValueError if the child lacks what both
    haplotypes of the parent carry.
    """
    out: dict[int, list[tuple[int, int]]] = {}
    for locus, variant in enumerate(variants):
        child_copy = int(alleles.copies[locus, child, side])
        has = [int(x) for x in alleles.copies[locus, parent]]
        if child_copy < 0 or min(has) < 0:
            continue
        if has == [1, 1] and child_copy == 0:
            raise ValueError(f"member {child} lacks the allele of locus {locus} that its parent {parent} carries twice")
        if has[0] != has[1]:
            out.setdefault(variant.contig, []).append((variant.pos, has.index(child_copy)))
    return out


def is_new(alleles: Alleles, pedigree: Pedigree, locus: int, member: int, side: int) -> bool:
    """Return whether a copy is de novo: carried by a child on a haplotype whose parent does not have it."""
    m = pedigree.members[member]
    parent = (m.father, m.mother)[side]
    return bool(parent >= 0 and alleles.copies[locus, member, side] == 1 and (alleles.copies[locus, parent] != 1).all())


def descend(
    panel: Panel,
    genome: Genome,
    genetic_map: GeneticMap,
    pedigree: Pedigree,
    founders: Mapping[int, Pair],
    alleles: Alleles,
    variants: Sequence[Variant],
    rng: Generator,
) -> list[Pair]:
    """Return the haplotypes of all members: founders as given (alleles planted), children by meiosis, given alleles.

    variants[l] is the allele of locus l. De novo copies are planted on the child's haplotype. Clash: an allele does not
    fit, or a haplotype that should not carry it does; draw another allele.
    """
    have = dict(founders)
    for child in pedigree.order:
        if child in have:
            continue
        member = pedigree.members[child]
        made = []
        for side, parent in enumerate((member.father, member.mother)):
            given = required(alleles, variants, child, side, parent)
            drawn = gamete(genetic_map, genome, pedigree.members[parent].female, member.female, given, rng)
            haplotype = transmitted(panel, have[parent], drawn)
            for locus, variant in enumerate(variants):
                if is_new(alleles, pedigree, locus, child, side):
                    if clash(panel, haplotype, variant):
                        raise Clash(variant)
                    haplotype = with_private(haplotype, variant)
            made.append(haplotype)
        have[child] = (made[0], made[1])
    for locus, variant in enumerate(variants):
        for row, pair in have.items():
            for side in (0, 1):
                if carries(panel, pair[side], variant) != (alleles.copies[locus, row, side] == 1):
                    raise Clash(variant)
    return [have[i] for i in range(len(pedigree.members))]
