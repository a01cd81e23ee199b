"""A background anchored to 1000 Genomes on GRCh38: what bcftools finds of it in the database that it was given."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from raresim import cases
from raresim.spec import Spec

WINDOW = ("chr1", 11_782_771, 11_808_898)  # MTHFR with its flanks, which the slices hold
GROUPS = ("AFR", "AMR", "EAS", "EUR", "SAS")
pytestmark = [pytest.mark.interop, pytest.mark.slow]


def people(shared: Path) -> dict[str, str]:
    with (shared / "kgp" / "samples.tsv").open() as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return {row["sample"]: row["superpopulation"] for row in rows if row["unrelated_2504"] == "1"}


def sites(shared: Path, path: Path) -> np.ndarray:
    """Write the window as a sites VCF with counts by ancestry; return how many alleles a European has that are rarer
    than 1% in every group."""
    import pysam

    of = people(shared)
    rare = []
    with pysam.VariantFile(str(shared / "kgp" / "kgp3202_genes.bcf")) as file, path.open("w") as out:
        file.subset_samples(list(of))
        group = np.array([GROUPS.index(of[name]) for name in file.header.samples])
        an = 2 * np.bincount(group, minlength=len(GROUPS))
        out.write("##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n")
        for name in ("AC", "AF", *(f"{x}_{g}" for g in GROUPS for x in ("AC", "AN"))):
            kind = "Float" if name == "AF" else "Integer"
            out.write(f'##INFO=<ID={name},Number=1,Type={kind},Description="{name}">\n')
        out.write("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        for record in file.fetch(*WINDOW):
            assert record.alts
            copies = np.array([sum(a or 0 for a in s.allele_indices or ()) for s in record.samples.values()])
            ac = np.bincount(group, copies, len(GROUPS)).astype(int)
            if ac.sum():
                info = ";".join(f"AC_{g}={n};AN_{g}={m}" for g, n, m in zip(GROUPS, ac, an, strict=True))
                alleles = f"{record.ref}\t{record.alts[0]}\t.\tPASS\tAC={ac.sum()};AF={(ac / an).max():.6g};{info}"
                out.write(f"chr1\t{record.pos}\t.\t{alleles}\n")
                if (ac / an).max() < 0.01:
                    rare.append(copies[group == GROUPS.index("EUR")] > 0)
    return np.array(rare).sum(0)


def test_a_person_has_as_many_rare_variants_as_a_real_one(
    shared: Path, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    database = tmp_path / "sites.vcf"
    real = sites(shared, database)
    packed = tmp_path / "packed.vcf.gz"
    subprocess.run([tool("bcftools"), "view", "-Oz", "-o", packed, database], check=True)
    subprocess.run([tool("bcftools"), "index", packed], check=True)
    bed = tmp_path / "window.bed"
    bed.write_text(f"{WINDOW[0]}\t{WINDOW[1]}\t{WINDOW[2]}\n")
    grch38 = shared / "grch38"
    spec = Spec.from_dict(
        {
            "cases": 4,
            "genome": {"fasta": str(grch38 / "slices.fa.gz"), "genes": str(grch38 / "mane.gff3.gz")},
            "targets": {"bed": str(bed)},
            "background": {"kind": "anchored", "sites": str(packed), "ancestry": {"EUR": 1000}},
            "disease": {"kind": "fixed", "genes": ["MTHFR"]},
            "pedigree": "singleton",
            "output": ["cohort_vcf", "truth"],
        }
    )
    cases.run(spec, tmp_path / "out")
    (cohort,) = (tmp_path / "out").rglob("*.vcf.gz")

    def counted(*more: str) -> int:
        """Copies of ALT in the cohort, at sites that bcftools picks."""
        command = [tool("bcftools"), "isec", "-p", str(tmp_path / "isec"), *more, str(cohort), str(packed)]
        subprocess.run(command, check=True)
        chosen = tmp_path / "isec" / ("0002.vcf" if len(more) == 0 else "0000.vcf")
        query = [tool("bcftools"), "query", "-f", "%AC\n", str(chosen)]
        rows = subprocess.run(query, check=True, capture_output=True, text=True).stdout.split()
        return sum(map(int, rows))

    everything = counted("-n+1", "-w1")
    known = counted()
    frequent = counted("-n=2", "-w1", "-e", "-", "-i", "AF>=0.01")
    person = 500
    assert 0.97 * everything < known <= everything  # the rest is private
    assert 0.5 * real.mean() < (known - frequent) / person < 1.5 * real.mean()
