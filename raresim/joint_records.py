"""Records of a family's VCF with several ALT alleles: SNVs of a position in one, everything else of a position in one.

They are another view of the separate calls, never other calls: alleles are joined where, in every member, the reads of
all of them call the genotype that the separate records tell, and where the verdict (FILTER) is theirs. Elsewhere they
stay separate records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from raresim.calls import HET_PHRED
from raresim.cohort import MOST
from raresim.sequencing import Calls
from raresim.sequencing._model import COSTS, GREATEST_GQ, GREATEST_PL, LEAST_QUAL
from raresim.sites import Sites

WRONG, RIGHT, HALF, RARE = COSTS


@dataclass(frozen=True)
class Cell:
    """One member: alleles by haplotype (one of a single copy; () for no call), number of copies, reads by allele (REF
    first), and the cost of every genotype in milli-phred, in VCF order."""

    alleles: tuple[int, ...]
    copies: int
    reads: tuple[int, ...]
    costs: tuple[int, ...]


@dataclass(frozen=True)
class Record:
    """Rows of a table of sites as one record: REF, ALT alleles, QUAL, and its cells."""

    rows: tuple[int, ...]
    ref: str
    alts: tuple[str, ...]
    qual: float
    cells: tuple[Cell, ...]


def records(sites: Sites, calls: Calls) -> Iterator[Record]:
    """Give the records that have several of these rows (sorted sites, calls with the same rows)."""
    place = sites.contig.astype(np.int64) << 32 | sites.pos
    short = (sites.ref_len == 1) & (sites.alt_len == 1)
    same = np.flatnonzero(np.diff(place) == 0)
    for head in same[np.diff(same, prepend=-2) > 1].tolist():
        rows = np.arange(head, np.searchsorted(place, place[head], "right"))
        for mine in (rows[short[rows]], rows[~short[rows]]):
            made = _record(sites, calls, mine.tolist()) if 1 < len(mine) <= MOST else None
            if made is not None:
                yield made


def _record(sites: Sites, calls: Calls, rows: list[int]) -> Record | None:
    """Return these rows as one record; None where it would tell something else."""
    cells, gain = [], 0
    for member in range(calls.alt.shape[1]):
        cell = _cell(calls, rows, member)
        if cell is None:
            return None
        cells.append(cell)
        gain += cell.costs[0] - min(cell.costs) if cell.alleles else 0
    qual = max(0, (gain - RARE + 50) // 100) / 10
    if any(bool(calls.passed[row]) != (qual >= LEAST_QUAL) for row in rows):
        return None
    variants = [sites[row] for row in rows]
    ref = max((v.ref for v in variants), key=len)
    return Record(tuple(rows), ref, tuple(v.alt + ref[len(v.ref) :] for v in variants), qual, tuple(cells))


def _cell(calls: Calls, rows: list[int], member: int) -> Cell | None:
    """Return what the separate calls of a member tell together; None where it is not one genotype, or not the one that
    all reads call."""
    copies = int(calls.ploidy[rows[0], member])
    alts = [int(calls.alt[row, member]) for row in rows]
    reads = [int(calls.alt_reads[row, member]) for row in rows]
    alleles = [0] * copies
    for number, (row, alt) in enumerate(zip(rows, alts, strict=True), 1):
        sides = range(copies) if alt == copies else [int(calls.phase[row, member])] if alt == 1 else []
        for side in sides:
            if alleles[side]:
                return None
            alleles[side] = number
    depth = min(int(calls.depth[row, member]) for row in rows)
    rest = max(0, depth - sum(reads))  # reads of no other allele; between two ALT none is of REF
    reads = [rest if copies == 0 or 0 in alleles or len(set(alleles)) == 1 else 0, *reads]
    costs = genotype_costs(reads, copies)
    best = [at for at, cost in enumerate(costs) if cost == min(costs)]
    if min(alts) < 0:
        unsure = copies == 0 or len(best) > 1 or _scaled(costs, 1) == 0
        return Cell((), copies, tuple(reads), costs) if max(alts) < 0 and unsure else None
    if best != [place(alleles)] or _scaled(costs, 1) == 0:
        return None
    return Cell(tuple(alleles), copies, tuple(reads), costs)


def genotype_costs(reads: Sequence[int], copies: int) -> tuple[int, ...]:
    """Return the cost of every genotype of so many copies in milli-phred, in VCF order: binomial likelihoods with one
    error rate, as raresim.sequencing has them for two alleles. One 0 for no copy."""
    total, out = sum(reads), []
    if copies < 2:
        return tuple(n * RIGHT + (total - n) * WRONG for n in reads) if copies else (0,)
    for second in range(len(reads)):
        for first in range(second + 1):
            seen = reads[second] + (reads[first] if first < second else 0)
            out.append(seen * (RIGHT if first == second else HALF) + (total - seen) * WRONG)
    return tuple(out)


def place(alleles: Sequence[int]) -> int:
    """Return the number of a genotype in VCF order (VCF 4.2, 1.4.2, field GL)."""
    first, second = min(alleles), max(alleles)
    return second * (second + 1) // 2 + first if len(alleles) == 2 else first


def _scaled(costs: Sequence[int], rank: int) -> int:
    """Return the phred-scaled cost above the smallest, of the smallest but ``rank``."""
    return (sorted(costs)[rank] - min(costs) + 500) // 1000


def joined(
    names: Sequence[str],
    sites: Sites,
    calls: Calls,
    text: memoryview,
    starts: NDArray[np.int64],
    extra: tuple[NDArray[np.uint8], NDArray[np.int64]],
    phased: bool,
    diploid: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], memoryview]:
    """Put the records of several alleles into the text of a VCF, where the first of their rows was.

    names: of contigs; starts: place of every row's line in the text, and its end; extra: what follows AN in INFO of a
    row, and its bounds. Returns (rows that are there now, where their lines begin and the last one ends, where their
    REF ends, 0-based and exclusive, the text).
    """
    lines: list[bytes | memoryview] = [text[a:b] for a, b in pairwise(starts.tolist())]
    ends, kept = sites.pos + sites.ref_len, np.ones(len(sites), np.bool_)
    for record in records(sites, calls):
        head, *others = record.rows
        notes = [extra[0][extra[1][row] : extra[1][row + 1]].tobytes() for row in record.rows]
        lines[head] = line(record, names[sites.contig[head]], int(sites.pos[head]), notes, phased, diploid) + b"\n"
        ends[head] = sites.pos[head] + len(record.ref)
        kept[others] = False
    rows = np.flatnonzero(kept)
    there = [lines[row] for row in rows.tolist()]
    begin = np.cumsum([starts[0], *map(len, there)])
    return rows, begin, ends[rows], memoryview(b"".join([text[: starts[0]], *there]))


def line(record: Record, contig: str, pos: int, extra: Sequence[bytes], phased: bool, diploid: bool) -> bytes:
    """Return a record as a line of a VCF, without its end.

    pos: 0-based; extra: what follows AN in INFO of every row; diploid: a single copy is written as two of the same, as
    raresim.calls.diploid has it.
    """
    called = [allele for cell in record.cells for allele in cell.alleles * (2 if diploid and cell.copies == 1 else 1)]
    counts = [called.count(number) for number in range(1, len(record.alts) + 1)]
    shares = ",".join(f"{np.float32(ac / max(len(called), 1)):.6g}" for ac in counts)
    info = f"AC={','.join(map(str, counts))};AF={shares};AN={len(called)}"
    return b"\t".join(
        [
            f"{contig}\t{pos + 1}\t.\t{record.ref}\t{','.join(record.alts)}".encode(),
            f"{record.qual:.1f}".removesuffix(".0").encode(),
            b"PASS" if record.qual >= LEAST_QUAL else b"LowQual",
            info.encode() + together(extra, named(record)),
            b"GT:AD:DP:GQ:PL",
            *[_text(cell, "|" if phased else "/", diploid).encode() for cell in record.cells],
        ]
    )


def named(record: Record) -> list[bytes]:
    """Return ALT alleles as VEP names them: without a first base that all alleles have, "-" for what is empty then."""
    alike = len({allele[0] for allele in (record.ref, *record.alts)}) == 1
    return [(alt[1:] or "-" if alike else alt).encode() for alt in record.alts]


def together(extra: Sequence[bytes], names: Sequence[bytes]) -> bytes:
    """Return INFO texts of several alleles (raresim.annotation) as one: values joined by commas, "." where an allele
    has none; one number for the site (AN); the blocks of CSQ with these names of the alleles."""
    fields = [dict(part.split(b"=", 1) for part in text.split(b";")[1:]) for text in extra]
    out = b""
    for key in dict.fromkeys(key for found in fields for key in found):
        if key == b"CSQ":
            blocks = [
                name + block[block.index(b"|") :]
                for name, found in zip(names, fields, strict=True)
                for block in found[key].split(b",")
            ]
        else:
            blocks = [found.get(key, b".") for found in fields]
            if key.endswith(b"_AN"):
                blocks = [next(value for value in blocks if value != b".")]
        out += b";" + key + b"=" + b",".join(blocks)
    return out


def _text(cell: Cell, mark: str, diploid: bool) -> str:
    """GT:AD:DP:GQ:PL of a member."""
    double = diploid and cell.copies == 1
    reads = f"{','.join(map(str, cell.reads))}:{sum(cell.reads)}"
    if not cell.alleles:
        return f"{mark.join('.' * max(1, 2 if double else cell.copies))}:{reads}:.:."
    order = cell.alleles * 2 if double else cell.alleles if mark == "|" else sorted(cell.alleles)
    best = min(cell.costs)
    likely = [min(GREATEST_PL, (cost - best + 500) // 1000) for cost in cell.costs]
    quality = min(GREATEST_GQ, sorted(likely)[1])
    if double:
        het = min(GREATEST_PL, max(round(HET_PHRED * sum(cell.reads)), quality))
        likely = [likely[i] if i == j else het for j in range(len(cell.reads)) for i in range(j + 1)]
    return f"{mark.join(map(str, order))}:{reads}:{quality}:{','.join(map(str, likely))}"
