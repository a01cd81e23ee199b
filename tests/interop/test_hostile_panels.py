"""Hostile panels through every writer of a cohort: what foreign programs read is the store, cell by cell."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pysam
import pytest

from raresim.cohort import People
from raresim.errors import InputError
from raresim.format.cohort_bcf import CohortBcf
from raresim.format.cohort_vcf import CohortVcf
from raresim.format.plink import Plink
from raresim.format.vcf_zarr import VcfZarr
from raresim.panel import Panel
from raresim.sites import Variant
from tests.builders import tiny_genome
from tests.cohorts import matrix, panel, study, variants
from tests.naive import cohort as naive

pytestmark = pytest.mark.interop
GENOME = tiny_genome()
PANELS = ("nobody", "everybody", "a woman or a man", "many alleles", "100,000 bases")


def hostile(name: str) -> tuple[Panel, list[list[str]]]:
    """The panel, and the cells of the lines that it should give."""
    rng = np.random.default_rng(8)
    rows = variants(GENOME, 20, rng)
    people = 1 if name == "a woman or a man" else 20
    if name == "many alleles":
        places = sorted({(v.contig, v.pos): v.ref[0] for v in rows}.items())
        rows = [Variant(*place, ref, alt) for place, ref in places for alt in "ACGT" if alt != ref]
        rows += [Variant(*place, ref, ref + "T" * n) for place, ref in places for n in (1, 2, 5)]
        rows.sort()
    carried = matrix(rows, people, rng)
    if name in ("nobody", "everybody"):
        carried[:] = name == "everybody"
    if name == "100,000 bases":
        for row, letters in ((4, "ACGT"), (11, "A"), (len(rows) - 1, "CG")):
            long = rows[row].ref + "".join(rng.choice(list(letters), 100_000))
            rows[row] = Variant(rows[row].contig, rows[row].pos, rows[row].ref, long)
            carried[:, row] = rng.random(2 * people) < 0.5
    given = panel(rows, carried)
    return given, [line.split("\t") for line in naive.lines(GENOME, People.of(given), rows, carried)]


def run(*command: object) -> str:
    return subprocess.run(list(map(str, command)), capture_output=True, check=True, text=True).stdout


def genotypes_of(record: Any) -> list[str]:
    """GT of a record of pysam."""
    return ["|".join("." if a is None else str(a) for a in call["GT"]) for call in record.samples.values()]


@pytest.mark.parametrize("name", PANELS)
def test_vcf_and_bcf(name: str, tmp_path: Path, tool: Callable[[str], str], package: Callable[[str], Any]) -> None:
    cyvcf2 = package("cyvcf2")
    given, want = hostile(name)
    sites, genotypes = [f[:5] for f in want], [f[9:] for f in want]
    for kind, file in ((CohortVcf(), "cohort.vcf.gz"), (CohortBcf(), "cohort.bcf")):
        with kind.open(tmp_path, study(given)):
            pass
        path = tmp_path / "cohort" / file
        text = run(tool("bcftools"), "view", "-H", path)
        assert [line.split("\t") for line in text.splitlines()] == want
        with pysam.VariantFile(str(path)) as opened:
            records = list(opened)
            assert [[r.chrom, str(r.pos), ".", r.ref, ",".join(r.alts)] for r in records] == sites
            assert [genotypes_of(r) for r in records] == genotypes
        theirs = list(cyvcf2.VCF(str(path)))
        assert [[v.CHROM, str(v.POS), ".", v.REF, ",".join(v.ALT)] for v in theirs] == sites
        calls = [["|".join(str(a) for a in call[:-1] if a != -2) for call in v.genotypes] for v in theirs]
        assert calls == genotypes


@pytest.mark.parametrize("name", PANELS)
def test_plink(name: str, tmp_path: Path, tool: Callable[[str], str], package: Callable[[str], Any]) -> None:
    package("pgenlib")
    given, want = hostile(name)
    if not want:
        with (
            pytest.raises(InputError, match="no one in the cohort carries a site"),
            Plink().open(tmp_path, study(given)),
        ):
            pass
        return
    with Plink().open(tmp_path, study(given)):
        pass
    run(tool("plink2"), "--pfile", tmp_path / "cohort" / "cohort", "--export", "vcf", "--out", tmp_path / "x")
    lines = [line.split("\t") for line in (tmp_path / "x.vcf").read_text().splitlines() if line[0] != "#"]
    cells = [cell.replace("/", "|") for f in lines for cell in f[9:]]  # without a heterozygous cell no phase is kept
    assert [[f[1], f[3], f[4]] for f in lines] == [[f[1], f[3], f[4]] for f in want]
    assert cells == [cell for f in want for cell in f[9:]]


@pytest.mark.parametrize("name", PANELS)
def test_zarr(name: str, tmp_path: Path, package: Callable[[str], Any]) -> None:
    package("bio2zarr")
    zarr = package("zarr")
    given, want = hostile(name)
    with VcfZarr().open(tmp_path, study(given)):
        pass
    store = zarr.open(tmp_path / "cohort" / "cohort.vcz", mode="r")
    alleles = [[a for a in row if a] for row in store["variant_allele"][:].tolist()]
    names = store["contig_id"][:].tolist()
    assert [names[i] for i in store["variant_contig"][:]] == [f[0] for f in want]
    assert store["variant_position"][:].tolist() == [int(f[1]) for f in want]
    assert alleles == [[f[3], f[4]] for f in want]
    for row, f in zip(store["call_genotype"][:], want, strict=True):
        assert ["|".join(str(a) for a in call if a != -2) for call in row.tolist()] == f[9:]
