"""Bugs of 5% in the populations: sizes, the forward chain, selection by ancestry, share of pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from raresim import demography, population, selection
from tests.statistics import test_populations
from tests.statistics.mutants import Mutant, Patch, result


def sizes(patch: Patch, factor: float) -> None:
    """All sizes of a demography are too large."""
    real = demography.Demography.model
    patch.setattr(demography.Demography, "model", lambda self, size=1.0: real(self, size * factor))


def scaled(patch: Patch, factor: float) -> None:
    """The density of the forward chain is too high."""
    real = selection.density
    patch.setattr(selection, "density", lambda *args: real(*args) * factor)


def uncached(test: Callable[[], Any]) -> Callable[[], None]:
    """Simulate anew."""

    def run() -> None:
        test_populations.simulated.cache_clear()
        try:
            test()
        finally:
            test_populations.simulated.cache_clear()

    return run


POPULATION = [
    Mutant("sizes of populations", sizes, uncached(test_populations.test_coalescence_times_are_those_of_the_model)),
    Mutant(
        "spectrum of a growing population",
        scaled,
        lambda: test_populations.test_spectrum_of_a_growing_population_in_two_codes("EUR"),
    ),
    Mutant(
        "retention of an ancestry",
        result(population, "retention"),
        lambda: test_populations.test_selection_keeps_the_share_of_each_ancestry("SAS"),
    ),
]
