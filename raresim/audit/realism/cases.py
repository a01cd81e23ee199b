"""Cases as an evaluation sees them: a disease, the observed and the excluded terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism.space import Space

Record = tuple[Sequence[int], Sequence[int]]  # observed and excluded rows of the space


@dataclass(frozen=True, eq=False)
class Cases:
    """n cases: disease int64[n] (rows of the entries); the observed terms of case i, ascending rows of the space, are
    ``observed[observed_off[i]:observed_off[i + 1]]``, its excluded ones the same; none is both."""

    space: Space
    disease: NDArray[np.int64]
    observed_off: NDArray[np.int64]
    observed: NDArray[np.int32]
    excluded_off: NDArray[np.int64]
    excluded: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.disease)

    def record(self, i: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the observed and the excluded terms of a case."""
        return (
            self.observed[self.observed_off[i] : self.observed_off[i + 1]],
            self.excluded[self.excluded_off[i] : self.excluded_off[i + 1]],
        )

    def take(self, rows: NDArray[Any]) -> Cases:
        """Return some of the cases, by number or mask."""
        rows = np.arange(len(self))[rows]
        return cases(self.space, self.disease[rows], [self.record(i) for i in rows.tolist()])

    @cached_property
    def observed_matrix(self) -> Any:
        """Sparse float32[n, terms]."""
        return _matrix(self.observed_off, self.observed, len(self.space))

    @cached_property
    def excluded_matrix(self) -> Any:
        """Sparse float32[n, terms]."""
        return _matrix(self.excluded_off, self.excluded, len(self.space))

    @cached_property
    def closed(self) -> Any:
        """Sparse float32[n, terms]: 1 where the term or one below it was observed."""
        out = (self.observed_matrix @ self.space.above).tocsr()
        out.data[:] = 1
        out.sort_indices()
        return out


def cases(space: Space, disease: Iterable[int], records: Iterable[Record | tuple[Any, Any]]) -> Cases:
    """Return cases from their records; terms that are both observed and excluded count as observed."""
    observed, excluded = [], []
    for seen, unseen in records:
        here = sorted({int(term) for term in seen})
        observed.append(here)
        excluded.append(sorted({int(term) for term in unseen}.difference(here)))
    return Cases(space, np.array(list(disease), np.int64), *_flat(observed), *_flat(excluded))


def joined(parts: Sequence[Cases]) -> Cases:
    """Return the cases of several parts, one after the other."""
    every = [part.record(i) for part in parts for i in range(len(part))]
    return cases(parts[0].space, np.concatenate([part.disease for part in parts]).tolist(), every)


def _flat(lists: list[list[int]]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    off = np.concatenate([[0], np.cumsum([len(line) for line in lists])]).astype(np.int64)
    return off, np.array([term for line in lists for term in line], np.int32)


def _matrix(off: NDArray[np.int64], terms: NDArray[np.int32], width: int) -> Any:
    from scipy import sparse

    return sparse.csr_matrix((np.ones(len(terms), np.float32), terms, off), shape=(len(off) - 1, width))
