"""Ranks with ties, top-k and mean reciprocal rank, and bootstrap intervals over cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOP = (1, 3, 5, 10, 20)
NAMES = (
    *(f"top{k}" for k in TOP),
    "mrr",
    *(f"top{k}_worst" for k in TOP),
    "mrr_worst",
)  # the columns of :func:`values`
RESAMPLES = 10_000  # the percentile bootstrap needs a few thousand for 95% limits (Efron and Tibshirani 1993, ch. 13)
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Place:
    """Where the truth stands: ``better`` distinct answers are ranked before it, ``tied`` hold its rank (itself among
    them); tied = 0: it is not among the answers."""

    better: int
    tied: int

    @property
    def expected(self) -> float | None:
        """The mean rank under a random order of ties."""
        return self.better + (self.tied + 1) / 2 if self.tied else None

    @property
    def worst(self) -> int | None:
        """The last rank that ties can give it (PhEval's rule)."""
        return self.better + self.tied if self.tied else None


def place(entries: Iterable[tuple[float, str]], truth: frozenset[str], ranks: Sequence[float] | None = None) -> Place:
    """Return the place of the best true answer among distinct answers; entries are (key, answer), lower key first.

    An answer given twice counts once, with its best key, and those behind it move up. ``ranks``: the rank of every
    line, where a file states ranks (they are the keys then). A gap in them stands for answers that the file leaves
    out, so that a lone answer of rank 7 is 7th; competition ranks (1, 1, 3), dense ranks (1, 1, 2), worst ranks
    (2, 2, 3) and means (1.5, 1.5, 3) have no gap.
    """
    rows = list(entries)
    mine = min((key for key, answer in rows if answer in truth), default=None)
    if mine is None:
        return Place(0, 0)
    better = {answer for key, answer in rows if key < mine}
    tied = {answer for key, answer in rows if key == mine} - better - truth
    left_out = max(0, int(np.ceil(mine)) - sum(rank <= mine for rank in ranks)) if ranks is not None else 0
    return Place(len(better) + left_out, 1 + len(tied))


def values(places: Iterable[Place]) -> NDArray[np.float64]:
    """Return the metrics of every case, float64[cases, len(NAMES)], whose means are the metrics of a study.

    top-k: probability that the truth is among the first k under a random order of ties. MRR: 1 / expected rank. The
    ``worst`` columns put the truth last among its ties. A case whose truth is not among the answers has 0 everywhere.
    """
    rows = list(places)
    better = np.array([p.better for p in rows], np.float64)[:, None]
    tied = np.array([p.tied for p in rows], np.float64)[:, None]
    found = tied > 0
    size = np.where(found, tied, 1.0)
    top = np.array(TOP, np.float64)[None, :]
    return np.hstack(
        [
            np.clip((top - better) / size, 0.0, 1.0) * found,
            found / (better + (size + 1) / 2),
            (better + size <= top) * found,
            found / (better + size),
        ]
    )


def intervals(table: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return 95% percentile bootstrap limits of the column means, float64[2, columns], over cases (rows).

    Efron 1979, "Bootstrap methods": cases are drawn with replacement, ``RESAMPLES`` times; the same stream gives the
    same resamples to every ranker. NaN where there is no case.
    """
    cases, columns = table.shape
    if not cases:
        return np.full((2, columns), np.nan)
    means = np.empty((RESAMPLES, columns))
    chunk = max(1, min(RESAMPLES, 2_000_000 // cases))
    for start in range(0, RESAMPLES, chunk):
        many = min(chunk, RESAMPLES - start)
        drawn = rng.integers(0, cases, (many, cases)) + np.arange(many)[:, None] * cases
        counts = np.bincount(drawn.ravel(), minlength=many * cases).reshape(many, cases)
        # einsum, not matmul: the order of a BLAS sum may depend on the number of threads
        means[start : start + many] = np.einsum("rc,cm->rm", counts.astype(np.float64), table) / cases
    tail = 50 * (1 - LEVEL)
    return np.percentile(means, [tail, 100 - tail], axis=0)
