"""Notes in plain English: aligned with the terms, and silent about disease and gene."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from raresim import Spec, cases, catalog, notes, ontology, words
from raresim.case import Observed, SeenMember
from raresim.phenotype import Feature, Features
from raresim.sites import Sites
from tests.command import Command, content

TERMS = ontology.load()
CATALOG = catalog.load()
NAMING = words.telling(CATALOG)
NOTHING = Sites.of([])


def member(code: str, female: bool, age: float, *rows: Feature, **more: object) -> SeenMember:
    found = SeenMember(code, female, age, True, "", "", Features(rows))
    return replace(found, **more)  # type: ignore[arg-type]


def note(*members: SeenMember, code: str = "C1") -> notes.Note:
    made = notes.note(Observed(code, "none", members, NOTHING, None), NAMING)  # type: ignore[arg-type]
    for span in made.spans:  # each span holds the words of its term
        label = TERMS.labels[TERMS.rows[span.term]]
        assert made.text[span.start : span.end].lower() == label.lower()
    return made


def seen(term: str, onset: float | None = None, *modifiers: str) -> Feature:
    return Feature(term, False, onset, "", "", modifiers=modifiers)


def absent(term: str) -> Feature:
    return Feature(term, True, None, "", "")


def test_what_a_note_says() -> None:
    rows = [seen("HP:0000508", 2.5, "HP:0012828"), seen("HP:0000501"), seen("HP:0001250", 0.0)]
    rows += [absent("HP:0001251"), absent("HP:0001252")]
    child = member("P1", True, 7.25, *rows, father="P2", mother="P3")
    father = member("P2", False, 40.0, affected=True)
    mother = member("P3", True, 38.0, affected=False)
    brother = member("P4", False, 1.5, affected=True, father="P2", mother="P3")
    made = note(child, father, mother, brother)
    text = " ".join(made.text.split())
    assert "girl of 7 years and 3 months" in text
    assert "Her father and brother of 1 year and 6 months are affected as well. Her mother is healthy." in text
    assert re.search(r"Eye: .*ptosis \(severe, since the age of 2 years and 6 months\) and glaucoma\.", text)
    assert re.search(r"Nervous system: .*seizure \(since birth\)\.", text)
    assert re.search(r" (no|not have|Not found:|No sign of) (hypotonia or )?ataxia( or hypotonia)?\.", text)
    assert {(span.term, span.excluded) for span in made.spans} == {(f.term, f.excluded) for f in rows}


@pytest.mark.parametrize(
    ("years", "words"),
    [(0.0, "0 days"), (1 / 365.25, "1 day"), (0.5, "6 months"), (1.0, "1 year"), (1.5, "1 year and 6 months")],
)
def test_ages(years: float, words: str) -> None:
    assert notes.age(years) == words
    assert notes.age(40.5) == "40 years"


def test_people() -> None:
    for female, age, who in (
        (True, 0.2, "female infant"),
        (False, 0.2, "male infant"),
        (False, 3.0, "boy"),
        (True, 30.0, "woman"),
        (False, 30.0, "man"),
    ):
        text = note(member("P1", female, age)).text
        assert f"{who} of" in text
        assert "No relative is examined." in text
        assert "No abnormal finding is recorded." in text


def test_labels_in_a_sentence() -> None:
    assert words.in_sentence("Seizure") == "seizure"
    assert words.in_sentence("EEG abnormality") == "EEG abnormality"
    assert words.in_sentence("2-3 toe syndactyly") == "2-3 toe syndactyly"
    assert words.in_sentence("Chiari malformation") == "Chiari malformation"
    assert words.in_sentence("B Acute Lymphoblastic Leukemia") == "B acute lymphoblastic leukemia"
    assert words.in_sentence("Anti-Glutamate Receptor delta2 antibody") == "anti-glutamate receptor delta2 antibody"
    assert words.in_sentence("Aplasia/Hypoplasia of the Epiglottis") == "aplasia/hypoplasia of the epiglottis"
    assert words.in_sentence("3-Methylglutaconic aciduria") == "3-methylglutaconic aciduria"
    assert words.in_sentence("Bence Jones Proteinuria") == "Bence Jones proteinuria"
    assert words.in_sentence("Bell-shaped thorax") == "bell-shaped thorax"
    assert words.in_sentence("Absent Bell phenomenon") == "absent Bell phenomenon"
    assert words.in_sentence("In situ pulmonary artery thrombosis") == "in situ pulmonary artery thrombosis"
    assert words.in_sentence("No social interaction") == "no social interaction"
    assert words.in_sentence("Recurrent Aspergillus infections") == "recurrent Aspergillus infections"


def test_no_word_but_names_and_acronyms_has_a_capital_inside_a_sentence() -> None:
    small = {w for label in TERMS.labels for w in re.findall(r"(?<![A-Za-z])[a-z]{3,}(?![A-Za-z])", label)}
    for label in TERMS.labels:
        for word in words.WORD.findall(words.in_sentence(label)):
            assert word in words.NAMES | words.GENERA or word.lower() not in small, label


def test_what_names_a_disease_or_a_gene_is_called_by_what_is_above() -> None:
    assert "gastroesophageal reflux" in map(str.lower, CATALOG.names)
    reflux, cells = TERMS.rows["HP:0002020"], next(i for i, x in enumerate(TERMS.labels) if "CD4+ T cell prop" in x)
    for row in (reflux, cells):
        made = note(member("P1", True, 9.0, seen(TERMS.ids[row])))
        assert TERMS.labels[row].lower() not in made.text.lower()
        (span,) = made.spans
        assert TERMS.is_ancestor(TERMS.rows[span.term], row)
    both = note(member("P1", True, 9.0, seen("HP:0002020"), seen(made_of("HP:0002020"))))
    assert len(both.spans) == 1  # what is above is recorded by itself as well


def test_an_excluded_name_of_a_disease_is_left_out() -> None:
    """Cerebral visual impairment is not there: that says nothing of visual impairment."""
    for label in ("Ciliary dyskinesia", "Gastroesophageal reflux"):
        row = TERMS.labels.index(label)
        assert row in NAMING
        made = note(member("P1", True, 9.0, seen("HP:0000501"), absent(TERMS.ids[row])))
        assert [span.term for span in made.spans] == ["HP:0000501"]
    assert TERMS.labels.index("Cataract") not in NAMING


def made_of(term: str) -> str:
    (span,) = note(member("P1", True, 9.0, seen(term))).spans
    return span.term


def test_thousands_of_cases_name_neither_disease_nor_gene() -> None:
    """Every disease of the catalog once: its ids, names and symbols are searched for in a note of all its terms."""
    rng = np.random.default_rng(1)
    searched = 0
    for row in rng.choice(len(CATALOG), 3000, replace=False).tolist():
        disease = CATALOG[row]
        found = [(TERMS.finding(a.term)[0], a.excluded) for a in disease.annotations]
        rows = [Feature(term, excluded, None, "", "") for term, excluded in dict(found).items() if term]
        text = note(member("P1", bool(row % 2), 8.0, *rows), code=f"C{row}").text
        assert not [symbol for symbol in (g.symbol for g in disease.genes) if re.search(rf"\b{symbol}\b", text)]
        assert f" {disease.name.lower()} " not in f" {' '.join(re.split(r'[^a-z0-9-]+', text.lower()))} "
        assert not any(code in text for code in disease.ids)
        searched += len(rows)
    assert searched > 30_000


def test_no_label_that_is_said_names_a_disease_a_gene_or_a_protein(shared: Path) -> None:
    """Every label against every name of Orphanet and HPO, every symbol, and the proteins of disease genes."""
    listed = gzip.decompress((shared / "hpo" / "orphapackets.jsonl.gz").read_bytes()).splitlines()
    rows = gzip.decompress((shared / "hpo" / "phenotype.hpoa.gz").read_bytes()).decode().splitlines()
    names = {*CATALOG.names, *(json.loads(line)["label"] for line in listed)}
    names |= {line.split("\t")[1] for line in rows if not line.startswith("#")}
    known = {" ".join(re.findall("[a-z0-9]+", part.lower())) for name in names for part in (name, name.split(";")[0])}
    said = [label for row, label in enumerate(TERMS.labels) if TERMS.phenotypic[row] and row not in NAMING]
    assert len(said) > 15_000
    for label in said:
        parts = re.findall("[a-z0-9]+", label.lower())
        pieces = {" ".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)}
        assert not pieces & known, label
        assert not set(re.findall(r"[A-Za-z0-9]+", label)) & CATALOG.symbols.keys(), label
    for part in ("Gaucher", "Lewy bodies", "ceruloplasmin", "hexosaminidase", "factor VIII", "arylsulfatase"):
        assert any(part in label for label in TERMS.labels)
        assert not any(part in label for label in said)
    for label in ("Seizure", "Babinski sign", "Increased body weight", "Aphasia"):
        assert label in said


def test_files_of_a_study(tmp_path: Path, inside: Command) -> None:
    words = ["run", "-q", "-n", "8", "--set", "genome=none", "--set", 'output=["note", "truth"]']
    assert inside(*words, "-o", "a", "-w", "1").returncode == 0
    assert inside(*words, "-o", "b", "-w", "2").returncode == 0
    texts = sorted((tmp_path / "a" / "observed" / "notes").glob("*.txt"))
    assert len(texts) == 8
    assert content(tmp_path / "a" / "observed") == content(tmp_path / "b" / "observed")
    for path in texts:
        text = path.read_text(encoding="utf-8")
        head, *rows = [line.split("\t") for line in path.with_suffix(".tsv").read_text(encoding="utf-8").splitlines()]
        assert head == ["start", "end", "term", "excluded", "text"]
        assert rows
        for start, end, term, excluded, said in rows:
            assert text[int(start) : int(end)] == said
            assert excluded in ("yes", "no")
            assert term in TERMS.rows
        assert path.stem not in text


def test_notes_of_drawn_cases_say_all_terms() -> None:
    for case in cases(Spec(genome="none", cases=30, pedigree="trio")):
        made = notes.note(case.observed, NAMING)
        features = case.observed.members[0].features
        assert features is not None
        want = {(f.term, f.excluded) for f in features.rows if TERMS.rows[f.term] not in NAMING}
        assert want <= {(span.term, span.excluded) for span in made.spans}
        starts = [span.start for span in made.spans]
        assert starts == sorted(starts)
