"""The acceptance of whole studies with every kind of background: MTHFR of real GRCh38, real people and frequencies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import raresim
from raresim import Spec
from tests.interop import acceptance, checks
from tests.interop.acceptance import Written
from tests.interop.test_anchored import WINDOW, sites
from tests.interop.test_study import ontology as ontology

pytestmark = pytest.mark.interop
TRIOS = 30
SEED = 38


def study(
    shared: Path, room: Path, background: dict[str, object], trios: int = TRIOS, *, phased: bool = False
) -> Written:
    """A study of trios with the disease of MTHFR, perfectly sequenced."""
    bed = room / "window.bed"
    bed.write_text(f"{WINDOW[0]}\t{WINDOW[1]}\t{WINDOW[2]}\n")
    fasta = shared / "grch38" / "slices.fa.gz"
    spec = {
        "seed": SEED,
        "cases": trios,
        "genome": {"fasta": str(fasta), "genes": str(shared / "grch38" / "mane.gff3.gz"), "assembly": "GRCh38"},
        "targets": {"bed": str(bed)},
        "background": background,
        "disease": {"kind": "fixed", "genes": ["MTHFR"]},
        "pedigree": "trio",
        "sequencing": "perfect",
        "output": [{"kind": "vcf", "phased": phased}, "ped", "phenopacket", "truth", "sites_vcf", "cohort_vcf"],
    }
    raresim.run(Spec.from_dict(spec), room / "out")
    return Written(room / "out", fasta, room, trios)


def real(shared: Path, people: dict[str, int]) -> dict[str, object]:
    """The background of people of 1000 Genomes."""
    return {
        "kind": "vcf",
        "path": str(shared / "kgp" / "kgp3202_genes.bcf"),
        "samples": str(shared / "kgp" / "samples.tsv"),
        "column": "superpopulation",
        "consent": "1000 Genomes Project, consent to open release",
        "ancestry": people,
    }


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("vcf", "anchored", "coalescent with carriers")]


@pytest.fixture(scope="module", params=["vcf with carriers", *SLOW])
def written(request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    room = tmp_path_factory.mktemp("background")
    people = {"AFR": 200, "EUR": 200}
    carriers = {"pathogenic": {"rates": {"MTHFR": 0.05}}}
    if request.param == "anchored":
        sites(shared, room / "sites.vcf")
        return study(shared, room, {"kind": "anchored", "sites": str(room / "sites.vcf"), "ancestry": people})
    if request.param == "coalescent with carriers":
        return study(shared, room, {"kind": "coalescent", "ancestry": people, **carriers})
    return study(shared, room, real(shared, people) | (carriers if "carriers" in request.param else {}))


def test_no_mendelian_violation_but_new_mutations(written: Written, tool: Callable[[str], str]) -> None:
    print(dict(acceptance.mendelian(tool("bcftools"), written)))


def test_ref_is_the_fasta(written: Written, tool: Callable[[str], str]) -> None:
    counts = acceptance.reference(tool("bcftools"), written)
    assert counts["records"] > 1000
    print(dict(counts))


def test_truth_is_in_the_vcf(written: Written, tool: Callable[[str], str]) -> None:
    counts = acceptance.genotypes(tool("bcftools"), written)
    print(dict(counts), dict(checks.origins(written)), dict(checks.visible(written)))
    assert counts["alleles"] >= written.trios


def test_files_say_the_same(written: Written, tool: Callable[[str], str]) -> None:
    print(dict(checks.people(written)), checks.recounted(tool("bcftools"), written))


def test_phenopackets_are_valid(written: Written, ontology: Any) -> None:
    print(dict(acceptance.packets(written, ontology)))
