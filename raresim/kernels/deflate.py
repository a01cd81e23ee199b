"""BGZF blocks of a text whose repeats are known: sequences in, compressed bytes out."""

import numpy as np
from numba import njit

U8, U32, U64 = np.uint8, np.uint32, np.uint64
LARGEST = 65536  # bytes of a BGZF block (SAM specification 4.1)
ROOM = LARGEST - 2048  # a sequence without its literals takes at most 2 kB: 254 matches of at most 48 bits
WORD, SIZE = U32(0xFFFFFF), U32(24)  # of a word: its bits are the low 24, their number the high 8
PAIR, PAIR_SIZE = U32(0x3FFFFFF), U32(26)  # of the words of two bytes
ONE, TWO, EIGHT = np.uintp(1), np.uintp(2), np.uintp(8)


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
def pack(
    literals,
    full,
    seq,
    ends,
    sizes,
    crc,
    literal,
    pairs,
    length,
    distance,
    symbol,
    base,
    extra,
    header,
    header_bits,
    out,
    at,
):
    """Write BGZF blocks; return the number of blocks; ``at`` int64[blocks + 1] gets the offset of every block.

    A row of seq int32[n, 4] is: so many literals, then so many matches of 258 bytes, then one of this length (0: none),
    both at this distance. literals uint8: all literals one after the other or, if ``full``, the whole text. Block b has
    the sequences up to ``ends[b]``, ``sizes[b]`` bytes of text and ``crc[b]``. Then a raresim.deflate_code.Code and its
    distance tables; the header with the 18 bytes of BGZF before it. A block that would be too large ends it all. out
    needs ``LARGEST`` bytes a block and 8 more.
    """
    k, used, s = 0, 0, 0
    at[0] = 0
    for b in range(len(ends)):
        start = k
        for i in range(len(header)):
            out[k + i] = header[i]
        k += header_bits >> 3
        n = header_bits & 7
        acc = U64(out[k]) if n > 0 else U64(0)
        while s < ends[b]:
            count = np.int64(seq[s, 0])
            while count >= 4:
                if k - start > ROOM:
                    return b
                here = np.uintp(used)
                x = pairs[np.uintp(literals[here]) | np.uintp(literals[here + ONE]) << EIGHT]
                here += TWO
                y = pairs[np.uintp(literals[here]) | np.uintp(literals[here + ONE]) << EIGHT]
                bits = U64(x & PAIR) | U64(y & PAIR) << U64(x >> PAIR_SIZE)
                k, acc, n = _put(out, k, acc, n, bits, np.int64(x >> PAIR_SIZE) + np.int64(y >> PAIR_SIZE))
                used += 4
                count -= 4
            if count > 0:
                bits, size = U64(0), 0
                for _ in range(count):
                    x = literal[literals[np.uintp(used)]]
                    bits |= U64(x & WORD) << U64(size)
                    size += np.int64(x >> SIZE)
                    used += 1
                k, acc, n = _put(out, k, acc, n, bits, size)
            back = np.int64(seq[s, 3])
            repeat, last = np.int64(seq[s, 1]), np.int64(seq[s, 2])
            if back > 0:
                if k - start > ROOM:
                    return b
                d = symbol[back]
                x = distance[d]
                far = U64(x & WORD) | (U64(back - base[d]) << U64(x >> SIZE))
                far_size = np.int64(x >> SIZE) + extra[d]
                if repeat > 0:
                    x = length[258]
                    size = np.int64(x >> SIZE)
                    one = U64(x & WORD) | (far << U64(size))
                    size += far_size
                    bits, most = U64(0), min(repeat, 56 // size)
                    for j in range(most):
                        bits |= one << U64(j * size)
                    left = repeat
                    while left > 0:
                        step = min(left, most)
                        bits &= (U64(1) << U64(step * size)) - U64(1)
                        k, acc, n = _put(out, k, acc, n, bits, step * size)
                        left -= step
                if last > 0:
                    x = length[last]
                    size = np.int64(x >> SIZE)
                    k, acc, n = _put(out, k, acc, n, U64(x & WORD) | (far << U64(size)), size + far_size)
            if full:
                used += 258 * repeat + last
            s += 1
        x = literal[256]
        k, acc, n = _put(out, k, acc, n, U64(x & WORD), np.int64(x >> SIZE))
        if n > 0:
            k += 1
        total = k + 7 - start
        if total >= LARGEST:
            return b
        for i in range(2):
            out[start + 16 + i] = (total >> (8 * i)) & 255
        for i in range(4):
            out[k + i] = (crc[b] >> (8 * i)) & 255
            out[k + 4 + i] = (sizes[b] >> (8 * i)) & 255
        k += 8
        at[b + 1] = k
    return len(ends)
