"""The text of VCF records: arrays in, bytes out."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _integer(out, k, value):
    """Write a non-negative integer in decimal; return the next place."""
    digits = 1
    bound = 10
    while value >= bound:
        digits += 1
        bound *= 10
    for i in range(k + digits - 1, k - 1, -1):
        out[i] = 48 + value % 10
        value //= 10
    return k + digits


@njit(cache=True, nogil=True)
def _copy(out, k, text, lo, hi):
    for i in range(lo, hi):
        out[k] = text[i]
        k += 1
    return k


@njit(cache=True, nogil=True)
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

    Calls as in raresim.sequencing. mark: "/" or "|". pieces: text of the file, ``piece_off`` its bounds: 0 the FILTER
    and what follows it of a PASS record, 1 of another, 2 FORMAT, 3.. AF of (AN, AC) at 3 + AN (AN + 1) / 2 + AC, then
    one contig name each at the end. extra: what follows AN in INFO of a row. AC, AN, AF are of the called alleles.
    """
    n, members = alt.shape
    most = 2 * members
    names = 3 + (most + 1) * (most + 2) // 2
    k = 0
    for i in range(n):
        starts[i] = k
        c = names + contig[i]
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
        c = 0 if passed[i] else 1
        k = _copy(out, k, pieces, piece_off[c], piece_off[c + 1])
        ac, an = 0, 0
        for j in range(members):
            if alt[i, j] >= 0:
                ac += alt[i, j]
                an += ploidy[i, j]
        k = _integer(out, k, ac)
        c = 3 + an * (an + 1) // 2 + ac
        k = _copy(out, k, pieces, piece_off[c], piece_off[c + 1])
        k = _integer(out, k, an)
        k = _copy(out, k, extra, extra_off[i], extra_off[i + 1])
        k = _copy(out, k, pieces, piece_off[2], piece_off[3])
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
            out[k] = 58
            k = _integer(out, k + 1, np.int64(ref_reads[i, j]))
            out[k] = 44
            k = _integer(out, k + 1, np.int64(alt_reads[i, j]))
            out[k] = 58
            k = _integer(out, k + 1, np.int64(depth[i, j]))
            out[k] = 58
            k += 1
            if a < 0:
                out[k] = 46
                out[k + 1] = 58
                out[k + 2] = 46
                k += 3
                continue
            k = _integer(out, k, np.int64(gq[i, j]))
            out[k] = 58
            k += 1
            for g in range(ploidy[i, j] + 1):
                if g > 0:
                    out[k] = 44
                    k += 1
                k = _integer(out, k, np.int64(pl[i, j, g]))
        out[k] = 10
        k += 1
    starts[n] = k
    return k
