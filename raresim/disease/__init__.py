"""Which disease has case i?

A kind gives one method::

    def draw(self, world: World, rng: Generator) -> Choice
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

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

    def draw(self, world: World, rng: Generator) -> Choice:
        """Draw a disease that this genome, its targets and the allowed modes can have."""
        ...


def __getattr__(name: str) -> Any:
    from raresim.kinds import exported

    return exported("disease", name)
