"""Calls of a family from its true genotypes: one kernel for every record, planted or not."""

import numpy as np
from numba import njit

U = np.uint64
HARD = 0.1  # depth at a hard position, of what it would be; the member's share of it is exponential


@njit(cache=True, nogil=True)
def _mix(x):
    x = (x ^ (x >> U(30))) * U(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> U(27))) * U(0x94D049BB133111EB)
    return x ^ (x >> U(31))


@njit(cache=True, nogil=True)
def _text(h, text, lo, hi):
    for i in range(lo, hi):
        h = (h ^ U(text[i])) * U(0x100000001B3)
    return _mix(h ^ U(hi - lo))


@njit(cache=True, nogil=True)
def variant_hash(contig, pos, ref_off, ref_text, alt_off, alt_text, out):
    """Fill out uint64[n, 2]: a hash of (contig, pos), and one of (contig, pos, REF, ALT)."""
    for i in range(len(pos)):
        h = _mix((U(contig[i]) << U(32)) ^ U(pos[i]) ^ U(0x9E3779B97F4A7C15))
        out[i, 0] = h
        h = _text(h, ref_text, ref_off[i], ref_off[i + 1])
        out[i, 1] = _text(h, alt_text, alt_off[i], alt_off[i + 1])


@njit(cache=True, nogil=True)
def _uniform(h, draw):
    return (np.float64(_mix(h ^ (U(draw) * U(0xD1342543DE82EF95))) >> U(11)) + 0.5) / 9007199254740992.0


@njit(cache=True, nogil=True)
def _quantile(table, u):
    """Linear between the quantiles (i + 1/2) / n of the table."""
    n = len(table)
    x = u * n - 0.5
    if x <= 0.0:
        return table[0]
    if x >= n - 1:
        return table[n - 1]
    i = int(x)
    return table[i] + (x - i) * (table[i + 1] - table[i])


@njit(cache=True, nogil=True, error_model="numpy")
def _depth(mean, shape, normal, u):
    """Gamma-Poisson (mean, gamma shape): Poisson by inversion for small means, else a Cornish-Fisher quantile."""
    if mean < 12.0:
        p = np.exp(-mean)
        total, k = p, 0
        while u > total and k < 80:
            k += 1
            p *= mean / k
            total += p
        return k
    z = _quantile(normal, u)
    over = mean / shape
    variance = mean * (1.0 + over)
    skew = (1.0 + 2.0 * over) * mean * (1.0 + over) / variance  # third cumulant / variance
    return max(0, int(mean + np.sqrt(variance) * z + (z * z - 1.0) / 6.0 * skew + 0.5))


@njit(cache=True, nogil=True, error_model="numpy")
def _errors(n, p, none, u):
    """Binomial(n, p) by inversion from zero (exact); none: probability of zero."""
    total, mass, k = none, none, 0
    while u > total and k < n:
        mass *= p / (1.0 - p) * (n - k) / (k + 1)
        k += 1
        total += mass
    return k


@njit(cache=True, nogil=True, error_model="numpy")
def _binomial(n, p, table, u):
    """Binomial(n, p), 0 < p < 1, by inversion outwards from the mode (exact); table: log k! and 1 / k."""
    k = min(n, int((n + 1) * p))
    odds = p / (1.0 - p)
    back = 1.0 / odds
    mass = table[0, n] - table[0, k] - table[0, n - k] + k * np.log(odds) + n * np.log(1.0 - p)
    up = down = np.exp(mass)
    total, hi, lo = up, k, k
    while u > total and (hi < n or lo > 0):
        if hi < n:
            up *= odds * (n - hi) * table[1, hi + 1]
            hi += 1
            total += up
            if u <= total:
                return hi
        if lo > 0:
            down *= back * lo * table[1, n - lo + 1]
            lo -= 1
            total += down
            if u <= total:
                return lo
    return k


@njit(cache=True, nogil=True, error_model="numpy")
def call(
    key,
    hashes,
    indel,
    copies,
    model,
    normal,
    balance,
    table,
    limits,
    ploidy,
    alt,
    phase,
    depth,
    ref_reads,
    alt_reads,
    gq,
    pl,
    qual,
):
    """Fill the columns of Calls.

    hashes uint64[n, 2] of variant_hash; indel bool[n]; copies int8[n, m, 2]; model float64[2, 7] for SNVs and indels:
    centre, spread and power of the site depth, gamma shape of a member's depth, log SD of a sample's depth, error a
    read, share of hard positions; normal, balance[2]: quantile tables; table float64[2, limits[1] + 2]: log k! and
    1 / k; limits int64: least and greatest depth, greatest PL, greatest GQ, then milli-phred of a read against a
    homozygote, for it, and in a heterozygote, of the prior.
    """
    members = copies.shape[1]
    sample = np.empty((2, members), np.float64)
    clean = np.empty((2, limits[1] + 1), np.float64)
    for kind in range(2):
        for j in range(members):
            sample[kind, j] = 0.5 * np.exp(model[kind, 4] * _quantile(normal, _uniform(_mix(U(key) + U(j + 1)), 1)))
        for d in range(limits[1] + 1):
            clean[kind, d] = (1.0 - model[kind, 5]) ** d
    cost = np.zeros(3, np.int64)
    u = np.empty(4, np.float64)
    for i in range(len(hashes)):
        kind = 1 if indel[i] else 0
        where = _mix(hashes[i, 0] ^ U(key))
        what = _mix(hashes[i, 1] ^ U(key))
        site = max(0.0, model[kind, 0] + model[kind, 1] * _quantile(normal, _uniform(where, 1))) ** model[kind, 2]
        hard = _uniform(where, 2) < model[kind, 6]
        against = np.int64(0)
        for j in range(members):
            last = np.int64(copies[i, j, 0] >= 0) + np.int64(copies[i, j, 1] >= 0)
            carried = np.int64(copies[i, j, 0] == 1) + np.int64(copies[i, j, 1] == 1)
            ploidy[i, j] = last
            here = _mix(where + U(j + 1))
            mine = _mix(what + U(j + 1))
            for q in range(2):
                u[q] = _uniform(here, 3 + q)
                u[2 + q] = _uniform(mine, 5 + q)
            d = np.int64(0)
            if last > 0:
                mean = site * sample[kind, j] * last
                if hard:
                    mean *= -HARD * np.log(u[0])
                d = np.int64(_depth(mean, model[kind, 3], normal, u[1]))
                d = min(max(d, limits[0]), limits[1])
            if carried == 1 and last == 2:
                a = np.int64(_binomial(d, _quantile(balance[kind], u[2]), table, u[3]))
            else:
                a = np.int64(_errors(d, model[kind, 5], clean[kind, d], u[3]))
                if carried > 0:
                    a = d - a
            r = d - a
            depth[i, j] = d
            ref_reads[i, j] = r
            alt_reads[i, j] = a
            cost[0] = r * limits[5] + a * limits[4]
            cost[1] = d * limits[6]
            cost[last] = a * limits[5] + r * limits[4]
            best = np.int64(0)
            for g in range(1, last + 1):
                if cost[g] < cost[best]:
                    best = g
            second = np.int64(1) << 60
            pl[i, j, 1] = 0
            pl[i, j, 2] = 0
            for g in range(last + 1):
                value = min(limits[2], (cost[g] - cost[best] + 500) // 1000)
                pl[i, j, g] = value
                if g != best and value < second:
                    second = value
            if last == 0 or second == 0:  # no reads, or two genotypes equally likely: not called
                alt[i, j] = -1
                gq[i, j] = 0
                phase[i, j] = 0
                continue
            alt[i, j] = best
            gq[i, j] = min(limits[3], second)
            against += cost[0] - cost[best]
            phase[i, j] = np.int64(copies[i, j, 1] == 1) if carried == 1 else np.int64(_mix(mine) & U(1))
        qual[i] = max(np.int64(0), (against - limits[7] + 50) // 100) / 10.0
