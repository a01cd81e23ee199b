"""The law of the ancestries: that of msprime, and what is known of a constant size."""

from __future__ import annotations

import dataclasses
from typing import Any

import msprime
import numpy as np
import pytest

from raresim.coalescence import Ancestry, Epochs
from tests.test_coalescence import MODELS, SQUEEZED, of

RUNS = 1500
Z = 4.0  # standard errors of a difference: 24 are tested, with .002 of a false alarm


def figures(found: Ancestry, bases: int) -> list[float]:
    """Edges, nodes, branch length and crossovers seen, age of the last node, pairs of bases with the same root."""
    span = found.right - found.left
    length = float((span * (found.time[found.parent] - found.time[found.child])).sum()) / bases
    root = np.zeros(bases, np.int64)
    for left, right, parent in zip(found.left.astype(int), found.right.astype(int), found.parent, strict=True):
        root[left:right] = np.maximum(root[left:right], parent)
    same = float((root[: bases // 2] == root[-(bases // 2) :]).mean())
    height = found.time[root]
    return [len(found.left), len(found.time), length, float(height.mean()), float(height[0] * height[-1]), same]


def theirs(name: str, samples: dict[str, int], seed: int) -> Ancestry:
    rates = np.diff(SQUEEZED)
    trees = msprime.sim_ancestry(
        [msprime.SampleSet(n, population=deme, ploidy=1) for deme, n in samples.items()],
        demography=MODELS[name],
        recombination_rate=msprime.RateMap(position=np.arange(len(SQUEEZED)), rate=rates),
        random_seed=seed,
    )
    return Ancestry.of(trees)


def ours(epochs: Epochs, samples: dict[str, int], key: int) -> Ancestry:
    return epochs.ancestry(list(samples.items()), SQUEEZED, key)


def differences(name: str, samples: dict[str, int], changed: Any = None) -> np.ndarray:
    """Differences from msprime in standard errors."""
    epochs = changed or of(name)
    bases = len(SQUEEZED) - 1
    one = np.array([figures(ours(epochs, samples, 1000 + i), bases) for i in range(RUNS)])
    two = np.array([figures(theirs(name, samples, 1 + i), bases) for i in range(RUNS)])
    return np.asarray((one.mean(0) - two.mean(0)) / np.sqrt((one.var(0) + two.var(0)) / RUNS))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "samples"),
    [
        ("constant", {"pop_0": 30}),
        ("split", {"A": 6, "B": 10, "C": 8}),
        ("split", {"C": 20}),
        ("constant", {"pop_0": 2}),
    ],
)
def test_the_law_is_that_of_msprime(name: str, samples: dict[str, int]) -> None:
    assert np.abs(differences(name, samples)).max() < Z


def changed(name: str, factor: float, column: str) -> Epochs:
    epochs = of(name)
    return dataclasses.replace(epochs, **{column: getattr(epochs, column) * factor})


@pytest.mark.slow
def test_a_size_of_one_in_twenty_more_is_seen() -> None:
    assert np.abs(differences("constant", {"pop_0": 30}, changed("constant", 1.05, "size"))).max() > Z


def heights(epochs: Epochs, key: int) -> np.ndarray:
    """Of 30 bases, all but independent: generations to the common ancestor of three lineages, and to the first two."""
    made = epochs.ancestry([("pop_0", 3)], np.arange(31) * 0.5, key)
    out = np.zeros((30, 2))
    for left, right, parent in zip(made.left.astype(int), made.right.astype(int), made.parent, strict=True):
        times = made.time[parent]
        out[left:right, 1] = np.where(out[left:right, 1] == 0, times, out[left:right, 1])
        out[left:right, 0] = times
    return out


@pytest.mark.parametrize(("size", "seen"), [(50.0, True), (52.5, False)])
def test_three_lineages_of_a_constant_size(size: float, seen: bool) -> None:
    """Mean times 4/3 and 1/3 of 2 N = 100 (Kingman 1982, doi:10.1016/0304-4149(82)90011-4); sd of the means of 20,100
    bases .77 and .24, and a size of one in twenty more is out by 8."""
    epochs = Epochs.of(msprime.Demography.isolated_model([size]))
    assert epochs is not None
    mean = np.concatenate([heights(epochs, key) for key in range(670)]).mean(0)
    near = np.abs(mean - [400 / 3, 100 / 3]) < 4 * np.array([0.77, 0.24])
    assert bool(near.all()) is seen
