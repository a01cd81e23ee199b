"""Local ancestry: from which source each part of an admixed haplotype comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from raresim.demography import Demography
    from raresim.haplotypes import Pair
    from raresim.panel import Panel

AFTER = 0.01  # generations beyond a pulse at which lineages are asked for their deme: all are in the sources by then


@dataclass(frozen=True)
class Census:
    """What a block needs to know of admixture: numbers of its admixed sample sets with their time, names of demes by
    msprime's population number."""

    sets: tuple[tuple[int, float], ...]
    demes: tuple[str, ...]

    @staticmethod
    def of(history: Demography, names: Sequence[str]) -> Census:
        """Return the census of sample sets drawn from these demes."""
        found = [(i, history.admixture(name)[0] + AFTER) for i, name in enumerate(names) if history.admixture(name)[1]]
        return Census(tuple(found), tuple(deme.name for deme in history.graph.demes))

    def into(self, model: Any) -> Any:
        """Add the censuses to an msprime demography; return it."""
        for time in sorted({time for _, time in self.sets}):
            model.add_census(time=time)
        model.sort_events()
        return model


@dataclass(frozen=True)
class Tract:
    """A stretch of one of a person's haplotypes (0 paternal, 1 maternal) from one source; 0-based, half-open."""

    haplotype: int
    contig: int
    start: int
    end: int
    ancestry: str


def tracts(trees: Any, census: Census, samples: Sequence[int], copies: int = 2) -> NDArray[np.int64]:
    """Return int64[n, 4]: haplotype, left, right, population of the source, of every admixed haplotype of a genealogy.

    samples: people in each sample set; copies: haplotypes of a person. Rows are sorted, and neighbours of one source
    are one row.
    """
    first = copies * np.concatenate([[0], np.cumsum(samples)])
    out = [np.zeros((0, 4), np.int64)]
    nodes = trees.tables.nodes
    for row, time in census.sets:
        own = np.arange(first[row], first[row + 1], dtype=np.int32)
        ancestors = np.flatnonzero(np.isclose(nodes.time, time, rtol=0, atol=1e-9)).astype(np.int32)
        found = trees.tables.link_ancestors(own, ancestors)
        made = np.stack([found.child, found.left, found.right, nodes.population[found.parent]], 1).astype(np.int64)
        out.append(merged(made[np.lexsort((made[:, 1], made[:, 0]))]))
    return np.concatenate(out)


def merged(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join sorted rows (haplotype, left, right, source) that touch and agree."""
    if len(rows) < 2:
        return rows
    same = (rows[1:, [0, 3]] == rows[:-1, [0, 3]]).all(1) & (rows[1:, 1] == rows[:-1, 2])
    begin = np.flatnonzero(np.append(True, ~same))
    out = rows[begin].copy()
    out[:, 2] = rows[np.append(begin[1:] - 1, len(rows) - 1), 2]
    return out


def gathered(parts: Sequence[tuple[int, NDArray[np.int64]]], place: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return int32[n, 5]: cohort haplotype, contig, start, end, source of all blocks, sorted; place: the cohort
    haplotype of each haplotype of the panel, -1 for those of the database."""
    found = [np.column_stack([rows[:, 0], np.full(len(rows), contig), rows[:, 1:]]) for contig, rows in parts]
    out = np.concatenate([np.zeros((0, 5), np.int64), *found]).astype(np.int32)
    out[:, 0] = place[out[:, 0]]
    out = out[out[:, 0] >= 0]
    return np.ascontiguousarray(out[np.lexsort((out[:, 2], out[:, 1], out[:, 0]))])


def of_person(panel: Panel, pair: Pair) -> tuple[Tract, ...]:
    """Return the tracts of a person's haplotypes, founder or not; where two founder haplotypes meet, the tract changes
    at the first site of the panel after the crossover."""
    from raresim.haplotypes import NONE, contig_rows, pieces

    table = panel.tracts
    out: list[Tract] = []
    for side, haplotype in enumerate(pair):
        for contig in np.unique(table[:, 1]).tolist():
            lo, hi = contig_rows(panel.sites, contig)
            for source, a, b in pieces(haplotype, lo, hi):
                if source == NONE:
                    continue
                start = 0 if a == lo else int(panel.sites.pos[a])
                end = 1 << 31 if b == hi else int(panel.sites.pos[b])
                i, j = np.searchsorted(table[:, 0], np.array([source, source + 1], np.int32))
                for _, where, left, right, deme in table[i:j].tolist():
                    if where == contig and left < end and right > start:
                        _append(out, Tract(side, contig, max(left, start), min(right, end), panel.sources[deme]))
    return tuple(out)


def _append(out: list[Tract], new: Tract) -> None:
    """Add a tract, or make the last one longer."""
    last = out[-1] if out else None
    same = last is not None and (last.haplotype, last.contig, last.ancestry, last.end) == (
        *(new.haplotype, new.contig, new.ancestry, new.start),
    )
    if last is not None and same:
        out[-1] = Tract(last.haplotype, last.contig, last.start, new.end, last.ancestry)
    else:
        out.append(new)
