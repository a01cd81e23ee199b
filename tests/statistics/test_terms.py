"""Frequencies of terms against theory: exact binomial intervals, 15,000 people each, and a 5% bug that must fail."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest

from raresim import catalog, ontology
from raresim.catalog import Annotation, Disease
from raresim.phenotype import Person, annotated
from raresim.phenotype._profile import profile
from raresim.phenotype.annotated import Annotated, some
from raresim.streams import stream
from tests.naive import phenotype as naive

PEOPLE = 15_000
LEVEL = 1e-4  # over all terms of a disease, two-sided
# Marfan syndrome; Dravet syndrome, which has nested terms; one with few terms; rare terms, where most coins fail.
DISEASES = ("OMIM:154700", "OMIM:607208", "OMIM:173900", "rare")


def disease_of(code: str) -> Disease:
    """Return a disease of the catalog, or one of three terms that few patients have."""
    if code != "rare":
        return catalog.load().find(code)
    rows = [
        Annotation(f"HP:{t}", 2, n, 2 / n, "", False, "")
        for t, n in (("0000252", 40), ("0001250", 25), ("0002197", 90))
    ]
    return dataclasses.replace(catalog.load().find("OMIM:154700"), annotations=tuple(rows))


def expected(disease: Disease, person: Person) -> tuple[list[str], NDArray[np.float64]]:
    """Return the annotated terms and the probability that each, or one below it, is recorded, by the obvious way."""
    hpo, known = ontology.load(), profile(disease, person.female, 0.5, 0.5)
    targets = {f.term: float(p) for f, p in zip(known.terms, known.target, strict=True)}
    own = naive.own(hpo, targets)
    nothing = np.prod([1 - p for p in own.values()])
    out = []
    for term in targets:
        absent = np.prod([1 - own[s] for s in targets if s == term or term in naive.ancestors(hpo, s)])
        out.append((1 - absent) / (1 - nothing))
    return list(targets), np.array(out)


def counted(disease: Disease, person: Person, terms: list[str]) -> NDArray[np.int64]:
    """Return in how many records each term, or one below it, is present."""
    hpo, rng = ontology.load(), stream(20_251, "terms", disease.id)
    up = {t: [i for i, a in enumerate(terms) if a == t or a in naive.ancestors(hpo, t)] for t in terms}
    out = np.zeros(len(terms), np.int64)
    kind = Annotated(exclusions=False)
    for _ in range(PEOPLE):
        out[sorted({i for f in kind.draw(disease, person, rng).rows for i in up[f.term]})] += 1
    return out


def agrees(disease: Disease) -> bool:
    person = Person(True, 90.5, 0.0)  # old enough for every onset
    terms, share = expected(disease, person)
    found = counted(disease, person, terms)
    level = LEVEL / len(terms)
    return all(binomtest(int(k), PEOPLE, min(float(p), 1.0)).pvalue > level for k, p in zip(found, share, strict=True))


@pytest.mark.parametrize("code", DISEASES)
def test_terms_are_recorded_as_often_as_the_catalog_says(code: str) -> None:
    assert agrees(disease_of(code))


BUGS = {
    "every frequency 5% too high": lambda own, known, rng: some(np.minimum(own * 1.05, 1.0), rng),
    "frequent terms 5% too rare": lambda own, known, rng: some(np.where(own > 0.9, own * 0.95, own), rng),
    "ancestors thrown beside what is below them": lambda own, known, rng: some(known.target, rng),
    "no condition that something is recorded": lambda own, known, rng: rng.random(len(own)) < own,
}


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_of_five_percent_fails(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    disease = disease_of("rare" if bug.startswith("no condition") else "OMIM:607208")
    known = profile(disease, True, 0.5, 0.5)
    monkeypatch.setattr(annotated, "some", lambda own, rng: BUGS[bug](own, known, rng))
    assert not agrees(disease)
