"""Where do the panel's haplotypes come from?

A kind gives one method::

    def outline(self, seed: int) -> Panel
    def make(self, inputs: Inputs, workers: int, progress: Callable[[float], None]) -> Panel

``outline`` tells, in no time, the people of the panel that ``make`` makes. A kind that reads files of an assembly may
have ``fits(genome)``, which raises InputError where their headers show that it is another one. A panel depends on its
inputs only, never on the number of workers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from raresim.genome import Genome, Targets
    from raresim.maps import GeneticMap
    from raresim.panel import Panel
    from raresim.pathogenic import Layer


@dataclass(frozen=True)
class Inputs:
    """What a panel is made from: seed of the background, genome, targets, genetic map, pathogenic layer."""

    seed: int
    genome: Genome
    targets: Targets
    map: GeneticMap
    layer: Layer | None = None


class BackgroundKind(Protocol):
    """The contract of the family."""

    def outline(self, seed: int) -> Panel:
        """Return the people of the panel without a site; InputError for what cannot be made."""
        ...

    def make(self, inputs: Inputs, workers: int, progress: Callable[[float], None]) -> Panel:
        """Make the panel; progress is called with the share done."""
        ...


def __getattr__(name: str) -> Any:
    from raresim.kinds import exported

    return exported("background", name)
