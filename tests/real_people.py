"""Files of people as users bring them: a phased VCF and a table of samples, made with known haplotypes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam
from numpy.typing import NDArray

from raresim.bgzf import compress
from raresim.genome import ContigKind, Genome
from raresim.sites import Variant

CONSENT = "Nobody: made up for tests"


@dataclass(frozen=True)
class Source:
    """names of the people, who is a man, ancestry of each; alleles with who carries them, bool[alleles, 2 * people]."""

    genome: Genome
    names: tuple[str, ...]
    male: NDArray[np.bool_]
    ancestry: tuple[str, ...]
    alleles: tuple[Variant, ...]
    carried: NDArray[np.bool_]

    def cell(self, contig: int, pos: int, copies: NDArray[np.int64], person: int) -> str:
        """GT of a person from the number of the allele on both haplotypes: haploid as callers write it."""
        one, two = copies[2 * person], copies[2 * person + 1]
        where = self.genome.contigs[contig]
        if where.kind is ContigKind.MT:
            return f"{two}"
        if where.kind is ContigKind.X and self.male[person] and not where.in_par(pos):
            return f"{two}"
        return f"{one}|{two}"

    def lines(self) -> list[str]:
        """Records, one a position: alleles of one position are one record with several ALT."""
        out = []
        for place in sorted({(v.contig, v.pos) for v in self.alleles}):
            rows = [i for i, v in enumerate(self.alleles) if (v.contig, v.pos) == place]
            ref = max((self.alleles[i].ref for i in rows), key=len)
            alts = [self.alleles[i].alt + ref[len(self.alleles[i].ref) :] for i in rows]
            copies = np.zeros(2 * len(self.names), np.int64)
            for number, i in enumerate(rows, 1):
                copies[self.carried[i]] = number
            cells = "\t".join(self.cell(*place, copies, p) for p in range(len(self.names)))
            name = self.genome.contigs[place[0]].name
            out.append(f"{name}\t{place[1] + 1}\t.\t{ref}\t{','.join(alts)}\t.\tPASS\t.\tGT\t{cells}\n")
        return out

    def header(self) -> str:
        """The header of the VCF."""
        contigs = "".join(f"##contig=<ID={c.name},length={c.length}>\n" for c in self.genome.contigs)
        columns = "\t".join(("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *self.names))
        form = '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
        return f"##fileformat=VCFv4.2\n{contigs}{form}{columns}\n"

    def text(self) -> str:
        """The VCF."""
        return self.header() + "".join(self.lines())

    def table(self, sex: bool = True) -> str:
        """The table of samples."""
        rows = zip(self.names, self.ancestry, self.male.tolist(), strict=True)
        head = "sample\tancestry" + "\tsex" * sex + "\n"
        return head + "".join(f"{n}\t{a}" + f"\t{'male' if m else 'female'}" * sex + "\n" for n, a, m in rows)


def source(genome: Genome, places: Sequence[tuple[int, int]], people: int = 24, seed: int = 1) -> Source:
    """People with an SNV at each place (contig, position), sometimes two, or a deletion of a base; rare to common."""
    rng = np.random.default_rng(seed)
    alleles: list[Variant] = []
    carried = []
    for contig, pos in places:
        ref = genome.fetch(contig, pos, pos + 2)
        kind = rng.random()
        others = [b for b in "ACGT" if b != ref[0]]
        made = [Variant(contig, pos, ref[0], others[int(rng.integers(3))])]
        if kind < 0.15:
            made = [Variant(contig, pos, ref[0], b) for b in others[:2]]
        elif kind < 0.3 and ref[0] != ref[1]:
            made = [Variant(contig, pos, ref, ref[0])]
        left = np.ones(2 * people, np.bool_)
        for v in made:
            has = left & (rng.random(2 * people) < rng.choice([0.02, 0.1, 0.5, 0.95]))
            left &= ~has
            alleles.append(v)
            carried.append(has)
    male = np.arange(people) % 3 == 0
    names = tuple(f"S{i:03d}" for i in range(people))
    ancestry = tuple("NORTH" if i < people // 2 else "SOUTH" for i in range(people))
    return Source(genome, names, male, ancestry, tuple(alleles), np.array(carried))


def bgzipped(path: Path, text: str, index: bool = True) -> Path:
    """Write a VCF as BGZF, with a tabix index if asked for."""
    path.write_bytes(compress(text.encode())[0])
    if index:
        pysam.tabix_index(str(path), preset="vcf", force=True)
    return path


def bcf(path: Path, vcf: Path) -> Path:
    """Write a VCF as BCF with its index."""
    with pysam.VariantFile(str(vcf)) as given, pysam.VariantFile(str(path), "wb", header=given.header) as out:
        for record in given:
            out.write(record)
    pysam.tabix_index(str(path), preset="bcf", force=True)
    return path
