"""Sequence Ontology terms of alleles on transcripts.

Inside a gene everything is in transcript orientation. Offsets called t count bases of the spliced transcript, c those
of the coding sequence (0 = first base of the start codon; negative in the 5' UTR).
"""

from __future__ import annotations

import numpy as np
from numba import njit

# Bits of raresim.consequence.TERMS.
ACCEPTOR, DONOR, STOP_GAINED, FRAMESHIFT, STOP_LOST, START_LOST = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5
INS, DEL, MISSENSE, ALTERING, REGION, START_KEPT, STOP_KEPT = 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12
SYNONYMOUS, CODING, UTR5, UTR3, INTRON = 1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 17
START, STOP, UNKNOWN = 77, 42, 88  # "M", "*", "X"


@njit(cache=True, nogil=True, error_model="numpy")
def _digit(base):
    if base == 84:
        return 0
    if base == 67:
        return 1
    if base == 65:
        return 2
    if base == 71:
        return 3
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def _find(values, lo, hi, value):
    """First row in lo..hi with values[row] > value."""
    while lo < hi:
        mid = (lo + hi) // 2
        if values[mid] <= value:
            lo = mid + 1
        else:
            hi = mid
    return lo


@njit(cache=True, nogil=True, error_model="numpy")
def _codons(begin, count, at, cut, new, new_len, gene, exon_cum, exon_at, bases):
    """Numbers (0..63, 64 where a base is not known) of codons, after the bases at..at + cut are replaced by the new.

    begin: coding offset of the first codon, in the changed sequence.
    """
    first, last, total, c0, n, forward, code = gene
    out = np.zeros(count, np.int64)
    for j in range(3 * count):
        c = begin + j
        digit = -1
        if at <= c < at + new_len:
            digit = _digit(new[c - at])
        else:
            t = c0 + (c if c < at else c - new_len + cut)
            if code == 1 and c0 + n <= t:
                digit = 2  # the poly(A) tail completes a mitochondrial stop codon
            elif 0 <= t < total:
                f = t if forward else total - 1 - t
                row = _find(exon_cum, first, last, f) - 1
                if exon_at[row] >= 0:
                    digit = _digit(bases[exon_at[row] + f - exon_cum[row]])
                    if digit >= 0 and not forward:
                        digit ^= 2  # T and A, C and G
        k = j // 3
        out[k] = 4 * out[k] + digit if digit >= 0 and out[k] < 64 else 64
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _coding(at, cut, new, new_len, gene, exon_cum, exon_at, bases, tables):
    """Terms of a change of the coding sequence: bases at..at + cut (at may be negative) replaced by the new ones.

    tables: amino acids of the 64 codons and X, and M for those that may start a protein.
    """
    n = gene[4]
    whole = (n + 2) // 3 * 3
    stop, end, shift = whole - 3, at + cut, new_len - cut
    first = max(at, 0) // 3 * 3
    last = min((end + 2) // 3 * 3, whole)
    old_n = (last - first) // 3
    new_n = old_n + 1 if shift % 3 else old_n + shift // 3
    none = np.int64(0)
    codons = _codons(first, old_n, none, none, new, none, gene, exon_cum, exon_at, bases)
    at_start = at < 3 and end > 0 and (cut > 0 or at > 0) and tables[1, codons[0]] == START
    terms = 0
    begin = shift if at_start and end <= 3 else first
    changed = _codons(begin, max(new_n, old_n), at, cut, new, new_len, gene, exon_cum, exon_at, bases)
    if at_start:
        if (shift != 0 and end > 3) or tables[1, changed[0]] != START:
            return START_LOST
        terms |= START_KEPT
        if end <= 3:
            return terms
    old, mut = np.empty(old_n, np.uint8), np.empty(len(changed), np.uint8)
    for k in range(old_n):
        old[k] = tables[0, codons[k]]
    for k in range(len(changed)):
        mut[k] = tables[0, changed[k]]
    at_stop = last == whole and old_n > 0 and old[old_n - 1] == STOP and end > stop and (cut > 0 or at > stop)
    if shift == 0:
        return terms | _substituted(old, mut, first, stop)
    if at_stop:
        alike = True
        for k in range(old_n):
            alike = alike and old[k] == mut[k] and old[k] != UNKNOWN
        if alike:
            return terms | STOP_KEPT
        if end > n:
            return terms | STOP_LOST
    if shift % 3:
        return terms | FRAMESHIFT | (STOP_LOST if at_stop else 0)
    return terms | _inframe(old, mut, new_n, new_len == 0, at_stop)


@njit(cache=True, nogil=True, error_model="numpy")
def _substituted(old, mut, first, stop):
    """Terms of a change that keeps the length, told by the amino acids before and after."""
    terms = 0
    for k in range(len(old)):
        if old[k] == UNKNOWN or mut[k] == UNKNOWN:
            terms |= CODING
        elif old[k] == STOP and first + 3 * k == stop:
            terms |= STOP_KEPT if mut[k] == STOP else STOP_LOST
        elif mut[k] == STOP and old[k] != STOP:
            terms |= STOP_GAINED
            break
        elif old[k] != mut[k]:
            terms |= MISSENSE
    if terms & (STOP_GAINED | STOP_LOST):
        terms &= ~MISSENSE
    return terms if terms else SYNONYMOUS


@njit(cache=True, nogil=True, error_model="numpy")
def _inframe(old, mut, new_n, deletion, at_stop):
    """Terms of a change whose length is a multiple of 3, told by the amino acids before and after."""
    terms, gained, old_n = 0, False, len(old)
    for k in range(new_n):
        if mut[k] == UNKNOWN:
            return CODING
        gained = gained or mut[k] == STOP
    if at_stop:
        terms |= STOP_KEPT if gained else STOP_LOST
    elif gained:
        terms |= STOP_GAINED
    if deletion:
        return terms | DEL
    short = old_n if old_n < new_n else new_n
    head = tail = 0
    while head < short and old[head] == mut[head]:
        head += 1
    while tail < short - head and old[old_n - 1 - tail] == mut[new_n - 1 - tail]:
        tail += 1
    if head + tail == old_n:
        return terms | INS
    return terms | (DEL if head + tail == new_n else ALTERING)


@njit(cache=True, nogil=True, error_model="numpy")
def _intron(lo, hi, s, e, forward):
    """Terms of the change s..e in the intron lo..hi; s == e is an insertion before s."""
    terms = 0
    left, right = (DONOR, ACCEPTOR) if forward else (ACCEPTOR, DONOR)
    if s == e:
        d, u = s - lo, hi - s
        if d <= 0 or u <= 0:
            return 0
        terms |= left if d == 1 else 0
        terms |= right if u == 1 else 0
        terms |= REGION if 2 <= d <= 7 or 2 <= u <= 7 else 0
        return terms | (INTRON if d >= 2 and u >= 2 else 0)
    if s >= hi or e <= lo:
        return 0
    terms |= left if s < lo + 2 else 0
    terms |= right if e > hi - 2 else 0
    terms |= REGION if (s < lo + 8 and e > lo + 2) or (e > hi - 8 and s < hi - 2) else 0
    return terms | (INTRON if e > lo + 2 and s < hi - 2 else 0)


@njit(cache=True, nogil=True, error_model="numpy")
def _room(s, e, text, off, size, right, lo, hi, at, bases):
    """Bases that an insertion or deletion can move right (or left) inside the exon lo..hi without a change.

    Inserted or deleted: text[off : off + size]; at: where the bases of the exon begin, -1 where not held.
    """
    moved = np.int64(0)
    while at >= 0 and (e + moved < hi if right else s - moved > lo):
        place = e + moved if right else s - moved - 1
        if bases[at + place - lo] != text[off + (moved % size if right else size - 1 - moved % size)]:
            break
        moved += 1
    return moved


@njit(cache=True, nogil=True, error_model="numpy")
def _oriented(text, off, size, turn, forward):
    """The bases text[off : off + size] rotated by ``turn`` in genome order, in transcript orientation."""
    out = np.empty(size, np.uint8)
    for k in range(size):
        base = text[off + (k + turn) % size]
        if forward:
            out[k] = base
        else:
            out[size - 1 - k] = 65 if base == 84 else 84 if base == 65 else 67 if base == 71 else 71
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _terms(
    s, e, ref, ro, alt, ao, na, gene, cds_start, cds_end, exon_start, exon_end, exon_cum, exon_at, bases, tables
):
    """Terms of the bases s..e of the genome (ref[ro : ro + e - s]) replaced by alt[ao : ao + na], trimmed."""
    first, last, total, c0, _, forward, _ = gene
    terms, coding, whole, turn = 0, False, np.int64(-1), np.int64(0)
    row = max(_find(exon_end, first, last, s - 1) - 1, first)
    while row < last and exon_start[row] <= e:
        xs, xe = exon_start[row], exon_end[row]
        inner_l, inner_r = row > first, row + 1 < last
        if inner_r:
            terms |= _intron(xe, exon_start[row + 1], s, e, forward)
        lo, hi = max(s, xs), min(e, xe)
        # an insertion between exon and intron counts as exonic: it leaves both splice sites whole
        hit = lo < hi or (s == e and (xs < s < xe or (s == xs and inner_l) or (s == xe and inner_r)))
        if hit:
            if (inner_l and lo < xs + 3) or (inner_r and hi > xe - 3):
                terms |= REGION
            u, v = lo, hi
            outside = False
            if xs <= s and e <= xe:
                whole = row
                if s == e or na == 0:
                    text, off, size = (alt, ao, na) if s == e else (ref, ro, e - s)
                    turn = _room(s, e, text, off, size, forward, xs, xe, exon_at[row], bases)
                    back = _room(s, e, text, off, size, not forward, xs, xe, exon_at[row], bases)
                    outside = e - back <= cds_start if forward else s + back >= cds_end
                    turn = turn if forward else -turn
                u, v = s + turn, e + turn
            inside = cds_start < u < cds_end if u == v else u < cds_end and v > cds_start
            if u < cds_start or (u == v and u == cds_start) or (inside and outside and forward):
                terms |= UTR5 if forward else UTR3
            if v > cds_end or (u == v and v == cds_end) or (inside and outside and not forward):
                terms |= UTR3 if forward else UTR5
            if inside and outside:  # equal places lie in the 5' UTR: the coding sequence is whole
                near = u < cds_start + 3 if forward else v > cds_end - 3
                terms |= START_KEPT if near else 0
            else:
                coding = coding or inside
        row += 1
    if coding and whole >= 0:
        f = exon_cum[whole] + s + turn - exon_start[whole]
        at = f if forward else total - f - (e - s)
        new = _oriented(alt, ao, na, turn, forward)
        terms |= _coding(at - c0, e - s, new, na, gene, exon_cum, exon_at, bases, tables)
    elif coding:
        terms |= CODING
        if s < cds_start + 3 and e > cds_start:
            terms |= START_LOST if forward else STOP_LOST
        if e > cds_end - 3 and s < cds_end:
            terms |= STOP_LOST if forward else START_LOST
    if terms & (DONOR | ACCEPTOR):
        terms &= ~REGION
    return terms


@njit(cache=True, nogil=True, error_model="numpy")
def overlaps(contig, begin, end, gene_first, gene_start, gene_reach, gene_end):
    """Return the pairs (variant, gene) whose intervals overlap: rows int32[m], genes int32[m], sorted.

    gene_first int64[contigs + 1]: genes by contig; gene_reach: running maximum of gene_end on a contig.
    """
    m = 0
    for fill in range(2):
        rows, genes = np.empty(m, np.int32), np.empty(m, np.int32)
        m = 0
        for i in range(len(begin)):
            first, last = gene_first[contig[i]], gene_first[contig[i] + 1]
            for g in range(_find(gene_reach, first, last, begin[i]), _find(gene_start, first, last, end[i] - 1)):
                if gene_end[g] > begin[i]:
                    if fill:
                        rows[m], genes[m] = i, g
                    m += 1
    return rows, genes


@njit(cache=True, nogil=True, error_model="numpy")
def terms_of(
    rows, genes, pos, ref_off, ref_text, alt_off, alt_text,
    strand, cds_start, cds_end, code, cds_first, cds_size, exon_off, exon_start, exon_end, exon_cum, exon_at,
    bases, tables,
):  # fmt: skip
    """Return the terms uint32[m] of the pairs (variant, gene), 0 where the variant is outside the transcript.

    cds_first, cds_size: transcript offset and length of the coding sequence; exon_cum: exonic bases of the transcript
    left of the exon on the genome; exon_at: where its bases begin, -1 where they are not held; tables uint8[2, 2, 65]:
    amino acids and start codons of the genetic codes, codons in order of T, C, A, G, then an unknown codon.
    """
    out = np.zeros(len(rows), np.uint32)
    for i in range(len(rows)):
        v, g = rows[i], genes[i]
        ro, ao, s = ref_off[v], alt_off[v], np.int64(pos[v])
        nr, na = ref_off[v + 1] - ro, alt_off[v + 1] - ao
        while nr > 0 and na > 0 and ref_text[ro + nr - 1] == alt_text[ao + na - 1]:
            nr, na = nr - 1, na - 1
        while nr > 0 and na > 0 and ref_text[ro] == alt_text[ao]:
            ro, ao, nr, na, s = ro + 1, ao + 1, nr - 1, na - 1, s + 1
        e = s + nr
        first, last = exon_off[g], exon_off[g + 1]
        start, end = exon_start[first], exon_end[last - 1]
        if s < end and e > start and (s < e or s > start):
            total = exon_cum[last - 1] + end - exon_start[last - 1]
            gene = (first, last, total, cds_first[g], cds_size[g], strand[g] > 0, code[g])
            out[i] = _terms(
                s, e, ref_text, ro, alt_text, ao, na, gene, cds_start[g], cds_end[g],
                exon_start, exon_end, exon_cum, exon_at, bases, tables[code[g]],
            )  # fmt: skip
    return out
