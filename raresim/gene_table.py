"""The shipped gene models: MANE Select on GRCh38, the mitochondrial genes and the rCRS (``data/genes.npz``)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim import assemblies
from raresim.genome import Contig, Genes
from raresim.tables import table


@dataclass(frozen=True)
class Shipped:
    """contigs chr1 .. chr22, chrX, chrY, chrM of GRCh38; genes sorted by (contig, start); bases of the rCRS. Of the
    synthetic genome: patches int64[n, 3] (contig, position, base) that mend frames where genes overlap, and the genes
    that cannot be mended. digest of the table."""

    contigs: tuple[Contig, ...]
    genes: Genes
    mitochondrion: NDArray[np.uint8]
    patches: NDArray[np.int64]
    unplantable: frozenset[int]
    digest: str


@cache
def load() -> Shipped:
    """Return the shipped gene models (sources, licences and citations are inside the table, under ``provenance``)."""
    path = table("genes.npz")
    with np.load(path) as file:
        raw = {name: file[name] for name in file.files}
    return unpack(raw, hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest())


def unpack(raw: dict[str, NDArray[Any]], digest: str) -> Shipped:
    """Return the values of the table's arrays."""
    names = [line.split("\t") for line in raw["names"].tobytes().decode().split("\n")]
    symbol, hgnc, ensembl, ncbi, transcript = ([row[i] for row in names] for i in range(5))
    off = np.concatenate([np.zeros(1, np.int64), np.cumsum(raw["exons"], dtype=np.int64)])
    start = np.cumsum(_values(raw["start_step"]))
    length = _values(raw["exon_length"])
    intron = np.zeros(len(length), np.int64)
    intron[np.delete(np.arange(len(length)), off[:-1])] = _values(raw["intron_length"])
    along = np.cumsum(length + intron) - length  # start of each exon, from a common zero
    exon_start = along + np.repeat(start - along[off[:-1]], np.diff(off))
    exon_end = exon_start + length
    end = exon_end[off[1:] - 1]
    mitochondrial = np.array([*(0 for _ in assemblies.CHROMOSOMES), 1], np.int8)
    genes = Genes(
        symbol=symbol,
        hgnc=hgnc,
        ensembl=ensembl,
        ncbi=ncbi,
        transcript=transcript,
        chosen=["MANE Select" if row != len(assemblies.CHROMOSOMES) else "the only one" for row in raw["contig"]],
        contig=raw["contig"].astype(np.int16),
        strand=raw["strand"],
        start=start.astype(np.int32),
        end=end.astype(np.int32),
        cds_start=(start + _values(raw["cds_start"])).astype(np.int32),
        cds_end=(end - _values(raw["cds_end"])).astype(np.int32),
        code=mitochondrial[raw["contig"]],
        exon_off=off,
        exon_start=exon_start.astype(np.int32),
        exon_end=exon_end.astype(np.int32),
    )
    lengths = {**assemblies.LENGTHS["GRCh38"], "chrM": len(raw["rcrs"])}
    contigs = tuple(
        Contig(n, size, assemblies.kind(n), assemblies.PAR.get((n, size), ())) for n, size in lengths.items()
    )
    unplantable = frozenset(int(row) for row in raw["unplantable"])
    return Shipped(contigs, genes, raw["rcrs"], raw["patches"].astype(np.int64).reshape(-1, 3), unplantable, digest)


def _values(planes: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.ascontiguousarray(planes.T).view("<i4")[:, 0].astype(np.int64)


def fill_ids(symbol: Sequence[str], ids: dict[str, list[str]], by_symbol: bool) -> None:
    """Fill empty ids (columns "hgnc", "ensembl", "ncbi") of human genes in place, found by another id, or by symbol."""
    known = load().genes
    columns = {"hgnc": known.hgnc, "ensembl": known.ensembl, "ncbi": known.ncbi}
    finders = {"hgnc": known.by_hgnc, "ensembl": known.by_ensembl, "ncbi": known.by_ncbi}
    for row, name in enumerate(symbol):
        found = [index[ids[kind][row]] for kind, index in finders.items() if ids[kind][row] in index]
        if not found and by_symbol and name in known.by_symbol:
            found = [known.by_symbol[name]]
        for kind, column in ids.items():
            if found and not column[row]:
                column[row] = columns[kind][found[0]]
