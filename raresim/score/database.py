"""The population database that tools filter on: allele counts of ``panel/sites.vcf.gz``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim.lookup import Lookup
from raresim.score import vcf_columns
from raresim.sites import Sites


@dataclass(frozen=True, eq=False)
class Database:
    """Allele counts: known finds the row of an allele, ac and an int32[n] are its counts; size: the largest AN."""

    known: Lookup
    ac: NDArray[np.int32]
    an: NDArray[np.int32]
    size: int

    def counts(self, sites: Sites) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return AC and AN of each site; 0 and ``size`` where the database does not have it."""
        rows = self.known.rows(sites)
        if not len(self.ac):
            return np.zeros(len(sites), np.int32), np.full(len(sites), self.size, np.int32)
        return np.where(rows >= 0, self.ac[rows], 0), np.where(rows >= 0, self.an[rows], self.size)


def read(path: Path, contigs: Mapping[str, int]) -> Database:
    """Read a sites VCF with AC and AN in INFO; contigs: row of a contig by name."""
    text = vcf_columns.read(path)
    found = vcf_columns.alleles(text, contigs)
    ac, an = vcf_columns.info(text, "AC")[found.row], vcf_columns.info(text, "AN")[found.row]
    size = int(an.max(initial=0))
    return Database(Lookup(found.sites), np.maximum(ac, 0).astype(np.int32), an.astype(np.int32), size)
