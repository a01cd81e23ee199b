"""The acceptance of whole studies on real GRCh38: the shared slices with the MANE gene models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import raresim
from raresim import Spec, reference
from tests.interop import acceptance
from tests.interop.acceptance import Written
from tests.interop.test_study import ontology  # noqa: F401 (a fixture)

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module", params=[6, 50], ids=str)
def study(request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """All genes of the slices; the small study is written phased, the large one unphased."""
    room = tmp_path_factory.mktemp("grch38")
    fasta = shared / "grch38" / "slices.fa.gz"
    small = request.param == 6
    spec = Spec.from_dict(
        {
            "seed": 38,
            "cases": request.param,
            "reuse": True,
            "genome": {"fasta": str(fasta), "genes": str(shared / "grch38" / "mane.gff3.gz"), "assembly": "GRCh38"},
            "background": {"kind": "coalescent", "ancestry": {"EUR": 60 if small else 200}, "block_cM": 1000.0},
            "disease": {"kind": "catalog", "modes": {"AD": 1.0, "AR": 1.0}},
            "pedigree": "trio",
            "sequencing": "perfect",
            "output": [{"kind": "vcf", "phased": small}, "ped", "phenopacket", "truth", "sites_vcf"],
        }
    )
    raresim.run(spec, room / "out")
    return Written(room / "out", fasta, room, request.param)


def test_trios(study: Written) -> None:
    modes = [row["mode"] for row in study.cases]
    assert min(modes.count("AD"), modes.count("AR")) >= study.trios // 6


def test_no_mendelian_violation_but_new_mutations(study: Written, tool: Callable[[str], str]) -> None:
    counts = acceptance.mendelian(tool("bcftools"), study)
    print(dict(counts))
    assert counts["violations"] > 0  # the checker sees those that are there


def test_ref_is_the_fasta(study: Written, tool: Callable[[str], str]) -> None:
    print(dict(acceptance.reference(tool("bcftools"), study)))


def test_truth_is_in_the_vcf(study: Written, tool: Callable[[str], str]) -> None:
    counts = acceptance.genotypes(tool("bcftools"), study)
    print(dict(counts))
    assert counts["alleles"] >= study.trios


def test_genmod_finds_the_true_models(study: Written, shared: Path, tool: Callable[[str], str]) -> None:
    genome = reference.load(study.fasta, shared / "grch38" / "mane.gff3.gz")
    counts = acceptance.models(tool("bcftools"), tool("genmod"), study, acceptance.spans(genome))
    print(dict(counts))


def test_phenopackets_are_valid(study: Written, ontology: Any) -> None:  # noqa: F811
    print(dict(acceptance.packets(study, ontology)))
