"""The rows of a cohort file as sequences of literals and repeats, from the carriers alone; no text is made."""

import numpy as np
from numba import njit

BLOCK = 65280  # bytes of text in a BGZF block, as bgzip cuts them
BACK = 32768  # bytes that DEFLATE reaches back
LONGEST = 258  # bytes a match
U32 = np.uint32
LOW = U32(255)


@njit(cache=True, nogil=True)
def _zeros(crc, table):
    """Return the CRC-32 register after zero bytes (a table of raresim.crc)."""
    crc = U32(crc)
    return (
        table[0, crc & LOW] ^ table[1, crc >> U32(8) & LOW] ^ table[2, crc >> U32(16) & LOW] ^ table[3, crc >> U32(24)]
    )


@njit(cache=True, nogil=True)
def _shift(crc, size, low, high):
    """Return the CRC-32 register after so many zero bytes, at most 65,535."""
    crc = _zeros(crc, low[size & 255])
    return _zeros(crc, high[size >> 8]) if size > 255 else crc


@njit(cache=True, nogil=True)
def _told(seq, at, literals, repeats, size, back):
    seq[at, 0] = literals
    seq[at, 1] = repeats
    seq[at, 2] = size
    seq[at, 3] = back
    return at + 1


@njit(cache=True, nogil=True)
def _close(seq, told, since, ends, sizes, crcs, blocks, size, crc):
    told = _told(seq, told, since, 0, 0, 0)
    ends[blocks] = told
    sizes[blocks] = size
    crcs[blocks] = np.int64(crc) ^ 0xFFFFFFFF
    return told


@njit(cache=True, nogil=True)
def _packed(out, carriers, lo, hi, first, single):
    """Put two bits a column into ``out``: 2 paternal, 1 maternal or the only haplotype; return the next carrier."""
    for c in range(lo, hi):
        column = (carriers[c] >> 1) - first
        out[column >> 2] |= (1 if single else 2 - (carriers[c] & 1)) << (2 * (column & 3))


@njit(cache=True, nogil=True)
def _four(literals, used, symbol, blank, width, paternal, maternal, step):
    """Write four cells; return the next place."""
    for q in range(4):
        value = symbol >> (2 * q) & 3
        for e in range(width):
            literals[used + e] = blank[e]
        if maternal < 0:
            literals[used + paternal] += step * (value > 0)
        else:
            literals[used + paternal] += step * (value >> 1)
            literals[used + maternal] += step * (value & 1)
        used += width
    return used


@njit(cache=True, nogil=True)
def rows(
    pre,
    pre_off,
    off,
    carriers,
    allele,
    form,
    bounds,
    blank,
    width,
    where,
    step,
    tail,
    dense,
    crc_byte,
    crc_low,
    crc_high,
    crc_run,
    crc_group,
    crc_flip,
    literals,
    seq,
    ends,
    sizes,
    crcs,
    block,
    inside,
):
    """Describe rows as raresim.kernels.deflate wants them; return (literals, sequences, blocks).

    A row is ``pre[pre_off[i]:pre_off[i + 1]]``, a cell a person, and tail. Columns ``bounds[0]:bounds[1]`` (women) have
    cells of form[i, 0], ``bounds[1]:bounds[2]`` (men) of form[i, 1]. The cell of a form without ALT is
    ``blank[f, :width[f]]``; an ALT allele on side s adds ``step`` times its number to byte where[f, s] of it. carriers:
    twice the column and the side, ascending, with the number of the allele. Rows with at least ``dense`` carriers, all
    of the first ALT, are told four cells at a time. crc_*: tables of raresim.crc. Row i begins in block[i], at
    inside[i] of its text.
    """
    used, told, since, blocks = 0, 0, 0, 0
    pos, origin = 0, 0  # in the text; of the block's first byte
    crc = U32(0xFFFFFFFF)
    fours = np.full((len(width), 256), -1, np.int64)  # where four cells like these are
    eights = np.zeros((len(width), 65536), np.uint16)  # where, in the block, eight cells like these are; from 1
    clear = np.zeros(len(width), np.int64)  # the block that a row of ``eights`` speaks of
    groups = bounds[2] // 4 + 2
    packed = np.zeros((2, 2, groups), np.uint8)  # of this crowded row and the one before, of women and of men
    place = np.full((2, 2), -1, np.int64)  # where their cells are
    shape = np.full(2, -1, np.int64)
    now = 0
    before, body = -1, -1  # where the row before begins and its cells do
    for i in range(len(off) - 1):
        if BLOCK - (pos - origin) < 64:
            told, since = _close(seq, told, since, ends, sizes, crcs, blocks, pos - origin, crc), 0
            blocks, origin, crc = blocks + 1, pos, U32(0xFFFFFFFF)
        block[i], inside[i] = blocks, pos - origin
        start = pos
        lo, hi = pre_off[i], pre_off[i + 1]
        front = back = 0
        if before >= origin and pos - origin + hi - lo <= BLOCK and pos + hi - lo - before <= BACK:
            least = min(LONGEST, hi - lo, lo - pre_off[i - 1])
            while front < least and pre[lo + front] == pre[pre_off[i - 1] + front]:
                front += 1
            if front < 3:
                front = 0
            while back < least - front and pre[hi - 1 - back] == pre[lo - 1 - back]:
                back += 1
            if back < 4:
                back = 0
        if front > 0:
            told, since = _told(seq, told, since, 0, front, start - before), 0
        for j in range(lo, hi):
            if pos - origin == BLOCK:
                told, since = _close(seq, told, since, ends, sizes, crcs, blocks, BLOCK, crc), 0
                blocks, origin, crc = blocks + 1, pos, U32(0xFFFFFFFF)
            byte = pre[j]
            if lo + front <= j < hi - back:
                literals[used] = byte
                used += 1
                since += 1
            crc = crc_byte[(crc ^ U32(byte)) & U32(255)] ^ (crc >> U32(8))
            pos += 1
        if back > 0:
            told, since = _told(seq, told, since, 0, back, pos - body), 0
        before, body = start, pos
        ci, ce = off[i], off[i + 1]
        crowded = ce - ci >= dense
        for c in range(ci, ce):
            crowded = crowded and allele[c] == 1
        if crowded:
            now = 1 - now
            packed[now] = 0
            half = ci + np.searchsorted(carriers[ci:ce], 2 * bounds[1])
            _packed(packed[now, 0], carriers, ci, half, bounds[0], where[form[i, 0], 1] < 0)
            _packed(packed[now, 1], carriers, half, ce, bounds[1], where[form[i, 1], 1] < 0)
        for part in range(2):
            f = form[i, part]
            w = width[f]
            cur, stop = bounds[part], bounds[part + 1]
            if crowded:
                mine, other = packed[now, part], packed[1 - now, part]
                alike = place[1 - now, part] if shape[part] == f else -1
                place[now, part], shape[part] = pos, f
                shift = 2  # four cells have 4, 8 or 16 bytes
                while 1 << shift < 4 * w:
                    shift += 1
                unit, most = 4 * w, LONGEST >> shift
                low, wide = crc_low[unit], crc_low[2 * unit]
                near, far = crc_group[f, 0], crc_group[f, 1]
                seen, seen_two = fours[f], eights[f]
                g, count = 0, (stop - cur) >> 2
                while g < count:
                    if BLOCK - (pos - origin) < unit:
                        told, since = _close(seq, told, since, ends, sizes, crcs, blocks, pos - origin, crc), 0
                        blocks, origin, crc = blocks + 1, pos, U32(0xFFFFFFFF)
                    if clear[f] != blocks:
                        clear[f] = blocks
                        seen_two[:] = 0
                    least = min(most, count - g, (BLOCK - (pos - origin)) >> shift)
                    size, reach = 0, 0
                    source = alike + g * unit
                    if alike >= 0 and source >= origin and pos - source <= BACK:
                        while size < least and mine[g + size] == other[g + size]:
                            size += 1
                        reach = pos - source
                    two = np.int64(mine[g]) | np.int64(mine[g + 1]) << 8
                    if size < 3 and least > 1:
                        source = origin + np.int64(seen_two[two]) - 1
                        if source >= origin and pos - source <= BACK:
                            size, reach = 2, pos - source
                            skip = reach >> shift
                            if skip << shift == reach and skip <= g:
                                while size < least and mine[g + size] == mine[g + size - skip]:
                                    size += 1
                    if size == 0:
                        source = seen[mine[g]]
                        if source >= origin and pos - source <= BACK:
                            size, reach = 1, pos - source
                    if size > 0:
                        told, since = _told(seq, told, since, 0, size * unit, reach), 0
                    else:
                        used = _four(literals, used, mine[g], blank[f], w, where[f, 0], where[f, 1], step)
                        since += unit
                        size = 1
                    stop_at = g + size
                    while g < stop_at:
                        one = mine[g]
                        seen[one] = pos
                        if g + 1 < count:
                            seen_two[np.int64(one) | np.int64(mine[g + 1]) << 8] = pos - origin + 1
                        if g + 1 < stop_at:
                            other_one = mine[g + 1]
                            seen[other_one] = pos + unit
                            if g + 2 < count:
                                seen_two[np.int64(other_one) | np.int64(mine[g + 2]) << 8] = pos + unit - origin + 1
                            crc = _zeros(crc, wide) ^ far[one] ^ near[other_one]
                            pos += 2 * unit
                            g += 2
                        else:
                            crc = _zeros(crc, low) ^ near[one]
                            pos += unit
                            g += 1
                cur += 4 * count
                while ci < ce and carriers[ci] >> 1 < cur:
                    ci += 1
            clean = False
            while cur < stop:
                if BLOCK - (pos - origin) < w:
                    told, since = _close(seq, told, since, ends, sizes, crcs, blocks, pos - origin, crc), 0
                    blocks, origin, crc = blocks + 1, pos, U32(0xFFFFFFFF)
                    clean = False
                end = min(stop, cur + (BLOCK - (pos - origin)) // w)
                crc = _shift(crc, w * (end - cur), crc_low, crc_high) ^ crc_run[f, end - cur]
                flips = U32(0)
                at = cur
                while at < end:
                    gap = (min(carriers[ci] >> 1, end) if ci < ce else end) - at
                    if gap > 0:
                        at += gap
                        text = w * gap
                        plain = 0 if clean else w
                        if text - plain < 3:
                            plain = text
                        for e in range(plain):
                            literals[used] = blank[f, e % w]
                            used += 1
                        since += plain
                        text -= plain
                        clean = True
                        if text > 0:
                            repeats, rest = text // LONGEST, text % LONGEST
                            if rest == 1 or rest == 2:
                                told, since = _told(seq, told, since, repeats - 1, 200, w), 0
                                told = _told(seq, told, 0, 0, LONGEST - 200 + rest, w)
                            else:
                                told, since = _told(seq, told, since, repeats, rest, w), 0
                    if at < end:
                        for e in range(w):
                            literals[used + e] = blank[f, e]
                        while ci < ce and carriers[ci] >> 1 == at:
                            e = where[f, 0] if where[f, 1] < 0 else where[f, carriers[ci] & 1]
                            old = literals[used + e]
                            literals[used + e] = old + step * allele[ci]
                            after = w * (end - at) - e - 1
                            if allele[ci] == 1:
                                flips ^= crc_flip[after]
                            else:
                                flips ^= _shift(crc_byte[old ^ literals[used + e]], after, crc_low, crc_high)
                            ci += 1
                        used += w
                        since += w
                        at += 1
                        clean = False
                crc ^= flips
                pos += w * (end - cur)
                cur = end
        for byte in tail:
            literals[used] = byte
            used += 1
            since += 1
            crc = crc_byte[(crc ^ U32(byte)) & U32(255)] ^ (crc >> U32(8))
            pos += 1
    told = _close(seq, told, since, ends, sizes, crcs, blocks, pos - origin, crc)
    return used, told, blocks + 1
