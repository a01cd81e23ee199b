"""Scoring a study folder: what is read, what is counted, what is said, and what bad input gets."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pysam
import pytest

from raresim import ontology
from raresim.errors import InputError
from raresim.score import database, metrics, observation, run, seen_packets, truth_table, vcf_columns
from raresim.score.metrics import NAMES, Place
from raresim.score.report import Ranked, build
from raresim.score.truth_table import TrueCase
from raresim.sites import Sites, Variant
from raresim.streams import stream
from tests import fake_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    fake_study.make(folder, fake_study.MIXED)
    return folder


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred cases of phenopackets alone."""
    folder = tmp_path_factory.mktemp("packets")
    fake_study.make(folder, (fake_study.Plan("AD", True, True),) * 100, vcf=False)
    return folder


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "load_knowledge", fake_study.knowledge)


def test_the_place_is_that_of_all_answers() -> None:
    """Only the answers not behind the truth are looked at: the place is as if all were."""
    rng = stream(1, "place")
    for _ in range(200):
        size = int(rng.integers(0, 30))
        scores, given = rng.integers(0, 6, size).tolist(), [f"G{n}" * bool(n) for n in rng.integers(0, 12, size)]
        truth = frozenset({f"g{n}" for n in rng.integers(1, 15, 2)})
        every = [(-score, text.lower()) for score, text in zip(scores, given, strict=True) if text]
        assert run._placed(scores, given, str.lower, truth) == metrics.place(every, truth)


def _answers(folder: Path, study: Path, cases: int) -> Path:
    """Write the true gene at rank 2 and the true disease at rank 1 for the first cases."""
    lines = ["case\trank\tgene\tdisease"]
    for case in truth_table.read(study)[:cases]:
        lines += [f"{case.code}\t1\tWRONG\t{case.diseases[-1]}", f"{case.code}\t2\t{case.genes[0]}\tOMIM:0"]
    path = folder / "mine.tsv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.usefixtures("known")
def test_three_diagnosers_on_a_study(study: Path) -> None:
    report = run.score(study)
    assert {(r.ranker, r.level) for r in report.rows} == {(d, x) for d in run.DIAGNOSERS for x in ("gene", "disease")}
    assert report.row("combined").metrics["mrr"][0] > 0.5
    assert report.row("combined").cases == len(fake_study.MIXED)
    assert report.row("combined", group="detectable").cases == len(fake_study.MIXED) - 1
    assert {row.group for row in report.rows} == {"all", "detectable", "AD", "AR", "XLR"}
    assert sum(report.row("resnik", group=mode).cases for mode in ("AD", "AR", "XLR")) == len(report.cases)


@pytest.mark.usefixtures("known")
def test_any_number_of_workers_gives_the_same_report(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "WORTH", 1)
    assert run.score(study, workers=2).to_json() == run.score(study).to_json()


@pytest.mark.usefixtures("known")
def test_the_report_is_json(study: Path) -> None:
    report = run.score(study, diagnosers=["resnik"])
    data = json.loads(report.to_json())
    assert data["schema"] == "raresim-score 1"
    assert set(data["scores"][0]["metrics"]) == set(NAMES)
    assert data["knowledge"]["diagnosers"]["name"] == "shipped"
    assert data["knowledge"]["same"] is None  # this study has no manifest


def test_diagnosers_read_nothing_but_what_is_observed(study: Path, tmp_path: Path) -> None:
    """The answers are the same when the truth is not there at all."""
    copy = tmp_path / "copy"
    shutil.copytree(study, copy)
    knowledge = fake_study.knowledge(copy)
    shutil.rmtree(copy / "truth")
    code = seen_packets.codes(copy)[0]
    seen = observation.read(copy, code, knowledge)
    other = observation.read(study, code, knowledge)
    for name in run.DIAGNOSERS:
        _, diagnoser = run._diagnoser(name)
        assert diagnoser.rank(seen, knowledge) == diagnoser.rank(other, knowledge)


def test_unanswered_cases_are_in_every_denominator(packets: Path, tmp_path: Path) -> None:  # field report S03
    report = run.score(packets, _answers(tmp_path, packets, 90))
    lost = [case.code for case in report.cases[90:]]
    for level, mrr in (("gene", 0.5 * 0.9), ("disease", 0.9)):
        row = report.row("mine", level)
        assert (row.cases, row.answered) == (100, 90)
        assert row.metrics["mrr"][0] == pytest.approx(mrr)
        assert row.metrics["top3"][0] == pytest.approx(0.9)
    assert [part.unanswered for part in report.ranked] == [tuple(lost), tuple(lost)]
    assert lost[0] in report.table()
    assert "10 cases without an answer" in report.table()


def test_an_empty_answer_file_is_no_crash(packets: Path, tmp_path: Path) -> None:  # field report S05
    path = tmp_path / "empty_exomiser.tsv"
    path.write_text("#RANK\tID\tGENE_SYMBOL\tENTREZ_GENE_ID\tMOI\tP-VALUE\tEXOMISER_GENE_COMBINED_SCORE\n")
    report = run.score(packets, path)
    (part,) = report.ranked
    assert len(part.unanswered) == 100
    assert report.row("empty_exomiser").metrics["mrr"] == (0.0, 0.0, 0.0)


def test_answers_by_any_equivalent_id(packets: Path, tmp_path: Path) -> None:
    case = truth_table.read(packets)[0]
    path = tmp_path / "mine.tsv"
    for name in case.genes:
        path.write_text(f"case\tscore\tgene\n{case.code}\t1\t{name}\n")
        assert run.score(packets, path).ranked[0].places[case.code] == Place(0, 1)
    for name in case.diseases:
        path.write_text(f"case\tscore\tdisease\n{case.code}\t1\t{name}\n")
        assert run.score(packets, path).ranked[0].places[case.code] == Place(0, 1)


def test_a_study_without_variants_scores_phenotypes_and_says_so(tmp_path: Path) -> None:
    fake_study.make(tmp_path, fake_study.MIXED, vcf=False)
    report = run.score(tmp_path)
    assert {row.ranker for row in report.rows} == {"resnik"}
    assert [note.partition(":")[0] for note in report.notes] == ["variant_only", "combined"]
    with pytest.raises(InputError, match="give a diagnoser of phenotypes"):
        run.score(tmp_path, diagnosers=["combined"])


SCRIPT = """
import sys
from pathlib import Path
from raresim.score import run
from tests import fake_study
run.load_knowledge = fake_study.knowledge
report = run.score(Path(sys.argv[1]))
sys.stdout.buffer.write(report.to_json() + report.table().encode())
"""


@pytest.mark.parametrize("hash_seeds", [[0, 1], pytest.param(list(range(20)), marks=pytest.mark.slow)])
def test_the_report_does_not_depend_on_the_hash_seed(study: Path, hash_seeds: list[int]) -> None:  # field report R04
    root = Path(__file__).parent.parent
    digests = set()
    for seed in hash_seeds:
        env = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(root)}
        done = subprocess.run([sys.executable, "-c", SCRIPT, str(study)], capture_output=True, check=True, env=env)
        digests.add(hashlib.sha256(done.stdout).hexdigest())
    assert len(digests) == 1


def test_what_a_damaged_study_gets(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "load_knowledge", fake_study.knowledge)
    with pytest.raises(InputError, match="no such folder"):
        run.score(tmp_path / "none")
    with pytest.raises(InputError, match=r"cases.tsv|alleles.tsv"):
        run.score(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(study, copy)
    with pytest.raises(InputError, match="did you mean 'resnik'"):
        run.score(copy, diagnosers=["resnick"])
    vcf = next((copy / "observed" / "vcf").glob("*.vcf.gz"))
    whole = vcf.read_bytes()
    vcf.write_bytes(whole[:-28])
    with pytest.raises(InputError, match="truncated"):
        run.score(copy)
    vcf.write_bytes(b"")
    with pytest.raises(InputError, match="empty"):
        run.score(copy)
    vcf.write_bytes(whole)
    ped = next((copy / "observed" / "ped").glob("*.ped"))
    kept = ped.read_bytes()
    ped.unlink()
    with pytest.raises(InputError, match=r"ped: is missing, but the study writes pedigrees"):
        run.score(copy)
    ped.write_bytes(kept)
    packet = next((copy / "observed" / "phenopackets").glob("*.json"))
    text = packet.read_text()
    packet.write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        run.score(copy)
    packet.write_text(text.replace("HP:", "HP:9", 1))
    with pytest.raises(InputError, match="phenotypicFeatures: HP:9"):
        run.score(copy)
    for damage, why in {
        "sex": "sex is none of FEMALE",
        "subject": "a JSON object with a subject",
        "excluded": "excluded is neither true nor false",
        "below": "a term is present and one above it is excluded",
    }.items():
        value = orjson.loads(text)
        value["subject"] = (
            [] if damage == "subject" else value["subject"] | ({"sex": "BLUE"} if damage == "sex" else {})
        )
        value["phenotypicFeatures"][0]["excluded"] = "no" if damage == "excluded" else False
        if damage == "below":
            terms, own = ontology.load(), value["phenotypicFeatures"][0]["type"]["id"]
            above = terms.ids[terms.parents(terms.rows[own])[0]]
            value["phenotypicFeatures"] += [{"type": {"id": above}, "excluded": True}]
        packet.write_bytes(orjson.dumps(value))
        with pytest.raises(InputError, match=why):
            run.score(copy)
    packet.unlink()
    with pytest.raises(InputError, match="is missing"):
        run.score(copy)
    table = copy / "truth" / "cases.tsv"
    table.write_text(table.read_text().replace("#raresim-truth 1", "#raresim-truth 2"))
    with pytest.raises(InputError, match="another version"):
        run.score(copy)


def test_a_report_names_ten_unanswered_cases_and_counts_the_rest() -> None:
    cases = [TrueCase(f"C{i:02}", i, "AD", ("G",), ("D",), True) for i in range(25)]
    silent = tuple(case.code for case in cases[2:])
    places = {case.code: Place(0, 1) if i < 2 else Place(0, 0) for i, case in enumerate(cases)}
    report = build(cases, [Ranked("tool", "gene", places, silent)])
    assert "C02, C03" in report.table()
    assert "and 13 more" in report.table()
    assert report.row("tool").metrics["top1"][0] == pytest.approx(2 / 25)
    assert json.loads(report.to_json())["ranks"][0]["unanswered"] == list(silent)


def test_vcf_columns_equal_pysam(shared: Path) -> None:
    """Every allele, genotype and quality of two real trios, multiallelic and missing calls among them."""
    for name in ("na12878_trio.grch38.vcf.gz", "giab_ashkenazi_trio.b37.vcf.gz"):
        path = shared / "real_vcf" / name
        file = pysam.VariantFile(str(path))
        contigs = {contig: row for row, contig in enumerate(file.header.contigs)}
        text = vcf_columns.read(path)
        found = vcf_columns.alleles(text, contigs)
        ploidy, alt = vcf_columns.genotypes(text, found)
        gq = vcf_columns.numbers(text, found, "GQ")
        row = 0
        for line, record in enumerate(file):
            for number, base in enumerate(record.alts or (), start=1):
                if set(base.upper()) <= set("ACGTN"):
                    a, b = str(record.ref), base.upper()
                    while len(a) > 1 < len(b) and a[-1] == b[-1]:  # the padding of a joint record
                        a, b = a[:-1], b[:-1]
                    assert found.sites[row] == Variant(contigs[record.chrom], record.pos - 1, a, b)
                    assert (found.row[row], found.number[row]) == (line, number)
                    for s, call in enumerate(record.samples.values()):
                        gt = call["GT"]
                        copies = -1 if None in gt else sum(allele == number for allele in gt)
                        assert (ploidy[row, s], alt[row, s]) == (len(gt), copies)
                        assert gq[row, s] == (-1 if call.get("GQ") is None else call["GQ"])
                    row += 1
        assert row == len(found.sites) > 9000


def test_vcf_columns_of_odd_records(tmp_path: Path) -> None:
    path = tmp_path / "odd.vcf"
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB\n"
    lines = [
        "1\t5\t.\ta\tC,<DEL>,*\t.\t.\tXAC=9;AC=7,1;AN=20\tGT:GQ\t0|1:9\t.",
        "1\t7\t.\tG\t.\t.\tPASS\tAN=3\tGT\t0/0\t1",
        "1\t9\t.\tG\tT,GA\t.\tq10\t.\tDP:GT:GQ\t3:1/2:5\t4:./1",
        "9\t9\t.\tG\tT\t.\tPASS\t.\tGT\t0/1\t0/1",
    ]
    path.write_text(head + "\n".join(lines) + "\n")
    text = vcf_columns.read(path)
    found = vcf_columns.alleles(text, {"1": 0})
    ploidy, alt = vcf_columns.genotypes(text, found)
    assert [found.sites[i] for i in range(3)] == [
        Variant(0, 4, "A", "C"),
        Variant(0, 8, "G", "T"),
        Variant(0, 8, "G", "GA"),
    ]
    assert found.skipped == 4
    assert alt.tolist() == [[1, -1], [1, -1], [1, -1]]
    assert ploidy.tolist() == [[2, 1], [2, 2], [2, 2]]
    assert vcf_columns.numbers(text, found, "GQ").tolist() == [[9, -1], [5, -1], [5, -1]]
    assert vcf_columns.info(text, "AC").tolist() == [7, -1, -1, -1]
    assert vcf_columns.info(text, "AN").tolist() == [20, 3, -1, -1]
    path.write_text(head + "1\t5\t.\tA\tC\t.\t.\t.\tGT\t0/1\n")
    with pytest.raises(InputError, match="line 3: 10 columns where the header has 11"):
        vcf_columns.read(path)
    path.write_text(head + lines[0])
    with pytest.raises(InputError, match="cut short"):
        vcf_columns.read(path)
    path.write_text("no header\n")
    with pytest.raises(InputError, match="not a VCF"):
        vcf_columns.read(path)
    path.write_text(head)
    assert len(vcf_columns.alleles(vcf_columns.read(path), {"1": 0}).sites) == 0


def test_database_tells_absence_from_presence(study: Path) -> None:
    genome, _ = fake_study.world()
    known = database.read(study / "panel" / "sites.vcf.gz", genome.index)
    file = pysam.VariantFile(str(study / "panel" / "sites.vcf.gz"))
    rows = [(Variant(genome.index[r.chrom], r.pos - 1, r.ref, r.alts[0]), r.info["AC"][0]) for r in file]
    ac, an = known.counts(Sites.of(variant for variant, _ in rows))
    assert ac.tolist() == [count for _, count in rows]
    assert set(an.tolist()) == {fake_study.DATABASE}
    absent = [Variant(v.contig, v.pos, v.ref, v.alt + "A") for v, _ in rows]
    assert known.counts(Sites.of(absent))[0].sum() == 0
    assert known.counts(Sites.of(absent))[1].tolist() == [fake_study.DATABASE] * len(absent)


def test_observation_of_a_trio(study: Path) -> None:
    knowledge = fake_study.knowledge(study)
    case = truth_table.read(study)[0]
    seen = observation.read(study, case.code, knowledge)
    assert [(m.affected, m.father, m.mother) for m in seen.members] == [(True, 1, 2), (False, -1, -1), (False, -1, -1)]
    assert [m.female for m in seen.members] == [fake_study.MIXED[0].female, False, True]
    assert list(seen.observed) == sorted(set(seen.observed))
    assert all(not ontology.load().finding(term)[1] for term in seen.observed)
    assert seen.variants is not None
    assert (seen.variants.alt.max(axis=1) >= 1).all()
