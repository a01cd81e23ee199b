"""bcftools csq as an oracle: files for it, random variants, its answers as sets of terms."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.random import Generator

from raresim.genome import ContigKind, Genome
from raresim.normalise import normalise_sites
from raresim.sites import Sites, Variant

ACGT = np.frombuffer(b"ACGT", np.uint8)


def write_fasta(genome: Genome, contigs: Iterable[int], path: Path) -> None:
    """Write contigs as FASTA with its index."""
    with path.open("w") as out:
        for c in contigs:
            text = genome.fetch(c, 0, genome.contigs[c].length)
            out.write(f">{genome.contigs[c].name}\n")
            out.write("\n".join(text[i : i + 60] for i in range(0, len(text), 60)) + "\n")
    subprocess.run(["samtools", "faidx", str(path)], check=True)


def write_gff3(genome: Genome, contigs: Iterable[int], path: Path) -> None:
    """Write the genes of contigs as bcftools csq wants them: Ensembl ids, biotypes, explicit UTRs."""
    genes, wanted = genome.genes, set(contigs)
    with path.open("w") as out:
        out.write("##gff-version 3\n")
        for g in range(len(genes)):
            if int(genes.contig[g]) not in wanted:
                continue
            name, strand = genome.contigs[int(genes.contig[g])].name, "+" if genes.strand[g] > 0 else "-"

            def line(
                kind: str, start: int, end: int, text: str, *, phase: str = ".", at: str = f"{name} {strand}"
            ) -> None:
                contig, side = at.split()
                out.write(f"{contig}\traresim\t{kind}\t{start + 1}\t{end}\t.\t{side}\t{phase}\t{text}\n")

            tx = f"T{g}"
            start, end = int(genes.start[g]), int(genes.end[g])
            line("gene", start, end, f"ID=gene:G{g};Name=G{g};biotype=protein_coding")
            line("mRNA", start, end, f"ID=transcript:{tx};Parent=gene:G{g};biotype=protein_coding")
            parent = f"Parent=transcript:{tx}"
            low, high = int(genes.cds_start[g]), int(genes.cds_end[g])
            pieces = genome.genes.cds(g)
            done, phase = 0, {}
            for a, b in pieces[:: int(genes.strand[g])]:
                phase[a] = str(-done % 3)
                done += b - a
            for row in range(int(genes.exon_off[g]), int(genes.exon_off[g + 1])):
                a, b = int(genes.exon_start[row]), int(genes.exon_end[row])
                line("exon", a, b, parent)
                sides = ("five_prime_UTR", "three_prime_UTR")[:: int(genes.strand[g])]
                if a < low:
                    line(sides[0], a, min(b, low), parent)
                if max(a, low) < min(b, high):
                    line("CDS", max(a, low), min(b, high), parent, phase=phase[max(a, low)])
                if b > high:
                    line(sides[1], max(a, high), b, parent)


def near_genes(genome: Genome, contigs: Iterable[int], pad: int) -> list[tuple[int, int, int]]:
    """Return (contig, start, end) of the exons of nuclear contigs with ``pad`` bases around them."""
    genes, wanted = genome.genes, set(contigs)
    return [
        (c, int(genes.exon_start[row]) - pad, int(genes.exon_end[row]) + pad)
        for g in range(len(genes))
        if (c := int(genes.contig[g])) in wanted and genome.contigs[c].kind is not ContigKind.MT
        for row in range(int(genes.exon_off[g]), int(genes.exon_off[g + 1]))
    ]


def random_sites(
    genome: Genome, regions: Sequence[tuple[int, int, int]], n: int, rng: Generator, snv: float = 0.8, mnv: float = 0.0
) -> Sites:
    """Return about n normalised random variants, sorted: SNVs, MNVs of 2 or 3 bases, half insertions, half deletions.

    Lengths of indels are geometric with mean 3 bases; four in ten insertions repeat what stands before them.
    """
    size = np.array([b - a for _, a, b in regions], np.int64)
    ends = np.cumsum(size)
    out: list[Variant] = []
    while len(out) < n:
        k = int(rng.integers(ends[-1]))
        r = int(np.searchsorted(ends, k, "right"))
        contig, start, _ = regions[r]
        pos = start + k - int(ends[r] - size[r])
        kind = rng.random()
        length = int(rng.geometric(1 / 3))
        near = genome.fetch(contig, pos, pos + length + 1)
        if "N" in near or pos < 1:
            continue
        if kind < snv + mnv:
            span = 1 if kind < snv else int(rng.integers(2, 4))
            ref = genome.fetch(contig, pos, pos + span)
            if "N" in ref:
                continue
            alt = "".join(b"ACGT".decode()[("ACGT".index(b) + int(rng.integers(1, 4))) % 4] for b in ref)
        elif rng.random() < 0.5:
            new = near[1:] if rng.random() < 0.4 else "".join(rng.choice(list("ACGT"), length))
            ref, alt = near[0], near[0] + new
        else:
            ref, alt = near, near[0]
        out.append(Variant(contig, pos, ref, alt))
    sites = normalise_sites(genome, Sites.of(out))
    return sites.take(sites.order())


def write_vcf(genome: Genome, sites: Sites, path: Path) -> None:
    """Write sites; ID is the row."""
    with path.open("w") as out:
        out.write("##fileformat=VCFv4.2\n")
        for contig in genome.contigs:
            out.write(f"##contig=<ID={contig.name},length={contig.length}>\n")
        out.write("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        for i in range(len(sites)):
            v = sites[i]
            out.write(f"{genome.contigs[v.contig].name}\t{v.pos + 1}\t{i}\t{v.ref}\t{v.alt}\t.\t.\t.\n")


def answers(bcftools: str, fasta: Path, gff3: Path, vcf: Path) -> dict[tuple[int, int], frozenset[str]]:
    """Return the terms of bcftools csq -l by (row of the site, row of the gene)."""
    command = [bcftools, "csq", "-l", "-f", str(fasta), "-g", str(gff3), str(vcf)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    out: dict[tuple[int, int], set[str]] = {}
    for line in run.stdout.splitlines():
        if line.startswith("#"):
            continue
        fields = line.split("\t")
        text = next((f[5:] for f in fields[7].split(";") if f.startswith("BCSQ=")), "")
        for one in text.split(",") if text else ():
            parts = one.split("|")
            terms, gene = parts[0], parts[1]
            out.setdefault((int(fields[2]), int(gene[1:])), set()).update(terms.lstrip("*").split("&"))
    return {key: frozenset(terms) for key, terms in out.items()}
