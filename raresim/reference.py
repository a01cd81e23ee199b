"""A genome from the user's files: a FASTA with gene models (GFF3 or GTF)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim import assemblies, fasta, gene_models
from raresim.errors import InputError
from raresim.gene_models import Model
from raresim.gene_table import fill_ids
from raresim.genome import Contig, ContigKind, Genes, Genome, content_digest
from raresim.genome_cache import cached
from raresim.intervals import merged, read_bed
from raresim.synthetic import NAME, PREFIX

FLANK = 150  # bases held around each exon: room for splice regions and for the left-alignment of indels
MITOCHONDRION = 20_000  # bases of a mitochondrion that are held: all of it (16,569 in man)
_STARTS = {b"ATG", *(x.replace(b"_", b) for x in (b"_TG", b"A_G", b"AT_") for b in (b"A", b"C", b"G", b"T"))}
_STOPS = ({b"TAA", b"TAG", b"TGA"}, {b"TAA", b"TAG", b"AGA", b"AGG"})
_COMPLEMENT = bytes.maketrans(b"ACGT", b"TGCA")


def load(fasta_path: Path, genes: Path, assembly: str | None = None, extra: Path | None = None) -> Genome:
    """Return the genome of a FASTA (plain or bgzip, no index needed) and its gene models (GFF3 or GTF).

    assembly: its name; guessed from the lengths of the chromosomes, else the name of the FASTA. extra: a BED of
    targets whose bases are held besides the exons with ``FLANK`` bases around. Nothing is written beside the files;
    what was read is kept in the cache folder. Raises InputError for broken files and for gene models that do not fit
    the FASTA.
    """
    files = [fasta_path, genes, *([extra] if extra else [])]
    return cached(files, [assembly], lambda: read(fasta_path, genes, assembly, extra))


def read(fasta_path: Path, genes: Path, assembly: str | None = None, extra: Path | None = None) -> Genome:
    """Return the same as :func:`load`, without the cache."""
    models = gene_models.read(genes)
    wanted = _wanted(models, extra)
    contigs: list[Contig] = []
    segments: list[NDArray[np.int64]] = []  # rows: contig, start, end
    bases: list[NDArray[np.uint8]] = []
    none = np.empty((0, 2), np.int64)
    for name, length, parts in fasta.read(fasta_path, lambda name: wanted.get(assemblies.canonical(name), none)):
        own = assemblies.canonical(name)
        if any(own == contig.name for contig in contigs):
            raise InputError(f"genome.fasta: {fasta_path}: contig {own} twice ({name!r}); keep one of them")
        if length >= 2**31:
            raise InputError(f"genome.fasta: {fasta_path}: contig {name!r} is longer than 2^31 bases; split it")
        starts = wanted.get(own, none)[:, 0]
        for start, part in zip(starts, parts, strict=True):
            if (part != ord("N")).any():
                segments.append(np.array([len(contigs), start, start + len(part)]))
                bases.append(part)
        contigs.append(Contig(own, length, assemblies.kind(own), assemblies.PAR.get((own, length), ())))
    table = np.array(segments, np.int64).reshape(-1, 3)
    size = table[:, 2] - table[:, 1]
    made_up = all(model.transcript.startswith(PREFIX) for model in models)  # an exported synthetic genome
    genome = Genome(
        name=_stem(fasta_path),
        assembly=NAME if made_up else _assembly(assembly, contigs, fasta_path),
        hgvs_prefix=PREFIX if made_up else "",
        contigs=tuple(contigs),
        genes=_columns([], {}),
        seg_first=np.searchsorted(table[:, 0], np.arange(len(contigs) + 1)).astype(np.int64),
        seg_start=table[:, 1].astype(np.int32),
        seg_end=table[:, 2].astype(np.int32),
        seg_off=np.concatenate([np.zeros(1, np.int64), np.cumsum(size)])[:-1],
        bases=np.concatenate(bases) if bases else np.empty(0, np.uint8),
        digest="",
    )
    index = {contig.name: row for row, contig in enumerate(contigs)}
    _check_ends(contigs, models, index, fasta_path)
    kept, said = _fitting(genome, models, index, fasta_path)
    idle = len(contigs) - len({model.contig for model in kept})
    notes = [gene_models.choices(kept), *said] + ([f"contigs without genes, not simulated: {idle:,}"] if idle else [])
    genome = replace(genome, genes=_columns(kept, index), notes=tuple(notes))
    ids = {"hgnc": genome.genes.hgnc, "ensembl": genome.genes.ensembl, "ncbi": genome.genes.ncbi}
    fill_ids(genome.genes.symbol, ids, by_symbol=genome.assembly in assemblies.LENGTHS)
    return replace(genome, digest=content_digest(genome))


def _stem(path: Path) -> str:
    name = path.name
    for end in (".gz", ".bgz", ".fa", ".fasta", ".fna"):
        name = name.removesuffix(end)
    return name or "genome"


def _assembly(asked: str | None, contigs: Sequence[Contig], path: Path) -> str:
    guess = assemblies.guess({contig.name: contig.length for contig in contigs})
    name = assemblies.named(asked) if asked else guess or _stem(path)
    if name in assemblies.LENGTHS and name != guess:
        raise InputError(
            f"genome.assembly: {asked or name}: the chromosomes of {path} have other lengths"
            f"{f' (those of {guess})' if guess else ''}; give the assembly of this FASTA"
        )
    return name


def _wanted(models: Sequence[Model], extra: Path | None) -> dict[str, NDArray[np.int64]]:
    """Sorted disjoint intervals whose bases are held, by canonical contig name."""
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for model in models:
        spans[model.contig] += [(max(0, start - FLANK), end + FLANK) for start, end in model.exons]
    if extra is not None:
        for contig, start, end in read_bed(extra, assemblies.canonical)[0]:
            spans[contig].append((max(0, start - FLANK), end + FLANK))
    spans["chrM"].append((0, MITOCHONDRION))
    out = {}
    for contig, pairs in spans.items():
        array = np.array(pairs, np.int64)
        _, start_, end_ = merged(np.zeros(len(array), np.int64), array[:, 0], array[:, 1])
        out[contig] = np.stack([start_, end_], 1)
    return out


def _check_ends(contigs: Sequence[Contig], models: Sequence[Model], index: dict[str, int], path: Path) -> None:
    """Raise InputError, a line for each, for contigs that end before their genes do: a file cut short, or of another
    assembly. (The mitochondrion is a circle: annotations of some pass its end.)"""
    beyond: dict[int, list[int]] = defaultdict(list)
    for model in models:
        row = index.get(model.contig)
        if row is not None and contigs[row].kind is not ContigKind.MT:
            beyond[row].append(model.exons[-1][1])
    lines = []
    for row, ends in sorted(beyond.items()):
        contig, late = contigs[row], sum(end > contigs[row].length for end in ends)
        if late:
            lines.append(
                f"genome.fasta: {path}: {contig.name} ends at {contig.length:,}, before {late:,} of its {len(ends):,} "
                "genes do; copy the file again if it was cut short, or give gene models of the same assembly"
            )
    if lines:
        raise InputError(*lines)


def _fitting(
    genome: Genome, models: Sequence[Model], index: dict[str, int], path: Path
) -> tuple[list[Model], list[str]]:
    """Return the models that can be used on this genome, and what was left out and why."""
    kept: list[Model] = []
    count = dict.fromkeys(("contig", "par", "twice", "n", "frame"), 0)
    missing: set[str] = set()
    seen: set[str] = set()
    tested = 0
    order = sorted(models, key=lambda m: (index.get(m.contig, 1 << 30), m.exons[0][0], m.exons[-1][1], m.transcript))
    for model in order:
        row = index.get(model.contig)
        if row is None:
            count["contig"] += 1
            missing.add(model.contig)
            continue
        contig = genome.contigs[row]
        if contig.kind is ContigKind.Y and contig.in_par(model.exons[0][0]):
            count["par"] += 1
            continue
        coding = "".join(genome.fetch(row, start, end) for start, end in model.cds).encode()
        if b"N" in coding:
            count["n"] += 1
            continue
        tested += 1
        if not _sound(coding, model.strand, contig.kind is ContigKind.MT):
            count["frame"] += 1
        elif seen & (names := {model.symbol, model.hgnc, model.ensembl, model.ncbi} - {""}):
            count["twice"] += 1
        else:
            seen |= names
            kept.append(model)
    if count["frame"] * 2 > tested:
        raise InputError(
            f"genome.genes: the gene models do not fit {path}: {count['frame']:,} of {tested:,} coding sequences have "
            "no start or stop codon there; give gene models of the same assembly"
        )
    if not kept:
        reason = (
            f"their contigs ({', '.join(sorted(missing)[:3])}) are not in it" if missing else "their CDS is N in it"
        )
        raise InputError(f"genome.genes: no gene can be used on {path}: {reason}; give gene models of this FASTA")
    text = {
        "contig": f"their contig is not in the FASTA ({', '.join(sorted(missing)[:3])}{', ...' * (len(missing) > 3)})",
        "par": "in the pseudoautosomal regions of Y",
        "twice": "a gene of the same name or id stands before them",
        "n": "their coding sequence has N in the FASTA",
        "frame": "their coding sequence has no start codon, no stop codon or a broken frame",
    }
    return kept, [f"genes left out: {n:,}: {text[why]}" for why, n in count.items() if n]


def _sound(coding: bytes, strand: int, mitochondrial: bool) -> bool:
    """Whether a coding sequence has a start, a whole frame and a stop.

    Starts may differ from ATG in one base (CTG, GTG, ACG ... of real genes). On MT the stop may be completed by
    polyadenylation, T or TA (Ojala et al. 1981, doi 10.1038/290470a0), and starts are ATN, GTG or TTG.
    """
    text = coding if strand > 0 else coding[::-1].translate(_COMPLEMENT)
    rest = len(text) % 3
    stop = text[-3:] in _STOPS[mitochondrial] if not rest else mitochondrial and text[-rest:] in (b"T", b"TA")
    return len(text) >= 6 and text[:3] in _STARTS and stop


def _columns(models: Sequence[Model], index: dict[str, int]) -> Genes:
    """Return the gene table of these models, in their order."""
    exons = np.array([exon for model in models for exon in model.exons], np.int32).reshape(-1, 2)
    contig = np.array([index[model.contig] for model in models], np.int16)
    return Genes(
        symbol=[model.symbol for model in models],
        hgnc=[model.hgnc for model in models],
        ensembl=[model.ensembl for model in models],
        ncbi=[model.ncbi for model in models],
        transcript=[model.transcript for model in models],
        chosen=[model.chosen for model in models],
        contig=contig,
        strand=np.array([model.strand for model in models], np.int8),
        start=np.array([model.exons[0][0] for model in models], np.int32),
        end=np.array([model.exons[-1][1] for model in models], np.int32),
        cds_start=np.array([model.cds[0][0] for model in models], np.int32),
        cds_end=np.array([model.cds[-1][1] for model in models], np.int32),
        code=np.array([assemblies.kind(model.contig) is ContigKind.MT for model in models], np.int8),
        exon_off=np.cumsum([0, *(len(model.exons) for model in models)], dtype=np.int64),
        exon_start=exons[:, 0].copy(),
        exon_end=exons[:, 1].copy(),
    )
