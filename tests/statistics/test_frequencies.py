"""The catalog's frequencies in 10,000 people of each of 200 diseases: exact 99% binomial intervals.

Time is accounted for by age: everybody is 90 and fell ill at birth, so all that has an onset has begun. What time adds
(onsets, the limits of a sex) is applied; terms that come and go with age do so only in kinds that record what was
looked for, which ``annotated`` does not.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pytest
from scipy.stats import binom

from raresim import catalog, ontology
from raresim.catalog import Disease
from raresim.phenotype import Person
from raresim.phenotype._profile import rows_of
from raresim.phenotype.annotated import Annotated
from raresim.streams import stream
from raresim.timing import apply

HPO = ontology.load()


@cache
def above(term: str) -> frozenset[str]:
    """Return the terms above a term, by walking up."""
    parents = {HPO.ids[i] for i in HPO.parents(HPO.rows[term]).tolist()}
    return frozenset(parents).union(*(above(parent) for parent in parents))


def expected(disease: Disease, female: bool) -> dict[str, float]:
    """Return the probability that each annotated term or one below it is recorded, given that something is.

    (k + 1/2) / (n + 1), else the share that the source gives, else one half; a term is at least as frequent as those
    below it make it.
    """
    rows = {term: row for term, row in rows_of(disease, female).items() if not row.excluded}
    target = {
        term: (row.k + 0.5) / (row.n + 1) if row.n else 0.5 if row.frequency is None else row.frequency
        for term, row in rows.items()
    }
    own: dict[str, float] = {}
    absent: dict[str, float] = {}
    for term in sorted(target, key=lambda t: -len(above(t))):  # a term has more above it than any of those
        below = float(np.prod([1 - own[other] for other in own if term in above(other)]))
        own[term] = max(0.0, 1 - (1 - target[term]) / below) if below else 0.0
        absent[term] = below * (1 - own[term])
    nothing = float(np.prod([1 - chance for chance in own.values()]))
    return {term: (1 - share) / (1 - nothing) for term, share in absent.items()}


def inside(diseases: int, people: int) -> float:
    """Return the share of the terms whose count lies in the interval."""
    known, kind = catalog.load(), Annotated()
    rows = np.flatnonzero(known.drawable)
    good = total = 0
    for at in rows[:: len(rows) // diseases][:diseases].tolist():
        of, rng = known[at], stream(41, "frequencies", at)
        person = Person(of.sex != "male", 90.0, 0.0)
        wanted, found = expected(of, person.female), Counter[str]()
        for _ in range(people):
            record = apply(kind.draw(of, person, rng), of, person, kind.assesses, rng).observed
            found.update(frozenset().union(*(above(f.term) | {f.term} for f in record)))
        for term, share in wanted.items():
            p = min(share, 1.0)
            good += bool(binom.ppf(0.005, people, p) <= found[term] <= binom.ppf(0.995, people, p))
            total += 1
    assert total > 10 * diseases
    return good / total


def test_frequencies_of_ten_diseases() -> None:
    """About 200 terms: at least 96% inside, as 99% are on average."""
    assert inside(10, 1_000) >= 0.96


@pytest.mark.slow
def test_frequencies_of_200_diseases() -> None:
    assert inside(200, 10_000) >= 0.99
