"""The text of VCF records and its BGZF blocks, written together: arrays in, bytes out."""

import numpy as np
from numba import njit

BLOCK = 65280  # bytes of text in a BGZF block, as bgzip cuts them
BACK = 32768  # bytes that DEFLATE reaches back
LONGEST = 258  # bytes a match
LARGEST = 65536  # bytes of a BGZF block (SAM specification 4.1)
U32, U64 = np.uint32, np.uint64
WORD, SIZE = U32(0xFFFFFF), U32(24)  # of a word: its bits are the low 24, their number the high 8
PAIR, PAIR_SIZE = U32(0x3FFFFFF), U32(26)  # of the words of two bytes
SMALL = 8192  # numbers below it are looked up
TEXT, CODE = U64(0xFFFFFFFF), U64(0xFFFFFF)  # of a number: its text, its bits


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _eight(out, k, text):
    at = np.uintp(k)  # an unsigned index is not tested for "from the end": a third of the time
    for i in range(np.uintp(8)):
        out[at + i] = np.uint8((text >> U64(8 * i)) & U64(255))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _read(text, at):
    """Return eight bytes, the first one lowest."""
    at = np.uintp(at)
    word = U64(0)
    for i in range(np.uintp(8)):
        word |= U64(text[at + i]) << U64(8 * i)
    return word


@njit(cache=True, nogil=True, error_model="numpy")
def _integer(out, k, value, digits):
    """Write a non-negative integer below 10^12 in decimal; return the next place."""
    unit, first = 1, value
    while first >= 1000:
        first //= 1000
        unit *= 1000
    zeros = np.int64(first < 100) + np.int64(first < 10)
    _eight(out, k, (digits[np.uintp(first)] & TEXT) >> U64(8 * zeros))
    k += 3 - zeros
    while unit > 1:
        unit //= 1000
        _eight(out, k, digits[np.uintp(value // unit % 1000)] & TEXT)
        k += 3
    return k


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _position(out, k, value, low, digits):
    """Write a positive integer below 10^9, of which ``low`` is the last three digits; return the next place."""
    zeros = 0
    if value >= 1000:
        middle = value // 1000
        if value >= 1000000:
            high = value // 1000000
            middle -= 1000 * high
            zeros = np.int64(high < 100) + np.int64(high < 10)
            _eight(out, k, (digits[np.uintp(high)] & TEXT) >> U64(8 * zeros))
            k += 3 - zeros
            zeros = 0
        else:
            zeros = np.int64(middle < 100) + np.int64(middle < 10)
        _eight(out, k, (digits[np.uintp(middle)] & TEXT) >> U64(8 * zeros))
        k += 3 - zeros
        zeros = 0
    else:
        zeros = np.int64(low < 100) + np.int64(low < 10)
    _eight(out, k, (digits[np.uintp(low)] & TEXT) >> U64(8 * zeros))
    return k + 3 - zeros


@njit(cache=True, nogil=True, error_model="numpy")
def _copy(out, k, text, lo, hi):
    if hi - lo == 1:
        out[np.uintp(k)] = text[np.uintp(lo)]
        return k + 1
    at = np.uintp(k)
    for i in range(np.uintp(lo), np.uintp(hi)):
        out[at] = text[i]
        at += np.uintp(1)
    return np.int64(at)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _piece(out, k, text, lo, hi):
    """Copy a text that has eight bytes more; return the next place."""
    for at in range(0, hi - lo, 8):
        _eight(out, k + at, _read(text, lo + at))
    return k + hi - lo


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _put(out, k, acc, n, bits, count):
    """Append at most 56 bits: eight bytes are always stored, those that are full count."""
    acc |= bits << U64(n)
    n += count
    _eight(out, k, acc)
    return k + (n >> 3), acc >> U64(n & 56), n & 7


@njit(cache=True, nogil=True, error_model="numpy")
def _literals(out, k, acc, n, text, lo, hi, literal, pairs):
    """Append the code of ``text[lo:hi]``."""
    at = np.uintp(lo)
    for _ in range((hi - lo) >> 2):
        x = pairs[np.uintp(text[at]) | np.uintp(text[at + np.uintp(1)]) << np.uintp(8)]
        y = pairs[np.uintp(text[at + np.uintp(2)]) | np.uintp(text[at + np.uintp(3)]) << np.uintp(8)]
        bits = U64(x & PAIR) | U64(y & PAIR) << U64(x >> PAIR_SIZE)
        k, acc, n = _put(out, k, acc, n, bits, np.int64(x >> PAIR_SIZE) + np.int64(y >> PAIR_SIZE))
        at += np.uintp(4)
    bits, size = U64(0), 0
    for _ in range((hi - lo) & 3):
        x = literal[np.uintp(text[at])]
        bits |= U64(x & WORD) << U64(size)
        size += np.int64(x >> SIZE)
        at += np.uintp(1)
    return _put(out, k, acc, n, bits, size)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _repeat(out, k, acc, n, size, back, length, distance, symbol, base, more):
    """Append the code of a repeat: so many bytes from so far back."""
    d = np.uintp(symbol[np.uintp(back)])
    x = length[np.uintp(size)]
    y = distance[d]
    first = np.int64(x >> SIZE)
    second = np.int64(y >> SIZE)
    bits = U64(x & WORD) | U64(y & WORD) << U64(first) | U64(back - base[d]) << U64(first + second)
    return _put(out, k, acc, n, bits, first + second + more[d])


@njit(cache=True, nogil=True, error_model="numpy")
def _ended(out, k, acc, n, start, literal):
    """Append a line break and the end of a block, and say its size; return where the next one begins."""
    x, y = literal[10], literal[256]
    bits = U64(x & WORD) | U64(y & WORD) << U64(x >> SIZE)
    k, acc, n = _put(out, k, acc, n, bits, np.int64(x >> SIZE) + np.int64(y >> SIZE))
    k += 8 + np.int64(n > 0)
    for i in range(2):
        out[start + 16 + i] = ((k - start - 1) >> (8 * i)) & 255
    return k


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _then(code, size, word):
    """Return a code of so many bits with a word behind it."""
    return code | U64(word & WORD) << size


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _number(out, k, mark, x):
    """Write a mark and a number of ``numbers``; return the next place."""
    _eight(out, k, U64(mark) | (x & TEXT) << U64(8))
    return k + 1 + np.int64(x >> U64(61))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _two(out, k, acc, n, first, x, second, y):
    """Append the code of two numbers of ``numbers``, each behind the word of a mark."""
    bits, size = U64(first & WORD), U64(first >> SIZE)
    bits |= ((x >> U64(32)) & CODE) << size
    size += (x >> U64(56)) & U64(31)
    bits |= U64(second & WORD) << size
    size += U64(second >> SIZE)
    bits |= ((y >> U64(32)) & CODE) << size
    size += (y >> U64(56)) & U64(31)
    return _put(out, k, acc, n, bits, np.int64(size))


@njit(cache=True, nogil=True, error_model="numpy")
def _cell(out, k, copies, called, depth, ref_reads, alt_reads, gq, pl, i, j, digits):
    """Write AD, DP, GQ and PL of one member, of any size; return the next place."""
    last = 5 + copies if called else 3
    for f in range(last):
        out[k] = 44 if f == 1 or f > 4 else 58
        value = np.int64(ref_reads)
        if f == 1:
            value = np.int64(alt_reads)
        elif f == 2:
            value = np.int64(depth)
        elif f == 3:
            value = np.int64(gq)
        elif f > 3:
            value = np.int64(pl[i, j, f - 4])
        k = _integer(out, k + 1, value, digits)
    if not called:
        _eight(out, k, U64(0x2E3A2E3A))  # :.:.
        k += 4
    return k


@njit(cache=True, nogil=True, error_model="numpy")
def records(
    contig, pos, ref_off, ref_text, alt_off, alt_text, ploidy, alt, phase, depth, ref_reads, alt_reads, gq, pl, qual,
    passed, phased, genotypes, pieces, piece_off, extra, extra_off, digits, begin, out, starts, cuts, rows, numbers,
    literal, pairs, length, distance, symbol, base, more, header, header_bits, packed, at,
):  # fmt: skip
    """Write one line a row from ``out[begin]`` on, and its BGZF blocks; return (place behind the last line, blocks,
    bytes of the blocks).

    ``starts`` int64[n + 1] gets the place of every line. Block b begins at ``cuts[b]`` with row ``rows[b]`` and at
    ``packed[at[b]]``; it has at most ``BLOCK`` bytes of text. CRC-32 and size, its last eight bytes, are the caller's.
    No bytes of blocks (0) are returned where a line has more text or a block would be too large: ``out`` alone counts.

    Calls as in raresim.sequencing. genotypes uint64[2, 4, 2, 2]: tab and GT, first byte lowest, of one and two copies,
    by ALT alleles (-1: not called) and those on the second haplotype, told if ``phased``; then its code, the number of
    bits in the high 8. pieces: constant text, ``piece_off`` its bounds: FILTER and the family's counts of a PASS record
    with AC of AN alleles at AN (AN + 1) / 2 + AC, the same of a LowQual record, FORMAT, then one contig name each.
    extra: what follows AN in INFO of a row. numbers uint64[SMALL]: text (32 bits), code (24), bits of it (5), bytes of
    text (3). digits uint64[1000]: the same of three digits, without their number of bytes. out needs 8 bytes more than
    the text.

    The blocks tell as repeats: the beginning of the line before (contig, first digits of the position), the constant
    columns of the last line with the same counts, and the last cell of one allele at the same depth. Then a
    raresim.deflate_code.Code and its distance tables; the header with the 18 bytes of BGZF before it. packed needs
    twice the bytes of the text and ``2 * LARGEST``.
    """
    n, members = alt.shape
    most = 2 * members
    counts = (most + 1) * (most + 2) // 2
    latest = np.full(2 * counts, -1, np.int64)  # where the constant columns of such a line are
    clean = np.full(2 * depth.max() + 2 if n > 0 else 0, -1, np.int64)  # where a cell with this depth and one allele is
    tab, dot, colon, comma = literal[9], literal[46], literal[58], literal[44]
    tab_size = U64(tab >> SIZE)
    between = _then(_then(U64(tab & WORD), tab_size, dot), tab_size + U64(dot >> SIZE), tab)  # around ID
    between_size = 2 * tab_size + U64(dot >> SIZE)
    k, blocks, fits = begin, -1, True
    same, digits_before, before, p_before = np.int64(-1), 0, np.int64(0), np.int64(0)  # of the line before
    b, acc, bits = 0, U64(0), 0  # of the blocks: bytes, and bits that do not fill one
    at[0] = 0
    for i in range(n):
        c = 2 * counts + 1 + contig[i]
        named = piece_off[c + 1] - piece_off[c]
        alleles = ref_off[i + 1] - ref_off[i] + alt_off[i + 1] - alt_off[i]
        bound = named + alleles + extra_off[i + 1] - extra_off[i] + 80 + 50 * members
        if blocks < 0 or k - cuts[blocks] + bound > BLOCK:
            if blocks >= 0:
                b = _ended(packed, b, acc, bits, at[blocks], literal)
                fits = fits and b - at[blocks] <= LARGEST
            blocks += 1
            fits = fits and bound <= BLOCK
            if not fits:
                b = 0
            at[blocks] = b
            cuts[blocks] = k
            rows[blocks] = i
            same = -1
            for w in range(len(header)):
                packed[b + w] = header[w]
            b += header_bits >> 3
            bits = header_bits & 7
            acc = U64(packed[b]) if bits > 0 else U64(0)
        starts[i] = start = k
        k = _piece(out, k, pieces, piece_off[c], piece_off[c + 1])
        out[k] = 9
        p = np.int64(pos[i]) + 1
        low = p % 1000
        k = _position(out, k + 1, p, low, digits)
        width = k - start - named - 1
        rest = np.int64(0)
        if same < 0:
            b, acc, bits = _literals(packed, b, acc, bits, out, start, k, literal, pairs)
        elif same != contig[i]:
            b, acc, bits = _literals(packed, b, acc, bits, out, start - 1, k, literal, pairs)
        else:
            rest = width
            if width == digits_before:
                if width > 3 and p // 1000 == p_before // 1000:
                    rest = 3
                elif width > 5 and p // 100000 == p_before // 100000:
                    rest = 5
            size = named + 1 + width - rest
            if before > cuts[blocks]:
                size += 1  # with the line break
            else:
                b, acc, bits = _literals(packed, b, acc, bits, out, start - 1, start, literal, pairs)
            back = start - before
            if 3 <= size <= LONGEST and back <= BACK:
                b, acc, bits = _repeat(packed, b, acc, bits, size, back, length, distance, symbol, base, more)
            else:
                b, acc, bits = _literals(packed, b, acc, bits, out, k - rest - size, k - rest, literal, pairs)
            if rest != 3:
                b, acc, bits = _literals(packed, b, acc, bits, out, k - rest, k, literal, pairs)
        same, digits_before, before, p_before = np.int64(contig[i]), width, start, p
        if alleles == 2:
            r, a = ref_text[ref_off[i]], alt_text[alt_off[i]]
            _eight(out, k, U64(0x9000900092E09) | U64(r) << U64(24) | U64(a) << U64(40))
            k += 7
            code, many = U64(0), U64(0)
            if rest == 3:
                code, many = (digits[np.uintp(low)] >> U64(32)) & CODE, digits[np.uintp(low)] >> U64(56)
            b, acc, bits = _put(packed, b, acc, bits, code | between << many, np.int64(many + between_size))
            one, two = literal[r], literal[a]
            many = U64(one >> SIZE) + tab_size
            code = _then(_then(U64(one & WORD), U64(one >> SIZE), tab), many, two)
            many += U64(two >> SIZE)
            b, acc, bits = _put(packed, b, acc, bits, _then(code, many, tab), np.int64(many + tab_size))
        else:
            told = k - rest if rest == 3 else k
            _eight(out, k, U64(0x092E09))
            k = _copy(out, k + 3, ref_text, ref_off[i], ref_off[i + 1])
            out[k] = 9
            k = _copy(out, k + 1, alt_text, alt_off[i], alt_off[i + 1])
            out[k] = 9
            k += 1
            b, acc, bits = _literals(packed, b, acc, bits, out, told, k, literal, pairs)
        tenths = np.int64(qual[i] * 10.0 + 0.5)
        whole = tenths // 10
        tenths -= 10 * whole
        if whole < SMALL:
            code = numbers[np.uintp(whole)]
            _eight(out, k, code & TEXT)
            k += np.int64(code >> U64(61))
            b, acc, bits = _put(packed, b, acc, bits, (code >> U64(32)) & CODE, np.int64((code >> U64(56)) & U64(31)))
        else:
            told = k
            k = _integer(out, k, whole, digits)
            b, acc, bits = _literals(packed, b, acc, bits, out, told, k, literal, pairs)
        if tenths != 0:
            _eight(out, k, U64(46) | U64(48 + tenths) << U64(8))
            k += 2
            one = literal[48 + tenths]
            code = _then(U64(dot & WORD), U64(dot >> SIZE), one)
            b, acc, bits = _put(packed, b, acc, bits, code, np.int64(dot >> SIZE) + np.int64(one >> SIZE))
        ac, an = 0, 0
        for j in range(members):
            if alt[i, j] >= 0:
                ac += alt[i, j]
                an += ploidy[i, j]
        c = an * (an + 1) // 2 + ac + (0 if passed[i] else counts)
        told = k
        k = _piece(out, k, pieces, piece_off[c], piece_off[c + 1])
        k = _copy(out, k, extra, extra_off[i], extra_off[i + 1])
        k = _piece(out, k, pieces, piece_off[2 * counts], piece_off[2 * counts + 1])
        back = told - latest[c]
        if latest[c] >= cuts[blocks] and back <= BACK and k - told <= LONGEST:
            b, acc, bits = _repeat(packed, b, acc, bits, k - told, back, length, distance, symbol, base, more)
        else:
            b, acc, bits = _literals(packed, b, acc, bits, out, told, k, literal, pairs)
        latest[c] = told
        for j in range(members):
            a = np.int64(alt[i, j])
            told = k
            copies = np.int64(ploidy[i, j])
            second = np.int64(a == 2 or (a == 1 and (not phased or phase[i, j] == 1)))
            _eight(out, k, genotypes[copies >> 1, a + 1, second, 0])
            k += 4 if copies == 2 else 2
            d, r, y, q = depth[i, j], ref_reads[i, j], alt_reads[i, j], gq[i, j]
            p0, p1, p2 = pl[i, j, 0], pl[i, j, 1], pl[i, j, 2]
            if copies < 2 or a < 0 or (d | r | y | q | p0 | p1 | p2) >= SMALL:
                k = _cell(out, k, copies, a >= 0, d, r, y, q, pl, i, j, digits)
                b, acc, bits = _literals(packed, b, acc, bits, out, told, k, literal, pairs)
                continue
            nr, nx, nd = numbers[np.uintp(r)], numbers[np.uintp(y)], numbers[np.uintp(d)]
            nq, n0, n1, n2 = numbers[np.uintp(q)], numbers[np.uintp(p0)], numbers[np.uintp(p1)], numbers[np.uintp(p2)]
            k = _number(out, k, 58, nr)
            k = _number(out, k, 44, nx)
            k = _number(out, k, 58, nd)
            k = _number(out, k, 58, nq)
            k = _number(out, k, 58, n0)
            k = _number(out, k, 44, n1)
            k = _number(out, k, 44, n2)
            if r == 0 or y == 0:
                key = 2 * d + (y == 0)
                last = clean[key]
                clean[key] = told
                if last >= cuts[blocks] and told - last <= BACK:
                    size, limit = 0, k - told
                    while size + 8 <= limit and _read(out, told + size) == _read(out, last + size):
                        size += 8
                    while size < limit and out[told + size] == out[last + size]:
                        size += 1
                    if size == limit:
                        b, acc, bits = _repeat(
                            packed, b, acc, bits, size, told - last, length, distance, symbol, base, more
                        )
                        continue
            code = genotypes[1, a + 1, second, 1]
            b, acc, bits = _put(packed, b, acc, bits, code & U64(0xFFFFFFFFFFFFFF), np.int64(code >> U64(56)))
            b, acc, bits = _two(packed, b, acc, bits, colon, nr, comma, nx)
            b, acc, bits = _two(packed, b, acc, bits, colon, nd, colon, nq)
            b, acc, bits = _two(packed, b, acc, bits, colon, n0, comma, n1)
            many = U64(comma >> SIZE)
            code = U64(comma & WORD) | ((n2 >> U64(32)) & CODE) << many
            many += (n2 >> U64(56)) & U64(31)
            b, acc, bits = _put(packed, b, acc, bits, code, np.int64(many))
        out[k] = 10
        k += 1
    starts[n] = k
    if n == 0:
        return k, 0, 0
    cuts[blocks + 1] = k
    b = _ended(packed, b, acc, bits, at[blocks], literal)
    at[blocks + 1] = b
    return k, blocks + 1, b if fits and b - at[blocks] <= LARGEST else 0
