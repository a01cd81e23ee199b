"""The annotated terms of the disease, each by its frequency."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from raresim.kinds import Positive, Probability, kind
from raresim.phenotype import Feature, Features, Person

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease


@kind
class Annotated:
    """Independent coins of the annotated frequencies: the exact, explainable baseline.

    A term or one below it is recorded as often as the catalog says, given that something is; only the most specific
    terms are recorded. Terms whose annotated onset lies after the examination are not there yet. Findings that the
    person's sex cannot have are left out.

    prior: probability of a term without a figure (0.5: the mean of a Beta distribution fitted to the catalog's counts
    of 5 patients or more is 0.501). pseudocount: of k of n patients, (k + pseudocount) / (n + 2 pseudocount) is used,
    the mean of a Beta posterior; 0.5 is Jeffreys' prior and fits the solved cases of phenopacket-store (2026-06-25),
    where 1 of 1 is 0.77 among newly assessed patients. exclusions: record what the catalog says nobody has (0 of n,
    NOT) as excluded.
    """

    prior: Probability = 0.5
    pseudocount: Positive = 0.5
    exclusions: bool = True
    assesses: ClassVar[bool] = False  # what it does not record was not looked for

    def draw(self, disease: Disease, person: Person, rng: Generator) -> Features:
        """Draw the record; at least one finding is observed where the disease has one for the person's sex."""
        from raresim.phenotype._profile import profile

        known = profile(disease, person.female, self.prior, self.pseudocount)
        years: dict[int, float] = {}
        own = known.own
        if len(known.dated):
            onset = known.low + (known.high - known.low) * rng.random(len(known.dated))
            own = own.copy()
            own[known.dated[onset > person.age]] = 0.0
            years = dict(zip(known.dated.tolist(), onset.tolist(), strict=True))
        present = some(own, rng).nonzero()[0].tolist()
        if not present and known.terms:  # everything begins later: what begins first is there already
            present = [int(known.dated[np.argmin(known.low)]) if years else int(np.argmax(known.target))]
        if known.over:
            wide = {j for i in present for j in known.over[i]}
            present = [i for i in present if i not in wide]
        terms = known.terms
        rows = [terms[i] for i in present]
        if years:
            rows = [_dated(terms[i], years.get(i), person.age) for i in present]
        if self.exclusions and known.excluded:
            rows += known.left(frozenset([j for i in present for j in known.denied[i]] if known.denied else ()))
        return Features(tuple(rows))


def _dated(feature: Feature, onset: float | None, age: float) -> Feature:
    if onset is None:
        return feature
    return Feature(feature.term, False, min(onset, age), feature.source, feature.annotation)


def some(chances: NDArray[np.float64], rng: Generator) -> NDArray[np.bool_]:
    """Draw independent events, given that at least one of them happens (none if none can).

    Where all fail, the first that happens is drawn from its distribution under the condition,
    P(first = i) ~ chance_i x product over j < i of (1 - chance_j), and those after it again: the result has exactly the
    conditional distribution, without a loop.
    """
    present = rng.random(len(chances)) < chances
    if present.any() or not (chances > 0).any():
        return present
    before = np.cumprod(np.concatenate([[1.0], 1.0 - chances[:-1]]))
    first = np.cumsum(chances * before)
    at = int(np.searchsorted(first, rng.random() * first[-1], "right"))
    present[at] = True
    present[at + 1 :] = rng.random(len(chances) - at - 1) < chances[at + 1 :]
    return present
