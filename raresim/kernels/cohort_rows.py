"""The rows of a cohort file as sequences of literals and repeats, from the carriers alone; no text is made."""

import numpy as np
from numba import njit

BLOCK = 65280  # bytes of text in a BGZF block, as bgzip cuts them
BACK = 32768  # bytes that DEFLATE reaches back
LONGEST = 258  # bytes a match
U32 = np.uint32
LOW = U32(255)
ONE, TWO, EIGHT = np.uintp(1), np.uintp(2), np.uintp(8)


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
    crowded,
    bits,
    four,
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
    parted,
):
    """Describe rows as raresim.kernels.deflate wants them; return (literals, sequences, blocks).

    A row is ``pre[pre_off[i]:pre_off[i + 1]]``, a cell a person, and tail. Columns ``bounds[0]:bounds[1]`` (women) have
    cells of form[i, 0], ``bounds[1]:bounds[2]`` (men) of form[i, 1]. The cell of a form without ALT is
    ``blank[f, :width[f]]``; an ALT allele on side s adds ``step`` times its number to byte where[f, s] of it. carriers:
    twice the column and the side, ascending, with the number of the allele. A row whose crowded[i] is not -1 has its
    carriers there in ``bits`` (raresim.kernels.cohort.turn) and is told four cells at a time, whose
    text is four[f, byte]. All of the text is less than 2 GB. crc_*: tables of raresim.crc. Row i begins in block[i], at
    inside[i] of its text. With ``parted`` crowded rows are left out and the rows after one begin a block.
    """
    used, told, since, blocks = 0, 0, 0, 0
    pos, origin = 0, 0  # in the text; of the block's first byte
    crc = U32(0xFFFFFFFF)
    fours = np.zeros((len(width), 256), np.int32)  # after which byte four cells like these are; 0 for nowhere
    eights = np.zeros((len(width), 65536), np.int32)
    other = np.uintp(0)  # the crowded row before
    place = np.full(2, -1, np.int64)  # where its cells are, of women and of men
    shape = np.full(2, -1, np.int64)
    before, body = -1, -1  # where the row before begins and its cells do
    for i in range(len(off) - 1):
        apart = parted and crowded[i] >= 0
        if pos > origin and (apart or BLOCK - (pos - origin) < 64):
            told, since = _close(seq, told, since, ends, sizes, crcs, blocks, pos - origin, crc), 0
            blocks, origin, crc = blocks + 1, pos, U32(0xFFFFFFFF)
        block[i], inside[i] = blocks, pos - origin
        if apart:
            continue
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
        for part in range(2):
            f = form[i, part]
            w = width[f]
            cur, stop = bounds[part], bounds[part + 1]
            if crowded[i] >= 0 and stop > cur:
                mine = np.uintp(crowded[i] + part * ((bounds[1] + 3) >> 2))
                behind = np.uintp(other + part * ((bounds[1] + 3) >> 2))
                alike = place[part] if shape[part] == f else -1
                place[part], shape[part] = pos, f
                unit = 4 * w
                most = LONGEST // unit
                low, wide = crc_low[unit], crc_low[2 * unit]
                near, far = crc_group[f, 0], crc_group[f, 1]
                seen, seen_two = fours[f], eights[f]
                g, count = np.uintp(0), np.uintp((stop - cur) >> 2)
                while g < count:
                    if BLOCK - (pos - origin) < unit:
                        told, since = _close(seq, told, since, ends, sizes, crcs, blocks, pos - origin, crc), 0
                        blocks, origin, crc = blocks + 1, pos, U32(0xFFFFFFFF)
                    last = min(count, g + np.uintp((BLOCK - (pos - origin)) // unit))  # group of this block
                    x = g
                    while x + TWO <= last:
                        crc = _zeros(crc, wide) ^ far[bits[mine + x]] ^ near[bits[mine + x + ONE]]
                        x += TWO
                    if x < last:
                        crc = _zeros(crc, low) ^ near[bits[mine + x]]
                    while g < last:
                        least = min(most, np.int64(last - g))
                        symbol = np.uintp(bits[mine + g])
                        size, reach = 0, 0
                        source = alike + np.int64(g) * unit
                        if alike >= 0 and source >= origin and pos - source <= BACK:
                            at_one, at_other = mine + g, behind + g
                            while size < least and bits[at_one + np.uintp(size)] == bits[at_other + np.uintp(size)]:
                                size += 1
                            reach = pos - source
                        if size < 3 and least > 1:
                            source = np.int64(seen_two[symbol | np.uintp(bits[mine + g + ONE]) << EIGHT]) - 1
                            if source >= origin and pos - source <= BACK:
                                size, reach = 2, pos - source
                                skip = np.uintp(reach // unit)
                                if np.int64(skip) * unit == reach and skip <= g:
                                    at_one = mine + g
                                    while (
                                        size < least
                                        and bits[at_one + np.uintp(size)] == bits[at_one + np.uintp(size) - skip]
                                    ):
                                        size += 1
                        if size == 0:
                            source = np.int64(seen[symbol]) - 1
                            if source >= origin and pos - source <= BACK:
                                size, reach = 1, pos - source
                        if size > 0:
                            told, since = _told(seq, told, since, 0, size * unit, reach), 0
                        else:
                            text = four[f, symbol]
                            for j in range(np.uintp(unit)):
                                literals[np.uintp(used) + j] = text[j]
                            used += unit
                            since += unit
                            size = 1
                        for _ in range(size):
                            symbol = np.uintp(bits[mine + g])
                            pos += unit
                            g += ONE
                            seen[symbol] = pos - unit + 1
                            if g < count:
                                seen_two[symbol | np.uintp(bits[mine + g]) << EIGHT] = pos - unit + 1
                rest = (stop - cur) & 3
                if BLOCK - (pos - origin) < w * rest:
                    told, since = _close(seq, told, since, ends, sizes, crcs, blocks, pos - origin, crc), 0
                    blocks, origin, crc = blocks + 1, pos, U32(0xFFFFFFFF)
                if rest > 0:
                    text = four[f, bits[mine + g]]
                    for j in range(w * rest):
                        literals[used] = text[j]
                        used += 1
                        crc = crc_byte[(crc ^ U32(text[j])) & LOW] ^ (crc >> U32(8))
                    since += w * rest
                    pos += w * rest
                cur = stop
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
                        size = w * gap
                        plain = 0 if clean else w
                        if size - plain < 3:
                            plain = size
                        for e in range(plain):
                            literals[used] = blank[f, e % w]
                            used += 1
                        since += plain
                        size -= plain
                        clean = True
                        if size > 0:
                            repeats, rest = size // LONGEST, size % LONGEST
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
        if crowded[i] >= 0:
            other = np.uintp(crowded[i])
    if pos > origin:
        told = _close(seq, told, since, ends, sizes, crcs, blocks, pos - origin, crc)
        blocks += 1
    return used, told, blocks
