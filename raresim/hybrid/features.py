"""What a discriminator looks at in a record: numbers that do not name the disease."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from raresim.clinical.entry import Entry
from raresim.clinical.features import Lexicon

Rows = NDArray[np.int32]
Floats = NDArray[np.float64]

FEATURES = (
    *("observed", "excluded", "share excluded", "information", "its spread", "least", "most"),
    *("depth", "its spread ", "shallowest", "deepest", "leaves", "systems", "systems a term", "entropy of systems"),
    *("exact", "ancestors", "descendants", "unrelated", "frequency", "always", "covered", "frequent covered"),
    *("similarity to entry", "of unrelated", "unrelated in new systems", "resnik", "largest", "least ", "nearest"),
    *("excluded: information", "depth ", "leaves ", "exact ", "ancestors ", "descendants ", "unrelated "),
    *("frequency ", "resnik to observed", "same system", "below observed", "similarity to entry "),
)
ENTROPY = FEATURES.index("entropy of systems")
HIGH = 0.8  # frequency of terms that are expected (HPO: very frequent)


def features(
    records: Sequence[tuple[Rows, Rows]], relation: NDArray[np.int8], entry: Entry, lexicon: Lexicon
) -> Floats:
    """Return float64[records, 42], in the order of ``FEATURES``, of records (observed, excluded) of one disease.

    relation int8[n]: of each term to the entry, as in :class:`raresim.clinical.features.View`. Similarities: Resnik
    1995 (IJCAI, 448), Lin 1998 (ICML, 296).
    """
    from raresim.kernels.clinical import similarity
    from raresim.kernels.discriminator import numbers
    from raresim.kernels.matches import group_similarity

    known, info = lexicon.terms, lexicon.knowledge.information
    share = np.where(entry.n > 0, entry.k / np.maximum(entry.n, 1), np.nan)
    often = (entry.n > 0) & (entry.k >= HIGH * entry.n)
    system = np.bitwise_or.reduce(known.branch[entry.rows])
    tree = (known.line_off, known.line, info)
    lengths = np.array([(len(o), len(x)) for o, x in records])
    off = np.concatenate([[0], np.cumsum(lengths)])
    rows = np.concatenate([part for record in records for part in record])
    targets, group = np.concatenate([o for o, _ in records]), np.repeat(np.arange(len(records)), lengths.sum(axis=1))
    near = group_similarity(rows, group, np.concatenate([[0], np.cumsum(lengths[:, 0])]), targets, *tree)
    lin = similarity(entry.rows, rows, *tree)
    out, systems = numbers(
        *(off, rows, relation, entry.rows, share, often, system),
        *(*tree, known.depth, known.leaf, known.branch, lin, near),
    )
    for record, mentions in zip(out, systems, strict=True):
        part = mentions[mentions > 0] / max(mentions.sum(), 1)
        record[ENTROPY] = -(part * np.log(part)).sum()
    found: Floats = out
    return found
