"""The catalog: reading and pooling annotations, the compiled table, and that it compiles to the same bytes."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from raresim import catalog, ontology
from raresim.catalog import Annotation, GeneLink
from raresim.compile.annotations import CLASSES, Log, frequency, onset_ranges
from raresim.compile.exclusion import why_not
from raresim.compile.hpo import groups, prevalence
from raresim.compile.similar import lend
from raresim.errors import InputError
from raresim.onset import HPO_ONSET
from raresim.pooling import Frequency, Row, pool

ROOT = Path(__file__).parent.parent
KNOWN = catalog.load()


@pytest.mark.parametrize(
    ("text", "read", "logged"),
    [
        ("", Frequency(), ""),
        ("3/7", Frequency(3, 7, 3 / 7), ""),
        ("0/12", Frequency(0, 12, 0.0), ""),
        ("25%", Frequency(share=0.25), ""),
        ("7.5 %", Frequency(share=0.075), ""),
        ("HP:0040282", Frequency(share=CLASSES["HP:0040282"]), ""),
        ("HP:0040285", Frequency(share=0.0), ""),
        (" 3 / 7", Frequency(3, 7, 3 / 7), "frequency repaired"),
        ("3 of 7", Frequency(3, 7, 3 / 7), "frequency repaired"),
        ("1,200/3,000", Frequency(1200, 3000, 0.4), "frequency repaired"),
        ("10-20%", Frequency(share=0.15), "frequency repaired: middle of a range"),
        ("10%-20%", Frequency(share=0.15), "frequency repaired: middle of a range"),
        ("9/7", Frequency(), "frequency dropped: more patients with the term than"),
        ("0/0", Frequency(), "frequency dropped: no patients"),
        ("4/0", Frequency(), "frequency dropped: no patients"),
        ("11758", Frequency(), "frequency dropped: a bare number"),
        ("0.5", Frequency(), "frequency dropped: a bare number"),
        ("120%", Frequency(), "frequency dropped: above 100%"),
        ("2-Mar", Frequency(), "frequency dropped: a spreadsheet's date"),
        ("Mar-02", Frequency(), "frequency dropped: a spreadsheet's date"),
        ("-1/4", Frequency(), "frequency dropped: not a frequency"),
        ("1/2/3", Frequency(), "frequency dropped: not a frequency"),
        ("HP:0000118", Frequency(), "frequency dropped: not a frequency"),
        ("often", Frequency(), "frequency dropped: not a frequency"),
    ],
)
def test_frequencies_are_read_repaired_or_dropped_with_a_reason(text: str, read: Frequency, logged: str) -> None:
    log = Log()
    assert frequency(text, log, "OMIM:1 HP:0001250") == read
    assert list(log.counts) == ([logged] if logged else [])
    if logged:
        assert log.examples[logged] == [f"OMIM:1 HP:0001250 {text.strip()}"]


def one(*rows: Row) -> Annotation:
    (found,) = pool(rows, Log())
    return found


def test_pooling_adds_counts_and_averages_shares() -> None:
    term = "HP:0001250"
    assert one(Row(term, Frequency(1, 4, 0.25)), Row(term, Frequency(3, 6, 0.5))).frequency == 0.4
    assert one(Row(term, Frequency(1, 4, 0.25)), Row(term, Frequency(share=0.9))).frequency == 0.25
    assert one(Row(term, Frequency(share=0.2)), Row(term, Frequency(share=0.9)), Row(term, Frequency())) == Annotation(
        term, 0, 0, 0.55, "", False, ""
    )
    assert one(Row(term, Frequency())) == Annotation(term, 0, 0, None, "", False, "")
    assert one(Row(term, Frequency(0, 3, 0.0)), Row(term, Frequency(2, 5, 0.4))) == Annotation(
        term, 2, 8, 0.25, "", False, ""
    )


def test_not_and_zero_are_exclusions_unless_contradicted() -> None:
    term, log = "HP:0001250", Log()
    assert one(Row(term, Frequency(0, 3, 0.0))) == Annotation(term, 0, 3, 0.0, "", True, "")
    assert one(Row(term, Frequency(), negated=True)).excluded
    assert one(Row(term, Frequency(share=0.0))).excluded
    (found,) = pool([Row(term, Frequency(), negated=True), Row(term, Frequency(1, 2, 0.5))], log)
    assert (found.excluded, found.k, found.n) == (False, 1, 2)
    (found,) = pool([Row(term, Frequency(0, 4, 0.0)), Row(term, Frequency(share=0.5))], log)
    assert (found.excluded, found.k, found.n, found.frequency) == (False, 0, 4, 0.5)
    assert log.counts == {"term both excluded and present: taken as present": 2}


def test_pooling_keeps_sexes_apart_and_takes_the_onset_of_most_patients() -> None:
    term = "HP:0001250"
    rows = [
        Row(term, Frequency(5, 5, 1.0), sex="male", onset="HP:0003593"),
        Row(term, Frequency(1, 5, 0.2), sex="female", onset="HP:0003577"),
        Row(term, Frequency(2, 9, 0.2), sex="male", onset="HP:0003577"),
    ]
    female, male = pool(rows, Log())
    assert (female.sex, female.k, female.onset) == ("female", 1, "HP:0003577")
    assert (male.sex, male.k, male.n, male.onset) == ("male", 7, 14, "HP:0003593")


def test_pooling_does_not_depend_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(3)
    rows = [
        Row(f"HP:{t:07d}", Frequency(k, 5, k / 5) if k < 5 else Frequency(share=0.545), bool(k == 2), "", "HP:0003577")
        for t in (1, 2, 3)
        for k in range(6)
    ]
    first = pool(rows, Log())
    for _ in range(10):
        assert pool([rows[i] for i in rng.permutation(len(rows))], Log()) == first


def test_onset_ranges_are_weighted_by_patients() -> None:
    rows = [("HP:0003577", Frequency(3, 4, 0.75)), ("HP:0003593", Frequency()), ("HP:0003621", Frequency(0, 4, 0.0))]
    assert onset_ranges(rows, HPO_ONSET.get) == ((0.0, 0.0, 3.0), (28 / 365.25, 1.0, 1.0))
    assert onset_ranges([("HP:0001522", Frequency())], HPO_ONSET.get) == ()  # an age of death


def test_exact_equivalents_are_one_disease_where_that_is_one_to_one() -> None:
    log = Log()
    links = [("ORPHA:1", "OMIM:10", "E"), ("ORPHA:2", "OMIM:20", "NTBT"), ("ORPHA:3", "OMIM:30", "E")]
    links += [("ORPHA:4", "OMIM:30", "E"), ("ORPHA:5", "OMIM:50", "E")]
    hpoa = dict.fromkeys(["OMIM:10", "OMIM:20", "OMIM:30", "ORPHA:1", "ORPHA:5"])
    packets = dict.fromkeys(["ORPHA:1", "ORPHA:2", "ORPHA:3", "ORPHA:4", "ORPHA:5"])
    found = groups(hpoa, packets, links, log)  # type: ignore[arg-type]
    assert found == [
        ["OMIM:10", "ORPHA:1"],
        *(["OMIM:20"], ["OMIM:30"], ["ORPHA:2"], ["ORPHA:3"], ["ORPHA:4"]),
        ["ORPHA:5", "OMIM:50"],  # the annotations know it by its ORPHA id
    ]
    assert log.counts == {"exact equivalence not used: not one to one": 2}


def test_prevalence_of_the_best_record() -> None:
    point = {"PrevalenceType": "Point prevalence", "PrevalenceClass": "1-9 / 100 000"}
    value = {"PrevalenceType": "Point prevalence", "ValMoy": "2.5", "PrevalenceGeographic": "Worldwide"}
    assert prevalence([]) is None
    assert prevalence([{"PrevalenceType": "Annual incidence", "ValMoy": "3.0"}]) is None
    assert prevalence([point]) == pytest.approx(3e-5)
    assert prevalence([point, value]) == pytest.approx(2.5e-5)
    assert prevalence([{**point, "PrevalenceClass": "Unknown"}]) is None


def test_a_disease_without_onset_borrows_that_of_the_most_similar() -> None:
    def made(code: str, terms: list[str], onset: tuple[tuple[float, float, float], ...]) -> catalog.Disease:
        rows = tuple(Annotation(term, 0, 0, None, "", False, "") for term in terms)
        source = "HPO" if onset else ""
        return dataclasses.replace(KNOWN[0], id=code, annotations=rows, onset=onset, onset_source=source)

    heart, brain = ["HP:0001627", "HP:0001635"], ["HP:0001250", "HP:0001249"]
    diseases = [
        *(made(f"OMIM:{i}", heart, ((40.0, 60.0, 7.0),)) for i in range(10)),
        *(made(f"OMIM:{i}", brain, ((0.0, 1.0, 1.0), (1.0, 5.0, 3.0))) for i in range(10, 20)),
        made("OMIM:20", brain[:1], ()),
        made("OMIM:21", heart, ()),
        made("OMIM:22", [], ()),
    ]
    lent = lend([dataclasses.replace(d, genes=KNOWN.find("OMIM:154700").genes) for d in diseases])
    assert [d.onset for d in lent[:20]] == [d.onset for d in diseases[:20]]
    (first, second), (third,) = lent[20].onset, lent[21].onset
    assert (first[:2], second[:2], third[:2]) == ((0.0, 1.0), (1.0, 5.0), (40.0, 60.0))
    assert second[2] / first[2] == pytest.approx(3, abs=0.01)
    assert third[2] == pytest.approx(10)  # ten donors with the very same findings
    assert [d.onset_source for d in lent[19:]] == ["HPO", "similar diseases", "similar diseases", ""]


@pytest.mark.parametrize(
    ("name", "kind", "modes", "marks", "genes", "why"),
    [
        ("Some syndrome", "Disease", ["AD"], [], ["germline"], ""),
        ("Some syndrome", "Category", ["AD"], [], ["germline"], "group of diseases"),
        ("Chromosome 1p36 deletion syndrome", "", ["AD"], [], ["germline"], "chromosomal"),
        ("Ophthalmoplegia with mitochondrial DNA deletions 1", "", ["AD"], [], ["germline"], ""),
        ("Mosaic variegated aneuploidy syndrome 1", "", ["AR"], [], ["germline"], ""),
        ("Macrodactyly, somatic", "", ["AD"], [], ["germline"], "somatic"),
        ("Melanoma, susceptibility to, 3", "", ["AD"], [], ["germline"], "susceptibility"),
        ("46XY sex reversal 5", "", ["AR"], [], ["germline"], "sex development"),
        ("Some syndrome", "", ["AD"], ["polygenic"], ["germline"], "polygenic"),
        ("Some syndrome", "", ["AR"], ["digenic"], ["germline"], ""),
        ("Some syndrome", "", [], ["digenic"], ["germline"], "digenic"),
        ("Some syndrome", "", ["AD"], [], [], "no gene"),
        ("Some syndrome", "", ["AD"], [], ["modifier"], "modifier"),
        ("Some syndrome", "", ["AD"], [], ["susceptibility", "somatic"], "somatic"),
        ("Some syndrome", "", ["AD"], [], ["germline"] * 4, "many genes"),
        ("Some syndrome", "", [], [], ["germline"], "mode unknown"),
        ("Some syndrome", "", ["MT"], [], ["germline"], "mode MT is not simulated"),
    ],
)
def test_what_is_not_drawn(
    name: str, kind: str, modes: list[str], marks: list[str], genes: list[str], why: str
) -> None:
    links = [GeneLink(f"HGNC:{i}", f"G{i}", association) for i, association in enumerate(genes)]
    seen = [Annotation("HP:0001250", 1, 2, 0.5, "", False, "")]
    assert why_not("OMIM:1", name, kind, modes, marks, links, seen, False) == why
    if not why:
        assert why_not("OMIM:1", name, kind, modes, marks, links, [], False) == "no phenotype"
        assert why_not("OMIM:1", name, kind, modes, marks, links, seen, True) == "repeat expansion"


def test_the_table_says_where_it_comes_from() -> None:
    assert KNOWN.release == "2025-01-16"
    text = str(KNOWN.provenance)
    for word in ("HPO licence", "CC BY 4.0", "Orphanet", "Gargano", "sha256", "compiled_by", "DECIPHER"):
        assert word in text
    assert len(KNOWN.digest) == 64


def test_size_of_the_catalog() -> None:
    assert len(KNOWN) == 12_465
    assert sum(code.startswith("OMIM:") for codes in KNOWN.ids for code in codes) >= 8_359  # of phenotype.hpoa
    assert sum(code.startswith("ORPHA:") for codes in KNOWN.ids for code in codes) >= 4_281
    assert 6_500 < KNOWN.drawable.sum() < 7_000


def test_every_annotation_is_a_current_finding() -> None:
    hpo = ontology.load()
    numbers = {int(term[3:]): row for row, term in enumerate(hpo.ids)}
    terms = np.unique(KNOWN.columns["row_term"]).tolist()
    assert all(hpo.phenotypic[numbers[term]] for term in terms)
    c = KNOWN.columns
    assert (c["row_k"] <= c["row_n"]).all()
    assert (c["row_share"] <= 10_000).all()
    assert ((c["row_k"] == 0) | ~c["row_excluded"]).all()


def test_every_disease_is_well_formed() -> None:
    seen: set[str] = set()
    for disease in KNOWN:
        assert disease.ids[0] == disease.id
        assert not seen & set(disease.ids)
        seen |= set(disease.ids)
        assert disease.name
        assert disease.drawable == (not disease.why_not)
        keys = [(row.term, row.sex) for row in disease.annotations]
        assert keys == sorted(set(keys))
        assert all(0 <= low <= high <= 90 and weight > 0 for low, high, weight in disease.onset)
        assert (disease.onset_source in ("HPO", "Orphanet", "similar diseases")) == bool(disease.onset)
        if disease.drawable:
            assert disease.onset
            assert set(disease.modes) & set(catalog.MODES)
            assert any(link.hgnc and link.association.startswith("germline") for link in disease.genes)
            assert any(not row.excluded for row in disease.annotations)
        if "XL" in disease.modes:
            assert set(disease.modes) & {"XLD", "XLR"}


def test_known_diseases() -> None:
    marfan = KNOWN.find("OMIM:154700")
    assert marfan.ids == ("OMIM:154700", "ORPHA:284963")
    assert marfan.drawable
    assert KNOWN.find("ORPHA:284963") is marfan
    fibrosis = KNOWN.find("OMIM:219700")
    assert (fibrosis.modes, fibrosis.drawable) == (("AR",), True)
    assert [g.symbol for g in fibrosis.genes if g.association.startswith("germline")] == ["CFTR"]
    assert "modifier" in {g.association for g in fibrosis.genes}
    assert KNOWN.find("OMIM:143100").why_not == "repeat expansion"
    assert KNOWN.find("OMIM:310200").modes == ("XLR",)
    assert KNOWN.find("OMIM:312750").modes == ("XLD",)


def test_search_finds_by_gene_mode_and_text() -> None:
    found = KNOWN.search(gene="PKD1", mode="AD")
    assert "OMIM:173900" in [d.id for d in found]
    assert all("AD" in d.modes and any(g.symbol == "PKD1" for g in d.genes) for d in found)
    assert KNOWN.search(gene="HGNC:9008", mode="AD") == found
    assert [d.id for d in KNOWN.search("huntington disease-like 1")] == ["OMIM:603218"]
    assert KNOWN.search("omim:173900")[0].id == "OMIM:173900"
    assert KNOWN.search("no such disease") == []
    with pytest.raises(InputError, match="gene 'PKD11': no disease of the catalog has it; did you mean"):
        KNOWN.search(gene="PKD11")
    with pytest.raises(InputError, match="mode 'ADD': there is no such mode of inheritance; did you mean"):
        KNOWN.search(mode="ADD")


@pytest.mark.parametrize("code", ["MIM:173900", "173900", "omim:173900", "OMIM: 173900"])
def test_find_names_the_nearest_id(code: str) -> None:
    with pytest.raises(InputError, match=f"^disease '{code}': not in the catalog .*did you mean 'OMIM:"):
        KNOWN.find(code)


@pytest.mark.parametrize("code", ["MONDO:0010246", "DECIPHER:1", "UMLS:C0022716"])
def test_ids_of_other_vocabularies_are_named(code: str) -> None:
    with pytest.raises(InputError, match=f"^disease '{code}': not in the catalog .*; give its OMIM or ORPHA id$"):
        KNOWN.find(code)


def test_observed_terms_are_those_of_the_diseases() -> None:
    terms = KNOWN.observed_terms()
    for row in range(0, len(KNOWN), 17):
        assert terms[row] == [a.term for a in KNOWN[row].annotations if not a.excluded]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "table"),
    [("ontology_alt_ids", "ontology_alt_ids.tsv.gz"), ("hpo", "catalog.npz"), ("gene_facts", "gene_facts.npz")],
)
def test_tables_compile_to_the_same_bytes(module: str, table: str, shared: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", f"raresim.compile.{module}", "--shared", str(shared), "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env={"PYTHONHASHSEED": "77", "PATH": ""})
    assert (tmp_path / table).read_bytes() == (ROOT / "data" / table).read_bytes()
