"""Hudson's coalescent with recombination on lists of intervals: the twin of raresim.kernels.coalescent."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from raresim.coalescence import Epochs
from raresim.kernels.coalescent import LEAST
from tests.naive.panel import uniform

Pieces = list[tuple[int, int, int]]  # left, right, node


def joined(pieces: Pieces) -> Pieces:
    """Adjacent pieces of a node as one."""
    out: Pieces = []
    for left, right, node in pieces:
        if out and out[-1][1:] == (left, node):
            left = out.pop()[0]
        out.append((left, right, node))
    return out


def meet(one: Pieces, two: Pieces, node: int) -> tuple[Pieces, list[tuple[int, int, int, int]]]:
    """The pieces of both, of ``node`` where both are, and the edges, by child and left."""
    ends = sorted({x for left, right, _ in one + two for x in (left, right)})
    pieces: Pieces = []
    children: dict[int, list[tuple[int, int, int]]] = {}
    for left, right in pairwise(ends):
        here = [n for a, b, n in one + two if a <= left < b]
        if here:
            pieces.append((left, right, here[0] if len(here) == 1 else node))
        if len(here) == 2:
            for child in here:
                children.setdefault(child, []).append((left, right, child))
    edges = [(a, b, node, c) for child in sorted(children) for a, b, c in joined(children[child])]
    return joined(pieces), edges


class Simulation:
    """The state: lineages by number (None: none), the lineages of each deme, draws."""

    def __init__(self, epochs: Epochs, demes: list[int], mass: np.ndarray, key: int) -> None:
        self.epochs, self.mass, self.key, self.draws = epochs, mass, key, 0
        self.lineages: list[Pieces | None] = [[(0, len(mass) - 1, i)] for i in range(len(demes))]
        self.home = list(demes)
        self.members: list[list[int]] = [[] for _ in epochs.names]
        for i, deme in enumerate(demes):
            self.members[deme].append(i)
        self.idle: list[int] = []
        self.edges: list[tuple[int, int, int, int]] = []
        self.times, self.demes = [0.0] * len(demes), list(demes)

    def uniform(self) -> float:
        self.draws += 1
        return uniform(self.key, self.draws)

    def leave(self, i: int) -> None:
        mine = self.members[self.home[i]]
        at, last = mine.index(i), mine.pop()
        if last != i:
            mine[at] = last

    def join(self, i: int, deme: int) -> None:
        self.home[i] = deme
        self.members[deme].append(i)

    def crossovers(self, pieces: Pieces | None) -> float:
        return float(self.mass[pieces[-1][1]] - self.mass[pieces[0][0] + 1]) if pieces else 0.0

    def trim(self) -> None:
        cover = [0] * (len(self.mass) - 1)
        for pieces in self.lineages:
            for left, right, _ in pieces or []:
                for x in range(left, right):
                    cover[x] += 1
        for i, pieces in enumerate(self.lineages):
            kept = []
            for left, right, node in pieces or []:
                alive = [x for x in range(left, right) if cover[x] > 1]
                if alive:
                    kept.append((alive[0], alive[-1] + 1, node))
            if pieces and not kept:
                self.leave(i)
                self.idle.append(i)
            self.lineages[i] = kept or None

    def split(self, i: int, base: int) -> None:
        pieces = self.lineages[i] or []
        self.lineages[i] = [(a, min(b, base), n) for a, b, n in pieces if a < base]
        new = [(max(a, base), b, n) for a, b, n in pieces if b > base]
        if self.idle:
            j = self.idle.pop()
            self.lineages[j] = new
        else:
            j = len(self.lineages)
            self.lineages.append(new)
            self.home.append(0)
        self.join(j, self.home[i])

    def run(self) -> tuple[list[tuple[int, int, int, int]], list[float], list[int]]:
        e = self.epochs
        now, epoch, events, due, stuck = float(e.start[0]), 0, 0, 2 * len(self.times), False
        while True:
            if events == due:
                self.trim()
                live = sum(map(len, self.members))
                if not live:
                    return self.edges, self.times, self.demes
                due += max(LEAST, 2 * live)
            events += 1
            sums = list(accumulate(map(self.crossovers, self.lineages)))
            waits: list[tuple[float, int, int]] = []
            if sums[-1] > 0:
                waits.append((-math.log(self.uniform()) / sums[-1], 0, 0))
            for p, members in enumerate(self.members):
                k = len(members)
                if not k:
                    continue
                unit = -math.log(self.uniform()) * 4 * e.size[epoch, p]
                if k > 1:
                    waits.append((self.until(unit / (k * (k - 1)), e.growth[epoch, p], now - e.start[epoch]), 1, p))
                rate = k * float(e.migration[epoch, p].sum())
                if rate > 0:
                    waits.append((-math.log(self.uniform()) / rate, 2, p))
            wait, kind, p = min(waits, default=(math.inf, 0, 0))
            if epoch + 1 < len(e.start) and now + wait >= e.start[epoch + 1]:
                epoch += 1
                now = float(e.start[epoch])
                self.members = [[] for _ in e.names]
                for i, pieces in enumerate(self.lineages):
                    if pieces:
                        self.join(i, int(np.searchsorted(e.move[epoch, self.home[i]], self.uniform(), "right")))
                events -= 1
                continue
            if wait == math.inf:
                if stuck:
                    raise RuntimeError
                stuck, due = True, events
                continue
            stuck = False
            now += wait
            if kind == 0:
                value = self.uniform() * sums[-1]
                i = int(np.searchsorted(sums, value, "right"))
                left = (self.lineages[i] or [])[0][0] + 1
                rest = value - (sums[i - 1] if i else 0.0) + self.mass[left]
                self.split(i, int(np.searchsorted(self.mass, rest, "right")) - 1)
            elif kind == 1:
                members = self.members[p]
                first, second = int(self.uniform() * len(members)), int(self.uniform() * (len(members) - 1))
                i, j = members[first], members[second + (second >= first)]
                self.leave(j)
                pieces, edges = meet(self.lineages[i] or [], self.lineages[j] or [], len(self.times))
                if edges:
                    self.edges += edges
                    self.times.append(now)
                    self.demes.append(p)
                self.lineages[i], self.lineages[j] = pieces, None
                self.idle.append(j)
            else:
                i = self.members[p][int(self.uniform() * len(self.members[p]))]
                sums = list(accumulate(e.migration[epoch, p].tolist()))
                to = int(np.searchsorted(sums, self.uniform() * sums[-1], "right"))
                self.leave(i)
                self.join(i, to)

    @staticmethod
    def until(unit: float, growth: float, since: float) -> float:
        if growth == 0:
            return unit
        x = 1 + growth * unit * math.exp(-growth * since)
        return math.log(x) / growth if x > 0 else math.inf


def simulate(epochs: Epochs, demes: list[int], mass: np.ndarray, key: int) -> Any:
    """Edges, times and demes of nodes."""
    return Simulation(epochs, demes, mass, key).run()
