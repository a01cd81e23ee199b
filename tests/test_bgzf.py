"""BGZF blocks and the tabix index: against the specification, and read by htslib."""

from __future__ import annotations

import gzip
import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
import pysam
import pytest

from raresim import bgzf


def test_bgzf_round_trip_and_block_sizes() -> None:
    rng = np.random.default_rng(3)
    for size in (0, 1, 65279, 65280, 65281, 300_000):
        for raw in (rng.integers(0, 256, size, np.uint8).tobytes(), bytes(size)):
            data, blocks = bgzf.compress(raw)
            assert gzip.decompress(data) == raw
            assert data.endswith(bgzf.END)
            assert len(data) == blocks[-1] + len(bgzf.END)
            for at, following in pairwise(blocks.tolist()):
                assert struct.unpack_from("<H", data, int(at) + 16)[0] + 1 == following - at


def naive_bin(start: int, end: int) -> int:
    """reg2bin of the SAM specification, 5.3."""
    end -= 1
    for shift, first in ((14, 4681), (17, 585), (20, 73), (23, 9), (26, 1)):
        if start >> shift == end >> shift:
            return first + (start >> shift)
    return 0


def test_bins_equal_the_specification() -> None:
    rng = np.random.default_rng(4)
    start = rng.integers(0, 2**29 - 10_000_000, 5000)
    end = start + np.where(rng.random(5000) < 0.5, 1, rng.integers(1, 5_000_000, 5000))
    assert bgzf.bins(start, end).tolist() == [naive_bin(int(a), int(b)) for a, b in zip(start, end, strict=True)]


def test_large_bins_are_those_over_the_small_ones() -> None:
    rng = np.random.default_rng(4)
    start = rng.integers(0, 2**29 - 10_000_000, 5000)
    end = start + np.where(rng.random(5000) < 0.5, 1, rng.integers(1, 5_000_000, 5000))
    small = bgzf.bins(start, end)
    for _ in range(2):
        small = np.where(small >= 585, small - 1 >> 3, small)  # the parent, 5.3 of the specification
    large = bgzf.bins(start, end, 20)
    assert (large[large >= 73] == small[large >= 73]).all()
    assert (large >= 0).all()
    assert large.max() < 585


@pytest.mark.parametrize("small", [False, True])
def test_the_index_finds_every_record(tmp_path: Path, small: bool) -> None:
    rng = np.random.default_rng(5)
    sizes = [200_000_000, 50_000_000]
    spans = sorted(
        (c, int(p), int(p) + int(rng.choice([1, 3, 40_000, 300_000], p=[0.8, 0.1, 0.05, 0.05])))
        for c in (0, 1)
        for p in rng.integers(0, sizes[c] - 400_000, 3000)
    )
    header = "##fileformat=VCFv4.2\n" + "".join(f"##contig=<ID=c{c},length={n}>\n" for c, n in enumerate(sizes))
    lines = [header + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"]
    lines += [f"c{c}\t{a + 1}\t.\t{'A' * (b - a)}\tC\t.\t.\t.\n" for c, a, b in spans]
    at = np.cumsum([len(text) for text in lines]).astype(np.int64)
    data, blocks = bgzf.compress("".join(lines).encode())
    places = bgzf.virtual(at, blocks)
    contig, start, end = (np.array(column) for column in zip(*spans, strict=True))
    index = bgzf.tabix(["c0", "c1"], contig, start, end, places[:-1], places[1:], small)
    (tmp_path / "x.vcf.gz").write_bytes(data)
    (tmp_path / "x.vcf.gz.tbi").write_bytes(index)
    with pysam.VariantFile(str(tmp_path / "x.vcf.gz")) as file:
        for _ in range(200):
            c = int(rng.integers(2))
            a = int(rng.integers(0, sizes[c]))
            b = min(sizes[c], a + int(rng.choice([1, 1000, 100_000, 5_000_000])))
            want = [(x, y) for k, x, y in spans if k == c and x < b and y > a]
            assert [(r.start, r.stop) for r in file.fetch(f"c{c}", a, b)] == want
