"""A family's VCF as bytes: header, records, BGZF blocks, tabix index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from raresim import bgzf
from raresim.calls import diploid
from raresim.errors import InputError
from raresim.genome import Genome
from raresim.sequencing import Calls
from raresim.sequencing._model import LEAST_QUAL
from raresim.sites import Sites

Extra = tuple[NDArray[np.uint8], NDArray[np.int64]]  # text after AN in INFO, and its bounds int64[rows + 1]

META = f"""\
##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count in called genotypes of the family">
##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency in called genotypes of the family">
##INFO=<ID=AN,Number=1,Type=Integer,Description="Number of alleles in called genotypes of the family">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads with REF (and any other allele), reads with ALT">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Reads, the sum of AD">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality: second smallest PL, at most 99">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Phred-scaled genotype likelihoods, the smallest is 0">
##FILTER=<ID=LowQual,Description="QUAL below {LEAST_QUAL:g}">
"""


@dataclass(frozen=True)
class Layout:
    """What all VCFs of a study share: header lines before the column line, and contig names in order."""

    header: str
    names: tuple[str, ...]

    @staticmethod
    def of(genome: Genome, info: str = "") -> Layout:
        """Return the layout of a genome; ``info``: further header lines. Raises InputError for a contig too long for
        a tabix index."""
        for contig in genome.contigs:
            if contig.length > bgzf.LONGEST:
                raise InputError(
                    f"genome: {contig.name}: {contig.length} bases are more than a tabix index can reach "
                    f"({bgzf.LONGEST}); split the contig"
                )
        contigs = "".join(
            f"##contig=<ID={c.name},length={c.length},assembly={genome.assembly}>\n" for c in genome.contigs
        )
        header = '##fileformat=VCFv4.2\n##FILTER=<ID=PASS,Description="All filters passed">\n'
        header += f"##reference={genome.assembly}\n{contigs}{META}{info}"
        return Layout(header, tuple(c.name for c in genome.contigs))

    @cached_property
    def longest(self) -> int:
        """Length of the longest contig name."""
        return max(map(len, self.names))

    def pieces(self, members: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return the constant text of records with this many members, as the kernel wants it, and its bounds.

        AF is AC / AN with the six digits of C's %g on float32, as htslib prints it.
        """
        counts = [(ac, an) for an in range(2 * members + 1) for ac in range(an + 1)]
        parts = [
            f"\t{verdict}\tAC={ac};AF={np.float32(ac / max(an, 1)):.6g};AN={an}"
            for verdict in ("PASS", "LowQual")
            for ac, an in counts
        ]
        parts.append("\tGT:AD:DP:GQ:PL")
        return joined([text.encode() for text in (*parts, *self.names)])


def joined(parts: Sequence[bytes]) -> Extra:
    """Return texts as one array and its bounds."""
    bounds = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(part) for part in parts], out=bounds[1:])
    return np.frombuffer(b"".join(parts) or b"\0", np.uint8), bounds


def encode(
    layout: Layout,
    samples: Sequence[str],
    sites: Sites,
    calls: Calls,
    *,
    extra: Extra | None = None,
    phased: bool = False,
    hemizygous: str = "haploid",
) -> tuple[bytes, bytes]:
    """Return a family's VCF as BGZF, and its tabix index; sites are sorted, calls have the same rows."""
    from raresim.kernels.vcf_text import records

    if hemizygous == "diploid":
        calls = diploid(calls)
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + "\t".join(samples) + "\n"
    header = (layout.header + columns).encode()
    n, members = calls.alt.shape
    pieces, piece_off = layout.pieces(members)
    text, bounds = extra or (np.zeros(1, np.uint8), np.zeros(n + 1, np.int64))
    alleles = int(sites.ref_off[-1] + sites.alt_off[-1])
    room = n * (layout.longest + 90 + 50 * members) + alleles + int(bounds[-1])
    out = np.empty(len(header) + room, np.uint8)
    out[: len(header)] = np.frombuffer(header, np.uint8)
    starts = np.empty(n + 1, np.int64)
    size = records(
        sites.contig, sites.pos, sites.ref_off, sites.ref_text, sites.alt_off, sites.alt_text,
        calls.ploidy, calls.alt, calls.phase, calls.depth, calls.ref_reads, calls.alt_reads, calls.gq, calls.pl,
        calls.qual, calls.passed, ord("|" if phased else "/"), pieces, piece_off, text, bounds,
        out[len(header) :], starts,
    )  # fmt: skip
    data, blocks = bgzf.compress(out[: len(header) + int(size)].data)
    places = bgzf.virtual(starts + len(header), blocks)
    ends = sites.pos + sites.ref_len
    return data, bgzf.tabix(layout.names, sites.contig, sites.pos, ends, places[:-1], places[1:])
