"""Runs of neighbouring records in one bin of an index."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def runs(contig, start, end, shift, key, first):
    """Fill in key (contig * 2^32 + bin) and first row of every run of records in one bin; return the number of runs.

    UCSC bins (SAM specification 5.3) of the 0-based half-open spans, none smaller than 2^shift bases (14, 17, 20, 23
    or 26).
    """
    count = 0
    for i in range(len(contig)):
        low, high = np.int64(start[i]), np.int64(end[i]) - 1
        level = shift
        while level < 29 and low >> level != high >> level:
            level += 3
        offset = ((1 << (29 - level)) - 1) // 7
        here = np.int64(contig[i]) << 32 | (offset + (low >> level))
        if count == 0 or here != key[count - 1]:
            key[count] = here
            first[count] = i
            count += 1
    return count
