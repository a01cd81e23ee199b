"""Rows of a cohort with a drawn call for everyone: cells from a table, told as sequences of literals and repeats."""

import numpy as np
from numba import njit

BLOCK = 65280  # bytes of text in a BGZF block, as bgzip cuts them
BACK = 32768  # bytes that DEFLATE reaches back
LONGEST = 88  # bytes of a cell: eight separators, GT of three and seven numbers of eleven at most
U, U32 = np.uint64, np.uint32


@njit(cache=True, nogil=True)
def _mix(x):
    x = (x ^ (x >> U(30))) * U(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> U(27))) * U(0x94D049BB133111EB)
    return x ^ (x >> U(31))


@njit(cache=True, nogil=True)
def draw(off, carriers, copies, women, people, template, hashes, draws, alt, ploidy, out, ac, an):
    """Draw the cell of everybody: out int32[rows, people] of rows of the table; ac and an int64[rows] are of the calls.

    The table has, for every template (position with its depth), seven genotypes (0|0, 0|1, 1|0, 1|1, 0, 1, none), each
    with so many draws (a power of two): a cell is (7 * template + genotype) * draws + draw. copies uint8[rows, 2]:
    haplotypes of a woman and of a man. hashes uint64[rows]: a key of each row. alt, ploidy int64 by cell: alleles
    called (0 where not called).
    """
    mask = U(draws - 1)
    for i in range(len(template)):
        base = 7 * draws * template[i]
        c = off[i]
        ac[i] = an[i] = 0
        for column in range(people):
            genotype = 2 * (2 - np.int64(copies[i, 0 if column < women else 1]))
            if genotype > 0:
                genotype += 2
            while c < off[i + 1] and carriers[c] >> 1 == column:
                genotype += 2 - (carriers[c] & 1) if genotype < 4 else 1
                c += 1
            cell = base + genotype * draws + np.int64(_mix(hashes[i] + U(column)) & mask)
            out[i, column] = cell
            ac[i] += alt[cell]
            an[i] += ploidy[cell]


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
def cells(numbers, crc_byte, text, bounds, crc):
    """Write tab and GT:AD:DP:GQ:PL, phased, of every row of numbers int32[cells, 10]: copies, ALT alleles
    called (-1: not called), whether the one is on the second haplotype, reads of REF and ALT, depth, GQ, three PL.

    bounds int64[cells + 1]; crc: the CRC-32 registers from 0 (crc_byte: a table of raresim.crc). text needs ``LONGEST``
    bytes a cell.
    """
    k = 0
    for i in range(len(numbers)):
        bounds[i] = k
        copies, alt = numbers[i, 0], numbers[i, 1]
        text[k] = 9
        k += 1
        for copy in range(max(1, copies)):
            if copy > 0:
                text[k] = 124
                k += 1
            has = alt == 2 or (alt == 1 and (copies == 1 or numbers[i, 2] == copy))
            text[k] = 46 if alt < 0 else 48 + np.int64(has)
            k += 1
        for field in range(3, 6 if alt < 0 else 8 + copies):
            text[k] = 44 if field == 4 or field > 7 else 58
            k = _integer(text, k + 1, np.int64(numbers[i, field]))
        if alt < 0:
            for byte in (58, 46, 58, 46):
                text[k] = byte
                k += 1
        register = U32(0)
        for j in range(bounds[i], k):
            register = crc_byte[(register ^ U32(text[j])) & U32(255)] ^ (register >> U32(8))
        crc[i] = register
    bounds[len(numbers)] = k


@njit(cache=True, nogil=True)
def rows(
    pre, pre_off, cells, text, text_off, crc_cell, crc_byte, crc_low, literals, seq, ends, sizes, crcs, block, inside
):
    """Describe rows as raresim.kernels.deflate wants them; return (literals, sequences, blocks).

    A row is ``pre[pre_off[i]:pre_off[i + 1]]``, the cells ``text[text_off[c]:text_off[c + 1]]`` (4 to 255 bytes) of
    cells[i], and a line end. crc_cell: their CRC registers from 0; crc_byte and crc_low: tables of raresim.crc.
    """
    used, told, since, blocks = 0, 0, 0, 0
    pos, origin = 0, 0
    crc = U32(0xFFFFFFFF)
    latest = np.full(len(crc_cell), -1, np.int64)
    for i in range(len(cells)):
        for part in range(cells.shape[1] + 2):
            cell = cells[i, part - 1] if 0 < part <= cells.shape[1] else -1
            lo, hi = pre_off[i], pre_off[i + 1]
            if cell >= 0:
                lo, hi = text_off[cell], text_off[cell + 1]
            elif part > 0:
                lo, hi = 0, 1
            if pos - origin + min(hi - lo, 512) > BLOCK:
                told, since = _close(seq, told, since, ends, sizes, crcs, blocks, pos - origin, crc), 0
                blocks, origin, crc = blocks + 1, pos, U32(0xFFFFFFFF)
            if cell < 0:
                if part == 0:
                    block[i], inside[i] = blocks, pos - origin
                for j in range(lo, hi):
                    if pos - origin == BLOCK:
                        told, since = _close(seq, told, since, ends, sizes, crcs, blocks, BLOCK, crc), 0
                        blocks, origin, crc = blocks + 1, pos, U32(0xFFFFFFFF)
                    byte = pre[j] if part == 0 else 10
                    literals[used] = byte
                    used += 1
                    since += 1
                    crc = crc_byte[(crc ^ U32(byte)) & U32(255)] ^ (crc >> U32(8))
                    pos += 1
                continue
            size = hi - lo
            if latest[cell] >= origin and pos - latest[cell] <= BACK:
                seq[told, 0] = since
                seq[told, 1] = 0
                seq[told, 2] = size
                seq[told, 3] = pos - latest[cell]
                told += 1
                since = 0
            else:
                for j in range(lo, hi):
                    literals[used] = text[j]
                    used += 1
                since += size
            latest[cell] = pos
            pos += size
            crc = (
                crc_low[size, 0, crc & 255]
                ^ crc_low[size, 1, crc >> 8 & 255]
                ^ crc_low[size, 2, crc >> 16 & 255]
                ^ crc_low[size, 3, crc >> 24]
                ^ crc_cell[cell]
            )
    told = _close(seq, told, since, ends, sizes, crcs, blocks, pos - origin, crc)
    return used, told, blocks + 1


@njit(cache=True, nogil=True)
def _close(seq, told, since, ends, sizes, crcs, blocks, size, crc):
    seq[told, 0] = since
    seq[told, 1] = 0
    seq[told, 2] = 0
    seq[told, 3] = 0
    ends[blocks] = told + 1
    sizes[blocks] = size
    crcs[blocks] = np.int64(crc) ^ 0xFFFFFFFF
    return told + 1
