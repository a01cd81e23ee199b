"""What does the caller see? A kind turns true genotypes into calls.

A kind gives one method::

    def call(self, truth: Genotypes, key: int) -> Calls

Every draw is a hash of (key, variant, member): a call never depends on the other records of the case. Planted and
background records take the same path, and nothing of ``truth`` says which is which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from raresim.sites import Sites


@dataclass(frozen=True)
class Genotypes:
    """True genotypes of a family at its variant sites.

    sites: sorted, n rows. copies int8[n, members, 2]: 1 where that haplotype (0 paternal, 1 maternal) carries ALT, 0
    where not, -1 where the member has no such haplotype (the paternal one of a male on X outside PAR, both of a female
    on Y, the maternal one of a male there, the paternal one of mitochondrial DNA).
    """

    sites: Sites
    copies: NDArray[np.int8]


@dataclass(frozen=True)
class Calls:
    """Called genotypes; n rows, m members; never dependent on the role of a record.

    ploidy int8[n, m]: 2, 1, or 0 (the member has no such chromosome). alt int8[n, m]: number of ALT alleles in GT,
    -1 for a missing call. phase int8[n, m]: the haplotype (0 or 1) that carries ALT in a heterozygous call. depth,
    ref_reads, alt_reads int32[n, m] with depth = ref_reads + alt_reads. gq int16[n, m]; pl int16[n, m, 3] in VCF
    order (two values count where ploidy is 1); alt = argmin pl in every call. qual float64[n]; passed bool[n]: FILTER
    is PASS.
    """

    ploidy: NDArray[np.int8]
    alt: NDArray[np.int8]
    phase: NDArray[np.int8]
    depth: NDArray[np.int32]
    ref_reads: NDArray[np.int32]
    alt_reads: NDArray[np.int32]
    gq: NDArray[np.int16]
    pl: NDArray[np.int16]
    qual: NDArray[np.float64]
    passed: NDArray[np.bool_]


class SequencingKind(Protocol):
    """The contract of the family."""

    def call(self, truth: Genotypes, key: int) -> Calls:
        """Call the genotypes of a family; ``key`` is the 64-bit key of the case's sequencing."""
        ...


def __getattr__(name: str) -> Any:
    from raresim.kinds import exported

    return exported("sequencing", name)
