"""Proband, father and mother."""

from __future__ import annotations

from typing import TYPE_CHECKING

from raresim.kinds import kind
from raresim.pedigree import Member, Pedigree, Proband

if TYPE_CHECKING:
    from numpy.random import Generator

# Ages of parents at a birth, in years. At conception everybody is 38 weeks younger; what follows from the age at
# conception (raresim.denovo) counts from the mean ages, so the shift changes nothing. Means: Office for National
# Statistics, Births by parents' characteristics in England and Wales 2015 (mothers 30.3, fathers 33.2). Deviations of a
# normal law: 6.2 gives 23% of mothers under 25 and 20% of 35 or more (ONS, Live births by characteristics of mother
# 2012), 6.8 gives 68% of fathers of 30 or more (2015). The father's age follows the mother's by 0.75 years a year,
# which leaves a deviation of 5.0 of his own and makes their correlation 0.68: a choice, as neither source gives it.
MOTHER_MEAN, MOTHER_SD = 30.3, 6.2
FATHER_MEAN, FATHER_SLOPE, FATHER_SD = 33.2, 0.75, 5.0
MOTHER_RANGE, FATHER_RANGE = (15.0, 50.0), (15.0, 70.0)  # beyond them births are too few to matter (the same tables)
OLDEST = 105.0  # a sampled parent is alive: nobody here is older, unless the proband leaves no other choice


def parents(rng: Generator, oldest: float = FATHER_RANGE[1]) -> tuple[float, float]:
    """Return the ages of father and mother at a birth, in years; neither above ``oldest`` (15 at least)."""
    limit = max(oldest, MOTHER_RANGE[0] + 1.0)
    while True:
        mother = MOTHER_MEAN + MOTHER_SD * rng.standard_normal()
        father = FATHER_MEAN + FATHER_SLOPE * (mother - MOTHER_MEAN) + FATHER_SD * rng.standard_normal()
        if limit < MOTHER_MEAN:  # a very old proband: the normal law has too little room
            mother, father = rng.uniform(MOTHER_RANGE[0], limit, 2)
        if MOTHER_RANGE[0] <= mother <= min(MOTHER_RANGE[1], limit) and FATHER_RANGE[0] <= father <= min(
            FATHER_RANGE[1], limit
        ):
            return float(father), float(mother)


@kind
class Trio:
    """The proband and both parents, unrelated to each other."""

    @property
    def founders(self) -> int:
        """Two founders: the parents."""
        return 2

    def draw(self, proband: Proband, rng: Generator) -> Pedigree:
        """Draw the parents' ages at the birth of the proband; today each is older by the age of the proband."""
        father, mother = parents(rng, OLDEST - proband.age)
        members = (
            Member("proband", proband.female, proband.age, 1, 2),
            Member("father", False, father + proband.age),
            Member("mother", True, mother + proband.age),
        )
        return Pedigree(members, proband.onset)
