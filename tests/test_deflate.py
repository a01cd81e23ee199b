"""DEFLATE without a compressor: codes that every inflater reads, and blocks that say what the sequences say."""

from __future__ import annotations

import gzip
import zlib
from itertools import accumulate

import numpy as np
import pytest
from numpy.random import Generator

from raresim import bgzf
from raresim.deflate_code import DISTANCE_BASE, DISTANCE_EXTRA, DISTANCE_SYMBOL, LITERAL, Code, code_sizes
from raresim.kernels.deflate import LARGEST, pack
from raresim.vcf_text import code
from tests.naive.deflate import Sequence, expand

FLAT = Code.fit(np.ones(257), np.ones(259), np.ones(30))


def skewed() -> Code:
    """A code with words from one bit to the longest."""
    return Code.fit(2 ** np.minimum(np.arange(257), 40), 2 ** np.minimum(np.arange(259), 40), np.arange(30) ** 6)


def write(literals: bytes, blocks: list[list[Sequence]], given: Code, full: bool = False) -> bytes:
    """Return BGZF of blocks of sequences, without the end block."""
    texts, used = [], 0
    for rows in blocks:
        count = sum(row[0] for row in rows)
        texts.append(expand(literals[used : used + count], rows))
        used += count
    source = b"".join(texts) if full else literals
    out, at = np.zeros(len(blocks) * LARGEST + 8, np.uint8), np.zeros(len(blocks) + 1, np.int64)
    done = pack(
        np.frombuffer(source or b"\0", np.uint8), full,
        np.array([row for rows in blocks for row in rows], np.int32).reshape(-1, 4),
        np.array(list(accumulate(map(len, blocks))), np.int64),
        np.array([len(text) for text in texts], np.int64), np.array([zlib.crc32(text) for text in texts], np.int64),
        given.literal, given.pairs, given.length, given.distance,
        DISTANCE_SYMBOL, DISTANCE_BASE, DISTANCE_EXTRA, given.header, given.header_bits, out, at,
    )  # fmt: skip
    assert done == len(blocks)
    for start, end in zip(at[:-1].tolist(), at[1:].tolist(), strict=True):
        assert int.from_bytes(out[start + 16 : start + 18].tobytes(), "little") + 1 == end - start
    return out[: at[-1]].tobytes()


def random_rows(rng: Generator, most: int) -> tuple[list[Sequence], int]:
    """Return sequences of a block with at most so many bytes of text, and their literals."""
    rows: list[Sequence] = []
    size = used = 0
    while True:
        count = int(rng.choice([0, 1, 2, 3, 4, 5, 7, 40])) + (size == 0)
        repeats, length = int(rng.choice([0, 0, 0, 1, 5, 60])), int(rng.choice([0, 3, 4, 10, 257, 258]))
        if size + count + 258 * repeats + length > most:
            return rows, used
        size += count
        back = int(rng.integers(1, min(size, 32768) + 1)) if rng.random() < 0.7 else min(size, 4)
        rows.append((count, repeats, length, back if repeats + length else 0))
        used += count
        size += 258 * repeats + length


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("given", [FLAT, skewed()], ids=["flat", "skewed"])
def test_blocks_are_inflated_to_the_text_of_their_sequences(given: Code, full: bool) -> None:
    rng = np.random.default_rng(11)
    for most in (0, 1, 300, 10_000):
        made = [random_rows(rng, most) for _ in range(4)]
        literals = rng.integers(0, 256, sum(used for _, used in made)).astype(np.uint8).tobytes()
        text = gzip.decompress(write(literals, [rows for rows, _ in made], given, full) + bgzf.END)
        used, want = 0, b""
        for rows, count in made:
            want += expand(literals[used : used + count], rows)
            used += count
        assert text == want


def test_every_length_and_far_distances() -> None:
    literals = bytes(range(250)) * 128
    far = [(31744, 0, 3, 31744), *((0, 0, length, 31744) for length in range(4, 259))]
    near = [(256, 0, 3, 1), *((0, 0, length, 1 + length % 250) for length in range(4, 259))]
    wide = [(0, 0, 258, back) for back in (24576, 24577, 32767, 32768)]
    for rows in (far, [*near, *wide]):
        used = rows[0][0]
        assert gzip.decompress(write(literals[:used], [rows], FLAT) + bgzf.END) == expand(literals[:used], rows)


def test_a_block_that_would_be_too_large_is_refused() -> None:
    rng = np.random.default_rng(1)
    text = rng.integers(128, 256, bgzf.BLOCK).astype(np.uint8)
    seq, ends = np.array([[len(text), 0, 0, 0]], np.int32), np.array([1], np.int64)
    one = np.array([len(text)], np.int64)
    assert bgzf.packed(text, False, seq, ends, one, one, code()) is None


def test_code_sizes_are_a_full_code_within_the_limit() -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        weights = (2.0 ** rng.integers(0, 40, int(rng.integers(2, 280)))).tolist()
        sizes = code_sizes(weights, LITERAL)
        assert max(sizes) <= LITERAL
        assert sum(2.0**-size for size in sizes) == 1
    assert code_sizes([0, 5, 0], 7) == [0, 1, 0]
    assert code_sizes([1, 1, 2, 4], 15) == [3, 3, 2, 1]
