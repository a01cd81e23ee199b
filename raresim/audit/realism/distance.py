"""How far two samples of cases are apart: classifier tests, energy distance, distances of single features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.audit.classifier import area, models
from raresim.audit.realism.cases import Cases

Floats = NDArray[np.float64]

FOLDS = 5
BOOTSTRAPS = 200
CLIP = 6.0  # standard deviations beyond which a feature counts no further in the energy distance: a choice
MIN_CASES = 5  # that have a term, for the test on terms: a choice
FEWEST = 5  # values on either side, for a distance of a feature


@dataclass(frozen=True)
class Area:
    """Area under the ROC curve of a test that tells real from simulated cases, with its 95% interval from resampling
    diseases (Efron 1979, Ann Stat 7:1); 0.5 is perfect."""

    auc: float
    lower: float
    upper: float


def told_apart(real: Floats, simulated: Floats, real_disease: NDArray[Any], simulated_disease: NDArray[Any]) -> Area:
    """Return how well gradient boosting on features tells real from simulated cases (Lopez-Paz and Oquab 2017, ICLR).

    float64[cases, features], NaN allowed, and the disease of each case; no disease is in training and test of one of
    the five folds, because a twin shares it. NaN where there are fewer than five diseases.
    """
    ensemble, selection, pools = models()
    features = np.vstack([real, simulated])
    label, group = _labels(real_disease, simulated_disease)
    if len(np.unique(group)) < FOLDS:
        return Area(float("nan"), float("nan"), float("nan"))
    score = np.zeros(len(label))
    with pools.threadpool_limits(1):
        for train, test in selection.GroupKFold(FOLDS).split(features, label, group):
            model = ensemble.HistGradientBoostingClassifier(
                max_iter=150, learning_rate=0.06, max_leaf_nodes=15, min_samples_leaf=20, l2_regularization=1.0,
                early_stopping=False, random_state=0,
            )  # fmt: skip
            varied = [j for j in range(features.shape[1]) if _varies(features[train, j])]
            if varied:
                model.fit(features[np.ix_(train, varied)], label[train])
                score[test] = model.predict_proba(features[np.ix_(test, varied)])[:, 1]
    return interval(label, score, group)


def _varies(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return len(known) > 0 and known.min() < known.max()


def told_by_terms(real: Cases, simulated: Cases, excluded: bool = True) -> Area:
    """Return how well logistic regression on the terms themselves, and on them with all terms above the observed ones,
    tells real from simulated cases; with or without the excluded terms."""
    models()
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    def bag(c: Cases) -> Any:
        return sparse.hstack([c.observed_matrix, *([c.excluded_matrix] if excluded else []), c.closed])

    matrix = sparse.vstack([bag(real), bag(simulated)]).tocsr()
    matrix = matrix[:, np.asarray(matrix.sum(axis=0)).ravel() >= MIN_CASES].tocsr()
    label, group = _labels(real.disease, simulated.disease)
    if len(np.unique(group)) < FOLDS:
        return Area(float("nan"), float("nan"), float("nan"))
    score = np.zeros(len(label))
    for train, test in GroupKFold(FOLDS).split(matrix, label, group):
        model = LogisticRegression(C=0.1, max_iter=300, solver="liblinear", random_state=0)
        score[test] = model.fit(matrix[train], label[train]).predict_proba(matrix[test])[:, 1]
    return interval(label, score, group)


def interval(label: NDArray[np.bool_], score: Floats, group: NDArray[Any]) -> Area:
    """Return the area by scores and its interval from resampling groups."""
    rng = np.random.Generator(np.random.PCG64(0))
    order = np.argsort(score, kind="stable")
    _, tie = np.unique(score[order], return_inverse=True)
    _, row = np.unique(group[order], return_inverse=True)
    many, real = int(row.max()) + 1, label[order]
    drawn = [
        area(real, np.bincount(rng.integers(many, size=many), minlength=many)[row].astype(np.float64), tie)
        for _ in range(BOOTSTRAPS)
    ]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Area(area(real, np.ones(len(real)), tie), float(low), float(high))


def energy(real: Floats, simulated: Floats) -> float:
    """Return the energy distance of two samples of features, unbiased; 0 (on average) for samples of one distribution.

    Features are standardised by the real sample (those that it never has are left out), missing values take its mean,
    values are clipped at 6 standard deviations. 2 E|X - Y| - E|X - X'| - E|Y - Y'| (Szekely and Rizzo 2013, J Stat Plan
    Inference 143:1249).
    """
    known = ~np.isnan(real).all(axis=0)
    real, simulated = real[:, known], simulated[:, known]
    mean, spread = np.nanmean(real, axis=0), np.nanstd(real, axis=0) + 1e-9
    a, b = (np.clip(np.nan_to_num((x - mean) / spread), -CLIP, CLIP) for x in (real, simulated))
    n, m = len(a), len(b)
    return 2 * _distances(a, b) / (n * m) - _distances(a, a) / (n * (n - 1)) - _distances(b, b) / (m * (m - 1))


def _distances(a: Floats, b: Floats) -> float:
    total = 0.0
    for start in range(0, len(a), 500):
        part = a[start : start + 500]
        square = (part**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * part @ b.T
        total += float(np.sqrt(np.maximum(square, 0)).sum())
    return total


def steps(real: Floats, simulated: Floats) -> Floats:
    """Return the Kolmogorov-Smirnov distance of each feature, float64[features]; values that are missing are left out,
    NaN where fewer than five are left on a side."""
    out = np.full(real.shape[1], np.nan)
    for j in range(real.shape[1]):
        a, b = (np.sort(x[~np.isnan(x[:, j]), j]) for x in (real, simulated))
        if min(len(a), len(b)) >= FEWEST:
            every = np.concatenate([a, b])
            apart = np.searchsorted(a, every, "right") / len(a) - np.searchsorted(b, every, "right") / len(b)
            out[j] = np.abs(apart).max()
    return out


def _labels(real: NDArray[Any], simulated: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    label = np.concatenate([np.ones(len(real), np.bool_), np.zeros(len(simulated), np.bool_)])
    return label, np.concatenate([real, simulated])
