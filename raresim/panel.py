"""The population: every site that a founder or the database can carry, and who carries it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raresim.sites import Sites


@dataclass(frozen=True)
class Panel:
    """A simulated population, parted into a database (frequencies only) and a cohort (founders of cases).

    sites: sorted; site s is one row. terms uint32[sites]: Sequence Ontology bits of the most severe effect
    (raresim.consequence). gene int32[sites]: the gene of that effect, -1 for none. ancestries: labels ("EUR").

    Database part: ac int32[sites, ancestries], an int32[ancestries] (haplotypes: 2 a person on autosomes and on X),
    hom int32[sites, ancestries]: people with two copies. The smallest frequency it can show is 1 / an.

    Cohort part: person p has haplotypes 2p and 2p + 1; ancestry int8[people]. Haplotype h carries ALT at the sites
    ``hap_site[hap_off[h]:hap_off[h + 1]]`` (int32, ascending). People are unsexed: on X both haplotypes are complete
    and sex decides at use. pathogenic bool[sites]: panel sites that recessive cases may use as their allele.
    """

    sites: Sites
    terms: NDArray[np.uint32]
    gene: NDArray[np.int32]
    pathogenic: NDArray[np.bool_]
    ancestries: tuple[str, ...]
    ac: NDArray[np.int32]
    an: NDArray[np.int32]
    hom: NDArray[np.int32]
    ancestry: NDArray[np.int8]
    hap_off: NDArray[np.int64]
    hap_site: NDArray[np.int32]
    digest: str

    @property
    def people(self) -> int:
        """Number of people in the cohort part."""
        return len(self.ancestry)

    def carriers(self, site: int) -> NDArray[np.int64]:
        """Return the cohort haplotypes that carry ALT at a site, ascending."""
        rows = np.flatnonzero(self.hap_site == site)
        return np.searchsorted(self.hap_off, rows, "right") - 1
