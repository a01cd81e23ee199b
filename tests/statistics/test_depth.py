"""Depth against its model: between positions, between samples, at hard positions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from raresim.sequencing import Genotypes
from raresim.sequencing._model import ReadModel, call
from raresim.sites import Sites, Variant
from tests.statistics.exact import share_fits

N = 40_000
DEEP = ReadModel(centre=1000, spread=0, power=1, shape=1e12, sample=0, balance=0.5, rho=0, error=0)


def depths(model: ReadModel, sites: int, key: int, members: int = 1) -> np.ndarray:
    truth = Genotypes(Sites.of(Variant(0, i, "A", "G") for i in range(sites)), np.zeros((sites, members, 2), np.int8))
    return call(truth, key, model, model).depth.astype(float)


def changed(**values: float) -> ReadModel:
    return ReadModel(**{**vars(DEEP), **values})


def test_spread_between_positions() -> None:
    """Normal with an SD of 100 beside the Poisson variance of 1,000."""
    depth = depths(changed(spread=100.0), N, 5)[:, 0]
    assert depth.mean() == pytest.approx(1000, abs=4 * math.sqrt(11_000 / N))
    assert depth.var() == pytest.approx(11_000, rel=4 * math.sqrt(2 / N))


def test_fourth_power() -> None:
    """The fourth root of the depth of SNVs is normal: mean 5.0, SD 0.3, and Poisson about 1 / 2 of a root."""
    root = depths(changed(centre=5.0, spread=0.3, power=4.0), N, 6)[:, 0] ** 0.25
    poisson = np.mean(1 / (16 * (5 + 0.3 * np.random.default_rng(1).standard_normal(N)) ** 2))
    variance = 0.09 + poisson
    assert root.mean() == pytest.approx(5.0, abs=4 * math.sqrt(variance / N) + 0.003)
    assert root.var() == pytest.approx(variance, rel=4 * math.sqrt(2 / N))


def test_spread_between_members() -> None:
    """Gamma-Poisson, mean 500, shape 50: the quantile by three cumulants has half a percent too much variance."""
    n = 100_000
    depth = depths(changed(centre=500.0, shape=50.0), n, 9)[:, 0]
    assert depth.mean() == pytest.approx(500, abs=4 * math.sqrt(5500 / n))
    assert depth.var() == pytest.approx(5500, rel=0.005 + 4 * math.sqrt(2 / n))


def test_spread_between_samples() -> None:
    """5,000 trios: the log of a sample's mean depth has an SD of 0.08; 40 positions leave 1 / 40,000 of Poisson."""
    model = changed(sample=0.08)
    sample = np.concatenate([np.log(depths(model, 40, key, 3).mean(axis=0)) for key in range(5000)])
    variance = 0.08**2 + 1 / 40_000
    assert len(sample) == 15_000
    assert sample.mean() == pytest.approx(math.log(1000), abs=4 * math.sqrt(variance / 15_000))
    assert sample.var() == pytest.approx(variance, rel=4 * math.sqrt(2 / 15_000))


def test_hard_positions() -> None:
    """Three in ten, with a tenth of the depth, exponential: of a mean of 100, one in 3,000 is above 800."""
    depth = depths(changed(hard=0.3), N, 7)[:, 0]
    low = depth[depth < 800]
    assert share_fits(len(low), N, 0.3 * (1 - math.exp(-8)))
    assert low.mean() == pytest.approx(100 - 800 / (math.exp(8) - 1), abs=4 * 100 / math.sqrt(len(low)))


def test_members_have_hard_positions_together() -> None:
    depth = depths(changed(hard=0.3), N, 8, 2)
    low = depth < 800
    assert share_fits(int(low.all(axis=1).sum()), N, 0.3 * (1 - math.exp(-8)) ** 2)
    both = low.all(axis=1)
    assert abs(np.corrcoef(depth[both].T)[0, 1]) < 4 / math.sqrt(both.sum())
