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

# The share of new mutations falls with the age of onset. At the balance of mutation and selection the share of new
# mutants among affected people equals the loss of offspring (Haldane 1935, J Genet 31:317; 1949), and a disease that
# begins at age t can only cost the children born after t. That law, s(1 - F(t)) with F the ages of parents at a birth
# (pedigree.trio), falls from s to 0 around the thirties. LATE and SLOPE make it a logistic curve, which leaves a
# setting of 0 or 1 untouched.
SLOPE = 0.08  # log-odds a year
LATE = 1.45  # log-odds above the setting for an onset at birth: the mean over the catalog's dominants is the setting


def new_share(setting: float, onset: float) -> float:
    """Return the share of new mutations among probands with this age of onset (years), given the mean share."""
    if setting in (0.0, 1.0):
        return setting
    log_odds = math.log(setting / (1.0 - setting)) + LATE - SLOPE * onset
    return 1.0 / (1.0 + math.exp(-log_odds))


def is_new(setting: float, onset: float, rng: Generator) -> bool:
    """Draw whether the allele of a proband is new."""
    return bool(rng.random() < new_share(setting, onset))


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
