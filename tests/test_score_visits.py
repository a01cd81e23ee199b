"""``raresim score --visit``: the record of an earlier visit is what the diagnosers are given."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

import raresim
from raresim import InputError
from raresim.score import observation, seen_packets
from raresim.score.run import load_knowledge
from raresim.spec import Spec
from tests.command import Command


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("visits")
    for name, output in (("files", "phenopacket"), ("lines", "phenopackets_jsonl"), ("once", "phenopacket")):
        visits = 1 if name == "once" else 3
        study = {"cases": 25, "genome": "none", "visits": visits, "pedigree": "singleton", "output": [output, "truth"]}
        raresim.run(Spec.from_dict(study), folder / name)
    return folder


def test_each_visit_is_ranked_by_its_own_record(made: Path) -> None:
    last = raresim.score(made / "files", diagnosers=["resnik"])
    reports = {visit: raresim.score(made / "files", diagnosers=["resnik"], visit=visit) for visit in (1, 2, 3)}
    assert last.visit is None
    assert reports[3].rows == last.rows
    assert "as they stood at visit 1\n" in reports[1].table()
    assert orjson.loads(reports[1].to_json())["visit"] == 1
    places = [reports[visit].ranked[0].places for visit in (1, 2, 3)]
    assert places[0] != places[1] != places[2]
    for visit, report in reports.items():
        assert raresim.score(made / "lines", diagnosers=["resnik"], visit=visit).to_dict() == report.to_dict()


def test_what_is_read_is_the_record_of_the_visit(made: Path) -> None:
    known = load_knowledge(made / "files")
    for code in seen_packets.codes(made / "files"):
        for visit, path in ((1, f"visits/1/{code}.json"), (0, f"phenopackets/{code}.json")):
            packet = orjson.loads((made / "files" / "observed" / path).read_bytes())
            seen = observation.read(made / "files", code, known, visit)
            present = {f["type"]["id"] for f in packet["phenotypicFeatures"] if not f.get("excluded")}
            assert set(seen.observed) == present


def test_the_command_writes_a_report_for_each_visit(made: Path, inside: Command, tmp_path: Path) -> None:
    study = tmp_path / "study"
    study.symlink_to(made / "files")
    assert inside("score", study, "--diagnoser", "resnik", "--visit", "1").returncode == 0
    assert (study / "score_visit_1.json").exists()
    assert not (study / "score.json").exists()


@pytest.mark.parametrize(
    ("name", "visit", "said"),
    [
        ("files", 4, "--visit 4: this study has visits 1 to 3"),
        ("lines", 9, "--visit 9: this study has visits 1 to 3"),
        ("once", 2, "--visit 2: this study has one visit; `visits = 2` in a study makes one more"),
    ],
)
def test_a_visit_that_is_not_there(made: Path, name: str, visit: int, said: str) -> None:
    with pytest.raises(InputError) as error:
        raresim.score(made / name, visit=visit)
    assert error.value.lines == (said,)


def test_answers_have_no_visit(made: Path) -> None:
    with pytest.raises(InputError, match="--visit 1: --answers is given"):
        raresim.score(made / "files", "answers.tsv", visit=1)
