"""What an allele does to a transcript: Sequence Ontology terms and HGVS."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from raresim.genome import Genome
from raresim.sites import Sites

# Sequence Ontology terms in order of severity (Ensembl's order); bit i of a term mask stands for TERMS[i].
TERMS = (
    "splice_acceptor_variant",
    "splice_donor_variant",
    "stop_gained",
    "frameshift_variant",
    "stop_lost",
    "start_lost",
    "inframe_insertion",
    "inframe_deletion",
    "missense_variant",
    "protein_altering_variant",
    "splice_region_variant",
    "start_retained_variant",
    "stop_retained_variant",
    "synonymous_variant",
    "coding_sequence_variant",
    "5_prime_UTR_variant",
    "3_prime_UTR_variant",
    "intron_variant",
    "upstream_gene_variant",
    "downstream_gene_variant",
    "intergenic_variant",
)
BIT = {term: 1 << i for i, term in enumerate(TERMS)}


@dataclass(frozen=True)
class Effects:
    """Effects of variants on transcripts, one row a pair that touches: variant int32, gene int32 (row of the genome's
    genes), terms uint32 (bits of ``TERMS``); sorted by (variant, gene). A variant that touches no gene has no row."""

    variant: NDArray[np.int32]
    gene: NDArray[np.int32]
    terms: NDArray[np.uint32]


# Genetic codes of the NCBI in its order of codons (TTT, TTC, TTA, TTG, TCT, ..): table 1 standard, table 2 vertebrate
# mitochondrial; X for an unknown codon. STARTS: codons that may begin a protein (human nuclear genes: ATG alone).
CODES = (
    "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGGX",
    "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGGX",
)
STARTS = (
    "-----------------------------------M-----------------------------",
    "--------------------------------MMMM---------------M-------------",
)


def names(mask: int) -> tuple[str, ...]:
    """Return the terms of a mask, the most severe first."""
    return tuple(term for i, term in enumerate(TERMS) if int(mask) >> i & 1)


def effects(genome: Genome, sites: Sites) -> Effects:
    """Return the effects of variants on the genes they touch.

    Variants are in normal form, and REF is taken to be the reference. What an allele hits is told where the record
    stands, as other annotators do; what it does to the protein is told from the changed sequence, so that an indel that
    leaves a start or stop codon whole is called so on either strand. The rules are in docs/consequences.md.
    """
    from raresim.kernels.consequence import overlaps, terms_of

    genes = genome.genes
    first = np.searchsorted(genes.contig, np.arange(len(genome.contigs) + 1))
    reach = np.concatenate([np.maximum.accumulate(genes.end[a:b]) for a, b in pairwise(first)])
    end = sites.pos + sites.ref_len
    rows, touched = overlaps(
        sites.contig, sites.pos, end, first, genes.start.astype(np.int64), reach.astype(np.int64), genes.end
    )
    used, compact = np.unique(touched, return_inverse=True)
    codes = "".join(a + b for a, b in zip(CODES, STARTS, strict=True)).encode()
    inputs: tuple[NDArray[np.generic], ...] = (
        rows,
        compact,
        sites.pos,
        sites.ref_off,
        sites.ref_text,
        sites.alt_off,
        sites.alt_text,
        *_layout(genome, used),
        genome.bases,
        np.frombuffer(codes, np.uint8).reshape(2, 2, 65),
    )
    terms = terms_of(*inputs)
    keep = terms != 0
    return Effects(rows[keep], touched[keep], terms[keep])


def worst(effects: Effects, n: int) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Return the terms (uint32[n]) and the gene (int32[n]) of the most severe effect of each of n variants.

    The effect whose first term is the most severe wins; among equals the one with the lower gene row. A variant that
    touches no gene has terms 0 and gene -1.
    """
    lowest = effects.terms & (~effects.terms + np.uint32(1))
    order = np.lexsort((effects.gene, lowest, effects.variant))
    rows = order[np.unique(effects.variant[order], return_index=True)[1]]
    terms, gene = np.zeros(n, np.uint32), np.full(n, -1, np.int32)
    terms[effects.variant[rows]] = effects.terms[rows]
    gene[effects.variant[rows]] = effects.gene[rows]
    return terms, gene


def _layout(genome: Genome, rows: NDArray[np.int32]) -> tuple[NDArray[np.generic], ...]:
    """Return the gene and exon columns that the kernel wants, of these genes only."""
    genes = genome.genes
    size = np.diff(genes.exon_off)[rows]
    off = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)])
    exons = np.repeat(genes.exon_off[:-1][rows] - off[:-1], size) + np.arange(off[-1])
    start, end = genes.exon_start[exons].astype(np.int64), genes.exon_end[exons].astype(np.int64)
    owner = np.repeat(np.arange(len(rows)), size)
    low, high = genes.cds_start[rows].astype(np.int64), genes.cds_end[rows].astype(np.int64)
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(end - start)])
    cum = total[:-1] - total[off[:-1]][owner]

    def exonic(left: NDArray[np.integer], right: NDArray[np.integer]) -> NDArray[np.int64]:
        inside = np.minimum(end, right[owner]) - np.maximum(start, left[owner])
        return np.bincount(owner, np.maximum(inside, 0), len(rows)).astype(np.int64)

    forward = genes.strand[rows] > 0
    before = np.where(forward, exonic(genes.start[rows], low), exonic(high, genes.end[rows]))
    return (
        genes.strand[rows],
        low,
        high,
        genes.code[rows],
        before,
        exonic(low, high),
        off,
        start,
        end,
        cum,
        _held(genome, genes.contig[rows][owner], start, end),
    )


def _held(
    genome: Genome, contig: NDArray[np.int16], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return where the bases of each interval begin in ``genome.bases``, -1 where they are not all held."""
    row = np.searchsorted(genome.seg_place, (contig.astype(np.int64) << 32) + start, "right")
    row = np.minimum(row, len(genome.seg_end) - 1)
    contig_of = np.searchsorted(genome.seg_first, row, "right") - 1
    held = (contig_of == contig) & (genome.seg_start[row] <= start) & (end <= genome.seg_end[row])
    return np.where(held, genome.seg_off[row] + start - genome.seg_start[row], -1)
