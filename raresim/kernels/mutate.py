"""Mutations on a genealogy: a Poisson process over edges in which every base has its own rate."""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _uniform(key, count):
    # splitmix64 finaliser (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195); 53 bits, never 0
    z = key + count * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (np.float64(z >> np.uint64(11)) + 0.5) / 9007199254740992.0


@njit(cache=True, nogil=True)
def mutate(left, right, child, parent, time, cumulative, key, base, node, when, mark):
    """Write the candidate mutations: base int32, node int32 (the branch above it), when float64, mark float64; return
    their number, or -1 where they do not fit.

    Edges as in tskit (coordinates are whole bases); time in generations; cumulative[i] is the summed rate of bases
    0..i - 1. An edge of length t gets Poisson(t (cumulative[right] - cumulative[left])) events: gaps of a unit Poisson
    process over the concatenated areas. mark is uniform in [0, 1): where the event fell inside the rate of its base.
    """
    n = 0
    count = np.uint64(1)
    one = np.uint64(1)
    wait = -math.log(_uniform(key, count))
    for e in range(len(left)):
        a = int(left[e])
        b = int(right[e])
        low = time[child[e]]
        span = time[parent[e]] - low
        area = span * (cumulative[b] - cumulative[a])
        while wait < area:
            at = cumulative[a] + wait / span
            lo = a
            hi = b
            while hi - lo > 1:  # cumulative[lo] <= at < cumulative[hi]
                middle = (lo + hi) >> 1
                if cumulative[middle] <= at:
                    lo = middle
                else:
                    hi = middle
            width = cumulative[lo + 1] - cumulative[lo]
            count += one
            if width > 0:
                if n == len(base):
                    return -1
                base[n] = lo
                node[n] = child[e]
                when[n] = low + span * _uniform(key, count)
                mark[n] = min((at - cumulative[lo]) / width, 1.0 - 1e-16)
                n += 1
            count += one
            wait -= math.log(_uniform(key, count))
        wait -= area
    return n
