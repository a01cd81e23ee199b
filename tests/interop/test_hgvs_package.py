"""Agreement with the ``hgvs`` package: c. and p. of random variants on both strands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from numpy.random import default_rng

from raresim import reference
from raresim.consequence import effects
from raresim.genome import ContigKind, Genome
from raresim.hgvs import hgvs
from raresim.sites import Sites
from tests.builders import random_genome
from tests.interop.csq import near_genes, random_sites

pytestmark = pytest.mark.interop


def same_c(ours: str, theirs: tuple[str, str]) -> str:
    """ "" for equal names (theirs: as placed, and moved on the genome first), else the reason why they differ."""
    if ours in theirs:
        return ""
    if any(re.sub(r"[*-]?\d+[+-](\d+)", r"~\1", ours) == re.sub(r"[*-]?\d+[+-](\d+)", r"~\1", t) for t in theirs):
        return "the middle base of an intron counts from the left"
    if theirs[0] != theirs[1]:
        return "equal places on both sides of the end of an exon"
    return f"unexplained {ours} {theirs}"


def same_p(ours: str, theirs: tuple[str, str]) -> str:
    """ "" for equal names, else the reason why they differ."""
    if ours in theirs:
        return ""
    if "Met1?" in theirs and ours in ("(Met1=)", "?"):
        return "the start codon is whole"
    if ours.endswith("=)") and (any("=" in t or re.fullmatch(r"\(Ter\d+Ter\)", t) for t in theirs) or "(Ter" in ours):
        return "several residues, or the stop codon, stay"
    if ours.endswith("=)") and any(re.match(r"\((\w{3})\d+\1fs", t) for t in theirs):
        return "another frame, the same protein"
    if ours.endswith("Ter)") and any(re.search(r"Ter[A-Z]", t) for t in theirs):
        return "nothing is named after a stop codon"
    return f"unexplained {ours} {theirs}"


def compare(genome: Genome, sites: Sites, oracle: Any) -> tuple[int, Counter[str]]:
    """Return the number of pairs and the reasons of the differences."""
    found = effects(genome, sites)
    pairs, reasons = 0, Counter[str]()
    for row, gene in zip(found.variant.tolist(), found.gene.tolist(), strict=True):
        variant = sites[row]
        c, p = hgvs(genome, variant, gene)
        if not c:
            continue  # not whole in the transcript
        try:
            theirs = [oracle.names(variant, gene, shift) for shift in (False, True)]
        except oracle.errors:
            reasons["the package moves it off the transcript"] += 1
            continue
        pairs += 1
        for reason in (
            same_c(c.split(":c.")[1], (theirs[0][0], theirs[1][0])),
            same_p(p.split(":p.")[1], (theirs[0][1], theirs[1][1])),
        ):
            reasons.update([reason] if reason else [])
    return pairs, reasons


def check(package: Callable[[str], Any], genome: Genome, n: int, seed: int) -> None:
    package("hgvs")
    from tests.interop.hgvs_oracle import Oracle

    nuclear = [row for row, contig in enumerate(genome.contigs) if contig.kind is not ContigKind.MT]
    sites = random_sites(genome, near_genes(genome, nuclear, 20), n, default_rng(seed), 0.4, 0.05)
    pairs, reasons = compare(genome, sites, Oracle(genome))
    print(f"{pairs} pairs; {reasons}")
    assert pairs > 0.9 * n
    assert [r for r in reasons if r.startswith("unexplained")] == []
    assert reasons.total() < 0.02 * pairs


def test_names_of_random_variants(package: Callable[[str], Any]) -> None:
    check(package, random_genome(5, 300), 600, 1)


@pytest.mark.parametrize("n", [400, pytest.param(8000, marks=pytest.mark.slow)])
def test_names_on_real_genes(package: Callable[[str], Any], shared: Path, n: int) -> None:
    genome = reference.load(shared / "grch38" / "slices.fa.gz", shared / "grch38" / "mane.gff3.gz")
    check(package, genome, n, 3)


@pytest.mark.slow
def test_names_of_8_000_random_variants(package: Callable[[str], Any]) -> None:
    check(package, random_genome(5, 300), 8000, 2)
