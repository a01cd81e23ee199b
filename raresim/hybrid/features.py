"""What a discriminator looks at in a record: numbers that do not name the disease."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from raresim.clinical.entry import Entry
from raresim.clinical.features import Lexicon

Rows = NDArray[np.int32]
Floats = NDArray[np.float64]

NONE = -1.0  # where a number has no value
FEATURES = (
    *("observed", "excluded", "share excluded", "information", "its spread", "least", "most"),
    *("depth", "its spread ", "shallowest", "deepest", "leaves", "systems", "systems a term", "entropy of systems"),
    *("exact", "ancestors", "descendants", "unrelated", "frequency", "always", "covered", "frequent covered"),
    *("similarity to entry", "of unrelated", "unrelated in new systems", "resnik", "largest", "least ", "nearest"),
    *("excluded: information", "depth ", "leaves ", "exact ", "ancestors ", "descendants ", "unrelated "),
    *("frequency ", "resnik to observed", "same system", "below observed", "similarity to entry "),
)
HIGH, CERTAIN = 0.8, 0.99  # frequencies of terms that are expected (HPO: very frequent), and said to be in everyone


def features(
    records: Sequence[tuple[Rows, Rows]], relation: NDArray[np.int8], entry: Entry, lexicon: Lexicon
) -> Floats:
    """Return float64[records, 42], in the order of ``FEATURES``, of records (observed, excluded) of one disease.

    relation int8[n]: of each term to the entry, as in :class:`raresim.clinical.features.View`. Similarities: Resnik
    1995 (IJCAI, 448), Lin 1998 (ICML, 296).
    """
    share = np.full(len(relation), np.nan)
    known = entry.n > 0
    share[entry.rows[known]] = (entry.k / np.maximum(entry.n, 1))[known]
    often = entry.rows[known & (entry.k >= HIGH * entry.n)]
    system = int(np.bitwise_or.reduce(lexicon.terms.branch[entry.rows]))
    return np.array([_one(o, x, relation, share, often, system, entry.rows, lexicon) for o, x in records])


def _one(
    o: Rows,
    x: Rows,
    relation: NDArray[np.int8],
    share: Floats,
    often: Rows,
    system: int,
    entry: Rows,
    lexicon: Lexicon,
) -> list[float]:
    from raresim.kernels.clinical import similarity
    from raresim.kernels.matches import group_similarity

    known, info = lexicon.terms, lexicon.knowledge.information
    tree = (known.line_off, known.line, info)
    branch = known.branch
    ic, depth, kind, frequency = info[o], known.depth[o], relation[o], share[o[relation[o] == 0]]
    bits = (branch[o][:, None] >> np.arange(32, dtype=np.uint32)) & np.uint32(1)
    systems = bits.sum(axis=0)
    part = systems[systems > 0] / max(systems.sum(), 1)
    lin = similarity(entry, o, *tree)
    unrelated = kind == 3
    inside = group_similarity(o, np.zeros(len(o), np.int64), np.array([0, len(o)]), o, *tree)
    many = len(o) > 1
    out = [
        *(len(o), len(x), len(x) / (len(o) + len(x)), ic.mean(), ic.std(), ic.min(), ic.max()),
        *(depth.mean(), depth.std(), depth.min(), depth.max(), known.leaf[o].mean()),
        *((systems > 0).sum(), (systems > 0).sum() / len(o), float(-(part * np.log(part)).sum())),
        *((kind == j).mean() for j in range(4)),
        *(_mean(frequency), _mean((frequency >= CERTAIN)[~np.isnan(frequency)])),
        (kind == 0).sum() / len(entry),
        np.isin(often, o).mean() if len(often) else NONE,
        *(lin.mean(), _mean(lin[unrelated]), _mean((branch[o][unrelated] & np.uint32(system)) == 0)),
        *(
            (inside[:, 0].mean() / (len(o) - 1), inside[:, 2].max(), inside[:, 1].min(), inside[:, 2].mean())
            if many
            else [NONE] * 4
        ),
    ]
    if not len(x):
        return [*map(float, out), *[NONE] * 12]
    across = group_similarity(x, np.zeros(len(x), np.int64), np.array([0, len(o)]), o, *tree)
    seen = np.bitwise_or.reduce(branch[o])
    below = np.array([np.isin(known.above(row), o).any() for row in x.tolist()])
    out += [
        *(info[x].mean(), known.depth[x].mean(), known.leaf[x].mean()),
        *((relation[x] == j).mean() for j in range(4)),
        *(_mean(share[x[relation[x] == 0]]), across[:, 0].mean() / len(o), ((branch[x] & seen) != 0).mean()),
        *(below.mean(), similarity(entry, x, *tree).mean()),
    ]
    return [float(v) for v in out]


def _mean(values: NDArray[np.generic]) -> float:
    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    return float(known.mean()) if len(known) else NONE
