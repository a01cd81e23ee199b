"""Rows of tables of sites: kernels against their twins."""

from __future__ import annotations

import numpy as np
import pytest

from raresim.kernels.rows import union
from raresim.sites import Sites, Variant
from tests.naive import rows as naive


@pytest.mark.parametrize("count", [0, 1, 300])
def test_texts_of_rows_equal_their_twin(count: int) -> None:
    rng = np.random.default_rng(3)
    words = ["A", "C", "ACGT", "GG"]
    table = Sites.of(Variant(0, i, words[rng.integers(4)], words[rng.integers(4)] * (1 + i % 3)) for i in range(200))
    for rows in (rng.integers(0, 200, count), rng.integers(0, 200, count, dtype=np.int32)[::-1]):
        taken = table.take(rows)
        assert [(v.ref, v.alt) for v in map(taken.__getitem__, range(len(taken)))] == naive.texts(table, rows.tolist())
        assert taken.pos.tolist() == rows.tolist()


@pytest.mark.parametrize("haplotypes", [1, 2, 6])
def test_the_union_of_haplotypes_equals_its_twin(haplotypes: int) -> None:
    rng = np.random.default_rng(haplotypes)
    for size in (0, 1, 40):
        carried = [rng.choice(100, rng.integers(size + 1), replace=False).astype(np.int32) for _ in range(haplotypes)]
        off = np.append(0, np.cumsum([len(mine) for mine in carried]))
        rows, copies = union(np.concatenate(carried), off, 100)
        assert (rows.tolist(), copies.tolist()) == naive.union([mine.tolist() for mine in carried])
        assert copies.dtype == np.int8
