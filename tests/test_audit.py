"""The leak audit finds planted leaks, and nothing where there is nothing."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from raresim.audit import call_features, classifier, compare, matching
from raresim.audit.file_features import NAMES
from raresim.audit.leaks import audit
from raresim.errors import InputError
from tests import audit_tables

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def clean() -> compare.Study:
    return audit_tables.study()


def test_nothing_is_found_where_nothing_is(clean: compare.Study) -> None:
    report = compare.report(clean)
    assert report.passed, report.text()
    assert report.planted == 200
    assert len(report.parts) == 6
    assert len(report.guesses) == 6
    assert report.first.alleles == 200
    assert report.first.relabelled == pytest.approx(1 / 21)
    text = report.text()
    assert text.endswith("nothing but biology gives the answer away")
    data = json.loads(report.to_json())
    assert data["passed"] is True
    assert [part["passed"] for part in data["parts"]] == [True] * 6


@pytest.mark.parametrize("share", [1.0, 0.1], ids=["every case", "a tenth of the cases"])
@pytest.mark.parametrize("name", audit_tables.LEAKS)
def test_a_planted_leak_is_found(clean: compare.Study, name: str, share: float) -> None:
    table = audit_tables.leaking(clean, name, share).table
    figure = compare.separated(table, compare.questions(table)[audit_tables.PARTS.get(name, compare.TEXT)])[0]
    assert not figure.passed
    assert figure.auc > 0.9 if share == 1 else figure.tpr >= share / 2


def test_a_planted_record_that_always_ranks_first(clean: compare.Study) -> None:
    table = audit_tables.leaking(clean, "an ID", 1.0).table
    everything = np.arange(len(table))
    scores = compare.separated(table, compare.questions(table)[compare.CALLS], everything)[1]
    first = compare.ranks(table, scores)
    assert first.share > 0.9
    assert not first.passed
    assert not compare.LeakReport(200, 200, 0, (), first, ()).passed


@pytest.mark.parametrize("cases", [1, 4, 15])
def test_too_few_cases_are_refused_with_the_number_that_is_needed(cases: int) -> None:
    with pytest.raises(InputError, match=f"^audit leaks: {cases} cases with {cases} planted .* and 20 are needed") as e:
        compare.report(audit_tables.study(cases, background=40))
    assert len(e.value.lines) == 1


def test_no_planted_allele_is_refused(clean: compare.Study) -> None:
    background = replace(clean, table=clean.table.take(~clean.table.planted))
    with pytest.raises(InputError, match="200 cases with 0 planted alleles are too few"):
        compare.report(background)


def test_what_can_be_compared_is_reported() -> None:
    report = compare.report(audit_tables.study(24, background=4))
    assert [row.name for row in report.few] == [compare.CALLS]
    assert compare.CALLS not in [part.name for part in report.parts]
    assert len(report.parts) == 5
    assert "too few, not compared" in report.text()
    assert report.text().endswith("as far as it could be compared") or not report.passed


def test_files_that_tell_the_answer(clean: compare.Study) -> None:
    files = clean.files.copy()
    files[:, NAMES.index("code_0")] = [fact.mode == "AR" for fact in clean.facts]
    files[:, NAMES.index("vcf_bytes")] = [fact.coding for fact in clean.facts]
    found = {guess.what: guess for guess in compare.guesses(replace(clean, files=files))}
    for what in ("mode: recessive", "gene: length"):
        assert found[what].auc > 0.9
        assert not found[what].passed
    assert found["disease: number"].passed


def test_area_is_the_share_of_pairs() -> None:
    rng = default_rng(3)
    score = rng.integers(0, 6, 60)
    label = rng.random(60) < 0.4
    weight = rng.random(60)
    wins = total = 0.0
    for i in np.flatnonzero(label):
        for j in np.flatnonzero(~label):
            total += weight[i] * weight[j]
            wins += weight[i] * weight[j] * ((score[i] > score[j]) + 0.5 * (score[i] == score[j]))
    order = np.argsort(score, kind="stable")
    tie = np.unique(score[order], return_inverse=True)[1]
    assert classifier.area(label[order], weight[order], tie) == pytest.approx(wins / total)


def test_true_positives_above_one_background_record_in_a_thousand() -> None:
    label = np.zeros(2010, np.bool_)
    label[[0, 5, 2003, 2007, 2009]] = True  # background records above them: all, all but 4, 4, 1, none; 2 are allowed
    scores, weight = np.arange(2010.0), np.ones(2010)
    background = np.flatnonzero(~label)
    assert len(background) == 2005
    assert classifier.true_positives(scores, label, weight) == pytest.approx(2 / 5)
    assert classifier.true_positives(np.zeros(2010), label, weight) == 0


def test_strata_weigh_the_same() -> None:
    label = np.array([1] * 3 + [0] * 200 + [1] * 2 + [0] * 10 + [1] * 50 + [0] * 10 + [1] + [0] * 3, np.bool_)
    stratum = np.repeat([0, 1, 2, 3], [203, 12, 60, 4])
    rows, weight = matching.matched(label, stratum, 1)
    assert set(stratum[rows].tolist()) == {0, 1}  # stratum 2 has one background record for five, stratum 3 has three
    for name, planted in ((0, 3), (1, 2)):
        here = stratum[rows] == name
        assert weight[here & label[rows]].sum() == planted
        assert weight[here & ~label[rows]].sum() == pytest.approx(planted)
    assert (~label[rows[stratum[rows] == 0]]).sum() == 3 * matching.CONTROLS


LINE = (
    "chr1 101 . A G 812.5 PASS AC=2;AF=0.333333;AN=6;CSQ=G|x GT:AD:DP:GQ:PL "
    "0/0:30,0:30:90:0,90,1200 0/1:20,18:38:99:500,0,600"
)


def test_a_record_as_features() -> None:
    cells = [*LINE.split(" "), "./.:0,0:0:.:."]
    found = dict(zip(call_features.NAMES, call_features.numbers(cells, [10, 9, 11], 101, 99, 101), strict=True))
    assert found["QUAL"] == 812.5
    assert (found["after_previous"], found["before_next"], found["at_previous"], found["at_next"]) == (1, 1, 0, 1)
    assert found["proband_balance"] == pytest.approx(18 / 38)
    assert (found["proband_DP"], found["father_DP"], found["mother_DP"]) == (38, 30, 0)
    assert (found["proband_PL_2"], found["father_PL_1"]) == (600, 90)
    assert (found["father_DP_minus_AD"], found["father_GQ_minus_PL"], found["proband_GQ_minus_PL"]) == (0, 0, 0)
    assert np.isnan(found["mother_GQ"])
    assert call_features.genotype(cells, [10, 9, 11]) == "0/1 0/0 ./."
    assert call_features.shapes(cells, [10, 9]) == [
        *(".", "9.9", "PASS", "AC=9;AF=9;AN=9;CSQ", "GT:AD:DP:GQ:PL", "9/9:9,9:9:9:9,9,9 9/9:9,9:9:9:9,9,9")
    ]


def test_one_sample_has_no_parents() -> None:
    values = call_features.numbers(LINE.split(" "), [10], 101, None, None)
    assert len(values) == len(call_features.NAMES)
    assert np.isnan(values[call_features.NAMES.index("father_DP")])


def test_texts_as_numbers() -> None:
    texts = np.array([["a", "x"], ["b", "x"], ["b", "y"]], object)
    assert call_features.coded(texts).tolist() == [[1, 0], [0, 0], [0, 1]]


def test_a_feature_that_no_training_row_has() -> None:
    """As in a small study without parents: scores are those of the other features."""
    rng = default_rng(4)
    label, group = rng.random(80) < 0.5, np.arange(80)
    told = (label + rng.normal(0, 0.3, 80)).astype(np.float32)
    blank = np.full(80, np.nan, np.float32)
    with_it, without = (
        classifier.out_of_fold(features, label, np.ones(80), group, 1)[0]
        for features in (np.stack([told, blank], 1), told[:, None])
    )
    assert (with_it == without).all()
    assert with_it[label].mean() > with_it[~label].mean() + 1


def test_a_folder_that_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no study.toml or no observed/vcf; give the folder that `raresim run` wrote"):
        audit(tmp_path)


def test_without_scikit_learn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(InputError, match=r"scikit-learn is not installed; pip install 'raresim-dx\[audit\]'"):
        audit(tmp_path)
