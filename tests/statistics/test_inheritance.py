"""Shares of the modes of inheritance against their settings: 40,000 draws each, exact intervals at 1e-4."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.special import expit, logit
from scipy.stats import norm

from raresim import kinds
from raresim.inheritance import Alleles
from tests.families import trio
from tests.statistics.exact import power, share_fits

N = 40_000
USUAL = {"AD": (0.678, 0.867), "XLD": (0.517, 0.965), "XLR": (1 / 3, 0.953)}  # mean share, mean of 1 - F over onsets


def draws(name: str, female: bool, onset: float = 0.0, seed: int = 1, n: int = N, **settings: float) -> np.ndarray:
    """int8[n, loci, member, haplotype]."""
    kind, family, rng = kinds.make("inheritance", name, settings), trio(female, onset=onset), default_rng(seed)
    return np.stack([kind.draw(family, rng).copies for _ in range(n)])


def new_share(mode: str, setting: float, onset: float) -> float:
    """The share of new mutations by the age of onset, once more: those of the study's shift the log-odds."""
    mean, later = USUAL[mode]
    usual = mean / later * norm.sf(onset, 31.75, 6.5)
    return float(expit(logit(usual) + logit(setting) - logit(mean)))


def test_a_bug_of_five_percent_would_be_found() -> None:
    for share in (0.3, 1 / 3, 0.5, 0.517, 0.678, 0.7, 0.8):
        assert power(N, share) > 0.98


@pytest.mark.parametrize(("setting", "onset"), [(0.678, 0.0), (0.678, 25.0), (0.5, 10.0)])
def test_share_of_new_dominants(setting: float, onset: float) -> None:
    copies = draws("autosomal_dominant", True, onset, de_novo=setting)[:, 0]
    new = int((copies[:, 1:] == 0).all(axis=(1, 2)).sum())
    assert share_fits(new, N, new_share("AD", setting, onset))


def test_new_dominants_are_paternal_four_in_five() -> None:
    copies = draws("autosomal_dominant", True, de_novo=1.0)[:, 0]
    assert share_fits(int(copies[:, 0, 0].sum()), N, 0.8)


def test_inherited_dominants_come_from_either_parent() -> None:
    copies = draws("autosomal_dominant", False, de_novo=0.0)[:, 0]
    paternal = copies[:, 1].sum(axis=1)
    assert (paternal + copies[:, 2].sum(axis=1) == 1).all()
    assert (paternal == copies[:, 0, 0]).all()
    assert share_fits(int(paternal.sum()), N, 0.5)
    carrier = copies[:, 1:].sum(axis=1)  # haplotype of the carrier parent
    assert share_fits(int(carrier[:, 0].sum()), N, 0.5)


def test_penetrance_is_recovered() -> None:
    kind, rng = kinds.make("inheritance", "autosomal_dominant", {"penetrance": 0.7}), default_rng(5)
    copies = np.array([[[1, 0], [0, 1], [0, 0]]], np.int8)
    risk = kind.risk(Alleles(copies, np.ones(copies.shape)), trio(True))
    affected = rng.random((N, 3)) < risk
    assert share_fits(int(affected[:, 1].sum()), N, 0.7)
    assert not affected[:, 2].any()


def test_recessives() -> None:
    kind, family, rng = kinds.make("inheritance", "autosomal_recessive", {}), trio(True), default_rng(2)
    homozygous = first = phase = 0
    for _ in range(N):
        copies = kind.draw(family, rng).copies
        homozygous += len(copies) == 1
        assert copies[:, 0].sum() == 2
        assert (copies[:, 0].sum(axis=0) == 1).all()  # one hit on each haplotype: in trans, 100%
        assert copies[:, 1].sum() == copies[:, 2].sum() == 1
        first += int(copies[0, 0, 0]) if len(copies) == 2 else 0
        phase += int(copies[:, 1, 0].sum())
    assert share_fits(homozygous, N, 0.3)
    assert share_fits(first, N - homozygous, 0.5)
    assert share_fits(phase, N, 0.5)


def test_x_linked_recessives() -> None:
    copies = draws("x_linked_recessive", False)[:, 0]
    new = int((copies[:, 2] == 0).all(axis=1).sum())
    assert share_fits(new, N, new_share("XLR", 1 / 3, 0.0))
    assert (copies[:, 0] == [-1, 1]).all()
    assert (copies[:, 1] == [-1, 0]).all()


def test_x_linked_dominants() -> None:
    girls = draws("x_linked_dominant", True, de_novo=0.0)[:, 0]
    assert share_fits(int((girls[:, 1, 1] == 1).sum()), N, 0.5)
    assert ((girls[:, 0, 0] == 1) == (girls[:, 1, 1] == 1)).all()
    new = draws("x_linked_dominant", True, de_novo=1.0)[:, 0]
    assert share_fits(int(new[:, 0, 0].sum()), N, 0.8)
    boys = draws("x_linked_dominant", False)[:, 0]
    assert share_fits(int((boys[:, 2] == 0).all(axis=1).sum()), N, new_share("XLD", 0.517, 0.0))
