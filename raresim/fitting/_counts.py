"""Counts of use with differential privacy: in how many publications a term was observed, and excluded."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.streams import key, stream

if TYPE_CHECKING:
    from raresim.reports import Report

CONTRIBUTIONS = 20  # of a publication at most: the median in phenopacket-store is 19; a choice


@dataclass(frozen=True, eq=False)
class Counts:
    """terms: ids of all findings of the ontology; observed, excluded int64: publications, 0 where below ``smallest``,
    the smallest count that is kept."""

    terms: list[str]
    observed: NDArray[np.int64]
    excluded: NDArray[np.int64]
    smallest: int


def noisy(reports: Iterable[Report], minimum_support: int, epsilon: float, seed: int) -> Counts:
    """Return counts of use that are epsilon-differentially private for the whole of one publication.

    Each publication (a report without one is its own) counts at most once for a term and side (observed, excluded), and
    for at most :data:`CONTRIBUTIONS` pairs of them, drawn by a keyed hash: with or without it the counts differ by that
    much in all (their L1 sensitivity). Every count, also that of a term nobody used, gets noise of the two-sided
    geometric distribution P(k) ~ exp(-epsilon |k| / CONTRIBUTIONS) (Ghosh, Roughgarden and Sundararajan 2009, STOC,
    351; whole numbers, so that no rounding tells). What follows uses noisy counts only: those below minimum_support,
    or below the limit that on average one unused count of the whole ontology would pass, are 0.
    """
    known = ontology.load()
    rows = np.flatnonzero(known.phenotypic)
    at = {known.ids[row]: i for i, row in enumerate(rows.tolist())}
    count = np.zeros((2, len(rows)), np.int64)
    for name, pairs in sorted(_pairs(reports).items()):
        chosen = sorted(pairs, key=lambda pair: (key(seed, "contribution", name, *pair), pair))[:CONTRIBUTIONS]
        for side, term in chosen:
            if term in at:
                count[side, at[term]] += 1
    decay = math.exp(-epsilon / CONTRIBUTIONS)
    rng = stream(seed, "privacy", "counts")
    first, second = rng.geometric(1.0 - decay, (2, *count.shape))
    count += first - second
    limit = math.ceil(math.log(count.size / (1.0 + decay)) / -math.log(decay))
    smallest = max(minimum_support, limit, 1)
    observed, excluded = np.where(count >= smallest, count, 0)
    return Counts([known.ids[row] for row in rows.tolist()], observed, excluded, smallest)


def _pairs(reports: Iterable[Report]) -> dict[str, set[tuple[int, str]]]:
    out: dict[str, set[tuple[int, str]]] = {}
    for report in reports:  # a name that no other report changes, or the noise would not be enough
        mine = out.setdefault(report.publication or f"report {report.id}", set())
        mine.update((0, term) for term in report.observed)
        mine.update((1, term) for term in report.excluded)
    return out
