"""What is different about chromosomes that everybody has one of: how deep the genealogies of Y and mitochondrial DNA
are, how often they mutate, and what selection leaves in the mitochondrion."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from raresim.consequence import BIT
from raresim.inheritance._draws import PATERNAL
from raresim.mutation import RateTable
from raresim.thinning import LOSS, MISSENSE, classes

# Factor of the population sizes for Y and MT. Without selection it were a quarter (one chromosome for four), but both
# genealogies are shallower in people: background selection on what never recombines (Wilson Sayres et al. 2014,
# doi:10.1371/journal.pgen.1004064). The common ancestor of all mitochondria lived 171,500 to 238,000 years ago (Ingman
# et al. 2000, Tang et al. 2002, in Wilder et al. 2004, doi:10.1093/molbev/msh214), the one of Y chromosomes later. In
# the shipped Africans (23,721 people) the expected time is 4 x 23,721 x SIZE generations: with .06 198,000 years, as
# their generations are 1.2 of those that the mutation rates are for (``Demography.mutation_scale``); with a quarter
# 825,000. One factor for Y and MT is a choice.
SIZE = 0.06
REFERENCE = "EUR"  # whose Y and mitochondrion are the reference: GRCh38's Y and the Cambridge sequence are Europeans'
GENERATION = 29.0  # years, as in the shipped demographies (Jouganous et al. 2017)

# All mitochondrial rates and shares from two trees of human mitochondrial DNA. One synonymous change in 7,990 years in
# the whole molecule (Loogvali et al. 2009, doi:10.1371/journal.pone.0008260). Of the changes in 277 sequences (Kivisild
# et al. 2006, doi:10.1534/genetics.105.043901, table "Distribution of mtDNA mutations by recurrence") 1,037 lie at
# 4,212 sites that can change without changing the protein, 35 of 36 of them transitions, which is 16.8 transitions to
# one transversion if both were possible everywhere; 413 are at 8,812 other coding sites, 173 + 110 at 2,513 + 1,486
# sites of ribosomal and transfer RNA.
SYNONYMOUS_YEARS, SYNONYMOUS_SITES, TRANSITIONS, TI_TV = 7990.0, 4212.0, 34.8 / 35.8, 16.8
SYNONYMOUS = 1037 / 4212
MISSENSE_KEPT = 413 / 8812 / SYNONYMOUS
RNA_KEPT = (173 + 110) / (2513 + 1486) / SYNONYMOUS
# The hypervariable segments of the control region, 0-based on the Cambridge sequence (16,569 bases). Two people differ
# at 13.1 (Sierra Leone) and 7.2 to 8.4 (Europeans) of 610 of these bases (Budowle et al. 1999,
# doi:10.1016/s0379-0738(99)00042-0), where the shipped genealogies (mean times of two lineages 3,504 and 1,267
# generations) give 4.5 and 1.64 synonymous differences in as many: 2.9 and 4.8 times, 3.7 in the geometric mean. Of the
# alleles RNA_KEPT are left and are so much more frequent: in people, too, few of these bases change much.
CONTROL, LENGTH = ((16_023, 16_383), (56, 372)), 16_569
HYPERVARIABLE = 3.7
Y_RATE = 2 * PATERNAL  # every Y comes from a father: his share of new mutations, against half in an autosome


@lru_cache(1)
def rates() -> RateTable:
    """Return the mitochondrial rates a generation: transitions and transversions, the same in every context; no indels.

    That the four transitions are equally frequent is a choice, and so is that there are no indels: in coding sequence
    they shift the frame, and nobody has such an allele in all of his molecules.
    """
    transition = TRANSITIONS * GENERATION / (SYNONYMOUS_YEARS * SYNONYMOUS_SITES)
    snv = np.zeros((125, 4))
    for context in range(125):
        left, base, right = context // 25, context // 5 % 5, context % 5
        if max(left, base, right) < 4:
            snv[context] = transition / TI_TV / 2
            snv[context, base ^ 2] = transition  # A and G, C and T are two codes apart
            snv[context, base] = 0.0
    return RateTable(snv, np.zeros(2), np.ones(2), np.ones((2, 31)))


def contexts(context: NDArray[np.uint8], where: NDArray[np.integer], length: int) -> NDArray[np.uint8]:
    """Return the rows of ``by_region`` of bases of a mitochondrion of so many bases: 125 more in its hypervariable
    segments, whose places are known in one of the length of the Cambridge sequence."""
    inside = np.zeros(len(where), np.bool_)
    for start, end in CONTROL if length == LENGTH else ():
        inside |= (where >= start) & (where < end)
    return np.asarray(context + np.uint8(125) * inside, np.uint8)


@lru_cache(1)
def by_region() -> RateTable:
    """Return ``rates`` and, in 125 more rows, those of the hypervariable segments."""
    table = rates()
    snv = np.concatenate([table.snv, table.snv * HYPERVARIABLE / RNA_KEPT])
    return RateTable(snv, table.indel, table.ins_per_del, table.length)


def kept(terms: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Return the share of the sites that selection leaves, by consequence and not by frequency: of missense sites .19,
    of sites outside coding sequence (ribosomal and transfer RNA) .29, of loss of function none."""
    kind = classes(terms)
    silent = (terms & np.uint32(BIT["synonymous_variant"])) != 0
    out = np.where(silent, 1.0, RNA_KEPT)
    out[kind == MISSENSE] = MISSENSE_KEPT
    out[kind == LOSS] = 0.0
    return out
