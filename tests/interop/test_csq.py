"""Agreement with bcftools csq -l, term by term, and an explanation for every pair that is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from numpy.random import default_rng

from raresim.consequence import effects, names
from raresim.genome import ContigKind, Genome
from raresim.sites import Sites, Variant
from tests.builders import random_genome
from tests.interop.csq import answers, near_genes, random_sites, write_fasta, write_gff3, write_vcf

pytestmark = pytest.mark.interop
AGREE = 0.999
SITES = {"splice_donor", "splice_acceptor"}
ENDS = {"start_lost", "start_retained", "stop_lost", "stop_retained"}


def mapping() -> tuple[dict[str, str], dict[str, str]]:
    """Class of each csq term and of each of our terms."""
    lines = (Path(__file__).parent.parent / "csq_mapping.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")][1:]
    theirs: dict[str, str] = {}
    ours: dict[str, str] = {}
    for csq, term, kind, _ in rows:
        if csq:
            theirs[csq] = kind
        ours.setdefault(term, kind)
    return theirs, ours


def classes(terms: set[str]) -> set[str]:
    """What counts of a set of classes."""
    if len(terms) > 1:
        terms = terms - {"intron", "synonymous"} or {"synonymous"}
    return terms & SITES or terms


def explained(variant: Variant, csq: set[str], ours: set[str]) -> str:
    """The reason, one of docs/consequences.md, why a pair differs; "" for none."""
    insertion = len(variant.alt) > len(variant.ref)
    utr = {"5_prime_utr", "3_prime_utr"}
    if not csq and ours == {"intron"}:
        return "intron beside another gene"
    if insertion and csq ^ ours == {"splice_region"}:
        return "insertion at the edge of the exonic splice region"
    if insertion and csq & SITES and not ours & SITES and "splice_region" in ours:
        return "insertion between exon and intron"
    if len(variant.ref) == len(variant.alt) > 1:
        return "MNV"
    if "start_lost" in ours and not csq & ENDS and "coding_sequence" not in csq:
        return "start codon split by an intron"
    if (csq | ours) & ENDS or (csq - utr and ours - {"splice_region"} <= utr and ours):
        return "start or stop codon of an indel"
    if ours & SITES and csq - {"splice_region"} <= utr:
        return "splice site beside a UTR exon"
    if csq & SITES and ours & SITES:
        return "deletion of a whole exon or intron"
    return ""


def compare(
    bcftools: str, genome: Genome, sites: Sites, fasta: Path, folder: Path
) -> tuple[float, Counter[str], object]:
    """Return the share of pairs that agree, the reasons for the rest, and the pairs without a reason."""
    write_gff3(genome, sorted({int(c) for c in sites.contig}), folder / "genes.gff3")
    write_vcf(genome, sites, folder / "sites.vcf")
    theirs = answers(bcftools, fasta, folder / "genes.gff3", folder / "sites.vcf")
    found = effects(genome, sites)
    ours = {
        (int(v), int(g)): set(names(int(m))) for v, g, m in zip(found.variant, found.gene, found.terms, strict=True)
    }
    csq_class, our_class = mapping()
    same, reasons, odd = 0, Counter[str](), []
    for key in sorted(theirs.keys() | ours.keys()):
        a = classes({csq_class[term] for term in theirs.get(key, ())})
        b = classes({our_class[term] for term in ours.get(key, ())})
        if a == b:
            same += 1
            continue
        reason = explained(sites[key[0]], a, b)
        reasons[reason] += 1
        if not reason:
            odd.append((sites[key[0]], int(genome.genes.strand[key[1]]), a, b))
    hidden = reasons.pop("intron beside another gene", 0)  # csq is silent there; nothing to compare
    total = same + reasons.total()
    print(
        f"{len(sites)} variants, {total} pairs and {hidden} introns that csq leaves out; {same / total:.4%}; {reasons}"
    )
    return same / total, reasons, odd


def check(bcftools: str, genome: Genome, sites: Sites, fasta: Path, folder: Path) -> None:
    share, _, odd = compare(bcftools, genome, sites, fasta, folder)
    assert odd == []
    assert share >= AGREE


@pytest.fixture(scope="module")
def real(shared: Path) -> tuple[Genome, Path]:
    """The real slices with the MANE models."""
    from raresim import reference

    fasta = shared / "grch38" / "slices.fa.gz"
    return reference.load(fasta, shared / "grch38" / "mane.gff3.gz"), fasta


def nuclear(genome: Genome) -> list[int]:
    return [c for c in range(len(genome.contigs)) if genome.contigs[c].kind is not ContigKind.MT]


def test_small_genome(tool: Callable[[str], str], tmp_path: Path) -> None:
    """Odd genes: 2-base exons, split start codons, 37-base introns, exons of a few bases. Here the share says nothing,
    for half the bases are special, but every difference must have its reason."""
    genome = random_genome(5, 300)
    write_fasta(genome, nuclear(genome), tmp_path / "genome.fa")
    sites = random_sites(genome, near_genes(genome, nuclear(genome), 20), 5000, default_rng(1), 0.6, 0.1)
    share, _, odd = compare(tool("bcftools"), genome, sites, tmp_path / "genome.fa", tmp_path)
    assert odd == []
    assert share > 0.98


def test_real_genome(tool: Callable[[str], str], real: tuple[Genome, Path], tmp_path: Path) -> None:
    genome, fasta = real
    sites = random_sites(genome, near_genes(genome, nuclear(genome), 20), 5000, default_rng(2))
    check(tool("bcftools"), genome, sites, fasta, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4])
def test_real_genome_with_100_000_variants(
    tool: Callable[[str], str], real: tuple[Genome, Path], tmp_path: Path, seed: int
) -> None:
    genome, fasta = real
    sites = random_sites(genome, near_genes(genome, nuclear(genome), 20), 105_000, default_rng(seed))
    check(tool("bcftools"), genome, sites, fasta, tmp_path)


@pytest.mark.slow
def test_synthetic_genome_with_100_000_variants(tool: Callable[[str], str], tmp_path: Path) -> None:
    from raresim import synthetic

    genome = synthetic.build()
    contigs = [genome.index[name] for name in ("chr19", "chr21", "chr22", "chrX")]
    write_fasta(genome, contigs, tmp_path / "genome.fa")
    sites = random_sites(genome, near_genes(genome, contigs, 20), 105_000, default_rng(5))
    check(tool("bcftools"), genome, sites, tmp_path / "genome.fa", tmp_path)
