"""Pedigrees: members, sexes, ages."""

from __future__ import annotations

import numpy as np
from numpy.random import default_rng

from raresim import kinds
from raresim.pedigree import Proband
from raresim.pedigree.trio import FATHER_MEAN, MOTHER_MEAN, OLDEST, parents


def test_singleton() -> None:
    kind = kinds.make("pedigree", "singleton", {})
    family = kind.draw(Proband(True, 12.5, 3.0), default_rng(1))
    assert [(m.role, m.female, m.age) for m in family.members] == [("proband", True, 12.5)]
    assert family.onset == 3.0
    assert family.founders == [0]
    assert kind.founders == 1


def test_trio() -> None:
    kind = kinds.make("pedigree", "trio", {})
    family = kind.draw(Proband(False, 4.0, 1.0), default_rng(1))
    assert [(m.role, m.female, m.father, m.mother) for m in family.members] == [
        ("proband", False, 1, 2),
        ("father", False, -1, -1),
        ("mother", True, -1, -1),
    ]
    assert family.founders == [1, 2]
    assert family.order in ([1, 2, 0], [2, 1, 0])
    assert kind.founders == 2
    assert all(m.age > 4.0 + 14.9 for m in family.members[1:])


def test_ages_of_parents() -> None:
    """Means and shares of the Office for National Statistics; 20,000 draws, four standard errors and 0.3 years or 2
    points for the cut tails."""
    rng = default_rng(2)
    ages = np.array([parents(rng) for _ in range(20_000)])
    father, mother = ages.T
    assert abs(mother.mean() - MOTHER_MEAN) < 0.2
    assert abs(father.mean() - FATHER_MEAN) < 0.2
    assert abs((mother < 25).mean() - 0.20) < 0.03
    assert abs((mother >= 35).mean() - 0.21) < 0.03
    assert abs((father >= 30).mean() - 0.68) < 0.02
    assert 0.6 < np.corrcoef(father, mother)[0, 1] < 0.72
    assert mother.min() >= 15
    assert mother.max() <= 50


def test_parents_of_the_old_are_alive() -> None:
    rng = default_rng(3)
    kind = kinds.make("pedigree", "trio", {})
    for age in (0.0, 30.0, 70.0, 80.0, 89.0):
        family = kind.draw(Proband(True, age, age), rng)
        for parent in family.members[1:]:
            assert age + 15 <= parent.age <= max(OLDEST, age + 16)
