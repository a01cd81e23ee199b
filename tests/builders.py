"""Small genomes made in memory: valid gene models and bases, for tests of every part."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.random import Generator, default_rng

from raresim.genome import Contig, ContigKind, Genes, Genome

FLANK = 150  # bases held on either side of an exon
COMPLEMENT = bytes.maketrans(b"ACGTN", b"TGCAN")
STOPS = {0: ("TAA", "TAG", "TGA"), 1: ("TAA", "TAG", "AGA", "AGG")}


@dataclass(frozen=True)
class Model:
    """A gene to build: exons in transcript order as lengths, introns between them; utr5 and utr3 are bases of the
    spliced transcript outside the coding sequence; at is the genomic start of the transcript."""

    contig: int
    at: int
    strand: int
    exons: tuple[int, ...]
    introns: tuple[int, ...] = ()
    utr5: int = 0
    utr3: int = 0
    code: int = 0

    @property
    def span(self) -> int:
        """Genomic length of the transcript."""
        return sum(self.exons) + sum(self.introns)


@dataclass
class Draft:
    """A genome in the making: contigs, their bases as writable arrays, and the models written so far."""

    contigs: tuple[Contig, ...]
    rng: Generator
    bases: list[np.ndarray] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)

    def __post_init__(self) -> None:
        acgt = np.frombuffer(b"ACGT", np.uint8)
        self.bases = [acgt[self.rng.integers(0, 4, c.length)] for c in self.contigs]


def reverse_complement(text: str) -> str:
    """Return the other strand."""
    return text.encode().translate(COMPLEMENT)[::-1].decode()


def _sequence(model: Model, rng: Generator) -> str:
    """Return the transcript with its introns, 5' to 3'."""

    def bases(n: int) -> str:
        return "".join(rng.choice(list("ACGT"), n)) if n else ""

    coding = sum(model.exons) - model.utr5 - model.utr3
    assert coding % 3 == 0, "the coding length must be a multiple of 3"
    assert coding >= 6, "the coding length must hold a start and a stop"
    codons = [a + b + c for a in "ACGT" for b in "ACGT" for c in "ACGT" if a + b + c not in STOPS[model.code]]
    stops = STOPS[model.code]
    body = "".join(rng.choice(codons, coding // 3 - 2))
    spliced = bases(model.utr5) + "ATG" + body + stops[int(rng.integers(len(stops)))] + bases(model.utr3)
    out, used = "", 0
    for i, size in enumerate(model.exons):
        out += spliced[used : used + size]
        used += size
        if i < len(model.introns):
            out += "GT" + bases(model.introns[i] - 4) + "AG"
    return out


def write(draft: Draft, model: Model) -> None:
    """Write the bases of a gene onto its contig; a later gene overwrites an earlier one."""
    text = _sequence(model, draft.rng)
    if model.strand < 0:
        text = reverse_complement(text)
    draft.bases[model.contig][model.at : model.at + len(text)] = np.frombuffer(text.encode(), np.uint8)
    draft.models.append(model)


def _exons(model: Model) -> list[tuple[int, int]]:
    sizes, gaps = model.exons[:: model.strand], model.introns[:: model.strand]
    out, at = [], model.at
    for i, size in enumerate(sizes):
        out.append((at, at + size))
        at += size + (gaps[i] if i < len(gaps) else 0)
    return out


def _cds(model: Model) -> tuple[int, int]:
    """Genomic bounds of the coding sequence."""
    low, high = (model.utr5, model.utr3)[:: model.strand]
    places = np.concatenate([np.arange(a, b) for a, b in _exons(model)])
    return int(places[low]), int(places[len(places) - high - 1]) + 1


def finish(draft: Draft, flank: int = FLANK) -> Genome:
    """Return the genome: genes sorted, bases kept in exons and ``flank`` bases around them only."""
    models = sorted(draft.models, key=lambda m: (m.contig, m.at))
    exons = [_exons(m) for m in models]
    bounds = [_cds(m) for m in models]
    numbers = range(1, len(models) + 1)
    genes = Genes(
        symbol=[f"GENE{i}" for i in numbers],
        hgnc=[f"HGNC:{i}" for i in numbers],
        ensembl=[f"ENSG{i:011d}" for i in numbers],
        ncbi=[str(i) for i in numbers],
        transcript=[f"SYN_ENST{i:011d}.1" for i in numbers],
        chosen=["MANE Select"] * len(models),
        contig=np.array([m.contig for m in models], np.int16),
        strand=np.array([m.strand for m in models], np.int8),
        start=np.array([e[0][0] for e in exons], np.int32),
        end=np.array([e[-1][1] for e in exons], np.int32),
        cds_start=np.array([b[0] for b in bounds], np.int32),
        cds_end=np.array([b[1] for b in bounds], np.int32),
        code=np.array([m.code for m in models], np.int8),
        exon_off=np.cumsum([0] + [len(e) for e in exons]).astype(np.int64),
        exon_start=np.array([a for e in exons for a, _ in e], np.int32),
        exon_end=np.array([b for e in exons for _, b in e], np.int32),
    )
    first, start, end, held = [0], [], [], []
    for c, contig in enumerate(draft.contigs):
        keep = np.zeros(contig.length, bool)
        for model, rows in zip(models, exons, strict=True):
            for a, b in rows if model.contig == c else ():
                keep[max(0, a - flank) : b + flank] = True
        edges = np.flatnonzero(np.diff(np.concatenate([[False], keep, [False]]).astype(np.int8)))
        start += edges[::2].tolist()
        end += edges[1::2].tolist()
        held.append(draft.bases[c][keep])
        first.append(len(start))
    text = np.concatenate(held)
    offsets = np.cumsum([0] + [b - a for a, b in zip(start, end, strict=True)])[:-1]
    digest = hashlib.sha256(text.tobytes() + genes.exon_start.tobytes() + genes.exon_end.tobytes()).hexdigest()
    return Genome(
        name="synthetic",
        assembly="raresim-synthetic-1",
        hgvs_prefix="SYN_",
        contigs=draft.contigs,
        genes=genes,
        seg_first=np.array(first, np.int64),
        seg_start=np.array(start, np.int32),
        seg_end=np.array(end, np.int32),
        seg_off=offsets.astype(np.int64),
        bases=text,
        digest=digest,
    )


def _contigs(length: int) -> tuple[Contig, ...]:
    par = ((0, length // 8), (length - length // 16, length))
    return (
        Contig("chr1", length, ContigKind.AUTOSOME),
        Contig("chrX", length, ContigKind.X, par),
        Contig("chrM", 4000, ContigKind.MT),
    )


@cache
def tiny_genome(seed: int = 1) -> Genome:
    """Seven genes on chr1 (autosome), chrX (with PAR) and chrM.

    By (contig, start): 0 plus strand, three exons; 1 minus strand, its 3' UTR overlaps the end of gene 0's; 2 plus
    strand with a 2-base coding exon, a 37-base intron and a start codon split by an intron; 3 minus strand the same;
    4 on X in PAR1; 5 on X outside PAR, minus strand; 6 on M (mitochondrial code, no UTR).
    """
    draft = Draft(_contigs(24000), default_rng(seed))
    odd = {"exons": (41, 2, 120, 61, 80), "introns": (90, 37, 300, 700), "utr5": 40, "utr3": 63}
    write(draft, Model(0, 1000, 1, (120, 151, 240), (400, 900), 60, 91))
    write(draft, Model(0, 2770, -1, (90, 200, 160), (500, 250), 30, 90))
    write(draft, Model(0, 6000, 1, **odd))
    write(draft, Model(0, 9000, -1, **odd))
    write(draft, Model(1, 800, 1, (200, 130, 300), (350, 600), 50, 100))
    write(draft, Model(1, 9000, -1, (150, 99, 201), (450, 120), 75, 75))
    write(draft, Model(2, 500, 1, (600,), (), 0, 0, 1))
    return finish(draft)


@cache
def random_genome(seed: int, genes: int = 40) -> Genome:
    """Genes of random shape on chr1, chrX (some in PAR) and chrM, both strands; one in ten overlaps its neighbour."""
    rng = default_rng(seed)
    models: list[Model] = []
    ends = [300, 300, 100]
    for i in range(genes):
        contig = 2 if i % 20 == 19 and ends[2] < 3000 else int(rng.random() < 0.3)
        strand = 1 if contig == 2 else int(rng.choice([-1, 1]))
        model = _random_model(contig, ends[contig], strand, rng)
        overlap = int(rng.integers(20, 60)) if rng.random() < 0.1 and contig != 2 else -int(rng.integers(50, 3000))
        at = max(ends[contig] - overlap, 100)
        if contig == 2:
            at = ends[2] + 20
        model = Model(contig, at, strand, model.exons, model.introns, model.utr5, model.utr3, model.code)
        models.append(model)
        ends[contig] = at + model.span
    draft = Draft(_contigs(max(ends[:2]) + 1000), rng)
    for model in models:
        write(draft, model)
    return finish(draft)


def _random_model(contig: int, at: int, strand: int, rng: Generator) -> Model:
    coding = 3 * int(rng.integers(20, 250))
    if contig == 2:
        return Model(2, at, 1, (coding,), (), 0, 0, 1)
    utr5, utr3 = 60 + int(rng.integers(0, 100)), 60 + int(rng.integers(0, 200))  # overlaps stay inside UTRs
    total, count = utr5 + coding + utr3, int(rng.integers(1, 7))
    cuts = {int(c) for c in rng.integers(61, total - 61, count - 1)}  # a neighbour may overwrite the outer 60 bases
    if rng.random() < 0.25 and count > 1:
        cuts.add(utr5 + int(rng.integers(1, 3)))  # the start codon is split by an intron
    if rng.random() < 0.25 and count > 1:
        cut = int(rng.integers(utr5 + 6, utr5 + coding - 6))
        cuts |= {cut, cut + 2}  # a 2-base exon
    edges = [0, *sorted(cuts), total]
    exons = tuple(b - a for a, b in pairwise(edges))
    introns = tuple(37 if rng.random() < 0.15 else int(rng.integers(70, 800)) for _ in exons[1:])
    return Model(contig, at, strand, exons, introns, utr5, utr3)
