"""Bases of the synthetic genome: every draw is a hash of a contig's key and a position."""

from __future__ import annotations

import numpy as np
from numba import njit

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32, _S33 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32), np.uint64(33)
_LOW = np.uint64(0xFFFFFFFF)
_LOW31 = np.uint64(0x7FFFFFFF)
_SOFT, _HARD = 1, 2  # marks of a base: written as part of a codon; start, stop or splice site


@njit(cache=True, nogil=True)
def _mix(x):
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195)."""
    x = (x ^ (x >> _S30)) * _MIX1
    x = (x ^ (x >> _S27)) * _MIX2
    return x ^ (x >> _S31)


@njit(cache=True, nogil=True)
def noncoding(bases, first, pos, size, key, thresholds, letter):
    """Write interval i: ``size[i]`` bases from position ``pos[i]`` into ``bases[first[i]:]``.

    thresholds uint64[4]: a base is drawn by the cumulative 32-bit ones of A, C and G; of the pairs C, G the share
    given by the 31-bit fourth decays to TG or CA, one or the other, as methylated CpG does. letter: ACGT.
    """
    t_a, t_c, t_g, t_drop = thresholds[0], thresholds[1], thresholds[2], thresholds[3]
    one = np.uint64(1)
    for i in range(len(first)):
        at = key[i] + np.uint64(pos[i]) * _GOLDEN
        before = np.uint8(0)
        before_h = np.uint64(0)
        for j in range(-1, size[i] + 1):
            # the base at j is known; write the one before it, whose right neighbour it is
            h = _mix(at + (np.uint64(j + 1) - one) * _GOLDEN)
            r = h & _LOW
            base = letter[int(r >= t_a) + int(r >= t_c) + int(r >= t_g)]  # without branches: they would be mispredicted
            if before == 67 and base == 71 and ((before_h >> _S32) & _LOW31) < t_drop:
                if before_h >> np.uint64(63) == one:
                    before = np.uint8(84)
                else:
                    base = np.uint8(65)
            if j >= 1:
                bases[first[i] + j - 1] = before
            before = base
            before_h = h


@njit(cache=True, nogil=True)
def _path(g, piece_off, piece_first, piece_pos, piece_size, strand, index, place):
    """Fill base index and position of the coding bases of gene g, 5' to 3'; return how many."""
    n = 0
    if strand > 0:
        for p in range(piece_off[g], piece_off[g + 1]):
            for j in range(piece_size[p]):
                index[n] = piece_first[p] + j
                place[n] = piece_pos[p] + j
                n += 1
    else:
        for p in range(piece_off[g + 1] - 1, piece_off[g] - 1, -1):
            for j in range(piece_size[p] - 1, -1, -1):
                index[n] = piece_first[p] + j
                place[n] = piece_pos[p] + j
                n += 1
    return n


@njit(cache=True, nogil=True)
def _put(bases, mark, where, text, begin, n, strand, complement, level):
    """Write ``n`` bases of ``text`` from ``begin`` on, 5' to 3', where none as hard stands."""
    for j in range(n):
        at = where[j]
        if mark[at] < level:
            base = text[begin + j]
            bases[at] = base if strand > 0 else complement[base]
            mark[at] = level


@njit(cache=True, nogil=True)
def _fitting(bases, mark, where, strand, complement, text, usage, h):
    """Return a sense codon drawn by usage among those that keep the bases which stand already, or -1."""
    found = -1
    total = np.uint64(0)
    for turn in range(2):
        left = h % total if turn else np.uint64(0)
        for candidate in range(61):
            fits = True
            for j in range(3):
                base = text[3 * candidate + j]
                if strand < 0:
                    base = complement[base]
                fits = fits and (mark[where[j]] == 0 or bases[where[j]] == base)
            if fits and turn == 0:
                total += usage[candidate]
            elif fits and found < 0:
                if left < usage[candidate]:
                    found = candidate
                else:
                    left -= usage[candidate]
        if total == 0:
            return -1
    return found


@njit(cache=True, nogil=True)
def coding(bases, mark, genes, strand, key, piece_off, piece_first, piece_pos, piece_size,
           exon_off, exon_first, exon_size, complement, text, usage, pick, size_max):  # fmt: skip
    """Write splice sites, start and stop codons of ``genes``, then their other codons, gene by gene.

    text uint8[196]: 64 codons (ATG first, then the other sense codons, then the three stops) and GTAG; usage uint64[64]
    of the codons; pick uint64[2, 61]: cumulative 32-bit thresholds of the sense codons, after a base that is not C and
    after C. A codon that touches bases which stand already is drawn among those that keep them; if there is none, it
    is left as it is.
    """
    index = np.empty(size_max, np.int64)
    place = np.empty(size_max, np.int64)
    where = np.empty(4, np.int64)
    for level in (_HARD, _SOFT):
        for g in genes:
            n = _path(g, piece_off, piece_first, piece_pos, piece_size, strand[g], index, place)
            if level == _HARD:
                for e in range(exon_off[g], exon_off[g + 1] - 1):
                    left = exon_first[e] + exon_size[e]
                    right = exon_first[e + 1] - 1
                    for j in range(4):
                        at = left + j if j < 2 else right - 3 + j
                        where[j if strand[g] > 0 else 3 - j] = at
                    _put(bases, mark, where, text, 192, 4, strand[g], complement, level)
            before = 0
            for k in range(0, n, 3):
                if (k == 0 or k == n - 3) != (level == _HARD):
                    continue
                for j in range(3):
                    where[j] = index[k + j]
                h = _mix(key[g] + np.uint64(2 * place[k] + (strand[g] < 0)) * _GOLDEN)
                if k == 0:
                    codon = 0
                elif k == n - 3:
                    codon = 61
                    r = h % (usage[61] + usage[62] + usage[63])
                    while r >= usage[codon]:
                        r -= usage[codon]
                        codon += 1
                elif mark[where[0]] | mark[where[1]] | mark[where[2]] == 0:
                    r = h & _LOW
                    codon, far = 0, 60
                    while codon < far:
                        middle = (codon + far) >> 1
                        if r < pick[before, middle]:
                            far = middle
                        else:
                            codon = middle + 1
                else:
                    codon = _fitting(bases, mark, where, strand[g], complement, text, usage, h)
                if codon >= 0:
                    _put(bases, mark, where, text, 3 * codon, 3, strand[g], complement, level)
                before = int(bases[where[2]] == (67 if strand[g] > 0 else 71))
