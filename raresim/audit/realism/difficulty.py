"""Are simulated cases as hard as real ones? Shares of cases solved by seven tools, and the order of the tools."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOPS = (1, 5, 10, 50)


@dataclass(frozen=True)
class Difficulty:
    """Simulated minus real share of cases whose true disease is among the first 1, 5, 10, 50, in percentage points.

    mae, bias: mean of the absolute and of the signed difference over the tools; worst: largest absolute one. Each has
    four values. tau_mrr, tau_top10: Kendall's tau-b of the order of the tools on real and on simulated cases, by mean
    reciprocal rank and by the share of the first 10. real, simulated: the shares, in percent, one row a tool.
    """

    mae: tuple[float, ...]
    bias: tuple[float, ...]
    worst: tuple[float, ...]
    tau_mrr: float
    tau_top10: float
    real: tuple[tuple[float, ...], ...]
    simulated: tuple[tuple[float, ...], ...]


def difficulty(real: Floats, simulated: Floats) -> Difficulty:
    """Compare ranks float64[cases, tools]; NaN (a case that no tool answered) counts as not found."""
    a, b = shares(real), shares(simulated)
    gap = b - a
    return Difficulty(
        mae=_tuple(np.abs(gap).mean(axis=0)),
        bias=_tuple(gap.mean(axis=0)),
        worst=_tuple(np.abs(gap).max(axis=0)),
        tau_mrr=kendall(reciprocal(real), reciprocal(simulated)),
        tau_top10=kendall(a[:, TOPS.index(10)], b[:, TOPS.index(10)]),
        real=tuple(map(_tuple, a)),
        simulated=tuple(map(_tuple, b)),
    )


def shares(ranks: Floats) -> Floats:
    """Return float64[tools, 4]: percent of cases whose rank is at most 1, 5, 10, 50."""
    return np.column_stack([(ranks <= k + 1e-6).mean(axis=0) * 100 for k in TOPS])


def reciprocal(ranks: Floats) -> Floats:
    """Return float64[tools]: the mean reciprocal rank; a case without an answer counts 0."""
    return np.asarray(np.nan_to_num(1 / ranks).mean(axis=0), np.float64)


def kendall(a: Floats, b: Floats) -> float:
    """Return Kendall's tau-b (Kendall 1945, Biometrika 33:239); NaN where one of the two has one value only."""
    i, j = np.triu_indices(len(a), 1)
    x, y = np.sign(a[i] - a[j]), np.sign(b[i] - b[j])
    norm = float(np.sqrt((x**2).sum() * (y**2).sum()))
    return float((x * y).sum()) / norm if norm else float("nan")


def _tuple(values: Floats) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
