"""People without a single variant."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from raresim.kinds import Count, Probability, kind

if TYPE_CHECKING:
    from raresim.background import Inputs
    from raresim.panel import Panel


@kind
class Empty:
    """People without a single variant: only what is planted or new is in the files; for tests of tools and of rules.

    ancestry and database as in ``coalescent``.
    """

    ancestry: dict[str, Count] = Field(default_factory=lambda: {"EUR": 500})
    database: Probability = 0.5

    def make(self, inputs: Inputs, workers: int, progress: Callable[[float], None]) -> Panel:
        """Make the panel; progress is called with the share done."""
        from raresim.panel import Panel
        from raresim.population import People
        from raresim.sites import Sites

        people = People.of(sorted(self.ancestry.items()), self.database, inputs.seed)
        groups = len(people.names)
        progress(1.0)
        return Panel(
            sites=Sites.of([]),
            terms=np.zeros(0, np.uint32),
            gene=np.zeros(0, np.int32),
            pathogenic=np.zeros(0, np.bool_),
            ancestries=people.names,
            ac=np.zeros((0, groups), np.int32),
            an=(2 * np.bincount(people.ancestry[people.database], minlength=groups)).astype(np.int32),
            hom=np.zeros((0, groups), np.int32),
            ancestry=people.ancestry[~people.database],
            hap_off=np.zeros(2 * int((~people.database).sum()) + 1, np.int64),
            hap_site=np.zeros(0, np.int32),
            digest="",
        )
