"""Cohorts without a genome, and their files: what is refused, streamed formats, data loaders that fork, memory."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pytest

import raresim
from raresim import InputError, Spec, kinds, parquet
from raresim import cases as cases_module
from raresim.case import Case
from raresim.shell.progress import cores
from tests.command import Command
from tests.test_cases import content, small

COHORTS = Path(__file__).parent.parent / "docs" / "cohorts.md"
STREAMED = ("phenopackets_jsonl", "shepherd", "truth")


def cohort(**changes: object) -> Spec:
    return Spec.from_dict({"genome": "none", "seed": 5, "cases": 60, "phenotype": "annotated", **changes})


# The study


def test_phenotypes_alone_by_default() -> None:
    spec = cohort()
    assert [kinds.name_of(kind) for kind in spec.output] == ["phenopacket", "truth"]
    assert Spec.from_dict(spec.to_dict()) == spec
    assert not {"background", "sequencing", "variant", "targets"} & spec.to_dict().keys()
    assert [kinds.name_of(k) for k in Spec().override(["genome=none"]).output] == ["phenopacket", "truth"]
    assert Spec().override(["genome=none"]).override(["genome=synthetic"]) == Spec()


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ({"output": ["vcf", "truth", "sites_vcf"]}, ["output.vcf", "output.sites_vcf"]),
        ({"background": {"kind": "empty"}, "sequencing": "perfect"}, ["background", "sequencing"]),
        ({"background": {"seed": 7}}, ["background.seed"]),
        ({"reuse": True, "targets": {"padding": 3}, "variant": {"known": 0.1}}, ["reuse", "targets", "variant"]),
    ],
)
def test_what_needs_a_genome_is_refused_by_name(given: dict[str, Any], keys: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        cohort(**given)
    assert sorted(line.partition(":")[0] for line in caught.value.lines) == sorted(keys)
    assert all("name a genome" in line for line in caught.value.lines)


def test_genes_and_modes_are_those_of_the_catalog() -> None:
    cases = raresim.cases(cohort(disease={"kind": "fixed", "genes": ["RMRP", "FBN1"]}, cases=30))
    catalog, genes = cases.world.catalog, cases.world.genome.genes
    symbols = set()
    for case in cases:
        disease = catalog.find(case.truth.disease)
        symbols.add(genes.symbol[case.truth.gene])
        assert genes.symbol[case.truth.gene] in {link.symbol for link in disease.genes}
        assert case.truth.mode in disease.modes
        assert len(case.observed.sites) == len(case.truth.alleles) == len(case.truth.denovo) == 0
        assert case.observed.members[0].features
    assert symbols == {"RMRP", "FBN1"}  # RMRP makes no protein: no genome of gene models has it


def test_families_are_those_of_any_study() -> None:
    cases = list(raresim.cases(cohort(inheritance="autosomal_dominant", cases=200)))
    parents = [member for case in cases for member in case.observed.members[1:]]
    affected = sum(member.affected for member in parents) / len(cases)
    assert 0.2 < affected < 0.46  # a parent of a third (penetrance 1, 0.678 new): 3.3 standard errors on both sides
    assert all(case.observed.members[0].father for case in cases)


@pytest.mark.parametrize("name", kinds.names("format"))
def test_a_format_refuses_to_be_without_a_genome_or_writes(name: str, tmp_path: Path) -> None:
    kind = kinds.make("format", name, {})
    if getattr(kind, "needs_genome", False):
        with pytest.raises(InputError, match=rf"^output\.{name}: "):
            cohort(output=[kind])
        return
    if hasattr(kind, "check"):
        try:
            kind.check()
        except InputError as error:
            pytest.skip(str(error))
    raresim.run(cohort(output=[kind], cases=3), tmp_path / "out")
    made = {p.name: p.stat().st_size for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert len(made) > 2
    assert all(made.values())


def test_the_command_from_check_to_score(tmp_path: Path, inside: Command) -> None:
    study = tmp_path / "cohort.toml"
    study.write_text('genome = "none"\ncases = 40\n')
    said = inside("check", study).stdout
    assert "phenotypes alone" in said
    assert "population" not in said
    assert inside("run", study, "-o", tmp_path / "out").returncode == 0
    scored = inside("score", tmp_path / "out").stdout
    assert "resnik" in scored
    assert scored.count("not run, because this study has no VCF files") == 2
    assert "Variants: this study has no VCF files" in inside("show", tmp_path / "out", "1", "--truth").stdout
    failed = inside("check", study, "--set", 'output=["vcf"]')
    assert failed.returncode == 2
    assert failed.stderr.startswith("raresim: output.vcf: ")


# Files


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort in all streamed formats that need no extra, and as single files."""
    folder = tmp_path_factory.mktemp("cohort") / "out"
    raresim.run(cohort(output=[*STREAMED, "phenopacket"], visits=2, controls=0.1), folder)
    return folder


def lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_a_line_is_what_a_file_of_its_own_would_be(written: Path) -> None:
    for part in ("observed/phenopackets", "truth/phenopackets", "observed/visits/1"):
        packets = lines(written / f"{part}.jsonl")
        assert len(packets) == 60
        for packet in packets:
            code = packet["id"].partition("-")[0]
            assert packet == orjson.loads((written / part / f"{code}.json").read_bytes())
    numbers = (written / "truth" / "cases.tsv").read_text().splitlines()[2:]
    assert [p["id"] for p in lines(written / "observed" / "phenopackets.jsonl")] == [n.split("\t")[0] for n in numbers]


def test_answers_are_in_truth_alone(written: Path) -> None:
    for path in (written / "observed").glob("*.jsonl"):
        text = path.read_text()
        for word in ("OMIM", "ORPHA", "HGNC", "true_", "disease", "distractor", "interpretation"):
            assert word not in text, (path, word)
    for packet in lines(written / "truth" / "phenopackets.jsonl"):
        if "diseases" in packet:
            (found,) = packet["interpretations"][0]["diagnosis"]["genomicInterpretations"]
            gene = found["variantInterpretation"]["variationDescriptor"]["geneContext"]
            assert gene["valueId"].startswith("HGNC:")


@pytest.mark.parametrize("formats", [STREAMED, ("parquet",)], ids=["lines", "parquet"])
def test_workers_and_shards_change_no_byte(
    formats: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: Callable[[str], Any]
) -> None:
    if "parquet" in formats:
        package("pyarrow")
        monkeypatch.setattr(parquet, "GROUP", 64)
    spec = cohort(output=list(formats), visits=2, controls=0.1)
    raresim.run(spec, tmp_path / "one")
    for size, workers in ((23, 1), (20, 2)):
        monkeypatch.setattr(cases_module, "SHARD", size)
        monkeypatch.setattr(cases_module, "WITHOUT_GENOME", 1)
        raresim.run(spec, tmp_path / f"{size}", workers=workers)
        assert content(tmp_path / f"{size}") == content(tmp_path / "one")


def test_parquet_holds_the_truth_tables(tmp_path: Path, package: Callable[[str], Any]) -> None:
    read = package("pyarrow.parquet").read_table
    raresim.run(cohort(output=["parquet", "truth"], visits=2, controls=0.1), tmp_path / "out")
    for name in parquet.TRUTH:
        table = read(tmp_path / "out" / "truth" / f"{name}.parquet")
        text = (tmp_path / "out" / "truth" / f"{name}.tsv").read_text().splitlines()
        assert table.column_names == text[1].split("\t")
        mine = [list(row.values()) for row in table.to_pylist()]
        assert [as_text(row) for row in mine] == [row.split("\t") for row in text[2:]]
    seen, true = (read(tmp_path / "out" / part / "terms.parquet").to_pylist() for part in ("observed", "truth"))

    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["case"], row["person"], row["visit"], row["term"], row["label"], row["excluded"], row["modifiers"]

    assert sorted(map(key, seen)) == sorted(map(key, true))
    assert {c for row in read(tmp_path / "out" / "observed" / "cases.parquet").to_pylist() for c in row} == set(
        parquet.SCHEMAS["observed/cases"]
    )
    package("pandas").read_parquet(tmp_path / "out" / "observed" / "terms.parquet")


def as_text(values: list[Any]) -> list[str]:
    words = {True: "yes", False: "no"}
    return [
        "" if v is None else words[v] if isinstance(v, bool) else f"{v:.6g}" if isinstance(v, float) else str(v)
        for v in values
    ]


def test_parquet_without_pyarrow_is_refused_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    spec = cohort(output=["parquet"])
    with pytest.raises(InputError, match=r"^output\.parquet: pyarrow is missing; pip install 'raresim-dx\[parquet\]'"):
        cases_module.check(spec, raresim.cases(spec).world)


class ShepherdReader:
    """What SHEPHERD's PatientDataset does with a file of patients, by its reading of August 2025: indices of terms
    and genes it knows, at least one of each, and the place of the true gene among the candidates."""

    def __init__(self, path: Path) -> None:
        self.patients = [json.loads(line) for line in path.read_text().splitlines()]
        terms = {t for p in self.patients for t in p["positive_phenotypes"]}
        genes = {g for p in self.patients for g in p["all_candidate_genes"]}
        self.term = {t: i for i, t in enumerate(sorted(terms), 1)}
        self.gene = {g: i for i, g in enumerate(sorted(genes), 1)}

    def __getitem__(self, row: int) -> tuple[list[int], list[int], int]:
        patient = self.patients[row]
        terms = [self.term[t] for t in patient["positive_phenotypes"]]
        candidates = [self.gene[g] for g in patient["all_candidate_genes"]]
        (true,) = [self.gene[g] for g in patient["true_genes"]]
        assert terms
        assert all(isinstance(d, str) for d in patient["true_diseases"])
        assert [g for g in patient["all_candidate_genes"] if g not in patient["true_genes"]] == patient[
            "distractor_genes"
        ]
        return terms, candidates, candidates.index(true)


def test_shepherd_reads_its_patients(written: Path) -> None:
    data = ShepherdReader(written / "truth" / "shepherd.jsonl")
    seen = lines(written / "observed" / "shepherd.jsonl")
    truth = [row.split("\t") for row in (written / "truth" / "cases.tsv").read_text().splitlines()[2:]]
    disease = {row[0]: row[4] for row in truth if row[2] == "solved"}
    assert [patient["id"] for patient in seen] == [row[0] for row in truth]  # controls are among them
    assert len(disease) < len(seen)
    assert {len(patient["all_candidate_genes"]) for patient in seen} == {15}
    assert 0.9 * len(disease) < len(data.patients) <= len(disease)
    by_id = {patient["id"]: patient for patient in seen}
    places = set()
    for row, answer in enumerate(data.patients):
        observed = by_id[answer["id"]]
        assert observed.items() <= answer.items()
        assert observed.keys() == {"id", "age", "positive_phenotypes", "negative_phenotypes", "all_candidate_genes"}
        assert answer["disease_id"] == disease[answer["id"]]
        _, candidates, place = data[row]
        assert candidates == sorted(set(candidates))
        assert len(candidates) == 15
        places.add(place)
    assert len(places) > 10  # the true gene stands anywhere


def test_candidates_of_shepherd_are_called_where_there_is_a_genome(tmp_path: Path) -> None:
    raresim.run(small(output=["shepherd", "truth"]), tmp_path / "out")
    data = ShepherdReader(tmp_path / "out" / "truth" / "shepherd.jsonl")
    assert data.patients
    assert len(lines(tmp_path / "out" / "observed" / "shepherd.jsonl")) == small().cases
    for row, patient in enumerate(data.patients):
        data[row]
        assert all(gene.startswith("ENSG") for gene in patient["all_candidate_genes"])
    assert any(len(patient["all_candidate_genes"]) > 1 for patient in data.patients)


def test_lines_are_scored_and_shown_like_files(written: Path, tmp_path: Path, inside: Command) -> None:
    alone = tmp_path / "alone"
    for name in ("study.toml", "manifest.json", "observed/phenopackets.jsonl", "truth/cases.tsv", "truth/alleles.tsv"):
        (alone / name).parent.mkdir(parents=True, exist_ok=True)
        (alone / name).write_bytes((written / name).read_bytes())
    shutil.copytree(written / "observed" / "families", alone / "observed" / "families")
    figures = [raresim.score(folder, diagnosers=["resnik"]).to_json() for folder in (written, alone)]
    assert figures[0] == figures[1]
    assert inside("show", alone, "3").stdout == inside("show", written, "3").stdout
    path = alone / "observed" / "phenopackets.jsonl"
    path.write_bytes(b"{}\n" + path.read_bytes())
    with pytest.raises(InputError, match=r"phenopackets\.jsonl: line 1: not a phenopacket"):
        raresim.score(alone, diagnosers=["resnik"])


@pytest.mark.interop
def test_every_line_passes_the_strict_parser(written: Path, package: Callable[[str], Any]) -> None:
    parse = package("google.protobuf.json_format").Parse
    packet = package("phenopackets").Phenopacket
    for part in ("observed/phenopackets", "truth/phenopackets"):
        for line in (written / f"{part}.jsonl").read_text().splitlines():
            parse(line, packet(), ignore_unknown_fields=False)


def test_the_example(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", COHORTS.read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "example.py").write_text(code.replace("cases=1000", "cases=60"))
    done = subprocess.run([sys.executable, "example.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.match(r"(OMIM|ORPHA):\d+ \['HP:\d{7}'", done.stdout)
    assert "resnik" in done.stdout
    assert (tmp_path / "cohort" / "truth" / "phenopackets.jsonl").exists()


# The sequence


def seen_of(case: Case) -> tuple[Any, ...]:
    return case.observed.code, case.observed.members, case.truth.members, case.truth.disease, case.truth.denovo


def test_a_sequence_is_lazy_sliced_and_pickled() -> None:
    cases = raresim.cases(cohort(cases=1_000_000_000))
    assert len(cases) == 1_000_000_000
    last = cases[-1]
    assert last.truth.number == 1_000_000_000
    assert [case.truth.number for case in cases[10:16:2]] == [11, 13, 15]
    again = pickle.loads(pickle.dumps(cases))
    assert len(pickle.dumps(cases)) < 10_000
    assert seen_of(again[999_999_999]) == seen_of(last)
    assert [case.truth.number for case in islice(cases, 3)] == [1, 2, 3]


def test_progress_of_a_long_iteration() -> None:
    told: list[tuple[str, float]] = []
    cases = raresim.cases(cohort(cases=40), progress=lambda stage, share: told.append((stage, share)))
    assert sum(1 for _ in cases) == 40
    assert told[0] == ("genome", 0.0)
    shares = [share for stage, share in told if stage == "cases"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


class Loader:
    """A data loader as training loops have it: forked workers take indices in turn, results come back in order."""

    def __init__(self, cases: Any, workers: int) -> None:
        self.cases, self.workers = cases, workers

    def __iter__(self) -> Iterator[Any]:
        context = multiprocessing.get_context("fork")
        asked = [context.SimpleQueue() for _ in range(self.workers)]
        answers = [context.SimpleQueue() for _ in range(self.workers)]
        pool = [
            context.Process(target=self.work, args=(asked[i], answers[i]), daemon=True) for i in range(self.workers)
        ]
        for process in pool:
            process.start()
        try:
            for index in range(len(self.cases)):
                asked[index % self.workers].put(index)
            for index in range(len(self.cases)):
                yield answers[index % self.workers].get()
        finally:
            for process in pool:
                process.terminate()
                process.join()

    def work(self, asked: Any, answers: Any) -> None:
        while True:
            answers.put(seen_of(self.cases[asked.get()]))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("used", [False, True], ids=["world made in the workers", "world made before"])
@pytest.mark.parametrize("spec", [cohort(cases=24), small()], ids=["phenotypes", "exomes"])
def test_a_loader_that_forks_gives_the_cases_of_none(spec: Spec, used: bool) -> None:
    expected = [seen_of(case) for case in raresim.cases(spec)]
    cases = raresim.cases(spec)
    if used:
        cases[0]
    assert threading.active_count() == 1
    assert list(Loader(cases, 2)) == expected


def test_the_loader_of_torch(package: Callable[[str], Any]) -> None:
    data = pytest.importorskip("torch.utils.data")
    cases = raresim.cases(cohort(cases=20))
    loader = data.DataLoader(cases, batch_size=None, num_workers=2, collate_fn=seen_of)
    assert list(loader) == [seen_of(case) for case in cases]


# Size

MEASURE = """
import resource, sys, raresim
spec = raresim.Spec(genome="none", cases=int(sys.argv[1]), phenotype="annotated",
                    disease=raresim.disease.Fixed(genes=("FBN1", "SCN1A")),
                    output=["phenopackets_jsonl", "shepherd", "truth", *sys.argv[3:]])
raresim.run(spec, sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(cases: int, folder: Path, *more: str) -> float:
    """Return the most memory of a run, in MB."""
    command = [sys.executable, "-c", MEASURE, str(cases), str(folder), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def test_memory_is_flat_in_the_number_of_cases(tmp_path: Path) -> None:
    assert peak(1_500, tmp_path / "many") - peak(150, tmp_path / "few") < 20


@pytest.mark.slow
def test_memory_of_20000_cases(tmp_path: Path, package: Callable[[str], Any]) -> None:
    package("pyarrow")
    few, many = peak(2_000, tmp_path / "few", "parquet"), peak(20_000, tmp_path / "many", "parquet")
    assert many - few < 60  # a row group of each table


@pytest.mark.slow
def test_a_hundred_thousand_cases(tmp_path: Path) -> None:
    spec = cohort(cases=100_000, output=["phenopackets_jsonl", "truth"])
    raresim.run(spec, tmp_path / "out", workers=cores())
    packets = (tmp_path / "out" / "observed" / "phenopackets.jsonl").read_bytes()
    assert packets.count(b"\n") == 100_000
