"""The text of VCF records: arrays in, bytes out."""

import numpy as np
from numba import njit

BLOCK = 65280  # bytes of text in a BGZF block, as bgzip cuts them
BACK = 32768  # bytes that DEFLATE reaches back
LONGEST = 258  # bytes a match
U64 = np.uint64


@njit(cache=True, nogil=True, error_model="numpy")
def _eight(out, k, text):
    at = np.uintp(k)  # an unsigned index is not tested for "from the end": a third of the time
    for i in range(np.uintp(8)):
        out[at + i] = np.uint8((text >> U64(8 * i)) & U64(255))


@njit(cache=True, nogil=True, error_model="numpy")
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
    unit = 1
    while value >= 10000 * unit:
        unit *= 10000
    part = value // unit
    zeros = np.int64(part < 1000) + np.int64(part < 100) + np.int64(part < 10)
    _eight(out, k, digits[np.uintp(part)] >> U64(8 * zeros))
    k += 4 - zeros
    while unit > 1:
        value -= part * unit
        unit //= 10000
        part = value // unit
        _eight(out, k, digits[np.uintp(part)])
        k += 4
    return k


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


@njit(cache=True, nogil=True, error_model="numpy")
def _piece(out, k, text, lo, hi):
    """Copy a text that has eight bytes more; return the next place."""
    for at in range(0, hi - lo, 8):
        _eight(out, k + at, _read(text, lo + at))
    return k + hi - lo


@njit(cache=True, nogil=True, error_model="numpy")
def _told(seq, at, literals, size, back):
    seq[at, 0] = literals
    seq[at, 1] = 0
    seq[at, 2] = size
    seq[at, 3] = back
    return at + 1


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
    phased,
    genotypes,
    pieces,
    piece_off,
    extra,
    extra_off,
    digits,
    begin,
    out,
    starts,
    seq,
    ends,
    cuts,
    rows,
):
    """Write one line a row from ``out[begin]`` on; return (place behind the last line, sequences, blocks).

    ``starts`` int64[n + 1] gets the place of every line. seq and ends: the repeats of the text from ``begin`` on, as
    raresim.kernels.deflate wants them: the beginning of the line before it (contig, first digits of the position), the
    constant columns of the last line with the same counts, and the last cell of one allele at the same depth. Block b
    begins at ``cuts[b]`` with row ``rows[b]``; it has at most ``BLOCK`` bytes unless a line has more.

    Calls as in raresim.sequencing. genotypes uint64[2, 4, 2]: tab and GT, first byte lowest, of one and two copies, by
    ALT alleles (-1: not called) and those on the second haplotype, told if ``phased``. pieces: constant text,
    ``piece_off`` its bounds: FILTER and the family's counts of a PASS record with AC of AN alleles at
    AN (AN + 1) / 2 + AC, the same of a LowQual record, FORMAT, then one contig name each. extra: what follows AN in
    INFO of a row. digits uint64[10000]: four digits, the first one lowest. out needs 8 bytes more than the text.
    """
    n, members = alt.shape
    most = 2 * members
    counts = (most + 1) * (most + 2) // 2
    fields = np.empty(7, np.int64)
    latest = np.full(2 * counts, -1, np.int64)  # where the constant columns of such a line are
    k = begin
    told, sequences, blocks = begin, 0, 0
    cuts[0] = begin
    rows[0] = 0
    before = np.int64(-1)
    clean = np.full(2 * depth.max() + 2 if n > 0 else 0, -1, np.int64)  # where a cell with this depth and one allele is
    place = np.empty(members + 1, np.int64)
    source = np.empty(members + 2, np.int64)  # of the cells, the constant columns and the beginning of a line
    for i in range(n):
        starts[i] = k
        c = 2 * counts + 1 + contig[i]
        k = _piece(out, k, pieces, piece_off[c], piece_off[c + 1])
        out[k] = 9
        k = _integer(out, k + 1, np.int64(pos[i]) + 1, digits)
        out[k] = 9
        out[k + 1] = 46
        out[k + 2] = 9
        k = _copy(out, k + 3, ref_text, ref_off[i], ref_off[i + 1])
        out[k] = 9
        k = _copy(out, k + 1, alt_text, alt_off[i], alt_off[i + 1])
        out[k] = 9
        tenths = np.int64(qual[i] * 10.0 + 0.5)
        k = _integer(out, k + 1, tenths // 10, digits)
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
        constant = k
        k = _piece(out, k, pieces, piece_off[c], piece_off[c + 1])
        k = _copy(out, k, extra, extra_off[i], extra_off[i + 1])
        k = _piece(out, k, pieces, piece_off[2 * counts], piece_off[2 * counts + 1])
        for j in range(members):
            a = alt[i, j]
            place[j] = k
            copies = np.int64(ploidy[i, j])
            second = a == 2 or (a == 1 and (not phased or phase[i, j] == 1))
            _eight(out, k, genotypes[copies >> 1, a + 1, np.int64(second)])
            k += 4 if copies == 2 else 2
            source[j] = -1
            if ref_reads[i, j] == 0 or alt_reads[i, j] == 0:
                key = 2 * depth[i, j] + (alt_reads[i, j] == 0)
                source[j] = clean[key]
                clean[key] = place[j]
            fields[0] = ref_reads[i, j]
            fields[1] = alt_reads[i, j]
            fields[2] = depth[i, j]
            fields[3] = gq[i, j]
            last = 3
            if a >= 0:
                last = 5 + copies
                for g in range(3):
                    fields[4 + g] = pl[i, j, g]
            for f in range(last):
                value = fields[f]
                separator = U64(44 if f == 1 or f > 4 else 58)
                if value < 10000:
                    zeros = np.int64(value < 1000) + np.int64(value < 100) + np.int64(value < 10)
                    _eight(out, k, separator | (digits[np.uintp(value)] >> U64(8 * zeros)) << U64(8))
                    k += 5 - zeros
                else:
                    out[k] = separator
                    k = _integer(out, k + 1, value, digits)
            if a < 0:
                out[k] = 58
                out[k + 1] = 46
                out[k + 2] = 58
                out[k + 3] = 46
                k += 4
        place[members] = k
        out[k] = 10
        k += 1
        if k - cuts[blocks] > BLOCK:
            blocks += 1
            cuts[blocks] = starts[i]
            rows[blocks] = i
            sequences = _told(seq, sequences, starts[i] - told, 0, 0)
            ends[blocks - 1] = sequences
            told = starts[i]
            before = -1
        source[members + 1] = before
        source[members] = latest[c]
        latest[c] = constant
        before = starts[i]
        for j in range(-1, members + 1):  # the beginning of the line, its constant columns, the cells
            if j < 0:
                row, here, end, known, least = members + 1, starts[i], constant, 0, 3
            elif j == 0:
                row, here, end, known, least = members, constant, place[0], place[0] - constant, 3
            else:
                row, here, end, known, least = j - 1, place[j - 1], place[j], 0, 8
            from_ = source[row]
            if from_ >= cuts[blocks] and here - from_ <= BACK:
                limit = min(end - here, LONGEST)
                size = min(known, limit)
                while size + 8 <= limit and _read(out, here + size) == _read(out, from_ + size):
                    size += 8
                while size < limit and out[here + size] == out[from_ + size]:
                    size += 1
                if size >= least:
                    sequences = _told(seq, sequences, here - told, size, here - from_)
                    told = here + size
    starts[n] = k
    ends[blocks] = _told(seq, sequences, k - told, 0, 0)
    cuts[blocks + 1] = k
    return k, ends[blocks], blocks + 1
