"""Which row of one table of sites is each row of another?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raresim.sites import Sites


class Lookup:
    """Finds many variants in a table of sites, by contig, position, REF and ALT."""

    def __init__(self, sites: Sites, rows: NDArray[np.int64] | None = None) -> None:
        """Look up in all rows of ``sites``, or in these only."""
        kept = np.arange(len(sites)) if rows is None else rows
        place = _places(sites)[kept]
        if (place[1:] < place[:-1]).any():
            order = np.argsort(place, kind="stable")
            kept, place = kept[order], place[order]
        self._place, self._row, self._sites = place, kept, sites

    def rows(self, sites: Sites) -> NDArray[np.int64]:
        """Return the row of each of these variants, -1 where it is not there; fastest if they are sorted."""
        from raresim.kernels.rows import find

        s = self._sites
        found: NDArray[np.int64] = find(
            *(self._place, self._row, s.ref_off, s.ref_text, s.alt_off, s.alt_text),
            *(_places(sites), sites.ref_off, sites.ref_text, sites.alt_off, sites.alt_text),
        )
        return found


def _places(sites: Sites) -> NDArray[np.int64]:
    """Return contig and position as one number."""
    return sites.contig.astype(np.int64) << 32 | sites.pos
