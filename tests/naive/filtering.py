"""The obvious twin of ``raresim.filtering``."""

from __future__ import annotations

import math


def greatest_mean(count: int) -> float:
    """The greatest Poisson mean at which fewer than ``count`` are seen with a chance of 95%; 0 below two."""
    if count < 2:
        return 0.0
    low, high = 0.0, float(count)
    for _ in range(60):
        mean = (low + high) / 2
        fewer = math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count))
        low, high = (mean, high) if fewer >= 0.95 else (low, mean)
    return low
