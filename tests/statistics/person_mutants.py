"""Bugs of 5% in what is said of persons: ages, and what comes with them."""

from __future__ import annotations

from raresim import onset
from tests.statistics import test_onset
from tests.statistics.mutants import Mutant, Patch, constant


def lag(patch: Patch, factor: float) -> None:
    """Everybody is examined so much later."""
    patch.setattr(onset, "LAG", tuple((share, years * factor) for share, years in onset.LAG))


PERSON = [
    Mutant(
        "spread of onsets", constant(onset, "SPREAD"), test_onset.test_onsets_spread_about_the_middle_of_their_class
    ),
    Mutant(
        "onsets outside their class", constant(onset, "OUTSIDE"), test_onset.test_share_of_onsets_outside_the_classes
    ),
    Mutant("lag to the examination", lag, test_onset.test_lag_to_the_examination),
]
