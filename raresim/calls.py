"""What is written of calls: which records, which genotype text, and the diploid view of haploid calls."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from raresim.sequencing import Calls

HET_PHRED = 3.0103  # -10 log10(1/2): cost of a read in a heterozygote


def select(calls: Calls) -> NDArray[np.int64]:
    """Return the rows that are written: some member is called with ALT. The only rule, for every record."""
    return np.flatnonzero((calls.alt > 0).any(axis=1))


def take(calls: Calls, rows: NDArray[np.integer]) -> Calls:
    """Return these rows of the calls, in this order."""
    columns = {field.name: np.take(getattr(calls, field.name), rows, axis=0) for field in dataclasses.fields(calls)}
    return Calls(**columns)


def genotype(calls: Calls, row: int, member: int, phased: bool = False, diploid: bool = False) -> str:
    """Return GT as the VCF writes it: "0/1", "1", "./.", ".", or "1|0" when phased.

    diploid: haploid calls are written as homozygous ones (``hemizygous = "diploid"``).
    """
    copies, alt = int(calls.ploidy[row, member]), int(calls.alt[row, member])
    mark = "|" if phased else "/"
    if copies == 0 or (copies == 1 and not diploid):
        return "." if alt < 0 else str(alt)
    if alt < 0:
        return "./." if not phased else ".|."
    if copies == 1:
        return f"{alt}{mark}{alt}"
    if alt == 1 and phased:
        return ("1|0", "0|1")[int(calls.phase[row, member])]
    return (f"0{mark}0", f"0{mark}1", f"1{mark}1")[alt]


def diploid(calls: Calls) -> Calls:
    """Return the view of a caller that knows no haploid genotypes: ploidy 1 becomes 2, ``1`` becomes ``1/1``.

    The heterozygote's PL is that of the reads, but never below GQ, so that GT = argmin PL and GQ stays the second.
    """
    single = calls.ploidy == 1
    het = np.maximum(np.rint(HET_PHRED * calls.depth).astype(np.int64), calls.gq)
    pl = calls.pl.copy()
    pl[:, :, 2] = np.where(single, calls.pl[:, :, 1], calls.pl[:, :, 2])
    pl[:, :, 1] = np.where(single, np.minimum(het, 32000), calls.pl[:, :, 1])
    alt = np.where(single & (calls.alt > 0), 2, calls.alt).astype(np.int8)
    ploidy = np.where(single, 2, calls.ploidy).astype(np.int8)
    return dataclasses.replace(calls, ploidy=ploidy, alt=alt, pl=pl)


def nothing() -> Calls:
    """Return the calls of nobody: no row and no member."""
    bytes_, numbers = np.zeros((0, 0), np.int8), np.zeros((0, 0), np.int32)
    gq, pl = np.zeros((0, 0), np.int16), np.zeros((0, 0, 3), np.int16)
    return Calls(bytes_, bytes_, bytes_, numbers, numbers, numbers, gq, pl, np.zeros(0), np.zeros(0, np.bool_))
