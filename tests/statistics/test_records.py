"""What time and family do to records, against theory: shares by age, dated onsets, relatives, earlier visits."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from raresim import catalog, kinds, relatives
from raresim.catalog import Annotation, Disease
from raresim.pedigree import Member
from raresim.phenotype import Feature, Features, Person
from raresim.streams import stream
from raresim.timing import apply
from raresim.visits import Visit, earlier
from tests.statistics.exact import share_fits

N = 25_000
OTHER = "HP:0000252"  # microcephaly: in no table
THRIVE, SCOLIOSIS = "HP:0001508", "HP:0002650"


def disease(term: str, k: int, n: int) -> Disease:
    """Return a congenital disease of two findings: three in ten patients are examined before the third birthday."""
    rows = (Annotation(OTHER, 9, 9, 1.0, "", False, ""), Annotation(term, k, n, k / n, "", False, ""))
    return dataclasses.replace(catalog.load().find("OMIM:154700"), annotations=rows, onset=((0.0, 0.0, 1.0),))


def expected(share: float, ratio: float, young: float) -> tuple[float, float]:
    """Return the shares of young and old with this odds ratio and mean, by bisection on that of the young."""
    low, high = 0.0, 1.0
    for _ in range(100):
        y = (low + high) / 2
        o = ratio * y / (1 - y + ratio * y)
        low, high = (y, high) if young * y + (1 - young) * o < share else (low, y)
    return y, o


@pytest.mark.parametrize(
    ("term", "k", "n", "counts"),
    [(THRIVE, 59, 99, (99, 140, 124, 232)), (SCOLIOSIS, 29, 99, (4, 79, 242, 935))],
)
def test_shares_of_young_and_old(term: str, k: int, n: int, counts: tuple[int, int, int, int]) -> None:
    """The odds ratio of the table at the disease's share: 25,000 people under and over 3 years."""
    of, rng, share = disease(term, k, n), stream(21, "ages", term), (k + 0.5) / (n + 1)
    a, m, b, o = counts
    wanted = expected(share, b / (o - b) / (a / (m - a)), 0.3)
    for age, p in zip((2.0, 20.0), wanted, strict=True):
        person, found = Person(True, age, 0.0), 0
        for _ in range(N):
            absent = rng.random() >= share
            rows = (Feature(OTHER, False, None, "x", OTHER), Feature(term, absent, None, "x", term))
            made = apply(Features(rows), of, person, True, rng)
            found += any(f.term == term for f in made.observed)
        assert share_fits(found, N, p)


def test_dated_onsets() -> None:
    """31% of the cases date a finding, half of these at least a quarter of theirs; half began with the disease."""
    of, rng = disease(THRIVE, 9, 9), stream(22, "dated")
    terms = [f"HP:00004{i}" for i in (64, 68, 73, 75, 76, 82, 83, 84, 85, 86)]
    record = Features(tuple(Feature(term, False, None, "x", "") for term in terms))
    people = [apply(record, of, Person(True, 9.0, 1.0), True, rng) for _ in range(N)]
    dated = np.array([sum(f.dated for f in features.rows) for features in people])
    assert share_fits(int((dated > 0).sum()), N, 0.31)
    some = dated[dated > 0]
    assert share_fits(int((some >= 3).sum()), len(some), 0.5)  # a share of 0.25 or more of ten, rounded to even
    assert dated.mean() / 10 == pytest.approx(0.31 * 0.36, rel=0.06)
    onsets = np.array([f.onset for features in people[: N // 2] for f in features.rows])
    assert share_fits(int((onsets == 1.0).sum()), len(onsets), 0.52)


def test_severities_of_relatives() -> None:
    """Standard normal, correlated by one half."""
    rng = stream(23, "severity")
    z = np.array([relatives.severities(3, rng) for _ in range(4 * N)])
    assert np.abs(z.mean(axis=0)).max() < 4 / np.sqrt(4 * N)
    assert np.abs(z.var(axis=0) - 1).max() < 4 * np.sqrt(2 / (4 * N))
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert np.corrcoef(z[:, i], z[:, j])[0, 1] == pytest.approx(0.5, abs=4 * 0.75 / np.sqrt(4 * N))


def records(mode: str, carrier: bool, people: int) -> list[Features]:
    """Return records of healthy mothers of a patient with three findings that both sexes can have and one of men."""
    terms = (OTHER, "HP:0000028", "HP:0001250", "HP:0001508")  # the second: cryptorchidism
    patient = Features(tuple(Feature(t, False, 1.0, "x", t) for t in terms))
    rng, mother = stream(24, "mothers", mode), Member("mother", True, 40.0)
    return [relatives.healthy(patient, mother, mode, carrier, rng) for _ in range(people)]


def test_exclusions_of_relatives() -> None:
    """Each of three findings is asked for by 70%, at least one by all; what only men have, never."""
    made = records("AD", False, N)
    assert all(f.excluded and f.term != "HP:0000028" for features in made for f in features.rows)
    asked = sum(f.term == OTHER for features in made for f in features.rows)
    assert share_fits(asked, N, 0.7 + 0.3**3 / 3)


@pytest.mark.parametrize(
    ("mode", "share"), [pytest.param("AR", 0.02, marks=pytest.mark.slow), pytest.param("XLR", 0.1)]
)
def test_findings_of_carriers(mode: str, share: float) -> None:
    made = records(mode, True, 16 * N if mode == "AR" else 4 * N)
    shown = [len(features.observed) for features in made]
    assert set(shown) == {0, 1}
    assert share_fits(sum(shown), len(shown), share)
    assert not any(features.observed for features in records("AD", True, 100))


def test_earlier_visits() -> None:
    """The visit before is two years earlier on average and records 70% of what had begun and of what is excluded."""
    rng, person = stream(25, "visits"), Person(True, 80.0, 0.0)
    terms = [f"HP:00004{i}" for i in (64, 68, 73, 75, 76, 82, 83, 84, 85, 86)]
    last = Visit(80.0, Features(tuple(Feature(t, i > 4, None if i > 4 else 0.0, "x", t) for i, t in enumerate(terms))))
    made = [earlier(last, person, True, rng) for _ in range(N)]
    gap = np.array([80.0 - visit.age for visit in made])
    assert gap.mean() == pytest.approx(2.0, abs=4 * 2.0 / np.sqrt(N))
    excluded = sum(len(visit.features.rows) - len(visit.features.observed) for visit in made)
    assert share_fits(excluded, 5 * N, 0.7)
    assert share_fits(sum(len(v.features.observed) for v in made), 5 * N, 0.7 + 0.3**5 / 5)


def test_records_of_relatives_are_alike() -> None:
    """The numbers of findings of two affected members of a family go together; those of strangers do not."""
    kind, of, rng = kinds.make("phenotype", "clinical", {}), catalog.load().find("OMIM:162200"), stream(26, "alike")
    pairs: dict[bool, list[list[int]]] = {True: [], False: []}
    for number in range(500):
        for related, rows in pairs.items():
            z = relatives.severities(2, rng) if related else rng.standard_normal(2).tolist()
            people = [Person(True, 30.0, 3.0, z[i], 77, 2 * number + (1 if related else 1 + i)) for i in (0, 1)]
            rows.append([len(kind.draw(of, person, rng).observed) for person in people])
    related, strangers = (np.corrcoef(np.array(rows).T)[0, 1] for rows in pairs.values())
    assert related > 0.2  # 0.36 in 1,500 families
    assert abs(strangers) < 4 / np.sqrt(500)
