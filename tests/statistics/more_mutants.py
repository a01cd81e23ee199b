"""Bugs of 5% beside those of ``mutants``: single contexts, indels, spread of depth, ages, what a case chooses."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from raresim import meiosis, mutation, population
from raresim.disease import _eligible
from raresim.mixture import Mixture, Weighted
from raresim.pedigree import trio
from raresim.variant.consequence import Consequence
from tests import test_disease
from tests.statistics import test_choices, test_depth, test_inheritance, test_meiosis, test_mutation
from tests.statistics.mutants import Mutant, Patch, argument, constant, reads, side


def table(**wrong: Callable[[Any, float], Any]) -> Callable[[Patch, float], None]:
    """Change fields of the table of rates."""

    def apply(patch: Patch, factor: float) -> None:
        real = mutation.load()
        made = dataclasses.replace(real, **{name: f(getattr(real, name).copy(), factor) for name, f in wrong.items()})
        patch.setattr(mutation, "load", lambda: made)

    return apply


def change(old: str, new: str, mirror: str, mirror_new: str) -> Callable[[Any, float], Any]:
    """Multiply the rate of one change in one context, on both strands."""

    def wrong(snv: Any, factor: float) -> Any:
        for text, to in ((old, new), (mirror, mirror_new)):
            left, base, right = ("ACGT".index(letter) for letter in text)
            snv[25 * left + 5 * base + right, "ACGT".index(to)] *= factor
        return snv

    return wrong


def cpg(snv: Any, factor: float) -> Any:
    """Multiply the rates of transitions at CpG."""
    for other in range(4):
        snv[25 * other + 5 * 1 + 2, 3] *= factor
        snv[25 * 1 + 5 * 2 + other, 0] *= factor
    return snv


def times(values: Any, factor: float) -> Any:
    """Multiply all."""
    return values * factor


def single(length: Any, factor: float) -> Any:
    """Multiply the share of indels of one base."""
    length[:, 1] *= factor
    return length / length.sum(axis=1, keepdims=True)


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


def indels() -> None:
    """Indels of the panel in coding sequence."""
    test_mutation.test_indels_come_by_their_rate_and_length(1)


MORE = [
    # mutation
    Mutant(
        "rate of ACA to ATA",
        table(snv=change("ACA", "T", "TGT", "A")),
        test_mutation.test_each_of_96_changes_comes_by_its_rate,
    ),
    Mutant("rate of indels", table(indel=times), indels),
    Mutant("insertions to deletions", table(ins_per_del=times), indels),
    Mutant("indels of one base", table(length=single), indels),
    Mutant("CpG among new mutations", table(snv=cpg), test_mutation.test_new_mutations_are_drawn_by_rate),
    Mutant("indels among new mutations", table(indel=times), test_mutation.test_new_mutations_are_drawn_by_rate),
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
