"""The acceptance of whole studies: trios of all modes, perfectly sequenced, before programs that are not ours."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import raresim
from raresim import Spec, export_genome, synthetic
from tests.interop import acceptance
from tests.interop.acceptance import Written

pytestmark = pytest.mark.interop
GENES = {
    "chr16": "PRRT2 TBC1D24 GRIN2A RPGRIP1L CYLD MYH11 CLCN7 SCNN1B ABCC6 FUS MEFV PIEZO1 TUBB3 KARS1 CDH1 CREBBP "
    "XYLT1 ADGRG1 TK2 PALB2 CNOT1 PKD1",
    "chr17": "SCN4A COL1A1 MYH3 NOG SLC4A1 ITGB4 TP53 MKS1 NF1 ALOXE3 PEX12 NEK8 GH1 ITGA2B CTNS TSEN54 WDR81 FKBP10 "
    "CHRNE STAT3 SOX9 ASPA",
    "chrX": "FLNA OFD1 MBTPS2 PLP1 MED12 DMD MECP2 F8 CLCN5 CACNA1F CASK HSD17B10 CDKL5 KDM6A DDX3X ABCD1",
}
LEAST = {40: 3, 1000: 150}  # cases of the rarest mode


@pytest.fixture(scope="module", params=[40, pytest.param(1000, marks=pytest.mark.slow)], ids=str)
def study(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A study on the synthetic genome: 60 disease genes of two autosomes and X, all modes alike."""
    room = tmp_path_factory.mktemp("study")
    spec = Spec.from_dict(
        {
            "seed": 3,
            "cases": request.param,
            "reuse": True,
            "targets": {"genes": " ".join(GENES.values()).split()},
            "background": {"kind": "coalescent", "ancestry": {"EUR": 200}, "block_cM": 1000.0},
            "disease": {"kind": "catalog", "modes": {"AD": 1.0, "AR": 1.0, "XLD": 1.0, "XLR": 1.0}},
            "pedigree": "trio",
            "sequencing": "perfect",
        }
    )
    raresim.run(spec, room / "out")
    fasta = export_genome.export(synthetic.build(), room / "genome", list(GENES))[0]
    return Written(room / "out", fasta, room, request.param)


def test_all_modes(study: Written) -> None:
    modes = [row["mode"] for row in study.cases]
    counts = {mode: modes.count(mode) for mode in ("AD", "AR", "XLD", "XLR")}
    print(counts)
    assert min(counts.values()) >= LEAST[study.trios]


def test_no_mendelian_violation_but_new_mutations(study: Written, tool: Callable[[str], str]) -> None:
    counts = acceptance.mendelian(tool("bcftools"), study)
    print(dict(counts))
    assert counts["violations"] > study.trios / 10  # the checker sees those that are there
    assert counts["on X"] > 0


def test_ref_is_the_fasta(study: Written, tool: Callable[[str], str]) -> None:
    print(dict(acceptance.reference(tool("bcftools"), study)))


def test_truth_is_in_the_vcf(study: Written, tool: Callable[[str], str]) -> None:
    counts = acceptance.genotypes(tool("bcftools"), study)
    print(dict(counts))
    assert counts["alleles"] > study.trios
    assert counts["in trans"] > 0


def test_genmod_finds_the_true_models(study: Written, tool: Callable[[str], str]) -> None:
    counts = acceptance.models(tool("bcftools"), tool("genmod"), study, acceptance.spans(synthetic.build()))
    print(dict(counts))
    assert {"AD", "AD_dn", "AR_comp", "XD", "XD_dn", "XR", "XR_dn"} <= set(counts)


@pytest.fixture(scope="session")
def ontology(shared: Path, package: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """HPO as hpo-toolkit reads it, in the release of hpo3."""
    hpotk = package("hpotk")
    for name in ("phenopackets", "pyphetools", "phenopacket_toolkit"):
        package(name)
    with gzip.open(shared / "hpo" / "hp.obo.gz", "rt", encoding="utf-8") as file:
        path = acceptance.obographs(file, tmp_path_factory.mktemp("hpo") / "hp.json")
    return hpotk.load_minimal_ontology(str(path))


def test_phenopackets_are_valid(study: Written, ontology: Any) -> None:
    print(dict(acceptance.packets(study, ontology)))


@pytest.mark.parametrize(
    "rows",
    [
        [("HP:0001250", "Seizure", True), ("HP:0000707", "Abnormality of the nervous system", True)],
        [("HP:0001250", "Seizure", True), ("HP:0000707", "Abnormality of the nervous system", False)],
        [("HP:0004715", "Multicystic kidney dysplasia", True)],
        [("HP:0000006", "Autosomal dominant inheritance", True)],
        [("HP:0001250", "Seizures", True)],
    ],
    ids=["beside its ancestor", "of what is excluded", "other id", "not a phenotype", "old label"],
)
def test_wrong_features_are_found(rows: list[tuple[str, str, bool]], ontology: Any) -> None:
    with pytest.raises(AssertionError):
        acceptance.features(rows, ontology)
