"""Ages: classes of onset in years, the onset of a disease, the age at which a patient is examined."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from raresim import ages

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease

_DAYS_28 = 28 / 365.25

# Years by HPO onset term, from the definitions of HPO (release 2025-01-16); birth is 0 and what begins before birth
# begins at 0. Open ends ("16 years or later", "after 60") are closed at 60 and 90: a choice. Juvenile: "between the
# age of 5 and 15 years", adult from 16, hence up to the 16th birthday. Perimenopause 45 to 55, postmenopause 50 to 80,
# puerperium 18 to 45: choices.
HPO_ONSET: dict[str, tuple[float, float]] = {
    "HP:0030674": (0.0, 0.0),  # antenatal
    "HP:0011460": (0.0, 0.0),  # embryonal
    "HP:0011461": (0.0, 0.0),  # fetal
    "HP:0034199": (0.0, 0.0),  # late first trimester
    "HP:0034198": (0.0, 0.0),  # second trimester
    "HP:0034197": (0.0, 0.0),  # third trimester
    "HP:0003577": (0.0, 0.0),  # congenital
    "HP:0003623": (0.0, _DAYS_28),  # neonatal
    "HP:0003593": (_DAYS_28, 1.0),  # infantile
    "HP:0011463": (1.0, 5.0),  # childhood
    "HP:0003621": (5.0, 16.0),  # juvenile
    "HP:0410280": (_DAYS_28, 16.0),  # pediatric
    "HP:0003581": (16.0, 60.0),  # adult
    "HP:0011462": (16.0, 40.0),  # young adult
    "HP:0025708": (16.0, 19.0),  # early young adult
    "HP:0025709": (19.0, 25.0),  # intermediate young adult
    "HP:0025710": (25.0, 40.0),  # late young adult
    "HP:0003596": (40.0, 60.0),  # middle age
    "HP:0003584": (60.0, 90.0),  # late
    "HP:4000040": (18.0, 45.0),  # puerperal
    "HP:6000314": (45.0, 55.0),  # perimenopausal
    "HP:6000315": (50.0, 80.0),  # postmenopausal
}

# The age in years by which a patient has died, by HPO term of the age of death, from the definitions of HPO (release
# 2025-01-16); death in adulthood without an end is left out. Where no figure is given, the share DYING dies so early: a
# choice after solved cases (phenopacket-store of 2026-06-25; 5 of 32 patients of such diseases are over ten years old).
HPO_DEATH: dict[str, float] = {
    "HP:0003826": 0.0,  # stillbirth
    "HP:0034241": 0.0,  # prenatal
    "HP:0003811": _DAYS_28,  # neonatal
    "HP:0001522": 2.0,  # infancy: within 24 months
    "HP:0003819": 10.0,  # childhood
    "HP:0011421": 19.0,  # adolescence
    "HP:0100613": 40.0,  # early adulthood
}
DYING = 27 / 32

# Years by Orphanet's class of age of onset (Orphadata, "Natural history"): infancy 4 weeks to 2 years, childhood 2 to
# 11, adolescence 12 to 18, adult 19 to 65, elderly after 65. Gaps are closed at the birthday; the open end at 90 and
# "all ages" as 0 to 65 are choices.
ORPHA_ONSET: dict[str, tuple[float, float]] = {
    "Antenatal": (0.0, 0.0),
    "Neonatal": (0.0, _DAYS_28),
    "Infancy": (_DAYS_28, 2.0),
    "Childhood": (2.0, 12.0),
    "Adolescent": (12.0, 19.0),
    "Adult": (19.0, 65.0),
    "Elderly": (65.0, 90.0),
    "All ages": (0.0, 65.0),
}

# Where a disease has no onset: the classes of 5,888 solved cases with an onset (phenopacket-store of 2026-06-25):
# antenatal and congenital 1,411, neonatal 607, infantile 1,553, childhood 907, juvenile 557, young adult 524, middle
# age 259, late 70.
UNKNOWN_ONSET: tuple[tuple[float, float, float], ...] = (
    (0.0, 0.0, 1411.0),
    (0.0, _DAYS_28, 607.0),
    (_DAYS_28, 1.0, 1553.0),
    (1.0, 5.0, 907.0),
    (5.0, 16.0, 557.0),
    (16.0, 40.0, 524.0),
    (40.0, 60.0, 259.0),
    (60.0, 90.0, 70.0),
)

# Two numbers of the solved cases of phenopacket-store (2026-06-25): log(1 + years) of onset has a deviation of 0.68
# within a disease, and 92.5% of 1,058 onsets lie inside the class that HPO gives the disease. Diseases with narrow
# classes have most of those outside: in 1,126 of these cases none where less than 7% of the uncut law lies outside, 7%
# where 17 to 40% does, 32% where more does. So the share of a disease is in proportion to that, and BEYOND, its mean
# over the drawable diseases of the catalog, makes the mean share what it should be.
SPREAD = 0.68
OUTSIDE = 0.075
BEYOND = 0.404
OLDEST = 90.0

# Years from onset to examination as (share of patients, years). Quartiles 2, 7 and 15.5: 2,442 of these cases; the
# others: 1,373 of them. Between two points the quantile is linear.
LAG: tuple[tuple[float, float], ...] = (
    (0.0, 0.0),
    (0.1, 0.25),
    (0.25, 2.0),
    (0.5, 7.0),
    (0.75, 15.5),
    (0.9, 26.0),
    (0.95, 34.0),
    (0.99, 53.0),
    (1.0, 73.0),
)
Span = tuple[float, float]


def onset_draw(disease: Disease, rng: Generator) -> float:
    """Draw the age of onset in years.

    A class by weight (:data:`UNKNOWN_ONSET` where the disease has none). log(1 + years) is normal with deviation
    :data:`SPREAD` about the middle of the class (a choice: the classes say no more) and cut to the class; in some of
    the draws, :data:`OUTSIDE` over the catalog, it is cut to what lies outside all classes of the disease and is not
    above :data:`OLDEST`. Antenatal and congenital onset are 0.
    """
    ranges = disease.onset or UNKNOWN_ONSET
    which, outside, place = rng.random(3).tolist()
    at = which * sum(weight for _, _, weight in ranges)
    chosen = 0
    while chosen < len(ranges) - 1 and at >= ranges[chosen][2]:
        at -= ranges[chosen][2]
        chosen += 1
    span = ranges[chosen][:2]
    if outside < OUTSIDE * beyond(ranges) / BEYOND:
        return cut(span, gaps(tuple((low, high) for low, high, _ in ranges)), place)
    return cut(span, (span,), place)


@lru_cache(maxsize=16384)
def beyond(ranges: tuple[tuple[float, float, float], ...]) -> float:
    """Return the share of the law of a disease with these classes, not cut to them, that lies outside all of them."""
    others, share = gaps(tuple((low, high) for low, high, _ in ranges)), 0.0
    for low, high, weight in ranges:
        outside, whole = (sum(b - a for a, b in _masses((low, high), pieces)) for pieces in (others, ((0.0, OLDEST),)))
        share += weight * outside / whole
    return share / sum(weight for _, _, weight in ranges)


@lru_cache(maxsize=8192)
def gaps(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return the intervals of ages up to :data:`OLDEST` that lie in none of the spans."""
    out, end = [], 0.0
    for low, high in sorted(spans):
        if low > end:
            out.append((end, low))
        end = max(end, high)
    return (*out, (end, OLDEST)) if end < OLDEST else tuple(out)


def cut(span: Span, pieces: Sequence[Span], place: float) -> float:
    """Return the quantile ``place`` (0 to 1) of an age in years whose log(1 + years) is normal about the middle of a
    class, with deviation :data:`SPREAD`, cut to these intervals."""
    ends = _masses(span, pieces)
    mass = [high - low for low, high in ends]
    rest = place * sum(mass)
    at = 0
    while at < len(mass) - 1 and rest >= mass[at]:
        rest -= mass[at]
        at += 1
    if not mass[at]:
        return pieces[at][0]
    low, high = pieces[at]
    middle = (math.log1p(span[0]) + math.log1p(span[1])) / 2
    return min(max(math.expm1(middle + SPREAD * _quantile(ends[at][0] + rest)), low), high)


def _masses(span: Span, pieces: Sequence[Span]) -> list[Span]:
    """Return the share of the law of a class below both ends of each interval."""
    middle = (math.log1p(span[0]) + math.log1p(span[1])) / 2
    return [
        (_normal((math.log1p(low) - middle) / SPREAD), _normal((math.log1p(high) - middle) / SPREAD))
        for low, high in pieces
    ]


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def _quantile(share: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(min(max(share, 1e-300), 1.0 - 1e-16))


def last_age(deaths: Sequence[tuple[float, float]], rng: Generator) -> float:
    """Draw the greatest age in years that a patient reaches, for (age, share of the patients who die by it and not
    before), in order of age; :data:`OLDEST` for all others."""
    left = float(rng.random())
    for reached, share in deaths:
        left -= share
        if left < 0:
            return reached
    return OLDEST


def examination_draw(onset: float, rng: Generator, last: float = math.inf) -> float:
    """Draw the age at examination in years: onset and a lag (:data:`LAG`), given that the patient is at most
    :data:`OLDEST` then, and not older than ``last``."""
    room = max(min(last, OLDEST) - onset, 0.0)
    return onset + interpolated(LAG, float(rng.random()) * lag_share(room))


def examined(disease: Disease, female: bool, onset: float, death: Generator, rng: Generator) -> float:
    """Draw the age at examination in years of a patient of a disease: not after the age of death, if ``death`` draws
    one of the disease's, nor before a finding of it can be seen (:func:`raresim.ages.first`)."""
    last = last_age(disease.deaths, death) if disease.deaths else OLDEST
    return max(examination_draw(onset, rng, last), ages.first(disease, female))


def lag_share(years: float) -> float:
    """Return the share of patients who are examined within so many years of the onset (:data:`LAG`)."""
    return interpolated([(y, x) for x, y in LAG], years)


def interpolated(points: Sequence[tuple[float, float]], x: float) -> float:
    """Return the y at x of a line through points (x, y) in order of x; beyond them that of the first or last."""
    at = bisect_right(points, x, key=lambda point: point[0])
    if at in (0, len(points)):
        return points[min(at, len(points) - 1)][1]
    (x0, y0), (x1, y1) = points[at - 1], points[at]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


@lru_cache(maxsize=8192)
def share_under(
    age: float, ranges: tuple[tuple[float, float, float], ...], deaths: tuple[tuple[float, float], ...] = ()
) -> float:
    """Return the share of the patients of a disease with these classes of onset, and ages of death as in
    :func:`last_age`, who are examined under an age, years.

    32 quantiles of the onset inside each class; onsets outside the classes are left out.
    """
    lasts = (*deaths, (OLDEST, 1.0 - sum(share for _, share in deaths)))
    total = sum(weight for _, _, weight in ranges)
    share = 0.0
    for low, high, weight in ranges:
        for step in range(32):
            onset = cut((low, high), ((low, high),), (step + 0.5) / 32)
            for last, dying in lasts if onset < age else ():
                room = lag_share(max(min(last, OLDEST) - onset, 0.0))
                share += weight * dying * (min(lag_share(age - onset) / room, 1.0) if room else 1.0) / 32
    return share / total
