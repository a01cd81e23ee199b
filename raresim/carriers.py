"""Which sites each haplotype of a cohort carries: lists where few carry an allele, bits where many do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# One haplotype in 64 carries a common allele. From 1 in 32 on a bit for each is less than 4 bytes a carrier; half that
# costs 4% of room (10,000 haplotypes of whole exomes: 109 instead of 105 MB), and bits are read faster.
MANY = 64


@dataclass(frozen=True)
class Carriers:
    """Haplotype h carries the sites ``site[off[h]:off[h + 1]]`` (int32, ascending), and of the sites ``common`` (int32,
    ascending, none of them in ``site``) those whose bit is set in ``bits[h]`` (uint8, the first site lowest)."""

    off: NDArray[np.int64]
    site: NDArray[np.int32]
    common: NDArray[np.int32]
    bits: NDArray[np.uint8]

    @staticmethod
    def of(off: NDArray[np.int64], site: NDArray[np.int32], sites: int) -> Carriers:
        """Return the carriers of so many sites from the list of every haplotype."""
        from raresim.kernels.store import packed

        many = np.bincount(site, minlength=sites) * MANY > len(off) - 1
        common = np.flatnonzero(many).astype(np.int32)
        column = np.where(many, np.cumsum(many) - 1, -1).astype(np.int32)
        off, site, bits = packed(off, site, column, len(common))
        return Carriers(off, site, common, bits)

    @staticmethod
    def joined(parts: Sequence[Carriers], first: Sequence[int]) -> Carriers:
        """Return the carriers of the sites of all parts; ``first``: the number of the first site of each."""
        from raresim.kernels.store import beside

        off = np.sum([part.off for part in parts], axis=0)
        site = np.empty(off[-1], np.int32)
        common = np.concatenate([part.common + np.int32(start) for part, start in zip(parts, first, strict=True)])
        bits = np.zeros((len(off) - 1, -(-len(common) // 8)), np.uint8)
        free, column = off[:-1].copy(), 0
        for part, start in zip(parts, first, strict=True):
            size = np.diff(part.off)
            site[np.repeat(free - part.off[:-1], size) + np.arange(len(part.site))] = part.site + np.int32(start)
            free += size
            beside(bits, part.bits, column)
            column += len(part.common)
        return Carriers(off, site, common, bits)

    def keep(self, mask: NDArray[np.bool_]) -> Carriers:
        """Return the carriers of the sites of a mask."""
        from raresim.kernels.store import columns

        new = np.cumsum(mask, dtype=np.int32) - np.int32(1)
        carried, common = mask[self.site], mask[self.common]
        off = np.concatenate([[0], np.cumsum(carried, dtype=np.int64)])[self.off]
        kept, byte = np.packbits(common, bitorder="little"), np.arange(256, dtype=np.uint8)
        chosen, counts = np.zeros((256, 256), np.uint8), np.zeros(256, np.uint8)
        for bit in range(8):
            one = byte >> bit & 1
            chosen |= (one[:, None] & one) << counts[:, None]
            counts += one
        bits = columns(self.bits, kept, chosen, counts, int(common.sum()))
        return Carriers(off, new[self.site[carried]], new[self.common[common]], bits)

    def lists(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return offsets int64[haplotypes + 1] and all sites of every haplotype, ascending: four bytes a carrier."""
        from raresim.kernels.store import unpacked

        return unpacked(self.off, self.site, self.common, self.bits) if len(self.common) else (self.off, self.site)

    def rows(self, haplotype: int, first: int, last: int) -> NDArray[np.int32]:
        """Return the sites in ``first:last`` that a haplotype carries, ascending."""
        from raresim.kernels.store import between

        few = self.site[self.off[haplotype] : self.off[haplotype + 1]]
        a, b = np.searchsorted(few, np.array([first, last], few.dtype))
        if not len(self.common):
            return few[a:b]
        c, d = np.searchsorted(self.common, np.array([first, last], self.common.dtype))
        return np.asarray(between(few[a:b], self.common, self.bits[haplotype], c, d), np.int32)

    def counts(self, sites: int) -> NDArray[np.int64]:
        """Return how many haplotypes carry each of so many sites."""
        from raresim.kernels.store import column_sums

        out = np.bincount(self.site, minlength=sites)
        if len(self.common):
            out[self.common] = column_sums(self.bits)[: len(self.common)]
        return out

    def of_site(self, site: int) -> NDArray[np.int64]:
        """Return the haplotypes that carry a site, ascending."""
        at = int(np.searchsorted(self.common, site))
        if at < len(self.common) and self.common[at] == site:
            return np.flatnonzero(self.bits[:, at >> 3] >> (at & 7) & 1)
        return np.searchsorted(self.off, np.flatnonzero(self.site == site), "right") - 1
