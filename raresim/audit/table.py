"""The records that the audit compares, as columns: planted alleles and background records of many cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Table:
    """Records of the probands of many cases; n rows.

    case int32[n]: number of the case; planted bool[n]; place int64[n]: contig and position as one number. Strata:
    genotype (GT of proband, father, mother; allele order and phase left out, and whether the allele is new in the
    proband), kind ("snv", "ins", "del"), consequence (class of the most severe term; truncations that escape decay
    apart), ac int32[n] (copies in the database), depth int32[n] (reads of the proband). calls float32[n, *], shapes
    object[n, *] (text of cells with numbers replaced), sequence and biology float32[n, *]: the columns that
    call_features and sequence_features name.
    """

    case: NDArray[np.int32]
    planted: NDArray[np.bool_]
    place: NDArray[np.int64]
    genotype: Texts
    kind: Texts
    consequence: Texts
    ac: NDArray[np.int32]
    depth: NDArray[np.int32]
    calls: NDArray[np.float32]
    shapes: Texts
    sequence: NDArray[np.float32]
    biology: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.case)

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Table:
        """Return these rows."""
        return Table(*(getattr(self, f.name)[rows] for f in fields(self)))

    @staticmethod
    def concat(parts: Sequence[Table]) -> Table:
        """Return the rows of all parts one after the other."""
        return Table(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Table)))
