"""How near are simulated cases to real ones? Every figure of one set of twins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism.cases import Cases
from raresim.audit.realism.difficulty import Difficulty, difficulty
from raresim.audit.realism.distance import Area, energy, steps, told_apart, told_by_terms
from raresim.audit.realism.features import FEATURES, features
from raresim.audit.realism.setting import Setting

Floats = NDArray[np.float64]

FEW = 30  # cases of a group below which its figures are not given: a choice


@dataclass(frozen=True)
class Figures:
    """What tells simulated from real cases.

    auc: gradient boosting on the 44 features (0.5 is perfect), and on the groups of ``Setting.groups``. terms,
    observed_terms: logistic regression on the terms, with and without the excluded ones. energy: energy distance (0 is
    perfect). steps: Kolmogorov-Smirnov distance by feature. difficulty: of seven tools, and on the groups. means:
    mean of each feature of real and of simulated cases.
    """

    cases: int
    auc: Area
    groups: dict[str, Area]
    terms: Area
    observed_terms: Area
    energy: float
    steps: dict[str, float]
    difficulty: Difficulty
    difficulties: dict[str, Difficulty]
    means: dict[str, tuple[float, float]]

    @property
    def step(self) -> float:
        """Mean of the distances of the 44 features."""
        return float(np.nanmean(list(self.steps.values())))


def evaluate(known: Setting, simulated: Cases, twin_of: NDArray[np.int64] | None = None) -> Figures:
    """Compare simulated cases with the real cases of a setting.

    twin_of int64[simulated]: the real case whose disease each has; None: one for each in their order. Real cases
    without a twin are left out.
    """
    rows = np.arange(len(known.judged)) if twin_of is None else twin_of
    return compare(
        known,
        known.real.take(rows),
        simulated,
        known.features[rows],
        known.ranks[rows],
        {name: mask[rows] for name, mask in known.groups.items()},
    )


def compare(
    known: Setting,
    real: Cases,
    simulated: Cases,
    real_features: Floats,
    real_ranks: Floats,
    groups: dict[str, NDArray[np.bool_]],
) -> Figures:
    """Compare two sets of cases, row by row of one disease, by the knowledge base of a setting."""
    theirs = features(simulated, known.entries, known.information)
    ranks = known.diagnosers.ranks(simulated)
    groups = {name: mask for name, mask in groups.items() if mask.sum() >= FEW}
    distances = steps(real_features, theirs)
    return Figures(
        cases=len(simulated),
        auc=told_apart(real_features, theirs, real.disease, simulated.disease),
        groups={
            name: told_apart(real_features[m], theirs[m], real.disease[m], simulated.disease[m])
            for name, m in groups.items()
        },
        terms=told_by_terms(real, simulated),
        observed_terms=told_by_terms(real, simulated, excluded=False),
        energy=energy(real_features, theirs),
        steps=dict(zip(FEATURES, distances.tolist(), strict=True)),
        difficulty=difficulty(real_ranks, ranks),
        difficulties={name: difficulty(real_ranks[m], ranks[m]) for name, m in groups.items()},
        means={
            name: (float(np.nanmean(real_features[:, j])), float(np.nanmean(theirs[:, j])))
            for j, name in enumerate(FEATURES)
            if np.isfinite(distances[j])
        },
    )
