"""What a discriminator looks at in a record: numbers that do not name the disease."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

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
_BITS = np.arange(32, dtype=np.uint32)
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
    near = _near(records, entry.rows, lexicon)
    return np.array(
        [
            _one(o, x, relation, share, often, system, entry.rows, lexicon, *n)
            for (o, x), n in zip(records, near, strict=True)
        ]
    )


def _near(records: Sequence[tuple[Rows, Rows]], entry: Rows, lexicon: Lexicon) -> list[list[Floats]]:
    """Return of each record Lin's similarity to the entry, and Resnik's to the observed terms (columns of
    ``group_similarity``), of its observed and of its excluded terms."""
    from raresim.kernels.clinical import similarity
    from raresim.kernels.matches import group_similarity

    tree = (lexicon.terms.line_off, lexicon.terms.line, lexicon.knowledge.information)
    targets = np.concatenate([o for o, _ in records])
    off = np.cumsum([0, *(len(o) for o, _ in records)])
    out: list[list[Floats]] = [[] for _ in records]
    for side in range(2):
        many = [len(record[side]) for record in records]
        rows = np.concatenate([record[side] for record in records])
        group = np.repeat(np.arange(len(records)), many)
        ends = np.cumsum(many)[:-1]
        for values in (similarity(entry, rows, *tree), group_similarity(rows, group, off, targets, *tree)):
            for one, part in zip(out, np.split(values, ends), strict=True):
                one.append(part)
    return out


def _one(
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
    bits = (branch[o][:, None] >> _BITS) & np.uint32(1)
    systems = bits.sum(axis=0)
    part = systems[systems > 0] / max(systems.sum(), 1)
    unrelated = kind == 3
    many, relations = len(o) > 1, np.bincount(kind, minlength=4).tolist()
    out = [
        *(len(o), len(x), len(x) / (len(o) + len(x)), *_moments(ic), ic.min(), ic.max()),
        *(*_moments(depth), depth.min(), depth.max(), _share(known.leaf[o])),
        *(len(part), len(part) / len(o), float(-(part * np.log(part)).sum())),
        *(count / len(o) for count in relations),
        *(_mean(frequency), _mean((frequency >= CERTAIN)[~np.isnan(frequency)])),
        relations[0] / len(entry),
        _share(own[often]) if len(often) else NONE,
        *(_moments(lin)[0], _mean(lin[unrelated]), _mean((branch[o][unrelated] & np.uint32(system)) == 0)),
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
        *(_moments(info[x])[0], _moments(known.depth[x])[0], _share(known.leaf[x])),
        *(count / len(x) for count in np.bincount(relation[x], minlength=4).tolist()),
        *(_mean(share[x[relation[x] == 0]]), across[:, 0].mean() / len(o), _share(branch[x] & seen)),
        *(below / len(x), _moments(lin_x)[0]),
    ]
    return [float(v) for v in out]


def _share(values: NDArray[Any]) -> float:
    """Return the share of values that are not 0 or false."""
    return int(np.count_nonzero(values)) / len(values)


def _moments(values: NDArray[Any]) -> tuple[float, float]:
    """Return mean and standard deviation, added up as numpy's own do, without what these check."""
    mean = float(np.add.reduce(values, dtype=np.float64)) / len(values)
    apart = values - np.float64(mean)
    return mean, sqrt(float(np.add.reduce(apart * apart)) / len(values))


def _mean(values: NDArray[np.generic]) -> float:
    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    return _moments(known)[0] if len(known) else NONE
