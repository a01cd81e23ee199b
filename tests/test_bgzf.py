"""BGZF blocks and the tabix index: against the specification, and read by htslib."""

from __future__ import annotations

import gzip
import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
import pysam
import pytest
from numpy.typing import NDArray

from raresim import bgzf
from raresim.kernels.tabix import runs


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


def spans() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    rng = np.random.default_rng(4)
    start = rng.integers(0, 2**29 - 10_000_000, 5000)
    end = start + np.where(rng.random(5000) < 0.5, 1, rng.integers(1, 5_000_000, 5000))
    return np.zeros(5000, np.int64), start, end


def bins(smallest: int, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    key, first = np.empty(1, np.int64), np.empty(1, np.int64)
    out = []
    for i in range(len(start)):
        assert runs(np.full(1, 3), start[i : i + 1], end[i : i + 1], smallest, key, first) == 1
        out.append(int(key[0]) - (3 << 32))
    return np.array(out)


def test_bins_equal_the_specification() -> None:
    _, start, end = spans()
    assert bins(14, start, end).tolist() == [naive_bin(int(a), int(b)) for a, b in zip(start, end, strict=True)]


def test_large_bins_are_those_over_the_small_ones() -> None:
    _, start, end = spans()
    small = bins(14, start, end)
    for _ in range(2):
        small = np.where(small >= 585, small - 1 >> 3, small)  # the parent, 5.3 of the specification
    large = bins(20, start, end)
    assert (large[large >= 73] == small[large >= 73]).all()
    assert (large >= 0).all()
    assert large.max() < 585


def test_neighbours_in_one_bin_of_one_contig_are_a_run() -> None:
    contig, start, end = spans()
    contig[3000:] = 1
    order = np.lexsort((start, contig))
    contig, start, end = contig[order], start[order], end[order]
    key, first = np.empty(5000, np.int64), np.empty(5000, np.int64)
    count = runs(contig, start, end, 14, key, first)
    each = (contig << 32) + bins(14, start, end)
    rows = [i for i in range(5000) if i == 0 or each[i] != each[i - 1]]
    assert first[:count].tolist() == rows
    assert key[:count].tolist() == each[rows].tolist()


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
