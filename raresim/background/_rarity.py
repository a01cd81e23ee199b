"""How frequent an allele is in a database, given its copies in a panel of other people of the same population."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Alleles seen m times in a sample fall as m^-SLOPE where they are rare: 3.6 singletons to a doubleton, mean of AFR,
# EAS, NFE and SAS synonymous sites of gnomAD v2.1 (docs/realism.md), and 3.6 = 2^1.85.
SLOPE = 1.85
WIDTH = 1.15  # of the bins of counts above EXACT; each smaller count is its own bin (both are choices)
EXACT = 10
PRIOR = 50  # sites whose spectrum is that of all classes, added to each class: few sites say little (a choice)


@dataclass(frozen=True, eq=False)
class Law:
    """The chance of each bin of database counts given the copies in the panel.

    edges int64[bins + 1]: bin b has counts from ``edges[b]`` up to ``edges[b + 1]`` (not included). copies int64[k]:
    the copies that were asked about, ascending. absent float64[k]: chance that the database has no such allele.
    bins float64[k, bins]: chances of the bins given that it has it, cumulated.
    """

    edges: NDArray[np.int64]
    copies: NDArray[np.int64]
    absent: NDArray[np.float64]
    bins: NDArray[np.float64]


def edges(haplotypes: int) -> NDArray[np.int64]:
    """Return the edges of the bins of counts 1 .. ``haplotypes``."""
    steps = int(np.ceil(np.log(max(haplotypes, 2) / EXACT) / np.log(WIDTH))) if haplotypes > EXACT else 0
    far = np.rint(EXACT * WIDTH ** np.arange(1, steps + 1)).astype(np.int64)
    out = np.unique(np.concatenate([np.arange(1, EXACT + 1), far[far <= haplotypes]]))
    return np.append(out, max(haplotypes, int(out[-1])) + 1)


def first_whole(count: NDArray[np.int64]) -> int:
    """Return the smallest count that the database lists in full: the first with no fewer alleles than the next one.

    A database without its singletons says so by this.
    """
    seen = np.bincount(np.minimum(count, 1000))[1:]
    return 1 + int(np.argmax((seen > 0) & (seen >= np.append(seen[1:], 0)))) if seen.any() else 1


def law(
    copies: NDArray[np.int64],
    size: int,
    count: NDArray[np.int64],
    pooled: NDArray[np.int64],
    haplotypes: int,
) -> Law:
    """Return the chances for alleles with these copies among ``size`` haplotypes of a panel.

    count: of the database's alleles of the class, among ``haplotypes`` haplotypes; pooled: of all classes. Panel and
    database are two draws without return from one sample of both. An allele with c copies in the database has k in the
    panel with the chance P(k | c) = (k + c)^-SLOPE C(size, k) C(haplotypes, c) / C(size + haplotypes, k + c), divided
    by the sum over k; Bayes' rule with the observed number of alleles with c copies gives c from k. How many alleles
    have 0 copies follows from those with 1 by the same law (Good 1953, Biometrika 40:237, for a power law), and
    those with 1 from the first count that is listed in full.
    """
    asked, bounds = np.unique(copies), edges(haplotypes)
    choose = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + haplotypes + 1)))])

    def log_p(k: NDArray[np.int64], c: int) -> NDArray[np.float64]:
        m, whole = k + c, size + haplotypes
        return np.asarray(
            choose[m] + choose[whole - m] - choose[k] - choose[size - k] - SLOPE * np.log(np.maximum(m, 1))
        )

    every = np.arange(size + 1)

    def given(c: int) -> NDArray[np.float64]:
        """P(asked | c)."""
        top = log_p(every, c)
        return np.asarray(np.exp(log_p(asked, c) - top.max()) / np.exp(top - top.max()).sum())

    whole = first_whole(pooled)
    shape = (pooled == whole).sum() / max(1, len(pooled))
    own = ((count == whole).sum() + PRIOR * shape) * len(count) / (len(count) + PRIOR) if len(count) else 0.0
    singles = own * whole**SLOPE
    unit = log_p(np.array([1]), 0)[0]
    unseen = singles * np.exp(log_p(asked, 0) - unit) / (haplotypes * np.exp(log_p(every, 1) - unit).sum())
    weight = np.zeros((len(asked), len(bounds) - 1))
    number = np.bincount(np.searchsorted(bounds, count, "right") - 1, minlength=len(bounds) - 1)
    total = np.bincount(np.searchsorted(bounds, count, "right") - 1, count, len(bounds) - 1)
    for b in np.flatnonzero(number):
        weight[:, b] = number[b] * given(round(float(total[b] / number[b])))
    missing = [max(0.0, singles * c**-SLOPE - float((count == c).sum())) for c in range(1, whole)]
    for c, n in enumerate(missing, 1):
        unseen = unseen + n * given(c)
    seen = weight.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        absent = np.where(seen + unseen > 0, unseen / (seen + unseen), 1.0)
        bins = np.where(seen[:, None] > 0, np.cumsum(weight, 1) / seen[:, None], 0.0)
    return Law(bounds, asked, absent, bins)
