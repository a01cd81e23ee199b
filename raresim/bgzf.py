"""BGZF blocks and the tabix index of a file whose line offsets are known (SAM specification 4.1; tabix format)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from raresim.deflate_code import Code

BLOCK = 65280  # bytes of text a block, as bgzip cuts them
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # SAM specification 4.1.2
LEVEL = 1  # of libdeflate (1 to 12); isal is faster, but the same text does not always give the same bytes
_HEAD = bytes.fromhex("1f8b08040000000000ff060042430200")
LONGEST = 1 << 29  # bases; a tabix index reaches no further
WINDOW = 14  # log2 of the bases of a smallest bin and of a window of the linear index
_META_BIN = 37450


def compress(text: bytes | bytearray | memoryview, level: int = LEVEL) -> tuple[bytes, NDArray[np.int64]]:
    """Return BGZF of a text with its end block, and the offset int64[blocks + 1] of every block in it (the last one
    is the end block's). level: of libdeflate."""
    from deflate import crc32, deflate_compress

    view = memoryview(text)
    parts: list[bytes] = []
    offsets = [0]
    for at in range(0, len(view), BLOCK):
        piece = view[at : at + BLOCK]
        data = bytes(deflate_compress(piece, level))
        if len(data) > 65535 - 26:  # text that does not shrink is stored
            packer = zlib.compressobj(0, zlib.DEFLATED, -15)
            data = packer.compress(piece) + packer.flush()
        size = len(data) + 26
        parts += (_HEAD, struct.pack("<H", size - 1), data, struct.pack("<II", crc32(piece), len(piece)))
        offsets.append(offsets[-1] + size)
    parts.append(END)
    return b"".join(parts), np.array(offsets, np.int64)


def checks(text: NDArray[np.uint8], cuts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the CRC-32 of every piece ``text[cuts[b]:cuts[b + 1]]``."""
    from deflate import crc32

    view = text.data
    return np.array([crc32(view[a:b]) for a, b in pairwise(cuts.tolist())], np.int64)


def close(blocks: NDArray[np.uint8], at: NDArray[np.int64], crc: NDArray[np.int64], sizes: NDArray[np.int64]) -> None:
    """Write the last eight bytes of every block: the CRC-32 and the size of its text. at: offset of every block, and
    of what follows the last one."""
    ends = np.stack([crc, sizes], 1).astype("<u4").view(np.uint8)
    blocks[at[1:, None] - 8 + np.arange(8)] = ends


def packed(
    literals: NDArray[np.uint8],
    full: bool,
    seq: NDArray[np.int32],
    ends: NDArray[np.int64],
    sizes: NDArray[np.int64],
    crc: NDArray[np.int64],
    code: Code,
    out: NDArray[np.uint8] | None = None,
) -> tuple[memoryview, NDArray[np.int64]] | None:
    """Return BGZF of a text whose repeats are known (as raresim.kernels.deflate says), without an end block, and the
    offset int64[blocks + 1] of every block; None if the code does not suit the text. out: memory to use."""
    from raresim.deflate_code import DISTANCE_BASE, DISTANCE_EXTRA, DISTANCE_SYMBOL
    from raresim.kernels.deflate import pack

    blocks = len(ends)
    if out is None:
        out = np.empty(_bound(literals, seq, blocks, code), np.uint8)
    at = np.empty(blocks + 1, np.int64)
    done = pack(
        literals, full, seq, ends, sizes, crc, code.literal, code.pairs, code.length, code.distance,
        DISTANCE_SYMBOL, DISTANCE_BASE, DISTANCE_EXTRA, code.header, code.header_bits, out, at,
    )  # fmt: skip
    return (out[: at[blocks]].data, at) if done == blocks else None


def _bound(literals: NDArray[np.uint8], seq: NDArray[np.int32], blocks: int, code: Code) -> int:
    """Return the most bytes that blocks can have: 13 bits a literal, 48 a match, and one that is too large."""
    from raresim.kernels.deflate import LARGEST

    room = blocks * (len(code.header) + 16) + 2 * len(literals) + 6 * int(seq[:, 1].sum() + 2 * len(seq))
    return min(room, blocks * LARGEST) + LARGEST


def virtual(at: NDArray[np.int64], blocks: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return BGZF virtual offsets of text offsets, given the block offsets of :func:`compress`."""
    return (blocks[at // BLOCK].astype(np.uint64) << np.uint64(16)) | (at % BLOCK).astype(np.uint64)


def tabix(
    names: Sequence[str],
    contig: NDArray[np.integer],
    start: NDArray[np.integer],
    end: NDArray[np.integer],
    begins: NDArray[np.uint64],
    ends: NDArray[np.uint64],
    small: bool = False,
) -> bytes:
    """Return the tabix index (.tbi) of sorted VCF records: contig row in ``names``, 0-based half-open span, virtual
    offsets of the line and of what follows it. It holds no time and no name of a file.

    small: the file has little text in a megabase of the genome (a family's exome: less than the one block that a reader
    takes anyway), so that is its smallest bin, and the linear index, 1.5 MB of repeats for an exome, is empty.
    """
    if not len(contig):
        return compress(b"TBI\1" + struct.pack("<8iQ", 0, 2, 1, 2, 0, ord("#"), 0, 0, 0))[0]
    first = _changes(contig)
    used = contig[first]
    bounds = [*first.tolist(), len(contig)]
    text = b"".join(names[c].encode() + b"\0" for c in used)
    parts = [b"TBI\1", struct.pack("<8i", len(used), 2, 1, 2, 0, ord("#"), 0, len(text)), text]
    owner, words, heads = _bins(contig, start, end, begins, ends, 20 if small else WINDOW)
    edges = np.searchsorted(owner, [*used.tolist(), np.iinfo(np.int64).max])
    for i, (a, b) in enumerate(pairwise(bounds)):
        g, h = int(edges[i]), int(edges[i + 1])
        parts += (struct.pack("<i", h - g + 1), words[heads[g] : heads[h]].tobytes())
        meta = (int(begins[a]), int(ends[b - 1]), b - a, 0)  # htslib's bin of totals: bounds, records, unmapped
        parts.append(struct.pack("<Ii4Q", _META_BIN, 2, *meta))
        linear = b"" if small else _linear(start[a:b], end[a:b], begins[a:b]).tobytes()
        parts += (struct.pack("<i", len(linear) // 8), linear)
    parts.append(struct.pack("<Q", 0))
    return compress(b"".join(parts))[0]


def csi(
    contigs: int,
    contig: NDArray[np.integer],
    start: NDArray[np.integer],
    end: NDArray[np.integer],
    begins: NDArray[np.uint64],
    ends: NDArray[np.uint64],
) -> bytes:
    """Return the coordinate-sorted index (.csi, CSIv1) of sorted BCF records: contig row in the header of so many,
    0-based half-open span, virtual offsets of the record and of what follows it."""
    parts = [b"CSI\1", struct.pack("<4i", 14, 5, 0, contigs)]
    owner, words, heads = _bins(contig, start, end, begins, ends, WINDOW)
    for row in range(contigs):
        a, b = np.searchsorted(contig, [row, row + 1]).tolist()
        g, h = np.searchsorted(owner, [row, row + 1]).tolist()
        parts.append(struct.pack("<i", h - g + (a < b)))
        linear = _linear(start[a:b], end[a:b], begins[a:b]) if a < b else []
        for k in range(g, h):
            mine = words[heads[k] : heads[k + 1]]
            level = next(first for first in (4681, 585, 73, 9, 1, 0) if mine[0] >= first)
            window = (int(mine[0]) - level) << {4681: 0, 585: 3, 73: 6, 9: 9, 1: 12, 0: 15}[level]
            parts += (mine[:1].tobytes(), struct.pack("<Q", linear[window]), mine[1:].tobytes())
        if a < b:
            parts.append(struct.pack("<IQi4Q", _META_BIN, 0, 2, int(begins[a]), int(ends[b - 1]), b - a, 0))
    parts.append(struct.pack("<Q", 0))
    return compress(b"".join(parts))[0]


def _bins(contig: Any, start: Any, end: Any, begins: Any, ends: Any, smallest: int) -> tuple[Any, Any, Any]:
    """Return, for the bins of all contigs in order: contig, the words of the index (bin, number of chunks, chunks as
    two uint64 each) and where each bin begins in them (one more for the end). smallest: log2 of the bases of a bin."""
    from raresim.kernels.tabix import runs

    rows, low, high = (column.astype(np.int64) for column in (contig, start, end))
    key, run = np.empty(len(contig), np.int64), np.empty(len(contig), np.int64)
    count = runs(rows, low, high, smallest, key, run)  # neighbours in one bin are one chunk
    key, run = key[:count], run[:count]
    last = np.append(run[1:], len(contig))[:count] - 1
    order = np.argsort(key, kind="stable")
    key, lo, hi = key[order], begins[run][order], ends[last][order]
    group = _changes(key)
    heads = 2 * np.arange(len(group) + 1) + 4 * np.append(group, len(key))
    words = np.empty(heads[-1], "<u4")
    counts = np.diff(np.append(group, len(key)))
    words[heads[:-1]], words[heads[:-1] + 1] = key[group] & 0xFFFFFFFF, counts
    at = 2 * np.repeat(np.arange(1, len(group) + 1), counts) + 4 * np.arange(len(key))
    chunks = np.stack([lo, hi], 1).astype("<u8").view("<u4").reshape(-1, 4)
    for i in range(4):
        words[at + i] = chunks[:, i]
    return key[group] >> 32, words, heads


def _changes(values: Any) -> Any:
    """Return the rows whose value is not that of the row before."""
    changed = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=changed[1:])
    return np.flatnonzero(changed)


def _linear(start: Any, end: Any, begins: Any) -> Any:
    """Return the smallest offset of a record that reaches into each window of 16,384 bases of a contig."""
    window, reach = start >> 14, (end - 1) >> 14
    first = _changes(window)
    linear = np.repeat(begins[first], np.diff(window[first], prepend=-1))  # an empty window points to the next record
    for row in np.flatnonzero(window != reach).tolist():  # one that begins in an earlier window
        missing = max(0, int(reach[row]) + 1 - len(linear))
        linear = np.concatenate([linear, np.full(missing, begins[row])])
        after = slice(int(window[row]) + 1, int(reach[row]) + 1)
        linear[after] = np.minimum(linear[after], begins[row])
    return linear.astype("<u8")
