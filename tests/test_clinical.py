"""Clinical records: what every record promises, against the naive twin, levels, the model folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from raresim import InputError, catalog, ontology
from raresim.catalog import Annotation, Disease
from raresim.clinical import draw, load, sampler
from raresim.clinical.features import CLASSES
from raresim.clinical.model import Model
from raresim.kernels import clinical as kernel
from raresim.phenotype import Features, Person
from raresim.phenotype._profile import rows_of
from raresim.phenotype.clinical import Clinical
from raresim.streams import stream
from tests.naive import clinical as naive

KNOWN, HPO = catalog.load(), ontology.load()
ROWS = np.flatnonzero(KNOWN.drawable)
MARFAN = KNOWN.find("OMIM:154700")
ADULT = Person(True, 40.0, 5.0)
PEOPLE = {0: 40_000, 3: 15_000}  # by relation: a score 5% too strong is then many standard deviations off


def disease(*rows: tuple[str, int, int], onset: str = "") -> Disease:
    found = tuple(Annotation(t, k, n, k / n, "", k == 0, onset) for t, k, n in sorted(rows))
    return dataclasses.replace(MARFAN, annotations=found, id="OMIM:1", ids=("OMIM:1",))


def promises(record: Features, person: Person, of: Disease) -> None:
    keys = [(f.excluded, f.term) for f in record.rows]
    assert keys == sorted(set(keys))
    lines = {f: set(HPO.ancestors(HPO.index(f.term)).tolist()) for f in record.rows}
    kinds = [{HPO.index(f.term) for f in record.rows if f.excluded == excluded} for excluded in (False, True)]
    assert kinds[0]
    assert not kinds[0] & kinds[1]
    for feature, line in lines.items():
        at = HPO.index(feature.term)
        assert HPO.phenotypic[at]
        assert int(HPO.sex[at]) != (2 if person.female else 1)
        assert not (line - {at}) & kinds[feature.excluded]  # no term beside one above it
        assert feature.excluded or not line & kinds[1]  # no finding below an excluded one
        assert feature.source in CLASSES
        assert (feature.annotation == "") == (feature.source == "unrelated")
        assert (feature.annotation == feature.term) == (feature.source == "exact")
        if feature.annotation:
            behind = HPO.index(feature.annotation)
            assert feature.annotation in {a.term for a in of.annotations if not a.excluded}
            assert feature.source != "ancestor" or HPO.is_ancestor(at, behind)
            assert feature.source != "descendant" or HPO.is_ancestor(behind, at)
        assert feature.onset is None or (not feature.excluded and 0 <= feature.onset <= person.age)


def many(people: int, each: int, kind: Clinical, seed: int) -> None:
    """People of diseases all over the catalog, so many of each, keep the promises."""
    rng = stream(seed, "many")
    for at in ROWS[rng.permutation(len(ROWS))[: max(people // each, 1)]].tolist():
        of = KNOWN[at]
        for number in range(each):
            female = of.sex == "female" or (not of.sex and number % 2 == 0)
            person = Person(female, float(rng.random() * 80), 0.0, float(rng.standard_normal()), 3, number // 3 + 1)
            if any(not row.excluded for row in rows_of(of, female).values()):
                promises(kind.draw(of, person, rng), person, of)


@pytest.mark.parametrize("kind", [Clinical(), Clinical(levels=False), Clinical(style="clinic")], ids=str)
def test_what_every_record_promises(kind: Clinical) -> None:
    many(1_200, 24, kind, 1)


@pytest.mark.slow
def test_what_a_million_records_promise() -> None:
    many(1_000_000, 250, Clinical(), 2)


def made(female: bool = True) -> tuple[Any, Any, Any]:
    writer = draw.writer("published")
    return writer, *writer.subject(MARFAN, female)


def naive_inputs(writer: Any, subject: Any) -> tuple[Any, ...]:
    scores, lexicon = subject.scores, writer.sampler.lexicon
    spans = [slice(a, b) for a, b in zip(subject.off[:-1], subject.off[1:], strict=True)]
    candidates = [subject.rows[span].tolist() for span in spans]
    base = tuple(dict(zip(subject.rows.tolist(), scores.base[k].astype(float).tolist(), strict=True)) for k in (0, 1))
    alias = [
        [[((e >> 32) / 65536, e & 65535, e >> 16 & 65535) for e in scores.alias[k, s].tolist()] for s in spans]
        for k in (0, 1)
    ]
    terms, bits = lexicon.terms, range(32)
    hpo = naive.Hpo(
        [set(terms.above(row).tolist()) for row in range(len(HPO))],
        [{b for b in bits if branch >> b & 1} for branch in terms.branch.tolist()],
        (lexicon.node[:-1, 2] * 1e-6).tolist(),
        (lexicon.node[:-1, 3] * 1e-6).tolist(),
    )
    barred = tuple(set(np.flatnonzero(part).tolist()) for part in writer.barred(True))
    return candidates, base, alias, writer.sampler.context.tolist(), hpo, barred


@pytest.mark.parametrize("common", [0.0, 0.6, 1.0])
def test_filling_equals_the_naive_twin(common: float) -> None:
    writer, subject, _ = made()
    inputs = naive_inputs(writer, subject)
    rng = stream(4, "twin")
    for key in range(8):
        profile, wanted = rng.integers(0, 4, 8).astype(float), rng.random(2) * 12
        found = writer.sampler.filled(subject, profile, wanted, writer.barred(True), 99, common, stream(key))
        given = int(stream(key).integers(1 << 62))
        twin = naive.fill(given, 99, common, profile.tolist(), wanted.tolist(), *inputs, sampler.PROPOSALS)
        assert [part.tolist() for part in found] == list(twin)
        assert sum(map(len, found)) > 0


def test_the_room_of_the_kernel_is_left_empty() -> None:
    made()[0].record(MARFAN, dataclasses.replace(ADULT, study=3, family=1), True, stream(1, "x"))
    assert not sampler._room(len(HPO)).any()


def test_alias_tables_hold_the_weights() -> None:
    weight = np.array([0.0, 3.0, 0.5, 1.0, 1.0, 7.5, 0.01])
    packed = np.zeros(7, np.int64)
    kernel.alias_table(weight, np.arange(10, 17, dtype=np.int32), packed)
    share = np.zeros(20)
    for entry in packed.tolist():
        chance = (entry >> 32) / 65536
        share[entry & 65535] += chance / 7
        share[entry >> 16 & 65535] += (1 - chance) / 7
    assert share[10:17] == pytest.approx(weight / weight.sum(), abs=1e-5)


def scored(factor: float, relation: int, common: float) -> bool:
    """Whether the first term of many records, each of a clinic of its own, is drawn by the exponential of its score
    (times a factor)."""
    people = PEOPLE[relation]
    writer, subject, _ = made()
    lo, hi = (int(x) for x in subject.off[relation : relation + 2])
    expected = np.exp(subject.scores.base[0, lo:hi].astype(float))
    expected[writer.barred(True)[0][subject.rows[lo:hi]]] = 0.0
    expected /= expected.sum()
    view = dataclasses.replace(
        subject, scores=sampler.scores(subject.off, subject.rows, subject.scores.base * np.float32(factor))
    )
    profile, wanted = np.eye(8)[relation], np.array([1.0, 0.0])
    count, rng = np.zeros(hi - lo, int), stream(6, "scored")
    for _ in range(people):
        (term,), _ = writer.sampler.filled(
            view, profile, wanted, writer.barred(True), int(rng.integers(1 << 62)), common, rng
        )
        count[np.searchsorted(subject.rows[lo:hi], term)] += 1
    often = expected * people >= 5
    found, due = (np.append(x[often], x[~often].sum()) for x in (count, expected * people))
    return bool(chisquare(found[due > 0], due[due > 0]).pvalue > 1e-4)


@pytest.mark.parametrize("common", [0.0, 0.7])
@pytest.mark.parametrize("relation", [0, 3], ids=["scored whole", "proposed"])
def test_terms_are_drawn_by_their_scores_and_five_per_cent_more_is_seen(relation: int, common: float) -> None:
    assert scored(1.0, relation, common)
    assert not scored(1.05, relation, common)


def test_numbers_are_kept_on_average() -> None:
    profile, wanted = np.array([3.0, 1.0, 0.0, 4.0, 0.0, 0.0, 1.0, 1.0]), np.array([6.3, 1.2])
    drawn = np.array([kernel._counts(profile, wanted, key * 7919) for key in range(20_000)])
    expected = np.concatenate([profile[:4] / 8 * 6.3, profile[4:] / 2 * 1.2])
    assert np.abs(drawn.mean(axis=0) - expected).max() < 4 * 0.5 / np.sqrt(20_000)
    assert set(drawn[:, :4].sum(axis=1)) == {6, 7}
    assert min(kernel._counts(profile, np.array([0.0, 0.0]), key)[:4].sum() for key in range(50)) == 1


def test_patients_of_a_study_share_a_donor_and_clinics_whatever_was_drawn_before() -> None:
    people = [Person(i % 2 == 0, 30.0, 1.0, 0.3, study=9, family=i // 2 + 1) for i in range(12)]
    kind = Clinical()

    def records(order: list[int]) -> dict[int, Features]:
        draw.writer.cache_clear()
        return {i: kind.draw(MARFAN, people[i], stream(9, "case", i)) for i in order}

    assert records(list(range(12))) == records(list(range(11, -1, -1)))
    other = {i: kind.draw(MARFAN, dataclasses.replace(people[i], study=8), stream(9, "case", i)) for i in range(12)}
    assert other != records(list(range(12)))


def overlap(study: int) -> float:
    """Mean Jaccard of the assessed terms of two patients of one family's clinic."""
    out = []
    for i in range(60):
        pair = [
            Clinical().draw(MARFAN, Person(True, 30.0, 1.0, 0.0, study and study + i, 1), stream(i, "pair", j)).rows
            for j in (0, 1)
        ]
        a, b = ({f.term for f in rows} for rows in pair)
        out.append(len(a & b) / len(a | b))
    return float(np.mean(out))


def test_patients_of_a_clinic_share_terms() -> None:
    assert overlap(100) > 2 * overlap(0)


def numbers(levels: bool) -> np.ndarray[Any, Any]:
    """Of one patient of each of many studies: observed, excluded, unrelated, annotated terms, information."""
    kind, information = Clinical(levels=levels), draw.writer("published").sampler.lexicon.knowledge.information
    out = []
    for i in range(4_000):
        person = Person(True, 30.0, 1.0, float(stream(i, "severity").standard_normal()), i + 1, 1)
        rows = kind.draw(MARFAN, person, stream(i, "levels", levels)).rows
        observed = [f for f in rows if not f.excluded]
        kinds = [sum(f.source == name for f in rows) for name in ("unrelated", "exact")]
        known = float(np.mean([information[HPO.index(f.term)] for f in observed]))
        out.append([np.log(len(observed)), np.log1p(len(rows) - len(observed)), *kinds, known])
    return np.array(out)


def test_levels_leave_a_single_record_as_it_is() -> None:
    """What patients share shows in two of them only: over many studies the records are those without levels."""
    on, off = numbers(True), numbers(False)
    error = np.sqrt((on.var(axis=0) + off.var(axis=0)) / len(on))
    assert np.abs((on.mean(axis=0) - off.mean(axis=0)) / error).max() < 4


def test_more_severe_patients_show_more() -> None:
    def mean(severity: float) -> float:
        people = [Person(True, 30.0, 1.0, severity, 5 + i, 1) for i in range(150)]
        records = [Clinical().draw(MARFAN, person, stream(i, "severe")).rows for i, person in enumerate(people)]
        return float(np.mean([sum(not f.excluded for f in rows) for rows in records]))

    assert mean(1.5) > 1.1 * mean(-1.5)


def test_style_clinic_is_short() -> None:
    records = [Clinical(style="clinic").draw(MARFAN, ADULT, stream(i, "clinic")).rows for i in range(300)]
    observed = [sum(not f.excluded for f in rows) for rows in records]
    excluded = [sum(f.excluded for f in rows) for rows in records]
    assert set(observed) == set(range(3, 9))
    assert set(excluded) <= {0, 1, 2}
    assert np.mean(excluded) < 1


def test_what_begins_later_is_not_there_yet() -> None:
    of = disease(("HP:0001250", 9, 9), ("HP:0000726", 99, 99), onset="HP:0003584")  # seizures and dementia, after 60
    child, old = Person(False, 4.0, 1.0), Person(False, 95.0, 1.0)
    for i in range(60):
        terms = {f.term for f in Clinical().draw(of, child, stream(i, "late")).rows if not f.excluded}
        assert not any(HPO.is_ancestor(HPO.index("HP:0001250"), HPO.index(t)) or t == "HP:0001250" for t in terms)
    found = [f for i in range(60) for f in Clinical().draw(of, old, stream(i, "late")).rows if f.source == "exact"]
    assert all(f.onset is None if f.excluded else 60 <= (f.onset or 0) <= 90 for f in found)
    assert any(not f.excluded for f in found)


def test_a_disease_without_terms_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"^disease: OMIM:1 \(Marfan syndrome\): the catalog has no observed term"):
        Clinical().draw(disease(("HP:0001250", 0, 3)), ADULT, stream(1, "x"))


def test_a_model_folder_is_read_back(tmp_path: Path) -> None:
    model = load()
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    assert again.packed() == model.packed()
    assert again.publications == model.publications
    person = Person(True, 30.0, 1.0, 0.1, 4, 2)
    assert Clinical(style=str(tmp_path / "m")).draw(MARFAN, person, stream(1, "x")) == Clinical().draw(
        MARFAN, person, stream(1, "x")
    )


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    load().save(tmp_path / "m")
    said, data = (tmp_path / "m/model.toml").read_text(), (tmp_path / "m/model.npz").read_bytes()

    def refused(name: str, text: str, packed: bytes | None) -> str:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "model.toml").write_text(text)
        if packed is not None:
            (folder / "model.npz").write_bytes(packed)
        with pytest.raises(InputError) as caught:
            load(folder)
        (line,) = caught.value.lines
        assert line.startswith(str(folder))
        return line

    assert "digest" in refused("changed", said, data[:-1] + b"\1")
    assert "version 99" in refused("new", said.replace("version = 2", "version = 99"), data)
    assert "kind 'neural'" in refused("other", said.replace("clinical", "neural"), data)
    assert "No such file" in refused("half", said, None)
    assert "no TOML" in refused("text", "= = =", data)
    with pytest.raises(InputError, match="no model folder"):
        load(tmp_path / "nowhere")


def test_the_shipped_model_names_no_case() -> None:
    model = load()
    assert len(model.packed()) < 1_000_000
    assert set(model.notes) >= {"source", "licence", "citation", "reports"}
    assert len(model.publications) > 1000
    assert all(name.startswith("PMID:") for name in model.publications)
    assert min(int(c) for count in (model.observed, model.excluded) for c in count if c) >= model.minimum_support == 3
    assert not any("PMID_" in str(value) for value in model.notes.values())


def test_the_model_is_frozen() -> None:
    model: Model = load()
    with pytest.raises(ValueError, match="read-only"):
        model.weights[0] = 0
