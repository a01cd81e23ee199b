"""How well can planted alleles be told from background records? Scores by cross-validation, areas with bounds."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.errors import InputError

Floats = NDArray[np.float64]

FOLDS = 5
BOOTSTRAPS = 1000
LEVEL = 0.95
FALSE_POSITIVES = 0.001
BOUND_AUC, BOUND_TPR = 0.55, 0.005  # what an audit of enough planted alleles asks for
ENOUGH = 900  # what 1,000 cases leave after matching; with fewer the bounds are wider, as chance makes them
CHANCE = 1e-3  # probability that chance alone exceeds a limit


@dataclass(frozen=True)
class Separation:
    """How well scores part planted from background: area under the ROC curve with its one-sided 95% bounds over cases,
    true-positive rate at a false-positive rate of 0.001, and what each may be at this sample size.

    chance: the area that scores without any information exceed once in 1,000 audits.
    """

    planted: int
    background: int
    auc: float
    lower: float
    upper: float
    limit_auc: float
    chance: float
    tpr: float
    limit_tpr: float

    @property
    def passed(self) -> bool:
        """Whether both are below their limits."""
        return self.upper < self.limit_auc and self.tpr < self.limit_tpr


def models() -> tuple[Any, Any, Any]:
    """Return scikit-learn's ensemble and model-selection modules and threadpoolctl, which comes with it.

    InputError where they are not installed.
    """
    try:
        import threadpoolctl
        from sklearn import ensemble, model_selection
    except ImportError:
        raise InputError("audit: scikit-learn is not installed; pip install 'raresim-dx[audit]'") from None
    return ensemble, model_selection, threadpoolctl


def out_of_fold(
    features: NDArray[np.float32],
    label: NDArray[np.bool_],
    weight: Floats,
    group: NDArray[np.integer],
    seed: int,
    others: tuple[NDArray[np.float32], NDArray[np.integer]] | None = None,
    apart: NDArray[np.integer] | None = None,
) -> tuple[Floats, Floats]:
    """Return the score of every row by a classifier that saw no row of its group, and that of ``others`` (features and
    groups of further rows, never trained on). apart: nor does it see a row with the value of this row here."""
    ensemble, selection, pools = models()
    edges = [bounds(column) for column in features.T]
    features = binned(features, edges)
    more = None if others is None else binned(others[0], edges)
    folds = selection.StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    scores = np.zeros(len(label))
    further = np.zeros(len(others[0]) if others else 0)
    with pools.threadpool_limits(1):  # small trees: a second thread waits more than it works
        for train, test in folds.split(features, label, group):
            if apart is not None:
                train = train[~np.isin(apart[train], apart[test])]
            if label[train].all() or not label[train].any():
                continue  # nothing to learn from: scores of no information
            model = ensemble.HistGradientBoostingClassifier(
                max_iter=80, max_leaf_nodes=8, learning_rate=0.1, min_samples_leaf=5, l2_regularization=1.0,
                early_stopping=False, random_state=seed,
            )  # fmt: skip
            known = ~np.isnan(features[train]).all(0)  # a feature that is nowhere known cannot be binned
            model.fit(features[train][:, known], label[train], sample_weight=weight[train])
            scores[test] = model.decision_function(features[test][:, known])
            if others is not None and more is not None:
                mine = np.isin(others[1], group[test])
                if mine.any():
                    further[mine] = model.decision_function(more[mine][:, known])
    return scores, further


def bounds(column: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return bounds of at most 250 bins with values of equal share, finer at both ends, where rare values lie.

    The classifier would find its own, weighted ones, in ten times the time of the training.
    """
    tail = np.geomspace(1e-4, 5e-3, 20)
    values = column[~np.isnan(column)]
    if not len(values):
        return values
    return np.unique(np.quantile(values, np.concatenate([tail, np.linspace(0.005, 0.995, 205), 1 - tail])))


def binned(features: NDArray[np.float32], edges: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the bin of every value, NaN where there is none."""
    out = np.full(features.shape, np.nan, np.float32)
    for j, edge in enumerate(edges):
        known = ~np.isnan(features[:, j])
        out[known, j] = np.searchsorted(edge, features[known, j])
    return out


def separation(
    scores: Floats, label: NDArray[np.bool_], weight: Floats, group: NDArray[np.integer], seed: int
) -> Separation:
    """Return the separation by scores; its bounds by a bootstrap of groups (Efron 1979, Ann Stat 7:1)."""
    rng = np.random.Generator(np.random.PCG64(seed))
    order = np.argsort(scores, kind="stable")
    s, y, w = scores[order], label[order], weight[order]
    _, tie = np.unique(s, return_inverse=True)
    _, row = np.unique(group[order], return_inverse=True)
    many = int(row.max()) + 1
    drawn = [
        area(y, w * np.bincount(rng.integers(many, size=many), minlength=many)[row], tie) for _ in range(BOOTSTRAPS)
    ]
    planted = int(label.sum())
    background = len(label) - planted
    error, normal, enough = _error(y, w), NormalDist(), planted >= ENOUGH
    chance = 0.5 + error * normal.inv_cdf(1 - CHANCE)
    return Separation(
        planted=planted,
        background=background,
        auc=area(y, w, tie),
        lower=float(np.nanquantile(drawn, 1 - LEVEL)),
        upper=float(np.nanquantile(drawn, LEVEL)),
        limit_auc=BOUND_AUC if enough else max(BOUND_AUC, chance + error * normal.inv_cdf(LEVEL)),
        chance=chance,
        tpr=true_positives(s, y, w),
        limit_tpr=BOUND_TPR if enough else max(BOUND_TPR, _chance_of_hits(planted)),
    )


def area(label: NDArray[np.bool_], weight: Floats, tie: NDArray[np.integer]) -> float:
    """Return the weighted area under the ROC curve of rows sorted by score; rows of equal ``tie`` count half."""
    positive = np.bincount(tie, weight * label)
    negative = np.bincount(tie, weight * ~label)
    total = positive.sum() * negative.sum()
    if total == 0:
        return float("nan")
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / total)


def true_positives(scores: Floats, label: NDArray[np.bool_], weight: Floats) -> float:
    """Return the weighted share of planted rows above the score that one background row in 1,000 exceeds.

    scores are sorted. Planted rows at the very score of that background row do not count.
    """
    negative = np.cumsum((weight * ~label)[::-1])[::-1]  # background at or above each row
    allowed = np.flatnonzero(negative <= FALSE_POSITIVES * negative[0])
    threshold = scores[allowed[0] - 1] if len(allowed) and allowed[0] > 0 else scores[-1]
    return float((weight * label)[scores > threshold].sum() / (weight * label).sum())


def _error(label: NDArray[np.bool_], weight: Floats) -> float:
    """Standard error of an area without any separation, of the Mann-Whitney statistic: 1/12 of 1/n + 1/m (Hanley and
    McNeil 1982, Radiology 143:29), n and m being effective numbers, square of summed weights by sum of squares."""

    def inverse(rows: NDArray[np.bool_]) -> float:
        return float((weight[rows] ** 2).sum() / max(weight[rows].sum(), 1e-9) ** 2)

    return float(np.sqrt((inverse(label) + inverse(~label)) / 12))


def _chance_of_hits(planted: int) -> float:
    """Share just above what chance gives at the false-positive rate: binomial quantile."""
    p, k = FALSE_POSITIVES, 0
    term = (1 - p) ** planted
    total = term
    while total < 1 - CHANCE:
        k += 1
        term *= (planted - k + 1) / k * p / (1 - p)
        total += term
    return (k + 0.5) / planted
