"""The obvious twins of raresim/kernels/similarity.py."""

from __future__ import annotations

import numpy as np


def pair_information(query, terms, ancestor_off, ancestors_of, information):
    """Information of the most informative common ancestor, by intersecting sets."""

    def line(row):
        return set(ancestors_of[ancestor_off[row] : ancestor_off[row + 1]].tolist())

    out = np.zeros((len(query), len(terms)), np.float32)
    for q, one in enumerate(query):
        for t, other in enumerate(terms):
            out[q, t] = max((information[row] for row in line(one) & line(other)), default=0.0)
    return out


def best_match_average(similarity, set_off, set_terms):
    """Mean of the two means of best matches, by numpy's max along the axes of a block."""
    out = np.zeros(len(set_off) - 1)
    for s in range(len(out)):
        block = similarity[:, set_terms[set_off[s] : set_off[s + 1]]]
        if block.size:
            out[s] = (block.max(1).astype(float).mean() + block.max(0).astype(float).mean()) / 2
    return out


def count_sets(set_off, set_rows, ancestor_off, ancestors_of):
    """How many sets reach each row, by the union of ancestors of each set."""
    out = np.zeros(len(ancestor_off) - 1, np.int64)
    for s in range(len(set_off) - 1):
        reached = set()
        for row in set_rows[set_off[s] : set_off[s + 1]]:
            reached |= set(ancestors_of[ancestor_off[row] : ancestor_off[row + 1]].tolist())
        for row in reached:
            out[row] += 1
    return out
