"""The proband alone: nothing is known of where an allele came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from raresim.kinds import kind
from raresim.pedigree import Member, Pedigree, Proband

if TYPE_CHECKING:
    from numpy.random import Generator


@kind
class Singleton:
    """The proband alone; no parent is sequenced."""

    @property
    def founders(self) -> int:
        """One founder: the proband himself."""
        return 1

    def draw(self, proband: Proband, rng: Generator) -> Pedigree:
        """Return the family of one."""
        return Pedigree((Member("proband", proband.female, proband.age),), proband.onset)
