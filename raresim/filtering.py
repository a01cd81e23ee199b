"""Filtering allele frequencies: what frequency in the population a count is no longer compatible with."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
_NORMAL = -1.6448536269514722  # the 5% quantile of the standard normal
_STEPS = 4  # of Newton from a start that is right to 5% (at 2 copies) or better: the last digits of float64


def bounds(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return for each allele count the greatest expected count whose 95% Poisson interval (one-sided) stays below it.

    Over the number of alleles it is the filtering allele frequency (Whiffin et al. 2017, doi:10.1038/gim.2017.26):
    the greatest m with P(X < count; m) >= 0.95. As in gnomAD, 0 for counts of 0 and 1. Newton's method from Wilson and
    Hilferty's approximation of the chi-square quantile (1931, doi:10.1073/pnas.17.12.684) with 2 count degrees.
    """
    out = np.zeros(len(counts))
    some = np.unique(counts[counts > 1])
    n = some.astype(np.float64)
    factorial = np.array([math.lgamma(k + 1) for k in n.tolist()])
    m = n * (1 - 1 / (9 * n) + _NORMAL * np.sqrt(1 / (9 * n))) ** 3
    for _ in range(_STEPS):
        term = np.exp(n * np.log(m) - m - factorial)  # P(X = count), and then of more and more
        slope, beyond, k = term * n / m, term.copy(), n.copy()
        while (term > 1e-17 * beyond).any():
            k += 1
            term *= m / k
            beyond += term
        m -= (beyond - (1 - CONFIDENCE)) / slope
    mine = counts > 1
    out[mine] = m[np.searchsorted(some, counts[mine])]
    return out
