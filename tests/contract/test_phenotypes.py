"""What every kind of phenotype promises of every person, as drawn and as it stands at the examination."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from raresim import ages, catalog, kinds, ontology, opposites
from raresim.catalog import Disease
from raresim.onset import examined, onset_draw
from raresim.phenotype import Features, Person
from raresim.records import finished
from raresim.streams import stream
from raresim.timing import entry

HPO = ontology.load()
KNOWN = catalog.load()


@cache
def above(term: str) -> frozenset[str]:
    """Return the terms above a current finding; KeyError for an obsolete or unknown one."""
    row = HPO.rows[term]
    assert HPO.phenotypic[row]
    return frozenset(HPO.ids[i] for i in HPO.ancestors(row).tolist()) - {term}


def people(kind: Any, count: int, diseases: int) -> Iterator[tuple[Disease, Person, Features, Features]]:
    """Yield people of so many diseases of the catalog: disease, person, record as drawn and as a study records it."""
    rows = np.flatnonzero(KNOWN.drawable)
    assessed = getattr(kind, "assesses", True)
    for at in rows[:: len(rows) // diseases][:diseases].tolist():
        of, rng = KNOWN[at], stream(31, "people", at)
        for number in range(count // diseases):
            female = of.sex == "female" or (of.sex == "" and number % 2 == 0)
            onset = onset_draw(of, rng)
            severity = float(rng.standard_normal())
            person = Person(female, examined(of, female, onset, rng, rng), onset, severity, 77, number + 1)
            drawn = kind.draw(of, person, rng)
            yield of, person, drawn, finished(drawn, of, person, assessed, rng)


def violations(kind: Any, count: int, diseases: int) -> int:
    """Count what is wrong in the records of so many people: contradictions, terms that are none, onsets out of time,
    findings of the other sex or impossible at the age, onsets before that of the disease, opposites that the entry does
    not list, records without a finding, disorder. Of one in ten, the record as drawn is judged too, but for time."""
    wrong = seen = joint = 0
    limits, born = ages.limits().of, 28 / 365.25
    sexes = {term: int(HPO.sex[row]) for term, row in HPO.rows.items()}
    for of, person, drawn, made in people(kind, count, diseases):
        other = 2 if person.female else 1
        for features in (made, drawn) if seen % 10 == 0 else (made,):
            every = [f.term for f in features.rows]
            present = len(features.observed)
            higher: set[str] = set().union(*map(above, every[:present]))
            wrong += not present
            wrong += any(f.excluded for f in features.rows[:present])  # what is present comes first
            wrong += sorted(set(every[:present])) + sorted(set(every[present:])) != every
            wrong += not higher.isdisjoint(every)  # neither beside a term below it nor excluded above one
            said: set[str] = set().union(*map(above, every[present:]))
            wrong += not said.isdisjoint(every[present:])  # an exclusion that a higher one says already
            wrong += any(sexes[term] == other for term in every)
            wrong += not set(every[:present]).isdisjoint(every[present:])
            wrong += any(
                f.onset is not None and (f.excluded or not 0.0 <= f.onset <= person.age) for f in features.rows
            )
        wrong += any((f.onset is None) != f.excluded for f in made.rows)
        for f in made.observed:
            assert f.onset is not None
            limit = limits.get(f.term)
            wrong += limit is not None and not limit.floor <= f.onset <= min(limit.latest, person.age)
            span = entry(of).spans.get(f.annotation)  # only what is congenital precedes the disease
            wrong += (
                f.onset < person.onset and not (span and span[1] <= born) and not (limit and f.onset <= limit.latest)
            )
        pairs = opposites.joint(made)
        listed = {HPO.finding(row.term)[0] for row in of.annotations if pairs and not row.excluded}
        wrong += any(not listed.issuperset(pair) for pair in pairs)
        joint += bool(pairs)
        seen += 1
    assert seen == count // diseases * diseases
    assert joint <= 0.003 * seen + 5  # as often as solved cases: 14 of 4,905
    return int(wrong)


# People and diseases in every run; a million of 250 diseases each in the slow suite.
SIZES = {"annotated": (40_000, 250), "clinical": (10_000, 40), "hybrid": (1_000, 10)}


@pytest.mark.parametrize("name", kinds.names("phenotype"))
def test_no_record_contradicts_itself(name: str) -> None:
    assert violations(kinds.make("phenotype", name, {}), *SIZES.get(name, (2_000, 10))) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", kinds.names("phenotype"))
def test_no_record_of_a_million_contradicts_itself(name: str) -> None:
    assert violations(kinds.make("phenotype", name, {}), 1_000_000, 250) == 0


def test_contradictions_are_seen() -> None:
    """Planted in one record of five: a term with its ancestor, an excluded ancestor, a late onset, the other sex."""

    class Wrong:
        def __init__(self) -> None:
            self.real, self.calls = kinds.make("phenotype", "annotated", {}), 0

        def draw(self, of: Disease, person: Person, rng: Any) -> Features:
            drawn = self.real.draw(of, person, rng)
            self.calls += 1
            first = drawn.rows[0]
            parent = HPO.ids[int(HPO.parents(HPO.rows[first.term])[0])]
            planted = {
                1: dataclasses.replace(first, term=parent) if HPO.phenotypic[HPO.rows[parent]] else first,
                2: dataclasses.replace(first, onset=person.age + 1.0),
                3: dataclasses.replace(first, term="HP:0000028" if person.female else "HP:0000137"),
            }.get(self.calls % 5)
            rows = sorted([*drawn.rows, *([planted] if planted else [])], key=lambda f: (f.excluded, f.term))
            return Features(tuple(rows))

    assert violations(Wrong(), 1_000, 100) > 200


@pytest.mark.parametrize("name", kinds.names("phenotype"))
def test_the_same_stream_gives_the_same_record(name: str) -> None:
    first, again = ([made for *_, made in people(kinds.make("phenotype", name, {}), 100, 5)] for _ in range(2))
    assert first == again


@pytest.mark.parametrize("name", kinds.names("phenotype"))
def test_provenance(name: str) -> None:
    """Every term says where it came from, and an annotation is one of the disease."""
    for of, _, _, made in people(kinds.make("phenotype", name, {}), 300, 10):
        known = {row.term for row in of.annotations} | {""}
        assert all(f.source and f.annotation in known for f in made.rows)
