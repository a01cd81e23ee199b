"""Normal forms: against the naive twin and against bcftools norm."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from numpy.random import default_rng

from raresim.genome import Genome
from raresim.normalise import normalise, normalise_rows, normalise_sites
from raresim.sites import Sites, Variant
from tests.builders import random_genome, tiny_genome
from tests.interop.csq import write_fasta, write_vcf
from tests.naive.normalise import normalise as naive


def scrambled(genome: Genome, n: int, seed: int) -> list[Variant]:
    """Alleles of any shape, many of them repeats, not normalised; some REF are wrong or N."""
    rng = default_rng(seed)
    out = []
    while len(out) < n:
        k = int(rng.integers(len(genome.seg_start)))
        contig = next(c for c in range(len(genome.contigs)) if genome.seg_first[c] <= k < genome.seg_first[c + 1])
        pos = int(rng.integers(genome.seg_start[k] - 1, genome.seg_end[k]))
        ref = genome.fetch(contig, pos, pos + int(rng.integers(1, 7)))
        alt = "".join(rng.choice(list("ACGT"), int(rng.integers(1, 7))))
        if rng.random() < 0.5:
            alt = ref[0] + ref[1:] * int(rng.integers(0, 3))
        if rng.random() < 0.02:
            ref = "".join(rng.choice(list("ACGT"), len(ref)))
        out.append(Variant(contig, pos, ref, alt))
    return out


def test_equals_the_naive_twin() -> None:
    genome = random_genome(1, 30)
    variants = scrambled(genome, 4000, 1)
    want = [naive(genome, v) for v in variants]
    sites, ok = normalise_rows(genome, Sites.of(variants))
    assert ok.tolist() == [v is not None for v in want]
    assert [sites[i] for i in range(len(sites))] == [v for v in want if v is not None]
    assert sum(v is None for v in want) > 50
    assert [normalise(genome, v) for v in variants[:50]] == want[:50]


def test_normal_forms_stay_and_order_is_kept() -> None:
    genome = random_genome(2, 30)
    once = normalise_sites(genome, Sites.of(scrambled(genome, 500, 2)))
    twice = normalise_sites(genome, once)
    assert [twice[i] for i in range(len(twice))] == [once[i] for i in range(len(once))]


def test_what_has_no_normal_form() -> None:
    genome = tiny_genome()
    first = int(genome.seg_start[0])
    base = genome.fetch(0, first, first + 1)
    other = "ACGT"["ACGT".index(base) - 1]
    assert normalise(genome, Variant(0, first, base, base)) is None
    assert normalise(genome, Variant(0, first, other, base)) is None
    assert normalise(genome, Variant(0, first, base, "N")) is None
    assert normalise(genome, Variant(0, first - 1, "N", "A")) is None
    assert normalise(genome, Variant(0, first, base, other)) == Variant(0, first, base, other)
    assert normalise(genome, Variant(0, first, base, other + base)) is None  # the anchor is not held
    assert len(normalise_sites(genome, Sites.of([]))) == 0


@pytest.mark.interop
def test_equals_bcftools_norm(tool: Callable[[str], str], tmp_path: Path) -> None:
    genome = random_genome(3, 40)
    variants = sorted(v for v in scrambled(genome, 6000, 3) if naive(genome, v) is not None)
    write_fasta(genome, range(3), tmp_path / "genome.fa")
    write_vcf(genome, Sites.of(variants), tmp_path / "in.vcf")
    command = [tool("bcftools"), "norm", "-f", str(tmp_path / "genome.fa"), str(tmp_path / "in.vcf")]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    theirs = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            chrom, pos, row, ref, alt = line.split("\t")[:5]
            theirs[int(row)] = Variant(genome.index[chrom], int(pos) - 1, ref, alt)
    sites = normalise_sites(genome, Sites.of(variants))
    assert [sites[i] for i in range(len(sites))] == [theirs[i] for i in range(len(variants))]
