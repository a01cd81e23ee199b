"""Exact intervals for statistical tests with a fixed seed."""

from __future__ import annotations

from scipy.stats import binom, poisson

ALPHA = 1e-4  # chance of a false alarm on either side, had the seed not been fixed


def share_fits(k: int, n: int, p: float) -> bool:
    """Whether k of n is inside the exact binomial interval of p."""
    return bool(binom.ppf(ALPHA, n, p) <= k <= binom.ppf(1 - ALPHA, n, p))


def count_fits(k: int, mean: float) -> bool:
    """Whether a count is inside the exact Poisson interval of its mean."""
    return bool(poisson.ppf(ALPHA, mean) <= k <= poisson.ppf(1 - ALPHA, mean))


def power(n: int, p: float, bug: float = 1.05) -> float:
    """Chance that ``share_fits`` fails when the true share is ``bug`` times p (or its complement is)."""
    lo, hi = binom.ppf(ALPHA, n, p), binom.ppf(1 - ALPHA, n, p)
    worse = max(p * bug, 1 - (1 - p) * bug) if p * bug > 1 else p * bug
    return float(1 - (binom.cdf(hi, n, worse) - binom.cdf(lo - 1, n, worse)))
