"""Similarity of terms inside groups, and of a query with every disease, for the realism audit."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def group_similarity(query, group, target_off, targets, ancestor_off, ancestors_of, information):
    """Compare every query term with the targets of its group: float64[queries, 4].

    query int32[q] are rows of terms; the targets of query i are ``targets[target_off[g]:target_off[g + 1]]`` with
    g = group[i]. Columns: sum, least and largest Resnik similarity over the targets that are not the query itself
    (0, inf and -1 without any), and the largest Lin similarity over all targets (0 without any). Ancestors as in
    ``raresim/kernels/similarity.py``. Resnik 1995 (IJCAI, 448); Lin 1998 (ICML, 296).
    """
    out = np.zeros((len(query), 4), np.float64)
    value = np.zeros(len(ancestor_off) - 1, np.float64)
    for i in range(len(query)):
        for a in range(ancestor_off[query[i]], ancestor_off[query[i] + 1]):
            value[ancestors_of[a]] = information[ancestors_of[a]]
        total = 0.0
        least = np.inf
        most = -1.0
        lin = 0.0
        for k in range(target_off[group[i]], target_off[group[i] + 1]):
            t = targets[k]
            best = 0.0
            for a in range(ancestor_off[t], ancestor_off[t + 1]):
                best = max(best, value[ancestors_of[a]])
            lin = max(lin, 2.0 * best / max(information[query[i]] + information[t], 1e-9))
            if t != query[i]:
                total += best
                least = min(least, best)
                most = max(most, best)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = total, least, most, lin
        for a in range(ancestor_off[query[i]], ancestor_off[query[i] + 1]):
            value[ancestors_of[a]] = 0.0
    return out


@njit(cache=True, nogil=True)
def best_matches(similarity, set_off, set_terms):
    """Match a query with every set: best-match average float64[sets], best match of each query float32[sets, queries].

    similarity float32[terms, queries]; set s holds the rows ``set_terms[set_off[s]:set_off[s + 1]]`` of it. The average
    is the mean of (mean over queries of their best match in the set) and (mean over the set of its best match among the
    queries) (Pesquita et al. 2008, BMC Bioinformatics 9 Suppl 5:S4); 0 for an empty set or query.
    """
    terms, many = similarity.shape
    sets = len(set_off) - 1
    average = np.zeros(sets, np.float64)
    best = np.zeros((sets, many), np.float32)
    if many == 0:
        return average, best
    nearest = np.zeros(terms, np.float32)
    for t in range(terms):
        for q in range(many):
            nearest[t] = max(nearest[t], similarity[t, q])
    for s in range(sets):
        size = set_off[s + 1] - set_off[s]
        if size == 0:
            continue
        back = 0.0
        for k in range(set_off[s], set_off[s + 1]):
            t = set_terms[k]
            back += nearest[t]
            for q in range(many):
                best[s, q] = max(best[s, q], similarity[t, q])
        forth = 0.0
        for q in range(many):
            forth += best[s, q]
        average[s] = 0.5 * (forth / many + back / size)
    return average, best
