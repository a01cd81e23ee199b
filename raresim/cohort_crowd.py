"""Rows of a cohort file that many carry, as BGZF blocks between those of other rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim.bgzf import BLOCK
from raresim.cohort import People, Portion
from raresim.deflate_code import DISTANCE_BASE, DISTANCE_EXTRA, DISTANCE_SYMBOL, Code

if TYPE_CHECKING:
    from raresim.cohort_files import Cells


@dataclass(frozen=True)
class Blocks:
    """BGZF blocks of a portion: bytes one after the other, the offset of every block and of what follows, int64, and
    where each record begins: in which block, at which byte of its text."""

    pieces: list[Any]
    at: NDArray[np.int64]
    block: NDArray[np.int64]
    inside: NDArray[np.int64]


def crowds(
    portion: Portion, people: People, cells: Cells, pre: NDArray[np.uint8], pre_off: NDArray[np.int64], code: Code
) -> Blocks:
    """Return the crowded rows of a portion, each after its fixed columns; words of the letters of cells have 7 bits at
    most, so that a block always has room."""
    from raresim.kernels.cohort_crowd import crowd
    from raresim.kernels.deflate import LARGEST

    chosen = np.flatnonzero(portion.crowded >= 0)
    width = np.array([len(cell) for cell in cells.blank], np.int64)
    longest = int(np.diff(pre_off)[chosen].max())
    text = len(chosen) * (longest + int(width.max()) * len(people.order) + len(cells.tail))
    blocks = text // (BLOCK - longest - 64) + 2 + len(chosen)
    out, at = np.empty(blocks * LARGEST, np.uint8), np.empty(blocks + 1, np.int64)
    block, inside = np.empty(len(chosen), np.int64), np.empty(len(chosen), np.int64)
    made = crowd(
        pre, pre_off, chosen, cells.forms(portion.sides), np.array([0, people.women, len(people.order)], np.int64),
        width, np.frombuffer(cells.tail, np.uint8), portion.crowded, portion.bits, cells.four,
        cells.tables.byte, cells.tables.low, cells.groups, code.literal, *_words(cells, width, code),
        code.length, code.distance, DISTANCE_SYMBOL, DISTANCE_BASE, DISTANCE_EXTRA, code.header, code.header_bits,
        out, at, block, inside,
    )  # fmt: skip
    return Blocks([out[: at[made]].data], at[: made + 1], block, inside)


def _words(cells: Cells, width: NDArray[np.int64], code: Code) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the words of the two halves of four cells, uint64[forms, 256, 2], and their bits."""
    words, sizes = np.zeros((2, len(width), 256, 2), np.uint64)
    letters = code.literal.astype(np.uint64)[cells.four]
    for form, cell in enumerate(width.tolist()):
        for byte in range(4 * cell):
            half = np.int64(byte >= 2 * cell)
            words[form, :, half] |= (letters[form, :, byte] & np.uint64(0xFFFFFF)) << sizes[form, :, half]
            sizes[form, :, half] += letters[form, :, byte] >> np.uint64(24)
    return words, sizes.astype(np.int64)


def woven(crowded: NDArray[np.bool_], plain: Blocks, crowd: Blocks) -> Blocks:
    """Return the blocks of all rows in order: those of crowded rows and those of the others, where no block has both
    and rows of a kind that do not follow one another are in different blocks."""
    run = np.cumsum(np.diff(crowded, prepend=crowded[:1]))
    mine = run[~crowded], run[crowded]
    kinds = (plain.block[~crowded], plain), (crowd.block, crowd)
    runs = [
        own[np.searchsorted(block, np.arange(len(blocks.at) - 1), "right") - 1]
        for own, (block, blocks) in zip(mine, kinds, strict=True)
    ]
    size = np.concatenate([np.diff(plain.at), np.diff(crowd.at)])
    order = np.argsort(np.concatenate(runs), kind="stable")
    place = np.empty(len(size) + 1, np.int64)
    place[order] = np.cumsum(size[order]) - size[order]
    place[-1] = size.sum()
    data = [memoryview(blocks.pieces[0]) for blocks in (plain, crowd)]
    cuts = [
        blocks.at[np.searchsorted(own, np.arange(int(run[-1]) + 2))].tolist()
        for own, blocks in zip(runs, (plain, crowd), strict=True)
    ]
    first = int(crowded[0])
    pieces = [
        data[(number + first) % 2][slice(*cuts[(number + first) % 2][number : number + 2])]
        for number in range(int(run[-1]) + 1)
    ]
    block, inside = np.empty((2, len(crowded)), np.int64)
    block[~crowded], inside[~crowded] = plain.block[~crowded], plain.inside[~crowded]
    block[crowded], inside[crowded] = crowd.block + len(plain.at) - 1, crowd.inside
    return Blocks(pieces, place, block, inside)
