"""The ancestry of samples under a demography of msprime, by a kernel of the same law that takes a fifth of the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROOM = 1 << 16  # lineages that there is room for, and two a sample (a choice; doubled where they are more)


@dataclass(frozen=True, eq=False)
class Ancestry:
    """Edges as in tskit (left, right float64; parent, child int32), sorted by parent; nodes with their time, in
    generations ago, and deme int8, older ones last; the first ``leaves`` are the samples."""

    left: Floats
    right: Floats
    parent: NDArray[np.int32]
    child: NDArray[np.int32]
    time: Floats
    deme: NDArray[np.int8]
    leaves: int

    @staticmethod
    def of(trees: Any) -> Ancestry:
        """Return that of a tree sequence."""
        edges, nodes = trees.tables.edges, trees.tables.nodes
        sides = edges.left, edges.right, edges.parent, edges.child
        return Ancestry(*sides, nodes.time, nodes.population.astype(np.int8), trees.num_samples)

    def into(self, tables: Any) -> None:
        """Write the edges, and the nodes behind those that are there, into the tables of a tree sequence."""
        new = slice(tables.nodes.num_rows, None)
        time, deme = self.time[new], self.deme[new].astype(np.int32)
        tables.nodes.append_columns(flags=np.zeros(len(time), np.uint32), time=time, population=deme)
        tables.edges.set_columns(left=self.left, right=self.right, parent=self.parent, child=self.child)


@dataclass(frozen=True)
class Epochs:
    """A demography as raresim.kernels.coalescent takes it; names: those of the demes."""

    names: tuple[str, ...]
    start: Floats
    size: Floats
    growth: Floats
    migration: Floats
    move: Floats

    @staticmethod
    def of(model: Any) -> Epochs | None:
        """Return the epochs of an msprime demography; None where something happens in it that is not a change of sizes
        and rates, a split, an admixture or a mass migration."""
        epochs = model.debug().epochs
        names = tuple(p.name for p in epochs[0].populations)
        moves = [_moves(epoch.events, names) for epoch in epochs]
        known = [move for move in moves if move is not None]
        if len(known) < len(moves):
            return None
        return Epochs(
            names=names,
            start=np.array([e.start_time for e in epochs], np.float64),
            size=np.array([[p.start_size for p in e.populations] for e in epochs], np.float64),
            growth=np.array([[p.growth_rate for p in e.populations] for e in epochs], np.float64),
            migration=np.array([e.migration_matrix for e in epochs], np.float64),
            move=np.array(known),
        )

    def ancestry(self, samples: Sequence[tuple[str, int]], mass: Floats, key: int) -> Ancestry:
        """Return the ancestry of so many haplotypes of each deme; mass float64[bases + 1]: expected crossovers a
        generation up to each base; RuntimeError where some lineages can never meet."""
        from raresim.kernels.coalescent import coalesce

        deme = np.repeat([self.names.index(name) for name, _ in samples], [n for _, n in samples]).astype(np.int8)
        history = (self.start, self.size, self.growth, self.migration, self.move)
        room = ROOM + 2 * len(deme)
        while True:
            piece, lineage = np.empty((16 * room, 3), np.int32), np.empty((room, 5), np.int32)
            member = np.empty((len(self.names), room), np.int32)
            edge, time, where = np.empty((16 * room, 4), np.int32), np.empty(8 * room), np.empty(8 * room, np.int8)
            space = (piece, lineage, where, member, edge, time)
            edges, nodes = coalesce(deme, *history, mass, np.uint64(key), *space)
            if edges >= 0:
                left, right, parent, child = edge[:edges].T.copy()
                sides = left.astype(np.float64), right.astype(np.float64)
                return Ancestry(*sides, parent, child, time[:nodes].copy(), where[:nodes].copy(), len(deme))
            if edges == -2:
                raise RuntimeError("some lineages of a demography never meet")
            room *= 2


def _moves(events: Sequence[Any], names: Sequence[str]) -> Floats | None:
    """Return where the lineages of each deme go at the begin of an epoch (cumulative), None for what is not known."""
    out = np.eye(len(names))
    for event in events:
        one = np.eye(len(names))
        match type(event).__name__:
            case "PopulationParametersChange" | "MigrationRateChange" | "ActivatePopulationEvent":
                continue
            case "PopulationSplit":
                for name in event.derived:
                    one[names.index(name)] = np.eye(len(names))[names.index(event.ancestral)]
            case "Admixture":
                row = names.index(event.derived)
                one[row] = 0
                for name, share in zip(event.ancestral, event.proportions, strict=True):
                    one[row, names.index(name)] += share
            case "MassMigration":
                row, to = names.index(event.source), names.index(event.dest)
                one[row, row] -= event.proportion
                one[row, to] += event.proportion
            case _:
                return None
        out = out @ one
    out = np.cumsum(out, 1)
    out[:, -1] = 1.0
    return np.where(out > 1 - 1e-12, 1.0, out)
