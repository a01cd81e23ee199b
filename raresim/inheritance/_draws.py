"""What the modes of inheritance share: the share of new mutations, who transmits, penetrance of carriers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.inheritance import Alleles
from raresim.pedigree import Pedigree

if TYPE_CHECKING:
    from numpy.random import Generator

# Share of phased de novo variants that arose in the father: about 80% (Jonsson 2017, Nature 549:519; range 75 to 82%).
PATERNAL = 0.8

# The share of new mutations falls with the age of onset. Where mutation and selection balance, the share of new mutants
# among affected people equals the loss of offspring (Haldane 1935, J Genet 31:317), and a disease that begins at age t
# can only cost the children born later: share(t) = s (1 - F(t)), F the ages of parents at a birth (pedigree.trio:
# normal, mean of mothers and fathers). LATER is the mean of 1 - F over the onsets of the drawable diseases of the
# catalog with this mode (HPO annotations 2025-01-16; tests/test_inheritance.py), so that SHARE, the share among solved
# cases, is the mean over the catalog: 67.8% of dominant and 51.7% of X-linked ones (Posey 2017, N Engl J Med 376:21); a
# third for X-linked recessive diseases, as for one that leaves affected males no children (Haldane 1935). Another
# setting moves the curve by its difference in log-odds, so that 0 and 1 mean never and always.
SHARE = {"AD": 0.678, "XLD": 0.517, "XLR": 1 / 3}
LATER = {"AD": 0.867, "XLD": 0.965, "XLR": 0.953}
PARENT_MEAN, PARENT_SD = 31.75, 6.5


def born_later(onset: float) -> float:
    """Return the share of a person's children who are born after an age in years."""
    return 0.5 * math.erfc((onset - PARENT_MEAN) / (PARENT_SD * math.sqrt(2.0)))


def new_share(mode: str, setting: float, onset: float) -> float:
    """Return the share of new mutations among probands with this age of onset (years), given the mean share."""
    if setting in (0.0, 1.0):
        return setting
    usual = max(SHARE[mode] / LATER[mode] * born_later(onset), 1e-12)
    odds = usual / (1.0 - usual) * (setting / (1.0 - setting)) / (SHARE[mode] / (1.0 - SHARE[mode]))
    return odds / (1.0 + odds)


def is_new(mode: str, setting: float, onset: float, rng: Generator) -> bool:
    """Draw whether the allele of a proband is new."""
    return bool(rng.random() < new_share(mode, setting, onset))


def new_haplotype(rng: Generator) -> int:
    """Draw the haplotype on which a new autosomal mutation arose: 0 paternal, 1 maternal."""
    return int(rng.random() >= PATERNAL)


def side(rng: Generator) -> int:
    """Draw one of two haplotypes, or one of two parents, with equal chances."""
    return int(rng.integers(2))


def blank(loci: int, pedigree: Pedigree) -> NDArray[np.int8]:
    """Return copies of nobody carrying anything."""
    return np.zeros((loci, len(pedigree.members), 2), np.int8)


def blank_x(loci: int, pedigree: Pedigree) -> NDArray[np.int8]:
    """Return copies of nobody carrying anything on X outside PAR: males have no paternal haplotype (-1)."""
    copies = blank(loci, pedigree)
    copies[:, [i for i, m in enumerate(pedigree.members) if not m.female], 0] = -1
    return copies


def alleles(copies: NDArray[np.int8]) -> Alleles:
    """Return alleles in all cells of their carriers."""
    return Alleles(copies, np.ones(copies.shape))


def dominant_risk(alleles: Alleles, penetrance: float) -> NDArray[np.float64]:
    """Return the penetrance for every member with at least one copy, 0 for the others."""
    return np.asarray(penetrance * (alleles.copies == 1).any(axis=(0, 2)))


def recessive_risk(alleles: Alleles) -> NDArray[np.float64]:
    """Return 1 for every member of whom each haplotype that exists carries an allele, 0 for the others."""
    there = (alleles.copies >= 0).any(axis=0)
    hit = (alleles.copies == 1).any(axis=0)
    return np.asarray((hit | ~there).all(axis=1) & hit.any(axis=1), np.float64)
