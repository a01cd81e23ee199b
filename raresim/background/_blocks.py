"""The blocks of a genome that are simulated apart: where they end and how many copies a person has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import mitochondrial
from raresim.ancestry import Block, blocks
from raresim.genome import Contig, ContigKind
from raresim.haplotypes import outside_par

if TYPE_CHECKING:
    from raresim.background import Inputs


def of_genome(inputs: Inputs, length: float) -> Iterator[Block]:
    """Give the blocks of the targets: of about ``length`` cM on autosomes and X; Y outside PAR and mitochondrial DNA,
    which do not recombine, are one block each."""
    targets, genetic_map = inputs.targets, inputs.map
    for row, contig in enumerate(inputs.genome.contigs):
        mine = targets.contig == row
        start, end = targets.start[mine].astype(np.int64), targets.end[mine].astype(np.int64)
        if contig.kind in (ContigKind.Y, ContigKind.MT):
            yield from _unrecombined(row, contig, start, end)
            continue
        number = 0
        for lo, hi, diploid in _parts(contig):
            here = (start >= lo) & (start < hi)
            if not here.any():
                continue

            def cm(
                pos: NDArray[np.int64], row: int = row, diploid: bool = diploid
            ) -> NDArray[np.float64]:  # of the lineages' sexes: half the time in each; on X 2/3 in females
                female = np.asarray(genetic_map.cm(row, pos, True))
                return (female + genetic_map.cm(row, pos, False)) / 2 if diploid else female * 2 / 3

            size = 1.0 if diploid else 0.75  # three X chromosomes for four autosomes
            for block in blocks(row, start[here], end[here], cm, length, size):
                yield replace(block, number=number)
                number += 1


def _unrecombined(row: int, contig: Contig, start: NDArray[np.int64], end: NDArray[np.int64]) -> Iterator[Block]:
    parts = [
        (np.maximum(start, lo)[kept], np.minimum(end, hi)[kept])
        for lo, hi in outside_par(contig.par, contig.length)
        if (kept := (start < hi) & (end > lo)).any()
    ]
    if parts:
        first, last = (np.concatenate(column) for column in zip(*parts, strict=True))
        none = np.zeros(len(first))
        yield Block(row, 0, first, last, none, none, mitochondrial.SIZE, side=0 if contig.kind is ContigKind.Y else 1)


def _parts(contig: Contig) -> list[tuple[int, int, bool]]:
    """Intervals of a contig with one ploidy rule: start, end, both sexes have two copies."""
    if contig.kind is ContigKind.AUTOSOME:
        return [(0, contig.length, True)]
    out, at = [], 0
    for start, end in sorted(contig.par):
        out += [(at, start, False), (start, end, True)]
        at = end
    return [*out, (at, contig.length, False)]
