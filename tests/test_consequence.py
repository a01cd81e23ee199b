"""Consequences: against the naive twin, by hand, on both strands, and always the same."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from raresim.consequence import BIT, TERMS, effects, names, worst
from raresim.genome import Genome
from raresim.normalise import normalise, normalise_sites
from raresim.sites import Sites, Variant
from tests.builders import random_genome, reverse_complement, tiny_genome
from tests.interop.csq import near_genes, random_sites
from tests.naive.consequence import Transcript, terms


def by_pair(genome: Genome, sites: Sites) -> dict[tuple[int, int], set[str]]:
    found = effects(genome, sites)
    return {
        (int(v), int(g)): set(names(int(m))) for v, g, m in zip(found.variant, found.gene, found.terms, strict=True)
    }


def differences(genome: Genome, sites: Sites) -> list[object]:
    """Pairs on which the engine and the twin disagree."""
    found, out = by_pair(genome, sites), []
    genes = genome.genes
    transcripts = [Transcript(genome, g) for g in range(len(genes))]
    for v in range(len(sites)):
        variant = sites[v]
        for g in range(len(genes)):
            if (
                genes.contig[g] == variant.contig
                and genes.start[g] <= variant.pos + len(variant.ref)
                and variant.pos < genes.end[g]
            ):
                got, want = found.pop((v, g), set()), terms(transcripts[g], variant)
                if got != want:
                    out.append((variant, g, int(genes.strand[g]), got, want))
    return out + list(found.items())


@pytest.mark.parametrize("seed", [1, 2])
def test_equals_the_naive_twin(seed: int) -> None:
    genome = random_genome(seed, 60)
    regions = near_genes(genome, [0, 1], 20) + [(2, 120, 3300)] * 12
    sites = random_sites(genome, regions, 2500, default_rng(seed), 0.3, 0.2)
    assert differences(genome, sites) == []


def test_equals_the_naive_twin_at_every_place_of_the_tiny_genome() -> None:
    genome = tiny_genome()
    rng = default_rng(5)
    variants = []
    for contig, start, end in [*near_genes(genome, [0, 1], 12), (2, 495, 530), (2, 1080, 1104)]:
        for pos in range(start, end):
            base = genome.fetch(contig, pos, pos + 1)
            variants.append(Variant(contig, pos, base, "ACGT"[("ACGT".index(base) + 1 + pos % 3) % 4]))
            size = int(rng.integers(1, 8))
            near = genome.fetch(contig, pos, pos + size + 1)
            if "N" not in near:
                variants += [Variant(contig, pos, near, near[0]), Variant(contig, pos, base, near)]
    assert differences(genome, normalise_sites(genome, Sites.of(variants))) == []


def test_mirrored_snvs_and_codon_changes_have_the_same_terms_on_both_strands() -> None:
    genome = random_genome(3, 40)
    mirrored = mirror(genome)
    sites = random_sites(genome, near_genes(genome, [0, 1], 20), 4000, default_rng(8), 1.0)
    flipped = Sites.of(
        Variant(v.contig, genome.contigs[v.contig].length - v.pos - 1, *map(reverse_complement, (v.ref, v.alt)))
        for v in (sites[i] for i in range(len(sites)))
    )
    ours = effects(genome, sites)
    other = effects(mirrored, flipped)
    back = {
        (genes_of(mirrored)[g], int(v)): int(m) for v, g, m in zip(other.variant, other.gene, other.terms, strict=True)
    }
    here = {
        (genome.genes.symbol[g], int(v)): int(m) for v, g, m in zip(ours.variant, ours.gene, ours.terms, strict=True)
    }
    assert here == back


def test_mirrored_indels_do_the_same_to_the_protein_on_both_strands() -> None:
    """Splice and intron terms follow the place of the record, which is left-aligned on either genome."""
    genome = random_genome(3, 60)
    mirrored = mirror(genome)
    sites = random_sites(genome, near_genes(genome, [0, 1], 20), 3000, default_rng(8), 0.1, 0.1)
    pairs = []
    for i in range(len(sites)):
        v = sites[i]
        pos = genome.contigs[v.contig].length - v.pos - len(v.ref)
        flipped = normalise(mirrored, Variant(v.contig, pos, *map(reverse_complement, (v.ref, v.alt))))
        if flipped:
            pairs.append((v, flipped))
    ours = by_pair(genome, Sites.of([a for a, _ in pairs]))
    other = by_pair(mirrored, Sites.of([b for _, b in pairs]))
    here = {(v, genome.genes.symbol[g]): t for (v, g), t in ours.items()}
    back = {(v, mirrored.genes.symbol[g]): t for (v, g), t in other.items()}
    placed = {"splice_region_variant", "splice_donor_variant", "splice_acceptor_variant", "intron_variant"}
    compared = [k for k in here.keys() & back.keys() if not (here[k] | back[k]) & placed]
    assert len(compared) > 2000
    assert [(k, here[k], back[k]) for k in compared if here[k] != back[k]] == []


def genes_of(genome: Genome) -> list[str]:
    return genome.genes.symbol


def mirror(genome: Genome) -> Genome:
    """The same genome read from the other end."""
    from dataclasses import replace

    genes = genome.genes
    order = np.lexsort((-genes.end.astype(np.int64), genes.contig))
    length = np.array([c.length for c in genome.contigs])
    total = length[genes.contig[order]]
    start, end, off = [], [], [0]
    for g in order:
        rows = range(int(genes.exon_off[g]), int(genes.exon_off[g + 1]))
        size = int(length[genes.contig[g]])
        start += [size - int(genes.exon_end[r]) for r in reversed(rows)]
        end += [size - int(genes.exon_start[r]) for r in reversed(rows)]
        off.append(len(start))

    def text(column: list[str]) -> list[str]:
        return [column[g] for g in order]

    new = replace(
        genes,
        **{k: text(getattr(genes, k)) for k in ("symbol", "hgnc", "ensembl", "ncbi", "transcript", "chosen")},
        strand=-genes.strand[order],
        contig=genes.contig[order],
        code=genes.code[order],
        start=(total - genes.end[order]).astype(np.int32),
        end=(total - genes.start[order]).astype(np.int32),
        cds_start=(total - genes.cds_end[order]).astype(np.int32),
        cds_end=(total - genes.cds_start[order]).astype(np.int32),
        exon_off=np.array(off, np.int64),
        exon_start=np.array(start, np.int32),
        exon_end=np.array(end, np.int32),
    )
    seg_start, seg_end, pieces = [], [], []
    for c, contig in enumerate(genome.contigs):
        for k in reversed(range(int(genome.seg_first[c]), int(genome.seg_first[c + 1]))):
            a, b = int(genome.seg_start[k]), int(genome.seg_end[k])
            seg_start.append(contig.length - b)
            seg_end.append(contig.length - a)
            pieces.append(reverse_complement(genome.fetch(c, a, b)))
    return replace(
        genome,
        genes=new,
        seg_start=np.array(seg_start, np.int32),
        seg_end=np.array(seg_end, np.int32),
        seg_off=np.cumsum([0] + [len(p) for p in pieces])[:-1].astype(np.int64),
        bases=np.frombuffer("".join(pieces).encode(), np.uint8).copy(),
    )


def place(genome: Genome, gene: int, coding: int) -> tuple[int, str, int]:
    """Genomic position of a coding base (0-based), its base on the transcript, and the strand."""
    genes = genome.genes
    places = [p for a, b in genes.cds(gene) for p in range(a, b)][:: int(genes.strand[gene])]
    base = genome.fetch(int(genes.contig[gene]), places[coding], places[coding] + 1)
    return places[coding], base if genes.strand[gene] > 0 else reverse_complement(base), int(genes.strand[gene])


@pytest.mark.parametrize("gene", [2, 3])
def test_a_start_codon_split_by_an_intron_is_lost_by_a_change_of_any_of_its_bases(gene: int) -> None:
    genome = tiny_genome()
    for c, base in enumerate("ATG"):
        pos, found, strand = place(genome, gene, c)
        assert found == base
        alt = "C" if strand > 0 else "G"
        ref = base if strand > 0 else reverse_complement(base)
        (mask,) = effects(genome, Sites.of([Variant(0, pos, ref, alt)])).terms
        assert "start_lost" in names(int(mask))
        assert "splice_region_variant" in names(int(mask))


def test_mitochondrial_code() -> None:
    genome = tiny_genome()
    gene = 6
    start = int(genome.genes.cds_start[gene])
    text = genome.fetch(2, start, int(genome.genes.cds_end[gene]))
    codons = [text[i : i + 3] for i in range(0, len(text), 3)]

    def change(number: int, ref: str, alt: str) -> tuple[str, ...]:
        pos = start + 3 * number + 2
        assert text[3 * number + 2] == ref
        return names(int(effects(genome, Sites.of([Variant(2, pos, ref, alt)])).terms[0]))

    trp = codons.index("TGA")
    assert change(trp, "A", "G") == ("synonymous_variant",)
    ser = next(i for i, c in enumerate(codons[1:-1], 1) if c == "AGC")
    assert change(ser, "C", "A") == ("stop_gained",)
    assert change(0, "G", "A") == ("start_retained_variant",)


def test_worst_takes_the_most_severe_and_then_the_first_gene() -> None:
    genome = tiny_genome()
    overlap = (int(genome.genes.start[1]), int(genome.genes.end[0]))
    middle = sum(overlap) // 2
    base = genome.fetch(0, middle, middle + 1)
    alt = "ACGT"["ACGT".index(base) - 1]
    first = int(genome.genes.cds_start[0])
    sites = Sites.of([Variant(0, 500, "N", "A"), Variant(0, first, "A", "C"), Variant(0, middle, base, alt)])
    mask, gene = worst(effects(genome, sites), len(sites))
    assert gene.tolist() == [-1, 0, 0]
    assert [names(int(m))[:1] for m in mask] == [(), ("start_lost",), ("3_prime_UTR_variant",)]
    assert mask.dtype == np.uint32
    assert gene.dtype == np.int32


def test_terms_are_in_order_of_severity() -> None:
    assert names(BIT["intron_variant"] | BIT["splice_region_variant"]) == ("splice_region_variant", "intron_variant")
    assert len(set(TERMS)) == len(TERMS)


def test_no_sites_and_no_genes() -> None:
    assert len(effects(tiny_genome(), Sites.of([])).variant) == 0


def test_any_order_and_repetition_gives_the_same_answer() -> None:
    genome = tiny_genome()
    sites = random_sites(genome, near_genes(genome, [0, 1], 20), 100, default_rng(2), 0.5, 0.1)

    def digest(order: np.ndarray) -> str:
        found = by_pair(genome, sites.take(order))
        rows = sorted((int(order[v]), g, sorted(t)) for (v, g), t in found.items())
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    rng = default_rng(3)
    assert len({digest(rng.permutation(len(sites))) for _ in range(20)}) == 1


FRESH = """
import hashlib
from pathlib import Path
from numpy.random import default_rng
from raresim import reference
from raresim.consequence import effects
from raresim.hgvs import hgvs
from tests.interop.csq import near_genes, random_sites
folder = Path({folder!r})
genome = reference.load(folder / "mini.fa", folder / "mini.gff3", "mini")
sites = random_sites(genome, near_genes(genome, range(3), 5), 100, default_rng(1), 0.5)
found = effects(genome, sites)
rows = list(zip(found.variant.tolist(), found.gene.tolist(), found.terms.tolist()))
print(hashlib.sha256(repr([(r, hgvs(genome, sites[r[0]], r[1])) for r in rows]).encode()).hexdigest())
"""


def fresh(shared: Path, processes: int) -> set[str]:
    """Digests of the answers for 100 variants of the mini genome in processes with another hash seed each."""
    code = FRESH.format(folder=str((shared.parent / "field_reports" / "inputs").resolve()))
    root = Path(__file__).parent.parent
    return {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(processes)
    }


def test_two_processes_agree(shared: Path) -> None:
    assert len(fresh(shared, 2)) == 1


@pytest.mark.slow
def test_twenty_processes_agree(shared: Path) -> None:
    """Field report: consequences differed between runs (G13)."""
    assert len(fresh(shared, 20)) == 1
