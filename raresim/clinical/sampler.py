"""Drawing records from a model: what is the same for all patients of a disease is made once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import catalog, ontology
from raresim.clinical import entry as entries
from raresim.clinical import features
from raresim.clinical.entry import Entry
from raresim.clinical.features import STATIC, Lexicon
from raresim.clinical.knowledge import knowledge
from raresim.clinical.model import Model
from raresim.clinical.structure import likeness

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease

PROPOSALS = 64  # candidates proposed for a slot of a large class: a choice between time and exactness

Rows = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of the candidates apart from the record, ready for :func:`raresim.kernels.clinical.fill`."""

    base: NDArray[np.float32]
    alias: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Subject:
    """A disease as a model sees it: entry, candidates by relation, and how likely each profile is (cumulative)."""

    entry: Entry
    relation: NDArray[np.int8]
    off: NDArray[np.int64]
    rows: Rows
    donors: NDArray[np.float64]
    scores: Scores


@dataclass(frozen=True, eq=False)
class Sampler:
    """A model with the catalog of which it knows the other entries.

    correction: what is added to the scores of terms with these static numbers, observed or excluded, of a relation.
    """

    model: Model
    lexicon: Lexicon
    correction: Callable[[NDArray[np.float32], int, int], NDArray[np.float64]] | None = None

    @cached_property
    def context(self) -> NDArray[np.float64]:
        """float64[2, 4, context]: the weights of what depends on the record."""
        return self.model.weights[..., len(STATIC) :].astype(np.float64)

    def subject(self, disease: Disease, female: bool) -> Subject:
        """Return what is the same for all patients of a disease and sex; the entry must hold an observed term."""
        entry = entries.read(disease, female)
        view = features.view(entry, disease.ids, self.lexicon)
        return Subject(entry, view.relation, view.off, view.rows, self.donors(entry), self._scores(view))

    def donors(self, entry: Entry) -> NDArray[np.float64]:
        """Return how likely each profile is for an entry, cumulative."""
        return np.cumsum(likeness(self.model, entries.describe(entry, self.lexicon)))

    def filled(
        self,
        subject: Subject,
        counts: NDArray[np.float64],
        wanted: NDArray[np.float64],
        barred: NDArray[np.bool_],
        clinic: int,
        common: float,
        rng: Generator,
    ) -> tuple[Rows, Rows]:
        """Draw the terms of a record, observed and excluded.

        counts float64[8]: how they part into relations; wanted float64[2]: how many observed and excluded in all.
        barred bool[2, n]: terms that may not be observed, not be excluded. clinic, common: key of the clinic's noise
        and the share of terms that are drawn by it.
        """
        from raresim.kernels.clinical import fill

        found: tuple[Rows, Rows] = fill(
            *(int(rng.integers(1 << 62)), clinic, common, counts, wanted, subject.off, subject.rows),
            *(subject.scores.base, subject.scores.alias, self.context),
            *(self.lexicon.node, self.lexicon.line, barred),
            *(PROPOSALS, _room(len(self.lexicon.usable))),
        )
        return found

    def _scores(self, view: features.View) -> Scores:
        base = np.zeros((2, len(view.rows)), np.float32)
        for k in range(2):
            for j, (lo, hi) in enumerate(pairwise(view.off.tolist())):
                base[k, lo:hi] = view.static[lo:hi] @ self.model.weights[k, j, : len(STATIC)]
        return scores(view.off, view.rows, base)


def scores(off: NDArray[np.int64], rows: Rows, base: NDArray[np.float32]) -> Scores:
    """Return the scores of candidates (``View``) with what is needed to draw by them."""
    from raresim.kernels.clinical import alias_table

    alias = np.zeros(base.shape, np.int64)
    for k in range(2):
        for lo, hi in pairwise(off.tolist()):
            if hi - lo > PROPOSALS:
                score = base[k, lo:hi].astype(np.float64)
                alias_table(np.exp(score - score.max()), rows[lo:hi], alias[k, lo:hi])
    return Scores(base, alias)


_ROOM = threading.local()


def _room(terms: int) -> NDArray[np.int16]:
    """Return zeros for the kernel to work in, the thread's own."""
    if not hasattr(_ROOM, "state"):
        _ROOM.state = np.zeros((terms, 2), np.int16)
    state: NDArray[np.int16] = _ROOM.state
    return state


@lru_cache(maxsize=4)
def sampler(model: Model) -> Sampler:
    """Return the sampler of a model; entries are compared with the shipped catalog, less what the model leaves out."""
    known = catalog.load().without(model.left_out)
    row, n = ontology.load().rows, len(ontology.load())
    at = [row.get(f"HP:{number:07d}", -1) for number in model.term.tolist()]
    counts = []
    for count in (model.observed, model.excluded):
        out = np.zeros(n)
        out[[r for r in at if r >= 0]] = [c for r, c in zip(at, count.tolist(), strict=True) if r >= 0]
        counts.append(out)
    return Sampler(model, features.lexicon(knowledge(known), *counts))
