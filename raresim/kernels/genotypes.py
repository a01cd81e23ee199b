"""The GT column of a line of a VCF, for everybody at once."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def read_genotypes(line, at, people):
    """Return (alleles int16[2 * people], haploid bool[people], found, unphased, many) of a line of a VCF (ASCII).

    at: where the first sample's column begins; GT is its first field. Alleles of person p are 2p and 2p + 1, -1 where
    missing; the one allele of a haploid genotype is in both. found: columns that are there. unphased, many: the first
    person with two different alleles and "/" between them, or with more than two alleles; -1 if nobody.
    """
    alleles = np.full(2 * people, -1, np.int16)
    haploid = np.zeros(people, np.bool_)
    found, unphased, many = 0, -1, -1
    i, end = at, len(line)
    while i < end and found < people and line[i] != 10:
        number, value, slash = 0, -1, False
        if line[i] == 124 or line[i] == 47:  # the phase of the first allele, as VCF 4.4 may write it
            i += 1
        while i < end:
            c = int(line[i])
            if 48 <= c <= 57:
                value = min((0 if value < 0 else value * 10) + c - 48, 32767)  # no file has so many alleles
            elif c != 46:
                if number < 2:
                    alleles[2 * found + number] = value
                number += 1
                value = -1
                if c != 124 and c != 47:
                    break
                slash = slash or c == 47
            i += 1
        if i == end:
            if number < 2:
                alleles[2 * found + number] = value
            number += 1
        one, two = alleles[2 * found], alleles[2 * found + 1]
        if number == 1:
            haploid[found] = True
            alleles[2 * found + 1] = one
        elif number > 2:
            many = found if many < 0 else many
        elif slash and one != two and one >= 0 and two >= 0 and unphased < 0:
            unphased = found
        found += 1
        while i < end and line[i] != 9 and line[i] != 10:
            i += 1
        if i < end and line[i] == 9:
            i += 1
    return alleles, haploid, found, unphased, many
