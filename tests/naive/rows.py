"""Rows of tables of sites with lists and sets: the twins of raresim.kernels.rows."""

from __future__ import annotations

from collections.abc import Sequence

from raresim.sites import Sites


def texts(sites: Sites, rows: Sequence[int]) -> list[tuple[str, str]]:
    """REF and ALT of some rows, in order."""
    return [(sites[row].ref, sites[row].alt) for row in rows]


def union(carried: Sequence[Sequence[int]]) -> tuple[list[int], list[list[int]]]:
    """The rows that any haplotype carries, and who carries each."""
    rows = sorted({row for mine in carried for row in mine})
    return rows, [[int(row in mine) for mine in carried] for row in rows]
