"""The lines of a cohort VCF by string formatting from a dense matrix: the twin of raresim.cohort and its kernels."""

from __future__ import annotations

import numpy as np

from raresim.cohort import People
from raresim.genome import Genome
from raresim.sequencing import Calls
from raresim.sites import Variant


def cells(genome: Genome, people: People, variant: Variant, numbers: np.ndarray) -> list[str]:
    """GT of every column; numbers int[haplotypes]: the ALT allele that a haplotype carries, 0 for none."""
    contig = genome.contigs[variant.contig]
    out = []
    for column, person in enumerate(people.order.tolist()):
        copies = contig.ploidy(variant.pos, column < people.women)
        paternal, maternal = numbers[2 * person], numbers[2 * person + 1]
        out.append(f"{paternal}|{maternal}" if copies == 2 else str(maternal))
    return out


def lines(genome: Genome, people: People, variants: list[Variant], matrix: np.ndarray) -> list[str]:
    """Record lines of sites that someone carries; matrix bool[haplotypes, sites]."""
    out = []
    for i, v in enumerate(variants):
        genotypes = cells(genome, people, v, matrix[:, i].astype(int))
        text = "".join(genotypes)
        ac, an = text.count("1"), text.count("0") + text.count("1")
        if ac:
            fixed = [genome.contigs[v.contig].name, str(v.pos + 1), ".", v.ref, v.alt, ".", "PASS", f"AC={ac};AN={an}"]
            out.append("\t".join([*fixed, "GT", *genotypes]))
    return out


def call_cells(calls: Calls) -> list[bytes]:
    """Tab and GT:AD:DP:GQ:PL of every call, row by row, phased."""
    columns = (calls.ploidy, calls.alt, calls.phase, calls.ref_reads, calls.alt_reads, calls.depth, calls.gq)
    rows = zip(*(column.ravel().tolist() for column in columns), calls.pl.reshape(-1, 3).tolist(), strict=True)
    out = []
    for copies, alt, phase, ref_reads, alt_reads, depth, gq, (first, second, third) in rows:
        reads = f"{ref_reads},{alt_reads}:{depth}"
        if alt < 0:
            text = f"\t{'.|.' if copies == 2 else '.'}:{reads}:.:."
        elif copies == 2:
            genotype = ("0|0", ("1|0", "0|1")[phase], "1|1")[alt]
            text = f"\t{genotype}:{reads}:{gq}:{first},{second},{third}"
        else:
            text = f"\t{alt}:{reads}:{gq}:{first},{second}"
        out.append(text.encode())
    return out
