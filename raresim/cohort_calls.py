"""Calls of the whole cohort: drawn from a table of the exome model, so that a cell costs a look-up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim import streams
from raresim.bgzf import BLOCK
from raresim.cohort import People, Portion
from raresim.cohort_files import Columns, Described
from raresim.crc import Tables
from raresim.panel import Panel
from raresim.sequencing import Calls, Genotypes
from raresim.sequencing._model import variant_hashes
from raresim.sequencing.exome import Exome
from raresim.sites import Sites, Variant

TEMPLATES = 64  # positions with a depth, of SNVs and again of indels (a choice: quantiles of depth 1.6% apart)
DRAWS = 64  # calls of a genotype at a position (a choice: as many as fit, told once each, in a block of 2,000 cells)
CELLS = 1 << 21  # calls made at a time (a choice: 60 MB of text, 100 MB of memory)
STATES = ((0, 0), (0, 1), (1, 0), (1, 1), (-1, 0), (-1, 1), (-1, -1))  # copies of ALT, paternal and maternal


@dataclass(frozen=True)
class Table:
    """Cells of GT:AD:DP:GQ:PL, tab first: text and its bounds, CRC-32 registers, called ALT alleles and alleles."""

    text: NDArray[np.uint8]
    bounds: NDArray[np.int64]
    crc: NDArray[np.uint32]
    alt: NDArray[np.int64]
    ploidy: NDArray[np.int64]
    key: int

    @staticmethod
    def of(panel: Panel) -> Table:
        """Return the table of a panel: calls of the exome model for every genotype at 64 SNVs and 64 indels."""
        key = streams.key(0, panel.digest, "cohort", "calls")
        positions = (Variant(0, 2 * i, "A", "C" if i < TEMPLATES else "AC") for i in range(2 * TEMPLATES))
        members = np.repeat(np.array(STATES, np.int8), DRAWS, 0)
        truth = Genotypes(Sites.of(positions), np.broadcast_to(members, (2 * TEMPLATES, *members.shape)).copy())
        calls = Exome().call(truth, key)
        text, bounds, crc = _cells(calls)
        called = calls.alt >= 0
        return Table(
            text,
            bounds,
            crc,
            alt=np.where(called, calls.alt, 0).astype(np.int64).ravel(),
            ploidy=np.where(called, calls.ploidy, 0).astype(np.int64).ravel(),
            key=key,
        )

    def draw(self, portion: Portion, women: int, people: int) -> tuple[NDArray[np.int32], Portion]:
        """Return everybody's cells, int32[records, people], and the portion with AC and AN of the calls."""
        from raresim.kernels.cohort_calls import draw

        sites = portion.sites
        with np.errstate(over="ignore"):
            hashes = variant_hashes(sites) ^ np.uint64(self.key)
        indel = (sites.ref_len != 1) | (sites.alt_len != 1)
        template = (hashes[:, 0] % np.uint64(TEMPLATES)).astype(np.int64) + TEMPLATES * indel
        cells = np.empty((len(sites), people), np.int32)
        ac, an = np.empty(len(sites), np.int64), np.empty(len(sites), np.int64)
        with np.errstate(over="ignore"):
            draw(
                portion.off, portion.carriers, np.bitwise_count(portion.sides), women, people, template, hashes[:, 1],
                DRAWS, self.alt, self.ploidy, cells, ac, an,
            )  # fmt: skip
        return cells, replace(portion, ac=ac, an=an)


def describe_calls(
    portion: Portion, people: People, table: Table, columns: Columns
) -> Iterator[tuple[Portion, Described]]:
    """Give the records of a portion, a few at a time, with everybody's calls, as raresim.cohort_files.describe does."""
    from raresim.kernels.cohort_calls import rows

    n = len(people.order)
    step = max(1, CELLS // n)
    zero = Tables((b"\0",), 1)
    for lo in range(0, len(portion.an), step):
        cells, part = table.draw(portion.rows(lo, lo + step), people.women, n)
        pre, pre_off = columns(part)
        size = len(pre) + len(cells) + int(np.diff(table.bounds)[cells].sum())
        blocks = size // (BLOCK - 512) + 2
        literals = np.empty(size, np.uint8)
        seq = np.empty((cells.size + blocks, 4), np.int32)
        ends, sizes, crcs = (np.empty(blocks, np.int64) for _ in range(3))
        block, inside = np.empty(len(cells), np.int64), np.empty(len(cells), np.int64)
        used, told, made = rows(
            pre, pre_off, cells, table.text, table.bounds, table.crc, zero.byte, zero.low,
            literals, seq, ends, sizes, crcs, block, inside,
        )  # fmt: skip
        yield part, Described(literals[:used], seq[:told], ends[:made], sizes[:made], crcs[:made], block, inside)


def _cells(calls: Calls) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint32]]:
    """Return tab and GT:AD:DP:GQ:PL of every call, row by row, phased: text, bounds and CRC-32 registers from 0."""
    from raresim.kernels.cohort_calls import LONGEST, cells

    size = calls.alt.size
    text, bounds, crc = np.empty(LONGEST * size, np.uint8), np.empty(size + 1, np.int64), np.empty(size, np.uint32)
    columns: tuple[NDArray[Any], ...] = (
        calls.ploidy, calls.alt, calls.phase, calls.ref_reads, calls.alt_reads, calls.depth, calls.gq
    )  # fmt: skip
    numbers = np.empty((size, len(columns) + 3), np.int32)
    for at, column in enumerate(columns):
        numbers[:, at] = column.ravel()
    numbers[:, len(columns) :] = calls.pl.reshape(-1, 3)
    cells(numbers, Tables((b"\0",), 1).byte, text, bounds, crc)
    return text[: bounds[-1]].copy(), bounds, crc
