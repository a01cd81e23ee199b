"""Variants: one as a value, many as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, order=True, slots=True)
class Variant:
    """One allele: contig index in the genome, 0-based position of the first base of REF, REF and ALT (upper-case ACGT).

    Normalised: trimmed and left-aligned as ``bcftools norm`` does; an indel keeps one anchor base on its left.
    """

    contig: int
    pos: int
    ref: str
    alt: str


@dataclass(frozen=True)
class Sites:
    """Many biallelic variants, as columns; sorted by (contig, pos, REF, ALT) wherever a function says so.

    contig: int16[n]; pos: int32[n], 0-based; REF of row i is ``ref_text[ref_off[i]:ref_off[i + 1]]`` (ASCII), ALT the
    same with ``alt_off`` and ``alt_text``; offsets are int64[n + 1], texts uint8.
    """

    contig: NDArray[np.int16]
    pos: NDArray[np.int32]
    ref_off: NDArray[np.int64]
    ref_text: NDArray[np.uint8]
    alt_off: NDArray[np.int64]
    alt_text: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.pos)

    def __getitem__(self, row: int) -> Variant:
        ref = self.ref_text[self.ref_off[row] : self.ref_off[row + 1]].tobytes().decode()
        alt = self.alt_text[self.alt_off[row] : self.alt_off[row + 1]].tobytes().decode()
        return Variant(int(self.contig[row]), int(self.pos[row]), ref, alt)

    @property
    def ref_len(self) -> NDArray[np.int64]:
        """Length of REF of every row."""
        return np.diff(self.ref_off)

    @property
    def alt_len(self) -> NDArray[np.int64]:
        """Length of ALT of every row."""
        return np.diff(self.alt_off)

    def take(self, rows: NDArray[np.integer]) -> Sites:
        """Return these rows, in this order."""
        from raresim.kernels.rows import texts

        places = np.ascontiguousarray(rows, np.int64)
        ref_off, ref_text = texts(self.ref_off, self.ref_text, places)
        alt_off, alt_text = texts(self.alt_off, self.alt_text, places)
        return Sites(self.contig[rows], self.pos[rows], ref_off, ref_text, alt_off, alt_text)

    def order(self) -> NDArray[np.int64]:
        """Return the row numbers sorted by (contig, pos, REF, ALT); text only decides between equal positions."""
        rows = np.lexsort((self.pos, self.contig))
        same = np.flatnonzero(
            (np.diff(self.pos[rows]) == 0) & (np.diff(self.contig[rows]) == 0)
        )  # runs of equal positions are short and rare
        i = 0
        while i < len(same):
            j = i
            while j + 1 < len(same) and same[j + 1] == same[j] + 1:
                j += 1
            run = slice(int(same[i]), int(same[j]) + 2)
            rows[run] = sorted(rows[run], key=lambda r: self[int(r)])
            i = j + 1
        return rows

    def repeats(self) -> NDArray[np.bool_]:
        """Return which rows of sorted sites are the allele of the row before."""
        near = (np.diff(self.contig, prepend=-1) == 0) & (np.diff(self.pos, prepend=-1) == 0)
        near &= (np.diff(self.ref_len, prepend=-1) == 0) & (np.diff(self.alt_len, prepend=-1) == 0)
        for row in np.flatnonzero(near).tolist():
            near[row] = self[row] == self[row - 1]
        return np.asarray(near)

    def find(self, variant: Variant) -> int:
        """Return the row of ``variant`` in sorted sites, or -1."""
        contig = self.contig.dtype.type(variant.contig)  # a key of another type would copy the column
        pos = self.pos.dtype.type(variant.pos)
        lo = int(np.searchsorted(self.contig, contig, "left"))
        hi = int(np.searchsorted(self.contig, contig, "right"))
        a = lo + int(np.searchsorted(self.pos[lo:hi], pos, "left"))
        b = lo + int(np.searchsorted(self.pos[lo:hi], pos, "right"))
        return next((row for row in range(a, b) if self[row] == variant), -1)

    @staticmethod
    def of(variants: Iterable[Variant]) -> Sites:
        """Return the columns of these variants, in their order."""
        rows = list(variants)
        ref_off, ref_text = _join([v.ref for v in rows])
        alt_off, alt_text = _join([v.alt for v in rows])
        contig = np.array([v.contig for v in rows], np.int16)
        return Sites(contig, np.array([v.pos for v in rows], np.int32), ref_off, ref_text, alt_off, alt_text)

    @staticmethod
    def concat(parts: Sequence[Sites]) -> Sites:
        """Return the rows of all parts one after the other."""

        def joined(offsets: list[NDArray[np.int64]]) -> NDArray[np.int64]:
            return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate([np.diff(o) for o in offsets]))])

        return Sites(
            np.concatenate([p.contig for p in parts]),
            np.concatenate([p.pos for p in parts]),
            joined([p.ref_off for p in parts]),
            np.concatenate([p.ref_text for p in parts]),
            joined([p.alt_off for p in parts]),
            np.concatenate([p.alt_text for p in parts]),
        )


def draws(sites: Sites, key: int) -> NDArray[np.float64]:
    """Return a uniform number for each allele, a hash of (key, contig, position, lengths, last base of ALT)."""
    last = sites.alt_text[sites.alt_off[1:] - 1] if len(sites) else np.zeros(0, np.uint8)
    word = np.full(len(sites), key, np.uint64)
    with np.errstate(over="ignore"):
        for part in (sites.contig, sites.pos, sites.ref_len, sites.alt_len, last):
            # splitmix64 finaliser (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195)
            z = word + (part.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            word = z ^ (z >> np.uint64(31))
    return np.asarray((word >> np.uint64(11)).astype(np.float64) / 2.0**53)


def _join(texts: list[str]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    off = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(t) for t in texts], out=off[1:]) if texts else None
    return off, np.frombuffer("".join(texts).encode(), np.uint8).copy()
