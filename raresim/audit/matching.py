"""Which background records a planted allele is compared with, and how much each counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raresim.audit.sequence_features import BIOLOGY
from raresim.audit.table import Table

CONTROLS = 40  # background records for a planted allele, at most
SCARCE = 4  # strata with fewer than one background record for so many planted alleles are left out
LEAST = 5  # and those with fewer than so many background records
DEPTHS = (10, 20, 30, 40, 50, 60, 80, 100, 130, 170)  # reads of the proband, bounds of bins
COPIES = (1, 2, 3, 4, 6, 9, 13, 20, 40, 80)  # copies in the database, bounds of bins


EXONS = (90, 130, 180, 300, 1000)  # bases of the coding part of the exon, bounds of bins
CODING = (900, 1500, 2500, 5000)  # bases of the coding sequence of the gene, bounds of bins


def strata(table: Table, depth: bool = False, structure: bool = False) -> NDArray[np.int64]:
    """Return the stratum of every row: genotype, variant type, consequence, copies in the database; with ``depth`` also
    reads of the proband, with ``structure`` also lengths of exon and coding sequence."""
    columns = [
        np.unique(x.astype(str), return_inverse=True)[1] for x in (table.genotype, table.kind, table.consequence)
    ]
    columns.append(np.searchsorted(COPIES, table.ac, "right"))
    if depth:
        columns.append(np.searchsorted(DEPTHS, table.depth, "right"))
    if structure:
        for name, edges in (("exon_length", EXONS), ("CDS_length", CODING)):
            columns.append(np.searchsorted(edges, table.biology[:, BIOLOGY.index(name)], "right"))
    return np.asarray(np.unique(np.column_stack(columns), axis=0, return_inverse=True)[1].ravel(), np.int64)


def matched(
    label: NDArray[np.bool_], stratum: NDArray[np.integer], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return rows to compare and their weights: in every stratum planted (label) and background rows weigh the same.

    A planted row weighs 1. Strata with too few background rows are left out (``SCARCE``, ``LEAST``).
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    rows, weights = [np.zeros(0, np.int64)], [np.zeros(0)]
    for name in np.unique(stratum[label]):
        mine = np.flatnonzero((stratum == name) & label)
        other = np.flatnonzero((stratum == name) & ~label)
        if len(other) < max(LEAST, len(mine) / SCARCE):
            continue
        if len(other) > CONTROLS * len(mine):
            other = np.sort(rng.choice(other, CONTROLS * len(mine), replace=False))
        rows += [mine, other]
        weights += [np.ones(len(mine)), np.full(len(other), len(mine) / len(other))]
    return np.concatenate(rows), np.concatenate(weights)
