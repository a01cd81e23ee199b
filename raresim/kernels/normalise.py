"""Left-align and trim alleles against the bases of a genome."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _base(contig, pos, seg_first, seg_start, seg_end, seg_off, bases):
    lo, hi = seg_first[contig], seg_first[contig + 1]
    while lo < hi:
        mid = (lo + hi) // 2
        if seg_end[mid] <= pos:
            lo = mid + 1
        else:
            hi = mid
    if lo < seg_first[contig + 1] and seg_start[lo] <= pos:
        return bases[seg_off[lo] + pos - seg_start[lo]]
    return np.uint8(78)


@njit(cache=True, nogil=True)
def _acgt(base):
    return base == 65 or base == 67 or base == 71 or base == 84


@njit(cache=True, nogil=True)
def normal_form(contig, pos, ref_off, ref_text, alt_off, alt_text, seg_first, seg_start, seg_end, seg_off, bases):
    """Return the normal form of every allele as what to cut and how far to shift.

    ok bool[n]: whether REF is the reference and every base touched is ACGT; shift int32[n]: bases that an insertion
    or deletion moves to the left of its trimmed place; head, tail int32[n]: bases cut from both alleles.
    """
    n = len(pos)
    ok = np.zeros(n, np.bool_)
    shift = np.zeros(n, np.int32)
    head = np.zeros(n, np.int32)
    tail = np.zeros(n, np.int32)
    for i in range(n):
        c, p = contig[i], pos[i]
        ro, ao = ref_off[i], alt_off[i]
        nr, na = ref_off[i + 1] - ro, alt_off[i + 1] - ao
        good = nr > 0 and na > 0
        same = nr == na
        for k in range(nr):
            b = ref_text[ro + k]
            good = good and _acgt(b) and b == _base(c, p + k, seg_first, seg_start, seg_end, seg_off, bases)
            same = same and b == alt_text[ao + k]
        for k in range(na):
            good = good and _acgt(alt_text[ao + k])
        if not good or same:
            continue
        short = min(nr, na)
        t = 0
        while t < short and ref_text[ro + nr - 1 - t] == alt_text[ao + na - 1 - t]:
            t += 1
        h = 0
        while h < short - t and ref_text[ro + h] == alt_text[ao + h]:
            h += 1
        moved = 0
        if h + t == short and nr != na:
            size = abs(nr - na)
            at = p + h
            while True:
                left = _base(c, at - 1 - moved, seg_first, seg_start, seg_end, seg_off, bases)
                k = size - 1 - moved % size
                right = ref_text[ro + h + k] if nr > na else alt_text[ao + h + k]
                if not _acgt(left) or left != right:
                    good = _acgt(left)
                    break
                moved += 1
        if good:
            ok[i], shift[i], head[i], tail[i] = True, moved, h, t
    return ok, shift, head, tail
