"""Which alleles do the members carry, and who is affected?

A kind gives the whole draw and the penetrance::

    mode: ClassVar[str]                                   # "AD", "AR", "XLD", "XLR"
    def draw(self, pedigree: Pedigree, rng: Generator) -> Alleles
    def risk(self, alleles: Alleles, pedigree: Pedigree) -> NDArray[float64]

``draw`` answers given that the proband is affected. A copy of a child that no parent carries is de novo. An allele
carried by two or more founder haplotypes stands on one shared founder segment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from raresim.pedigree import Pedigree

if TYPE_CHECKING:
    from numpy.random import Generator


@dataclass(frozen=True)
class Alleles:
    """Causal alleles: copies int8[locus, member, 2]; haplotype 0 is the paternal one, 1 the maternal one.

    1 carries the allele, 0 does not, -1: the member has no such haplotype there (the paternal one of a male on X). In
    founders the two haplotypes are told apart only by number. fraction float64[locus, member, 2]: share of cells or
    molecules, 1 unless mosaic or heteroplasmic. All loci lie in the gene of the disease.
    """

    copies: NDArray[np.int8]
    fraction: NDArray[np.float64]


class InheritanceKind(Protocol):
    """The contract of the family."""

    mode: ClassVar[str]

    def draw(self, pedigree: Pedigree, rng: Generator) -> Alleles:
        """Draw the alleles of all members, given that the proband is affected."""
        ...

    def risk(self, alleles: Alleles, pedigree: Pedigree) -> NDArray[np.float64]:
        """Return the probability that each member is affected, given alleles, sex and age."""
        ...


def __getattr__(name: str) -> Any:
    from raresim.kinds import exported

    return exported("inheritance", name)
