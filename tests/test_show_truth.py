"""``raresim show --truth``: where everything comes from; without it nothing of the answer."""

from __future__ import annotations

import csv
from pathlib import Path

import orjson
import pytest

import raresim
from raresim import InputError
from raresim.shell.show import shown
from raresim.spec import Spec

Row = dict[str, str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("show") / "out"
    study = {"seed": 5, "cases": 30, "genome": "none", "pedigree": "trio", "visits": 2, "controls": 0.2}
    raresim.run(Spec.from_dict(study | {"noise": {"omission": 0.2, "up": 0.2}, "record": {"modifiers": True}}), folder)
    return folder


def rows(folder: Path, table: str) -> list[Row]:
    """The rows of a truth table."""
    _, *lines = (folder / "truth" / f"{table}.tsv").read_text().splitlines()
    return list(csv.DictReader(lines, delimiter="\t"))


def answers(folder: Path) -> dict[str, tuple[str, str]]:
    """What is shown of each case without the answer, and the answer."""
    out = {}
    for row in rows(folder, "cases"):
        seen = "\n".join(shown(folder, row["case"]))
        whole = "\n".join(shown(folder, row["case"], truth=True))
        assert whole.startswith(seen)
        out[row["case"]] = seen, whole[len(seen) :]
    return out


def test_every_term_has_its_source(made: Path) -> None:
    found = answers(made)
    probands = {row["person"] for row in rows(made, "members") if row["role"] == "proband"}
    terms = [row for row in rows(made, "terms") if row["person"] in probands and row["visit"] == "2"]
    assert len(terms) > 100
    for row in terms:
        sign = "-" if row["excluded"] == "yes" else "+"
        line = next(line for line in found[row["case"]][1].splitlines() if line.startswith(f"    {sign} {row['term']}"))
        assert line.startswith(f"    {sign} {row['term']}  {row['label']}: {row['source']}")
        assert row["change"] in line
        assert row["annotation"] in line or row["source"] in ("exact", "annotated")
    text = "".join(answer for _, answer in found.values())
    for word in (
        "unrelated",
        "ancestor of HP:",
        "changed by up",
        "omission took away HP:",
        "visit 1 of 2",
        "not yet HP:",
    ):
        assert word in text, word


def test_disease_mode_and_severity(made: Path) -> None:
    found = answers(made)
    for row in rows(made, "cases"):
        answer = found[row["case"]][1]
        if row["status"] == "control":
            assert "  a control: no disease; complaints since " in answer
            assert "severity" not in answer
        else:
            assert f"  {row['disease']} {row['disease_name']}, {row['mode']}, gene {row['gene']}, onset at" in answer
            assert f"drawn by {row['inheritance']}" in answer
    for member in rows(made, "members"):
        assert (member["severity"] != "") == (member["affected"] == "yes")
        if member["severity"]:
            assert f"severity {float(member['severity']):+.2f} SD" in found[member["case"]][1]


def test_nothing_of_the_answer_without_truth(made: Path) -> None:
    found = answers(made)
    for row in rows(made, "cases"):
        seen = found[row["case"]][0]
        for word in ("Truth", "severity", "unrelated", "exact", "visit", row["disease"] or "OMIM:", "omission"):
            assert word not in seen, word
        family = orjson.loads((made / "observed" / "families" / f"{row['case']}.json").read_bytes())
        people = [family["proband"], *family["relatives"]]
        features = [feature for person in people for feature in person.get("phenotypicFeatures", ())]
        assert seen.count(", since ") == sum("onset" in feature for feature in features)
        assert seen.count("  HP:") == len(features)


def test_everybody_is_shown_without_vcf_files(made: Path, tmp_path: Path) -> None:
    """Pedigree and terms of all members, from the families, one file or many; the pedigree alone from the PED."""
    people = {(row["case"], row["person"]): row for row in rows(made, "members")}
    study = {"seed": 5, "cases": 30, "genome": "none", "pedigree": "trio", "visits": 2, "controls": 0.2}
    study |= {"noise": {"omission": 0.2, "up": 0.2}, "record": {"modifiers": True}}
    lines: dict[str, object] = {"kind": "phenopackets_jsonl", "families": True}
    raresim.run(Spec.from_dict(study | {"output": [lines]}), tmp_path / "lines")
    raresim.run(Spec.from_dict(study | {"output": ["phenopackets_jsonl", "ped"]}), tmp_path / "ped")
    for case in {case for case, _ in people}:
        seen = shown(made, case)
        assert shown(tmp_path / "lines", case) == seen
        bare = shown(tmp_path / "ped", case)
        for (_, code), row in ((key, row) for key, row in people.items() if key[0] == case):
            for text in (seen, bare):
                (line,) = [line for line in text[1:4] if f" {code} " in line]
                assert row["role"] in line
                assert f" {row['sex']}, " in line
        found = {r["person"] for r in rows(made, "terms") if r["case"] == case and r["excluded"] == "no"}
        others = sum(people[case, code]["role"] != "proband" for code in found)
        assert sum(line.startswith("Terms observed of the ") for line in seen) == others
    (tmp_path / "ped" / "observed" / "families.jsonl").write_text(f'{{"id": "{case}", "relatives": 3}}\n')
    with pytest.raises(InputError, match="not a GA4GH Family"):
        shown(tmp_path / "ped", case)


def test_a_study_whose_truth_is_elsewhere(made: Path, tmp_path: Path) -> None:
    (tmp_path / "observed").symlink_to(made / "observed")
    assert shown(tmp_path, "1")
    with pytest.raises(InputError, match="the truth is not here"):
        shown(tmp_path, "1", truth=True)
