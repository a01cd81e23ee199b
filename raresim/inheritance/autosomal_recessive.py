"""Both copies are hit: compound heterozygous in trans, or homozygous on one segment that both parents inherited."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from raresim.inheritance import Alleles, _draws
from raresim.kinds import Probability, kind
from raresim.pedigree import Pedigree

if TYPE_CHECKING:
    from numpy.random import Generator


@kind
class AutosomalRecessive:
    """Both copies are hit; the parents are carriers.

    homozygous: share of probands with one allele twice, on a founder segment shared by the parents; the others are
    compound heterozygous in trans. 67% of published cases are homozygous, 31% compound heterozygous
    (phenopacket-store, 2,454 recessive packets), but many of them have related parents. In outbred cohorts compound
    heterozygotes dominate; no cohort counted here says by how much, so 0.3 is a choice. A new second hit (about one in
    a hundred) is not drawn.
    """

    homozygous: Probability = 0.3
    mode: ClassVar[str] = "AR"

    def female_share(self, disease_sex: str = "") -> float:
        """Return the share of females among probands of a disease limited to this sex ("" for none)."""
        return {"female": 1.0, "male": 0.0}.get(disease_sex, 0.5)

    def draw(self, pedigree: Pedigree, rng: Generator) -> Alleles:
        """Draw the alleles of all members, given that the proband (row 0) is affected."""
        if rng.random() < self.homozygous:
            copies = _draws.blank(1, pedigree)
            loci = (0, 0)
        else:
            copies = _draws.blank(2, pedigree)
            first = _draws.side(rng)
            loci = (first, 1 - first)
        proband = pedigree.members[0]
        for haplotype, (locus, parent) in enumerate(zip(loci, (proband.father, proband.mother), strict=True)):
            copies[locus, 0, haplotype] = 1
            if parent >= 0:
                copies[locus, parent, _draws.side(rng)] = 1
        return _draws.alleles(copies)

    def risk(self, alleles: Alleles, pedigree: Pedigree) -> NDArray[np.float64]:
        """Return 1 for members with both haplotypes hit, 0 for the others."""
        return _draws.recessive_risk(alleles)
