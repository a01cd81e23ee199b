"""Ranks, ties, metrics and intervals against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from raresim.score.metrics import NAMES, RESAMPLES, Place, intervals, place, values
from raresim.streams import stream

TRUE = frozenset({"T"})


def _row(*places: Place) -> dict[str, float]:
    return dict(zip(NAMES, values(places).mean(0).tolist(), strict=True))


@pytest.mark.parametrize(
    ("entries", "expected", "worst"),
    [
        ([(1, "T")], 1, 1),
        ([(1, "A"), (2, "T")], 2, 2),
        ([(1, "A"), (1, "T")], 1.5, 2),
        ([(1, "A"), (1, "T"), (1, "B"), (2, "C")], 2, 3),
        ([(1, "A"), (2, "A"), (3, "T"), (4, "T")], 2, 2),  # a gene twice takes one place
        ([(5, "T"), (1, "A"), (2, "T")], 2, 2),  # the best of the true answer's lines counts
        ([(-0.9, "A"), (-0.5, "B"), (-0.5, "T"), (-0.1, "C")], 2.5, 3),
        ([(1, "A")], None, None),
        ([], None, None),
    ],
)
def test_place_by_hand(entries: list[tuple[float, str]], expected: float | None, worst: int | None) -> None:
    found = place(entries, TRUE)
    assert (found.expected, found.worst) == (expected, worst)


def test_the_best_of_several_true_answers_counts_and_the_others_are_no_rivals() -> None:
    assert place([(1, "A"), (2, "T"), (2, "U"), (3, "B")], frozenset({"T", "U"})) == Place(1, 1)


@pytest.mark.parametrize(
    ("ranks", "truth_at", "expected"),
    [
        ([7], 0, 7),  # six answers are left out of the file
        ([1, 2, 5], 2, 5),
        ([1, 1, 3], 2, 3),  # competition ranks
        ([1, 1, 2], 2, 3),  # dense ranks
        ([2, 2, 3], 0, 1.5),  # ties at their worst rank
        ([2, 2, 3], 2, 3),
        ([1.5, 1.5, 3], 1, 1.5),  # ties at their mean rank
    ],
)
def test_stated_ranks(ranks: list[float], truth_at: int, expected: float) -> None:
    entries = [(rank, "T" if i == truth_at else f"A{i}") for i, rank in enumerate(ranks)]
    assert place(entries, TRUE, ranks).expected == expected


def test_metrics_by_hand() -> None:
    row = _row(Place(0, 1), Place(2, 1), Place(0, 4), Place(9, 2), Place(0, 0))
    assert row["top1"] == pytest.approx((1 + 0 + 1 / 4 + 0 + 0) / 5)
    assert row["top3"] == pytest.approx((1 + 1 + 3 / 4 + 0 + 0) / 5)
    assert row["top5"] == pytest.approx((1 + 1 + 1 + 0 + 0) / 5)
    assert row["top10"] == pytest.approx((1 + 1 + 1 + 1 / 2 + 0) / 5)
    assert row["top20"] == pytest.approx(4 / 5)
    assert row["mrr"] == pytest.approx((1 + 1 / 3 + 1 / 2.5 + 1 / 10.5 + 0) / 5)
    assert row["top1_worst"] == pytest.approx(1 / 5)
    assert row["top3_worst"] == pytest.approx(2 / 5)
    assert row["top10_worst"] == pytest.approx(3 / 5)
    assert row["mrr_worst"] == pytest.approx((1 + 1 / 3 + 1 / 4 + 1 / 11 + 0) / 5)


def test_top_k_of_ties_is_the_share_of_random_orders() -> None:
    rng = stream(1, "ties")
    better, tied, draws = 2, 6, 40_000
    at = better + 1 + rng.integers(0, tied, draws)  # the rank of the truth under a random order
    row = _row(Place(better, tied))
    for k in (3, 5):
        error = np.sqrt(0.25 / draws)
        assert abs(row[f"top{k}"] - (at <= k).mean()) < 4 * error


def test_top_k_never_falls_with_k() -> None:
    table = values([Place(b, t) for b in range(25) for t in range(6)])
    assert (np.diff(table[:, :5], axis=1) >= 0).all()
    assert (np.diff(table[:, 6:11], axis=1) >= 0).all()
    assert (table[:, 6:11] <= table[:, :5] + 1e-12).all()


def test_interval_is_the_binomial_one_for_a_share() -> None:
    # For a 0/1 metric the bootstrap distribution is Binomial(n, p) / n: its 2.5% and 97.5% points are known.
    scipy_stats = pytest.importorskip("scipy.stats")
    cases, hits = 100, 30
    table = np.zeros((cases, 1))
    table[:hits] = 1
    low, high = intervals(table, stream(0, "score", "bootstrap"))[:, 0]
    law = scipy_stats.binom(cases, hits / cases)
    assert abs(low - law.ppf(0.025) / cases) <= 0.011  # one step of the grid of 1/100
    assert abs(high - law.ppf(0.975) / cases) <= 0.011


def test_intervals_equal_resampling_one_by_one_and_use_every_resample() -> None:
    table = stream(3, "x").random((7, 3))
    rng = stream(9, "y")
    drawn = rng.integers(0, 7, (RESAMPLES, 7))
    means = np.array([table[rows].mean(0) for rows in drawn])
    expected = np.percentile(means, [2.5, 97.5], axis=0)
    np.testing.assert_allclose(intervals(table, stream(9, "y")), expected, rtol=1e-12)


def test_no_case_has_no_interval() -> None:
    assert np.isnan(intervals(np.zeros((0, 2)), stream(0, "z"))).all()
