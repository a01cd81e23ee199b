"""The one model of reads and calls behind every sequencing kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from raresim.sequencing import Calls, Genotypes
from raresim.sites import Sites

CELLS = 4096  # cells of a quantile table: the tail beyond 1 in 8,192 is cut
GREATEST_DEPTH = 2000  # reads; the deepest call of the GIAB trio has 1,300
GREATEST_PL = 32000  # fits int16
GREATEST_GQ = 99  # GATK's cap
READ_ERROR = 0.001  # the caller's belief (Phred 30): GATK's hom-alt GQ of 3.0 a read and QUAL of about 30 a read
PRIOR = 0.001  # heterozygosity, GATK's default
LEAST_QUAL = 30.0  # FILTER LowQual below it, GATK's default emission threshold
# Milli-phred of a read against a homozygote, for it, and in a heterozygote; of the prior.
COSTS = tuple(int(x) for x in np.rint(-10_000 * np.log10([READ_ERROR, 1 - READ_ERROR, 0.5, PRIOR])))


@dataclass(frozen=True)
class ReadModel:
    """How reads fall on one class of variants.

    The mean depth at a position is ``(centre + spread * z) ** power`` with z normal and shared by the family; a sample
    multiplies it by exp(sample * z); a member's depth is gamma-Poisson with this shape; a chromosome present once has
    half of it. Reads with ALT: beta-binomial in a heterozygote (mean balance, intraclass correlation rho), and a read
    is wrong with probability error in a homozygote. A hard position (share of them: hard; badly captured or mapped) has
    a tenth of the depth, spread exponentially over the members: where calls are missing and wrong.
    """

    centre: float
    spread: float
    power: int
    shape: float
    sample: float
    balance: float
    rho: float
    error: float
    hard: float = 0.0
    least: int = 0


@lru_cache(maxsize=8)
def _normal() -> NDArray[np.float64]:
    normal = NormalDist()
    return np.array([normal.inv_cdf((i + 0.5) / CELLS) for i in range(CELLS)])


@lru_cache(maxsize=8)
def beta_quantiles(mean: float, rho: float) -> NDArray[np.float64]:
    """Return the quantiles (i + 1/2) / CELLS of a beta distribution; rho = 1 / (a + b + 1), 0 for a constant."""
    if rho == 0:
        return np.full(CELLS, mean)
    total = 1 / rho - 1
    x = (np.arange(200_000) + 0.5) / 200_000
    log_density = (mean * total - 1) * np.log(x) + ((1 - mean) * total - 1) * np.log1p(-x)
    mass = np.cumsum(np.exp(log_density - log_density.max()))
    return np.interp((np.arange(CELLS) + 0.5) / CELLS, (mass - mass[0] / 2) / mass[-1], x)


@lru_cache(maxsize=1)
def _factorials() -> NDArray[np.float64]:
    """Return float64[2, GREATEST_DEPTH + 2]: log k! and 1 / k (0 at 0)."""
    k = np.arange(1, GREATEST_DEPTH + 2)
    return np.array([np.concatenate([[0.0], np.cumsum(np.log(k))]), np.concatenate([[0.0], 1 / k])])


def variant_hashes(sites: Sites) -> NDArray[np.uint64]:
    """Return uint64[n, 2]: a hash of (contig, pos) and one of (contig, pos, REF, ALT) of every row."""
    from raresim.kernels.sequencing import variant_hash

    out = np.empty((len(sites), 2), np.uint64)
    with np.errstate(over="ignore"):
        variant_hash(sites.contig, sites.pos, sites.ref_off, sites.ref_text, sites.alt_off, sites.alt_text, out)
    return out


def call(truth: Genotypes, key: int, snv: ReadModel, indel: ReadModel) -> Calls:
    """Return the calls of a family; the key is 64-bit. Genotype likelihoods are binomial with an error of 0.001 a
    read (McKenna et al. 2010, Genome Res 20:1297, the GATK model without base qualities), in milli-phred integers."""
    from raresim.kernels.sequencing import call as kernel

    n, m = truth.copies.shape[:2]
    limits = np.array([snv.least, GREATEST_DEPTH, GREATEST_PL, GREATEST_GQ, *COSTS], np.int64)
    model = np.array([[v.centre, v.spread, v.power, v.shape, v.sample, v.error, v.hard] for v in (snv, indel)])
    balance = np.stack([beta_quantiles(v.balance, v.rho) for v in (snv, indel)])
    is_indel = truth.sites.ref_len != truth.sites.alt_len
    ploidy, alt, phase = (np.empty((n, m), np.int8) for _ in range(3))
    depth, ref_reads, alt_reads = (np.empty((n, m), np.int32) for _ in range(3))
    gq, pl, qual = np.empty((n, m), np.int16), np.empty((n, m, 3), np.int16), np.empty(n)
    with np.errstate(over="ignore"):
        kernel(
            np.uint64(key), variant_hashes(truth.sites), is_indel, truth.copies, model, _normal(), balance,
            _factorials(), limits, ploidy, alt, phase, depth, ref_reads, alt_reads, gq, pl, qual,
        )  # fmt: skip
    return Calls(ploidy, alt, phase, depth, ref_reads, alt_reads, gq, pl, qual, qual >= LEAST_QUAL)
