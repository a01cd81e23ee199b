"""Which reports' structure a disease can have: those of entries that resemble its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raresim.clinical.model import Model


def likeness(model: Model, description: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return float64[m]: the probability with which each profile is taken for an entry of this description.

    The mean over trees of a uniform choice inside the leaf into which the entry falls (a quantile regression forest's
    weights: Meinshausen 2006, J Mach Learn Res 7:983).
    """
    x = description.astype(np.float32)
    leaf = []
    for start in model.tree_off[:-1].tolist():
        node = start
        while model.left[node] >= 0:
            low = x[model.feature[node]] <= model.threshold[node]
            node = start + int(model.left[node] if low else model.right[node])
        leaf.append(node - start)
    inside = model.leaf == np.array(leaf)[:, None]
    out = (inside / np.maximum(inside.sum(axis=1), 1)[:, None]).sum(axis=0)
    return np.asarray(out / out.sum())
