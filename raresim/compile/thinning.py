"""Compile ``data/thinning.npz``: what purifying selection leaves of neutral variants, by present allele frequency.

The density of segregating variants over allele frequency is followed forwards through the size history of an ancestry
(the same Demes file as the genealogies), for a series of selection coefficients. A birth-death chain on a logarithmic
frequency grid has the mean and the variance of genic selection with drift in every cell; mutations enter at 1 / 2N. A
class of variants is a mixture of coefficients. Stored are the neutral density and, for each class, the share kept.

Run ``python -m raresim.compile.thinning``; the output is a function of the demography.
"""

from __future__ import annotations

import argparse
import hashlib
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim.compile.tables import write_npz
from raresim.demography import Demography, load

SELECTION = np.concatenate([[0.0], np.logspace(-6, -0.25, 24)])  # heterozygous coefficients
# Missense: distribution of fitness effects of Kim, Huber and Lohmueller 2017 (doi:10.1534/genetics.117.300132), gamma
# of shape .186 and mean homozygous coefficient .01315, genic, so a mean of .00658 in heterozygotes.
MISSENSE = {"neutral": 0.0, "shape": 0.186, "mean": 0.01315 / 2}
# Loss of function: 5% neutral and gamma(.5, mean .05) agrees with gnomAD v2.1 observed/expected (.40 to .55 for 1,000
# to 56,885 people: .42 to .55) but leaves a person 181 alleles; 3% leaves about the 149-153 of the 1000 Genomes project
# and .40 to .54 of sites (docs/figures.md, 1).
LOSS = {"neutral": 0.03, "shape": 0.5, "mean": 0.05}


def grid() -> NDArray[np.float64]:
    """Frequencies: logarithmic below 0.1 (3% steps), then even in the logit up to 1 - 1e-4."""
    low = np.exp(np.arange(math.log(2e-8), math.log(0.1), 0.03))
    logit = np.arange(math.log(low[-1] / (1 - low[-1])) + 0.03, math.log(1e4), 0.03)
    return np.concatenate([low, 1 / (1 + np.exp(-logit))])


def chain(x: NDArray[np.float64], size: float, s: float) -> NDArray[np.float64]:
    """Return the generator of the chain in banded form (3 rows: into the next, diagonal, into the previous cell)."""
    full = np.concatenate([[0.0], x, [1.0]])
    below, above = x - full[:-2], full[2:] - x
    variance, drift = x * (1 - x) / (2 * size), -s * x * (1 - x)
    up = (variance + drift * below) / (above * (below + above))
    down = (variance - drift * above) / (below * (below + above))
    steep = up < 0  # selection outruns drift inside one cell: step down only
    up = np.where(steep, variance / (above * (below + above)), up)
    down = np.where(steep, variance / (below * (below + above)) - drift / below, down)
    band = np.zeros((3, len(x)))
    band[1] = -(up + down)
    band[0, 1:] = down[1:]  # column j, row j - 1
    band[2, :-1] = up[:-1]  # column j, row j + 1
    return band


def entering(x: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """New variants in a generation for one unit of mutation rate: 2N, at frequency 1 / 2N."""
    out = np.zeros(len(x))
    j = max(1, int(np.searchsorted(x, 1 / (2 * size))))
    share = (1 / (2 * size) - x[j - 1]) / (x[j] - x[j - 1])
    out[j - 1], out[j] = 2 * size * (1 - share), 2 * size * share
    return out


def density(epochs: list[tuple[float, float, float, float]], x: NDArray[np.float64], s: float) -> NDArray[np.float64]:
    """Expected number of segregating variants in each cell today, for one unit of mutation rate."""
    from scipy.linalg import solve_banded  # type: ignore[import-untyped]

    young = epochs[-1][2]
    mass = np.asarray(solve_banded((1, 1), -chain(x, young, s), entering(x, young)))
    for begin, end, young, old in reversed(epochs[:-1]):
        time = end
        while time > begin:
            step = min(time - begin, 1.0 if time <= 2000 else 10.0)
            middle = time - step / 2 - begin
            size = young * (old / young) ** (middle / (end - begin))
            band = -step * chain(x, size, s)
            band[1] += 1
            mass = np.asarray(solve_banded((1, 1), band, mass + step * entering(x, size)))
            time -= step
    return mass


def weights(neutral: float, shape: float, mean: float) -> NDArray[np.float64]:
    """Weight of every coefficient of ``SELECTION``: a gamma distribution cut half-way (in the logarithm), and a neutral
    share."""
    from scipy.stats import gamma  # type: ignore[import-untyped]

    edges = np.concatenate([[0.0], SELECTION[1:2] / 2, np.sqrt(SELECTION[1:-1] * SELECTION[2:]), [np.inf]])
    out = (1 - neutral) * np.diff(gamma.cdf(edges, shape, scale=mean / shape))
    out[0] += neutral
    return np.asarray(out)


def densities(demography: Demography, deme: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the grid and the density for every coefficient: float64[coefficients, cells]."""
    x, epochs = grid(), demography.sizes(deme)
    return x, np.stack([density(epochs, x, float(s)) for s in SELECTION])


def main() -> None:
    """Compile the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/thinning.npz"))
    args = parser.parse_args()
    arrays: dict[str, NDArray[np.generic]] = {}
    demography = load(None, {"EUR": 1})
    x, mass = densities(demography, "EUR")
    arrays["frequency"] = x.astype(np.float64)
    arrays["EUR_neutral"] = mass[0].astype(np.float32)
    for name, mixture in (("missense", MISSENSE), ("loss", LOSS)):
        arrays[f"EUR_{name}"] = np.minimum.accumulate(weights(**mixture) @ mass / mass[0]).astype(np.float32)
    notes = {
        "what": "share of variants that selection keeps, by present frequency of the derived allele, and their density",
        "demography_sha256": {"EUR": hashlib.sha256(demography.text).hexdigest()},
        "missense": {**MISSENSE, "source": "Kim, Huber and Lohmueller 2017, doi:10.1534/genetics.117.300132"},
        "loss": {**LOSS, "source": "fitted to gnomAD v2.1 and the 1000 Genomes project (docs/figures.md, 1)"},
        "licence": "facts and our own computation",
    }
    write_npz(args.out, arrays, notes)


if __name__ == "__main__":
    main()
