"""A family's VCF as bytes: header, records, BGZF blocks, tabix index."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim import bgzf
from raresim.calls import diploid
from raresim.deflate_code import LONGEST, Code
from raresim.errors import InputError
from raresim.genome import Genome
from raresim.sequencing import Calls
from raresim.sequencing._model import LEAST_QUAL
from raresim.sites import Sites

SPARSE = 200_000  # records of a file whose index has large bins (a choice; ten exomes)
Extra = tuple[NDArray[np.uint8], NDArray[np.int64]]  # text after AN in INFO, and its bounds int64[rows + 1]

META = f"""\
##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count in called genotypes of the family">
##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency in called genotypes of the family">
##INFO=<ID=AN,Number=1,Type=Integer,Description="Number of alleles in called genotypes of the family">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads with REF (and others, where ALT is one), reads with ALT">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Reads, the sum of AD">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality: second smallest PL, at most 99">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Phred-scaled genotype likelihoods, the smallest is 0">
##FILTER=<ID=LowQual,Description="QUAL below {LEAST_QUAL:g}">
"""


# How often, in 1,000 bytes, a trio's file (benchmarks/case_vcf.py) has a byte that no repeat covers, a repeat of some
# length, one from some distance (symbols of RFC 1951, 3.2.5). Other numbers make other sizes, never other text.
LITERALS = {
    **dict(zip("0123456789", (110, 108, 60, 51, 46, 44, 43, 40, 40, 97), strict=True)),
    **{"\t": 72, ",": 85, ":": 114, "/": 28, "|": 28, ".": 21, "\n": 11},
    **dict.fromkeys("ACGT", 7),
    **dict.fromkeys(";=FNPS", 0.5),
}
LENGTHS = {7: 0.6, 8: 2.8, 9: 4.7, 10: 2.3, 11: 0.3, 24: 0.4, 26: 1.7, 28: 1.9, 37: 3.2, 42: 7.3}
DISTANCES = {14: 13, 16: 2, 17: 1, 18: 2, **dict.fromkeys((15, *range(19, 30)), 1)}


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


@lru_cache(maxsize=8)
def pieces(names: tuple[str, ...], members: int) -> Extra:
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
    return joined([text.encode() for text in (*parts, *names, "\0" * 8)])


@lru_cache(maxsize=1)
def digits() -> NDArray[np.uint64]:
    """Return 000 to 999 as the kernel wants them: three digits as bytes, the first one lowest, and their code."""
    out = np.zeros(1000, np.uint64)
    for i in range(1000):
        text = f"{i:03}".encode()
        bits, size = told(text)
        out[i] = int.from_bytes(text, "little") | bits << 32 | size << 56
    return out


@lru_cache(maxsize=2)
def genotypes(mark: str) -> NDArray[np.uint64]:
    """Return tab and GT as bytes, the first one lowest, and their code, its number of bits in the high 8: of one and
    two copies, by ALT alleles and those that the second haplotype has."""

    def text(copies: int, alt: int, second: int) -> str:
        if alt < 0:
            return mark.join("." * copies)
        return mark.join((str(alt - second), str(second))) if copies == 2 else str(alt)

    out = []
    for copies, alt, second in product((1, 2), range(-1, 3), (0, 1)):
        cell = f"\t{text(copies, alt, second):.3}".encode()
        bits, size = told(cell)
        out.append((int.from_bytes(cell, "little"), bits | size << 56))
    return np.array(out, np.uint64).reshape(2, 4, 2, 2)


def told(text: bytes) -> tuple[int, int]:
    """Return the bits of a text in the code of all families' files, first one lowest, and their number."""
    bits = size = 0
    for word in code().literal[list(text)].tolist():
        bits |= (word & 0xFFFFFF) << size
        size += word >> 24
    return bits, size


@lru_cache(maxsize=1)
def numbers() -> NDArray[np.uint64]:
    """Return the small numbers as the kernel wants them: text, code, bits of it, bytes of text."""
    from raresim.kernels.vcf_text import SMALL

    out = np.zeros(SMALL, np.uint64)
    for i in range(SMALL):
        text = str(i).encode()
        bits, size = told(text)
        assert size <= 24
        out[i] = int.from_bytes(text, "little") | bits << 32 | size << 56 | len(text) << 61
    return out


@lru_cache(maxsize=1)
def code() -> Code:
    """Return the one Huffman code of all families' files."""
    literals, lengths, distances = np.zeros(257), np.zeros(LONGEST + 1), np.zeros(30)
    literals[[ord(letter) for letter in LITERALS]] = list(LITERALS.values())
    lengths[list(LENGTHS)] = list(LENGTHS.values())
    distances[list(DISTANCES)] = list(DISTANCES.values())
    return Code.fit(100 * literals, 100 * lengths, 100 * distances)


_kept = threading.local()


def _room(name: str, size: int) -> NDArray[np.uint8]:
    """Return memory of so many bytes, the same at every call in a thread: fresh pages cost a quarter of the time."""
    held = getattr(_kept, name, None)
    if held is None or len(held) < size:
        held = np.empty(size + size // 4, np.uint8)
        setattr(_kept, name, held)
    room: NDArray[np.uint8] = held[:size]
    return room


def joined(parts: Sequence[bytes]) -> Extra:
    """Return texts as one array and its bounds."""
    bounds = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(part) for part in parts], out=bounds[1:])
    return np.frombuffer(b"".join(parts) or b"\0", np.uint8), bounds


def encode(layout: Layout, samples: Sequence[str], sites: Sites, calls: Calls, **options: Any) -> tuple[bytes, bytes]:
    """Return a family's VCF as BGZF, and its tabix index: :func:`blocks` as bytes that last."""
    parts, index = blocks(layout, samples, sites, calls, **options)
    return b"".join(parts), index


def blocks(
    layout: Layout,
    samples: Sequence[str],
    sites: Sites,
    calls: Calls,
    *,
    extra: Extra | None = None,
    phased: bool = False,
    hemizygous: str = "haploid",
    joint: bool = False,
) -> tuple[list[bytes | memoryview], bytes]:
    """Return the parts of a family's VCF as BGZF, to be written before the thread's next call, and its tabix index;
    sites are sorted, calls have the same rows. joint: alleles of a position are one record (raresim.joint_records)."""
    from raresim.deflate_code import DISTANCE_BASE, DISTANCE_EXTRA, DISTANCE_SYMBOL
    from raresim.kernels.vcf_text import LARGEST, records

    told = calls
    if hemizygous == "diploid":
        calls = diploid(calls)
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + "\t".join(samples) + "\n"
    header = (layout.header + columns).encode()
    n, members = calls.alt.shape
    constant, constant_off = pieces(layout.names, members)
    text, bounds = extra or (np.zeros(1, np.uint8), np.zeros(n + 1, np.int64))
    alleles = int(sites.ref_off[-1] + sites.alt_off[-1])
    room = n * (layout.longest + 90 + 50 * members) + alleles + int(bounds[-1]) + 64
    most = 2 * ((len(header) + room) // bgzf.BLOCK + 1)  # two neighbours have more than a block's text
    out = _room("text", len(header) + room)
    out[: len(header)] = np.frombuffer(header, np.uint8)
    starts, cuts = np.empty(n + 1, np.int64), np.empty(most + 1, np.int64)
    first, at = np.empty(most, np.int64), np.empty(most + 1, np.int64)
    packed = _room("blocks", 2 * room + 4 * LARGEST)
    words = code()
    size, made, used = records(
        sites.contig, sites.pos, sites.ref_off, sites.ref_text, sites.alt_off, sites.alt_text,
        calls.ploidy, calls.alt, calls.phase, calls.depth, calls.ref_reads, calls.alt_reads, calls.gq, calls.pl,
        calls.qual, calls.passed, phased, genotypes("|" if phased else "/"), constant, constant_off, text, bounds,
        digits(), len(header), out, starts, cuts, first, numbers(),
        words.literal, words.pairs, words.length, words.distance, DISTANCE_SYMBOL, DISTANCE_BASE, DISTANCE_EXTRA,
        words.header, words.header_bits, packed, at,
    )  # fmt: skip
    contig, pos, ends, whole = sites.contig, sites.pos, sites.pos + sites.ref_len, out[:size].data
    if joint:
        from raresim.joint_records import joined as join

        rows, starts, ends, whole = join(
            layout.names, sites, told, whole, starts, (text, bounds), phased, hemizygous == "diploid"
        )
        contig, pos = contig[rows], pos[rows]
    if used == 0 or extra is not None or joint:  # notes are told better by a compressor
        data, at = bgzf.compress(whole)
        parts: list[bytes | memoryview] = [data]
        places = bgzf.virtual(starts, at)
    else:
        cuts, at = cuts[: made + 1], at[: made + 1]
        bgzf.close(packed, at, bgzf.checks(out, cuts), np.diff(cuts))
        head, before = bgzf.compress(header)
        parts = [head[: -len(bgzf.END)], packed[:used].data, bgzf.END]
        lines = np.diff(first[:made], append=n + 1)
        places = np.repeat(((before[-1] + at[:-1]) << 16) - cuts[:-1], lines) + starts
        places[-1] = (before[-1] + at[-1]) << 16
        places = places.astype(np.uint64)
    return parts, bgzf.tabix(layout.names, contig, pos, ends, places[:-1], places[1:], n < SPARSE)
