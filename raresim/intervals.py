"""Sets of 0-based half-open intervals on contigs, and the target regions of BED files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim.errors import InputError
from raresim.textfile import lines

Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def merged(contig: NDArray[np.integer], start: NDArray[np.integer], end: NDArray[np.integer]) -> Columns:
    """Return contig, start, end of the union, sorted; touching intervals become one, empty ones vanish."""
    keep = start < end
    rows = np.lexsort((start[keep], contig[keep]))
    where, first, last = (column[keep][rows].astype(np.int64) for column in (contig, start, end))
    if not len(where):
        return where, first, last
    far = np.maximum.accumulate(where * (1 << 32) + last)  # ends are below 2^31, so contigs never mix
    new = np.ones(len(where), np.bool_)
    new[1:] = where[1:] * (1 << 32) + first[1:] > far[:-1]
    begin = np.flatnonzero(new)
    stop = np.append(begin[1:], len(where)) - 1
    return where[begin], first[begin], far[stop] - where[begin] * (1 << 32)


def read_bed(
    path: Path, find: Callable[[str], str | None], key: str = "targets.bed"
) -> tuple[list[tuple[str, int, int]], int]:
    """Return (contig, start, end) of the lines of a BED, and how many empty intervals were dropped.

    ``find`` gives our name of a contig, or None if there is no such contig. Header lines (browser, track, comments)
    and blank lines are skipped; columns are parted by tabs or blanks. Raises InputError for a line that is no interval
    and for a file without intervals.
    """
    out, empty, unknown = [], 0, []
    for number, line in enumerate(lines(path, key), 1):
        if not line.strip() or line.startswith("#") or line.split()[0] in ("browser", "track"):
            continue
        field = line.split("\t") if "\t" in line else line.split()
        try:
            name, start, end = field[0].strip(), int(field[1]), int(field[2])
        except (IndexError, ValueError):
            raise InputError(f"{key}: {path}: line {number}: not contig, start and end; mend the BED") from None
        if start < 0 or start > end or end >= 2**31:  # the most that a contig of a FASTA index or a BAM can have
            raise InputError(f"{key}: {path}: line {number}: start {start}, end {end}: not an interval; mend the BED")
        contig = find(name)
        if contig is None:
            unknown.append(name)
        elif start == end:
            empty += 1
        else:
            out.append((contig, start, end))
    if unknown:
        raise InputError(f"{key}: {path}: contig {unknown[0]!r} is not in the genome; use the names of its FASTA")
    if not out:
        raise InputError(f"{key}: {path}: no interval in it; give a BED with contig, start and end")
    return out, empty
