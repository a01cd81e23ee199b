"""A genome for the 1000 Genomes genes, of which the shared slices hold one: made-up bases with the real REF."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pysam

from raresim import export_genome, reference, synthetic
from raresim.genome import Genome

STOPS = (b"TAA", b"TAG", b"TGA")
COMPLEMENT = bytes.maketrans(b"ACGT", b"TGCA")


def _at(genome: Genome, contig: int, pos: int) -> int:
    """Index of the base at a position, -1 where none is held."""
    lo, hi = genome.seg_first[contig], genome.seg_first[contig + 1]
    k = lo + int(np.searchsorted(genome.seg_end[lo:hi], pos, "right"))
    return int(genome.seg_off[k] + pos - genome.seg_start[k]) if k < hi and genome.seg_start[k] <= pos else -1


def export(kgp: Path, folder: Path) -> tuple[Path, Path, list[str]]:
    """Write FASTA and GFF3; return them and the genes. Stop codons that real bases make are mended beside them."""
    genome = synthetic.build()
    bases = genome.bases.copy()
    real = np.zeros(len(bases), np.bool_)
    with pysam.VariantFile(str(kgp / "kgp3202_genes.bcf")) as file:
        for record in file:
            for i, base in enumerate(record.ref or ""):
                k = _at(genome, genome.index[record.chrom], record.start + i)
                if k >= 0:
                    bases[k], real[k] = ord(base), True
    names = [line.split("\t")[3] for line in (kgp / "genes.bed").read_text().splitlines()]
    genes = [name for name in names if name in genome.genes.by_symbol]
    for gene in (genome.genes.by_symbol[name] for name in genes):
        contig, reverse = int(genome.genes.contig[gene]), int(genome.genes.strand[gene]) < 0
        places = np.concatenate([np.arange(a, b) for a, b in genome.genes.cds(gene)])
        rows = np.array([_at(genome, contig, int(p)) for p in (places[::-1] if reverse else places)])
        for codon in rows[3 : len(rows) - 3].reshape(-1, 3):
            for base in b"CG":
                text = bytes(bases[codon])
                if (text.translate(COMPLEMENT) if reverse else text) in STOPS and not real[codon].all():
                    bases[codon[~real[codon]][0]] = base
    contigs = sorted({genome.contigs[int(genome.genes.contig[genome.genes.by_symbol[g]])].name for g in genes})
    written = export_genome.export(dataclasses.replace(genome, bases=bases), folder, contigs)
    fasta = next(path for path in written if path.name.endswith(".fa.gz"))
    models = next(path for path in written if path.name.endswith(".gff3.gz"))
    kept = reference.load(fasta, models).genes.by_symbol  # some are refused, for codons that could not be mended
    return fasta, models, [gene for gene in genes if gene in kept]
