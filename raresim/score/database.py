"""The population database that tools filter on: allele counts of ``panel/sites.vcf.gz``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim.score import vcf_columns
from raresim.sites import Sites

_MIX = np.uint64(0x9E3779B97F4A7C15)  # odd multiplier of splitmix64 (Steele, Lea and Flood 2014)


@dataclass(frozen=True, eq=False)
class Database:
    """Allele counts by allele: keys uint64[n] sorted (see :func:`keys`), ac and an int32[n]; size: the largest AN."""

    keys: NDArray[np.uint64]
    ac: NDArray[np.int32]
    an: NDArray[np.int32]
    size: int

    def counts(self, sites: Sites) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return AC and AN of each site; 0 and ``size`` where the database does not have it."""
        wanted = keys(sites)
        if not len(self.keys):
            return np.zeros(len(sites), np.int32), np.full(len(sites), self.size, np.int32)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        there = self.keys[at] == wanted
        return np.where(there, self.ac[at], 0), np.where(there, self.an[at], self.size)


def read(path: Path, contigs: Mapping[str, int]) -> Database:
    """Read a sites VCF with AC and AN in INFO; contigs: row of a contig by name."""
    text = vcf_columns.read(path)
    found = vcf_columns.alleles(text, contigs)
    ac, an = vcf_columns.info(text, "AC")[found.row], vcf_columns.info(text, "AN")[found.row]
    key = keys(found.sites)
    order = np.argsort(key, kind="stable")
    size = int(an.max(initial=0))
    return Database(key[order], np.maximum(ac, 0)[order].astype(np.int32), an[order].astype(np.int32), size)


def keys(sites: Sites) -> NDArray[np.uint64]:
    """Return a 64-bit hash of (contig, position, REF, ALT); two alleles of a million share one with odds of 3e-8."""
    place = (sites.contig.astype(np.uint64) << np.uint64(32)) | sites.pos.astype(np.uint64)
    return _mixed(_mixed(_mixed(place) + _text(sites.ref_off, sites.ref_text)) + _text(sites.alt_off, sites.alt_text))


def _mixed(word: NDArray[np.uint64]) -> NDArray[np.uint64]:
    word = (word + _MIX) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def _text(off: NDArray[np.int64], text: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return a polynomial hash of every stretch of a text."""
    if not len(text):
        return np.zeros(len(off) - 1, np.uint64)
    size = np.diff(off)
    power = np.cumprod(np.full(int(size.max(initial=0)) + 1, _MIX))
    inside = np.arange(len(text)) - np.repeat(off[:-1], size)
    total = np.zeros(len(text) + 1, np.uint64)
    np.cumsum((text.astype(np.uint64) + np.uint64(1)) * power[inside], out=total[1:])
    return total[off[1:]] - total[off[:-1]]
