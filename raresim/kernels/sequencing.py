"""Calls of a family from its true genotypes: one kernel for every record, planted or not."""

import numpy as np
from numba import njit

U = np.uint64
FEW = 12.0  # mean reads below which the depth is drawn exactly
HARD = 0.1  # depth at a hard position, of what it would be; the member's share of it is exponential


@njit(cache=True, nogil=True)
def _mix(x):
    x = (x ^ (x >> U(30))) * U(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> U(27))) * U(0x94D049BB133111EB)
    return x ^ (x >> U(31))


@njit(cache=True, nogil=True)
def variant_hash(contig, pos, ref_off, ref_text, alt_off, alt_text, out):
    """Fill out uint64[n, 2]: a hash of (contig, pos), and one of (contig, pos, REF, ALT)."""
    for i in range(len(pos)):
        h = _mix((U(contig[i]) << U(32)) ^ U(pos[i]) ^ U(0x9E3779B97F4A7C15))
        out[i, 0] = h
        for k in range(ref_off[i], ref_off[i + 1]):
            h = (h ^ U(ref_text[k])) * U(0x100000001B3)
        h = _mix(h ^ U(ref_off[i + 1] - ref_off[i]))
        for k in range(alt_off[i], alt_off[i + 1]):
            h = (h ^ U(alt_text[k])) * U(0x100000001B3)
        out[i, 1] = _mix(h ^ U(alt_off[i + 1] - alt_off[i]))


@njit(cache=True, nogil=True)
def _uniform(h, draw):
    return (np.float64(_mix(h ^ (U(draw) * U(0xD1342543DE82EF95))) >> U(11)) + 0.5) / 9007199254740992.0


@njit(cache=True, nogil=True)
def _cell(n, u):
    """Return the cell of a table of the quantiles (i + 1/2) / n from which to go on, and how far to the next one."""
    x = min(max(u * n - 0.5, 0.0), n - 1.0)
    i = min(np.int64(x), n - 2)
    return i, x - i


@njit(cache=True, nogil=True)
def _power(x, n):
    out = 1.0
    while n > 0:
        if n & 1:
            out *= x
        x *= x
        n >>= 1
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _poisson(mean, u):
    """Poisson by inversion, for small means."""
    p = np.exp(-mean)
    total, k = p, 0
    while u > total and k < 80:
        k += 1
        p *= mean / k
        total += p
    return k


@njit(cache=True, nogil=True, error_model="numpy")
def _depth(mean, shape, z):
    """Gamma-Poisson (mean, gamma shape): a Cornish-Fisher quantile."""
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
    members, cells = copies.shape[1], len(normal)
    sample = np.empty((2, members), np.float64)
    clean = np.empty((2, limits[1] + 1), np.float64)
    for kind in range(2):
        for j in range(members):
            at, part = _cell(cells, _uniform(_mix(U(key) + U(j + 1)), 1))
            z = normal[at] + part * (normal[at + 1] - normal[at])
            sample[kind, j] = 0.5 * np.exp(model[kind, 4] * z)
        for d in range(limits[1] + 1):
            clean[kind, d] = (1.0 - model[kind, 5]) ** d
    cost = np.zeros(3, np.int64)
    for i in range(len(hashes)):
        kind = 1 if indel[i] else 0
        where = _mix(hashes[i, 0] ^ U(key))
        what = _mix(hashes[i, 1] ^ U(key))
        at, part = _cell(cells, _uniform(where, 1))
        z = normal[at] + part * (normal[at + 1] - normal[at])
        site = _power(max(0.0, model[kind, 0] + model[kind, 1] * z), np.int64(model[kind, 2]))
        hard = _uniform(where, 2) < model[kind, 6]
        against = np.int64(0)
        for j in range(members):
            last = np.int64(copies[i, j, 0] >= 0) + np.int64(copies[i, j, 1] >= 0)
            carried = np.int64(copies[i, j, 0] == 1) + np.int64(copies[i, j, 1] == 1)
            ploidy[i, j] = last
            here = _mix(where + U(j + 1))
            mine = _mix(what + U(j + 1))
            d = np.int64(0)
            if last > 0:
                mean = site * sample[kind, j] * last
                if hard:
                    mean *= -HARD * np.log(_uniform(here, 3))
                x = _uniform(here, 4)
                if mean < FEW:
                    d = np.int64(_poisson(mean, x))
                else:
                    at, part = _cell(cells, x)
                    d = np.int64(_depth(mean, model[kind, 3], normal[at] + part * (normal[at + 1] - normal[at])))
                d = min(max(d, limits[0]), limits[1])
            u = _uniform(mine, 6)
            if carried == 1 and last == 2:  # by inversion outwards from the mode (exact)
                at, part = _cell(cells, _uniform(mine, 5))
                p = balance[kind, at] + part * (balance[kind, at + 1] - balance[kind, at])
                a = min(d, np.int64((d + 1) * p))
                odds = p / (1.0 - p)
                back = 1.0 / odds
                mass = table[0, d] - table[0, a] - table[0, d - a] + a * np.log(odds) + d * np.log(1.0 - p)
                up = down = np.exp(mass)
                total, hi, lo = up, a, a
                while u > total and (hi < d or lo > 0):
                    if hi < d:
                        up *= odds * (d - hi) * table[1, hi + 1]
                        hi += 1
                        total += up
                        a = hi
                    if lo > 0 and u > total:
                        down *= back * lo * table[1, d - lo + 1]
                        lo -= 1
                        total += down
                        a = lo
                if u > total:
                    a = min(d, np.int64((d + 1) * p))
            else:
                a = np.int64(_errors(d, model[kind, 5], clean[kind, d], u))
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
