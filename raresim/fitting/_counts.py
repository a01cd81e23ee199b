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

    With or without a publication (a report without one is its own) the counts of :func:`bounded` differ by
    :data:`CONTRIBUTIONS` in all: their L1 sensitivity. Every count, also that of a term nobody used, gets noise of the
    two-sided geometric distribution P(k) ~ exp(-epsilon |k| / CONTRIBUTIONS) (Ghosh, Roughgarden and Sundararajan 2009,
    STOC, 351; whole numbers, so that no rounding tells). What follows uses noisy counts only: those below
    minimum_support, or below the limit that on average one unused count of the whole ontology would pass, are 0.
    """
    terms, count = bounded(reports, seed)
    decay = math.exp(-epsilon / CONTRIBUTIONS)
    rng = stream(seed, "privacy", "counts")
    first, second = rng.geometric(1.0 - decay, (2, *count.shape))
    count += first - second
    limit = math.ceil(math.log(count.size / (1.0 + decay)) / -math.log(decay))
    smallest = max(minimum_support, limit, 1)
    observed, excluded = np.where(count >= smallest, count, 0)
    return Counts(terms, observed, excluded, smallest)


def bounded(reports: Iterable[Report], seed: int) -> tuple[list[str], NDArray[np.int64]]:
    """Return the ids of all findings, and int64[2, n]: in how many publications each was observed, and excluded.

    A publication counts at most once for a term and side, and for at most :data:`CONTRIBUTIONS` of such pairs, drawn by
    a hash of its name and the pair: what one publication adds does not depend on any other.
    """
    known = ontology.load()
    terms = [known.ids[row] for row in np.flatnonzero(known.phenotypic).tolist()]
    at = {term: i for i, term in enumerate(terms)}
    count = np.zeros((2, len(terms)), np.int64)
    for name, pairs in _pairs(reports).items():
        for side, term in sorted(pairs, key=lambda pair: (key(seed, "use", name, *pair), pair))[:CONTRIBUTIONS]:
            if term in at:
                count[side, at[term]] += 1
    return terms, count


def _pairs(reports: Iterable[Report]) -> dict[str, set[tuple[int, str]]]:
    out: dict[str, set[tuple[int, str]]] = {}
    for report in reports:
        mine = out.setdefault(report.publication or f"report {report.id}", set())
        mine.update((0, term) for term in report.observed)
        mine.update((1, term) for term in report.excluded)
    return out
