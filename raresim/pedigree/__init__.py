"""Which family? A pedigree kind draws the members with sexes and ages.

A kind gives one method::

    def draw(self, proband: Proband, rng: Generator) -> Pedigree
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy.random import Generator


@dataclass(frozen=True, slots=True)
class Proband:
    """What is known of the proband before the family is drawn: sex, age at examination and at onset, in years."""

    female: bool
    age: float
    onset: float


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a pedigree; father and mother are row numbers in the pedigree, -1 for a founder.

    age: years at the examination of the proband. role: "proband", "father", "mother", ...
    """

    role: str
    female: bool
    age: float
    father: int = -1
    mother: int = -1


@dataclass(frozen=True, slots=True)
class Pedigree:
    """A family; the proband is row 0, parents may stand after their children. onset: of the proband, in years.

    fathers_carry: whether men live who have the proband's allele on X (see ``Disease.lethal_in_males``).
    """

    members: tuple[Member, ...]
    onset: float
    fathers_carry: bool = True

    @property
    def founders(self) -> list[int]:
        """Row numbers of the members whose parents are not in the pedigree."""
        return [i for i, m in enumerate(self.members) if m.father < 0 and m.mother < 0]

    @property
    def order(self) -> list[int]:
        """Row numbers with every parent before its children."""
        done: list[int] = []
        while len(done) < len(self.members):
            done += [
                i
                for i, m in enumerate(self.members)
                if i not in done and all(p < 0 or p in done for p in (m.father, m.mother))
            ]
        return done


class PedigreeKind(Protocol):
    """The contract of the family; founders is the most founders a draw can have."""

    @property
    def founders(self) -> int:
        """The most founders that a drawn family can have."""
        ...

    def draw(self, proband: Proband, rng: Generator) -> Pedigree:
        """Draw a family around the proband."""
        ...


def __getattr__(name: str) -> Any:
    from raresim.kinds import exported

    return exported("pedigree", name)
