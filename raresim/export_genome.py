"""Writing a genome for other programs: bgzip FASTA with indexes, GFF3 and GTF.

Ids are those of Ensembl's GFF3 (``gene:``, ``transcript:``), which ``bcftools csq`` wants; transcript_id and Parent
hold the same text, for readers that key transcripts by either; UTRs are rows of their own. The GTF calls a gene by its
symbol.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from raresim.errors import InputError, nearest
from raresim.fasta_write import write_fasta
from raresim.genome import Genes, Genome

_SOURCE = "raresim"


def export(genome: Genome, folder: Path, contigs: Sequence[str] = ()) -> list[Path]:
    """Write FASTA, .fai, .gzi, GFF3 and GTF (all bgzip but the indexes) into a folder and return their paths.

    contigs: names of those to write, all by default. Files of the synthetic genome have "synthetic" in their names.
    Raises InputError for an unknown contig or a folder that cannot be written.
    """
    from raresim.bgzf import compress

    wrong = [name for name in contigs if name not in genome.index]
    if wrong:
        raise InputError(*(f"contigs: {name!r}: not in the genome{nearest(name, genome.index)}" for name in wrong))
    rows = sorted({genome.index[name] for name in contigs}) or list(range(len(genome.contigs)))
    base = genome.assembly if genome.name == "synthetic" else f"{genome.name}.raresim"
    fasta = folder / f"{base}.fa.gz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_fasta(genome, fasta, rows)
        models = []
        for kind, text in (("gff3", gff3(genome, rows)), ("gtf", gtf(genome, rows))):
            path = folder / f"{base}.{kind}.gz"
            temporary = path.with_name(path.name + ".tmp")
            temporary.write_bytes(compress("".join(text).encode())[0])
            os.replace(temporary, path)
            models.append(path)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}); choose another folder") from None
    return [fasta, Path(f"{fasta}.fai"), Path(f"{fasta}.gzi"), *models]


def gff3(genome: Genome, rows: Sequence[int]) -> Iterator[str]:
    """Yield the lines of the GFF3 of these contigs, gene by gene."""
    yield "##gff-version 3\n"
    yield f"#!genome-build {genome.assembly}\n"
    for row in rows:
        yield f"##sequence-region {genome.contigs[row].name} 1 {genome.contigs[row].length}\n"
    genes = genome.genes
    for g, line in _genes(genome, rows):
        gene, transcript = f"gene:{genes.ensembl[g] or genes.symbol[g]}", f"transcript:{genes.transcript[g]}"
        refs = ",".join(filter(None, _ids(genes, g)[1:]))
        names = f"Name={genes.symbol[g]};biotype=protein_coding;gene_id={gene.removeprefix('gene:')}"
        yield line("gene", _span(genes, g), f"ID={gene};{names}" + f";Dbxref={refs}" * bool(refs))
        tag = ";tag=MANE_Select" * (genes.chosen[g] == "MANE Select")
        own = f"ID={transcript};Parent={gene};Name={genes.symbol[g]};biotype=protein_coding;transcript_id={transcript}"
        yield line("mRNA", _span(genes, g), own + tag)
        for kind, interval, phase, rank in parts(genes, g, stop_codon=False):
            extra = f";rank={rank}" if kind == "exon" else ""
            head = f"ID=CDS:{genes.transcript[g]};" if kind == "CDS" else ""
            yield line(kind, interval, f"{head}Parent={transcript}{extra}", phase)


def gtf(genome: Genome, rows: Sequence[int]) -> Iterator[str]:
    """Yield the lines of the GTF of these contigs, gene by gene; the stop codon stands outside the CDS."""
    yield f'#!genome-build "{genome.assembly}"\n'
    genes = genome.genes
    for g, line in _genes(genome, rows):
        gene = f'gene_id "{genes.symbol[g]}"; gene_name "{genes.symbol[g]}"; gene_biotype "protein_coding";'
        yield line("gene", _span(genes, g), gene + "".join(f' db_xref "{i}";' for i in _ids(genes, g) if i))
        own = f'{gene} transcript_id "{genes.transcript[g]}"; transcript_biotype "protein_coding";'
        tag = ' tag "MANE_Select";' * (genes.chosen[g] == "MANE Select")
        yield line("transcript", _span(genes, g), own + tag)
        for kind, interval, phase, rank in parts(genes, g, stop_codon=True):
            yield line(kind, interval, f'{own} exon_number "{rank}";', phase)


def parts(genes: Genes, g: int, stop_codon: bool) -> Iterator[tuple[str, tuple[int, int], str, int]]:
    """Yield type, 0-based interval, phase and number of the exon of the parts of a transcript, exons 5' to 3'.

    stop_codon: the last three coding bases are rows ``stop_codon`` instead of CDS (not where polyadenylation completes
    the stop, on the mitochondrion).
    """
    low, high = int(genes.cds_start[g]), int(genes.cds_end[g])
    where = range(int(genes.exon_off[g]), int(genes.exon_off[g + 1]))
    plus = genes.strand[g] > 0
    total = sum(end - start for start, end in genes.cds(g))
    body = total - 3 if stop_codon and total % 3 == 0 else total
    done = 0
    for rank, e in enumerate(where if plus else reversed(where), 1):
        start, end = int(genes.exon_start[e]), int(genes.exon_end[e])
        yield "exon", (start, end), ".", rank
        sides = [("five_prime_UTR", start, min(end, low)), ("three_prime_UTR", max(start, high), end)]
        if not plus:
            sides = [("five_prime_UTR", max(start, high), end), ("three_prime_UTR", start, min(end, low))]
        a, b = max(start, low), min(end, high)
        size = max(0, b - a)
        inner = min(size, max(0, body - done))  # bases of the CDS in this exon; the rest are of the stop codon
        cut = a + inner if plus else b - inner
        pieces = [("CDS", a, cut, done), ("stop_codon", cut, b, done + inner)]
        if not plus:
            pieces = [("CDS", cut, b, done), ("stop_codon", a, cut, done + inner)]
        if sides[0][1] < sides[0][2]:
            yield sides[0][0], sides[0][1:], ".", rank
        for kind, first, last, before in pieces:
            if first < last and size:
                yield kind, (first, last), str(-before % 3), rank
        done += size
        if sides[1][1] < sides[1][2]:
            yield sides[1][0], sides[1][1:], ".", rank


def _span(genes: Genes, g: int) -> tuple[int, int]:
    return int(genes.start[g]), int(genes.end[g])


def _ids(genes: Genes, g: int) -> tuple[str, str, str]:
    return genes.ensembl[g], f"GeneID:{genes.ncbi[g]}" if genes.ncbi[g] else "", genes.hgnc[g]


class _Line:
    """Writes the rows of one gene."""

    def __init__(self, contig: str, strand: int) -> None:
        self.head = f"{contig}\t{_SOURCE}\t"
        self.strand = "+" if strand > 0 else "-"

    def __call__(self, kind: str, interval: tuple[int, int], attributes: str, phase: str = ".") -> str:
        return f"{self.head}{kind}\t{interval[0] + 1}\t{interval[1]}\t.\t{self.strand}\t{phase}\t{attributes}\n"


def _genes(genome: Genome, rows: Sequence[int]) -> Iterator[tuple[int, _Line]]:
    wanted = set(rows)
    for g in range(len(genome.genes)):
        row = int(genome.genes.contig[g])
        if row in wanted:
            yield g, _Line(genome.contigs[row].name, int(genome.genes.strand[g]))
