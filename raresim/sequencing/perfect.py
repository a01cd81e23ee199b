"""Deep sequencing without an error: every genotype is called as it is."""

from __future__ import annotations

from raresim.kinds import kind
from raresim.sequencing import Calls, Genotypes
from raresim.sequencing._model import ReadModel, call


@kind
class Perfect:
    """Deep sequencing without an error: every genotype is called as it is.

    Mean depth 240, half of it on a single chromosome, never below 60; balance 0.5. A heterozygote has 120 reads or more
    and would need less than a tenth of them with ALT to be called homozygous: once in 1e20.
    """

    def call(self, truth: Genotypes, key: int) -> Calls:
        """Call the genotypes of a family; ``key`` is the 64-bit key of the case's sequencing."""
        reads = ReadModel(
            centre=3.936, spread=0.05, power=4, shape=250.0, sample=0.02, balance=0.5, rho=0.0, error=0.0, least=60
        )
        return call(truth, key, reads, reads)
