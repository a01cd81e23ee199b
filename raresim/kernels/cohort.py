"""From haplotypes with their sites to the rows of a cohort file: carriers by site, fixed columns."""

import numpy as np
from numba import njit

TILE = 32  # bytes of a haplotype's bits turned at a time: 16 kB of the rows' cache lines (a choice)


@njit(cache=True, nogil=True)
def tally(hap_off, hap_site, order, women, sides):
    """Return int64[sites]: how many haplotypes of the columns carry each site.

    order: the person of each column, women first. sides uint8[sites, 2]: which haplotypes a woman and a man have there
    (1 paternal, 2 maternal, 3 both).
    """
    carried = np.zeros((4, len(sides)), np.int32)
    for column in range(len(order)):
        for side in range(2):
            h = 2 * order[column] + side
            mine = carried[side if column < women else 2 + side]
            for k in range(np.uintp(hap_off[h]), np.uintp(hap_off[h + 1])):  # unsigned: not tested for "from the end"
                mine[np.uintp(hap_site[k])] += 1
    out = np.zeros(len(sides), np.int64)
    for site in range(len(sides)):
        for part in range(4):
            if sides[site, part >> 1] >> (part & 1) & 1:
                out[site] += carried[part, site]
    return out


@njit(cache=True, nogil=True)
def gather(hap_off, hap_site, order, women, sides, cursor, lo, hi, off):
    """Return the carriers of sites ``lo`` to ``hi``, int32, ascending in each site, whose bounds are ``off``.

    A carrier is twice its column and its side (0 paternal, 1 maternal). order, women, sides: as in :func:`tally`.
    cursor int64[haplotypes]: where the sites from ``lo`` on begin; it is moved to ``hi``.
    """
    free = off[:-1].copy()
    out = np.empty(off[hi - lo], np.int32)
    for column in range(len(order)):
        sex = 0 if column < women else 1
        for side in range(2):
            h = 2 * order[column] + side
            k, end = np.uintp(cursor[h]), np.uintp(hap_off[h + 1])
            while k < end:
                site = np.int64(hap_site[k])
                if site >= hi:
                    break
                if sides[np.uintp(site), sex] >> side & 1:
                    here = np.uintp(site - lo)
                    out[np.uintp(free[here])] = 2 * column + side
                    free[here] += 1
                k += np.uintp(1)
            cursor[h] = k
    return out


@njit(cache=True, nogil=True)
def turn(bits, order, women, first, last, stride, out):
    """Write a row of ``stride`` bytes for each bit from ``first`` to ``last`` of the rows of haplotypes in ``bits``.

    A row has two bits a column, four columns a byte, the first one lowest: 2 for a paternal, 1 for a maternal carrier;
    men begin a new byte.
    """
    eight = np.empty(8, np.uintp)
    groups, one = (women + 3) >> 2, np.uint64(1)
    places, bytes_ = groups + ((len(order) - women + 3) >> 2), (last + 7) >> 3
    for tile in range(first >> 3, bytes_, TILE):
        for place in range(places):
            start = 4 * place if place < groups else women + 4 * (place - groups)
            stop = women if place < groups else len(order)
            for k in range(4):
                person = order[min(start + k, stop - 1)]
                eight[2 * k] = 2 * person + 1
                eight[2 * k + 1] = 2 * person
            mine = ~np.uint64(0) if start + 4 <= stop else (one << np.uint64(16 * (stop - start))) - one
            for byte in range(np.uintp(tile), np.uintp(min(tile + TILE, bytes_))):
                x = np.uint64(0)
                for k in range(np.uintp(8)):
                    x |= np.uint64(bits[eight[k], byte]) << np.uint64(8 * k)
                x &= mine
                # eight rows of eight bits become eight columns (Warren 2012, Hacker's Delight, 7-3)
                t = (x ^ (x >> np.uint64(7))) & np.uint64(0x00AA00AA00AA00AA)
                x ^= t ^ (t << np.uint64(7))
                t = (x ^ (x >> np.uint64(14))) & np.uint64(0x0000CCCC0000CCCC)
                x ^= t ^ (t << np.uint64(14))
                t = (x ^ (x >> np.uint64(28))) & np.uint64(0x00000000F0F0F0F0)
                x ^= t ^ (t << np.uint64(28))
                row = 8 * np.int64(byte)
                if first <= row and row + 8 <= last:
                    at = np.uintp((row - first) * stride + place)
                    for k in range(np.uintp(8)):
                        out[at + k * np.uintp(stride)] = np.uint8(x >> np.uint64(8 * k) & np.uint64(255))
                else:
                    for k in range(max(first, row), min(last, row + 8)):
                        out[(k - first) * stride + place] = np.uint8(x >> np.uint64(8 * (k & 7)) & np.uint64(255))


@njit(cache=True, nogil=True)
def spread(bits, start, women, people, at, out):
    """Write the carriers of some rows of :func:`turn`, which begin at ``start``, to ``out`` from ``at`` on."""
    groups = (women + 3) >> 2
    for i in range(len(start)):
        k = at[i]
        for place in range(groups + ((people - women + 3) >> 2)):
            byte = bits[start[i] + place]
            column = 4 * place if place < groups else women + 4 * (place - groups)
            while byte:
                if byte & 2:
                    out[k] = 2 * column
                    k += 1
                if byte & 1:
                    out[k] = 2 * column + 1
                    k += 1
                byte >>= 2
                column += 1


@njit(cache=True, nogil=True)
def _text(out, k, text, lo, hi):
    for i in range(lo, hi):
        out[k] = text[i]
        k += 1
    return k


@njit(cache=True, nogil=True)
def _integer(out, k, value):
    size, bound = 1, 10
    while value >= bound:
        size += 1
        bound *= 10
    for i in range(size):
        out[k + size - 1 - i] = 48 + value % 10
        value //= 10
    return k + size


@njit(cache=True, nogil=True)
def vcf_columns(contig, pos, ref_off, ref, alt_off, alt, ac_off, ac, an, names, name_off, form, out, off):
    """Write the fixed columns of VCF lines; return their bytes; ``off`` int64[rows + 1] gets their bounds.

    alt: all ALT alleles of a row, with commas; ``ac[ac_off[i]:ac_off[i + 1]]`` their counts, an that of all alleles.
    names: contig names. form: constant text, NUL between FILTER up to "AC=", "AN=" with its ";", and FORMAT.
    """
    k = 0
    for i in range(len(pos)):
        off[i] = k
        k = _text(out, k, names, name_off[contig[i]], name_off[contig[i] + 1])
        out[k] = 9
        k = _integer(out, k + 1, np.int64(pos[i]) + 1)
        out[k] = 9
        out[k + 1] = 46
        out[k + 2] = 9
        k = _text(out, k + 3, ref, ref_off[i], ref_off[i + 1])
        out[k] = 9
        k = _text(out, k + 1, alt, alt_off[i], alt_off[i + 1])
        part = 0
        for byte in form:
            if byte != 0:
                out[k] = byte
                k += 1
                continue
            if part == 0:
                for a in range(ac_off[i], ac_off[i + 1]):
                    if a > ac_off[i]:
                        out[k] = 44
                        k += 1
                    k = _integer(out, k, ac[a])
            else:
                k = _integer(out, k, an[i])
            part += 1
    off[len(pos)] = k
    return k


@njit(cache=True, nogil=True)
def _little(out, k, value, size):
    for i in range(size):
        out[k + i] = (value >> (8 * i)) & 255
    return k + size


@njit(cache=True, nogil=True)
def _typed(out, k, text, lo, hi):
    """Write a typed string (VCF 4.2 specification, 6.3.3)."""
    size = hi - lo
    if size < 15:
        out[k] = size << 4 | 7
        k += 1
    else:
        out[k] = 0xF7
        out[k + 1] = 0x13
        k = _little(out, k + 2, size, 4)
    return _text(out, k, text, lo, hi)


@njit(cache=True, nogil=True)
def bcf_columns(contig, pos, ref_off, ref, alt_off, alt, ac_off, ac, an, individual, copies, out, off):
    """Write what stands before the genotypes of BCF records; return their bytes; ``off`` gets their bounds.

    As :func:`vcf_columns`; individual int64[rows]: bytes of the genotypes; copies: genotype bytes a person. Keys of
    the dictionary: 0 PASS, 1 AC, 2 AN, 3 GT (VCF 4.2 specification, 6).
    """
    k = 0
    for i in range(len(pos)):
        off[i] = k
        start = k
        alleles = 1 + ac_off[i + 1] - ac_off[i]
        k = _little(out, k + 8, np.int64(contig[i]), 4)
        k = _little(out, k, np.int64(pos[i]), 4)
        k = _little(out, k, ref_off[i + 1] - ref_off[i], 4)
        k = _little(out, k, 0x7F800001, 4)  # QUAL is missing
        k = _little(out, k, alleles << 16 | 2, 4)
        k = _little(out, k, 1 << 24 | individual[i] // copies[i], 4)
        out[k] = 0x07  # no ID
        k = _typed(out, k + 1, ref, ref_off[i], ref_off[i + 1])
        lo = alt_off[i]
        for j in range(alt_off[i], alt_off[i + 1] + 1):
            if j == alt_off[i + 1] or alt[j] == 44:
                k = _typed(out, k, alt, lo, j)
                lo = j + 1
        out[k] = 0x11
        out[k + 1] = 0
        out[k + 2] = 0x11
        out[k + 3] = 1
        out[k + 4] = (alleles - 1) << 4 | 3
        k += 5
        for a in range(ac_off[i], ac_off[i + 1]):
            k = _little(out, k, ac[a], 4)
        out[k] = 0x11
        out[k + 1] = 2
        out[k + 2] = 0x13
        k = _little(out, k + 3, an[i], 4)
        _little(out, start, k - start - 8, 4)
        _little(out, start + 4, individual[i] + 3, 4)
        out[k] = 0x11
        out[k + 1] = 3
        out[k + 2] = copies[i] << 4 | 1
        k += 3
    off[len(pos)] = k
    return k
