"""Density of variants over frequency, with banded matrices of scipy."""

from __future__ import annotations

import math

import numpy as np


def chain(x: np.ndarray, size: float, s: float) -> np.ndarray:
    """Generator of the chain in banded form (3 rows: into the next, diagonal, into the previous cell)."""
    full = np.concatenate([[0.0], x, [1.0]])
    below, above = x - full[:-2], full[2:] - x
    variance, drift = x * (1 - x) / (2 * size), -s * x * (1 - x)
    up = (variance + drift * below) / (above * (below + above))
    down = (variance - drift * above) / (below * (below + above))
    steep = up < 0
    up = np.where(steep, variance / (above * (below + above)), up)
    down = np.where(steep, variance / (below * (below + above)) - drift / below, down)
    band = np.zeros((3, len(x)))
    band[1] = -(up + down)
    band[0, 1:] = down[1:]
    band[2, :-1] = up[:-1]
    return band


def entering(x: np.ndarray, size: float) -> np.ndarray:
    """New variants in a generation: 2N, at frequency 1 / 2N."""
    out = np.zeros(len(x))
    j = max(1, int(np.searchsorted(x, 1 / (2 * size))))
    share = (1 / (2 * size) - x[j - 1]) / (x[j] - x[j - 1])
    out[j - 1], out[j] = 2 * size * (1 - share), 2 * size * share
    return out


def density(epochs: list[tuple[float, float, float, float]], x: np.ndarray, s: float) -> np.ndarray:
    """Expected number of segregating variants in each cell today, for one unit of mutation rate."""
    from scipy.linalg import solve_banded

    young = epochs[-1][2]
    mass = np.asarray(solve_banded((1, 1), -chain(x, young, s), entering(x, young)))
    for begin, end, young, old in reversed(epochs[:-1]):
        assert math.isfinite(end)
        time = end
        while time > begin:
            step = min(time - begin, 1.0 if time <= 2000 else 10.0)
            size = young * (old / young) ** ((time - step / 2 - begin) / (end - begin))
            band = -step * chain(x, size, s)
            band[1] += 1
            mass = np.asarray(solve_banded((1, 1), band, mass + step * entering(x, size)))
            time -= step
    return mass
