"""Reading the wanted intervals of a FASTA in one pass, without an index and without writing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim.errors import InputError
from raresim.textfile import pieces

# upper-case ACGT stay, lower-case become upper-case, everything else (IUPAC codes, gaps) becomes N
_CLEAN = np.full(256, ord("N"), np.uint8)
for _base in b"ACGT":
    _CLEAN[_base] = _CLEAN[_base + 32] = _base

Wanted = Callable[[str], NDArray[np.int64]]


class _Record:
    """One contig while it is read: how far, and the bases of its wanted intervals (sorted, disjoint)."""

    def __init__(self, name: str, wanted: NDArray[np.int64]) -> None:
        self.name = name
        self.length = 0
        self.start = [int(s) for s in wanted[:, 0]]
        self.end = [int(e) for e in wanted[:, 1]]
        self.parts: list[list[bytes]] = [[] for _ in self.start]
        self.next = 0

    def add(self, text: bytes) -> None:
        at, self.length = self.length, self.length + len(text)
        while self.next < len(self.start) and self.start[self.next] < self.length:
            k = self.next
            self.parts[k].append(text[max(0, self.start[k] - at) : self.end[k] - at])
            if self.end[k] > self.length:
                return
            self.next += 1

    def bases(self) -> list[NDArray[np.uint8]]:
        return [_CLEAN[np.frombuffer(b"".join(part), np.uint8)] for part in self.parts]


def read(path: Path, wanted: Wanted, key: str = "genome.fasta") -> Iterator[tuple[str, int, list[NDArray[np.uint8]]]]:
    """Yield name, length and the bases of the wanted intervals of every contig, in the order of the file.

    ``wanted(name)`` gives sorted disjoint 0-based intervals int64[n, 2] of a contig; an interval that passes the end
    of the contig gives fewer bases. Bases are upper-case ACGT, N for anything else. Raises InputError for a file that
    is empty, truncated, gzip but not bgzip, or not a FASTA.
    """
    record: _Record | None = None
    header: list[bytes] | None = None  # parts of a header line that is not whole yet
    first = True
    for piece in pieces(path, key):
        if first and piece and not piece.lstrip()[:1] == b">":
            raise InputError(f"{key}: {path}: not a FASTA (the first line does not begin with '>'); give a FASTA")
        first = first and not piece
        at = 0
        while at < len(piece):
            if header is not None:
                stop = piece.find(b"\n", at)
                header.append(piece[at : stop if stop >= 0 else len(piece)])
                if stop < 0:
                    break
                words = b"".join(header).decode("utf-8", "replace").split()
                if not words:
                    raise InputError(f"{key}: {path}: a contig without a name; write a name after '>'")
                record, header = _Record(words[0], wanted(words[0])), None
                at = stop + 1
                continue
            stop = piece.find(b">", at)
            if record is not None:
                record.add(piece[at : stop if stop >= 0 else len(piece)].translate(None, b"\n\r\t "))
            if stop < 0:
                break
            if record is not None:
                yield record.name, record.length, record.bases()
            record, header, at = None, [], stop + 1
    if record is None:
        raise InputError(f"{key}: {path}: the file is truncated (no sequence after the last name); copy it again")
    yield record.name, record.length, record.bases()
