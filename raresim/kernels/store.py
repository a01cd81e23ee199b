"""Carriers by site to carriers by haplotype, and counts of both."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def tally(off, haplotype, rows, group, groups):
    """Return (carriers, people with two copies), int32[len(rows), groups] each: of every row, by group.

    The carriers of row r are ``haplotype[off[r]:off[r + 1]]``, ascending; haplotypes 2p and 2p + 1 are a person's.
    group int8 by haplotype: -1 is not counted; the two of a person are in one group, or one of them in none.
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


@njit(cache=True, nogil=True)
def packed(off, site, column, columns):
    """Part the lists of haplotypes: return (offsets, sites) of the sites without a column, and uint8[haplotypes, bytes]
    with a bit for every other one, that of column c in byte ``c >> 3``, the first lowest.

    off, site: as :func:`by_haplotype` returns them; column int32 by site, -1 for none.
    """
    bits = np.zeros((len(off) - 1, (columns + 7) >> 3), np.uint8)
    out_off = np.zeros(len(off), np.int64)
    for h in range(len(off) - 1):
        few = 0
        for k in range(off[h], off[h + 1]):
            c = column[site[k]]
            if c >= 0:
                bits[h, c >> 3] |= np.uint8(1 << (c & 7))
            else:
                few += 1
        out_off[h + 1] = out_off[h] + few
    out = np.empty(out_off[-1], np.int32)
    free = 0
    for k in range(len(site)):
        if column[site[k]] < 0:
            out[free] = site[k]
            free += 1
    return out_off, out, bits


@njit(cache=True, nogil=True)
def between(few, common, row, first, last):
    """Return the sites ``few`` and those of ``common[first:last]`` whose bit is set in ``row``, int32, ascending."""
    out = np.empty(len(few) + last - first + 1, np.int32)
    k, c = 0, first
    for i in range(len(few) + 1):
        while c < last and (i == len(few) or common[c] < few[i]):
            out[k] = common[c]  # written over by the next one where the bit is not set
            k += row[c >> 3] >> (c & 7) & 1
            c += 1
        if i < len(few):
            out[k] = few[i]
            k += 1
    return out[:k].copy()


@njit(cache=True, nogil=True)
def unpacked(off, site, common, bits):
    """Return (offsets, sites) with all sites of every haplotype, ascending: what :func:`packed` parted."""
    out_off = np.zeros(len(off), np.int64)
    for h in range(len(off) - 1):
        many = 0
        for c in range(len(common)):
            many += bits[h, c >> 3] >> (c & 7) & 1
        out_off[h + 1] = out_off[h] + off[h + 1] - off[h] + many
    out = np.empty(out_off[-1], np.int32)
    k = 0
    for h in range(len(off) - 1):
        c = 0
        for i in range(off[h], off[h + 1] + 1):
            while c < len(common) and (i == off[h + 1] or common[c] < site[i]):
                if bits[h, c >> 3] >> (c & 7) & 1:
                    out[k] = common[c]
                    k += 1
                c += 1
            if i < off[h + 1]:
                out[k] = site[i]
                k += 1
    return out_off, out


@njit(cache=True, nogil=True)
def beside(bits, part, first):
    """Set the bits of a part's columns in ``bits``, whose columns they are from ``first`` on."""
    shift = first & 7
    for h in range(len(part)):
        at = first >> 3
        for i in range(part.shape[1]):
            bits[h, at + i] |= np.uint8((part[h, i] << shift) & 255)
            if shift and part[h, i] >> (8 - shift):
                bits[h, at + i + 1] |= np.uint8(part[h, i] >> (8 - shift))


@njit(cache=True, nogil=True)
def column_sums(bits):
    """Return int64[8 * bytes]: how many rows have each bit."""
    out = np.zeros(8 * bits.shape[1], np.int64)
    for h in range(len(bits)):
        for i in range(bits.shape[1]):
            for j in range(8):
                out[8 * i + j] += bits[h, i] >> j & 1
    return out


@njit(cache=True, nogil=True)
def columns(bits, kept, chosen, counts, size):
    """Return uint8[rows, bytes]: of every row the bits set in ``kept`` (uint8, one row) alone, side by side.

    chosen uint8[256, 256]: by a byte of ``kept`` and one of a row, the bits that stay; counts: how many these are;
    size: how many in all.
    """
    out = np.zeros((len(bits), (size + 7) >> 3), np.uint8)
    for h in range(len(bits)):
        word, n, k = 0, 0, 0
        for i in range(len(kept)):
            word |= np.int64(chosen[kept[i], bits[h, i]]) << n
            n += counts[kept[i]]
            if n >= 8:
                out[h, k] = word & 255
                word >>= 8
                n -= 8
                k += 1
        if n > 0:
            out[h, k] = word
    return out
