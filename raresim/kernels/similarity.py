"""Semantic similarity of term sets over the arrays of ancestors."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def pair_information(query, terms, ancestor_off, ancestors_of, information):
    """Resnik similarity of every query term with every other term: float32[queries, terms].

    query int32[q] and terms int32[t] are rows of the ontology; the ancestors of row i (itself among them) are
    ``ancestors_of[ancestor_off[i]:ancestor_off[i + 1]]``; information float64[rows]. The value is the information
    content of the most informative common ancestor (Resnik 1995).
    """
    out = np.zeros((len(query), len(terms)), np.float32)
    value = np.zeros(len(ancestor_off) - 1, np.float32)
    for q in range(len(query)):
        for a in range(ancestor_off[query[q]], ancestor_off[query[q] + 1]):
            value[ancestors_of[a]] = information[ancestors_of[a]]
        for t in range(len(terms)):
            best = np.float32(0.0)
            for a in range(ancestor_off[terms[t]], ancestor_off[terms[t] + 1]):
                best = max(best, value[ancestors_of[a]])
            out[q, t] = best
        for a in range(ancestor_off[query[q]], ancestor_off[query[q] + 1]):
            value[ancestors_of[a]] = 0.0
    return out


@njit(cache=True, nogil=True)
def best_match_average(similarity, set_off, set_terms):
    """Symmetric best-match average of the query with every set: float64[sets]; 0 for an empty set or query.

    similarity float32[queries, terms]; set s holds the columns ``set_terms[set_off[s]:set_off[s + 1]]``. The mean of
    (mean over queries of their best match in the set) and (mean over the set of its best matches among the queries)
    (Pesquita et al. 2008, BMC Bioinformatics 9 Suppl 5:S4).
    """
    many = similarity.shape[0]
    sets = len(set_off) - 1
    out = np.zeros(sets, np.float64)
    if many == 0:
        return out
    best = np.zeros(many, np.float32)
    for s in range(sets):
        size = set_off[s + 1] - set_off[s]
        if size == 0:
            continue
        best[:] = 0.0
        back = 0.0
        for k in range(set_off[s], set_off[s + 1]):
            column = set_terms[k]
            top = np.float32(0.0)
            for q in range(many):
                here = similarity[q, column]
                top = max(top, here)
                best[q] = max(best[q], here)
            back += top
        forth = 0.0
        for q in range(many):
            forth += best[q]
        out[s] = 0.5 * (forth / many + back / size)
    return out


@njit(cache=True, nogil=True)
def count_sets(set_off, set_rows, ancestor_off, ancestors_of):
    """Return int64[rows of the ontology]: how many sets hold a term or one below it; sets hold rows (int32)."""
    out = np.zeros(len(ancestor_off) - 1, np.int64)
    last = np.full(len(ancestor_off) - 1, -1, np.int64)
    for s in range(len(set_off) - 1):
        for k in range(set_off[s], set_off[s + 1]):
            for a in range(ancestor_off[set_rows[k]], ancestor_off[set_rows[k] + 1]):
                row = ancestors_of[a]
                if last[row] != s:
                    last[row] = s
                    out[row] += 1
    return out
