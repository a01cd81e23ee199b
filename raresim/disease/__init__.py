"""Which disease has case i?

A kind gives two methods::

    def draw(self, world: World, rng: Generator, modes: Collection[str] = MODES) -> Choice
    def check(self, world: World, modes: Collection[str] = MODES) -> None

and, where the disease follows from the number of the case instead of chance,::

    def nth(self, world: World, number: int, seed: int, rng: Generator, modes: Collection[str] = MODES) -> Choice
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from raresim.catalog import MODES

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease
    from raresim.world import World


@dataclass(frozen=True, slots=True)
class Choice:
    """The disease of a case, the gene that causes it (row in the genome's genes), and the mode of inheritance."""

    disease: Disease
    gene: int
    mode: str


class DiseaseKind(Protocol):
    """The contract of the family."""

    def draw(self, world: World, rng: Generator, modes: Collection[str] = MODES) -> Choice:
        """Draw a disease that this genome, its targets and the allowed modes can have."""
        ...

    def check(self, world: World, modes: Collection[str] = MODES) -> None:
        """Raise InputError, a line for each mistake, where a disease that the study asks for cannot be made."""
        ...


def __getattr__(name: str) -> Any:
    from raresim.kinds import exported

    return exported("disease", name)
