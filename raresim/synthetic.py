"""The embedded genome: real gene models at their GRCh38 coordinates, made-up bases.

Selenoproteins are ordinary genes here: no coding sequence has an inner TGA. Transcript ids begin with ``SYN_``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim import artifact, gene_table
from raresim.gene_table import Shipped
from raresim.genome import ContigKind, Genome
from raresim.intervals import merged
from raresim.streams import key
from raresim.tables import cache_folder

NAME = "raresim-synthetic-1"
VERSION = 1  # of the generator: every change of a base is a new version
PREFIX = "SYN_"
FLANK = 150  # bases on either side of an exon

# Codons a thousand in Homo sapiens, 93,487 coding sequences (Nakamura, Gojobori and Ikemura 2000, Nucleic Acids
# Research 28:292, doi 10.1093/nar/28.1.292); order of bases TCAG in each place, as in the printed genetic code.
_USAGE = (
    *(17.6, 20.3, 7.7, 12.9, 15.2, 17.7, 12.2, 4.4, 12.2, 15.3, 1.0, 0.8, 10.6, 12.6, 1.6, 13.2),
    *(13.2, 19.6, 7.2, 39.6, 17.5, 19.8, 16.9, 6.9, 10.9, 15.1, 12.3, 34.2, 4.5, 10.4, 6.2, 11.4),
    *(16.0, 20.8, 7.5, 22.0, 13.1, 18.9, 15.1, 6.1, 17.0, 19.1, 24.4, 31.9, 12.1, 19.5, 12.2, 12.0),
    *(11.0, 14.5, 7.1, 28.1, 18.4, 27.7, 15.8, 7.4, 21.8, 25.1, 29.0, 39.6, 10.8, 22.2, 16.5, 16.5),
)
# CpG over a codon's edge, observed over expected, in the coding sequences of 167 MANE genes on 20 Mb of GRCh38
_EDGE_CPG = 0.455
# GC content and CpG (observed over expected) of the same genes' other exonic bases and of 150 bp beside exons; Mignone
# et al. 2002, doi 10.1186/gb-2002-3-3-reviews0004, has a GC content of 60% for 5' and 45% for 3' UTRs.
_FLANK_CONTENT = (0.488, 0.302)
_UTR5_CONTENT = (0.625, 0.748)
_UTR3_CONTENT = (0.454, 0.299)


@dataclass(frozen=True)
class Layout:
    """Where the bases are: segments (as in ``Genome``) and, for each exon and coding piece, the index of its first
    base; the coding pieces of gene g are rows ``piece_off[g]:piece_off[g + 1]``."""

    seg_first: NDArray[np.int64]
    seg_start: NDArray[np.int64]
    seg_end: NDArray[np.int64]
    seg_off: NDArray[np.int64]
    seg_contig: NDArray[np.int64]
    exon_first: NDArray[np.int64]
    exon_size: NDArray[np.int64]
    piece_off: NDArray[np.int64]
    piece_first: NDArray[np.int64]
    piece_pos: NDArray[np.int64]
    piece_size: NDArray[np.int64]

    def index(self, contig: int, position: int) -> int:
        """Return the index of the base at a position where bases are held."""
        rows = slice(int(self.seg_first[contig]), int(self.seg_first[contig + 1]))
        k = rows.start + int(np.searchsorted(self.seg_start[rows], position, "right")) - 1
        return int(self.seg_off[k] + position - self.seg_start[k])

    def position(self, index: int) -> tuple[int, int]:
        """Return contig and position of a base."""
        k = int(np.searchsorted(self.seg_off, index, "right")) - 1
        return int(self.seg_contig[k]), int(self.seg_start[k] + index - self.seg_off[k])


def build() -> Genome:
    """Return the synthetic genome; its bases are made once and kept in the cache folder (120 MB, memory-mapped)."""
    shipped = gene_table.load()
    digest = hashlib.blake2b(f"{NAME} {VERSION} {shipped.digest}".encode(), digest_size=16).hexdigest()
    place = layout(shipped)
    path = cache_folder() / f"{NAME}-{digest[:16]}.bin"
    size = int(place.seg_off[-1])
    bases = _cached(path, size)
    if bases is None:
        made = make(shipped, place)
        artifact.write(path, {"bases": made})
        del made
        bases = _cached(path, size)
        assert bases is not None, f"{path} cannot be read back"
    return genome(shipped, place, bases, digest)


def genome(shipped: Shipped, place: Layout, bases: NDArray[np.uint8], digest: str) -> Genome:
    """Return the genome of these bases, laid out as in ``place``."""
    genes = replace(shipped.genes, transcript=[PREFIX + name for name in shipped.genes.transcript])
    selenium = "selenoproteins are ordinary genes here (no TGA inside a coding sequence)"
    return Genome(
        name="synthetic",
        assembly=NAME,
        hgvs_prefix=PREFIX,
        contigs=shipped.contigs,
        genes=genes,
        seg_first=place.seg_first,
        seg_start=place.seg_start.astype(np.int32),
        seg_end=place.seg_end.astype(np.int32),
        seg_off=place.seg_off[:-1],
        bases=bases,
        digest=digest,
        notes=(f"transcripts chosen: MANE Select {int((genes.code == 0).sum()):,}", selenium),
        unplantable=shipped.unplantable,
    )


def _cached(path: Path, size: int) -> NDArray[np.uint8] | None:
    """Return the bases of an undamaged cache file; copy-on-write, so that kernels see an ordinary array."""
    found = (artifact.read(path, "c") or {}).get("bases")
    return found if found is not None and found.shape == (size,) else None


def layout(shipped: Shipped) -> Layout:
    """Return where the bases of all exons and ``FLANK`` bases around them are held."""
    genes, contigs = shipped.genes, shipped.contigs
    gene = np.repeat(np.arange(len(genes)), np.diff(genes.exon_off))
    contig = genes.contig[gene].astype(np.int64)
    start, end = genes.exon_start.astype(np.int64), genes.exon_end.astype(np.int64)
    whole = np.flatnonzero([c.kind is ContigKind.MT for c in contigs])
    limit = np.array([c.length for c in contigs])
    seg_contig, seg_start, seg_end = merged(
        np.concatenate([contig, whole]),
        np.concatenate([np.maximum(start - FLANK, 0), np.zeros(len(whole), np.int64)]),
        np.concatenate([np.minimum(end + FLANK, limit[contig]), limit[whole]]),
    )
    seg_off = np.concatenate([np.zeros(1, np.int64), np.cumsum(seg_end - seg_start)])
    far = 1 << 32
    segment = np.searchsorted(seg_contig * far + seg_start, contig * far + start, "right") - 1
    exon_first = seg_off[segment] + start - seg_start[segment]
    low, high = genes.cds_start[gene].astype(np.int64), genes.cds_end[gene].astype(np.int64)
    piece_pos, piece_end = np.maximum(start, low), np.minimum(end, high)
    rows = np.flatnonzero(piece_pos < piece_end)
    return Layout(
        seg_first=np.searchsorted(seg_contig, np.arange(len(contigs) + 1)).astype(np.int64),
        seg_start=seg_start,
        seg_end=seg_end,
        seg_off=seg_off,
        seg_contig=seg_contig,
        exon_first=exon_first,
        exon_size=end - start,
        piece_off=np.searchsorted(gene[rows], np.arange(len(genes) + 1)).astype(np.int64),
        piece_first=(exon_first + piece_pos - start)[rows],
        piece_pos=piece_pos[rows],
        piece_size=(piece_end - piece_pos)[rows],
    )


def make(shipped: Shipped, place: Layout) -> NDArray[np.uint8]:
    """Return the bases of all segments: a function of generator version, contig and position.

    Flanks and UTRs first, then coding sequences and splice sites in the order of the genes, then repairs where genes
    overlap in conflicting frames; the mitochondrion is the rCRS.
    """
    from raresim.kernels import synthetic as kernels

    genes = shipped.genes
    keys = np.array([key(VERSION, NAME, contig.name) for contig in shipped.contigs], np.uint64)
    bases = np.full(int(place.seg_off[-1]), ord("N"), np.uint8)
    mark = np.zeros(len(bases), np.uint8)
    gene = np.repeat(np.arange(len(genes)), np.diff(genes.exon_off))
    contig = genes.contig[gene]
    start, end = genes.exon_start.astype(np.int64), genes.exon_end.astype(np.int64)
    low, high = genes.cds_start[gene], genes.cds_end[gene]
    minus = genes.strand[gene] < 0
    before = np.minimum(end, low) - start  # exonic bases left and right of the coding sequence
    after = end - np.maximum(start, high)
    left = (place.exon_first, start, before)
    right = (place.exon_first + end - start - after, end - after, after)
    sides = ((left, ~minus, minus), (right, minus, ~minus))  # where 5' UTRs are, where 3' UTRs
    utrs = [(c, five, _UTR5_CONTENT) for c, five, _ in sides] + [(c, three, _UTR3_CONTENT) for c, _, three in sides]
    letters = np.frombuffer(b"ACGT", np.uint8).copy()
    with np.errstate(over="ignore"):
        segments = (place.seg_off[:-1], place.seg_start, place.seg_end - place.seg_start)
        kernels.noncoding(bases, *segments, keys[place.seg_contig], content(*_FLANK_CONTENT), letters)
        for columns, side, utr in utrs:
            rows = side & (columns[2] > 0)
            first, position, size = (column[rows] for column in columns)
            kernels.noncoding(bases, first, position, size, keys[contig[rows]], content(*utr), letters)
        nuclear = np.flatnonzero(genes.code == 0)
        pieces = (place.piece_off, place.piece_first, place.piece_pos, place.piece_size)
        exons = (genes.exon_off, place.exon_first, place.exon_size)
        longest = int(np.add.reduceat(place.piece_size, place.piece_off[:-1]).max())
        where = (nuclear, genes.strand, keys[genes.contig])
        kernels.coding(bases, mark, *where, *pieces, *exons, _complement(), *codons(), longest)
    for row, position, base in shipped.patches.tolist():
        bases[place.index(row, position)] = base
    for row in np.flatnonzero([c.kind is ContigKind.MT for c in shipped.contigs]).tolist():
        at = place.index(row, 0)
        bases[at : at + len(shipped.mitochondrion)] = shipped.mitochondrion
    return bases


def _complement() -> NDArray[np.uint8]:
    out = np.zeros(256, np.uint8)
    out[list(b"ACGT")] = list(b"TGCA")
    return out


def content(gc: float, cpg: float) -> NDArray[np.uint64]:
    """Return the four thresholds of the kernel that give this GC content and CpG observed over expected.

    With C and G drawn at x each and a share d of CG pairs decaying, C and G end at x - d x^2 / 2 and CG at (1 - d) x^2.
    """
    x = gc / 2
    for _ in range(60):
        decay = 1 - cpg * (gc / 2) ** 2 / x**2
        x = gc / 2 + decay * x**2 / 2
    unit = 2.0**32
    return np.array([(0.5 - x) * unit, 0.5 * unit, (0.5 + x) * unit, decay * unit / 2]).astype(np.uint64)


def codons() -> tuple[NDArray[np.uint8], NDArray[np.uint64], NDArray[np.uint64]]:
    """Return text uint8[196] (the codons, ATG first, stops last, and GTAG), usage uint64[64] (tenths of a thousand),
    and the cumulative 32-bit thresholds uint64[2, 61] of sense codons after a base that is not C and after C.

    After C, codons that begin with G are ``_EDGE_CPG`` times as frequent as by chance, after other bases more
    frequent, so that the usage as a whole stays.
    """
    text = [a + b + c for a in "TCAG" for b in "TCAG" for c in "TCAG"]
    ends = ("ATG", "TAA", "TAG", "TGA")
    order = ["ATG", *(t for t in text if t not in ends), *ends[1:]]
    usage = np.array([round(10 * _USAGE[text.index(t)]) for t in order], np.uint64)
    share = usage[:61] / usage[:61].sum()
    g = np.array([t[0] == "G" for t in order[:61]])
    ends_c = float(share[[t[2] == "C" for t in order[:61]]].sum())
    begins_g = float(share[g].sum())
    rows = []
    for wanted in (begins_g * (1 - ends_c * _EDGE_CPG) / (1 - ends_c), begins_g * _EDGE_CPG):
        row = np.where(g, share * wanted / begins_g, share * (1 - wanted) / (1 - begins_g))
        rows.append(np.round(np.cumsum(row) * 2.0**32).astype(np.uint64))
    pick = np.array(rows)
    pick[:, -1] = 1 << 32
    return np.frombuffer("".join([*order, "GTAG"]).encode(), np.uint8).copy(), usage, pick
