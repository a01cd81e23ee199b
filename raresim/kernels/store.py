"""Carriers by site to carriers by haplotype, and counts of both."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def tally(off, haplotype, rows, group, groups):
    """Return (carriers, people with two copies), int32[len(rows), groups] each: of every row, by group.

    The carriers of row r are ``haplotype[off[r]:off[r + 1]]``, ascending; haplotypes 2p and 2p + 1 are a person's.
    group int8 by haplotype: -1 is not counted; both haplotypes of a person are in one group.
    """
    count = np.zeros((len(rows), groups), np.int32)
    twice = np.zeros((len(rows), groups), np.int32)
    for i in range(len(rows)):
        before = -1
        for k in range(off[rows[i]], off[rows[i] + 1]):
            h = haplotype[k]
            g = group[h]
            if g >= 0:
                count[i, g] += 1
                if h == before + 1 and h % 2 == 1:
                    twice[i, g] += 1
            before = h
    return count, twice


@njit(cache=True, nogil=True)
def by_haplotype(off, haplotype, rows, place, places):
    """Return (offsets int64[places + 1], sites int32): for every place the indices into ``rows`` that it carries.

    place int32 by haplotype: where it goes, -1 for nowhere.
    """
    out_off = np.zeros(places + 1, np.int64)
    for i in range(len(rows)):
        for k in range(off[rows[i]], off[rows[i] + 1]):
            p = place[haplotype[k]]
            if p >= 0:
                out_off[p + 1] += 1
    for p in range(places):
        out_off[p + 1] += out_off[p]
    free = np.empty(places, np.int64)
    for p in range(places):
        free[p] = out_off[p]
    out = np.empty(out_off[places], np.int32)
    for i in range(len(rows)):
        for k in range(off[rows[i]], off[rows[i] + 1]):
            p = place[haplotype[k]]
            if p >= 0:
                out[free[p]] = i
                free[p] += 1
    return out_off, out
