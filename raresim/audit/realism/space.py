"""The findings of HPO as matrices: the terms below Phenotypic abnormality."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.ontology import PHENOTYPE, Ontology


@dataclass(frozen=True, eq=False)
class Space:
    """Phenotypic abnormality (row ``root``) and the terms below it, in order of id; "a term" is a row of these.

    ancestor_off int64[n + 1], ancestors_of int32: each term's ancestors, itself and the root among them, ascending.
    depth int32[n]: fewest steps from the root. leaf bool[n]: nothing below.
    """

    terms: Ontology
    ids: list[str]
    root: int
    ancestor_off: NDArray[np.int64]
    ancestors_of: NDArray[np.int32]
    depth: NDArray[np.int32]
    leaf: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row by primary id."""
        return {term: row for row, term in enumerate(self.ids)}

    def find(self, terms: Iterable[str]) -> list[int]:
        """Return the sorted rows of HPO ids, obsolete and alternative ones mapped; what is no finding is left out."""
        found = {self.rows.get(term, -1) if term in self.rows else self._old(term) for term in terms}
        return sorted(found - {-1})

    def _old(self, term: str) -> int:
        return self.rows.get(self.terms.finding(term)[0], -1)

    def line(self, row: int) -> NDArray[np.int32]:
        """Return the rows of a term and everything above it."""
        return self.ancestors_of[self.ancestor_off[row] : self.ancestor_off[row + 1]]

    @cached_property
    def above(self) -> Any:
        """Sparse float32[n, n]: 1 where the column is the row's term or an ancestor of it."""
        from scipy import sparse

        ones = np.ones(len(self.ancestors_of), np.float32)
        return sparse.csr_matrix((ones, self.ancestors_of, self.ancestor_off), shape=(len(self), len(self)))

    @cached_property
    def below(self) -> Any:
        """Sparse float32[n, n]: 1 where the column is the row's term or below it."""
        return self.above.T.tocsr()

    @cached_property
    def parents(self) -> list[list[int]]:
        """Rows of the direct parents of each term."""
        rows, ids = self.terms.rows, self.terms.ids
        return [[self.rows[ids[p]] for p in self.terms.parents(rows[t]) if ids[p] in self.rows] for t in self.ids]

    @cached_property
    def children(self) -> list[list[int]]:
        """Rows of the direct children of each term."""
        out: list[list[int]] = [[] for _ in self.ids]
        for row, above in enumerate(self.parents):
            for parent in above:
                out[parent].append(row)
        return out

    @cached_property
    def systems(self) -> Any:
        """Sparse float32[n, organ systems]: 1 where the term is, or is below, a child of the root."""
        return self.above[:, np.array(self.children[self.root])].tocsr()


def space(terms: Ontology) -> Space:
    """Return the findings of an ontology."""
    keep = terms.phenotypic.copy()
    keep[terms.rows[PHENOTYPE]] = True
    number = np.cumsum(keep) - 1
    owner = np.repeat(np.arange(len(terms)), np.diff(terms.ancestor_off))
    inside = keep[owner] & keep[terms.ancestors_of]
    size = np.bincount(number[owner[inside]], minlength=int(keep.sum()))
    parent = np.zeros(len(terms), np.bool_)
    parent[terms.parents_of[keep[np.repeat(np.arange(len(terms)), np.diff(terms.parent_off))]]] = True
    return Space(
        terms=terms,
        ids=[term for term, kept in zip(terms.ids, keep.tolist(), strict=True) if kept],
        root=int(number[terms.rows[PHENOTYPE]]),
        ancestor_off=np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        ancestors_of=number[terms.ancestors_of[inside]].astype(np.int32),
        depth=terms.depth[keep],
        leaf=~parent[keep],
    )


@lru_cache(maxsize=1)
def load() -> Space:
    """Return the findings of the installed ontology."""
    return space(ontology.load())
