"""The knowledge base of an evaluation as matrices: what is written of each disease, without held-out publications."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism.space import Space

if TYPE_CHECKING:
    from raresim.catalog import Annotation, Catalog

PRIOR = 0.5  # of a term without a figure: the mean of the counted terms (docs/catalog.md)


@dataclass(frozen=True, eq=False)
class Entries:
    """Diseases with at least one observed term; "a disease" is a row of these.

    ids: all ids of each disease, the primary one first. The terms of disease d, ascending rows of the space, are
    ``terms[off[d]:off[d + 1]]``, with their frequencies (NaN where the source gives none).
    """

    space: Space
    ids: list[tuple[str, ...]]
    off: NDArray[np.int64]
    terms: NDArray[np.int32]
    frequency: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row by any of the ids."""
        return {code: row for row, codes in enumerate(self.ids) for code in codes}

    def of(self, row: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the terms of a disease and their frequencies."""
        at = slice(int(self.off[row]), int(self.off[row + 1]))
        return self.terms[at], self.frequency[at]

    @cached_property
    def listed(self) -> Any:
        """Sparse float32[diseases, n]: 1 where the disease is annotated with the term."""
        return self._matrix(np.ones(len(self.terms), np.float32))

    @cached_property
    def known(self) -> Any:
        """Sparse float64[diseases, n]: frequency + 1 of annotated terms; NaN where none is given."""
        return self._matrix(self.frequency + 1)

    @cached_property
    def closed(self) -> Any:
        """Sparse float32[diseases, n]: 1 where the disease is annotated with the term or one below it."""
        out = (self.listed @ self.space.above).tocsr()
        out.data[:] = 1
        return out

    def _matrix(self, values: NDArray[Any]) -> Any:
        from scipy import sparse

        return sparse.csr_matrix((values, self.terms, self.off), shape=(len(self), len(self.space)))

    def information(self) -> NDArray[np.float64]:
        """Return float64[n]: -ln(diseases with the term or one below it / diseases); for terms of no disease as if half
        a disease had it; 0 for the root (Resnik 1995; over diseases: Koehler et al. 2009, Am J Hum Genet 85:457)."""
        count = np.asarray(self.closed.sum(axis=0)).ravel()
        out = -np.log(np.maximum(count, 0.5) / max(len(self), 1))
        out[self.space.root] = 0.0
        return np.asarray(out, np.float64)


def of_catalog(catalog: Catalog, space: Space, without: Collection[str] = ()) -> Entries:
    """Return the OMIM entries of a catalog as if these publications had never been read.

    Orphanet's rows are left out: they name no publications, so what they took from held-out ones cannot be taken from
    them. Rows of one term for several sexes are pooled: counts are added up and win over shares, shares are averaged.
    """
    databases = {name for name in catalog.publications if name.startswith("ORPHA:")}
    ids, off = [], [0]
    terms: list[int] = []
    frequencies: list[float] = []
    for disease in catalog.without({*without, *databases}):
        found = _pooled(disease.annotations, space)
        if found and disease.id.startswith("OMIM:"):
            ids.append(disease.ids)
            terms += found
            frequencies += found.values()
            off.append(len(terms))
    return Entries(space, ids, np.array(off), np.array(terms, np.int32), np.array(frequencies, np.float64))


def _pooled(rows: Iterable[Annotation], space: Space) -> dict[int, float]:
    """Return the frequency of each observed term, in order; NaN for none."""
    groups: dict[int, list[Annotation]] = {}
    for row in rows:
        for term in space.find([row.term]):
            groups.setdefault(term, []).append(row)
    out = {}
    for term, group in sorted(groups.items()):
        shares = [row.frequency for row in group if not row.n and not row.excluded and row.frequency is not None]
        k, n = sum(row.k for row in group), sum(row.n for row in group)
        if not all(row.excluded for row in group):
            out[term] = k / n if n and k else sum(shares) / len(shares) if shares else float("nan")
    return out
