"""Founders: which people of the cohort found the family of a case, and how a causal allele enters their haplotypes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import streams
from raresim.errors import InputError
from raresim.genome import ContigKind, Genome
from raresim.haplotypes import (
    NONE,
    Clash,
    Haplotype,
    Pair,
    clash,
    joined,
    lacking,
    pieces,
    row_at,
    with_private,
    with_side,
)
from raresim.inheritance import Alleles
from raresim.panel import Panel
from raresim.variant import Designed

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.maps import GeneticMap

# Generations back to the ancestor whose segment two carriers of a rare allele share. Median age of haplotypes shared by
# exactly two people of a sample: 50 to 160 generations within Europe or Asia (Mathieson and McVean 2014, PLoS Genet
# 10:e1004528); the middle is taken. Two lines of g meioses leave an exponential length with mean 100 / (2 g) cM on each
# side of the allele (Haldane 1919, J Genet 8:299).
AGE = 100


def capacity(panel: Panel, places: int) -> NDArray[np.int64]:
    """Return how many cases the cohort of each ancestry can found, with ``places`` people a case."""
    return np.bincount(panel.ancestry, minlength=len(panel.ancestries)) // places


def check(panel: Panel, last: int, places: int, reuse: bool) -> None:
    """Raise InputError if cases up to number ``last`` want more founders than there are; says how many would do."""
    can = int(capacity(panel, places).sum())
    if can == 0:
        raise InputError(
            f"background: {panel.people} people in the cohort cannot found a family of {places}; enlarge the panel"
        )
    if last > can and not reuse:
        enough = ", ".join(f"{name} = {size}" for name, size in would_do(panel, last, places).items())
        raise InputError(
            f"cases: {last} cases with {places} founders each (first + cases - 1), but the cohort of "
            f"{panel.people} people has founders for {can}; "
            f"background.ancestry = {{ {enough} }} would do, or reuse = true"
        )


def would_do(panel: Panel, last: int, places: int) -> dict[str, int]:
    """Return how many people of each ancestry a panel needs, cohort and database together, to found so many cases."""
    can = capacity(panel, places)
    cohort = np.bincount(panel.ancestry, minlength=len(can))
    out = {}
    for group in np.flatnonzero(can).tolist():
        share = cohort[group] / (cohort[group] + panel.an[group] / 2)
        cases = -(-last * int(can[group]) // int(can.sum()))
        out[panel.ancestries[group]] = ceil(cases * places / float(share))
    return out


def pick(panel: Panel, number: int, places: int, seed: int, reuse: bool = False) -> NDArray[np.int64]:
    """Return the people (rows of the cohort, all of one ancestry) who found case ``number`` (counted from 1).

    Cases are permuted over all places of the cohort and people inside each ancestry by keyed permutations, so a case's
    founders follow from its number alone, ancestries come in the shares of the cohort, and no two cases share a person.
    Past the end of the cohort: InputError, or with ``reuse`` another permutation of the same people.
    """
    check(panel, number, places, reuse)
    can = capacity(panel, places)
    turn, index = divmod(number - 1, int(can.sum()))
    slot = streams.permuted(index, int(can.sum()), streams.key(seed, "founders", "cases", turn))
    ends = np.cumsum(can)
    group = int(np.searchsorted(ends, slot, "right"))
    rank = slot - int(ends[group] - can[group])
    people = np.flatnonzero(panel.ancestry == group)
    key = streams.key(seed, "founders", "people", group, turn)
    return np.array([people[streams.permuted(rank * places + i, len(people), key)] for i in range(places)], np.int64)


def haplotypes(panel: Panel, genome: Genome, person: int, female: bool) -> Pair:
    """Return the two haplotypes of a person of the cohort, without what his or her sex does not have there
    (``haplotypes.lacking``)."""
    n = len(panel.sites)
    pair = joined([(2 * person, 0, n)]), joined([(2 * person + 1, 0, n)])
    for c, side, start, end in lacking(genome, female):
        lo, hi = row_at(panel.sites, c, start), row_at(panel.sites, c, end)
        pair = with_side(pair, side, graft(pair[side], n, lo, hi, NONE))
    return pair


def graft(haplotype: Haplotype, sites: int, lo: int, hi: int, source: int) -> Haplotype:
    """Return the haplotype with rows ``lo:hi`` (of so many sites) replaced by those of panel haplotype ``source``."""
    return _replaced(haplotype, sites, lo, hi, [(source, lo, hi)])


def _replaced(haplotype: Haplotype, sites: int, lo: int, hi: int, new: list[tuple[int, int, int]]) -> Haplotype:
    if lo >= hi:
        return haplotype
    return joined([*pieces(haplotype, 0, lo), *new, *pieces(haplotype, hi, sites)], haplotype.private)


def plant(
    panel: Panel,
    genome: Genome,
    genetic_map: GeneticMap,
    pairs: Mapping[int, Pair],
    alleles: Alleles,
    designed: Sequence[Designed],
    rng: Generator,
) -> dict[int, Pair]:
    """Return the founders' haplotypes (by member) with their causal alleles; ``designed[l]`` is the allele of locus l.

    A private allele is added to the haplotype. An allele of the panel comes with the founder segment of one of its
    cohort carriers. Two or more founder haplotypes that carry one allele get one and the same segment around it: they
    have it from a common ancestor. Clash: the allele does not fit (haplotypes.clash); draw another one.
    """
    out = dict(pairs)
    for locus, chosen in enumerate(designed):
        carriers = [(m, side) for m in sorted(out) for side in (0, 1) if alleles.copies[locus, m, side] == 1]
        v = chosen.variant
        from_panel = chosen.panel_site >= 0
        if carriers and (from_panel or len(carriers) > 1):
            lo, hi = segment(panel, genome, genetic_map, v.contig, v.pos, rng)
            if from_panel:
                shared = [(_carrier(panel, chosen.panel_site, carriers[0], out, rng), lo, hi)]
            else:
                member, side = carriers[0]
                shared = pieces(out[member][side], lo, hi)
            for member, side in carriers:
                out[member] = with_side(
                    out[member], side, _replaced(out[member][side], len(panel.sites), lo, hi, shared)
                )
        if not from_panel:
            for member, side in carriers:
                if clash(panel, out[member][side], v):
                    raise Clash(v)
                out[member] = with_side(out[member], side, with_private(out[member][side], v))
    return out


def _carrier(panel: Panel, site: int, place: tuple[int, int], pairs: Mapping[int, Pair], rng: Generator) -> int:
    """Draw a cohort haplotype that carries a site, of the founder's ancestry if there is one."""
    carriers = panel.carriers(site)
    own = panel.ancestry[pairs[place[0]][place[1]].source.max() // 2]
    same = carriers[panel.ancestry[carriers // 2] == own]
    pool = same if len(same) else carriers
    if not len(pool):
        raise Clash(panel.sites[site])
    return int(pool[rng.integers(len(pool))])


def sides(rng: Generator) -> tuple[float, float]:
    """Draw how far a founder segment reaches left and right of the allele, in cM."""
    left, right = rng.exponential(100.0 / (2 * AGE), 2)
    return float(left), float(right)


def segment(
    panel: Panel, genome: Genome, genetic_map: GeneticMap, contig: int, pos: int, rng: Generator
) -> tuple[int, int]:
    """Draw the founder segment around an allele: the panel rows that two carriers share by descent.

    Each side is exponential with mean 100 / (2 ``AGE``) cM on the sex-averaged map, up to the end of the chromosome.
    On X outside PAR the segment ends at the pseudoautosomal boundaries.
    """
    where = genome.contigs[contig]
    lo, hi = 0, where.length
    if where.kind is ContigKind.X:
        edges = [0, *(e for interval in sorted(where.par) for e in interval), where.length]
        lo, hi = next((a, b) for a, b in pairwise(edges) if a <= pos < b)
    left, right = sides(rng)
    start = max(lo, _walk(genetic_map, genome, contig, pos, -left))
    end = min(hi, _walk(genetic_map, genome, contig, pos, right) + 1)
    return row_at(panel.sites, contig, start), row_at(panel.sites, contig, end)


def _walk(genetic_map: GeneticMap, genome: Genome, contig: int, pos: int, cm: float) -> int:
    """Position that lies so many sex-averaged cM from another one (on X: of the female map), by bisection."""
    where = genome.contigs[contig]
    sexes = (True,) if where.kind is ContigKind.X else (True, False)

    def at(p: int) -> float:
        return float(np.mean([genetic_map.cm(contig, np.array([p]), sex)[0] for sex in sexes]))

    goal = at(pos) + cm
    lo, hi = (0, pos) if cm < 0 else (pos, where.length)
    while hi - lo > 1:
        middle = (lo + hi) // 2
        lo, hi = (middle, hi) if at(middle) < goal else (lo, middle)
    return lo if cm < 0 else hi
