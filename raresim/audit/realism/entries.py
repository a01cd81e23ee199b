"""The knowledge base of an evaluation as matrices: what is written of each disease, without held-out publications."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism.space import Space

if TYPE_CHECKING:
    from raresim.catalog import Catalog

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
    def place(self) -> Any:
        """Sparse int64[diseases, n]: where an annotated term of a disease is in ``terms``, counted from 1."""
        return self._matrix(np.arange(1, len(self.terms) + 1))

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
    kept = catalog.without({*without, *databases})
    c = kept.columns
    disease = np.repeat(np.arange(len(kept)), np.diff(c["row_off"]))
    numbers, which = np.unique(c["row_term"], return_inverse=True)
    found = [space.find([f"HP:{number:07d}"]) for number in numbers.tolist()]
    term = np.array([rows[0] if rows else -1 for rows in found], np.int64)[which]
    omim = np.array([codes[0].startswith("OMIM:") for codes in kept.ids], np.bool_)
    used = omim[disease] & (term >= 0)
    disease, term, excluded = disease[used], term[used], c["row_excluded"][used]
    k, n, share = (c[name][used].astype(np.float64) for name in ("row_k", "row_n", "row_share"))
    key, pair = np.unique(disease * len(space) + term, return_inverse=True)

    def total(values: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(pair, values, minlength=len(key)), np.float64)

    stated = ~excluded & (n == 0) & (share >= 0)
    patients, of = total(k), total(n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total(np.where(stated, share / 1e4, 0.0)) / total(stated)
        frequency = np.where(patients > 0, patients / of, mean)
    here = total(~excluded) > 0
    disease, term = np.divmod(key[here], len(space))
    rows, size = np.unique(disease, return_counts=True)
    off = np.concatenate([[0], np.cumsum(size)])
    return Entries(space, [kept.ids[row] for row in rows.tolist()], off, term.astype(np.int32), frequency[here])
