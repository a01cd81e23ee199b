"""Huffman codes of DEFLATE (RFC 1951) for the kernels that write compressed files without a compressor.

Such a kernel knows its text: it names repeats itself (raresim.kernels.deflate) and needs only one code for the whole
file. A code has a word for every byte and every length and distance, so no text can be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST = 258  # bytes a match
LITERAL = 13  # bits a word of a literal or a length: two fit a word of a pair (a choice; RFC 1951 allows 15)
FARTHEST = 32768  # bytes a match reaches back
END = 256  # symbol
BGZF = bytes.fromhex("1f8b08040000000000ff0600424302000000")  # before a DEFLATE block, without its size
# RFC 1951, 3.2.5: extra bits of the length codes 257 to 284 and of the distance codes 0 to 29
_LENGTH_EXTRA = [0] * 8 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4
_DISTANCE_EXTRA = [0, 0, *(extra for extra in range(14) for _ in range(2))]
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)  # RFC 1951, 3.2.7


def _bases(first: int, extra: Sequence[int]) -> NDArray[np.int64]:
    return first + np.concatenate([[0], np.cumsum([1 << bits for bits in extra[:-1]])])


_LENGTH_BASE = np.append(_bases(3, _LENGTH_EXTRA), LONGEST)  # 258 has a symbol of its own
DISTANCE_EXTRA = np.array(_DISTANCE_EXTRA, np.int64)
DISTANCE_BASE = _bases(1, _DISTANCE_EXTRA)
DISTANCE_SYMBOL = (np.searchsorted(DISTANCE_BASE, np.arange(FARTHEST + 1), "right") - 1).astype(np.uint8)
LENGTH_SYMBOL = 256 + np.searchsorted(_LENGTH_BASE, np.arange(LONGEST + 1), "right")


@dataclass(frozen=True)
class Code:
    """One Huffman code, as the kernel wants it.

    A word holds its bits in the low 24 and their number in the high 8. literal uint32[257] of the bytes and of the end;
    pairs uint32[65536] of two bytes, the first one lowest: bits in the low 26, their number in the high 6; length
    uint32[259] of a match's length, extra bits included; distance uint32[30] without the extra bits. header uint8: how
    a BGZF block begins (SAM specification 4.1; RFC 1951, 3.2.7), of which header_bits count.
    """

    literal: NDArray[np.uint32]
    pairs: NDArray[np.uint32]
    length: NDArray[np.uint32]
    distance: NDArray[np.uint32]
    header: NDArray[np.uint8]
    header_bits: int

    @staticmethod
    def fit(literals: NDArray[Any], lengths: NDArray[Any], distances: NDArray[Any]) -> Code:
        """Return the code of these counts: of 257 literals, of lengths 0 to 258, of the 30 distance symbols."""
        symbols = np.concatenate([literals, np.bincount(LENGTH_SYMBOL[3:] - 257, lengths[3:], minlength=29)])
        sizes = code_sizes((symbols.astype(np.int64) + 1).tolist(), LITERAL)
        far = code_sizes((distances.astype(np.int64) + 1).tolist(), 15)
        words, far_words = _words(sizes), _words(far)
        symbol = LENGTH_SYMBOL[3:] - 257
        word = np.array(words[257:], np.int64)[symbol]
        length = np.zeros(LONGEST + 1, np.uint32)
        length[3:] = word + (np.arange(3, LONGEST + 1) - _LENGTH_BASE[symbol] << (word >> 24))
        length[3:] += np.array([*_LENGTH_EXTRA, 0], np.uint32)[symbol] << 24
        header, count = _header(sizes, far)
        literal = np.array(words[:257], np.uint32)
        return Code(literal, _pairs(literal[:256]), length, np.array(far_words, np.uint32), header, count)


def code_sizes(weights: Sequence[int], limit: int) -> list[int]:
    """Return the length of each symbol's word in a Huffman code, 0 for a weight of 0.

    Huffman 1952 (Proc IRE 40:1098); weights are halved until the longest word is within the limit.
    """
    weights = list(weights)
    while True:
        leaves = sorted((weight, i) for i, weight in enumerate(weights) if weight)
        sums = [weight for weight, _ in leaves]  # then those of the nodes over two, as they are made: they ascend
        above = [0] * (2 * len(leaves))
        leaf, node = 0, len(leaves)
        for made in range(len(leaves), 2 * len(leaves) - 1):
            total = 0
            for _ in range(2):
                if leaf < len(leaves) and (node == made or sums[leaf] <= sums[node]):
                    above[leaf] = made
                    total += sums[leaf]
                    leaf += 1
                else:
                    above[node] = made
                    total += sums[node]
                    node += 1
            sums.append(total)
        depth = [0] * len(sums)
        for i in range(len(sums) - 2, -1, -1):
            depth[i] = depth[above[i]] + 1
        sizes = [0] * len(weights)
        for (_, i), size in zip(leaves, depth, strict=False):
            sizes[i] = max(size, 1)
        if max(sizes) <= limit:
            return sizes
        weights = [(weight + 1) // 2 for weight in weights]


def _words(sizes: Sequence[int]) -> list[int]:
    """Return the canonical words (RFC 1951, 3.2.2), first bit lowest, with their number of bits in the high 8."""
    size = np.array(sizes, np.int64)
    order = np.argsort(size, kind="stable")
    order = order[size[order] > 0]
    room = 1 << 15 - size[order]  # words of 15 bits that begin with this one
    first = np.cumsum(room) - room
    words = np.zeros(len(size), np.int64)
    words[order] = size[order] << 24
    for bit in range(15):
        words[order] |= (first >> bit & 1) << 14 - bit
    return list(words.tolist())


def _pairs(literal: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the words of two bytes."""
    first, second = literal[None, :], literal[:, None]
    size = first >> 24
    bits = (first & 0xFFFFFF) | (second & 0xFFFFFF) << size
    bits |= (size + (second >> 24)) << 26
    return np.asarray(bits.ravel(), np.uint32)


def _header(sizes: Sequence[int], far: Sequence[int]) -> tuple[NDArray[np.uint8], int]:
    """Return what stands before the text of a BGZF block of one final dynamic block, and its bits."""
    bits, size = 0, 0

    def put(value: int, count: int) -> None:
        nonlocal bits, size
        bits |= value << size
        size += count

    tokens = _runs([*sizes, *far])
    counts = np.bincount([symbol for symbol, _, _ in tokens], minlength=19)
    own = code_sizes(counts.tolist(), 7)
    words = _words(own)
    last = max(i for i, symbol in enumerate(_ORDER) if own[symbol]) + 1
    put(0b101, 3)
    put(len(sizes) - 257, 5)
    put(len(far) - 1, 5)
    put(last - 4, 4)
    for symbol in _ORDER[:last]:
        put(own[symbol], 3)
    for symbol, value, count in tokens:
        put(words[symbol] & 0xFFFFFF, own[symbol])
        put(value, count)
    gzip = np.frombuffer(BGZF, np.uint8)
    text = np.frombuffer(bits.to_bytes((size + 7) // 8, "little"), np.uint8)
    return np.concatenate([gzip, text]), 8 * len(gzip) + size


def _runs(sizes: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return the run lengths of code sizes (none of them 0 here): symbol, extra value, extra bits."""
    out, i = [], 0
    while i < len(sizes):
        run = 1
        while i + run < len(sizes) and sizes[i + run] == sizes[i]:
            run += 1
        i += run
        out.append((sizes[i - 1], 0, 0))
        run -= 1
        while run >= 3:
            again = min(run, 6)
            out.append((16, again - 3, 2))
            run -= again
        out += [(sizes[i - 1], 0, 0)] * run
    return out
