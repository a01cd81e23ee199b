"""Phenotypes: what every record promises, against the naive twin, and odd diseases."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from raresim import catalog, ontology
from raresim.catalog import Annotation, Disease
from raresim.onset import HPO_ONSET, UNKNOWN_ONSET, examination_draw, onset_draw
from raresim.phenotype import Features, Person
from raresim.phenotype._profile import chance, profile, rows_of
from raresim.phenotype.annotated import Annotated, some
from raresim.streams import stream
from tests.naive import phenotype as naive

KNOWN, HPO = catalog.load(), ontology.load()
ROWS = np.flatnonzero(KNOWN.drawable)
ADULT = Person(True, 40.0, 5.0)


def disease(*rows: Annotation) -> Disease:
    return dataclasses.replace(
        KNOWN.find("OMIM:154700"), annotations=tuple(sorted(rows, key=lambda r: (r.term, r.sex)))
    )


def row(term: str, k: int = 0, n: int = 0, frequency: float | None = None, **more: object) -> Annotation:
    return Annotation(term, k, n, frequency, **{"sex": "", "excluded": False, "onset": "", **more})  # type: ignore[arg-type]


def promises(record: Features, person: Person, of: Disease) -> None:
    terms = [f.term for f in record.rows]
    assert [(f.excluded, f.term) for f in record.rows] == sorted((f.excluded, f.term) for f in record.rows)
    assert len(set(terms)) == len(terms)
    observed = [f.term for f in record.rows if not f.excluded]
    above = {a for t in observed for a in HPO.ancestors(HPO.index(t)).tolist() if HPO.ids[a] != t}
    for feature in record.rows:
        at = HPO.index(feature.term)
        assert HPO.phenotypic[at]
        assert int(HPO.sex[at]) != (2 if person.female else 1)
        assert at not in above  # neither a term beside its own ancestor nor an excluded ancestor of a finding
        assert feature.annotation in {a.term for a in of.annotations}
        assert feature.source in ("annotated", "prior", "excluded_annotation")
        assert feature.onset is None or (not feature.excluded and 0 <= feature.onset <= person.age)
    wide = [HPO.index(f.term) for f in record.rows if f.excluded]
    assert not any(HPO.is_ancestor(a, b) for a in wide for b in wide)
    assert observed


def test_what_every_record_promises() -> None:
    rng = stream(5, "promises")
    for at in ROWS[::11].tolist():
        of = KNOWN[at]
        for female in (True, False):
            if of.sex in ("", "female" if female else "male"):
                onset = onset_draw(of, rng)
                person = Person(female, examination_draw(onset, rng), onset)
                promises(Annotated().draw(of, person, rng), person, of)


def test_coins_equal_the_naive_twin() -> None:
    for at in ROWS[::197].tolist():
        of = KNOWN[at]
        known = profile(of, True, 0.5, 0.5)
        targets = dict(zip((f.term for f in known.terms), known.target.tolist(), strict=True))
        expected = naive.own(HPO, targets)
        assert known.own.tolist() == pytest.approx([expected[f.term] for f in known.terms], abs=1e-12)
        for i, term in enumerate(targets):
            assert [f.term for f, up in zip(known.terms, known.above[i], strict=True) if up] == sorted(
                set(targets) & naive.ancestors(HPO, term)
            )


def test_chances() -> None:
    assert chance(row("HP:0001250", 3, 7, 0.43), 0.5, 0.5) == 3.5 / 8
    assert chance(row("HP:0001250", 1, 1, 1.0), 0.5, 1.0) == 2 / 3
    assert chance(row("HP:0001250", 0, 0, 0.17), 0.5, 0.5) == 0.17
    assert chance(row("HP:0001250"), 0.3, 0.5) == 0.3


def test_only_the_most_specific_term_is_recorded() -> None:
    of = disease(row("HP:0001250", 99, 99, 1.0), row("HP:0002197", 99, 99, 1.0))  # seizure, generalised-onset seizure
    for i in range(50):
        record = Annotated().draw(of, ADULT, stream(i, "specific"))
        assert len([f for f in record.rows if f.term in ("HP:0001250", "HP:0002197")]) <= 1
    with_exclusion = disease(row("HP:0002197", 99, 99, 1.0), row("HP:0001250", 0, 3, 0.0, excluded=True))
    assert [f.term for f in Annotated().draw(with_exclusion, ADULT, stream(1, "x")).rows] == ["HP:0002197"]


def test_exclusions_are_recorded_once_and_can_be_left_out() -> None:
    of = disease(
        row("HP:0000252", 1, 1, 1.0),
        row("HP:0001250", 0, 3, 0.0, excluded=True),
        row("HP:0002197", 0, 3, 0.0, excluded=True),  # below the one above: said by it
        row("HP:0000047", 0, 3, 0.0, excluded=True),  # hypospadias: nothing to say of a woman
    )
    terms = [f.term for f in Annotated().draw(of, ADULT, stream(1, "x")).rows if f.excluded]
    assert terms == ["HP:0001250"]
    assert not any(f.excluded for f in Annotated(exclusions=False).draw(of, ADULT, stream(1, "x")).rows)


def test_sex_limited_findings_and_rows_for_one_sex() -> None:
    of = disease(
        row("HP:0000047", 9, 9, 1.0),  # hypospadias
        row("HP:0000137", 9, 9, 1.0),  # ovary
        row("HP:0001250", 1, 9, 0.1, sex="female"),
        row("HP:0001250", 8, 9, 0.9, sex="male"),
        row("HP:0000252", 5, 9, 0.5, sex="male"),
    )
    assert list(rows_of(of, True)) == ["HP:0000137", "HP:0001250"]
    assert rows_of(of, True)["HP:0001250"].k == 1
    assert list(rows_of(of, False)) == ["HP:0000047", "HP:0000252", "HP:0001250"]
    assert rows_of(of, False)["HP:0001250"].k == 8
    only = disease(row("HP:0001250", 8, 9, 0.9, sex="male"))
    assert list(rows_of(only, True)) == ["HP:0001250"]  # no other row: better than nothing


def test_what_begins_later_is_not_there_yet() -> None:
    of = disease(row("HP:0001250", 9, 9, 1.0), row("HP:0000726", 99, 99, 1.0, onset="HP:0003584"))  # dementia, late
    child, old = Person(False, 4.0, 1.0), Person(False, 90.0, 1.0)
    for i in range(30):
        assert [f.term for f in Annotated().draw(of, child, stream(i, "x")).rows] == ["HP:0001250"]
    late = [f for i in range(30) for f in Annotated().draw(of, old, stream(i, "x")).rows if f.term == "HP:0000726"]
    assert len(late) > 20
    assert all(f.onset is not None and 60 <= f.onset <= 90 for f in late)
    middle = [Annotated().draw(of, Person(False, 75.0, 1.0), stream(i, "m")).rows for i in range(2000)]
    share = sum("HP:0000726" in [f.term for f in rows] for rows in middle) / 2000
    assert share == pytest.approx(0.5 * 99.5 / 100, abs=0.04)  # half of the onsets lie before 75; 3.6 SE


def test_something_is_always_observed() -> None:
    late = disease(row("HP:0000726", 9, 9, 1.0, onset="HP:0003584"), row("HP:0002072", 9, 9, 1.0, onset="HP:0003596"))
    (feature,) = Annotated().draw(late, Person(False, 3.0, 1.0), stream(1, "x")).rows
    assert (feature.term, feature.onset) == ("HP:0002072", 3.0)  # what begins first
    (feature,) = Annotated(prior=0.0).draw(disease(row("HP:0001250")), ADULT, stream(1, "x")).rows
    assert (feature.term, feature.source) == ("HP:0001250", "prior")
    rare = disease(row("HP:0001250", 0, 10**6, 0.0), row("HP:0000252", 0, 10**6, 0.0))
    assert {len(Annotated().draw(rare, ADULT, stream(i, "x")).rows) for i in range(50)} == {1}
    assert Annotated().draw(disease(), ADULT, stream(1, "x")).rows == ()


def test_old_ids_of_a_disease_of_the_users_own_are_mapped() -> None:
    of = disease(row("HP:0001275", 9, 9, 1.0), row("HP:9999999", 9, 9, 1.0), row("HP:0000006", 9, 9, 1.0))
    (feature,) = Annotated().draw(of, ADULT, stream(1, "x")).rows
    assert (feature.term, feature.annotation) == ("HP:0001250", "HP:0001275")


def test_conditional_coins_equal_rejection() -> None:
    chances = np.array([0.05, 0.2, 0.0, 0.1])
    rng = stream(2, "some")
    counts = np.sum([some(chances, rng) for _ in range(20_000)], axis=0)
    expected = chances / (1 - np.prod(1 - chances))
    assert np.abs(counts / 20_000 - expected).max() < 4 * 0.5 / np.sqrt(20_000)
    assert not some(np.zeros(3), rng).any()
    assert some(np.ones(3), rng).all()


def test_onsets_of_every_disease_lie_before_the_examination() -> None:
    """In a class of the disease in all but 7.5% of the draws (1,900 draws, 4 standard errors)."""
    rng, inside, total = stream(3, "onset"), 0, 0
    for at in ROWS[::20].tolist():
        of = KNOWN[at]
        spans = of.onset or UNKNOWN_ONSET
        for _ in range(5):
            onset = onset_draw(of, rng)
            inside += any(low <= onset <= high for low, high, _ in spans)
            total += 1
            assert 0 <= onset <= examination_draw(onset, rng) <= 90
    assert inside / total == pytest.approx(0.925, abs=4 * np.sqrt(0.925 * 0.075 / total))


def test_every_onset_class_of_the_ontology_has_its_years() -> None:
    assert {HPO.ids[i] for i in np.flatnonzero(HPO.below("HP:0003674"))} - {"HP:0003674"} == set(HPO_ONSET)
