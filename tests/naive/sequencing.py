"""The calls of a family, one genotype at a time in plain Python: the twin of raresim.kernels.sequencing."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from raresim.sequencing import Calls, Genotypes
from raresim.sequencing._model import CELLS, ReadModel, beta_quantiles

MASK = (1 << 64) - 1


def mix(x: int) -> int:
    """The finaliser of splitmix64."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def place_hash(contig: int, pos: int) -> int:
    """Hash of a position."""
    return mix((contig << 32) ^ pos ^ 0x9E3779B97F4A7C15)


def allele_hash(contig: int, pos: int, ref: str, alt: str) -> int:
    """Hash of a variant."""
    h = place_hash(contig, pos)
    for text in (ref, alt):
        for byte in text.encode():
            h = ((h ^ byte) * 0x100000001B3) & MASK
        h = mix(h ^ len(text))
    return h


def uniform(h: int, draw: int) -> float:
    """A number between 0 and 1, for a purpose."""
    return ((mix(h ^ (draw * 0xD1342543DE82EF95 & MASK)) >> 11) + 0.5) / 2**53


def quantile(table: list[float], u: float) -> float:
    """Linear between the quantiles (i + 1/2) / n of a table."""
    return float(np.interp(u * len(table) - 0.5, np.arange(len(table)), table))


NORMAL = [NormalDist().inv_cdf((i + 0.5) / CELLS) for i in range(CELLS)]


def depth_of(mean: float, shape: float, u: float) -> int:
    """Quantile of the gamma-Poisson distribution: exact Poisson below 12, else Cornish-Fisher."""
    if mean < 12:
        k, total = 0, math.exp(-mean)
        while u > total and k < 80:
            k += 1
            total += math.exp(-mean + k * math.log(mean) - math.lgamma(k + 1)) if mean > 0 else 0.0
        return k
    z = quantile(NORMAL, u)
    variance = mean + mean**2 / shape
    third = mean * (1 + mean / shape) * (1 + 2 * mean / shape)
    return max(0, int(mean + math.sqrt(variance) * z + (z * z - 1) / 6 * third / variance + 0.5))


def errors_of(n: int, p: float, u: float) -> int:
    """Quantile of the binomial distribution, counted from zero."""
    total, k = (1 - p) ** n, 0
    while u > total and k < n:
        k += 1
        total += math.comb(n, k) * p**k * (1 - p) ** (n - k)
    return k


def reads_of(n: int, p: float, u: float) -> int:
    """A binomial draw: the masses are laid one after the other outwards from the mode, up before down."""
    k = min(n, int((n + 1) * p))

    def mass(j: int) -> float:
        return math.exp(
            math.lgamma(n + 1)
            - math.lgamma(j + 1)
            - math.lgamma(n - j + 1)
            + j * math.log(p)
            + (n - j) * math.log1p(-p)
        )

    total = mass(k)
    for step in range(1, n + 1):
        for j in (k + step, k - step):
            if u <= total:
                return k
            if 0 <= j <= n:
                total += mass(j)
                if u <= total:
                    return j
    return k


def call(truth: Genotypes, key: int, snv: ReadModel, indel: ReadModel) -> Calls:
    """Call a family; PL are -10 log10 of binomial likelihoods with an error of 1e-3, the best one subtracted."""
    n, m = truth.copies.shape[:2]
    ploidy, alt, phase = (np.zeros((n, m), np.int8) for _ in range(3))
    depth, ref_reads, alt_reads = (np.zeros((n, m), np.int32) for _ in range(3))
    gq, pl, qual = np.zeros((n, m), np.int16), np.zeros((n, m, 3), np.int16), np.zeros(n)
    wrong, right, half = (round(-10_000 * math.log10(p)) for p in (0.001, 0.999, 0.5))
    for i in range(n):
        v = truth.sites[i]
        model = snv if len(v.ref) == len(v.alt) else indel
        where, what = mix(place_hash(v.contig, v.pos) ^ key), mix(allele_hash(v.contig, v.pos, v.ref, v.alt) ^ key)
        site = max(0.0, model.centre + model.spread * quantile(NORMAL, uniform(where, 1))) ** model.power
        hard, evidence = uniform(where, 2) < model.hard, 0
        for j in range(m):
            haplotypes = [int(c) for c in truth.copies[i, j]]
            copies, carried = sum(c >= 0 for c in haplotypes), haplotypes.count(1)
            here, mine = mix(where + j + 1 & MASK), mix(what + j + 1 & MASK)
            sample = math.exp(model.sample * quantile(NORMAL, uniform(mix(key + j + 1 & MASK), 1)))
            d = 0
            if copies:
                mean = site * sample * copies / 2 * (-0.1 * math.log(uniform(here, 3)) if hard else 1)
                d = min(max(depth_of(mean, model.shape, uniform(here, 4)), model.least), 2000)
            if copies == 2 and carried == 1:
                a = reads_of(
                    d, quantile(list(beta_quantiles(model.balance, model.rho)), uniform(mine, 5)), uniform(mine, 6)
                )
            else:
                a = errors_of(d, model.error, uniform(mine, 6))
                a = d - a if carried else a
            r = d - a
            costs = {
                0: [0],
                1: [a * wrong + r * right, r * wrong + a * right],
                2: [a * wrong + r * right, d * half, r * wrong + a * right],
            }[copies]
            best = min(costs)
            phred = [min(32000, (c - best + 500) // 1000) for c in costs]
            ploidy[i, j], depth[i, j], ref_reads[i, j], alt_reads[i, j] = copies, d, r, a
            pl[i, j, : len(phred)] = phred
            second = sorted(phred)[1] if copies else 0
            alt[i, j] = -1
            if second > 0:
                alt[i, j], gq[i, j] = costs.index(best), min(99, second)
                phase[i, j] = haplotypes[1] == 1 if carried == 1 else mix(mine) & 1
                evidence += costs[0] - best
        qual[i] = max(0, evidence - 30_000 + 50) // 100 / 10
    return Calls(ploidy, alt, phase, depth, ref_reads, alt_reads, gq, pl, qual, qual >= 30)
