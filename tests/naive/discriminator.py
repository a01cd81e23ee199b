"""The obvious twin of ``raresim/kernels/discriminator.py``."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.clinical.features import Lexicon

Rows = NDArray[np.int32]
Floats = NDArray[np.float64]
BITS = np.arange(32, dtype=np.uint32)
NONE, CERTAIN = -1.0, 0.99


def numbers(
    o: Rows,
    x: Rows,
    relation: NDArray[np.int8],
    share: Floats,
    often: Rows,
    system: int,
    entry: Rows,
    lexicon: Lexicon,
    lin: Floats,
    inside: Floats,
    lin_x: Floats,
    across: Floats,
) -> list[float]:
    known, info = lexicon.terms, lexicon.knowledge.information
    branch, own = known.branch, np.zeros(len(info), np.bool_)
    own[o] = True
    ic, depth, kind, frequency = info[o], known.depth[o], relation[o], share[o[relation[o] == 0]]
    bits = (branch[o][:, None] >> BITS) & np.uint32(1)
    systems = bits.sum(axis=0)
    part = systems[systems > 0] / max(systems.sum(), 1)
    unrelated = kind == 3
    many, relations = len(o) > 1, np.bincount(kind, minlength=4).tolist()
    out = [
        *(len(o), len(x), len(x) / (len(o) + len(x)), *moments(ic), ic.min(), ic.max()),
        *(*moments(depth), depth.min(), depth.max(), share_of(known.leaf[o])),
        *(len(part), len(part) / len(o), float(-(part * np.log(part)).sum())),
        *(count / len(o) for count in relations),
        *(mean_of(frequency), mean_of((frequency >= CERTAIN)[~np.isnan(frequency)])),
        relations[0] / len(entry),
        share_of(own[often]) if len(often) else NONE,
        *(moments(lin)[0], mean_of(lin[unrelated]), mean_of((branch[o][unrelated] & np.uint32(system)) == 0)),
        *(
            (inside[:, 0].mean() / (len(o) - 1), inside[:, 2].max(), inside[:, 1].min(), inside[:, 2].mean())
            if many
            else [NONE] * 4
        ),
    ]
    if not len(x):
        return [*map(float, out), *[NONE] * 12]
    seen = np.bitwise_or.reduce(branch[o])
    below = sum(bool(own[known.above(row)].any()) for row in x.tolist())
    out += [
        *(moments(info[x])[0], moments(known.depth[x])[0], share_of(known.leaf[x])),
        *(count / len(x) for count in np.bincount(relation[x], minlength=4).tolist()),
        *(mean_of(share[x[relation[x] == 0]]), across[:, 0].mean() / len(o), share_of(branch[x] & seen)),
        *(below / len(x), moments(lin_x)[0]),
    ]
    return [float(v) for v in out]


def share_of(values: NDArray[Any]) -> float:
    """Return the share of values that are not 0 or false."""
    return int(np.count_nonzero(values)) / len(values)


def moments(values: NDArray[Any]) -> tuple[float, float]:
    """Return mean and standard deviation, added up as numpy's own do, without what these check."""
    mean = float(np.add.reduce(values, dtype=np.float64)) / len(values)
    apart = values - np.float64(mean)
    return mean, sqrt(float(np.add.reduce(apart * apart)) / len(values))


def mean_of(values: NDArray[np.generic]) -> float:
    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    return moments(known)[0] if len(known) else NONE


def leaves(x: NDArray[np.float32], trees: list[Any]) -> Floats:
    """The leaf of each tree of one record, a split after the other."""
    out = []
    for feature, threshold, left, right, value in trees:
        node = 0
        while left[node] >= 0:
            node = left[node] if x[feature[node]] <= threshold[node] else right[node]
        out.append(float(value[node]))
    return np.array(out)
