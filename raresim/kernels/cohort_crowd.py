"""Rows of common alleles straight to BGZF blocks: four cells are one symbol, a repeat or the words of their letters."""

import numpy as np
from numba import njit

BLOCK = 65280  # bytes of text in a BGZF block, as bgzip cuts them
BACK = 32768  # bytes that DEFLATE reaches back
LONGEST = 258  # bytes a match
U8, U32, U64 = np.uint8, np.uint32, np.uint64
LOW = U32(255)
WORD, SIZE = U32(0xFFFFFF), U32(24)  # of a word: its bits are the low 24, their number the high 8
ONE, FOUR = np.uintp(1), np.uintp(4)


@njit(cache=True, nogil=True, error_model="numpy")
def _put(out, k, acc, n, bits, count):
    """Append at most 56 bits: eight bytes are always stored, those that are full count."""
    acc |= bits << U64(n)
    n += count
    at = np.uintp(k)  # an unsigned index is not tested for "from the end": a third of the time
    for i in range(np.uintp(8)):
        out[at + i] = U8((acc >> (U64(8) * U64(i))) & U64(255))
    return k + (n >> 3), acc >> U64(n & 56), n & 7


@njit(cache=True, nogil=True, error_model="numpy")
def _read(text, at):
    """Return eight bytes, the first one lowest."""
    word = U64(0)
    for i in range(np.uintp(8)):
        word |= U64(text[at + i]) << U64(8 * i)
    return word


@njit(cache=True, nogil=True, error_model="numpy")
def _zeros(crc, table):
    """Return the CRC-32 register after zero bytes (a table of raresim.crc)."""
    crc = U32(crc)
    return (
        table[0, crc & LOW] ^ table[1, crc >> U32(8) & LOW] ^ table[2, crc >> U32(16) & LOW] ^ table[3, crc >> U32(24)]
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _open(out, k, header, header_bits):
    for i in range(len(header)):
        out[k + i] = header[i]
    n = header_bits & 7
    k += header_bits >> 3
    return k, U64(out[k]) if n > 0 else U64(0), n


@njit(cache=True, nogil=True, error_model="numpy")
def _close(out, start, k, acc, n, end, crc, size):
    """End a block that begins at ``start``; return where the next one does."""
    k, acc, n = _put(out, k, acc, n, U64(end & WORD), np.int64(end >> SIZE))
    if n > 0:
        k += 1
    total = k + 7 - start
    crc ^= U32(0xFFFFFFFF)
    for i in range(2):
        out[start + 16 + i] = (total >> (8 * i)) & 255
    for i in range(4):
        out[k + i] = (crc >> U32(8 * i)) & LOW
        out[k + 4 + i] = (size >> (8 * i)) & 255
    return k + 8


@njit(cache=True, nogil=True, error_model="numpy")
def crowd(
    pre, pre_off, chosen, form, bounds, width, tail, crowded, bits, four, crc_byte, crc_low, crc_group, literal, words,
    word_sizes, length, distance, symbol, base, extra, header, header_bits, out, at, block, inside,
):  # fmt: skip
    """Write the rows ``chosen`` as BGZF blocks; return their number; ``at`` gets the offset of every block.

    Rows, forms, bounds, widths, tail, bits and four: as raresim.kernels.cohort_rows.rows has them; rows that do not
    follow one another are not in one block. words uint64[forms, 256, 2] and word_sizes: the code of both halves of
    four cells, at most 56 bits. crc_group uint32[forms, 4, 256]: the register after four cells, from 0,
    and after one to three times as many zero bytes more. Then a raresim.deflate_code.Code and its distance tables. A
    row's fixed columns have fewer bytes than a block. block, inside: where row ``chosen[r]`` begins.
    """
    seen = np.zeros((len(width), 256), np.int64)  # after which byte four cells like these are; 0 for nowhere
    group = np.zeros((len(width), 256), np.int64)  # and where in ``bits``
    start, k, blocks = 0, 0, 0
    acc, n = U64(0), 0
    pos, origin = 0, 0  # in the text; of the block's first byte
    crc = U32(0xFFFFFFFF)
    at[0] = 0
    for r in range(len(chosen)):
        i = chosen[r]
        lo, hi = pre_off[i], pre_off[i + 1]
        if r > 0 and (chosen[r - 1] != i - 1 or BLOCK - (pos - origin) < hi - lo):
            k = _close(out, start, k, acc, n, literal[256], crc, pos - origin)
            blocks += 1
            at[blocks] = start = k
            origin = pos
        if pos == origin:
            k, acc, n = _open(out, k, header, header_bits)
            crc = U32(0xFFFFFFFF)
        block[r], inside[r] = blocks, pos - origin
        for j in range(lo, hi):
            x = literal[pre[j]]
            k, acc, n = _put(out, k, acc, n, U64(x & WORD), np.int64(x >> SIZE))
            crc = crc_byte[(crc ^ U32(pre[j])) & LOW] ^ (crc >> U32(8))
        pos += hi - lo
        for part in range(2):
            f = form[i, part]
            cells = bounds[part + 1] - bounds[part]
            unit = 4 * width[f]
            most = LONGEST // unit
            first = np.uintp(crowded[i] + part * ((bounds[1] + 3) >> 2))
            stop, x = first + np.uintp(cells >> 2), first
            own, place = seen[f], group[f]
            while x < stop:
                if BLOCK - (pos - origin) < unit:
                    k = _close(out, start, k, acc, n, literal[256], crc, pos - origin)
                    blocks += 1
                    at[blocks] = start = k
                    origin = pos
                    k, acc, n = _open(out, k, header, header_bits)
                    crc = U32(0xFFFFFFFF)
                end = min(stop, x + np.uintp((BLOCK - (pos - origin)) // unit))
                y = x
                while y + FOUR <= end:
                    crc = (
                        _zeros(crc, crc_low[4 * unit])
                        ^ crc_group[f, 3, bits[y]]
                        ^ crc_group[f, 2, bits[y + ONE]]
                        ^ crc_group[f, 1, bits[y + ONE + ONE]]
                        ^ crc_group[f, 0, bits[y + ONE + ONE + ONE]]
                    )
                    y += FOUR
                while y < end:
                    crc = _zeros(crc, crc_low[unit]) ^ crc_group[f, 0, bits[y]]
                    y += ONE
                while x < end:
                    four_cells = bits[x]
                    reach = pos + 1 - own[four_cells]
                    if own[four_cells] <= origin or reach > BACK:
                        own[four_cells] = pos + 1
                        place[four_cells] = x
                        k, acc, n = _put(out, k, acc, n, words[f, four_cells, 0], word_sizes[f, four_cells, 0])
                        k, acc, n = _put(out, k, acc, n, words[f, four_cells, 1], word_sizes[f, four_cells, 1])
                        pos += unit
                        x += ONE
                        continue
                    size = 1
                    z = np.uintp(place[four_cells])
                    own[four_cells] = pos + 1
                    place[four_cells] = x
                    if z >= first and z < x and reach == np.int64(x - z) * unit:
                        least = min(most, np.int64(end - x))
                        while size < least and bits[x + np.uintp(size)] == bits[z + np.uintp(size)]:
                            size += 1
                        four_cells = bits[x + np.uintp(size - 1)]
                        own[four_cells] = pos + 1 + (size - 1) * unit
                        place[four_cells] = x + np.uintp(size - 1)
                    w = length[size * unit]
                    d = symbol[reach]
                    v = distance[d]
                    put = np.int64(w >> SIZE)
                    token = U64(w & WORD) | U64(v & WORD) << U64(put)
                    put += np.int64(v >> SIZE)
                    token |= U64(reach - base[d]) << U64(put)
                    k, acc, n = _put(out, k, acc, n, token, put + extra[d])
                    pos += size * unit
                    x += np.uintp(size)
            size = (cells & 3) * width[f]
            if BLOCK - (pos - origin) < size + len(tail):
                k = _close(out, start, k, acc, n, literal[256], crc, pos - origin)
                blocks += 1
                at[blocks] = start = k
                origin = pos
                k, acc, n = _open(out, k, header, header_bits)
                crc = U32(0xFFFFFFFF)
            for j in range(size + part * len(tail)):
                byte = four[f, bits[stop], j] if j < size else tail[j - size]
                v = literal[byte]
                k, acc, n = _put(out, k, acc, n, U64(v & WORD), np.int64(v >> SIZE))
                crc = crc_byte[(crc ^ U32(byte)) & LOW] ^ (crc >> U32(8))
            pos += size + part * len(tail)
    if len(chosen) == 0:
        return 0
    at[blocks + 1] = _close(out, start, k, acc, n, literal[256], crc, pos - origin)
    return blocks + 1
