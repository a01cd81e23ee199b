"""Whole exomes, the demo's: perfectly sequenced before every check, and sequenced as an exome against a real trio."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import raresim
from raresim import Spec, export_genome, synthetic
from tests.interop import acceptance, checks
from tests.interop.acceptance import Written
from tests.interop.test_study import ontology  # noqa: F401 (a fixture)
from tests.test_truth import spec

pytestmark = [pytest.mark.interop, pytest.mark.slow]
Tool = Callable[[str], str]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exported genome."""
    out = tmp_path_factory.mktemp("exomes")
    export_genome.export(synthetic.build(), out / "genome")
    return out


@pytest.fixture(scope="module", params=["perfect", "exome"])
def study(request: pytest.FixtureRequest, room: Path) -> Written:
    """The demo, 20 trios."""
    raresim.run(Spec(sequencing=request.param), room / request.param)
    (fasta,) = (room / "genome").glob("*.fa.gz")
    return Written(room / request.param, fasta, room, 20)


def test_files_are_whole(study: Written, tool: Tool) -> None:
    print(
        dict(checks.calls(study)), dict(checks.people(study)), dict(checks.origins(study)), dict(checks.visible(study))
    )
    print(dict(acceptance.reference(tool("bcftools"), study)))
    assert checks.recounted(tool("bcftools"), study) > 20 * 30_000


def test_phenopackets_are_valid(study: Written, ontology: Any) -> None:  # noqa: F811
    print(dict(acceptance.packets(study, ontology)))


def test_perfect_exomes(study: Written, tool: Tool) -> None:
    if study.folder.name != "perfect":
        pytest.skip("an exome has errors")
    print(dict(acceptance.mendelian(tool("bcftools"), study)), dict(acceptance.genotypes(tool("bcftools"), study)))
    print(dict(acceptance.models(tool("bcftools"), tool("genmod"), study, acceptance.spans(synthetic.build()))))


def test_an_exome_is_like_the_ashkenazi_trio(study: Written, shared: Path, tool: Tool) -> None:
    """Balance and GQ within a tenth of GIAB's Ashkenazi trio (GATK, PASS); missing calls and Mendelian errors in the
    ranges of docs/files.md."""
    if study.folder.name != "exome":
        pytest.skip("perfect sequencing is like no exome")
    with (shared / "real_vcf" / "technical_fields.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    real = {
        row["genotype"]: row
        for row in rows
        if row["source"] == "GIAB Ashkenazi exome, GATK, PASS" and row["variant"] == "SNV"
    }
    balance: list[float] = []
    quality: dict[str, list[int]] = defaultdict(list)
    missing = total = 0
    for case in study.people:
        (_, *_), *records = checks.lines(study.vcf(case))
        for fields in records:
            for cell in fields[9:]:
                genotype, reads, depth, gq, _ = cell.split(":")
                total, missing = total + 1, missing + ("." in genotype)
                if len(fields[3]) == len(fields[4]) == 1 and fields[6] == "PASS" and "." not in genotype:
                    quality[genotype].append(int(gq))
                    if genotype == "0/1":
                        balance.append(int(reads.partition(",")[2]) / int(depth))
    print(len(balance), np.mean(balance), np.std(balance), missing / total)
    assert np.mean(balance) == pytest.approx(float(real["het"]["ab_mean"]), rel=0.1)
    assert np.std(balance) == pytest.approx(float(real["het"]["ab_sd"]), rel=0.1)
    for genotype, name in (("0/1", "het"), ("1/1", "hom alt")):
        ours = np.percentile(quality[genotype], [5, 50, 95])
        print(name, ours)
        assert ours == pytest.approx([float(real[name][f"gq_p{q}"]) for q in ("5", "50", "95")], rel=0.1)
    assert 0.001 <= missing / total <= 0.01
    errors = judged = 0
    for case, (child, father, mother) in study.people.items():
        command = ("+mendelian", study.vcf(case), "-r", "GRCh38", "-t", f"{mother},{father},{child}", "-m", "c")
        done = acceptance.run(tool("bcftools"), *command)
        ((good, bad),) = re.findall(rf"^(\d+)\s+(\d+)\s+\d+\s+{mother}", done.stdout + done.stderr, re.MULTILINE)
        errors, judged = errors + int(bad), judged + int(good) + int(bad)
    print(errors, judged, errors / judged)
    assert 0.001 <= errors / judged <= 0.005


@pytest.mark.parametrize("cases", [600, pytest.param(2000, marks=pytest.mark.slow)])
def test_genmod_finds_compounds_where_it_can(cases: int, tmp_path: Path, tool: Tool) -> None:
    """Field report V06: recessive trios at a depth of 12. Parents without a call are only those without reads; where
    all genotypes are right, genmod finds both alleles of every compound heterozygote."""
    changes = {"disease": {"kind": "catalog", "modes": {"AR": 1.0}}}
    shallow = spec(cases, **changes).override(["sequencing.kind=exome", "sequencing.depth=12.0"])
    raresim.run(shallow, tmp_path / "out")
    study = Written(tmp_path / "out", tmp_path, tmp_path, cases)
    told = checks.visible(study)
    genes = acceptance.spans(synthetic.build())
    pairs = {case: rows for case, rows in study.by_case("alleles").items() if len(rows) == 2}
    right = [case for case, rows in pairs.items() if all(checks.as_stated(row) for row in rows)]
    print(dict(told), len(pairs), len(right))
    assert len(right) > cases / 3
    assert len(right) < len(pairs)  # some parent or child is called wrongly or not at all
    for start in range(0, len(right), acceptance.FAMILIES):
        families = right[start : start + acceptance.FAMILIES]
        bed = tmp_path / "genes.bed"
        names = sorted({pairs[case][0]["gene"] for case in families}, key=lambda name: genes[name])
        bed.write_text("".join("{}\t{}\t{}\t{}\n".format(*genes[name], name) for name in names))
        found = acceptance._judged(tool("bcftools"), tool("genmod"), study, families, bed)
        for case in families:
            assert all("AR_comp" in found[row["key"]][0][case] for row in pairs[case]), case
