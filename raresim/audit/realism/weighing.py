"""Transfer of scores: a model that learns on simulated cases how far to trust seven tools, used on real cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism.cases import Cases
from raresim.audit.realism.diagnosers import TOOLS, Diagnosers
from raresim.audit.realism.setting import Setting

Floats = NDArray[np.float64]

BEST = 400  # candidates beside the true disease, those of the best mean score: a choice
TRAINED_ON = 500  # simulated cases, spread evenly over the training diseases: a choice
RIDGE = 1.0  # of the weights: a choice
FOLDS, BINS = 5, 10


@dataclass(frozen=True)
class Weighing:
    """What the learned weights do on the real cases: percent whose true disease is first, among the first 10; nll: mean
    -ln of the probability given to it; stated: mean probability of the first, percent; error: expected calibration
    error, percent (Guo et al. 2017, ICML, ten bins); weights of the seven tools."""

    top1: float
    top10: float
    nll: float
    stated: float
    error: float
    weights: tuple[float, ...]


def wanted(known: Setting) -> list[str]:
    """Return the disease of each case to simulate for training."""
    diseases = sorted({r.disease for r in known.train})
    return [diseases[i * len(diseases) // TRAINED_ON] for i in range(TRAINED_ON)]


def candidates(tools: Diagnosers, cases: Cases) -> NDArray[np.float32]:
    """Return float32[cases, 401, 7]: the standardised scores of the true disease (first) and of the best others."""
    out = np.zeros((len(cases), BEST + 1, len(TOOLS)), np.float32)
    for rows, scores in tools.scores(cases):
        z = (scores - scores.mean(axis=2, keepdims=True)) / (scores.std(axis=2, keepdims=True) + 1e-9)
        for i, row in enumerate(rows.tolist()):
            true = int(cases.disease[row])
            best = np.argsort(-z[i].mean(axis=0), kind="stable")[: BEST + 1]
            out[row] = z[i][:, np.concatenate([[true], best[best != true][:BEST]])].T
    return out


def fit(table: NDArray[np.float32]) -> Floats:
    """Return the weights float64[7] of a conditional logit (McFadden 1974): the true disease is the first candidate."""
    from scipy.optimize import minimize

    def loss(weights: Floats) -> tuple[float, Floats]:
        z = table @ weights.astype(np.float32)
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        slope = np.einsum("im,imf->f", p, table) - table[:, 0].sum(axis=0)
        return float(-np.log(p[:, 0] + 1e-12).sum() + RIDGE * (weights**2).sum()), slope + 2 * RIDGE * weights

    found: Any = minimize(loss, np.full(table.shape[2], 0.3), jac=True, method="L-BFGS-B")
    return np.asarray(found.x, np.float64)


def judged(logits: Floats, weights: Floats) -> Weighing:
    """Return what logits float64[cases, candidates] do, the true disease being the first."""
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rank = (logits[:, 1:] > logits[:, :1]).sum(axis=1) + 1
    right, sure = p.argmax(axis=1) == 0, p.max(axis=1)
    which = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(right[which == k].mean() - sure[which == k].mean()) * (which == k).mean() for k in np.unique(which)]
    return Weighing(
        top1=float((rank == 1).mean() * 100),
        top10=float((rank <= 10).mean() * 100),
        nll=float(-np.log(p[:, 0] + 1e-12).mean()),
        stated=float(sure.mean() * 100),
        error=float(sum(gaps) * 100),
        weights=tuple(weights.tolist()),
    )


def of_simulated(known: Setting, real: NDArray[np.float32], simulated: Cases) -> Weighing:
    """Return how weights learned on simulated cases do on the real candidates."""
    weights = fit(candidates(known.diagnosers, simulated))
    return judged(real @ weights, weights)


def of_real(known: Setting, real: NDArray[np.float32]) -> Weighing:
    """Return how weights learned on the other real cases do, in five folds by disease."""
    from sklearn.model_selection import GroupKFold

    logits, found = np.zeros(real.shape[:2]), []
    for train, test in GroupKFold(FOLDS).split(real, groups=known.real.disease):
        found.append(fit(real[train]))
        logits[test] = real[test] @ found[-1]
    return judged(logits, np.mean(found, axis=0))
