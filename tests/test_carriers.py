from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from raresim.carriers import MANY, Carriers

HAPLOTYPES, SITES = 70, 300


@pytest.fixture(scope="module")
def dense() -> NDArray[np.bool_]:
    rng = np.random.default_rng(3)
    out = rng.random((HAPLOTYPES, SITES)) < rng.random(SITES) ** 3
    out[:, :3] = [False, True, False]
    out[5, 2] = True
    out[7] = False
    return out


def of(dense: NDArray[np.bool_]) -> Carriers:
    off = np.concatenate([[0], np.cumsum(dense.sum(1))]).astype(np.int64)
    return Carriers.of(off, np.nonzero(dense)[1].astype(np.int32), dense.shape[1])


def test_carriers_are_what_was_put_in(dense: NDArray[np.bool_]) -> None:
    made = of(dense)
    assert made.common.tolist() == np.flatnonzero(dense.sum(0) * MANY > HAPLOTYPES).tolist()
    assert not np.isin(made.site, made.common).any()
    assert 0 < len(made.common) < SITES
    assert len(made.site)
    off, site = made.lists()
    for h in range(HAPLOTYPES):
        assert site[off[h] : off[h + 1]].tolist() == np.flatnonzero(dense[h]).tolist()
        for first, last in ((0, SITES), (0, 0), (11, 12), (40, 217), (1, 3), (SITES - 9, SITES)):
            want = first + np.flatnonzero(dense[h, first:last])
            assert made.rows(h, first, last).tolist() == want.tolist()
    assert made.counts(SITES).tolist() == dense.sum(0).tolist()
    for s in range(SITES):
        assert made.of_site(s).tolist() == np.flatnonzero(dense[:, s]).tolist()


@pytest.mark.parametrize("cuts", [[0, 0, 13, 14, 14, 120, SITES], [0, SITES], [0, 8, 16, 17, SITES]])
def test_parts_side_by_side_are_the_whole(dense: NDArray[np.bool_], cuts: list[int]) -> None:
    parts = [of(dense[:, a:b]) for a, b in itertools.pairwise(cuts)]
    made, whole = Carriers.joined(parts, cuts[:-1]), of(dense)
    for name in ("off", "site", "common", "bits"):
        assert getattr(made, name).tolist() == getattr(whole, name).tolist(), name


@pytest.mark.parametrize("share", [0.0, 0.04, 0.6, 1.0])
def test_the_sites_of_a_mask(dense: NDArray[np.bool_], share: float) -> None:
    mask = np.random.default_rng(4).random(SITES) < share
    made, whole = of(dense).keep(mask), of(dense[:, mask])
    for name in ("off", "site", "common", "bits"):
        assert getattr(made, name).tolist() == getattr(whole, name).tolist(), name
        assert getattr(made, name).dtype == getattr(whole, name).dtype, name


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_everybody_or_nobody(share: float) -> None:
    dense = np.full((4, 19), share > 0)
    made = of(dense)
    assert made.counts(19).tolist() == dense.sum(0).tolist()
    assert [made.rows(h, 3, 12).tolist() for h in range(4)] == [(3 + np.flatnonzero(dense[0, 3:12])).tolist()] * 4
    assert np.diff(made.lists()[0]).tolist() == dense.sum(1).tolist()


def test_lists_of_few_stay_lists() -> None:
    own = Carriers(
        np.array([0, 2, 3]), np.array([1, 4, 4], np.int32), np.zeros(0, np.int32), np.zeros((0, 0), np.uint8)
    )
    assert own.rows(0, 0, 5).tolist() == [1, 4]
    assert own.rows(1, 0, 4).tolist() == []
    assert own.counts(5).tolist() == [0, 1, 0, 0, 2]
    assert own.of_site(4).tolist() == [0, 1]
    assert own.lists()[1] is own.site
