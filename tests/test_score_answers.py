"""Files of answers: headings, numbers, directions, duplicates, and what bad input gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from raresim.errors import InputError
from raresim.score import answers, metrics, names

CASES = {"c1", "c2", "c3"}
GENES = [("BRCA1", "HGNC:1100", "ENSG00000012048", "672"), ("FBN1", "HGNC:3603", "ENSG00000166147", "2200")]
NAMES = names.make(GENES, [("OMIM:154700", "ORPHA:558"), ("OMIM:1",)], [("MFS1", "FBN1"), ("BRCA1", "FBN1")])


def _read(tmp_path: Path, text: str, **more: bool) -> answers.Answers:
    path = tmp_path / "answers.tsv"
    path.write_text(text)
    return answers.read(path, CASES, NAMES, **more)


def _place(given: answers.Answers, case: str, truth: str) -> metrics.Place:
    lines = given.lines[case]
    entries = [(line.key, gene) for line in lines for gene in line.genes]
    return metrics.place(entries, frozenset({truth}), [line.key for line in lines] if given.ranked else None)


def _lines(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        _read(tmp_path, text)
    return caught.value.lines


def test_duplicates_and_shared_ranks(tmp_path: Path) -> None:  # field report S02
    text = """case\trank\tgene\nc1\t1\tA1\nc1\t2\tA1\nc1\t3\tTRUE1\nc1\t4\tTRUE1
c2\t1\tB1;TRUE2\nc2\t2\tB2\nc3\t1\tC1\nc3\t1\tTRUE3\nc3\t3\tC2\n"""
    given = _read(tmp_path, text)
    assert _place(given, "c1", "TRUE1") == metrics.Place(1, 1)  # the second distinct gene
    assert _place(given, "c2", "TRUE2") == metrics.Place(0, 2)  # two genes at one rank: 1.5, at worst 2
    assert _place(given, "c2", "B2") == metrics.Place(2, 1)
    assert _place(given, "c3", "TRUE3") == metrics.Place(0, 2)
    assert _place(given, "c3", "C2") == metrics.Place(2, 1)


P_VALUES = "case\tscore\tgene\nc1\t0.0001\tTRUE1\nc1\t0.2\tA1\nc1\t1e-300\tA2\n"


def test_broken_numbers_are_named_by_line(tmp_path: Path) -> None:  # field report S04
    lines = _lines(tmp_path, P_VALUES + "c1\tinf\tA3\nc2\tNaN\tTRUE2\nc2\t0,5\tB1\n")
    assert [line.partition("line ")[2][:2] for line in lines] == ["5:", "6:", "7:"]
    assert "'0,5' is not a finite number" in lines[2]


def test_direction_is_a_flag_or_a_heading(tmp_path: Path) -> None:  # field report S04
    assert _place(_read(tmp_path, P_VALUES, lower_is_better=True), "c1", "TRUE1") == metrics.Place(1, 1)
    assert _place(_read(tmp_path, P_VALUES), "c1", "TRUE1") == metrics.Place(1, 1)  # 0.2 is before it
    named = P_VALUES.replace("score", "P-VALUE")
    assert _place(_read(tmp_path, named), "c1", "A2") == metrics.Place(0, 1)
    assert _place(_read(tmp_path, named), "c1", "A1") == metrics.Place(2, 1)
    assert _place(_read(tmp_path, P_VALUES), "c1", "A1") == metrics.Place(0, 1)


def test_a_header_and_no_row(tmp_path: Path) -> None:  # field report S05
    header = "#RANK\tID\tGENE_SYMBOL\tENTREZ_GENE_ID\tMOI\tP-VALUE\tEXOMISER_GENE_COMBINED_SCORE\n"
    given = _read(tmp_path, header)
    assert (given.lines, given.ranked, given.levels) == ({}, True, ("gene",))


def test_a_folder_with_a_file_for_each_case(tmp_path: Path) -> None:
    header = "#RANK\tID\tGENE_SYMBOL\tENTREZ_GENE_ID\tMOI\tP-VALUE\tEXOMISER_GENE_COMBINED_SCORE\n"
    (tmp_path / "c1-exomiser.genes.tsv").write_text(header + "1\tFBN1_AD\tFBN1\t2200\tAD\t0.01\t0.9\n")
    (tmp_path / "c2-exomiser.genes.tsv").write_text(header)
    given = answers.read(tmp_path, CASES, NAMES)
    assert list(given.lines) == ["c1"]
    assert given.lines["c1"][0].genes == (NAMES.gene("FBN1"),)


def test_a_file_without_a_case(tmp_path: Path) -> None:
    assert "no column is called 'case'" in _lines(tmp_path, "rank\tgene\n1\tFBN1\n")[0]


def test_comment_lines_blank_lines_bom_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(b"\xef\xbb\xbf! LIRICAL\r\ncase\tscore\tdiseaseCurie\r\n\r\nc1\t2.5\tORPHA:558\r\n")
    assert answers.read(path, CASES, NAMES).lines["c1"][0].diseases == ("OMIM:154700",)


FBN1 = [
    "FBN1",
    "fbn1",
    "HGNC:3603",
    "hgnc:3603",
    "ENSG00000166147",
    "ENSG00000166147.18",
    "2200",
    "NCBIGene:2200",
    "MFS1",
]


@pytest.mark.parametrize("name", FBN1)
def test_a_gene_by_any_name(name: str) -> None:
    assert NAMES.gene(name) == NAMES.gene("FBN1")


def test_a_current_symbol_is_never_taken_for_an_old_one() -> None:
    assert NAMES.gene("BRCA1") == NAMES.gene("672") != NAMES.gene("FBN1")


MARFAN = ["OMIM:154700", "omim:154700", "MIM:154700", "154700", "ORPHA:558", "Orphanet:558", "ORPHANET:558"]


@pytest.mark.parametrize("name", MARFAN)
def test_a_disease_by_any_id(name: str) -> None:
    assert NAMES.disease(name) == "OMIM:154700"


def test_bare_digits_take_the_prefix_of_their_heading(tmp_path: Path) -> None:
    given = _read(tmp_path, "case\tscore\thgnc_id\torpha\nc1\t1\t3603\t558\n")
    assert given.lines["c1"][0].genes == (NAMES.gene("FBN1"),)
    assert given.lines["c1"][0].diseases == ("OMIM:154700",)


def test_unknown_names_are_kept_as_wrong_answers_and_reported(tmp_path: Path) -> None:
    given = _read(tmp_path, "case\trank\tgene\nc1\t1\tLINC01234\nc1\t2\tFBN1\n")
    assert given.unknown == ("LINC01234",)
    assert _place(given, "c1", NAMES.gene("FBN1")) == metrics.Place(1, 1)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "the file is empty"),
        ("case,rank,gene\nc1,1,FBN1\n", "no tab in the header"),
        ("case\tgene\nc1\tFBN1\n", "no column 'rank', 'score' or 'p_value'"),
        ("case\trank\nc1\t1\n", "no column 'gene' or 'disease'"),
        ("case\trank\tgene\nC1\t1\tFBN1\n", "line 2: case: no case of this study is called 'C1'; did you mean 'c1'?"),
        ("case\trank\tgene\n\t1\tFBN1\n", "line 2: case: no case of this study is called ''"),
        ("case\trank\tgene\nc1\t0\tFBN1\n", "line 2: rank: 0: ranks count from 1"),
        ("case\trank\tgene\nc1\t1e300\tFBN1\n", "line 2: rank: 1e300: ranks go up to 1,000,000,000"),
        ("case\trank\tgene\nc1\t\u0663\tFBN1\n", "line 2: rank: '\u0663' is not a finite number"),
        ("case\trank\tgene\nc1\t1st\tFBN1\n", "line 2: rank: '1st' is not a finite number"),
        ("case\tscore\tgene\nc1\t1e999\tFBN1\n", "line 2: score: '1e999' is not a finite number"),
        ("case\tscore\tgene\nc1\t\tFBN1\n", "line 2: score: '' is not a finite number"),
        ("case\tscore\tgene\nc1\t1_0\tFBN1\n", "line 2: score: '1_0' is not a finite number"),
        ("case\tp_value\tgene\nc1\t1.2\tFBN1\n", "line 2: p_value: 1.2: a p-value lies between 0 and 1"),
        ("case\trank\tgene\nc1\t1\t-\n", "line 2: names neither a gene nor a disease"),
        ("case\trank\tgene\nc1\n", "line 2: 1 columns where the header has 3"),
        ("case\trank\tgene\nc1\t1\tFBN1\tx\n", "line 2: 4 columns where the header has 3"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, wanted: str) -> None:
    (line,) = _lines(tmp_path, text)
    assert wanted in line
    assert line.startswith("--answers: ")


def test_two_mistakes_of_one_line(tmp_path: Path) -> None:
    lines = _lines(tmp_path, "case\tscore\tgene\npatient17\tinf\tFBN1\n")
    assert [": case: " in line for line in lines] == [True, False]
    assert all("line 2" in line for line in lines)


def test_all_mistakes_at_once_but_not_a_thousand(tmp_path: Path) -> None:
    lines = _lines(tmp_path, "case\trank\tgene\n" + "x\t1\tFBN1\n" * 1000)
    assert len(lines) == 21
    assert lines[-1].endswith("and more mistakes, not listed")


def test_a_missing_file_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        answers.read(tmp_path / "none.tsv", CASES, NAMES)
    (tmp_path / "b.tsv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not a text file in UTF-8"):
        answers.read(tmp_path / "b.tsv", CASES, NAMES)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"holds no \.tsv file"):
        answers.read(tmp_path / "empty", CASES, NAMES)


def test_files_of_one_folder_agree_on_rank_or_score(tmp_path: Path) -> None:
    (tmp_path / "c1.tsv").write_text("rank\tgene\n1\tFBN1\n")
    (tmp_path / "c2.tsv").write_text("score\tgene\n1\tFBN1\n")
    with pytest.raises(InputError, match="give one kind"):
        answers.read(tmp_path, CASES, NAMES)
