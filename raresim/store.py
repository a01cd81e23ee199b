"""Alleles with their carriers: the rows of simulated blocks as alleles of the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raresim.ancestry import Rows
from raresim.genome import Genome, Targets
from raresim.mutation import LETTERS, indels
from raresim.sites import Sites


@dataclass(frozen=True)
class Store:
    """Sites with their carriers: row ``rows[i]`` of the CSR (off, haplotype) belongs to site i."""

    sites: Sites
    flipped: NDArray[np.bool_]
    rows: NDArray[np.int64]
    off: NDArray[np.int64]
    haplotype: NDArray[np.int32]

    def keep(self, mask: NDArray[np.bool_]) -> Store:
        """Return the sites of a mask."""
        at = np.flatnonzero(mask)
        return Store(self.sites.take(at), self.flipped[at], self.rows[at], self.off, self.haplotype)


def on_reference(genome: Genome, targets: Targets, parts: list[tuple[int, Rows]]) -> Store:
    """Return the alleles of all rows on the reference, sorted; equal indels are one."""
    contig = np.repeat([c for c, _ in parts], [len(r.position) for _, r in parts]).astype(np.int16)
    position = np.concatenate([r.position for _, r in parts])
    alt, size = np.concatenate([r.alt for _, r in parts]), np.concatenate([r.size for _, r in parts])
    flipped = np.concatenate([r.flipped for _, r in parts])
    off = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(r.off) for _, r in parts]))]).astype(np.int64)
    haplotype = np.concatenate([r.haplotype for _, r in parts])

    single = np.flatnonzero(alt >= 0)
    rest = np.flatnonzero(alt < 0)
    made, rows = indels(genome, contig[rest], position[rest], size[rest])
    sites = Sites.concat([_single(genome, contig[single], position[single], alt[single]), made])
    row_of = np.concatenate([single, rest[rows]])
    order = sites.order()
    store = Store(sites.take(order), flipped[row_of[order]], row_of[order], off, haplotype)
    return _merged(store.keep(begin_in(targets, store.sites)))


def _single(genome: Genome, contig: NDArray[np.int16], position: NDArray[np.int64], alt: NDArray[np.int8]) -> Sites:
    off, letters = np.arange(len(position) + 1, dtype=np.int64), np.frombuffer(LETTERS.encode(), np.uint8)
    return Sites(contig, position.astype(np.int32), off, genome.letters(contig, position), off, letters[alt])


def begin_in(targets: Targets, sites: Sites) -> NDArray[np.bool_]:
    """Return which variants begin in a target (an indel may have been shifted out of it)."""
    start, end, at = (c.astype(np.int64) << 32 for c in (targets.contig, targets.contig, sites.contig))
    row = np.searchsorted(end | targets.end, at | sites.pos, "right")
    return np.asarray(np.append(start | targets.start, 1 << 62)[row] <= (at | sites.pos))


def _merged(store: Store) -> Store:
    """Join the carriers of equal indels (the same allele arisen twice)."""
    sites = store.sites
    same = np.flatnonzero(
        (np.diff(sites.contig) == 0)
        & (np.diff(sites.pos) == 0)
        & (np.diff(sites.ref_len) == 0)
        & (np.diff(sites.alt_len) == 0)
        & (sites.ref_len != sites.alt_len)[1:]
    )
    if not len(same):
        return store
    keep, rows = np.ones(len(sites), np.bool_), store.rows.copy()
    added: list[NDArray[np.int32]] = []
    for later in same + 1:
        keep[later - 1] = False  # the last of a run carries them all
        both = [_carriers(store, added, rows[later - 1]), _carriers(store, added, rows[later])]
        added.append(np.unique(np.concatenate(both)).astype(np.int32))
        rows[later] = len(store.off) - 1 + len(added) - 1
    off = np.concatenate([store.off, store.off[-1] + np.cumsum([len(a) for a in added])]).astype(np.int64)
    haplotype = np.concatenate([store.haplotype, *added])
    return Store(sites, store.flipped, rows, off, haplotype).keep(keep)


def _carriers(store: Store, added: list[NDArray[np.int32]], row: int) -> NDArray[np.int32]:
    rows = len(store.off) - 1
    return added[row - rows] if row >= rows else store.haplotype[store.off[row] : store.off[row + 1]]
