"""What the catalog says of a disease, as numbers: terms with counts, and the description by which it is compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.clinical.knowledge import terms
from raresim.phenotype._profile import rows_of

if TYPE_CHECKING:
    from raresim.catalog import Disease
    from raresim.clinical.features import Lexicon

STATED = 5  # patients that a frequency without a count is worth: a choice, as its source is one reading
DESCRIPTORS = (
    *("terms", "mean n", "largest n", "counted", "stated", "different n", "organ systems", "information", "always"),
    *("use observed", "use excluded", "never", "frequency", "nervous system", "depth", "spread of information"),
)


@dataclass(frozen=True, eq=False)
class Entry:
    """The terms of a disease that a person of one sex can have.

    rows int32[m]: observed terms, rows of the ontology, ascending; k, n float64[m]: patients with the term, of so many
    (0 where no figure is given; a share without a count is taken for 5 patients); counted bool[m]. never int32[e]:
    terms that the disease never has; never_n float64[e].
    """

    rows: NDArray[np.int32]
    k: NDArray[np.float64]
    n: NDArray[np.float64]
    counted: NDArray[np.bool_]
    never: NDArray[np.int32]
    never_n: NDArray[np.float64]

    @property
    def chance(self) -> NDArray[np.float64]:
        """float64[m]: (k + 1/2) / (n + 1), the mean under Jeffreys' prior: a 1 of 1 is not certain."""
        return (self.k + 0.5) / (self.n + 1.0)


def read(disease: Disease, female: bool) -> Entry:
    """Return the entry of a disease for a person of this sex."""
    row = ontology.load().rows
    found = [(row[term], a) for term, a in rows_of(disease, female).items()]
    seen = [(r, a) for r, a in found if not a.excluded]
    never = [(r, a) for r, a in found if a.excluded]
    n = np.array([a.n if a.n else 0 if a.frequency is None else STATED for _, a in seen], np.float64)
    share = np.array([a.k / a.n if a.n else a.frequency or 0.0 for _, a in seen], np.float64)
    return Entry(
        rows=np.array([r for r, _ in seen], np.int32),
        k=share * n,
        n=n,
        counted=np.array([a.n > 0 for _, a in seen], np.bool_),
        never=np.array([r for r, _ in never], np.int32),
        never_n=np.array([a.n for _, a in never], np.float64),
    )


def describe(entry: Entry, lexicon: Lexicon) -> NDArray[np.float64]:
    """Return float64[16], the numbers of ``DESCRIPTORS``: sizes as logarithms, shares and means as they are."""
    known, rows = terms(), entry.rows
    n, info = entry.n[entry.counted], lexicon.knowledge.information[rows]
    share = (entry.k / np.maximum(entry.n, 1))[entry.n > 0]
    systems = int(np.bitwise_or.reduce(known.branch[rows])).bit_count()
    return np.array(
        [
            np.log(len(rows)),
            np.log1p(n.mean()) if len(n) else 0.0,
            np.log1p(n.max()) if len(n) else 0.0,
            entry.counted.mean(),
            ((entry.n > 0) & ~entry.counted).mean(),
            np.log1p(len(np.unique(n))),
            np.log1p(systems),
            info.mean() / 2,
            (share >= 0.99).mean() if len(share) else 0.5,
            np.log(lexicon.observed[rows] + 0.5).mean(),
            np.log(lexicon.excluded[rows] + 0.5).mean(),
            np.log1p(len(entry.never)),
            entry.chance.mean(),
            ((known.branch[rows] & lexicon.nervous) > 0).mean(),
            known.depth[rows].mean(),
            info.std(),
        ]
    )
