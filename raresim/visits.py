"""Earlier visits: the record of a patient as it stood some years before, for re-analysis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from raresim import ages
from raresim.phenotype import Feature, Features, Person
from raresim.timing import YOUNG, most_general

if TYPE_CHECKING:
    from numpy.random import Generator

INTERVAL = 2.0  # mean years between two visits, exponential: a choice
RECORDED = 0.7  # share of the findings of a visit, present or excluded, that the visit before it recorded: a choice


@dataclass(frozen=True, slots=True)
class Visit:
    """An examination of the proband: age in years, and what was recorded."""

    age: float
    features: Features


def earlier(last: Visit, person: Person, assessed: bool, rng: Generator) -> Visit:
    """Draw the visit before another one: the patient is younger and less is recorded.

    Its age is an interval (mean :data:`INTERVAL`) before the other, or between the onset of the disease and the other
    where that is shorter. What is recorded then is a share :data:`RECORDED` of what had begun (at least one finding)
    and of what was excluded; what begins between the visits is absent then, which is recorded as an exclusion in the
    same share if ``assessed``. What the age took away since (``timing.AGES``) was not looked for. So the two records
    differ in nothing that time does not explain.
    """
    start = min(person.onset, last.age)
    interval, place = float(rng.exponential(INTERVAL)), float(rng.random())
    age = last.age - interval if interval < last.age - start else start + (last.age - start) * place
    age = max(age, min((_began(f) for f in last.features.observed), default=0.0))
    draws = rng.random(len(last.features.rows)).tolist()
    there = [at for at, f in enumerate(last.features.rows) if not f.excluded and _began(f) <= age]
    first = min(there, key=lambda at: draws[at], default=-1)
    rows: list[Feature] = []
    for at, feature in enumerate(last.features.rows):
        if draws[at] >= RECORDED and at != first:
            continue
        if feature.excluded:
            if not (feature.change == "age" and age < YOUNG <= last.age) and ages.deniable(feature.term, age):
                rows.append(feature)
        elif _began(feature) <= age:
            rows.append(feature)
        elif assessed and ages.deniable(feature.term, age):
            rows.append(replace(feature, excluded=True, onset=None, dated=False, change="onset"))
    return Visit(age, Features(tuple(sorted(most_general(rows), key=lambda f: (f.excluded, f.term)))))


def _began(feature: Feature) -> float:
    return 0.0 if feature.onset is None else feature.onset
