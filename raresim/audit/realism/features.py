"""44 features of a case that do not name its disease: counts, specificity, spread, relation to the disease's entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism.cases import Cases
from raresim.audit.realism.entries import Entries

Floats = NDArray[np.float64]

FEATURES = (
    *("n_obs", "n_exc", "exc_share", "ic_mean", "ic_sd", "ic_min", "ic_max"),
    *("depth_mean", "depth_sd", "depth_min", "depth_max", "leaf_share"),
    *("n_branch", "branch_ratio", "branch_entropy", "redundant", "contradict"),
    *("s_exact", "s_anc", "s_desc", "s_unrel", "freq_exact", "freq1_share", "cov_ann", "cov_high"),
    *("lin_best", "lin_best_unrel", "unrel_newbranch", "res_mean", "res_max", "res_min", "res_nn"),
    *("x_ic_mean", "x_depth_mean", "x_leaf", "x_exact", "x_anc", "x_desc", "x_unrel", "x_freq_exact"),
    *("x_res_obs", "x_samebranch", "x_desc_of_obs", "x_lin_best"),
)
HIGH, CERTAIN = 0.8, 0.99  # frequencies from which a term is expected (HPO: very frequent), or said to be in everyone


@dataclass(frozen=True, eq=False)
class _Side:
    """The observed (or excluded) terms of all cases, one row a term: its case, and what it is to case and disease."""

    many: int
    case: NDArray[np.int64]
    term: NDArray[np.int32]
    relation: NDArray[np.int64]  # 0 listed, 1 above a listed term, 2 below one, 3 unrelated
    frequency: Floats  # of listed terms, NaN where none is given
    lin: Floats  # best Lin similarity with a listed term

    def mean(self, values: Any, where: Any = True) -> Floats:
        """Return the mean of each case over its rows (those of ``where`` alone); NaN without any."""
        keep = np.broadcast_to(where, self.case.shape) & ~np.isnan(np.asarray(values, np.float64))
        count = np.bincount(self.case[keep], minlength=self.many)
        total = np.bincount(self.case[keep], np.asarray(values, np.float64)[keep], minlength=self.many)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(total / count, np.float64)

    def extreme(self, values: Any, ufunc: Any) -> Floats:
        """Return the least or largest value of each case; NaN without rows."""
        out = np.full(self.many, np.nan)
        begin = np.flatnonzero(np.diff(self.case, prepend=-1))
        if len(begin):
            out[self.case[begin]] = ufunc.reduceat(np.asarray(values, np.float64), begin)
        return out


def features(cases: Cases, entries: Entries, information: Floats) -> Floats:
    """Return float64[cases, 44] in the order of ``FEATURES``; NaN where a feature has no value.

    information float64[n] is the information content of the terms (nats). Relations, frequencies and coverage are
    those to the entry of the case's disease. Similarities: Resnik 1995 (IJCAI, 448), Lin 1998 (ICML, 296).
    """
    from raresim.kernels.matches import group_similarity

    space, n = cases.space, len(cases)
    tree = (space.ancestor_off, space.ancestors_of, information)
    o = _side(cases, cases.observed_off, cases.observed, entries, tree)
    x = _side(cases, cases.excluded_off, cases.excluded, entries, tree)
    seen = np.diff(cases.observed_off)
    unseen = np.diff(cases.excluded_off)
    has = seen > 0
    f: dict[str, Any] = {"n_obs": seen, "n_exc": unseen, "exc_share": unseen / np.maximum(seen + unseen, 1)}

    for name, values in (("ic", information[o.term]), ("depth", space.depth[o.term].astype(np.float64))):
        mean = f[f"{name}_mean"] = o.mean(values)
        f[f"{name}_sd"] = np.sqrt(o.mean((values - mean[o.case]) ** 2))
        f[f"{name}_min"], f[f"{name}_max"] = o.extreme(values, np.minimum), o.extreme(values, np.maximum)
    f["leaf_share"] = o.mean(space.leaf[o.term])

    systems = (cases.observed_matrix @ space.systems).toarray().astype(np.float64)  # cases x organ systems
    share = systems / np.maximum(systems.sum(axis=1, keepdims=True), 1)
    f["n_branch"] = np.where(has, (systems > 0).sum(axis=1), np.nan)
    f["branch_ratio"] = f["n_branch"] / np.maximum(seen, 1)
    f["branch_entropy"] = np.where(has, -(share * np.log(share + 1e-12)).sum(axis=1), np.nan)

    lines = space.above[o.term]
    f["redundant"] = o.mean(_common(lines, cases.observed_matrix[o.case]) > 1)
    f["contradict"] = o.mean(_common(lines, cases.excluded_matrix[o.case]) > 0)
    for which, name in enumerate(("exact", "anc", "desc", "unrel")):
        f[f"s_{name}"] = o.mean(o.relation == which)
        f[f"x_{name}"] = x.mean(x.relation == which)
    exact, unrelated = o.relation == 0, o.relation == 3
    f["freq_exact"] = o.mean(o.frequency, exact)
    f["freq1_share"] = o.mean(np.where(np.isnan(o.frequency), np.nan, o.frequency >= CERTAIN), exact)
    listed = np.diff(entries.off)[cases.disease]
    f["cov_ann"] = np.where(has, np.bincount(o.case[exact], minlength=n) / np.maximum(listed, 1), np.nan)
    owner = np.repeat(np.arange(len(entries)), np.diff(entries.off))
    often = np.bincount(owner[entries.frequency >= HIGH], minlength=len(entries))[cases.disease]
    high = exact & (np.nan_to_num(o.frequency) >= HIGH)
    with np.errstate(invalid="ignore", divide="ignore"):
        f["cov_high"] = np.where(has & (often > 0), np.bincount(o.case[high], minlength=n) / often, np.nan)
    f["lin_best"], f["lin_best_unrel"] = o.mean(o.lin), o.mean(o.lin, unrelated)
    of_disease = ((entries.listed @ space.systems) > 0).astype(np.float32)
    f["unrel_newbranch"] = o.mean(_common(space.systems[o.term], of_disease[cases.disease[o.case]]) == 0, unrelated)

    inside = group_similarity(o.term, o.case, cases.observed_off, cases.observed, *tree)
    several = seen[o.case] > 1
    f["res_mean"] = o.mean(np.where(several, inside[:, 0] / np.maximum(seen[o.case] - 1, 1), np.nan))
    f["res_min"] = o.extreme(np.where(several, inside[:, 1], np.nan), np.minimum)
    f["res_max"] = o.extreme(np.where(several, inside[:, 2], np.nan), np.maximum)
    f["res_nn"] = o.mean(np.where(several, inside[:, 2], np.nan))

    f["x_ic_mean"], f["x_depth_mean"] = x.mean(information[x.term]), x.mean(space.depth[x.term])
    f["x_leaf"], f["x_lin_best"] = x.mean(space.leaf[x.term]), x.mean(x.lin)
    f["x_freq_exact"] = x.mean(x.frequency, x.relation == 0)
    both = has[x.case]
    across = group_similarity(x.term, x.case, cases.observed_off, cases.observed, *tree)[:, 0]
    f["x_res_obs"] = x.mean(across / np.maximum(seen[x.case], 1), both)
    present = (cases.observed_matrix @ space.systems > 0).astype(np.float32)
    f["x_samebranch"] = x.mean(_common(space.systems[x.term], present[x.case]) > 0, both)
    f["x_desc_of_obs"] = x.mean(_common(space.above[x.term], cases.observed_matrix[x.case]) > 0, both)
    return np.column_stack([np.asarray(f[name], np.float64) for name in FEATURES])


def _side(
    cases: Cases, off: NDArray[np.int64], terms: NDArray[np.int32], entries: Entries, tree: tuple[Any, Any, Any]
) -> _Side:
    from raresim.kernels.matches import group_similarity

    space = cases.space
    case = np.repeat(np.arange(len(cases)), np.diff(off))
    disease = cases.disease[case]
    place = _at(entries.place, disease, terms).astype(np.int64)
    listed = place > 0
    above = _at(entries.closed, disease, terms) > 0
    at_root = np.asarray(entries.listed[:, [space.root]].toarray()).ravel()[disease]
    below = _common(space.above[terms], entries.listed[disease]) - at_root > 0
    relation = np.where(listed, 0, np.where(above, 1, np.where(below, 2, 3)))
    lin = group_similarity(terms, disease, entries.off, entries.terms, *tree)[:, 3]
    return _Side(len(cases), case, terms, relation, np.append(entries.frequency, np.nan)[place - 1], lin)


def _at(matrix: Any, rows: NDArray[Any], columns: NDArray[Any]) -> Floats:
    """Return the values of a sparse matrix at pairs of row and column."""
    return np.asarray(matrix[rows, columns], np.float64).ravel() if len(rows) else np.zeros(0)


def _common(a: Any, b: Any) -> NDArray[np.float64]:
    """Return how many columns each row of two sparse 0/1 matrices shares."""
    return np.asarray(a.multiply(b).sum(axis=1), np.float64).ravel()
