"""Reports from anybody's phenopackets: what is read, what is skipped and why, never a traceback."""

from __future__ import annotations

import gzip
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import raresim
from raresim import InputError, ontology, packets, reports
from tests.packets import feature, hostile, packet


def saved(path: Path, value: Any) -> Path:
    path.write_bytes(value if isinstance(value, bytes) else orjson.dumps(value))
    return path


def one(path: Path, value: Any) -> reports.Report:
    (report,) = reports.read(saved(path / "one.json", value)).reports
    return report


def test_everything_a_packet_says(tmp_path: Path) -> None:
    made = packet(
        "PMID_1_x",
        feature("HP:0001250", onset={"age": {"iso8601duration": "P2Y6M"}}),
        feature("HP:0001250", onset={"ontologyClass": {"id": "HP:0003577"}}),
        feature("HP:0000256", onset={"ontologyClass": {"id": "HP:0011463"}}, excluded=False),
        feature("HP:0001252", excluded=True),
        subject={"id": "x", "sex": "FEMALE", "timeAtLastEncounter": {"age": {"iso8601duration": "P10Y"}}},
        diseases=[
            {"term": {"id": "OMIM:1"}, "excluded": True},
            {"term": {"id": "MONDO:7"}},
            {"term": {"id": "MIM:154700"}, "onset": {"age": {"iso8601duration": "P6M"}}},
            {"term": {"id": "Orphanet:558"}},
        ],
    )
    made["metaData"]["externalReferences"] = [{"id": "DOI:1"}, {"id": "PMID: 12345"}, {"id": "PMID:7"}]
    assert one(tmp_path, made) == reports.Report(
        id="PMID_1_x",
        disease="OMIM:154700",
        publication="PMID:12345",
        female=True,
        age=10.0,
        onset=0.5,
        observed=("HP:0000256", "HP:0001250"),
        excluded=("HP:0001252",),
        onsets=(("HP:0000256", 3.0), ("HP:0001250", 0.0)),
    )


def test_what_a_packet_does_not_say(tmp_path: Path) -> None:
    least = one(tmp_path, {"id": "x", "phenotypicFeatures": [feature("HP:0001250", excluded=None)]})
    assert least == reports.Report("x", "", "", None, None, None, ("HP:0001250",), ())
    solved = {"diagnosis": {"disease": {"id": "ORPHA:558"}}}
    report = one(tmp_path, packet("PMID:17_1", interpretations=[solved], diseases=[]))
    assert (report.disease, report.publication) == ("ORPHA:558", "PMID:17")


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("P1Y", 1.0),
        ("P1Y6M", 1.5),
        ("P0D", 0.0),
        ("P4W", 28 / 365.25),
        ("P1.5Y", 1.5),
        ("P1DT12H", 1.5 / 365.25),
        ("P", None),
        ("PT", None),
        ("1Y", None),
        ("P-1Y", None),
        ("5 years", None),
        ("P999Y", None),
        ("P1Y\n", None),
        ("P" + "9" * 400 + "Y", None),
        (7, None),
        (None, None),
        (["P1Y"], None),
    ],
)
def test_durations(text: Any, years: float | None) -> None:
    assert reports.duration(text) == (years if years is None else pytest.approx(years))


def test_times() -> None:
    ages = {"start": {"iso8601duration": "P1Y"}, "end": {"iso8601duration": "P3Y"}}
    assert reports.years({"ageRange": ages}) == 2.0
    assert reports.years({"ageRange": {"start": {"iso8601duration": "P1Y"}}}) is None
    assert reports.years({"gestationalAge": {"weeks": 20}}) == 0.0
    assert reports.years({"ontologyClass": {"id": "HP:0003621"}}) == 10.5
    for nothing in (
        None,
        [],
        "P1Y",
        {},
        {"ontologyClass": {"id": "HP:0000001"}},
        {"timestamp": "2020-01-01T00:00:00Z"},
    ):
        assert reports.years(nothing) is None


def test_terms_are_mapped_and_the_rest_is_counted(tmp_path: Path) -> None:
    terms = ontology.load()
    old = next(term for term, new in terms.replaced.items() if not terms.finding(new)[1])
    retired = min(terms.retired)
    codes = [old, retired, "HP:9999999", "hp:0001250", "HP:0000006", "NCIT:C1", "HP:0000118", "HP:0001251"]
    found = reports.read(saved(tmp_path / "one.json", packet("x", *map(feature, codes))))
    assert found.reports[0].observed == tuple(sorted([terms.replaced[old], "HP:0001251"]))
    assert found.dropped == {
        f"a term that is obsolete since HPO {terms.release} or earlier, without one term that replaces it": 1,
        f"a term that is unknown in HPO {terms.release}": 1,
        "a term that is not an HPO id": 2,
        "a term that is not below Phenotypic abnormality": 2,
    }
    assert found.mapped == {reports.MAPPED: 1}
    assert len(found.lines()) == 5
    assert (
        f"1 mapped: an obsolete or alternative id, to the term in its place (e.g. {old} in one.json)" in found.lines()
    )
    assert f"1 left out: a term that is unknown in HPO {terms.release} (e.g. HP:9999999 in one.json)" in found.lines()


def test_all_forms_of_files_say_the_same(tmp_path: Path) -> None:
    made = [packet(f"{i}", feature("HP:0001250")) for i in range(12)]
    lines = b"\n\n".join(map(orjson.dumps, made))
    forms: dict[str, Any] = {
        "a.jsonl": lines,
        "b.jsonl.gz": gzip.compress(lines, mtime=0),
        "c.ndjson": b"\xef\xbb\xbf" + lines + b"\n",
        "d.json": made,
        "e.json.gz": gzip.compress(json.dumps(made, indent=3).encode(), mtime=0),
        "f.json": {"id": "cohort", "members": made},
        "g.json": [{"id": f"f{i}", "proband": one, "relatives": [packet("other")]} for i, one in enumerate(made)],
    }
    want = reports.read(saved(tmp_path / "a.jsonl", lines))
    assert [report.id for report in want.reports] == [str(i) for i in range(12)]
    for name, value in forms.items():
        found = reports.read(saved(tmp_path / name, value))
        assert found.reports == want.reports, name
        assert found.lines() == []
    assert reports.read(tmp_path / "b.jsonl.gz").digest == want.digest
    assert reports.read(tmp_path / "d.json").digest != want.digest


def test_a_folder_is_read_in_order_of_names_wherever_it_is(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        inside = tmp_path / folder / "sub"
        inside.mkdir(parents=True)
        names = ["z.json", "b.JSON", "a.json"]
        for name in names if folder == "one" else names[::-1]:
            saved(inside / name, packet(name))
        saved(tmp_path / folder / "notes.txt", b"not read")
        saved(tmp_path / folder / ".hidden.json", packet("hidden"))
        saved(tmp_path / folder / "c.jsonl", orjson.dumps(packet("c")) + b"\n" + orjson.dumps(packet("a.json")))
    first, second = reports.read(tmp_path / "one"), reports.read(tmp_path / "two")
    assert [report.id for report in first.reports] == ["c", "a.json", "b.JSON", "z.json"]
    assert first == second
    assert first.lines() == ["1 skipped: a packet with the same id was read before (e.g. sub/a.json)"]


def test_of_an_observed_and_a_solved_packet_the_solved_one_is_read(tmp_path: Path) -> None:
    solved = packet("a", diseases=[{"term": {"id": "OMIM:154700"}}])
    for order in ([packet("a"), solved, packet("b")], [solved, packet("b"), packet("a")]):
        found = reports.read(saved(tmp_path / "one.json", order))
        assert {report.id: report.disease for report in found.reports} == {"a": "OMIM:154700", "b": ""}
        assert found.skipped == {reports.TWICE: 1}


@pytest.mark.parametrize("kind", ["phenopacket", {"kind": "phenopackets_jsonl", "families": True}])
def test_of_a_study_each_case_is_read_once(tmp_path: Path, kind: Any) -> None:
    """With the diagnosis where the truth is there; neither an earlier visit nor a family is another patient."""
    study = {"seed": 5, "cases": 8, "genome": "none", "visits": 2, "output": [kind, "truth"]}
    raresim.run(raresim.Spec.from_dict(study), tmp_path)
    whole = reports.read(tmp_path)
    assert (len(whole.reports), whole.lines()) == (8, [])
    assert all(report.disease for report in whole.reports)
    shutil.rmtree(tmp_path / "truth")
    seen = reports.read(tmp_path)
    assert seen.lines() == []
    assert [replace(report, disease="", onset=None) for report in whole.reports] == list(seen.reports)


def test_what_is_no_phenopacket_is_skipped_with_a_reason(tmp_path: Path) -> None:
    reasons = hostile(tmp_path)
    with pytest.raises(InputError, match="no phenopacket can be used") as refused:
        reports.read(tmp_path)
    assert "\n" not in str(refused.value)
    saved(tmp_path / "good.jsonl", b'{"id": 3}\n' + orjson.dumps(packet("good")))
    found = reports.read(tmp_path)
    assert [report.id for report in found.reports] == ["good"]
    assert sum(found.skipped.values()) == len(reasons) + 1
    for name, why in reasons.items():
        if (tmp_path / name).is_file():
            with pytest.raises(InputError) as refused:
                reports.read(tmp_path / name)
            assert f"1 skipped: {why}" in str(refused.value), name
            assert "\n" not in str(refused.value)


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    hostile(tmp_path)
    (tmp_path / "empty").mkdir()
    for name, line in {
        "absent": "there is no such file or folder",
        "empty": "no file named",
        "pipe.json": "not an ordinary file",
        "loop.json": "not an ordinary file",
    }.items():
        with pytest.raises(InputError, match=line):
            reports.read(tmp_path / name)
    with pytest.raises(InputError, match="should be a folder, or a file named"):
        reports.read(saved(tmp_path / "packets.txt", packet()))


def test_a_document_without_end_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packets, "LARGEST", 2_000_000)
    bomb = gzip.compress(b'{"id": "' + b"x" * 9_000_000 + b'"}\n' + orjson.dumps(packet("after")), mtime=0)
    found = reports.read(saved(tmp_path / "bomb.jsonl.gz", bomb))
    assert [report.id for report in found.reports] == ["after"]
    assert found.lines() == ["1 skipped: larger than 2 MB (e.g. bomb.jsonl.gz:1)"]
    with pytest.raises(InputError, match="larger than 2 MB"):
        reports.read(saved(tmp_path / "bomb.json.gz", bomb))


WORDS = [
    "id",
    "subject",
    "sex",
    "phenotypicFeatures",
    "type",
    "excluded",
    "onset",
    "age",
    "iso8601duration",
    "metaData",
]
WORDS += ["diseases", "term", "externalReferences", "interpretations", "diagnosis", "members", "proband", "ageRange"]
WORDS += ["phenopacketSchemaVersion", "timeAtLastEncounter", "ontologyClass", "start", "end"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
SCALARS |= st.sampled_from(["HP:0001250", "HP:0001252", "OMIM:154700", "PMID:1", "P1Y", "2.0", "FEMALE"])
ANY = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(WORDS), ANY, max_size=8))
def test_any_json_is_read_or_skipped(tmp_path_factory: pytest.TempPathFactory, changes: dict[str, Any]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(json.dumps(packet("good")).encode() + b"\n" + json.dumps({**packet("x"), **changes}).encode())
    found = reports.read(path)
    assert found.reports[0].id == "good"
    terms = ontology.load()
    for report in found.reports:
        assert isinstance(report.disease, str)
        assert not set(report.observed) & set(report.excluded)
        assert all(not terms.finding(term)[1] for term in (*report.observed, *report.excluded))


def test_the_shared_cases(shared: Path) -> None:
    ontology.load()
    start = time.process_time()
    found = reports.read(shared / "phenopackets")
    rate = len(found.reports) / (time.process_time() - start)
    assert len(found.reports) == 6079
    assert not found.skipped
    assert sum(found.dropped.values()) == 12  # terms newer than our HPO
    assert sum(r.age is not None for r in found.reports) == 4821
    assert sum(r.onset is not None for r in found.reports) == 3187
    assert all(r.disease.startswith("OMIM:") and r.publication for r in found.reports)
    assert rate > 2000  # 4,000 to 6,600 on a machine with nothing else to do
