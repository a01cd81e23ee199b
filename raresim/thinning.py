"""Purifying selection: which variants of a neutral genealogy are kept, by class and derived count."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raresim.consequence import BIT
from raresim.tables import table

NEUTRAL, MISSENSE, LOSS = 0, 1, 2
_LOSS_BITS = sum(
    BIT[term]
    for term in ("splice_acceptor_variant", "splice_donor_variant", "stop_gained", "frameshift_variant", "start_lost")
)
_MISSENSE_BITS = sum(
    BIT[term]
    for term in (
        "missense_variant",
        "inframe_insertion",
        "inframe_deletion",
        "protein_altering_variant",
        "stop_lost",
    )
)


def classes(terms: NDArray[np.uint32]) -> NDArray[np.int8]:
    """Return the class of every term mask: loss of function, missense (also in-frame indels and a lost stop), neutral.

    In-frame indels have no distribution of fitness effects of their own in the literature; missense stands for them.
    """
    out = np.full(len(terms), NEUTRAL, np.int8)
    out[(terms & np.uint32(_MISSENSE_BITS)) != 0] = MISSENSE
    out[(terms & np.uint32(_LOSS_BITS)) != 0] = LOSS
    return out


def retention(ancestry: str, haplotypes: int) -> NDArray[np.float64]:
    """Return float64[3, haplotypes + 1]: the share of sites kept by class and derived count in so many haplotypes.

    The mean of the kept share over the frequencies that give this count: sum_x p(k | x) d(x) r(x) / sum_x p(k | x) d(x)
    with p binomial, d the neutral density and r the share kept of ``data/thinning.npz``
    (``raresim.compile.thinning``). Ancestries without a table of their own use that of EUR.
    """
    with np.load(table("thinning.npz")) as data:
        name = ancestry if f"{ancestry}_neutral" in data else "EUR"
        x, neutral = data["frequency"], data[f"{name}_neutral"].astype(np.float64)
        share = np.stack([data[f"{name}_missense"], data[f"{name}_loss"]]).astype(np.float64)
    knots = np.unique(np.round(np.geomspace(1, max(1, haplotypes), 400)).astype(np.int64))
    knots = np.union1d(knots, np.linspace(1, haplotypes, min(haplotypes, 400)).astype(np.int64))
    log_choose = np.concatenate([[0.0], np.cumsum(np.log(haplotypes - np.arange(haplotypes)))])
    log_choose -= np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, haplotypes + 1)))])
    log_p = log_choose[knots, None] + knots[:, None] * np.log(x) + (haplotypes - knots[:, None]) * np.log1p(-x)
    weight = np.exp(log_p - log_p.max(1, keepdims=True)) * neutral
    kept = (weight @ share.T) / weight.sum(1, keepdims=True)
    out = np.ones((3, haplotypes + 1))
    for row in range(2):
        out[row + 1, 1:] = np.interp(np.arange(1, haplotypes + 1), knots, np.minimum.accumulate(kept[:, row]))
    return out
