"""Writing a genome as a bgzip FASTA with its .fai and .gzi indexes, without ever holding a whole chromosome."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim.genome import Genome

WIDTH = 60  # bases a line
_LINES = 1070  # lines a BGZF block: 65,270 bytes of text, below the 65,280 of bgzip


def write_fasta(genome: Genome, path: Path, rows: Sequence[int]) -> None:
    """Write contigs as ``path`` (bgzip), ``path.fai`` and ``path.gzi``; each under a temporary name, then renamed.

    Blocks that are N from end to end are packed once: chromosomes are mostly N. Raises OSError if the disk is full.
    """
    from raresim.bgzf import END, compress

    def packed(text: bytes) -> bytes:
        return compress(text)[0][: -len(END)]

    line = b"N" * WIDTH + b"\n"
    blank = packed(line * _LINES)
    index: list[str] = []
    starts: list[tuple[int, int]] = []  # of blocks: packed, unpacked
    at = unpacked = 0
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as out:
        for row in rows:
            contig = genome.contigs[row]
            header = f">{contig.name} {genome.assembly}\n".encode()
            index.append(f"{contig.name}\t{contig.length}\t{unpacked + len(header)}\t{WIDTH}\t{WIDTH + 1}\n")
            starts.append((at, unpacked))
            at += out.write(packed(header))
            unpacked += len(header)
            for bases, size in _blocks(genome, row):
                starts.append((at, unpacked))
                full = size == WIDTH * _LINES
                at += out.write(blank if bases is None and full else packed(_lines(bases, size)))
                unpacked += size + -(-size // WIDTH)
        out.write(END)
    gzi = struct.pack("<Q", len(starts) - 1) + np.array(starts[1:], "<u8").tobytes()
    for end, data in ((".fai", "".join(index).encode()), (".gzi", gzi)):
        temporary_index = path.with_name(path.name + end + ".tmp")
        temporary_index.write_bytes(data)
        os.replace(temporary_index, path.with_name(path.name + end))
    os.replace(temporary, path)


def _blocks(genome: Genome, row: int) -> Iterator[tuple[NDArray[np.uint8] | None, int]]:
    """Bases (None where all are N) and size of the blocks of a contig, in order."""
    size = WIDTH * _LINES
    first, last = int(genome.seg_first[row]), int(genome.seg_first[row + 1])
    k = first
    for start in range(0, genome.contigs[row].length, size):
        end = min(start + size, genome.contigs[row].length)
        bases = None
        while k < last and genome.seg_start[k] < end:
            if bases is None:
                bases = np.full(end - start, ord("N"), np.uint8)
            a, b = max(start, int(genome.seg_start[k])), min(end, int(genome.seg_end[k]))
            at = int(genome.seg_off[k]) + a - int(genome.seg_start[k])
            bases[a - start : b - start] = genome.bases[at : at + b - a]
            if genome.seg_end[k] > end:
                break
            k += 1
        yield bases, end - start


def _lines(bases: NDArray[np.uint8] | None, size: int) -> bytes:
    if bases is None:
        bases = np.full(size, ord("N"), np.uint8)
    whole = size // WIDTH
    text = np.full((whole, WIDTH + 1), ord("\n"), np.uint8)
    text[:, :WIDTH] = bases[: whole * WIDTH].reshape(whole, WIDTH)
    rest = bases[whole * WIDTH :].tobytes()
    return text.tobytes() + (rest + b"\n" if rest else b"")
