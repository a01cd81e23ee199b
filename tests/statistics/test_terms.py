"""Frequencies of terms against theory: exact binomial intervals, 15,000 people each."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest

from raresim import catalog, ontology
from raresim.catalog import Annotation, Disease
from raresim.phenotype import Person
from raresim.phenotype._profile import profile
from raresim.phenotype.annotated import Annotated
from raresim.streams import stream
from tests.naive import phenotype as naive
from tests.statistics.exact import share_fits

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


def test_exclusions_are_recorded_where_nothing_contradicts_them() -> None:
    """0 of 9 have seizures, but 10 of 40 generalized ones: the exclusion stands in all records without these."""
    rows = [("HP:0000252", 30, 40, False), ("HP:0002197", 10, 40, False), ("HP:0001250", 0, 9, True)]
    annotations = [Annotation(term, k, n, k / n, "", excluded, "") for term, k, n, excluded in rows]
    disease = dataclasses.replace(catalog.load().find("OMIM:154700"), annotations=tuple(annotations))
    rng, kind, person = stream(20_252, "exclusions"), Annotated(), Person(True, 30.0, 0.0)
    records = [kind.draw(disease, person, rng).rows for _ in range(2 * PEOPLE)]
    found = sum(("HP:0001250", True) in {(f.term, f.excluded) for f in record} for record in records)
    small, general = 30.5 / 41, 10.5 / 41  # microcephaly, generalized seizures: Jeffreys' prior
    assert share_fits(found, 2 * PEOPLE, small * (1 - general) / (1 - (1 - small) * (1 - general)))
