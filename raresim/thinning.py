"""Purifying selection: which variants of a neutral genealogy are kept, by class and derived count."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.consequence import BIT
from raresim.tables import table

if TYPE_CHECKING:
    from raresim.demography import Demography
    from raresim.genome import Genome

NEUTRAL, MISSENSE, LOSS = 0, 1, 2  # of loss of function in a gene of constraint group g the class is GROUPED + g
GROUPED = 3
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


@dataclass(frozen=True, eq=False)
class Table:
    """The shipped shares. frequency float64[cells]; coefficients float64[k]; mixtures float64[classes - 1, k]: weights
    of the coefficients in every class but neutral; loeuf float32: largest LOEUF of each group of genes but the last;
    neutral and shares by ancestry; history: digest of the sizes that each was computed with."""

    frequency: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    mixtures: NDArray[np.float64]
    loeuf: NDArray[np.float32]
    neutral: dict[str, NDArray[np.float64]]
    shares: dict[str, NDArray[np.float64]]
    history: dict[str, str]


@lru_cache(1)
def load() -> Table:
    """Read ``data/thinning.npz``."""
    with np.load(table("thinning.npz")) as data:
        history = json.loads(data["provenance"].tobytes())["history"]
        return Table(
            data["frequency"],
            data["coefficients"],
            data["mixtures"],
            data["loeuf"],
            {name: data[f"{name}_neutral"].astype(np.float64) for name in history},
            {name: data[f"{name}_shares"].astype(np.float64) for name in history},
            history,
        )


def groups(genome: Genome) -> NDArray[np.int8]:
    """Return the constraint group of every gene of a genome by its LOEUF (gnomAD v4.1), 0 the most constrained; -1
    where gnomAD has none."""
    from raresim.catalog import facts as known

    facts, limits = known(), load().loeuf
    names = zip(genome.genes.hgnc, genome.genes.symbol, strict=True)
    rows = [facts.rows.get(hgnc, facts.by_symbol.get(name, -1)) for hgnc, name in names]
    loeuf = np.append(facts.loeuf, np.float32(np.nan))[rows]
    return np.where(np.isnan(loeuf), -1, np.searchsorted(limits, loeuf)).astype(np.int8)


def retention(ancestry: str, haplotypes: int, demography: Demography | None = None) -> NDArray[np.float64]:
    """Return float64[classes, haplotypes + 1]: the share of sites kept by class and derived count in a sample.

    The mean of the kept share over the frequencies that give this count: sum_x p(k | x) d(x) r(x) / sum_x p(k | x) d(x)
    with p binomial, d the neutral density and r the share kept. Both are the shipped ones of the ancestry where they
    were computed with the sizes that ``demography`` gives it, else they are computed now (``raresim.selection``).
    """
    known = load()
    x = known.frequency
    if demography is None or known.history.get(ancestry) == demography.digest(ancestry):
        neutral, share = known.neutral[ancestry], known.shares[ancestry]
    else:
        from raresim.selection import densities, shares

        mass = densities(demography, ancestry, known.coefficients)
        neutral, share = mass[0], shares(mass, known.mixtures)
    knots = np.unique(np.round(np.geomspace(1, max(1, haplotypes), 400)).astype(np.int64))
    knots = np.union1d(knots, np.linspace(1, haplotypes, min(haplotypes, 400)).astype(np.int64))
    log_choose = np.concatenate([[0.0], np.cumsum(np.log(haplotypes - np.arange(haplotypes)))])
    log_choose -= np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, haplotypes + 1)))])
    log_p = log_choose[knots, None] + knots[:, None] * np.log(x) + (haplotypes - knots[:, None]) * np.log1p(-x)
    weight = np.exp(log_p - log_p.max(1, keepdims=True)) * neutral
    kept = (weight @ share.T) / weight.sum(1, keepdims=True)
    out = np.ones((1 + len(share), haplotypes + 1))
    for row in range(len(share)):
        out[row + 1, 1:] = np.interp(np.arange(1, haplotypes + 1), knots, np.minimum.accumulate(kept[:, row]))
    return np.clip(out, 0.0, 1.0)
