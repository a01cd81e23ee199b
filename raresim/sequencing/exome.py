"""A short-read exome: variable depth, uneven balance, read errors, missing and wrong calls."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from raresim.kinds import kind
from raresim.sequencing import Calls, Genotypes
from raresim.sequencing._model import ReadModel, call

MEDIAN_DEPTH = 130.0  # of het SNVs, PASS, GIAB Ashkenazi trio (real_vcf/technical_fields.tsv: 132)


@kind
class Exome:
    """A short-read exome as in the GIAB Ashkenazi trio called by GATK (PASS records).

    depth: median depth of SNVs; balance: mean share of ALT reads in a heterozygote; overdispersion: its beta-binomial
    correlation; error: wrong reads in a homozygote. Indels differ from SNVs as in that call set. docs/files.md says how
    the defaults were measured and how closely they reproduce the trio.
    """

    depth: Annotated[float, Field(gt=0.0, le=10_000.0)] = MEDIAN_DEPTH
    balance: Annotated[float, Field(ge=0.1, le=0.9)] = 0.485
    overdispersion: Annotated[float, Field(ge=0.0, le=0.1)] = 0.016
    error: Annotated[float, Field(ge=0.0, le=0.05)] = 0.0006

    def call(self, truth: Genotypes, key: int) -> Calls:
        """Call the genotypes of a family; ``key`` is the 64-bit key of the case's sequencing.

        Measured on that trio: the fourth root of SNV depth and the tenth root of indel depth are normal; log depth of
        one member against another varies by 0.0218 where Poisson alone gives 0.0139 (gamma shape 250); medians of the
        three people differ by 8%; reads with REF in homozygotes 0.06% (SNV) and 0.44% (indel). The shares of hard
        positions are set so that missing calls and Mendelian errors fall in the ranges of docs/figures.md, 1.
        """
        scale = self.depth / MEDIAN_DEPTH
        snv = ReadModel(
            centre=3.43 * scale**0.25,
            spread=0.63 * scale**0.25,
            power=4,
            shape=250.0,
            sample=0.08,
            balance=self.balance,
            rho=self.overdispersion,
            error=self.error,
            hard=0.018,
        )
        indel = ReadModel(
            centre=1.522 * scale**0.1,
            spread=0.160 * scale**0.1,
            power=10,
            shape=250.0,
            sample=0.08,
            balance=self.balance + 0.021,
            rho=7.5 * self.overdispersion,
            error=4 * self.error,
            hard=0.05,
        )
        return call(truth, key, snv, indel)
