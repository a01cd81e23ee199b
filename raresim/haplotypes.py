"""Haplotypes of the members of a family as views: which panel haplotype from which site to which, and private alleles.

Genotypes are gathered from the panel only at the end, in one path for planted and background alleles.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from raresim.genome import ContigKind, Genome
from raresim.panel import Panel
from raresim.pedigree import Pedigree
from raresim.sequencing import Genotypes
from raresim.sites import Sites, Variant

NONE = -1  # no such haplotype here: the paternal one of a male on X outside PAR, the maternal one on Y
NEAR = 2  # bases between two ALT of one haplotype: at fewer they could fall in one codon and change what each one does


class Clash(Exception):
    """The allele in the argument does not fit the haplotypes of the family; the caller draws another one."""


@dataclass(frozen=True)
class Haplotype:
    """One haplotype of a person over the whole genome.

    Segment k shows panel haplotype ``source[k]`` (int64, or ``NONE``) at the site rows from ``start[k]`` (int64,
    ascending, the first is 0) up to the start of the next segment. private: alleles beside those of the panel, sorted.
    """

    source: NDArray[np.int64]
    start: NDArray[np.int64]
    private: tuple[Variant, ...] = ()


Pair = tuple[Haplotype, Haplotype]  # of one person: paternal, maternal


def contig_rows(sites: Sites, contig: int) -> tuple[int, int]:
    """Return the first row of a contig in sorted sites, and the first row after it."""
    lo, hi = np.searchsorted(sites.contig, np.array([contig, contig + 1], sites.contig.dtype))
    return int(lo), int(hi)


def row_at(sites: Sites, contig: int, pos: int) -> int:
    """Return the first row of sorted sites at or after a 0-based position."""
    lo, hi = contig_rows(sites, contig)
    return lo + int(np.searchsorted(sites.pos[lo:hi], sites.pos.dtype.type(pos)))


def pieces(haplotype: Haplotype, lo: int, hi: int) -> list[tuple[int, int, int]]:
    """Return (source, first row, row after the last) of the segments of a haplotype within rows ``lo:hi``."""
    out = []
    k = int(np.searchsorted(haplotype.start, lo, "right")) - 1
    while lo < hi:
        end = min(hi, int(haplotype.start[k + 1])) if k + 1 < len(haplotype.start) else hi
        if lo < end:
            out.append((int(haplotype.source[k]), lo, end))
        lo, k = end, k + 1
    return out


def joined(parts: Sequence[tuple[int, int, int]], private: tuple[Variant, ...] = ()) -> Haplotype:
    """Return the haplotype of adjacent (source, first row, row after the last), neighbours of one source merged."""
    kept = [p for i, p in enumerate(parts) if i == 0 or parts[i - 1][0] != p[0]] or [(NONE, 0, 0)]
    return Haplotype(np.array([p[0] for p in kept], np.int64), np.array([p[1] for p in kept], np.int64), private)


def carried(panel: Panel, haplotype: Haplotype, lo: int, hi: int) -> NDArray[np.int32]:
    """Return the panel rows within ``lo:hi`` at which a haplotype carries ALT, ascending."""
    out = [np.zeros(0, np.int32)]
    for source, first, last in pieces(haplotype, lo, hi):
        if source != NONE:
            out.append(panel.own.rows(source, first, last))
    return np.concatenate(out)


def carries(panel: Panel, haplotype: Haplotype, variant: Variant) -> bool:
    """Return whether a haplotype carries exactly this allele, from the panel or private."""
    row = panel.sites.find(variant)
    return variant in haplotype.private or (row >= 0 and len(carried(panel, haplotype, row, row + 1)) > 0)


def clash(panel: Panel, haplotype: Haplotype, variant: Variant) -> bool:
    """Return whether a haplotype cannot take an allele: REF reaches within ``NEAR`` bases of an ALT already on it."""
    start, end = variant.pos - NEAR, variant.pos + len(variant.ref) + NEAR
    lo, _ = contig_rows(panel.sites, variant.contig)
    rows = carried(panel, haplotype, lo, row_at(panel.sites, variant.contig, end))
    ends = panel.sites.pos[rows] + (panel.sites.ref_off[rows + 1] - panel.sites.ref_off[rows])
    if bool((ends > start).any()):
        return True
    return any(v.contig == variant.contig and v.pos < end and v.pos + len(v.ref) > start for v in haplotype.private)


def with_private(haplotype: Haplotype, variant: Variant) -> Haplotype:
    """Return the haplotype with one more private allele."""
    private = list(haplotype.private)
    insort(private, variant)
    return replace(haplotype, private=tuple(private))


def with_side(pair: Pair, side: int, haplotype: Haplotype) -> Pair:
    """Return the pair with one haplotype replaced."""
    return (haplotype, pair[1]) if side == 0 else (pair[0], haplotype)


def genotypes(
    panel: Panel, genome: Genome, pedigree: Pedigree, haplotypes: Sequence[Pair]
) -> tuple[Genotypes, NDArray[np.int64]]:
    """Return the true genotypes of a family wherever some member carries ALT, and the panel row of each, -1 for none;
    pairs are in the order of the members.

    A private allele that is also a panel site joins that row: no allele is in two rows.
    """
    from raresim.kernels.rows import union

    flat = [h for pair in haplotypes for h in pair]
    private = sorted({v for h in flat for v in h.private})
    at = {v: panel.sites.find(v) for v in private}
    known = [np.array([at[v] for v in h.private if at[v] >= 0], np.int32) for h in flat]
    mine = [np.append(carried(panel, h, 0, len(panel.sites)), more) for h, more in zip(flat, known, strict=True)]
    off = np.append(0, np.cumsum([len(found) for found in mine]))
    rows, copies = union(np.concatenate(mine), off, len(panel.sites))
    own = [v for v in private if at[v] < 0]
    where = np.array([np.searchsorted(rows, _before(panel.sites, v)) for v in own], np.int64)
    new = np.array([[v in h.private for h in flat] for v in own], np.int8).reshape(len(own), len(flat))
    copies, sites = _woven(copies, panel.sites.take(rows), new, own, where)
    shaped = copies.reshape(len(sites), len(haplotypes), 2)
    for female in (False, True):
        members = np.array([m.female == female for m in pedigree.members])
        for contig, side, start, end in lacking(genome, female):
            shaped[row_at(sites, contig, start) : row_at(sites, contig, end), members, side] = -1
    return Genotypes(sites, shaped), np.insert(rows, where, -1)


def _before(sites: Sites, variant: Variant) -> int:
    """Row of sorted sites before which a variant belongs."""
    row = row_at(sites, variant.contig, variant.pos)
    while row < len(sites) and sites.contig[row] == variant.contig and sites.pos[row] == variant.pos:
        if sites[row] > variant:
            break
        row += 1
    return row


def _woven(
    copies: NDArray[np.int8], sites: Sites, new: NDArray[np.int8], own: Sequence[Variant], where: NDArray[np.int64]
) -> tuple[NDArray[np.int8], Sites]:
    """Sorted rows with a few sorted variants and their copies, each put before its row."""
    if not own:
        return copies, sites
    parts, texts, last = [], [], 0
    for i, row in enumerate(where.tolist()):
        parts += [copies[last:row], new[i : i + 1]]
        texts += [rows_of(sites, last, row), Sites.of(own[i : i + 1])]
        last = row
    return np.concatenate([*parts, copies[last:]]), Sites.concat([*texts, rows_of(sites, last, len(sites))])


def rows_of(sites: Sites, lo: int, hi: int) -> Sites:
    """Return rows ``lo:hi`` without copying them."""
    ref, alt = sites.ref_off[lo : hi + 1], sites.alt_off[lo : hi + 1]
    return Sites(
        sites.contig[lo:hi],
        sites.pos[lo:hi],
        ref - ref[0],
        sites.ref_text[ref[0] : ref[-1]],
        alt - alt[0],
        sites.alt_text[alt[0] : alt[-1]],
    )


def lacking(genome: Genome, female: bool) -> list[tuple[int, int, int, int]]:
    """Return (contig, side, start, end) of what people of a sex do not have: a male's paternal X outside PAR, any Y of
    a female, the maternal Y and its PAR (written on X), paternal mitochondrial DNA."""
    out = []
    for c, contig in enumerate(genome.contigs):
        whole = (0, contig.length)
        if contig.kind is ContigKind.X and not female:
            out += [(c, 0, *part) for part in outside_par(contig.par, contig.length)]
        elif contig.kind is ContigKind.Y:
            out += [(c, 0, *part) for part in ([whole] if female else contig.par)]
            out.append((c, 1, *whole))
        elif contig.kind is ContigKind.MT:
            out.append((c, 0, *whole))
    return out


def outside_par(par: tuple[tuple[int, int], ...], length: int) -> list[tuple[int, int]]:
    """Return the intervals of a sex chromosome outside its pseudoautosomal regions."""
    edges = [0, *(edge for interval in sorted(par) for edge in interval), length]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
