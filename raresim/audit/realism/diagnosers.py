"""Seven ways to rank diseases by findings, as tools of the field do: how hard is a case for each of them?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism.cases import Cases
from raresim.audit.realism.entries import PRIOR, Entries

Floats = NDArray[np.float64]

TOOLS = ("resnik_bma", "lin_bma", "cosine_tfidf", "jaccard", "hypergeometric", "likelihood_ratio", "phrank")
CHUNK = 100  # cases scored at once
LEAST, MOST = 0.005, 0.99  # frequencies are kept inside
RARE = 1e-4  # share of diseases a term has at least
# Of the likelihood ratio, all choices: logarithm at least and at most; least share of the background in a disease that
# has the term; penalty of a term the disease lacks and what a similar term of the disease gives back (by its Lin
# similarity); penalty of an excluded term at most.
LR_LOW, LR_HIGH, FLOOR, ABSENT, SIMILAR, EXCLUDED = -4.0, 8.0, 0.05, -2.0, 1.5, -2.0


@dataclass(frozen=True, eq=False)
class Diagnosers:
    """The seven tools on one knowledge base; information float64[n]: of the terms, in nats.

    Resnik and Lin best-match average (Resnik 1995; Lin 1998; Pesquita et al. 2008); cosine of IC-weighted closures;
    Jaccard index of closures; hypergeometric tail of their overlap; likelihood ratio in the manner of LIRICAL (Robinson
    et al. 2020, Am J Hum Genet 107:403), which alone uses frequencies and excluded terms; Phrank (Jagadeesh et al.
    2019, Genet Med 21:464), a term weighing its information beyond that of its parents.
    """

    entries: Entries
    information: Floats
    _likelihood: dict[int, tuple[NDArray[np.int32], Floats]] = field(default_factory=dict, repr=False)

    def scores(self, cases: Cases) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """Yield (numbers of cases, float64[cases, 7, diseases]) chunk by chunk; higher is likelier."""
        for start in range(0, len(cases), CHUNK):
            rows = np.arange(start, min(start + CHUNK, len(cases)))
            part = cases.take(rows)
            out = np.empty((len(rows), len(TOOLS), len(self.entries)))
            out[:, 2:5] = np.stack(self._overlaps(part), axis=1)
            out[:, 6] = (part.closed @ self._phrank).toarray()
            for i, found in enumerate(self._matches(part)):
                out[i, 0], out[i, 1], out[i, 5] = found
            yield rows, out

    def ranks(self, cases: Cases) -> Floats:
        """Return float64[cases, 7]: the rank of the true disease among all, ties at their middle; NaN for a case
        without observed terms."""
        out = np.full((len(cases), len(TOOLS)), np.nan)
        for rows, scores in self.scores(cases):
            own = scores[np.arange(len(rows)), :, cases.disease[rows]][:, :, None]
            slack = 1e-7 * np.maximum(1, np.abs(own))
            out[rows] = (scores > own + slack).sum(axis=2) + ((np.abs(scores - own) <= slack).sum(axis=2) + 1) / 2
        out[np.diff(cases.observed_off) == 0] = np.nan
        return out

    def _overlaps(self, part: Cases) -> tuple[Floats, Floats, Floats]:
        from scipy import sparse

        closed = part.closed.astype(np.float64)
        weights = sparse.csr_matrix((self.information[closed.indices], closed.indices, closed.indptr), closed.shape)
        length = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel()) + 1e-9
        cosine = (sparse.diags(1 / length) @ weights @ self._cosine).toarray()
        both = (closed @ self._closed).toarray()
        mine, theirs = np.diff(closed.indptr)[:, None], np.diff(self.entries.closed.indptr)[None]
        tail = overlap_score(both, len(part.space), theirs, mine)
        return cosine, both / np.maximum(theirs + mine - both, 1), tail

    def _matches(self, part: Cases) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Yield best-match averages of Resnik and Lin, and the likelihood ratio, of each case."""
        from raresim.kernels.matches import best_matches
        from raresim.kernels.similarity import pair_information

        terms, entries = self._terms, self.entries
        distinct = np.unique(part.observed)
        tree = (part.space.ancestor_off, part.space.ancestors_of, self.information)
        resnik = np.ascontiguousarray(pair_information(distinct, terms, *tree).T)
        information = self.information.astype(np.float32)
        lin = 2 * resnik / np.maximum(information[terms][:, None] + information[distinct][None], np.float32(1e-9))
        for i in range(len(part)):
            seen, unseen = part.record(i)
            at = np.searchsorted(distinct, seen)
            average, _ = best_matches(resnik[:, at], entries.off, self._members)
            other, best = best_matches(lin[:, at], entries.off, self._members)
            absent = np.minimum(ABSENT + SIMILAR * best, 0)
            ratio = absent.sum(axis=1, dtype=np.float64)
            for q, term in enumerate(seen.tolist()):
                has, value = self._ratio(term)
                ratio[has] += value - absent[has, q]
            for term in unseen.tolist():
                row = self._excluded[term]
                ratio -= np.log1p(-self._absent[term])
                ratio[row.indices] += row.data
            yield average, other, ratio

    def _ratio(self, term: int) -> tuple[NDArray[np.int32], Floats]:
        """Return the diseases that have a term or one above it, and the logarithm of P(term | disease) / P(term):
        frequency of the term or of one below it; of a term above it, its frequency shared by its descendants."""
        if term not in self._likelihood:
            chance = np.zeros(len(self.entries))
            row = self._frequency[term]
            chance[row.indices] = row.data
            space = self.entries.space
            for above in space.line(term).tolist():
                if above not in (term, space.root):
                    own = self._own[above]
                    shared = own.data / (1 + np.log1p(space.below.indptr[above + 1] - space.below.indptr[above]))
                    chance[own.indices] = np.maximum(chance[own.indices], shared)
            has = np.flatnonzero(chance).astype(np.int32)
            background = self._background[term]
            value = np.log(np.maximum(chance[has], FLOOR * background) / background)
            self._likelihood[term] = has, np.clip(value, LR_LOW, LR_HIGH)
        return self._likelihood[term]

    @cached_property
    def _terms(self) -> NDArray[np.int32]:
        return np.unique(self.entries.terms)

    @cached_property
    def _members(self) -> NDArray[np.int64]:
        return np.searchsorted(self._terms, self.entries.terms)

    @cached_property
    def _closed(self) -> Any:
        return self.entries.closed.astype(np.float64).T.tocsr()

    @cached_property
    def _cosine(self) -> Any:
        from scipy import sparse

        weights = (self.entries.closed.astype(np.float64) @ sparse.diags(self.information)).tocsr()
        length = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel()) + 1e-9
        return (sparse.diags(1 / length) @ weights).T.tocsr()

    @cached_property
    def _phrank(self) -> Any:
        from scipy import sparse

        parents = self.entries.space.parents
        beyond = [self.information[t] - max(self.information[p], default=0.0) for t, p in enumerate(parents)]
        return (self.entries.closed.astype(np.float64) @ sparse.diags(np.maximum(beyond, 0))).T.tocsr()

    @cached_property
    def _own(self) -> Any:
        """Sparse [terms, diseases]: frequency of the annotated terms."""
        from scipy import sparse

        e = self.entries
        value = np.clip(np.where(np.isnan(e.frequency), PRIOR, e.frequency), LEAST, MOST)
        return sparse.csr_matrix((value, e.terms, e.off), shape=(len(e), len(e.space))).T.tocsr()

    @cached_property
    def _frequency(self) -> Any:
        """Sparse [terms, diseases]: the largest frequency of the term and of the annotated terms below it."""
        from scipy import sparse

        own, off, lines = self._own.tocoo(), self.entries.space.ancestor_off, self.entries.space.ancestors_of
        size = np.diff(off)[own.row]
        first = np.repeat(off[own.row] - np.concatenate([[0], np.cumsum(size)[:-1]]), size)
        key = np.repeat(own.col, size).astype(np.int64) * len(self.entries.space) + lines[first + np.arange(size.sum())]
        value = np.repeat(own.data, size)
        order = np.lexsort((-value, key))
        key, begin = np.unique(key[order], return_index=True)
        disease, term = np.divmod(key, len(self.entries.space))
        return sparse.csr_matrix((value[order][begin], (term, disease)), shape=self._own.shape)

    @cached_property
    def _background(self) -> Floats:
        return np.maximum(np.asarray(self._frequency.sum(axis=1)).ravel() / max(len(self.entries), 1), RARE)

    @cached_property
    def _absent(self) -> Floats:
        return np.minimum(self._background, 0.95)

    @cached_property
    def _excluded(self) -> Any:
        """Sparse [terms, diseases]: what an excluded term costs a disease that has it, beyond what it gives others."""
        out = self._frequency.copy()
        size = np.diff(out.indptr)
        others = np.repeat(np.log1p(-self._absent), size)
        out.data = np.maximum(np.log1p(-np.minimum(out.data, 0.95)) - others, EXCLUDED) + others
        return out


def overlap_score(both: Any, terms: int, theirs: Any, mine: Any) -> Floats:
    """Return -log P(X >= both) of the hypergeometric distribution, 0 where the overlap is not above its mean.

    The tail is the first probability times a geometric series with the ratio of the first two, a bound from above.
    """
    factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, terms + 1)))])  # logarithms
    both = np.asarray(both, np.int64)

    def choose(a: Any, b: Any) -> Any:
        return factorial[a] - factorial[b] - factorial[np.maximum(a - b, 0)]

    first = choose(theirs, both) + choose(terms - theirs, mine - both) - choose(terms, mine)
    ratio = (theirs - both) * (mine - both) / ((both + 1.0) * np.maximum(terms - theirs - mine + both + 1.0, 1))
    tail = -first + np.log1p(-np.clip(ratio, 0, 0.999))
    return np.asarray(np.where(both > theirs * mine / terms, tail, 0.0), np.float64)
