"""What check says of a study's size, against the files themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import raresim
from raresim import rehearsal
from raresim.cohort_files import write_bcf, write_vcf
from raresim.format import CohortBcf, CohortVcf, Plink
from raresim.plan import COMPILE_SECONDS, START_SECONDS, Plan, plan
from raresim.shell.summary import planned
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
    told = 1e9 * (plan(replace(spec, output=(*spec.output, Plink()))).gigabytes - without)
    pytest.importorskip("pgenlib", reason="needs the extra [plink]")
    from raresim.cohort_other import write_plink

    write_plink(path, world.panel, world.genome)
    assert 0.6 < told / sum(path.with_name(f"cohort.{end}").stat().st_size for end in ("pgen", "pvar")) < 1.6


@pytest.mark.parametrize(
    ("gigabytes", "minutes", "said"),
    [
        (0.046, 0.91, "about 46 MB on disk; 55 seconds by the clock on this machine if idle\n"),
        (1.26, 34.6, "about 1.3 GB on disk; 35 minutes by the clock on this machine if idle\n"),
        (0.0002, 0.001, "less than a megabyte on disk; a second by the clock on this machine if idle\n"),
        (2300.0, 3100.0, "about 2,300 GB on disk; 52 hours by the clock on this machine if idle\n"),
    ],
)
def test_cost_is_said_in_units_that_people_use(gigabytes: float, minutes: float, said: str) -> None:
    made = Plan(20, 500, 500, 0.002, "synthetic", 1, 1.0, gigabytes, minutes)
    assert f"cost: {said}" in planned(made, None)


def test_a_small_study_takes_the_time_to_start_and_to_compile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = raresim.Spec(cases=1, targets=raresim.TargetChoice(genes=("FBN1",)))
    monkeypatch.setattr("raresim.rehearsal.compiled", lambda: True)
    warm = 60 * plan(spec).minutes
    monkeypatch.undo()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert not rehearsal.compiled()
    assert START_SECONDS < warm < START_SECONDS + 10
    cold = plan(spec)
    assert 60 * cold.minutes == pytest.approx(warm + COMPILE_SECONDS)
    assert " if idle, 1.4 minutes of it once, to compile kernels\n" in planned(cold, None)
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "vcf_text.lines-1.py311.nbi").touch()
    assert rehearsal.compiled()
