"""What a case draws before its variants: ages of parents, kinds by weight, known alleles of recessive diseases."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.stats import norm

from raresim.consequence import BIT
from raresim.mixture import Mixture, Weighted
from raresim.pedigree.trio import parents
from raresim.population import pathogenic
from raresim.sites import Sites
from raresim.store import Store
from raresim.streams import key
from tests import test_variant
from tests.statistics.exact import share_fits

N = 40_000


def test_ages_of_parents() -> None:
    """Mother normal (30.3, 6.2), father 33.2 + 0.75 (mother - 30.3) and an SD of 5.0, from 15 to 50 or 70."""
    rng = default_rng(3)
    drawn = np.array([parents(rng) for _ in range(N)])
    age = np.linspace(15, 50, 3001)
    centre = 33.2 + 0.75 * (age - 30.3)
    low, high = (15 - centre) / 5, (70 - centre) / 5
    inside = norm.cdf(high) - norm.cdf(low)
    law = norm.pdf(age, 30.3, 6.2) * inside
    law /= law.sum()
    shift = (norm.pdf(low) - norm.pdf(high)) / inside
    father = centre + 5 * shift
    spread = 25 * (1 + (low * norm.pdf(low) - high * norm.pdf(high)) / inside - shift**2)
    means = np.array([law @ father, law @ age])
    variances = np.array([law @ (spread + father**2) - means[0] ** 2, law @ age**2 - means[1] ** 2])
    together = law @ (father * age) - means[0] * means[1]
    assert (abs(drawn.mean(axis=0) - means) < 4 * np.sqrt(variances / N)).all()
    assert drawn.var(axis=0) == pytest.approx(variances, rel=4 * np.sqrt(2 / N))
    slope, error = together / variances[1], np.sqrt(25 / (variances[1] * N))
    found = np.cov(drawn.T)
    assert abs(found[0, 1] / found[1, 1] - slope) < 4 * error


def test_kinds_by_weight() -> None:
    rng = default_rng(4)
    given = Mixture((Weighted("a", 3.0), Weighted("b", 5.0), Weighted("c", 2.0)))
    drawn = [given.pick(rng) for _ in range(N)]
    for name, share in (("a", 0.3), ("b", 0.5), ("c", 0.2)):
        assert share_fits(drawn.count(name), N, share)


def test_missense_sites_of_recessive_cases() -> None:
    """42.1 pathogenic missense sites to 43.0 of loss of function."""
    n, loss = 100_000, 25_000
    letters, off = np.frombuffer(b"ACGT", np.uint8), np.arange(n + 1, dtype=np.int64)
    ref = default_rng(5).integers(0, 4, n)
    sites = Sites(np.zeros(n, np.int16), np.arange(n, dtype=np.int32), off, letters[ref], off, letters[(ref + 1) % 4])
    store = Store(sites, np.zeros(n, bool), off[:-1], off, np.zeros(n, np.int32))
    terms = np.where(np.arange(n) < loss, BIT["stop_gained"], BIT["missense_variant"]).astype(np.uint32)
    chosen = pathogenic(store, terms, np.full(n, 0.001), np.ones(n, bool), key(1, "test") % 1000)
    assert chosen[:loss].all()
    assert share_fits(int(chosen[loss:].sum()), n - loss, 0.421 / 0.430 * loss / (n - loss))


@pytest.mark.slow
def test_known_alleles_of_recessive_diseases() -> None:
    """Two in three from the panel, and these by their copies (3 + 1 to 1 + 1)."""
    panel = test_variant.pathogenic_panel([[0, 1, 2, 3], [2], [2], []])
    place, rng = test_variant.world({"missense": 1.0}, panel), default_rng(6)
    draws = [test_variant.KIND.draw(test_variant.ask(0, "AR"), place, rng) for _ in range(15_000)]
    known = [d.panel_site for d in draws if d.source == "panel"]
    assert share_fits(len(known), len(draws), 2 / 3)
    assert share_fits(known.count(0), len(known), 4 / 6)
