"""Density of variants over allele frequency: a birth-death chain followed forwards through a size history."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def evolve(x, mass, s, begin, end, young, old):
    """Move ``mass`` (float64[cells], changed in place) from ``end`` to ``begin`` generations ago.

    x: ascending frequencies; s: heterozygous coefficient against the variant; the size changes exponentially from
    ``old`` to ``young``. A step of an implicit Euler scheme is one generation, ten before 2,000 generations ago. The
    chain has the mean -s x (1 - x) and the variance x (1 - x) / 2N of genic selection with drift in every cell;
    mutations enter at 1 / 2N, 2N a generation. With ``begin`` = ``end`` it is the equilibrium of the size ``young``.
    """
    n = len(x)
    lower = np.empty(n)
    diagonal = np.empty(n)
    upper = np.empty(n)
    time = end
    still = begin == end
    while still or time > begin:
        step = min(time - begin, 1.0 if time <= 2000.0 else 10.0)
        size = young
        if not still:
            size = young * (old / young) ** ((time - step / 2 - begin) / (end - begin))
        keep = 0.0 if still else 1.0
        if still:
            step = 1.0
        for i in range(n):
            below = x[i] - (x[i - 1] if i > 0 else 0.0)
            above = (x[i + 1] if i < n - 1 else 1.0) - x[i]
            variance = x[i] * (1 - x[i]) / (2 * size)
            drift = -s * x[i] * (1 - x[i])
            up = (variance + drift * below) / (above * (below + above))
            down = (variance - drift * above) / (below * (below + above))
            if up < 0:  # selection outruns drift inside one cell: step down only
                up = variance / (above * (below + above))
                down = variance / (below * (below + above)) - drift / below
            diagonal[i] = keep + step * (up + down)
            if i > 0:
                upper[i - 1] = -step * down
            if i < n - 1:
                lower[i + 1] = -step * up
            mass[i] *= keep
        enters = 1 / (2 * size)
        j = 1
        while j < n - 1 and x[j] < enters:
            j += 1
        share = (enters - x[j - 1]) / (x[j] - x[j - 1])
        mass[j - 1] += step * 2 * size * (1 - share)
        mass[j] += step * 2 * size * share
        for i in range(1, n):  # Thomas algorithm
            factor = lower[i] / diagonal[i - 1]
            diagonal[i] -= factor * upper[i - 1]
            mass[i] -= factor * mass[i - 1]
        mass[n - 1] /= diagonal[n - 1]
        for i in range(n - 2, -1, -1):
            mass[i] = (mass[i] - upper[i] * mass[i + 1]) / diagonal[i]
        if still:
            break
        time -= step
