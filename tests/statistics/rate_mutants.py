"""Bugs of 5% in the rates of mutation: single contexts, CpG, indels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from raresim import mutation
from tests.statistics import test_mutation
from tests.statistics.mutants import Mutant, Patch


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


def indels() -> None:
    """Indels of the panel in coding sequence."""
    test_mutation.test_indels_come_by_their_rate_and_length(1)


RATES = [
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
]
