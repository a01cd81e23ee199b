"""BGZF blocks and the tabix index of a file whose line offsets are known (SAM specification 4.1; tabix format)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 65280  # bytes of text a block, as bgzip cuts them
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # SAM specification 4.1.2
LEVEL = 1  # of isal (0 to 3)
_HEAD = bytes.fromhex("1f8b08040000000000ff060042430200")
LONGEST = 1 << 29  # bases; a tabix index reaches no further
_META_BIN = 37450


def compress(text: bytes | bytearray | memoryview) -> tuple[bytes, NDArray[np.int64]]:
    """Return BGZF of a text with its end block, and the offset int64[blocks + 1] of every block in it (the last one
    is the end block's)."""
    from isal import isal_zlib

    view = memoryview(text)
    parts: list[bytes] = []
    offsets = [0]
    for at in range(0, len(view), BLOCK):
        piece = view[at : at + BLOCK]
        data = isal_zlib.compress(piece, LEVEL, -15)
        if len(data) > 65535 - 26:  # text that does not shrink is stored
            packer = zlib.compressobj(0, zlib.DEFLATED, -15)
            data = packer.compress(piece) + packer.flush()
        size = len(data) + 26
        parts += (_HEAD, struct.pack("<H", size - 1), data, struct.pack("<II", isal_zlib.crc32(piece), len(piece)))
        offsets.append(offsets[-1] + size)
    parts.append(END)
    return b"".join(parts), np.array(offsets, np.int64)


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
) -> bytes:
    """Return the tabix index (.tbi) of sorted VCF records: contig row in ``names``, 0-based half-open span, virtual
    offsets of the line and of what follows it. It holds no time and no name of a file."""
    used = np.unique(contig)
    text = b"".join(names[c].encode() + b"\0" for c in used)
    parts = [b"TBI\1", struct.pack("<8i", len(used), 2, 1, 2, 0, ord("#"), 0, len(text)), text]
    for c in used:
        rows = slice(int(np.searchsorted(contig, c, "left")), int(np.searchsorted(contig, c, "right")))
        parts += _contig(start[rows].astype(np.int64), end[rows].astype(np.int64), begins[rows], ends[rows])
    parts.append(struct.pack("<Q", 0))
    return compress(b"".join(parts))[0]


def bins(start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the UCSC bin of every span (SAM specification 5.3)."""
    out = 4681 + (start >> 14)
    todo = np.flatnonzero(start >> 14 != (end - 1) >> 14)  # few span two windows
    out[todo] = 0
    for shift, first in ((17, 585), (20, 73), (23, 9), (26, 1)):
        fits = start[todo] >> shift == (end[todo] - 1) >> shift
        out[todo[fits]] = first + (start[todo[fits]] >> shift)
        todo = todo[~fits]
    return out


def _contig(start: Any, end: Any, begins: Any, ends: Any) -> list[bytes]:
    bin_ = bins(start, end)
    new = np.flatnonzero(np.concatenate([[True], np.diff(bin_) != 0]))  # runs of one bin are one chunk
    last = np.concatenate([new[1:], [len(bin_)]]) - 1
    order = np.argsort(bin_[new], kind="stable")
    label, lo, hi = bin_[new][order], begins[new][order], ends[last][order]
    groups = np.flatnonzero(np.concatenate([[True], np.diff(label) != 0]))
    counts = np.diff(np.concatenate([groups, [len(label)]]))
    words = np.empty(2 * len(groups) + 4 * len(label), "<u4")  # bin, number of chunks, chunks as two uint64 each
    heads = 2 * np.arange(len(groups)) + 4 * groups
    words[heads], words[heads + 1] = label[groups], counts
    chunks = 2 * np.repeat(np.arange(1, len(groups) + 1), counts) + 4 * np.arange(len(label))
    pairs = np.stack([lo, hi], 1).astype("<u8").view("<u4").reshape(-1, 4)
    words[chunks[:, None] + np.arange(4)] = pairs
    parts = [struct.pack("<i", len(groups) + 1), words.tobytes()]
    meta = (int(begins[0]), int(ends[-1]), len(start), 0)  # htslib's bin of totals: bounds, records, unmapped
    parts.append(struct.pack("<Ii4Q", _META_BIN, 2, *meta))
    windows = np.full((int(end.max()) - 1 >> 14) + 1, np.iinfo(np.uint64).max, np.uint64)
    long = np.flatnonzero(start >> 14 != (end - 1) >> 14)
    np.minimum.at(windows, start >> 14, begins)
    for row in long:
        span = slice(int(start[row] >> 14), int((end[row] - 1) >> 14) + 1)
        windows[span] = np.minimum(windows[span], begins[row])
    filled = np.minimum.accumulate(windows[::-1])[::-1]  # an empty window points to the next record
    return [*parts, struct.pack("<i", len(filled)), filled.astype("<u8").tobytes()]
