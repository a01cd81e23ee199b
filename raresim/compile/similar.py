"""Onset of diseases that have none in the sources: that of the diseases most like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.catalog import Disease

NEIGHBOURS = 10  # diseases that lend their onset: a choice
SIMILAR = "similar diseases"


def lend(diseases: Sequence[Disease]) -> list[Disease]:
    """Return the diseases; those with findings and genes but without an onset have the onset classes of the ten most
    similar ones that have it, each weighted by its similarity.

    Similarity of two diseases: information content of the findings (with all terms above them) that they share, over
    that of the findings that either has (a weighted Jaccard index; Pesquita et al. 2008, BMC Bioinformatics 9 S5:S4).
    """
    closed = [_closure(disease) for disease in diseases]
    weight = _information(closed)
    size = np.array([weight[rows].sum() for rows in closed])
    donors = np.array([bool(disease.onset) for disease in diseases])
    holders = _holders(closed, len(weight))
    out = []
    for i, disease in enumerate(diseases):
        if disease.onset or not disease.genes or not len(closed[i]):
            out.append(disease)
            continue
        shared = np.zeros(len(diseases))
        for row in closed[i].tolist():
            shared[holders[row]] += weight[row]
        likeness = np.where(donors, shared / np.maximum(size + size[i] - shared, 1e-9), 0.0)
        best = np.lexsort((np.arange(len(diseases)), -likeness))[:NEIGHBOURS].tolist()
        votes: Counter[tuple[float, float]] = Counter()
        for j in best:
            total = sum(share for _, _, share in diseases[j].onset)
            for low, high, share in diseases[j].onset:
                votes[low, high] += float(likeness[j] * share / total)  # type: ignore[assignment]
        ranges = tuple((low, high, round(float(v), 4)) for (low, high), v in sorted(votes.items()) if v >= 5e-5)
        out.append(replace(disease, onset=ranges, onset_source=SIMILAR if ranges else ""))
    return out


def _closure(disease: Disease) -> NDArray[np.int64]:
    terms = ontology.load()
    rows = [terms.ancestors(terms.rows[row.term]) for row in disease.annotations if not row.excluded]
    return np.unique(np.concatenate(rows)) if rows else np.zeros(0, np.int64)


def _information(closed: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
    count = np.bincount(np.concatenate(closed), minlength=len(ontology.load()))
    return np.where(count > 0, -np.log(np.maximum(count, 1) / sum(map(bool, map(len, closed)))), 0.0)


def _holders(closed: Sequence[NDArray[np.int64]], terms: int) -> list[NDArray[np.int64]]:
    owner = np.repeat(np.arange(len(closed)), [len(rows) for rows in closed])
    flat = np.concatenate(closed)
    order = np.argsort(flat, kind="stable")
    return np.split(owner[order], np.cumsum(np.bincount(flat, minlength=terms))[:-1])
