"""The obvious twins of raresim/kernels/matches.py."""

from __future__ import annotations

import numpy as np


def _line(row, ancestor_off, ancestors_of):
    return set(ancestors_of[ancestor_off[row] : ancestor_off[row + 1]].tolist())


def _resnik(a, b, off, of, information):
    return max((information[row] for row in _line(a, off, of) & _line(b, off, of)), default=0.0)


def group_similarity(query, group, target_off, targets, ancestor_off, ancestors_of, information):
    """Sum, least, largest Resnik similarity with the others of a group, largest Lin similarity with all."""
    out = np.zeros((len(query), 4))
    for i, term in enumerate(query.tolist()):
        mine = targets[target_off[group[i]] : target_off[group[i] + 1]].tolist()
        values = [_resnik(term, t, ancestor_off, ancestors_of, information) for t in mine if t != term]
        lin = [
            2
            * _resnik(term, t, ancestor_off, ancestors_of, information)
            / max(information[term] + information[t], 1e-9)
            for t in mine
        ]
        out[i] = sum(values), min(values, default=np.inf), max(values, default=-1.0), max(lin, default=0.0)
    return out


def best_matches(similarity, set_off, set_terms):
    """Best-match average by numpy's max along the axes of a block, and the best match of each query."""
    sets, many = len(set_off) - 1, similarity.shape[1]
    average, best = np.zeros(sets), np.zeros((sets, many))
    for s in range(sets):
        block = similarity[set_terms[set_off[s] : set_off[s + 1]]]
        if block.size:
            average[s] = (block.max(0).astype(float).mean() + block.max(1).astype(float).mean()) / 2
            best[s] = block.max(0)
    return average, best
