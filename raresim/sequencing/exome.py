"""A short-read exome: variable depth, uneven balance, read errors, missing and wrong calls."""

from __future__ import annotations

from typing import ClassVar

from raresim.kinds import Positive, Probability, kind
from raresim.sequencing import Calls, Genotypes
from raresim.sequencing._model import ReadModel, call


@kind
class Exome:
    """A short-read exome as in the GIAB Ashkenazi trio called by GATK (PASS records).

    depth: median depth of SNVs; balance: mean share of ALT reads in a heterozygote; overdispersion: its beta-binomial
    correlation; error: wrong reads in a homozygote. Indels scale with them as in that call set.
    """

    depth: Positive = 130.0
    balance: Probability = 0.485
    overdispersion: Probability = 0.016
    error: Probability = 0.0006
    summary: ClassVar[str] = "depth, balance, GQ and errors as in GIAB Ashkenazi (GATK, PASS)"

    def call(self, truth: Genotypes, key: int) -> Calls:
        """Call the genotypes of a family; ``key`` is the 64-bit key of the case's sequencing."""
        scale = self.depth / 130.0
        snv = ReadModel(
            centre=3.42 * scale**0.25, spread=0.645 * scale**0.25, power=4.0, shape=250.0, sample=0.08,
            balance=self.balance, rho=self.overdispersion, error=self.error, hard=0.01,
        )  # fmt: skip
        indel = ReadModel(
            centre=1.530 * scale**0.1, spread=0.160 * scale**0.1, power=10.0, shape=250.0, sample=0.08,
            balance=0.506, rho=min(1.0, 7 * self.overdispersion), error=4 * self.error, hard=0.05,
        )  # fmt: skip
        return call(truth, key, snv, indel)
