"""What is sequenced: coding sequence or exons of all genes or of a list, with padding, or the regions of a BED."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim import assemblies
from raresim.errors import InputError, nearest
from raresim.genome import Genes, Genome, Targets
from raresim.intervals import merged, read_bed

KINDS = ("cds", "exons")


def make(
    genome: Genome, kind: str = "cds", padding: int = 20, genes: Sequence[str] = (), bed: Path | None = None
) -> Targets:
    """Return merged target intervals: coding sequence ("cds") or exons with UTRs ("exons") of all genes or of
    ``genes`` (symbols or HGNC, Ensembl or NCBI ids), with ``padding`` bases on either side; or a BED as it is.

    Raises InputError for unknown genes, a broken BED, and targets without a base of the genome.
    """
    if kind not in KINDS:
        raise InputError(f"targets.kind: {kind!r}: no such targets{nearest(kind, KINDS)}")
    if padding < 0:
        raise InputError(f"targets.padding: {padding}: give 0 or more bases")
    notes: tuple[str, ...] = ()
    if bed is not None:
        if genes:
            raise InputError("targets.genes: given together with targets.bed; leave one of them out")
        rows, empty = read_bed(bed, lambda name: _contig(genome, name))
        notes = (f"targets.bed: empty intervals dropped: {empty}",) if empty else ()
        contig = np.array([genome.index[name] for name, _, _ in rows], np.int64)
        start, end = (np.array([row[column] for row in rows], np.int64) for column in (1, 2))
    else:
        contig, start, end = _of_genes(genome.genes, kind, named(genome, genes))
        start, end = start - padding, end + padding
    limit = np.array([c.length for c in genome.contigs])[contig]
    if bed is not None and (end > limit).any():
        row = int(np.flatnonzero(end > limit)[0])
        name = genome.contigs[contig[row]].name
        raise InputError(
            f"targets.bed: {bed}: {name} {start[row]} {end[row]}: past the end of {name} ({limit[row]} bases); "
            "give a BED of this assembly"
        )
    contig, start, end = merged(contig, np.maximum(start, 0), np.minimum(end, limit))
    held, asked = _held(genome, contig, start, end), int((end - start).sum())
    if not held:
        raise InputError(
            f"targets{'.bed' if bed else ''}: {bed or kind}: no base of the genome {genome.name!r} is in the targets; "
            "the synthetic genome has bases in and around exons only, other regions need a FASTA"
        )
    if bed is not None and 2 * held < asked:
        notes += (
            f"targets.bed: {held:,} of {asked:,} bases exist in the genome {genome.name!r}; no site lies in the others",
        )
    return Targets(contig.astype(np.int16), start.astype(np.int32), end.astype(np.int32), notes)


def named(genome: Genome, names: Sequence[str]) -> NDArray[np.int64]:
    """Return the rows of genes named by symbol or id, all genes if none is named; all unknown names in one error."""
    if not names:
        return np.arange(len(genome.genes))
    genes = genome.genes
    found, wrong = [], []
    for name in names:
        tables = (genes.by_symbol, genes.by_hgnc, genes.by_ensembl, genes.by_ncbi)
        rows = [table[name] for table in tables if name in table]
        if rows:
            found.append(rows[0])
        else:
            wrong.append(f"targets.genes: {name!r}: no such gene on this genome{nearest(name, genes.symbol)}")
    if wrong:
        raise InputError(*wrong)
    return np.unique(found)


def _contig(genome: Genome, name: str) -> str | None:
    row = genome.index.get(name, genome.index.get(assemblies.canonical(name)))
    return None if row is None else genome.contigs[row].name


def _of_genes(
    genes: Genes, kind: str, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    gene = np.repeat(np.arange(len(genes)), np.diff(genes.exon_off))
    keep = np.isin(gene, rows)
    gene = gene[keep]
    start, end = genes.exon_start[keep].astype(np.int64), genes.exon_end[keep].astype(np.int64)
    if kind == "cds":
        start, end = np.maximum(start, genes.cds_start[gene]), np.minimum(end, genes.cds_end[gene])
    coding = start < end
    return genes.contig[gene][coding].astype(np.int64), start[coding], end[coding]


def _held(genome: Genome, contig: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> int:
    """Number of bases of disjoint targets that the genome has (its segments are disjoint and sorted)."""
    far = np.int64(1) << 32
    seg_contig = np.repeat(np.arange(len(genome.contigs)), np.diff(genome.seg_first))
    first, last = seg_contig * far + genome.seg_start, seg_contig * far + genome.seg_end
    before = np.concatenate([[0], np.cumsum(last - first)])

    def up_to(pos: NDArray[np.int64]) -> NDArray[np.int64]:
        row = np.searchsorted(first, contig * far + pos, "right") - 1
        inside = np.minimum(contig * far + pos, last[row]) - first[row]
        return np.where(row < 0, 0, before[row] + inside)

    return int((up_to(end) - up_to(start)).sum()) if len(first) else 0
