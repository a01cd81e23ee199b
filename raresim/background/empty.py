"""People without a single variant."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import Field

from raresim.errors import InputError
from raresim.kinds import PanelSize, Probability, kind

if TYPE_CHECKING:
    from raresim.background import Inputs
    from raresim.panel import Panel


@kind
class Empty:
    """People without a single variant: only what is planted or new is in the files; for tests of tools and of rules.

    ancestry and database as in ``coalescent``.
    """

    ancestry: dict[str, PanelSize] = Field(default_factory=lambda: {"EUR": 500})
    database: Probability = 0.5

    def outline(self, seed: int) -> Panel:
        """Return the people of the panel without a site; InputError if there are none."""
        from raresim.population import People, without_sites

        if not self.ancestry:
            raise InputError("background.ancestry: names nobody; give people of an ancestry, such as { EUR = 500 }")
        return without_sites(People.of(sorted(self.ancestry.items()), self.database, seed))

    def make(self, inputs: Inputs, workers: int, progress: Callable[[float], None]) -> Panel:
        """Make the panel; progress is called with the share done."""
        from raresim.population import lone, lone_regions

        progress(1.0)
        genome = inputs.genome
        return dataclasses.replace(self.outline(inputs.seed), single=lone(genome), lone=lone_regions(genome))
