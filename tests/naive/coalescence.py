"""Mean times of coalescence of two lineages on a Demes graph, generation by generation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def size(deme: Any, time: float) -> float:
    """Number of people of a deme at a time."""
    for epoch in deme.epochs:
        if epoch.start_time > time >= epoch.end_time:
            if math.isinf(epoch.start_time) or epoch.start_size == epoch.end_size:
                return float(epoch.end_size)
            share = (time - epoch.end_time) / (epoch.start_time - epoch.end_time)
            return float(epoch.end_size * (epoch.start_size / epoch.end_size) ** share)
    return math.inf


def times(graph: Any) -> tuple[list[str], np.ndarray]:
    """Names of the demes and the mean time for one lineage from each of two demes.

    P[start] is the distribution of the pair over demes; in a generation it coalesces with 1 / 2N, then migrates, then
    leaves the demes that begin.
    """
    names = [deme.name for deme in graph.demes]
    n, place = len(names), {name: i for i, name in enumerate(names)}
    pair = np.eye(n * n).reshape(n * n, n, n)
    mean = np.zeros(n * n)
    last = int(max(e.end_time for deme in graph.demes for e in deme.epochs if math.isinf(e.start_time)))
    diagonal = np.arange(n)
    for generation in range(last):
        middle = generation + 0.5
        mean += pair.sum((1, 2))
        pair[:, diagonal, diagonal] *= 1 - np.array([1 / (2 * size(deme, middle)) for deme in graph.demes])
        move = np.eye(n)
        for m in graph.migrations:
            if m.start_time > middle >= m.end_time:
                move[place[m.dest], place[m.source]] += m.rate
                move[place[m.dest], place[m.dest]] -= m.rate
        for deme in graph.demes:
            if deme.start_time == generation + 1:
                back = np.eye(n)
                back[place[deme.name]] = 0
                for name, share in zip(deme.ancestors, deme.proportions, strict=True):
                    back[place[deme.name], place[name]] = share
                move = move @ back
        pair = np.einsum("aij,ik,jl->akl", pair, move, move, optimize=True)
    root = next(deme for deme in graph.demes if math.isinf(deme.start_time))
    mean += pair.sum((1, 2)) * 2 * root.epochs[0].end_size
    return names, mean.reshape(n, n)


def fst(graph: Any, a: str, b: str) -> float:
    """Hudson's Fst of two demes: 1 - within / between."""
    names, mean = times(graph)
    i, j = names.index(a), names.index(b)
    return float(1 - (mean[i, i] + mean[j, j]) / 2 / mean[i, j])
