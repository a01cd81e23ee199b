"""Deep sequencing without an error: every genotype is called as it is."""

from __future__ import annotations

from raresim.kinds import kind
from raresim.sequencing import Calls, Genotypes
from raresim.sequencing._model import ReadModel, call


@kind
class Perfect:
    """Deep sequencing without an error: every genotype is called as it is.

    Depth has mean 200 and is never below 100 (a heterozygote then loses its ALT call once in 1e17), balance 0.5.
    """

    def call(self, truth: Genotypes, key: int) -> Calls:
        """Call the genotypes of a family; ``key`` is the 64-bit key of the case's sequencing."""
        reads = ReadModel(
            centre=3.76, spread=0.05, power=4.0, shape=250.0, sample=0.02, balance=0.5, rho=0.0, error=0.0, least=100
        )
        return call(truth, key, reads, reads)
