"""Bugs of 5% in the populations: sizes, the forward chain, selection by ancestry, share of pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from raresim import demography, mitochondrial, population, selection
from tests.statistics import test_populations, test_single_copies
from tests.statistics.mutants import Mutant, Patch, constant, result


def sizes(patch: Patch, factor: float) -> None:
    """All sizes of a demography are too large."""
    real = demography.Demography.model
    patch.setattr(demography.Demography, "model", lambda self, size=1.0: real(self, size * factor))


def scaled(patch: Patch, factor: float) -> None:
    """The density of the forward chain is too high."""
    real = selection.density
    patch.setattr(selection, "density", lambda *args: real(*args) * factor)


def molecules(patch: Patch, factor: float) -> None:
    """Mitochondrial DNA mutates too often."""
    real = mitochondrial.by_region()
    patch.setattr(mitochondrial, "by_region", lambda: replace(real, snv=real.snv * factor))


def single_copies() -> None:
    """Mutations of mitochondrial genealogies in a folder of their own."""
    with TemporaryDirectory() as folder:
        test_single_copies.test_mutations_are_those_of_a_haploid_population(Path(folder))


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
    Mutant("size of the genealogies of Y and MT", constant(mitochondrial, "SIZE"), single_copies),
    Mutant("mitochondrial mutation rate", molecules, single_copies),
    Mutant(
        "selection in the mitochondrion",
        result(mitochondrial, "kept"),
        test_single_copies.test_selection_keeps_the_share_of_the_sources,
    ),
]
