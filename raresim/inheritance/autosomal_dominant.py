"""One copy is enough; the allele is new, or came from one parent."""

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
class AutosomalDominant:
    """One copy is enough: new in the proband (less often the later the onset), or from one carrier parent.

    penetrance: probability that a carrier other than the proband is affected. de_novo: mean share of new mutations
    among probands with both parents (0.678 of solved dominant cases: Posey 2017, N Engl J Med 376:21).
    """

    penetrance: Probability = 1.0
    de_novo: Probability = 0.678
    mode: ClassVar[str] = "AD"

    def female_share(self, disease_sex: str = "") -> float:
        """Return the share of females among probands of a disease limited to this sex ("" for none)."""
        return {"female": 1.0, "male": 0.0}.get(disease_sex, 0.5)

    def draw(self, pedigree: Pedigree, rng: Generator) -> Alleles:
        """Draw the alleles of all members, given that the proband (row 0) is affected."""
        copies = _draws.blank(1, pedigree)
        proband = pedigree.members[0]
        if proband.father < 0:
            copies[0, 0, _draws.side(rng)] = 1
        elif _draws.is_new(self.mode, self.de_novo, pedigree.onset, rng):
            copies[0, 0, _draws.new_haplotype(rng)] = 1
        else:
            parent = _draws.side(rng)
            copies[0, 0, parent] = 1
            copies[0, (proband.father, proband.mother)[parent], _draws.side(rng)] = 1
        return _draws.alleles(copies)

    def risk(self, alleles: Alleles, pedigree: Pedigree) -> NDArray[np.float64]:
        """Return the probability that each member is affected."""
        return _draws.dominant_risk(alleles, self.penetrance)
