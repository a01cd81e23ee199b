"""Bugs of 5% in what a case draws: crossovers, haplotypes, ages, kinds, modes, known alleles, spread of depth."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from raresim import meiosis, pathogenic, population
from raresim.disease import _eligible
from raresim.mixture import Mixture, Weighted
from raresim.pedigree import trio
from raresim.variant.consequence import Consequence
from tests import test_disease
from tests.statistics import test_carriers, test_choices, test_depth, test_inheritance, test_meiosis
from tests.statistics.mutants import Mutant, Patch, argument, constant, reads, side


def first_weight(patch: Patch, factor: float) -> None:
    """The first kind of a mixture is too likely."""
    real = Mixture.pick

    def pick(self: Mixture, rng: Any) -> Any:
        first, *rest = self.parts
        share = first.weight / sum(part.weight for part in self.parts)
        wrong = first.weight * factor * (1 - share) / (1 - factor * share)
        return real(Mixture((Weighted(first.kind, wrong), *rest)), rng)

    patch.setattr(Mixture, "pick", pick)


def first_mode(patch: Patch, factor: float) -> None:
    """The first of the modes of inheritance is too likely."""
    real = _eligible.pick

    def pick(weights: Any, rng: Any) -> int:
        wrong = np.array(list(weights))
        share = wrong[0] / wrong.sum()
        wrong[0] *= factor * (1 - share) / (1 - factor * share)
        return int(real(wrong, rng))

    patch.setattr(_eligible, "pick", pick)


def known(patch: Patch, factor: float) -> None:
    """Recessive alleles come too often from the panel."""
    real = Consequence.draw

    def draw(self: Any, *args: Any) -> Any:
        return real(dataclasses.replace(self, known=self.known * factor), *args)

    patch.setattr(Consequence, "draw", draw)


def carriers(patch: Patch, factor: float) -> None:
    """Carriers of recessive alleles are too frequent."""
    real = pathogenic.Locus.rate
    patch.setattr(pathogenic.Locus, "rate", lambda self, ancestry: real(self, ancestry) * factor)


CHOICES = [
    Mutant("carriers of recessive alleles", carriers, test_carriers.test_carriers_are_as_many_as_the_rates_say),
    # meiosis and inheritance
    Mutant(
        "crossovers between two conditions",
        argument(meiosis, "crossovers", 0),
        test_meiosis.test_two_conditions_leave_the_law_given_parity,
    ),
    Mutant("haplotype of X dominants", side, test_inheritance.test_x_linked_dominants),
    # choices of a case
    *(
        Mutant(f"ages of parents, {name}", constant(trio, name), test_choices.test_ages_of_parents)
        for name in ("MOTHER_MEAN", "MOTHER_SD", "FATHER_MEAN", "FATHER_SLOPE", "FATHER_SD")
    ),
    Mutant("weights of kinds", first_weight, test_choices.test_kinds_by_weight),
    Mutant("shares of modes", first_mode, test_disease.test_modes_are_drawn_by_their_shares),
    Mutant("known recessive alleles", known, test_choices.test_known_alleles_of_recessive_diseases),
    Mutant(
        "missense to loss of function",
        constant(population, "MISSENSE_PER_LOSS"),
        test_choices.test_missense_sites_of_recessive_cases,
    ),
    # sequencing
    Mutant("spread of depth between positions", reads(1), test_depth.test_spread_between_positions),
    Mutant("spread of depth between members", reads(3), test_depth.test_spread_between_members),
    Mutant("spread of depth between samples", reads(4), test_depth.test_spread_between_samples),
    Mutant("hard positions", reads(6), test_depth.test_hard_positions),
]
