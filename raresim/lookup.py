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
        place = _places(sites)[kept]
        if (place[1:] < place[:-1]).any():
            order = np.argsort(place, kind="stable")
            kept, place = kept[order], place[order]
        self._place, self._hash, self._row = place, variant_hashes(sites)[kept, 1], kept

    def rows(self, sites: Sites) -> NDArray[np.int64]:
        """Return the row of each of these variants, -1 where it is not there; fastest if they are sorted."""
        found = np.full(len(sites), -1, np.int64)
        place, hashes = _places(sites), variant_hashes(sites)[:, 1]
        at, todo = np.searchsorted(self._place, place), np.arange(len(sites))
        while len(todo):  # once for each of the alleles of a position
            here = at < len(self._place)
            here[here] = self._place[at[here]] == place[todo[here]]
            at, todo = at[here], todo[here]
            hit = self._hash[at] == hashes[todo]
            found[todo[hit]] = self._row[at[hit]]
            at, todo = at[~hit] + 1, todo[~hit]
        return found


def _places(sites: Sites) -> NDArray[np.int64]:
    """Return contig and position as one number."""
    return sites.contig.astype(np.int64) << 32 | sites.pos
