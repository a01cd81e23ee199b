"""On X outside PAR: males with the allele are affected, females only with two copies."""

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
class XLinkedRecessive:
    """A male with the allele on his X is affected; a female only with two copies.

    Probands are male unless the disease is limited to females (then homozygous: an affected father, a carrier mother,
    one shared founder segment). de_novo: mean share of new mutations among male probands; a third of the affected
    males of a disease that leaves them no children are new (Haldane 1935, J Genet 31:317), and fewer the later it
    begins.
    """

    de_novo: Probability = 1 / 3
    mode: ClassVar[str] = "XLR"

    def female_share(self, disease_sex: str = "") -> float:
        """Return the share of females among probands of a disease limited to this sex ("" for none)."""
        return float(disease_sex == "female")

    def draw(self, pedigree: Pedigree, rng: Generator) -> Alleles:
        """Draw the alleles of all members, given that the proband (row 0) is affected."""
        copies = _draws.blank_x(1, pedigree)
        proband = pedigree.members[0]
        copies[0, 0, 1] = 1
        if proband.female:
            copies[0, 0, 0] = 1
        if proband.father < 0:
            return _draws.alleles(copies)
        if proband.female:
            copies[0, proband.father, 1] = 1
        if proband.female or not _draws.is_new(self.mode, self.de_novo, pedigree.onset, rng):
            copies[0, proband.mother, _draws.side(rng)] = 1
        return _draws.alleles(copies)

    def risk(self, alleles: Alleles, pedigree: Pedigree) -> NDArray[np.float64]:
        """Return 1 for members without an intact copy, 0 for the others."""
        return _draws.recessive_risk(alleles)
