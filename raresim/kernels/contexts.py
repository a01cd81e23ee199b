"""Counts of 3-mers in intervals of a genome whose bases are held in segments."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def context_counts(start, end, code, seg_start, seg_end, seg_off, bases):
    """Count contexts (25 left + 5 base + right) over the bases of sorted disjoint intervals of one contig.

    start, end int64[n]; code uint8[256]: base code by ASCII, 4 for anything but ACGT; seg_*: the segments of the
    contig, sorted. Returns int64[125]; bases that no segment holds count as code 4.
    """
    out = np.zeros(125, np.int64)
    k = 0
    for i in range(len(start)):
        a, b = start[i], end[i]
        while k < len(seg_end) and seg_end[k] <= a - 1:
            k += 1
        left, middle, j = 4, 4, k
        held, known, shift = False, a - 1, 0  # held: a segment has the bases up to known
        for p in range(a - 1, b + 1):
            if p >= known:
                while j < len(seg_end) and seg_end[j] <= p:
                    j += 1
                held = j < len(seg_end) and seg_start[j] <= p
                known = b + 1
                if j < len(seg_end):
                    known = np.int64(seg_end[j]) if held else np.int64(seg_start[j])
                    shift = seg_off[j] - seg_start[j]
            right = int(code[bases[shift + p]]) if held else 4
            if p > a:
                out[25 * left + 5 * middle + right] += 1
            left, middle = middle, right
    return out
