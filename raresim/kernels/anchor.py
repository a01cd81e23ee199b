"""Which known allele a simulated one is carried onto."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def nearest(position, angle, known, known_angle, free, reach, look):
    """Return int64[n]: for each simulated site the row of ``known`` that it takes, -1 for none; ``free`` is changed.

    Sites choose in their order. position int64[n]; angle float64[n, ancestries]; known int64[m], ascending;
    known_angle float64[m, ancestries]; free bool[m]: not taken. Of the ``look`` free rows next on either side that are
    at most ``reach`` bases away, a site takes the one with the smallest sum of distance / reach and |difference| of
    the angles; of equals the first on the left.
    """
    m = len(known)
    after = np.empty(m + 1, np.int64)  # the next free row at or after a row, found by jumps that grow shorter
    before = np.empty(m + 1, np.int64)  # the same at or before row - 1, counted from 1; 0 for none
    for i in range(m + 1):
        after[i] = i
        before[i] = i
    for i in range(m):
        if not free[i]:
            after[i] = i + 1
            before[i + 1] = i
    out = np.full(len(position), -1, np.int64)
    for s in range(len(position)):
        start = np.searchsorted(known, position[s])
        best, least = -1, np.inf
        for side in range(2):
            at = start
            for _ in range(look):
                if side == 0:
                    while before[at] != at:
                        before[at] = before[before[at]]
                        at = before[at]
                    row = at - 1
                    if row < 0 or position[s] - known[row] > reach:
                        break
                    at = row
                else:
                    while after[at] != at:
                        after[at] = after[after[at]]
                        at = after[at]
                    row = at
                    if row >= m or known[row] - position[s] > reach:
                        break
                    at = row + 1
                score = abs(known[row] - position[s]) / reach
                for a in range(angle.shape[1]):
                    score += abs(angle[s, a] - known_angle[row, a])
                if score < least:
                    best, least = row, score
        if best >= 0:
            out[s] = best
            free[best] = False
            after[best] = best + 1
            before[best + 1] = best
    return out
