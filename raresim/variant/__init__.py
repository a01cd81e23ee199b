"""What is the pathogenic allele?

A kind gives one method::

    def draw(self, request: Request, world: World, rng: Generator) -> Designed
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from raresim.sites import Variant

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.world import World


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a causal allele: gene row, disease id, mode of inheritance, de novo or inherited, the alleles
    already drawn for the same case (compound heterozygotes need another one)."""

    gene: int
    disease: str
    mode: str
    de_novo: bool
    taken: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class Designed:
    """A pathogenic allele; source is "designed" (private, absent from the database unless the database happens to
    carry it) or "panel" (a site of the panel's pathogenic layer, with the row of the panel)."""

    variant: Variant
    source: str
    panel_site: int = -1


class VariantKind(Protocol):
    """The contract of the family."""

    def draw(self, request: Request, world: World, rng: Generator) -> Designed:
        """Draw a pathogenic allele."""
        ...


def __getattr__(name: str) -> Any:
    from raresim.kinds import exported

    return exported("variant", name)
