"""Bugs of 5% in what is said of persons: ages, and what comes with them."""

from __future__ import annotations

from typing import Any

from raresim import onset, relatives, timing, visits
from tests.statistics import test_onset, test_records
from tests.statistics.mutants import Mutant, Patch, constant


def lag(patch: Patch, factor: float) -> None:
    """Everybody is examined so much later."""
    patch.setattr(onset, "LAG", tuple((share, years * factor) for share, years in onset.LAG))


def by_age(patch: Patch, factor: float) -> None:
    """The share of an age is so much larger than the odds ratio says."""
    real = timing.shares

    def wrong(*args: Any) -> tuple[float, float]:
        wanted, usual = real(*args)
        return min(wanted * factor, 1.0), usual

    patch.setattr(timing, "shares", wrong)


def usual(patch: Patch, factor: float) -> None:
    """The share of all ages is taken for smaller than it is."""
    real = timing.shares

    def wrong(*args: Any) -> tuple[float, float]:
        wanted, mean = real(*args)
        return wanted, mean / factor

    patch.setattr(timing, "shares", wrong)


def thrive() -> None:
    """A term that falls with age."""
    test_records.test_shares_of_young_and_old(test_records.THRIVE, 59, 99, (99, 140, 124, 232))


def scoliosis() -> None:
    """A term that rises with age."""
    test_records.test_shares_of_young_and_old(test_records.SCOLIOSIS, 29, 99, (4, 79, 242, 935))


def manifest(mode: str) -> Any:
    """Carriers of a mode show a finding too often."""
    return lambda patch, factor: patch.setitem(relatives.MANIFEST, mode, relatives.MANIFEST[mode] * factor)


def began(patch: Patch, factor: float) -> None:
    """Findings begin with the disease too often."""
    points = [(min(share * factor, 1.0), place) for share, place in timing.BEGAN]
    patch.setattr(timing, "BEGAN", tuple(points))


PERSON = [
    Mutant(
        "spread of onsets", constant(onset, "SPREAD"), test_onset.test_onsets_spread_about_the_middle_of_their_class
    ),
    Mutant(
        "onsets outside their class", constant(onset, "OUTSIDE"), test_onset.test_share_of_onsets_outside_the_classes
    ),
    Mutant("share of the young and old, falling", by_age, thrive),
    Mutant("share of the young and old, rising", by_age, scoliosis),
    Mutant("share of all ages", usual, scoliosis),
    Mutant("cases that date findings", constant(timing, "DATED"), test_records.test_dated_onsets),
    Mutant("findings that begin with the disease", began, test_records.test_dated_onsets),
    Mutant("correlation of relatives", constant(relatives, "SHARED"), test_records.test_severities_of_relatives),
    Mutant(
        "findings that relatives are asked for", constant(relatives, "ASKED"), test_records.test_exclusions_of_relatives
    ),
    Mutant("findings of carriers", manifest("AR"), lambda: test_records.test_findings_of_carriers("AR", 0.02)),
    Mutant("findings of women who carry", manifest("XLR"), lambda: test_records.test_findings_of_carriers("XLR", 0.1)),
    Mutant("interval between visits", constant(visits, "INTERVAL"), test_records.test_earlier_visits),
    Mutant("share recorded before", constant(visits, "RECORDED"), test_records.test_earlier_visits),
    Mutant("lag to the examination", lag, test_onset.test_lag_to_the_examination),
]
