"""What check says of a study's size, against the files themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import raresim
from raresim.cohort_files import write_bcf, write_vcf
from raresim.format import CohortBcf, CohortVcf
from raresim.plan import plan
from raresim.world import make


def test_the_files_of_the_cohort_count(tmp_path: Path) -> None:
    genes = ("TTN", "CFTR", "FBN1", "PKD1", "MECP2", "DMD", "SCN1A", "BRCA2", "RYR1", "NEB")
    spec = raresim.Spec(
        seed=3,
        cases=1,
        targets=raresim.TargetChoice(genes=genes),
        background=raresim.background.Coalescent(ancestry={"EUR": 400}),
    )
    world = make(spec)
    path = tmp_path / "cohort"
    without = plan(spec).gigabytes
    for kind, called in (
        (CohortVcf(), False),
        (CohortBcf(), False),
        (CohortVcf(fields=("GT", "AD", "DP", "GQ", "PL")), True),
    ):
        if isinstance(kind, CohortVcf):
            write_vcf(path, world.panel, world.genome, False, called)
        else:
            write_bcf(path, world.panel, world.genome, False)
        told = 1e9 * (plan(replace(spec, output=(*spec.output, kind))).gigabytes - without)
        assert 0.6 < told / path.stat().st_size < 1.6  # ten genes differ from the exome in variants a Mb
