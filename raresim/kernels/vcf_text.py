"""The text of VCF records: arrays in, bytes out."""

import numpy as np
from numba import njit

ONE, TWO = np.uintp(1), np.uintp(2)  # an unsigned index is not tested for "from the end": a third of the time


@njit(cache=True, nogil=True, error_model="numpy")
def _integer(out, k, value):
    """Write a non-negative integer in decimal; return the next place."""
    at = np.uintp(k)
    if value < 10:
        out[at] = 48 + value
        return k + 1
    if value < 100:
        tens = value // 10
        out[at] = 48 + tens
        out[at + ONE] = 48 + value - 10 * tens
        return k + 2
    if value < 1000:
        hundreds = value // 100
        value -= 100 * hundreds
        tens = value // 10
        out[at] = 48 + hundreds
        out[at + ONE] = 48 + tens
        out[at + TWO] = 48 + value - 10 * tens
        return k + 3
    size = 4
    bound = 10000
    while value >= bound:
        size += 1
        bound *= 10
    at += np.uintp(size)
    for _ in range(size):
        at -= ONE
        rest = value // 10
        out[at] = 48 + value - 10 * rest
        value = rest
    return k + size


@njit(cache=True, nogil=True, error_model="numpy")
def _copy(out, k, text, lo, hi):
    at = np.uintp(k)
    for i in range(np.uintp(lo), np.uintp(hi)):
        out[at] = text[i]
        at += ONE
    return np.int64(at)


@njit(cache=True, nogil=True, error_model="numpy")
def records(
    contig,
    pos,
    ref_off,
    ref_text,
    alt_off,
    alt_text,
    ploidy,
    alt,
    phase,
    depth,
    ref_reads,
    alt_reads,
    gq,
    pl,
    qual,
    passed,
    mark,
    pieces,
    piece_off,
    extra,
    extra_off,
    out,
    starts,
):
    """Write one line a row; return the number of bytes; ``starts`` int64[n + 1] gets the offset of every line.

    Calls as in raresim.sequencing. mark: "/" or "|". pieces: constant text, ``piece_off`` its bounds: FILTER and the
    family's counts of a PASS record with AC of AN alleles at AN (AN + 1) / 2 + AC, the same of a LowQual record,
    FORMAT, then one contig name each. extra: what follows AN in INFO of a row.
    """
    n, members = alt.shape
    most = 2 * members
    counts = (most + 1) * (most + 2) // 2
    fields = np.empty(7, np.int64)
    k = 0
    for i in range(n):
        starts[i] = k
        c = 2 * counts + 1 + contig[i]
        k = _copy(out, k, pieces, piece_off[c], piece_off[c + 1])
        out[k] = 9
        k = _integer(out, k + 1, np.int64(pos[i]) + 1)
        out[k] = 9
        out[k + 1] = 46
        out[k + 2] = 9
        k = _copy(out, k + 3, ref_text, ref_off[i], ref_off[i + 1])
        out[k] = 9
        k = _copy(out, k + 1, alt_text, alt_off[i], alt_off[i + 1])
        out[k] = 9
        tenths = np.int64(qual[i] * 10.0 + 0.5)
        k = _integer(out, k + 1, tenths // 10)
        if tenths % 10 != 0:
            out[k] = 46
            out[k + 1] = 48 + tenths % 10
            k += 2
        ac, an = 0, 0
        for j in range(members):
            if alt[i, j] >= 0:
                ac += alt[i, j]
                an += ploidy[i, j]
        c = an * (an + 1) // 2 + ac + (0 if passed[i] else counts)
        k = _copy(out, k, pieces, piece_off[c], piece_off[c + 1])
        k = _copy(out, k, extra, extra_off[i], extra_off[i + 1])
        k = _copy(out, k, pieces, piece_off[2 * counts], piece_off[2 * counts + 1])
        for j in range(members):
            a = alt[i, j]
            out[k] = 9
            k += 1
            if ploidy[i, j] == 2:
                out[k + 1] = mark
                if a < 0:
                    out[k] = 46
                    out[k + 2] = 46
                else:
                    second = a == 2 or (a == 1 and (mark == 47 or phase[i, j] == 1))
                    out[k] = 48 + a - second
                    out[k + 2] = 48 + second
                k += 3
            else:
                out[k] = 46 if a < 0 else 48 + a
                k += 1
            fields[0] = ref_reads[i, j]
            fields[1] = alt_reads[i, j]
            fields[2] = depth[i, j]
            fields[3] = gq[i, j]
            last = 3
            if a >= 0:
                last = 5 + ploidy[i, j]
                for g in range(ploidy[i, j] + 1):
                    fields[4 + g] = pl[i, j, g]
            for f in range(last):
                out[k] = 44 if f == 1 or f > 4 else 58
                k = _integer(out, k + 1, fields[f])
            if a < 0:
                out[k] = 58
                out[k + 1] = 46
                out[k + 2] = 58
                out[k + 3] = 46
                k += 4
        out[k] = 10
        k += 1
    starts[n] = k
    return k
