"""Drawing records from a model: what is the same for all patients of a disease is made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
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
    from raresim.catalog import Disease

PROPOSALS = 128  # candidates proposed for a slot of a large class: a choice between time and exactness

Rows = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of the candidates apart from the record, ready for :func:`raresim.kernels.clinical.fill`."""

    base: NDArray[np.float32]
    mass: NDArray[np.float64]
    prob: NDArray[np.float32]
    alias: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Subject:
    """A disease as a model sees it: entry, candidates by relation, and how likely each profile is (cumulative)."""

    entry: Entry
    relation: NDArray[np.int8]
    off: NDArray[np.int64]
    rows: Rows
    donors: NDArray[np.float64]
    alone: Scores
    later: Scores


@dataclass(frozen=True, eq=False)
class Sampler:
    """A model with the catalog of which it knows the other entries."""

    model: Model
    lexicon: Lexicon

    @cached_property
    def context(self) -> NDArray[np.float64]:
        """float64[2, 2, 4, context]: the weights of what depends on the record."""
        return self.model.weights[..., len(STATIC) :].astype(np.float64)

    def subject(self, disease: Disease, female: bool) -> Subject:
        """Return what is the same for all patients of a disease and sex; the entry must hold an observed term."""
        entry = entries.read(disease, female)
        view = features.view(entry, disease.ids, self.lexicon)
        return Subject(
            entry=entry,
            relation=view.relation,
            off=view.off,
            rows=view.rows,
            donors=np.cumsum(likeness(self.model, entries.describe(entry, self.lexicon))),
            alone=self._scores(view, 0),
            later=self._scores(view, 1),
        )

    def _scores(self, view: features.View, late: int) -> Scores:
        from raresim.kernels.clinical import alias_tables

        many = len(view.rows)
        base, mass = np.zeros((2, many), np.float32), np.full((2, 4), -np.inf)
        prob, alias = np.zeros((2, many), np.float32), np.zeros((2, many), np.int32)
        for k in range(2):
            for j, (lo, hi) in enumerate(zip(view.off[:-1].tolist(), view.off[1:].tolist(), strict=True)):
                if lo == hi:
                    continue
                score = view.static[lo:hi] @ self.model.weights[late, k, j, : len(STATIC)]
                base[k, lo:hi] = score
                top = float(score.max())
                weight = np.exp(score.astype(np.float64) - top)
                mass[k, j] = top + np.log(weight.sum())
                if hi - lo > PROPOSALS:
                    full = np.zeros(many)
                    full[lo:hi] = weight
                    alias_tables(full, lo, hi, prob[k], alias[k])
        return Scores(base, mass, prob, alias)


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
