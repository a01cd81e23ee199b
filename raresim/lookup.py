"""Which row of one table of sites is each row of another?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raresim.sequencing._model import variant_hashes
from raresim.sites import Sites


class Lookup:
    """Finds many variants in a table of sites, by 64-bit hashes of contig, position, REF and ALT.

    Two of a million variants share a hash with a probability of about 3e-8 (birthday bound n^2 / 2^65).
    """

    def __init__(self, sites: Sites, rows: NDArray[np.int64] | None = None) -> None:
        """Look up in all rows of ``sites``, or in these only."""
        kept = np.arange(len(sites)) if rows is None else rows
        hashes = variant_hashes(sites)[kept, 1]
        order = np.argsort(hashes, kind="stable")
        self._hash, self._row = hashes[order], kept[order]

    def rows(self, sites: Sites) -> NDArray[np.int64]:
        """Return the row of each of these variants, -1 where it is not there."""
        if not len(self._hash):
            return np.full(len(sites), -1, np.int64)
        hashes = variant_hashes(sites)[:, 1]
        at = np.minimum(np.searchsorted(self._hash, hashes), len(self._hash) - 1)
        return np.where(self._hash[at] == hashes, self._row[at], -1)
