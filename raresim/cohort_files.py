"""The whole cohort as one VCF or BCF, written from its carriers: BGZF and index, a portion of sites at a time."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim import bgzf
from raresim.cohort import People, Portion, portions
from raresim.cohort_crowd import Blocks, crowds, woven
from raresim.crc import Tables
from raresim.deflate_code import DISTANCE_SYMBOL, LONGEST, Code
from raresim.files import whole, write
from raresim.genome import Genome
from raresim.panel import Panel
from raresim.vcf_text import Layout, joined

META = """\
##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count in the cohort">
##INFO=<ID=AN,Number=1,Type=Integer,Description="Number of alleles in the cohort">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype, paternal|maternal">
"""
# Bytes of a row from which on crowded rows have blocks and a code of their own: no repeat reaches the row before.
PARTED = 1 << 15
FITTED = 16  # crowded rows, if these are apart (a choice)
SAMPLE = 1 << 14  # sequences that the code of a file is fitted to (a choice)
PART = 1 << 20  # carriers and groups of cells that are told at a time, with 1 kB of text for each (a choice: 30 MB)


@dataclass(frozen=True)
class Cells:
    """How a format writes genotypes.

    blank: the cell of a form that carries nothing; forms 0, 1 and 2 are no, one and two haplotypes; a format whose rows
    have cells of one width (``even``) has form 3 and 4 for one and no haplotype in rows where nobody has two. where:
    the byte that an allele on the paternal and on the maternal side changes, (x, -1) where there is one place; step:
    what the number of an ALT allele adds to it; tail: the end of a row.
    """

    blank: tuple[bytes, ...]
    where: tuple[tuple[int, int], ...]
    step: int
    tail: bytes
    even: bool

    def forms(self, sides: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Return int64[rows, 2]: the form of women's and of men's cells."""
        copies = np.bitwise_count(sides).astype(np.int64)
        if self.even:
            copies[copies.max(1) < 2] = 4 - copies[copies.max(1) < 2]
        return copies

    @cached_property
    def tables(self) -> Tables:
        """The CRC-32 of blank cells and of what an allele changes."""
        at = self.blank[2][self.where[2][0]]
        return Tables(self.blank, at ^ (at + self.step))

    @cached_property
    def four(self) -> NDArray[np.uint8]:
        """uint8[forms, 256, bytes]: the text of four cells with two bits each, the first in the low ones."""
        width = max(map(len, self.blank))
        out = np.zeros((len(self.blank), 256, 4 * width), np.uint8)
        symbols = np.arange(256)
        for row, cell, (paternal, maternal) in zip(out, self.blank, self.where, strict=True):
            for q in range(4):
                text = row[:, q * len(cell) : (q + 1) * len(cell)]
                text[:] = list(cell)
                value = symbols >> 2 * q & 3
                text[:, paternal] += (self.step * (value >> 1 if maternal >= 0 else value > 0)).astype(np.uint8)
                if maternal >= 0:
                    text[:, maternal] += (self.step * (value & 1)).astype(np.uint8)
        return out

    @cached_property
    def groups(self) -> NDArray[np.uint32]:
        """The CRC-32 of four cells."""
        return self.tables.groups(self.four, [4 * len(cell) for cell in self.blank])


VCF = Cells((b"\t.", b"\t0", b"\t0|0"), ((1, -1), (1, -1), (1, 3)), 1, b"\n", False)
# VCF 4.2 specification, 6.3.3: (allele + 1) << 1 | phased, 0x81 is the end of a shorter vector
BCF = Cells(
    (b"\0\x81", b"\x02\x81", b"\x02\x03", b"\x02", b"\0"),
    ((0, -1), (0, -1), (0, 1), (0, -1), (0, -1)),
    2,
    b"",
    True,
)


@dataclass(frozen=True)
class Described:
    """A portion as raresim.kernels.deflate wants it, and where its records begin."""

    literals: NDArray[np.uint8]
    seq: NDArray[np.int32]
    ends: NDArray[np.int64]
    sizes: NDArray[np.int64]
    crc: NDArray[np.int64]
    block: NDArray[np.int64]
    inside: NDArray[np.int64]

    def code(self, least: bytes = b"") -> Code:
        """Return the Huffman code that suits its beginning best; words of the letters ``least`` have at most 7 bits."""
        seq = self.seq[:SAMPLE]
        literals = np.bincount(self.literals[: seq[:, 0].sum()], minlength=257)
        literals[256] = int(np.searchsorted(self.ends, len(seq))) + 1
        repeats, length, back = seq[:, 1].astype(np.int64), seq[:, 2], DISTANCE_SYMBOL[seq[:, 3]]
        lengths = np.bincount(length, minlength=LONGEST + 1)
        lengths[LONGEST] += repeats.sum()
        total = literals.sum() + lengths.sum()
        if least and total:  # a word of 8 bits stands for less than one in 33 (Katona and Nemetz 1976)
            scale = 1 + (1 << 16) // total
            literals, lengths = literals * scale, lengths * scale
            literals[list(set(least))] = np.maximum(literals[list(set(least))], total * scale // 20)
        return Code.fit(literals, lengths, np.bincount(back, repeats + (length > 0), minlength=30)[:30])

    def text(self) -> Iterator[bytes]:
        """Give the text of every block."""
        used, first = 0, 0
        for end in self.ends.tolist():
            text = bytearray()
            for count, repeats, length, back in self.seq[first:end].tolist():
                text += self.literals[used : used + count].tobytes()
                used += count
                size = 258 * repeats + length
                if size:
                    text += (text[-back:] * (size // back + 1))[:size]
            first = end
            yield bytes(text)


def describe(
    portion: Portion, people: People, cells: Cells, pre: NDArray[np.uint8], pre_off: Any, parted: bool = False
) -> Described:
    """Return the rows of a portion, each after its fixed columns, without making their text; ``parted``: but for
    crowded ones."""
    from raresim.kernels.cohort_rows import rows

    n, count, carriers = len(people.order), len(portion.an), len(portion.carriers)
    width = np.array([len(cell) for cell in cells.blank], np.int64)
    most = int(width.max())
    crowded = int((portion.crowded >= 0).sum())
    blocks = (len(pre) + count * (most * n + len(cells.tail))) // (bgzf.BLOCK - 128) + 2 + 2 * crowded
    if parted:
        crowded = 0
    room = len(pre) + (2 * most + 4) * carriers + most * (crowded * (n + 8) + 2 * blocks + 4 * count) + count + 64
    literals = np.empty(room, np.uint8)
    seq = np.empty((3 * carriers + crowded * (n // 4 + 2) + 4 * blocks + 8 * count + 8, 4), np.int32)
    ends, sizes, crcs = (np.empty(blocks, np.int64) for _ in range(3))
    block, inside = np.empty(count, np.int64), np.empty(count, np.int64)
    blank = np.zeros((len(cells.blank), most), np.uint8)
    for row, cell in zip(blank, cells.blank, strict=True):
        row[: len(cell)] = list(cell)
    tables = cells.tables
    used, told, made = rows(
        pre, pre_off, portion.off, portion.carriers, portion.allele, cells.forms(portion.sides),
        np.array([0, people.women, n], np.int64), blank, width, np.array(cells.where, np.int64), cells.step,
        np.frombuffer(cells.tail, np.uint8), portion.crowded, portion.bits, cells.four,
        tables.byte, tables.low, tables.high, tables.run, cells.groups,
        tables.flips, literals, seq, ends, sizes, crcs, block, inside, parted,
    )  # fmt: skip
    return Described(literals[:used], seq[:told], ends[:made], sizes[:made], crcs[:made], block, inside)


def parts(portion: Portion, people: People) -> Iterator[Portion]:
    """Give the records of a portion, a few at a time."""
    n = len(people.order)
    work = np.where(portion.crowded >= 0, n // 4, np.diff(portion.off)) + n // 256 + 64
    number = np.cumsum(work) // PART
    cuts = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(number)]
    for lo, hi in itertools.pairwise(cuts):
        yield portion.rows(lo, hi)


def header(genome: Genome, people: People, called: bool = False) -> str:
    """Return the header of a cohort file."""
    head, info = Layout.of(genome).header.split("##INFO", 1)
    fields = [line for line in info.splitlines() if line.startswith("##FORMAT") and "ID=GT," not in line]
    return (
        head
        + META
        + "".join(line + "\n" for line in fields if called)
        + "\t".join(["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT", *people.names])
        + "\n"
    )


def write_vcf(path: Path, panel: Panel, genome: Genome, joint: bool, called: bool = False) -> None:
    """Write the cohort as VCF 4.2 with a tabix index; GT is phased, paternal|maternal.

    ``called``: GT:AD:DP:GQ:PL as an exome would show them (raresim.cohort_calls), not with ``joint``.
    """
    from raresim.kernels.cohort import vcf_columns

    people = People.of(panel)
    names = joined([contig.name.encode() for contig in genome.contigs])
    fields = b"GT:AD:DP:GQ:PL" if called else b"GT"
    form = np.frombuffer(b"\t.\tPASS\tAC=\0;AN=\0\t" + fields, np.uint8)
    longest = max(len(contig.name) for contig in genome.contigs) + 40

    def columns(p: Portion) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        s = p.sites
        room = len(s) * (longest + len(form)) + int(s.ref_off[-1] + s.alt_off[-1]) + 11 * len(p.ac)
        out, off = np.empty(room, np.uint8), np.empty(len(s) + 1, np.int64)
        size = vcf_columns(
            s.contig, s.pos, s.ref_off, s.ref_text, s.alt_off, s.alt_text, p.ac_off, p.ac, p.an, *names, form, out, off
        )
        return out[:size], off

    if called:
        from raresim.cohort_calls import Table, describe_calls

        table = Table.of(panel)
        pack = Packer()
        records: Iterator[tuple[Portion, Blocks]]
        told = (describe_calls(p, people, table, columns) for p in portions(panel, genome, people, joint))
        records = ((p, pack(made)) for p, made in itertools.chain.from_iterable(told))
    else:
        records = _genotypes(portions(panel, genome, people, joint, True), people, VCF, columns)
    index = _write(path, header(genome, people, called).encode(), records)
    write(path.with_name(path.name + ".tbi"), bgzf.tabix([c.name for c in genome.contigs], *index))


def write_bcf(path: Path, panel: Panel, genome: Genome, joint: bool) -> None:
    """Write the cohort as BCF 2.2 with a CSI index; GT is phased, paternal|maternal."""
    from raresim.kernels.cohort import bcf_columns

    people = People.of(panel)
    text = header(genome, people).encode() + b"\0"

    def columns(p: Portion) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        s = p.sites
        copies = np.maximum(np.bitwise_count(p.sides).max(1), 1).astype(np.int64)
        room = len(s) * 80 + int(s.ref_off[-1] + s.alt_off[-1]) + 16 * len(p.ac)
        out, off = np.empty(room, np.uint8), np.empty(len(s) + 1, np.int64)
        size = bcf_columns(
            s.contig, s.pos, s.ref_off, s.ref_text, s.alt_off, s.alt_text, p.ac_off, p.ac, p.an,
            copies * len(people.order), copies, out, off,
        )  # fmt: skip
        return out[:size], off

    head = b"BCF\2\2" + struct.pack("<I", len(text)) + text
    records = _genotypes(portions(panel, genome, people, joint, True), people, BCF, columns)
    index = _write(path, head, records)
    write(path.with_name(path.name + ".csi"), bgzf.csi(len(genome.contigs), *index))


Columns = Callable[[Portion], tuple[NDArray[np.uint8], NDArray[np.int64]]]


class Packer:
    """Writes described rows as blocks, by one code: what suits the first of them best."""

    code: Code | None = None

    def __call__(self, made: Described) -> Blocks:
        """Return the blocks of rows."""
        self.code = self.code or made.code()
        packed = bgzf.packed(made.literals, False, made.seq, made.ends, made.sizes, made.crc, self.code)
        if packed is not None:
            return Blocks([packed[0]], packed[1], made.block, made.inside)
        pieces = [bgzf.compress(piece)[0][: -len(bgzf.END)] for piece in made.text()]
        at = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])])
        return Blocks([b"".join(pieces)], at, made.block, made.inside)


def _genotypes(
    given: Iterator[Portion], people: People, cells: Cells, columns: Columns
) -> Iterator[tuple[Portion, Blocks]]:
    """Give the records of portions, a few at a time, as blocks."""
    pack, code = Packer(), None
    parted = max(map(len, cells.blank)) * len(people.order) >= PARTED
    for portion in (part for many in given for part in parts(many, people)):
        crowded = (portion.crowded >= 0) & parted
        pre = columns(portion)
        if not crowded.all():
            plain = pack(describe(portion, people, cells, *pre, parted))
        if crowded.any():
            if code is None:
                rows = np.flatnonzero(crowded)
                few = portion.crowds(rows[:: -(-len(rows) // FITTED)])
                code = describe(few, people, cells, *columns(few)).code(bytes(np.unique(cells.four).tolist()))
            crowd = crowds(portion, people, cells, *pre, code)
            plain = crowd if crowded.all() else woven(crowded, plain, crowd)
        yield portion, plain


def _write(path: Path, head: bytes, records: Iterator[tuple[Portion, Blocks]]) -> tuple[Any, ...]:
    """Write a file and return what its index wants: contig, start, end, and the virtual offsets of every record."""
    found: list[tuple[Any, ...]] = []
    with whole(path) as out:
        first = bgzf.compress(head)[0][: -len(bgzf.END)]
        out.write(first)
        at = len(first)
        for portion, made in records:
            out.writelines(made.pieces)
            places = at + made.at[made.block] << 16 | made.inside
            at += int(made.at[-1])
            sites = portion.sites
            found.append((sites.contig, sites.pos, sites.pos + sites.ref_len, places, np.append(places[1:], at << 16)))
        out.write(bgzf.END)
    if not found:
        return tuple(np.zeros(0, np.int64) for _ in range(5))
    contig, start, end, begins, ends = map(np.concatenate, zip(*found, strict=True))
    return contig, start, end, begins.astype(np.uint64), ends.astype(np.uint64)
