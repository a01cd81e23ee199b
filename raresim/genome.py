"""The genome: contigs with their ploidy rules, one transcript a gene, and bases where they are needed.

Positions are 0-based half-open everywhere inside raresim; VCF and GFF3 positions are 1-based. The only homes of the
conversion are the readers and writers of those files.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


class ContigKind(IntEnum):
    """The ploidy rule of a contig; nothing else in raresim compares contig names."""

    AUTOSOME = 0
    X = 1
    Y = 2
    MT = 3


@dataclass(frozen=True, slots=True)
class Contig:
    """A contig: its name in every output (``chr1`` .. ``chrX``, ``chrM``), length in bases, kind, and PAR intervals."""

    name: str
    length: int
    kind: ContigKind
    par: tuple[tuple[int, int], ...] = ()

    def in_par(self, pos: int) -> bool:
        """Whether a 0-based position lies in a pseudoautosomal region."""
        return any(start <= pos < end for start, end in self.par)

    def ploidy(self, pos: int, female: bool) -> int:
        """Copies that a person of this sex has of a 0-based position (mitochondrial DNA counts as one)."""
        if self.kind is ContigKind.AUTOSOME or (self.kind is ContigKind.X and (female or self.in_par(pos))):
            return 2
        if self.kind is ContigKind.Y and (female or self.in_par(pos)):
            return 0
        return 1


@dataclass(frozen=True)
class Genes:
    """One protein-coding transcript for each gene, as columns sorted by (contig, start); the row number is "the gene".

    symbol, hgnc ("HGNC:1"), ensembl (gene id, no version), ncbi, transcript (id with version): lists of text ("" where
    unknown). contig int16[n]; strand int8[n] (1 or -1); start, end int32[n] of the transcript; cds_start, cds_end
    int32[n] genomic bounds of the coding sequence with its stop codon. The exons of gene g are rows
    ``exon_off[g]:exon_off[g + 1]`` of exon_start, exon_end (int32), ascending on the genome whatever the strand.
    code int8[n]: 0 standard genetic code, 1 vertebrate mitochondrial. chosen: why this transcript stands for the gene
    ("MANE Select", "canonical", "longest CDS").
    """

    symbol: list[str]
    hgnc: list[str]
    ensembl: list[str]
    ncbi: list[str]
    transcript: list[str]
    chosen: list[str]
    contig: NDArray[np.int16]
    strand: NDArray[np.int8]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    cds_start: NDArray[np.int32]
    cds_end: NDArray[np.int32]
    code: NDArray[np.int8]
    exon_off: NDArray[np.int64]
    exon_start: NDArray[np.int32]
    exon_end: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.symbol)

    @cached_property
    def by_hgnc(self) -> dict[str, int]:
        """Gene row by HGNC id."""
        return {h: g for g, h in enumerate(self.hgnc) if h}

    @cached_property
    def by_symbol(self) -> dict[str, int]:
        """Gene row by symbol."""
        return {s: g for g, s in enumerate(self.symbol)}

    @cached_property
    def by_ensembl(self) -> dict[str, int]:
        """Gene row by Ensembl gene id without version."""
        return {e: g for g, e in enumerate(self.ensembl) if e}

    @cached_property
    def by_ncbi(self) -> dict[str, int]:
        """Gene row by NCBI gene id."""
        return {e: g for g, e in enumerate(self.ncbi) if e}

    def cds(self, gene: int) -> list[tuple[int, int]]:
        """Return the coding parts of the exons of a gene, ascending on the genome."""
        lo, hi = int(self.cds_start[gene]), int(self.cds_end[gene])
        rows = slice(int(self.exon_off[gene]), int(self.exon_off[gene + 1]))
        cut = [
            (max(int(s), lo), min(int(e), hi)) for s, e in zip(self.exon_start[rows], self.exon_end[rows], strict=True)
        ]
        return [(s, e) for s, e in cut if s < e]


@dataclass(frozen=True)
class Genome:
    """A reference sequence with its genes; bases are held only in segments around exons and targets, N elsewhere.

    name: "synthetic" or the FASTA's name; assembly: what ``##contig`` and phenopackets say ("raresim-synthetic-1",
    "GRCh38"); hgvs_prefix: "SYN_" for the synthetic genome, "" otherwise. The segments of contig c are rows
    ``seg_first[c]:seg_first[c + 1]``, sorted and disjoint; segment k covers ``seg_start[k]:seg_end[k]`` and its bases
    (upper-case ASCII) begin at ``bases[seg_off[k]]``. digest: of contigs, genes and bases.
    """

    name: str
    assembly: str
    hgvs_prefix: str
    contigs: tuple[Contig, ...]
    genes: Genes
    seg_first: NDArray[np.int64]
    seg_start: NDArray[np.int32]
    seg_end: NDArray[np.int32]
    seg_off: NDArray[np.int64]
    bases: NDArray[np.uint8]
    digest: str
    notes: tuple[str, ...] = ()  # what the summary should say: how transcripts were chosen, what was left out
    unplantable: frozenset[int] = frozenset()  # genes whose made-up bases cannot hold every reading frame

    @property
    def absent(self) -> bool:
        """Whether there is no sequence (``genome = "none"``): the genes are names, nobody has a genotype."""
        return not self.contigs

    @cached_property
    def seg_place(self) -> NDArray[np.int64]:
        """Contig and end of every segment as one number, ascending."""
        contig = np.repeat(np.arange(len(self.contigs), dtype=np.int64), np.diff(self.seg_first))
        return np.asarray(contig << 32 | self.seg_end)

    @cached_property
    def index(self) -> dict[str, int]:
        """Contig row by name, with its usual aliases (1, chr1; X, chrX; M, MT, chrM, chrMT)."""
        out: dict[str, int] = {}
        for row, contig in enumerate(self.contigs):
            bare = contig.name.removeprefix("chr")
            aliases = {contig.name, bare, "chr" + bare}
            if contig.kind is ContigKind.MT:
                aliases |= {"M", "MT", "chrM", "chrMT"}
            for alias in aliases:
                out.setdefault(alias, row)
        return out

    def letters(self, contig: NDArray[np.integer], pos: NDArray[np.integer]) -> NDArray[np.uint8]:
        """Return the base at each of these places (ASCII), N where none is held."""
        place = contig.astype(np.int64) << 32 | pos
        k = np.searchsorted(self.seg_place[:-1], place, "right")
        start = (self.seg_place[k] >> 32 << 32) + self.seg_start[k]
        held = (start <= place) & (place < self.seg_place[k])
        return np.where(held, self.bases[np.where(held, self.seg_off[k] + place - start, 0)], np.uint8(ord("N")))

    def fetch(self, contig: int, start: int, end: int) -> str:
        """Return the bases of a 0-based half-open interval, N where none are held."""
        out = np.full(max(0, end - start), ord("N"), np.uint8)
        first, last = int(self.seg_first[contig]), int(self.seg_first[contig + 1])
        k = first + int(np.searchsorted(self.seg_end[first:last], start, "right"))
        while k < last and self.seg_start[k] < end:
            a, b = max(start, int(self.seg_start[k])), min(end, int(self.seg_end[k]))
            at = int(self.seg_off[k]) + a - int(self.seg_start[k])
            out[a - start : b - start] = self.bases[at : at + b - a]
            k += 1
        return out.tobytes().decode()


@dataclass(frozen=True)
class Targets:
    """What is sequenced: merged intervals sorted by (contig, start); contig int16[n], start and end int32[n]."""

    contig: NDArray[np.int16]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    notes: tuple[str, ...] = ()  # what the summary should say: intervals of a BED that were dropped

    @property
    def bases(self) -> int:
        """Number of target bases."""
        return int((self.end.astype(np.int64) - self.start).sum())


def content_digest(genome: Genome) -> str:
    """Return a digest (BLAKE2b, 128 bits) of contigs, genes and bases."""
    genes = genome.genes
    text = [
        [[c.name, c.length, int(c.kind), c.par] for c in genome.contigs],
        [genes.symbol, genes.hgnc, genes.ensembl, genes.ncbi, genes.transcript],
    ]
    hasher = hashlib.blake2b(json.dumps(text).encode(), digest_size=16)
    columns = (genes.contig, genes.strand, genes.start, genes.end, genes.cds_start, genes.cds_end, genes.code)
    exons = (genes.exon_off, genes.exon_start, genes.exon_end)
    for array in (*columns, *exons, genome.seg_first, genome.seg_start, genome.seg_end, genome.bases):
        hasher.update(np.ascontiguousarray(array).data)
    return hasher.hexdigest()
