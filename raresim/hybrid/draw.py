"""Drawing: several records of the clinical model, one of them chosen by the odds of being real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.clinical import draw as clinical
from raresim.clinical.clinics import COMMON, Clinic
from raresim.hybrid.features import features
from raresim.hybrid.model import Discriminator, load
from raresim.streams import stream

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease
    from raresim.clinical.draw import Writer
    from raresim.phenotype import Features, Person

Rows = NDArray[np.int32]


def rows_of(record: Features) -> tuple[Rows, Rows]:
    """Return the observed and the excluded terms of a record as rows of the ontology, ascending."""
    row = ontology.load().rows
    parts: tuple[list[int], list[int]] = ([], [])
    for feature in record.rows:
        parts[feature.excluded].append(row[feature.term])
    observed, excluded = (np.array(sorted(part), np.int32) for part in parts)
    return observed, excluded


@dataclass(eq=False)
class Chooser:
    """A discriminator with the writer whose records it judges."""

    discriminator: Discriminator
    writer: Writer = field(repr=False)

    def record(self, disease: Disease, person: Person, candidates: int, levels: bool, rng: Generator) -> Features:
        """Draw the record of a person: of so many, each with probability in proportion to its odds of being real.

        Sampling and importance resampling (Rubin 1988, Bayesian Statistics 3:395): with many candidates the records
        would be distributed as the real ones, as far as the discriminator knows them. With levels each candidate is of
        another clinic, and the choice is mostly drawn by the noise of the first: patients of a clinic get alike ones.
        """
        subject, names = self.writer.subject(disease, person.female)
        at: Sequence[Clinic | None] = [None] * candidates
        if levels and person.study:
            at = self.writer.clinics_of(disease, person, candidates, rng)
        drawn = [self.writer.terms(clinic, disease, person, rng) for clinic in at]
        records = [(np.sort(observed), np.sort(excluded)) for observed, excluded, _ in drawn]
        known = features(records, subject.relation, subject.entry, self.writer.sampler.lexicon)
        odds = self.discriminator.log_odds(known)
        chance = np.cumsum(np.exp(odds - odds.max()))
        if at[0] is not None and rng.random() < COMMON:
            rng = stream(at[0].key, "choice")
        chosen = min(int(np.searchsorted(chance, rng.random() * chance[-1], "right")), candidates - 1)
        return names.features(*drawn[chosen], person.age)


@lru_cache(maxsize=4)
def chooser(model: str | Path) -> Chooser:
    """Return the chooser of the shipped model ("published") or of a model folder."""
    return Chooser(load(None if model == "published" else Path(model)), clinical.writer(model))
