"""Negative controls: people without a disease of the catalog, whose findings belong to no disease in particular."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from raresim import ages, ontology, opposites
from raresim.perturb import use
from raresim.phenotype import Feature, Features, Person

if TYPE_CHECKING:
    from numpy.random import Generator

TRIES = 100  # draws for each finding before it is given up


def findings(like: Features, person: Person, rng: Generator) -> Features:
    """Return a record with as many present and excluded terms as another, drawn by use (:func:`raresim.perturb.use`),
    never evenly over the ontology.

    No term stands beside one above or below it or its opposite, and none is one that the person's sex cannot have or
    that is not usual at the age (:mod:`raresim.ages`). Every onset is at the onset of the complaints or between it and
    the examination, evenly; what begins by birth begins then.
    """
    terms = ontology.load()
    start = min(person.onset, person.age)
    beyond = ages.barred(person.age, start) | (terms.sex == (2 if person.female else 1))
    weights = np.where(beyond, 0.0, use())
    cumulative = np.cumsum(weights)
    wanted = {False: len(like.observed), True: len(like.rows) - len(like.observed)}
    total = sum(wanted.values())
    drawn = np.searchsorted(cumulative, rng.random(TRIES * max(total, 1)) * cumulative[-1], "right")
    onsets = rng.random(total).tolist()
    taken: list[int] = []
    rows: list[Feature] = []
    for row in drawn.tolist():
        if len(rows) == total:
            break
        if any(row == other or terms.is_ancestor(row, other) or terms.is_ancestor(other, row) for other in taken):
            continue
        excluded, term = len(rows) >= wanted[False], terms.ids[row]
        if not excluded and any(f.term in opposites.conflicts().get(term, ()) for f in rows):
            continue
        onset = None if excluded else ages.within(term, start + (person.age - start) * onsets[len(rows)])
        taken.append(row)
        rows.append(Feature(term, excluded, onset, "unrelated", ""))
    return Features(tuple(sorted(rows, key=lambda f: (f.excluded, f.term))))
