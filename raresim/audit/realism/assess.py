"""All figures of one generator: twins for several seeds, spread, faults, transfer, privacy, speed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism.entries import of_catalog
from raresim.audit.realism.evaluate import Figures, evaluate
from raresim.audit.realism.faults import Faults, faults
from raresim.audit.realism.floor import FEWEST, floor
from raresim.audit.realism.learning import Learned, School
from raresim.audit.realism.privacy import Privacy, privacy
from raresim.audit.realism.setting import Setting
from raresim.audit.realism.sources import Source
from raresim.audit.realism.spread import Spread, of_training, spread
from raresim.audit.realism.spread import wanted as spread_wanted
from raresim.audit.realism.weighing import Weighing, candidates, of_real, of_simulated
from raresim.audit.realism.weighing import wanted as weighing_wanted
from raresim.errors import InputError


@dataclass(frozen=True)
class Assessment:
    """What was found of a generator, None or empty where it was not asked or cannot be.

    figures: one for each seed. spread: inside a disease. faults: of the records of the first seed. weighing, learned:
    train on it, test on real. privacy: with the knowledge base that names the training papers; bare_privacy: without
    any paper of the real cases. speed: records per second of CPU, warm.
    """

    name: str
    figures: tuple[Figures, ...] = ()
    spread: Spread | None = None
    faults: Faults | None = None
    weighing: Weighing | None = None
    learned: Learned | None = None
    privacy: Privacy | None = None
    bare_privacy: Privacy | None = None
    speed: float | None = None


@dataclass(frozen=True, eq=False)
class Examiner:
    """Examines generators by one setting; what depends on the real cases alone is computed once."""

    known: Setting

    @cached_property
    def school(self) -> School:
        """The test of learning each disease."""
        return School(self.known)

    @cached_property
    def candidates(self) -> NDArray[np.float32]:
        """Scores of the real cases."""
        return candidates(self.known.diagnosers, self.known.real)

    @cached_property
    def bare(self) -> Setting:
        """The same setting with no paper of any real case in the knowledge base."""
        known = self.known
        parts = known.parts
        papers = {r.publication for r in (*parts.train, *parts.publications, *parts.diseases)} - {""}
        entries = of_catalog(known.catalog, known.entries.space, papers)
        return replace(known, catalog=known.catalog.without(papers), entries=entries)

    def real(self, quick: bool = False) -> tuple[Assessment, ...]:
        """Return what real cases give against real ones: random halves, halves by publication."""
        found = [floor(self.known), floor(self.known, by_publication=True)]
        first, second = (
            Assessment(name, (figures,) if figures else ())
            for name, figures in zip(("real", "real, by paper"), found, strict=True)
        )
        first = replace(first, faults=faults(self.known.judged))
        if not quick and self.known.train:
            first = replace(
                first,
                spread=of_training(self.known),
                weighing=of_real(self.known, self.candidates),
                learned=self.school.learned(self.school.training),
            )
        return first, second

    def assess(self, source: Source, seeds: int, quick: bool = False) -> Assessment:
        """Return the figures of a generator: twins for seeds 1, 2, ...; unless quick, the rest as well.

        InputError where fewer than 40 of its cases are twins.
        """
        known = self.known
        figures = []
        for seed in range(1, seeds + 1):
            cases, rows = source.twins(known, seed)
            if len(cases) < FEWEST:
                raise InputError(
                    f"{source.name}: {len(cases)} of its cases are twins of the {len(known.judged)} real ones held "
                    f"out; simulate their diseases ({FEWEST} cases or more)"
                )
            figures.append(evaluate(known, cases, rows))
        out = Assessment(source.name, tuple(figures))
        if source.reports is not None:
            out = replace(out, faults=faults(source.reports(known, 1)))
        if quick or source.of is None or not known.train:
            return out
        of = source.of
        return replace(
            out,
            spread=spread(of(known, spread_wanted(known), 1)),
            weighing=of_simulated(known, self.candidates, of(known, weighing_wanted(known), 3)),
            learned=self.school.learned(of(known, self.school.wanted, 5)),
            privacy=privacy(known, lambda diseases: of(known, diseases, 11)),
            bare_privacy=privacy(self.bare, lambda diseases: of(self.bare, diseases, 11)),
            speed=source.speed(known) if source.speed else None,
        )
