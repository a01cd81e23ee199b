"""Real against real: what the figures are when there is nothing to find."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism.evaluate import Figures, compare
from raresim.audit.realism.setting import Setting

Rows = NDArray[np.int64]

FEWEST = 40  # cases a side, as for simulated ones


def floor(known: Setting, by_publication: bool = False) -> Figures | None:
    """Return the figures of one half of the judged cases of each disease against the other; None where a half has fewer
    than 40 cases."""
    first, second = halves(known, by_publication)
    if len(first) < FEWEST:
        return None
    return compare(
        known, known.real.take(first), known.real.take(second), known.features[first], known.ranks[first], {}
    )


def halves(known: Setting, by_publication: bool = False) -> tuple[Rows, Rows]:
    """Return two sets of judged cases with as many of each disease: drawn at random, or from different publications."""
    rng = np.random.Generator(np.random.PCG64(0))
    of_disease: dict[str, list[int]] = defaultdict(list)
    for row, report in enumerate(known.judged):
        of_disease[report.disease].append(row)
    first: list[int] = []
    second: list[int] = []
    for _, rows in sorted(of_disease.items()):
        mixed = [rows[i] for i in rng.permutation(len(rows)).tolist()]
        if by_publication:
            papers = sorted({known.judged[row].publication for row in rows})
            chosen = {papers[i] for i in rng.permutation(len(papers))[: len(papers) // 2].tolist()}
            mine = [row for row in mixed if known.judged[row].publication in chosen]
            other = [row for row in mixed if known.judged[row].publication not in chosen]
        else:
            mine, other = mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
        many = min(len(mine), len(other))
        first += mine[:many]
        second += other[:many]
    return np.array(first, np.int64), np.array(second, np.int64)
