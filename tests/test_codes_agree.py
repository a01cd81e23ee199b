"""Codes of the same fact in different files agree: sexes, allelic states, counts of alleles by ploidy."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pysam
import pytest

import raresim
from raresim import Spec

CASES = 200
STATES = {"heterozygous": "GENO:0000135", "homozygous": "GENO:0000136", "hemizygous": "GENO:0000134"}
SEXES = {"male": ("1", "MALE"), "female": ("2", "FEMALE")}
PAR = 2_781_479  # end of PAR1 of GRCh38's X


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trios of both sexes with causal alleles on X and autosomes, every haplotype as called as the truth has it."""
    out = tmp_path_factory.mktemp("codes") / "out"
    spec = Spec.from_dict(
        {
            "seed": 4,
            "cases": CASES,
            "reuse": True,
            "sequencing": "perfect",
            "background": {"kind": "coalescent", "ancestry": {"EUR": 60}, "block_cM": 1000.0},
            "targets": {"genes": ["SHOX", "COL4A5", "ATP7A", "DMD", "CFTR", "FBN1", "MT-ND1", "USP9Y", "DDX3Y", "UTY"]},
            "inheritance": [
                {"kind": "x_linked_recessive"},
                {"kind": "x_linked_dominant"},
                {"kind": "autosomal_recessive"},
            ],
        }
    )
    raresim.run(spec, out)
    return out


def table(folder: Path, name: str) -> list[dict[str, str]]:
    """Rows of a truth table."""
    lines = (folder / "truth" / f"{name}.tsv").read_text().splitlines()[1:]
    return list(csv.DictReader(lines, delimiter="\t"))


def test_sexes(folder: Path) -> None:
    """P05: PED, phenopacket, truth table and the genotypes on X outside PAR say the same sex."""
    truth = {row["person"]: row["sex"] for row in table(folder, "members")}
    files = sorted(folder.glob("observed/ped/*.ped"))
    pedigrees = [line.split("\t") for path in files for line in path.read_text().splitlines()]
    assert {row[1]: row[4] for row in pedigrees} == {person: SEXES[sex][0] for person, sex in truth.items()}
    for part in ("observed", "truth"):
        packets = [json.loads(path.read_text()) for path in sorted(folder.glob(f"{part}/phenopackets/*.json"))]
        said = {packet["subject"]["id"]: packet["subject"]["sex"] for packet in packets}
        assert len(said) == CASES
        assert said == {person: SEXES[truth[person]][1] for person in said}
    ploidy: dict[str, set[int]] = {}
    for path in sorted(folder.glob("observed/vcf/*.vcf.gz")):
        with pysam.VariantFile(str(path)) as file:
            for record in file:
                if record.contig == "chrX" and record.pos > PAR:
                    for sample in record.samples.values():
                        ploidy.setdefault(sample.name, set()).add(len(sample["GT"]))
    assert ploidy == {person: {1 if sex == "male" else 2} for person, sex in truth.items()}
    assert 5 < Counter(row["sex"] for row in table(folder, "members") if row["role"] == "proband")["female"] < CASES


def test_allelic_states(folder: Path) -> None:
    """H10: GENO's ids of allelic states, as genotype and sex of the proband have them."""
    genotype = {}
    for row in table(folder, "alleles"):
        if row["role"] == "causal":
            calls = dict(part.split(":") for part in row["genotypes"].split(";"))
            genotype[row["case"], int(row["pos"]), row["alt"]] = list(calls.items())
    sex = {row["person"]: row["sex"] for row in table(folder, "members")}
    seen: Counter[str] = Counter()
    for path in sorted(folder.glob("truth/phenopackets/*.json")):
        packet = json.loads(path.read_text())
        (diagnosis,) = (each["diagnosis"] for each in packet["interpretations"])
        for found in diagnosis["genomicInterpretations"]:
            described = found["variantInterpretation"]["variationDescriptor"]
            at, person = described["vcfRecord"], found["subjectOrBiosampleId"]
            called = dict(genotype[path.stem, int(at["pos"]), at["alt"]])[person]
            copies = called.replace("/", "|").split("|")
            state = "hemizygous" if len(copies) == 1 else "homozygous" if copies == ["1", "1"] else "heterozygous"
            assert described["allelicState"] == {"id": STATES[state], "label": state}
            assert (state == "hemizygous") == (at["chrom"] == "chrX" and sex[person] == "male")
            seen[state] += 1
    assert min(seen[state] for state in STATES) >= 3


def test_counts_by_ploidy(folder: Path) -> None:
    """V11: a man has one allele on X outside PAR and on Y, everybody one of MT; AC is at most AN; in the database every
    second person is a man."""
    places: Counter[str] = Counter()
    for path in sorted(folder.glob("observed/vcf/*.vcf.gz")):
        with pysam.VariantFile(str(path)) as file:
            for record in file:
                alleles = [a for sample in record.samples.values() for a in sample["GT"] if a is not None]
                assert (record.info["AC"], record.info["AN"]) == ((sum(alleles),), len(alleles))
                places[record.contig] += 1
    assert set(places) == {"chr7", "chr15", "chrX", "chrY", "chrM"}
    with pysam.VariantFile(str(folder / "panel" / "sites.vcf.gz")) as file:
        rows = [(record.contig, record.info["AC"][0], record.info["AN"], record.info["nhomalt"][0]) for record in file]
    # of 15 women and 15 men; SHOX is in PAR
    alleles = {("chr7", 60), ("chr15", 60), ("chrX", 60), ("chrX", 45), ("chrY", 15), ("chrM", 30)}
    assert {(contig, an) for contig, _, an, _ in rows} == alleles
    assert all(2 * homozygous <= count <= an for _, count, an, homozygous in rows)
