"""How much do patients of one disease differ, and do their findings go together? Within-disease spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism.cases import Cases
from raresim.audit.realism.setting import Setting, cases_of
from raresim.audit.realism.split import capped

if TYPE_CHECKING:
    from raresim.reports import Report

Floats = NDArray[np.float64]

FEWEST, MOST = 25, 40  # training reports of a disease that is looked at, and cases of it compared: choices
COMMON = (0.1, 0.9)  # shares of the cases between which a term is compared
SHUFFLES = 8


@dataclass(frozen=True)
class Spread:
    """Medians over diseases.

    variance: of the number of common terms of a case, relative to independent terms. information: mutual information of
    two common terms, in nats, mean over pairs, beyond that of shuffled cases. deviation: standard deviation of
    log(1 + number of terms).
    """

    diseases: int
    variance: float
    information: float
    deviation: float


def wanted(known: Setting) -> list[str]:
    """Return the disease of each case to simulate: those with 25 training reports or more, as many cases as reports (40
    at most)."""
    return [r.disease for r in _reports(known)]


def of_training(known: Setting) -> Spread:
    """Return the spread of the real training reports."""
    return spread(cases_of(_reports(known), known.entries))


def _reports(known: Setting) -> list[Report]:
    reports = capped(known.train, publication=MOST, disease=MOST)
    count = Counter(r.disease for r in reports)
    return [r for r in reports if count[r.disease] >= FEWEST]


def spread(cases: Cases) -> Spread:
    """Return the spread of cases inside their diseases; NaN where no disease has four common terms."""
    rng = np.random.Generator(np.random.PCG64(0))
    variance, information, deviation = [], [], []
    for disease in np.unique(cases.disease).tolist():
        seen = cases.observed_matrix[np.flatnonzero(cases.disease == disease)]
        deviation.append(float(np.std(np.log1p(np.asarray(seen.sum(axis=1)).ravel()))))
        share = np.asarray(seen.mean(axis=0)).ravel()
        present = seen[:, np.flatnonzero((share >= COMMON[0]) & (share <= COMMON[1]))].toarray().astype(np.float64)
        if present.shape[1] < 4:
            continue
        p = present.mean(axis=0)
        variance.append(float(present.sum(axis=1).var() / (p * (1 - p)).sum()))
        shuffled = [mutual_information(rng.permuted(present, axis=0)) for _ in range(SHUFFLES)]
        information.append(mutual_information(present) - float(np.mean(shuffled)))
    return Spread(len(variance), *(_median(x) for x in (variance, information, deviation)))


def mutual_information(present: Floats) -> float:
    """Return the mutual information of two columns of 0 and 1, in nats, mean over pairs of columns."""
    n = len(present)
    p = present.mean(axis=0)
    both = present.T @ present / n
    total = np.zeros_like(both)
    cells = (both, p[:, None] - both, p[None] - both, 1 - p[:, None] - p[None] + both)
    sides = ((p, p), (p, 1 - p), (1 - p, p), (1 - p, 1 - p))
    for cell, (a, b) in zip(cells, sides, strict=True):
        filled = cell > 1e-12
        expected = a[:, None] * b[None]
        total[filled] += cell[filled] * np.log(cell[filled] / expected[filled])
    return float(total[np.triu_indices(len(p), 1)].mean())


def _median(values: Iterable[float]) -> float:
    listed = list(values)
    return float(np.median(listed)) if listed else float("nan")
