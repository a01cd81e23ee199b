"""Train on simulated, test on real: classifiers that learn each disease from some cases of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism.cases import Cases
from raresim.audit.realism.setting import Setting, cases_of
from raresim.audit.realism.split import capped

if TYPE_CHECKING:
    from raresim.reports import Report

Floats = NDArray[np.float64]
Scores = Callable[[Any], Floats]

EACH = 10  # cases of a disease learned from: a choice
LATENT = 256  # coordinates of the softmax classifier: a choice
MOST_INFORMATION = 8.0  # nats that a term weighs at most: a choice


@dataclass(frozen=True)
class Learned:
    """Percent of the real test cases whose disease is first, and among the first 10, by classifier."""

    top1: dict[str, float]
    top10: dict[str, float]


@dataclass(frozen=True, eq=False)
class School:
    """The test: known diseases and real cases of held-out publications of theirs."""

    known: Setting

    @cached_property
    def diseases(self) -> list[str]:
        """Ids of the diseases to be told apart: those with a training report."""
        return sorted({r.disease for r in self.known.train})

    @property
    def wanted(self) -> list[str]:
        """The disease of each case to learn from: ten of each."""
        return [code for code in self.diseases for _ in range(EACH)]

    @cached_property
    def training(self) -> Cases:
        """Real cases to learn from instead: ten of a disease at most."""
        return self._cases(capped(self.known.train, publication=10**9, disease=EACH))

    @cached_property
    def test(self) -> Cases:
        """Real cases of held-out publications."""
        mine = {*self.diseases}
        groups = zip(self.known.judged, self.known.groups["P"].tolist(), strict=True)
        return self._cases([r for r, here in groups if here and r.disease in mine])

    def learned(self, cases: Cases) -> Learned | None:
        """Return what three classifiers that learn from these cases do on the test; None where that is empty."""
        if not len(self.test):
            return None
        number = np.full(len(self.known.entries), -1)
        number[[self.known.entries.rows[code] for code in self.diseases]] = np.arange(len(self.diseases))
        x, y, many = self.vectors(cases), number[cases.disease], len(self.diseases)
        test, truth = self.vectors(self.test), number[self.test.disease]
        ranks = {
            "centroid": rank(centroid(x, y, many)(test), truth),
            "naive_bayes": rank(bayes(x, y, many)(test), truth),
            "softmax": rank(softmax(self._latent(x), y, many)(self._latent(test)), truth),
        }
        return Learned(
            {name: float((r <= 1 + 1e-6).mean() * 100) for name, r in ranks.items()},
            {name: float((r <= 10 + 1e-6).mean() * 100) for name, r in ranks.items()},
        )

    def vectors(self, cases: Cases) -> Any:
        """Sparse [cases, terms]: observed terms and those above them, weighing their information, of length one."""
        return self._weighted(cases.closed)

    def _cases(self, reports: list[Report] | tuple[Report, ...]) -> Cases:
        return cases_of(reports, self.known.entries)

    def _weighted(self, closed: Any) -> Any:
        from scipy import sparse

        weight = np.minimum(self.known.information, MOST_INFORMATION)
        out = (closed.astype(np.float64) @ sparse.diags(weight)).tocsr()
        return _unit(out)

    @cached_property
    def _axes(self) -> Floats:
        """float64[terms, 256]: right singular vectors of the diseases of the knowledge base."""
        from sklearn.utils.extmath import randomized_svd

        return np.asarray(randomized_svd(self._weighted(self.known.entries.closed), LATENT, random_state=0)[2].T)

    def _latent(self, vectors: Any) -> Floats:
        return np.hstack([np.asarray(vectors @ self._axes) * 8, np.ones((vectors.shape[0], 1))])


def rank(scores: Floats, truth: NDArray[np.int64]) -> Floats:
    """Return the rank of the true class of each row, ties at their middle."""
    own = scores[np.arange(len(truth)), truth][:, None]
    return np.asarray((scores > own + 1e-9).sum(axis=1) + (np.abs(scores - own) <= 1e-9).sum(axis=1) / 2 + 0.5)


def centroid(x: Any, y: NDArray[np.int64], many: int) -> Scores:
    """Score by the cosine with the mean of each class."""
    middle = _unit(_sums(x, y, many))
    return lambda z: np.asarray((z @ middle.T).toarray(), np.float64)


def bayes(x: Any, y: NDArray[np.int64], many: int, absent: float = 0.3, prior: float = 3.0) -> Scores:
    """Score by naive Bayes of presence; absence counts by a weight, frequencies are drawn towards the mean over all
    classes by so many cases (choices)."""
    here = (x > 0).astype(np.float64)
    count, size = _sums(here, y, many).toarray(), np.bincount(y, minlength=many)[:, None]
    background = np.clip(count.sum(axis=0) / len(y), 1e-4, 0.99)[None]
    p = np.clip((count + prior * background) / (size + prior), 1e-4, 0.999)
    without = absent * np.log((1 - p) / (1 - background))
    with_ = np.log(p / background) - without
    return lambda z: np.asarray((z > 0).astype(np.float64) @ with_.T) + without.sum(axis=1)[None]


def softmax(x: Floats, y: NDArray[np.int64], many: int) -> Scores:
    """Score by multinomial logistic regression, classes weighing the same: 60 epochs of Adam (Kingma and Ba 2015,
    ICLR) in batches of about 512, rate falling from 0.02, ridge 3e-4 (choices)."""
    rng = np.random.Generator(np.random.PCG64(0))
    weight = 1 / np.bincount(y, minlength=many)[y]
    weight /= weight.mean()
    w, first, second = (np.zeros((x.shape[1], many)) for _ in range(3))
    step, epochs = 0, 60
    for epoch in range(epochs):
        for batch in np.array_split(rng.permutation(len(y)), max(1, len(y) // 512)):
            logits = x[batch] @ w
            p = np.exp(logits - logits.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            p[np.arange(len(batch)), y[batch]] -= 1
            slope = x[batch].T @ (p * weight[batch][:, None]) / len(batch) + 3e-4 * w
            step += 1
            first = 0.9 * first + 0.1 * slope
            second = 0.999 * second + 0.001 * slope**2
            rate = 0.02 * (1 - epoch / epochs)
            w -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return lambda z: np.asarray(z @ w)


def _sums(x: Any, y: NDArray[np.int64], many: int) -> Any:
    from scipy import sparse

    return (sparse.csr_matrix((np.ones(len(y)), (y, np.arange(len(y)))), shape=(many, len(y))) @ x).tocsr()


def _unit(x: Any) -> Any:
    from scipy import sparse

    return (sparse.diags(1 / (np.sqrt(np.asarray(x.multiply(x).sum(axis=1)).ravel()) + 1e-9)) @ x).tocsr()
