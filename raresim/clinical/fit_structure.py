"""Profiles of reports and the trees that say which entries resemble each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.clinical.examples import Record, Seen
from raresim.errors import InputError

TREES, LEAF = 32, 30  # trees, and profiles in a leaf at least: choices
# Records of a publication and of a disease at most that sharing is counted on: choices, by which patients of a disease
# differ, and share findings, as reports do (variance 1.9, information .019 nats on three splits).
PAPER, DISEASE = 6, 12


def profile(seen: Seen) -> NDArray[np.int16]:
    """Return int16[8]: numbers of observed and of excluded terms that are exact, ancestor, descendant, unrelated."""
    relation = seen.view.relation
    parts = (seen.record.observed, seen.record.excluded)
    return np.concatenate([np.bincount(relation[rows], minlength=4) for rows in parts]).astype(np.int16)


@dataclass(eq=False)
class Structures:
    """Of each record as seen from an entry: its profile, the description of the entry, its disease and publication."""

    profiles: list[NDArray[np.int16]] = field(default_factory=list)
    described: list[NDArray[np.float64]] = field(default_factory=list)
    groups: list[tuple[int, str]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def learn(self, seen: Seen) -> None:
        """Add a record."""
        self.profiles.append(profile(seen))
        self.described.append(seen.description)
        self.sizes.append(len(seen.entry.rows))
        self.groups.append((seen.record.disease, seen.record.publication))

    def arrays(self, seed: int) -> dict[str, NDArray[Any]]:
        """Return the arrays of a model that say which structures there are and which entries have them."""
        profiles = np.stack(self.profiles)
        disease = _anonymous([str(d) for d, _ in self.groups], seed)
        publication = _anonymous([f"{d} {p}" for d, p in self.groups], seed)
        trees = _trees(np.stack(self.described).astype(np.float32), profiles, seed)
        size = np.array(self.sizes, np.int32)
        return {"profile": profiles, "size": size, "disease": disease, "publication": publication, **trees}


def _anonymous(names: Sequence[str], seed: int) -> NDArray[np.int32]:
    """Return a number for each different name, in an order that a keyed hash gives."""
    from raresim.streams import key

    order = sorted(set(names), key=lambda name: key(seed, "group", name))
    number = {name: i for i, name in enumerate(order)}
    return np.array([number[name] for name in names], np.int32)


def targets(profiles: NDArray[np.int16], size: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return float64[m, 7], standardised: log totals, shares of relations, exact terms by log size of the entry."""
    z = profiles.astype(np.float64)
    observed, excluded = z[:, :4].sum(axis=1), z[:, 4:].sum(axis=1)
    out = np.stack(
        [
            np.log1p(observed),
            np.log1p(excluded),
            z[:, 0] / np.maximum(observed, 1),
            z[:, 3] / np.maximum(observed, 1),
            z[:, 4] / np.maximum(excluded, 1),
            np.log1p(z[:, 0]) - 0.5 * size,
            (z[:, 1] + z[:, 2]) / np.maximum(observed, 1),
        ],
        axis=1,
    )
    return np.asarray((out - out.mean(axis=0)) / (out.std(axis=0) + 1e-9))


def _trees(described: NDArray[np.float32], profiles: NDArray[np.int16], seed: int) -> dict[str, NDArray[Any]]:
    try:
        from sklearn.ensemble import RandomForestRegressor
    except ImportError:
        raise InputError("fit: needs scikit-learn; pip install 'raresim-dx[fit]'") from None
    forest = RandomForestRegressor(
        TREES, min_samples_leaf=min(LEAF, max(len(profiles) // 4, 1)), max_features=0.5, random_state=seed, n_jobs=1
    ).fit(described, targets(profiles, described[:, 0]))
    trees = [tree.tree_ for tree in forest.estimators_]
    return {
        "tree_off": np.cumsum([0, *(tree.node_count for tree in trees)]).astype(np.int32),
        "feature": np.concatenate([tree.feature for tree in trees]).astype(np.int16),
        "threshold": np.concatenate([_down(tree.threshold) for tree in trees]),
        "left": np.concatenate([tree.children_left for tree in trees]).astype(np.int32),
        "right": np.concatenate([tree.children_right for tree in trees]).astype(np.int32),
        "leaf": np.stack([tree.apply(described) for tree in trees]).astype(np.int32),
    }


def _down(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 that is not above: parts the same float32 numbers."""
    out = threshold.astype(np.float32)
    return np.where(out > threshold, np.nextafter(out, np.float32(-np.inf)), out)


def sharing(records: Sequence[Record]) -> float:
    """Return the probability that two records of a disease are of one publication.

    Over all pairs of ``PAPER`` records of a publication and ``DISEASE`` of a disease at most, drawn at random: a few
    large cohorts would decide it otherwise.
    """
    of: dict[int, dict[str, int]] = {}
    for record in records:
        count = of.setdefault(record.disease, {})
        count[record.publication] = min(count.get(record.publication, 0) + 1, PAPER)
    same, pairs = 0.0, 0
    for count in of.values():
        many = sum(count.values())
        weight = min(many, DISEASE) * (min(many, DISEASE) - 1)
        if many > 1:
            same += weight * sum(n * (n - 1) for n in count.values()) / (many * (many - 1))
            pairs += weight
    return same / max(pairs, 1)
