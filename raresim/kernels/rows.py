"""Rows of tables of sites: their texts, the rows that haplotypes carry, and where one table stands in another."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def texts(off, text, rows):
    """Return (offsets int64[len(rows) + 1], uint8): the texts ``text[off[r]:off[r + 1]]`` of some rows, in order."""
    new = np.empty(len(rows) + 1, np.int64)
    new[0] = end = np.int64(0)
    for i in range(len(rows)):
        row = np.uintp(rows[i])
        end += off[row + np.uintp(1)] - off[row]
        new[i + 1] = end
    out = np.empty(end, np.uint8)
    for i in range(len(rows)):
        at = np.uintp(off[np.uintp(rows[i])])
        for k in range(np.uintp(new[i]), np.uintp(new[i + 1])):
            out[k] = text[at]
            at += np.uintp(1)
    return new, out


@njit(cache=True, nogil=True)
def union(carried, off, sites):
    """Return (rows int64[n], copies int8[n, h]): the rows that any of h haplotypes carries, ascending, and which do.

    Haplotype j carries the rows ``carried[off[j]:off[j + 1]]`` (int32, any order) of a table of so many sites.
    """
    haplotypes = len(off) - 1
    mark, rank = np.zeros(sites, np.uint8), np.empty(sites, np.int32)
    for k in range(len(carried)):
        mark[np.uintp(carried[k])] = 1
    total = np.int64(0)
    for row in range(sites):
        total += mark[row]
    rows = np.empty(total + 1, np.int64)
    count = np.int64(0)
    for row in range(sites):  # without a branch: what is not carried is written over
        rows[np.uintp(count)] = row
        rank[row] = count
        count += np.int64(mark[row])
    copies = np.zeros((total, haplotypes), np.int8)
    for j in range(haplotypes):
        for k in range(off[j], off[j + 1]):
            copies[np.uintp(rank[np.uintp(carried[k])]), j] = 1
    return rows[:total], copies


@njit(cache=True, nogil=True)
def _same(a_off, a_text, a, b_off, b_text, b):
    size, k = a_off[a + 1] - a_off[a], 0
    if size != b_off[b + 1] - b_off[b]:
        return False
    while k < size and a_text[a_off[a] + k] == b_text[b_off[b] + k]:
        k += 1
    return k == size


@njit(cache=True, nogil=True)
def find(place, row, ref_off, ref_text, alt_off, alt_text, wanted, w_ref_off, w_ref, w_alt_off, w_alt):
    """Return int64[len(wanted)]: the row of a table with the same place, REF and ALT, -1 where there is none.

    place int64, ascending: contig and position of the rows ``row`` of the table with these texts; wanted: the same
    number of each variant that is looked for. Every search begins where the one before it ended.
    """
    out = np.full(len(wanted), -1, np.int64)
    n = len(place)
    at = 0
    for i in range(len(wanted)):
        goal = wanted[i]
        lo, hi, step = at, n, 1
        if at > 0 and place[at - 1] >= goal:
            lo, hi = 0, at
        else:
            while lo < n and place[lo] < goal:  # farther and farther, until past the goal
                at = lo + 1
                lo += step
                step *= 2
            lo, hi = at, min(lo, n)
        while lo < hi:
            middle = (lo + hi) // 2
            if place[middle] < goal:
                lo = middle + 1
            else:
                hi = middle
        at = lo
        k = at
        while k < n and place[k] == goal:
            r = row[k]
            if _same(ref_off, ref_text, r, w_ref_off, w_ref, i) and _same(alt_off, alt_text, r, w_alt_off, w_alt, i):
                out[i] = r
                break
            k += 1
    return out
