"""Records of families: what tools see, what only the truth knows, and what visits, relatives and controls may say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import orjson
import pytest

import raresim
from raresim import InputError, Spec, catalog, modifiers, ontology, phenopackets
from raresim.case import Case
from raresim.cases import study_of
from raresim.onset import share_under
from raresim.phenotype import Feature, Features, Person
from raresim.score import truth_table
from raresim.score.run import score
from raresim.streams import stream
from raresim.timing import AGES, DELAY, YOUNG, apply, named_by_age, shares
from raresim.truth_tables import COLUMNS
from tests.test_phenotype import ADULT, disease, row

HPO = ontology.load()
PEOPLE = {"cases": 250, "genome": "none", "seed": 5, "pedigree": "trio", "phenotype": "annotated"}


class dict_of(dict[str, object]):
    """A table of a study file that can be remembered."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


@cache
def made(**changes: object) -> tuple[Case, ...]:
    """Return the cases of a study without a genome."""
    return tuple(raresim.cases(Spec.from_dict({**PEOPLE, **changes})))


def rows_of(*terms: tuple[str, bool]) -> Features:
    """Return a record of terms, each with whether it is excluded."""
    return Features(tuple(Feature(term, excluded, None, "x", term) for term, excluded in terms))


@lru_cache(maxsize=20_000)
def above(term: str) -> frozenset[str]:
    return frozenset(HPO.ids[i] for i in HPO.ancestors(HPO.rows[term]).tolist()) - {term}


def contradictions(features: Features, age: float, female: bool) -> list[str]:
    """Say what is wrong in a record."""
    observed = [f.term for f in features.rows if not f.excluded]
    excluded = [f.term for f in features.rows if f.excluded]
    wrong = [f"{t} twice" for t in {*observed, *excluded} if observed.count(t) + excluded.count(t) > 1]
    higher = frozenset().union(*(above(t) for t in observed))
    wrong += [f"{t} beside one below it" for t in observed if t in higher]
    wrong += [f"{t} excluded, but one below it is there" for t in excluded if t in higher]
    spared = frozenset().union(*(above(t) for t in excluded)) & set(excluded)
    wrong += [f"{t} excluded beside one below it" for t in spared]
    wrong += [f"{t} in the wrong sex" for t in observed + excluded if HPO.sex[HPO.rows[t]] == (2 if female else 1)]
    wrong += [f"{t} is no finding" for t in observed + excluded if not HPO.phenotypic[HPO.rows[t]]]
    for f in features.rows:
        if f.onset is not None and (f.excluded or not 0 <= f.onset <= age):
            wrong.append(f"{f.term} from {f.onset} at {age}")
    return wrong


def everybody(cases: tuple[Case, ...]) -> Iterator[tuple[Features, float, bool]]:
    """Yield every record of the truth, with age and sex."""
    for case in cases:
        for member in case.truth.members:
            if member.features:
                yield member.features, member.age, member.female
        for visit in case.truth.earlier:
            yield visit.features, visit.age, case.truth.members[0].female


@pytest.mark.parametrize("kind", ["annotated", "clinical"])
def test_no_record_contradicts_itself(kind: str) -> None:
    cases = made(phenotype=kind, visits=3, controls=0.2, cases=250 if kind == "annotated" else 50)
    assert not [wrong for record in everybody(cases) for wrong in contradictions(*record)]
    assert all(case.truth.members[0].features.observed for case in cases if case.truth.members[0].features)


def test_noise_contradicts_nothing_either() -> None:
    noise = dict_of(omission=0.2, up=0.2, down=0.1, sibling=0.1, unrelated=2.0, lost_exclusions=0.3)
    cases = made(noise=noise, visits=2, controls=0.2)
    assert not [wrong for record in everybody(cases) for wrong in contradictions(*record)]
    words = {word for features, *_ in everybody(cases) for f in features.rows for word in (f.source, f.change)}
    assert words >= {"annotated", "relative", "noise", "unrelated", "up", "down", "sibling"}


def test_noise_gives_no_finding_to_who_is_healthy() -> None:
    """Relatives without the disease have the exclusions that noise leaves, the proband has two findings more."""
    seen = healthy = 0
    for case in made(noise=dict_of(unrelated=2.0, unrelated_share=0.2, lost_exclusions=0.1)):
        proband, *others = case.truth.members
        assert proband.features is not None
        seen += sum(f.change == "unrelated" for f in proband.features.observed)
        for member in others:
            if not member.affected and member.features is not None:
                healthy += 1
                assert {f.source for f in member.features.observed} <= {"carrier"}
    assert seen > 2 * len(made())
    assert healthy > len(made())


def test_provenance_is_not_observed() -> None:
    for case in made(visits=2):
        seen = [m.features for m in case.observed.members if m.features]
        seen += [visit.features for visit in case.observed.earlier]
        assert {(f.source, f.annotation, f.change) for features in seen for f in features.rows} <= {("", "", "")}
        true = case.truth.members[0].features
        assert true is not None
        assert all(f.source for f in true.rows)
        shown = case.observed.members[0].features
        assert shown is not None
        assert [(f.term, f.excluded) for f in shown.rows] == [(f.term, f.excluded) for f in true.rows]
        assert [f.onset for f in shown.rows] == [f.onset if f.dated else None for f in true.rows]


@pytest.mark.parametrize("kind", ["annotated", "clinical"])
def test_an_earlier_visit_differs_by_what_time_explains(kind: str) -> None:
    some = {"phenotype": kind, "cases": 250 if kind == "annotated" else 50}
    once, thrice = made(**some), made(**some, visits=3)
    more = 0
    for alone, case in zip(once, thrice, strict=True):
        assert alone.observed.members == case.observed.members  # the last visit is the record of any study
        visits = [*case.truth.earlier, case.truth.members[0]]
        assert len(visits) == 3
        for before, after in pairwise(visits):
            assert before.features is not None
            assert after.features is not None
            assert case.truth.onset <= before.age <= after.age or before.age == after.age
            assert before.features.observed
            later = {f.term: f for f in after.features.rows}
            for f in before.features.rows:
                now = later[f.term]  # nothing is forgotten
                assert now.excluded == f.excluded or (not now.excluded and f.change == "onset")
                assert now.excluded or now.onset is None or f.excluded == (now.onset > before.age)
            more += len(after.features.observed) - len(before.features.observed)
    assert more > 0.5 * 2 * len(thrice)


def test_relatives_are_asked_for_what_the_proband_has() -> None:
    healthy = 0
    for case in made():
        proband = case.observed.members[0].features
        assert proband is not None
        known = {f.term for f in proband.rows if not f.excluded}
        for seen, true in list(zip(case.observed.members, case.truth.members, strict=True))[1:]:
            if not seen.affected and seen.features and seen.features.rows:
                healthy += 1
                assert {f.term for f in seen.features.rows} <= known
                assert true.features is not None
                assert {f.source for f in true.features.rows} <= {"relative", "carrier"}
    assert healthy > 1.5 * len(made())
    silent = made(record=dict_of(relatives=False))
    assert not any(m.features for case in silent for m in case.observed.members if not m.affected)
    assert [c.observed.members[0] for c in silent] == [c.observed.members[0] for c in made()]


def test_affected_relatives_have_records_of_their_own() -> None:
    pairs = [
        (case.truth.members[0].features, m.features)
        for case in made()
        for m in case.truth.members[1:]
        if m.affected and m.features
    ]
    assert len(pairs) > 10
    assert all(other.observed for _, other in pairs)
    assert sum(mine == other for mine, other in pairs) < len(pairs) / 3


def test_controls_have_findings_and_no_answer(tmp_path: Path) -> None:
    spec = Spec.from_dict({**PEOPLE, "cases": 40, "controls": 0.5, "visits": 2})
    summary = raresim.run(spec, tmp_path / "out")
    lines = [line.split("\t") for line in (tmp_path / "out/truth/cases.tsv").read_text().splitlines()[2:]]
    controls = [dict(zip(COLUMNS["cases"].split(), line, strict=True)) for line in lines if line[2] == "control"]
    assert 10 < len(controls) < 30
    assert summary.modes["control"] == len(controls)
    for line in controls:
        assert not any(line[name] for name in ("type", "disease", "disease_ids", "mode", "inheritance", "gene", "hgnc"))
        assert int(line["terms_observed"]) > 0
        true, seen = (
            orjson.loads((tmp_path / "out" / part / "phenopackets" / f"{line['case']}.json").read_bytes())
            for part in ("truth", "observed")
        )
        assert true == seen  # no disease, no interpretation
        family = orjson.loads((tmp_path / "out/observed/families" / f"{line['case']}.json").read_bytes())
        assert [p["affectedStatus"] for p in family["pedigree"]["persons"]] == ["AFFECTED", "UNAFFECTED", "UNAFFECTED"]
        assert family["proband"] == seen
    assert len(truth_table.read(tmp_path / "out")) == 40 - len(controls)
    first = orjson.loads((tmp_path / "out/observed/visits/1" / f"{controls[0]['case']}.json").read_bytes())
    assert "diseases" not in first
    answer = "".join(f"{line[0]}\t1\tFBN1\n" for line in lines)  # of controls as well
    (tmp_path / "answers.tsv").write_text("case\trank\tgene\n" + answer)
    for report in (score(tmp_path / "out", tmp_path / "answers.tsv"), score(tmp_path / "out", diagnosers=["resnik"])):
        assert len(report.cases) == 40 - len(controls)
        assert any(f"{len(controls)} controls are not scored" in note for note in report.notes)
    cases = tuple(raresim.cases(spec))
    assert [c.truth.members[0].affected for c in cases] == [bool(c.truth.disease) for c in cases]
    assert all(c.observed.members[0].affected for c in cases)


def test_patients_are_the_same_beside_controls() -> None:
    mixed = made(controls=0.2)
    same = [a.observed.members == b.observed.members for a, b in zip(made(), mixed, strict=True) if b.truth.disease]
    assert all(same)
    for alone, control in zip(made(), mixed, strict=True):
        if not control.truth.disease:
            template, record = alone.truth.members[0].features, control.truth.members[0].features
            assert template is not None
            assert record is not None
            assert len(record.observed) == len(template.observed)
            assert len(record.rows) == len(template.rows)
            assert {f.source for f in record.rows} == {"unrelated"}


def test_what_begins_after_the_examination() -> None:
    of = disease(row("HP:0000726", 9, 9, 1.0, onset="HP:0003584"), row("HP:0002072", 9, 9, 1.0, onset="HP:0003596"))
    child = Person(False, 4.0, 1.0)
    record = Features(tuple(Feature(t, False, None, "x", t) for t in ("HP:0000726", "HP:0001250", "HP:0002072")))
    kept = {f.term: (f.excluded, f.change) for f in apply(record, of, child, True, stream(1, "x")).rows}
    assert kept == {"HP:0000726": (True, "onset"), "HP:0001250": (False, ""), "HP:0002072": (True, "onset")}
    assert [f.term for f in apply(record, of, child, False, stream(1, "x")).rows] == ["HP:0001250"]
    late = Features((record.rows[0], record.rows[2]))
    (first,) = apply(late, of, child, False, stream(1, "x")).rows
    assert (first.term, first.onset) == ("HP:0002072", 4.0)  # what begins first begins now
    assert apply(Features(()), of, child, True, stream(1, "x")).rows == ()


def test_what_a_sex_cannot_have_is_left_out() -> None:
    record = Features(
        tuple(
            Feature(t, x, None, "x", t) for t, x in (("HP:0000028", False), ("HP:0001250", False), ("HP:0000047", True))
        )
    )
    of = disease(row("HP:0001250", 9, 9, 1.0))
    assert [f.term for f in apply(record, of, ADULT, True, stream(1, "x")).rows] == ["HP:0001250"]
    assert len(apply(record, of, Person(False, 40.0, 5.0), True, stream(1, "x")).rows) == 3


def test_shares_by_age_keep_the_mean() -> None:
    for term in AGES:
        for share in (None, 0.05, 0.5, 0.999, 1.0):
            for onsets, young in (((0.0, 0.0, 1.0), 0.3), ((16.0, 40.0, 1.0), 0.0)):
                under = share_under(YOUNG, (onsets,))
                y, p = shares(term, share, under, True)
                o, _ = shares(term, share, under, False)
                assert 0 < y < 1
                assert 0 < o < 1
                assert young * y + (1 - young) * o == pytest.approx(p)
                a, n, b, m = AGES[term]
                assert o / (1 - o) / (y / (1 - y)) == pytest.approx(b / (m - b) / (a / (n - a)))


def test_ages_are_those_of_the_shared_cases(shared: Path) -> None:
    """The table, counted again from the cases: exact terms, by age at the last encounter."""
    import gzip
    import json
    import re

    found = {term: [0, 0, 0, 0] for term in AGES}
    with gzip.open(shared / "phenopackets" / "phenopacket_store_T.jsonl.gz", "rt") as file:
        for line in file:
            packet = json.loads(line)
            text = packet["subject"].get("timeAtLastEncounter", {}).get("age", {}).get("iso8601duration", "")
            parts = re.fullmatch(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?", text) if text else None
            if not parts:
                continue
            old = int(parts[1] or 0) + int(parts[2] or 0) / 12 >= 3
            state: dict[str, bool] = {}
            for feature in packet["phenotypicFeatures"]:
                term = HPO.finding(feature["type"]["id"])[0]
                if term in AGES:
                    state[term] = state.get(term, False) or not feature.get("excluded", False)
            for term, present in state.items():
                found[term][2 * old] += present
                found[term][2 * old + 1] += 1
    assert {term: tuple(counts) for term, counts in found.items()} == AGES


def test_delay_before_disability() -> None:
    record = Features(
        tuple(
            Feature(t, x, 1.0, "x", t) for t, x in (("HP:0001250", False), ("HP:0010864", False), ("HP:0001249", True))
        )
    )
    young = named_by_age(record, 4.9)
    assert [(f.term, f.change, f.annotation) for f in young.rows] == [
        ("HP:0001250", "", "HP:0001250"),
        ("HP:0011344", "development", "HP:0010864"),
    ]
    assert named_by_age(record, 5.0) == record
    known = Features((Feature("HP:0001263", False, 1.0, "x", ""), Feature("HP:0010864", False, 1.0, "x", "")))
    assert [f.term for f in named_by_age(known, 2.0).rows] == ["HP:0001263"]
    by_age = made(record=dict_of(development="by_age"), visits=2)
    small = [f.term for features, age, _ in everybody(by_age) for f in features.observed if age < 5]
    assert small
    assert not set(small) & set(DELAY)
    assert not [wrong for record in everybody(by_age) for wrong in contradictions(*record)]


def test_modifiers_are_those_of_the_annotation() -> None:
    of = next(d for d in catalog.load() if (d.id, "HP:0000365") in modifiers.load() and d.id == "OMIM:101000")
    record = Features(
        (Feature("HP:0000365", False, 1.0, "x", "HP:0000365"), Feature("HP:0001250", False, 1.0, "x", ""))
    )
    first, second = modifiers.apply(record, of, stream(1, "x")).rows
    assert first.modifiers == ("HP:0012833",)  # unilateral, in all rows
    assert second.modifiers == ()
    for rows in modifiers.load().values():
        assert 0 < sum(share for _, share in rows) <= 1.0001
        for names, _ in rows:
            assert all(name in HPO.rows for name in names)
    plain, marked = made(), made(record=dict_of(modifiers=True))
    assert not any(f.modifiers for record in everybody(plain) for f in record[0].rows)
    found = [f for record in everybody(marked) for f in record[0].rows if f.modifiers]
    assert found
    assert not any(f.excluded for f in found)


def test_modifiers_in_phenopackets() -> None:
    cases = raresim.cases(Spec.from_dict({**PEOPLE, "record": {"modifiers": True}}))
    study = study_of(cases.world)
    severe = ("HP:0012828", "HP:0012833")
    for case in cases:
        features = phenopackets.observed(case, study)["phenotypicFeatures"]
        seen = case.observed.members[0].features
        assert seen is not None
        for packet, feature in zip(features, seen.rows, strict=True):
            named = [packet[key]["id"] for key in ("severity",) if key in packet]
            named += [x["id"] for x in packet.get("modifiers", [])]
            assert sorted(named) == sorted(feature.modifiers)
            assert set(severe[:1]) & set(named) <= {packet.get("severity", {}).get("id")}


def test_ages_never_depend_on_time_being_off() -> None:
    still = made(record=dict_of(time=False))
    assert [c.truth.members[0].age for c in still] == [c.truth.members[0].age for c in made()]
    assert not any(f.change for record in everybody(still) for f in record[0].rows)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"visits": 0}, "visits: "),
        ({"visits": 21}, "visits: "),
        ({"controls": 1.5}, "controls: "),
        ({"record": "modifiers"}, "record: should be a table"),
        ({"record": {"modifier": True}}, "record.modifier: "),
        ({"record": {"development": "never"}}, "record.development: "),
    ],
)
def test_mistakes_are_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Spec.from_dict(settings)


def test_settings_come_back_from_the_study_file() -> None:
    spec = Spec.from_dict({**PEOPLE, "visits": 2, "controls": 0.1, "record": {"time": False, "development": "by_age"}})
    import tomllib

    assert Spec.from_dict(tomllib.loads(spec.to_toml())) == spec
