"""What purifying selection leaves of neutral variants, by present frequency, for any population history.

The density of segregating variants over allele frequency is followed forwards through the sizes of an ancestry, the
same as those of the genealogies, for a series of selection coefficients. A class of variants is a mixture of
coefficients. The shares of the shipped ancestries are in ``data/thinning.npz``.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from raresim.demography import Demography

Floats = NDArray[np.float64]
Epochs = list[tuple[float, float, float, float]]
SHARED = (
    0.05  # variants of one continent are rarer: most with 5% are seen in several (1000 Genomes 2015, Nature 526:68)
)


def grid() -> Floats:
    """Frequencies: logarithmic below 0.1 (3% steps), then even in the logit up to 1 - 1e-4."""
    low = np.exp(np.arange(math.log(2e-8), math.log(0.1), 0.03))
    logit = np.arange(math.log(low[-1] / (1 - low[-1])) + 0.03, math.log(1e4), 0.03)
    return np.concatenate([low, 1 / (1 + np.exp(-logit))])


def equilibrium(x: Floats, size: float, s: float) -> Floats:
    """Expected number of segregating variants in each cell at constant size, for one unit of mutation rate."""
    from raresim.kernels.density import evolve

    mass = np.zeros(len(x))
    evolve(x, mass, s, 0.0, 0.0, float(size), float(size))
    return mass


def density(epochs: Epochs, x: Floats, s: float) -> Floats:
    """Expected number of segregating variants in each cell at the young end of the epochs (``Demography.sizes``), for
    one unit of mutation rate; s is the heterozygous coefficient."""
    return _forwards(epochs[:-1], x, s, equilibrium(x, epochs[-1][2], s))


def _forwards(epochs: Epochs, x: Floats, s: float, mass: Floats) -> Floats:
    from raresim.kernels.density import evolve

    mass = mass.copy()
    for begin, end, young, old in reversed(epochs):
        evolve(x, mass, s, float(begin), float(end), float(young), float(old))
    return mass


def densities(demography: Demography, deme: str, coefficients: Floats) -> Floats:
    """Return float64[coefficients, cells]: the density today of every coefficient on the ``grid``.

    In a deme of recent admixture rare variants (up to ``SHARED`` in the source) are those of one source each and have
    its share of the frequency there; common ones are shared, and those of the largest source stand for them.
    """
    x = grid()
    when, sources = demography.admixture(deme)
    if not sources:
        return np.stack([density(demography.sizes(deme), x, float(s)) for s in coefficients])
    own = [epoch for epoch in demography.sizes(deme) if epoch[1] <= when]
    out = []
    for s in coefficients:
        mass = np.zeros(len(x))
        for name, share in sources.items():
            old = density(before(demography.sizes(name), when), x, float(s))
            mass += _scaled(x, np.where(x <= SHARED, old, 0.0), share)
            mass += np.where(x > SHARED, old, 0.0) * (name == max(sources, key=sources.__getitem__))
        out.append(_forwards(own, x, float(s), mass))
    return np.stack(out)


def before(epochs: Epochs, time: float) -> Epochs:
    """Return the part of the epochs that is older than ``time`` generations."""
    out = []
    for begin, end, young, old in epochs:
        if end > time:
            cut = max(begin, time)
            share = (cut - begin) / (end - begin) if math.isfinite(end) else 0.0
            out.append((cut, end, young * (old / young) ** share, old))
    return out


def _scaled(x: Floats, mass: Floats, factor: float) -> Floats:
    """Move every variant to ``factor`` times its frequency, parted between the two nearest cells."""
    at = np.clip(x * factor, x[0], x[-1])
    right = np.clip(np.searchsorted(x, at), 1, len(x) - 1)
    share = (at - x[right - 1]) / (x[right] - x[right - 1])
    out = np.bincount(right - 1, mass * (1 - share), len(x)) + np.bincount(right, mass * share, len(x))
    return np.asarray(out)


def shares(mass: Floats, mixtures: Floats) -> Floats:
    """Return float64[mixtures, cells]: what is left of the neutral density (row 0 of ``mass``) of each mixture of
    coefficients; between 0 and 1, and it never rises with frequency."""
    return np.clip(np.minimum.accumulate(mixtures @ mass / mass[0], axis=1), 0.0, 1.0)
