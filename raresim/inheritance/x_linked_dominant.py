"""On X outside PAR: one copy is enough in either sex."""

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
class XLinkedDominant:
    """One copy on X is enough in either sex; a son has it from his mother or new, a daughter from either parent or new.

    penetrance: probability that a carrier other than the proband is affected. de_novo: mean share of new mutations
    among probands with both parents (0.517 of solved X-linked cases: Posey 2017, N Engl J Med 376:21).
    """

    penetrance: Probability = 1.0
    de_novo: Probability = 0.517
    mode: ClassVar[str] = "XLD"

    def female_share(self, disease_sex: str = "") -> float:
        """Return the share of females among probands: two in three (two X to one) unless the disease has one sex."""
        return {"female": 1.0, "male": 0.0}.get(disease_sex, 2 / 3)

    def draw(self, pedigree: Pedigree, rng: Generator) -> Alleles:
        """Draw the alleles of all members, given that the proband (row 0) is affected.

        An inherited allele of a daughter came from either parent alike: twice as many women as men carry it, but a man
        gives it to every daughter and a woman to one in two. Where no man lives with it, she has it from her mother.
        """
        copies = _draws.blank_x(1, pedigree)
        proband = pedigree.members[0]
        new = proband.father >= 0 and _draws.is_new(self.mode, self.de_novo, pedigree.onset, rng)
        haplotype = 1
        if proband.female:
            haplotype = _draws.new_haplotype(rng) if new else _draws.side(rng)
            if not new and not pedigree.fathers_carry:
                haplotype = 1
        copies[0, 0, haplotype] = 1
        if proband.father >= 0 and not new:
            if haplotype == 0:
                copies[0, proband.father, 1] = 1
            else:
                copies[0, proband.mother, _draws.side(rng)] = 1
        return _draws.alleles(copies)

    def risk(self, alleles: Alleles, pedigree: Pedigree) -> NDArray[np.float64]:
        """Return the probability that each member is affected."""
        return _draws.dominant_risk(alleles, self.penetrance)
