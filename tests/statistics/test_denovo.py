"""The de novo model: mean, slopes by parental age, share of the father; exact Poisson and binomial intervals."""

from __future__ import annotations

import numpy as np
from numpy.random import default_rng

from raresim import denovo
from raresim.pedigree.trio import FATHER_MEAN, MOTHER_MEAN, parents
from tests.statistics.exact import count_fits, share_fits

N = 40_000
SCALE = denovo.EXOME_RATE  # a target of autosomes with the rates of the standard exome


def totals(father: float, mother: float, seed: int, n: int = N, daughter: bool = True) -> np.ndarray:
    rng = default_rng(seed)
    return np.array([denovo.counts(SCALE, 0.0, daughter, father, mother, rng) for _ in range(n)])


def test_mean_and_paternal_share() -> None:
    found = totals(FATHER_MEAN, MOTHER_MEAN, 1)
    assert count_fits(int(found.sum()), 1.29 * N)
    assert share_fits(int(found[:, 0].sum()), int(found.sum()), 0.8)
    assert abs(found.sum(axis=1).var() / 1.29 - 1) < 6 * (2 / N) ** 0.5  # Poisson


def test_slopes() -> None:
    """Fathers of 20 and 50, mothers of 18 and 42: the difference a year, within four standard errors, which is less
    than 5% of the slope (scaled tenfold to have the power with these numbers)."""
    rng = default_rng(2)
    for who, low, high, year in ((0, 20.0, 50.0, 1.51), (1, 18.0, 42.0, 0.37)):
        sums = []
        for age in (low, high):
            ages = (age, MOTHER_MEAN) if who == 0 else (FATHER_MEAN, age)
            mean = denovo.means(10 * SCALE, 0.0, True, *ages)[who]
            sums.append(rng.poisson(mean, 20 * N))
        slope = (sums[1].mean() - sums[0].mean()) / (high - low) / 12.9 * 70.3
        error = ((sums[0].var() + sums[1].var()) / (20 * N)) ** 0.5 / (high - low) / 12.9 * 70.3
        assert abs(slope - year) < 4 * error
        assert 6.05 * error < 0.05 * year


def test_counts_follow_the_means() -> None:
    found = totals(45.0, 22.0, 3)
    paternal, maternal = denovo.means(SCALE, 0.0, True, 45.0, 22.0)
    assert count_fits(int(found[:, 0].sum()), paternal * N)
    assert count_fits(int(found[:, 1].sum()), maternal * N)


def test_mean_over_real_parents_is_the_mean() -> None:
    """The ages of parents have the mean that 1.29 is stated for, so the mean over families is 1.29 too."""
    rng = default_rng(4)
    counts = [sum(denovo.means(SCALE, 0.0, True, *parents(rng))) for _ in range(15_000)]
    assert abs(np.mean(counts) - 1.29) < 0.01
    shares = [denovo.means(SCALE, 0.0, True, *parents(rng))[0] for _ in range(15_000)]
    assert abs(np.mean(shares) / 1.29 - 0.8) < 0.01


def test_sons_and_daughters() -> None:
    rng = default_rng(5)
    linked = 0.5 * SCALE
    sons = np.array([denovo.counts(SCALE, linked, False, FATHER_MEAN, MOTHER_MEAN, rng) for _ in range(N)])
    assert count_fits(int(sons[:, 0].sum()), 0.8 * 1.29 * N)
    assert count_fits(int(sons[:, 1].sum()), 0.2 * 1.29 * 1.5 * N)
