"""Ages against theory: the spread of onsets inside their class and their share outside, the lag to the examination."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm, truncnorm

from raresim import catalog
from raresim.onset import BEYOND, OLDEST, beyond, examination_draw, last_age, onset_draw, share_under
from raresim.streams import stream
from tests.statistics.exact import share_fits

N = 120_000
WIDE = (1.0, 60.0)


def onsets(*ranges: tuple[float, float, float], n: int = N) -> NDArray[np.float64]:
    """Return onsets of a disease with these classes."""
    of = dataclasses.replace(catalog.load().find("OMIM:154700"), onset=ranges)
    rng = stream(7, "onsets", len(ranges))
    return np.array([onset_draw(of, rng) for _ in range(n)])


def test_onsets_spread_about_the_middle_of_their_class() -> None:
    """log(1 + years) in a class of 1 to 60 years: mean and deviation of the cut normal, within 4 standard errors."""
    log = np.log1p(onsets((*WIDE, 1.0)))
    low, high = np.log1p(WIDE)
    inside = log[(log >= low) & (log <= high)]
    middle = (low + high) / 2
    law = truncnorm((low - middle) / 0.68, (high - middle) / 0.68, middle, 0.68)
    n = len(inside)
    fourth = law.moment(4) - 4 * law.mean() * law.moment(3) + 6 * law.mean() ** 2 * law.moment(2) - 3 * law.mean() ** 4
    assert inside.mean() == pytest.approx(law.mean(), abs=4 * law.std() / np.sqrt(n))
    assert inside.var() == pytest.approx(law.var(), abs=4 * np.sqrt((fourth - law.var() ** 2) / n))


def test_share_of_onsets_outside_the_classes() -> None:
    """In proportion to what the law has outside of 5 to 16 years; 7.5% over the catalog."""
    drawn = onsets((5.0, 16.0, 1.0))
    law = norm(np.log1p([5.0, 16.0]).mean(), 0.68)
    p = law.cdf(np.log1p([0.0, 5.0, 16.0, 90.0]))
    share = (p[1] - p[0] + p[3] - p[2]) / (p[3] - p[0])
    assert share_fits(int(((drawn < 5.0) | (drawn > 16.0)).sum()), N, 0.075 * share / 0.404)
    assert drawn.min() >= 0.0
    assert drawn.max() <= 90.0


def test_mean_share_of_onsets_outside_over_the_catalog() -> None:
    known = catalog.load()
    ranges = [known[row].onset for row in np.flatnonzero(known.drawable).tolist()]
    assert np.mean([beyond(spans) for spans in ranges if spans]) == pytest.approx(BEYOND, abs=0.001)


def test_onset_classes_are_drawn_by_weight() -> None:
    drawn = onsets((0.0, 0.0, 3.0), (10.0, 20.0, 1.0), n=30_000)
    inside = drawn[(drawn == 0) | ((drawn >= 10) & (drawn <= 20))]
    assert share_fits(int((inside > 0).sum()), len(inside), 0.25)


def test_lag_to_the_examination() -> None:
    """Quartiles of 2, 7 and 15.5 years after an onset at birth; never after the 90th birthday."""
    rng = stream(8, "lag")
    lag = np.array([examination_draw(0.0, rng) for _ in range(N)])
    for years, share in ((2.0, 0.25), (7.0, 0.5), (15.5, 0.75)):
        assert share_fits(int((lag <= years).sum()), N, share)
    old = np.array([examination_draw(75.0, rng) for _ in range(20_000)]) - 75.0
    assert old.max() <= 15.0
    assert share_fits(int((old <= 7.0).sum()), 20_000, 0.5 / (0.5 + 0.25 * 8 / 8.5))


@pytest.mark.parametrize("ranges", [((0.0, 0.0, 1.0),), ((0.0, 1.0, 1.0), (1.0, 5.0, 2.0)), ((16.0, 40.0, 1.0),)])
def test_share_of_patients_under_an_age(ranges: tuple[tuple[float, float, float], ...]) -> None:
    """By 32 quantiles of each class against 20,000 patients whose onset lies inside a class."""
    rng, drawn = stream(9, "under"), onsets(*ranges, n=20_000)
    inside = [x for x in drawn if any(low <= x <= high for low, high, _ in ranges)]
    young = sum(examination_draw(float(x), rng) < 3.0 for x in inside)
    assert young / len(inside) == pytest.approx(share_under(3.0, ranges), abs=4 * 0.5 / np.sqrt(len(inside)) + 1e-9)


def test_patients_of_fatal_diseases_are_examined_alive() -> None:
    """Half die by 2 years, a quarter by 10: those are never older when they are examined; the others are as before."""
    rng, deaths = stream(5, "deaths"), ((2.0, 0.5), (10.0, 0.25))
    last = np.array([last_age(deaths, rng) for _ in range(N)])
    for age, share in (*deaths, (OLDEST, 0.25)):
        assert abs((last == age).mean() - share) < 4 * (share * (1 - share) / N) ** 0.5
    age = np.array([examination_draw(0.0, rng, float(x)) for x in last])
    assert (age <= last).all()
    free = np.array([examination_draw(0.0, rng) for _ in range(N)])
    young = free[free <= 2.0]  # a lag that the patient lives to see has the law of a free one
    assert abs(np.median(age[last == 2.0]) - np.median(young)) < 0.05
    assert examination_draw(3.0, rng, 2.0) == 3.0  # the onset itself, where it comes later than death should


def test_ages_of_death_of_the_catalog() -> None:
    known = catalog.load()
    assert known.find("OMIM:230900").deaths == ((2.0, 0.5),)  # Gaucher disease, type II: 1/2 in infancy
    assert known.find("OMIM:256050").deaths[0][0] == 0.0  # atelosteogenesis II: stillbirth
    assert known.find("OMIM:154700").deaths == ()
    for row in range(0, len(known), 7):
        found = known[row].deaths
        assert list(found) == sorted(found)
        assert sum(share for _, share in found) <= 1.0001
