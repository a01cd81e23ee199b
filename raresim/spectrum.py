"""A last correction of the panel to a spectrum that the user gives: sites by class and minor allele count."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim.errors import InputError, nearest

CLASSES = ("synonymous", "missense", "loss", "other")  # "other": sites of none of these classes
COLUMNS = ("class", "lower", "upper", "expected")


@dataclass(frozen=True)
class Bin:
    """So many sites of a class are expected to have a minor allele count from lower to upper (both included) among the
    people of an ancestry ("": of the only one)."""

    ancestry: str
    kind: str
    lower: int
    upper: int
    expected: float


def read(path: Path, ancestries: Sequence[str]) -> tuple[Bin, ...]:
    """Read a tab-separated table with the columns class, lower, upper, expected, and ancestry, which may be
    missing where the panel has one; every mistake is a line of one InputError."""
    where = f"background.target: {path}"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{where}: cannot be read ({getattr(error, 'strerror', None) or 'not text in UTF-8'})"
        ) from None
    rows = list(csv.reader((line for line in text.splitlines() if line and line[0] != "#"), delimiter="\t"))
    wanted = COLUMNS if len(ancestries) == 1 else (*COLUMNS, "ancestry")
    missing = [name for name in wanted if not rows or name not in rows[0]]
    if missing:
        raise InputError(f"{where}: there is no column {missing[0]}; it has tab-separated {', '.join(wanted)}")
    out: list[Bin] = []
    mistakes = []
    for number, row in enumerate(rows[1:], 1):
        try:
            out.append(_bin(dict(zip(rows[0], row, strict=True)), ancestries))
        except ValueError as error:
            why = "has another number of columns than the header" if "zip()" in str(error) else str(error)
            mistakes.append(f"{where}: row {number}: {why}")
    if not rows[1:]:
        mistakes.append(f"{where}: there is no bin in it")
    ordered = sorted(out, key=lambda b: (b.ancestry, b.kind, b.lower))
    for a, b in pairwise(ordered):
        if (a.ancestry, a.kind) == (b.ancestry, b.kind) and b.lower <= a.upper:
            mistakes.append(f"{where}: {a.kind} {a.lower}-{a.upper} and {b.lower}-{b.upper} overlap")
    if mistakes:
        raise InputError(*mistakes)
    return tuple(out)


def _bin(row: dict[str, str], ancestries: Sequence[str]) -> Bin:
    """One row; ValueError says what is wrong with it."""
    if row["class"] not in CLASSES:
        raise ValueError(f"class {row['class']!r}: no such class{nearest(row['class'], CLASSES)}")
    ancestry = row.get("ancestry", ancestries[0])
    if ancestry not in ancestries:
        raise ValueError(f"ancestry {ancestry!r}: nobody of it is in the panel{nearest(ancestry, ancestries)}")
    try:
        lower, upper, expected = int(row["lower"]), int(row["upper"]), float(row["expected"])
    except ValueError:
        raise ValueError("lower and upper are whole numbers, expected is a number; an empty bin has none") from None
    if not 1 <= lower <= upper:
        raise ValueError(f"lower {lower}, upper {upper}: a bin goes from 1 or more upwards")
    if not 0 < expected < float("inf"):
        raise ValueError(f"expected {row['expected']}: an empty bin; join it with its neighbour or leave it out")
    return Bin(ancestry, row["class"], lower, upper, expected)


def kept(
    bins: Sequence[Bin],
    names: Sequence[str],
    kind: NDArray[np.str_],
    minor: NDArray[np.int64],
    top: NDArray[np.int64],
    draws: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return which sites to keep so that every bin has its expected number of sites, as far as it has so many.

    kind: class of each site; minor int64[sites, ancestries]: minor allele counts; top: the ancestry in which a site is
    most frequent, whose bins alone decide on it; draws: a uniform number of each site. A site is kept with the chance
    (expected - those that others decide on) / those in question, between 0 and 1; nothing is added to a bin that has
    too few.
    """
    share = np.ones(len(kind))
    of = {name: kind == name for name in {entry.kind for entry in bins}}
    first = {group: top == group for group in range(len(names))}
    for entry in bins:
        group = names.index(entry.ancestry)
        inside = of[entry.kind] & (minor[:, group] >= entry.lower) & (minor[:, group] <= entry.upper)
        own = inside & first[group]
        if own.any():
            share[own] = (entry.expected - (inside & ~own).sum()) / own.sum()
    return np.asarray(draws < share)
