"""The obvious twin of raresim/audit/realism/features.py: one case at a time, with sets."""

from __future__ import annotations

from collections import Counter

import numpy as np


def features(observed, excluded, listed, space, information):
    """Features by name of one case; listed: frequency by annotated term (NaN for none). Missing ones have no value."""
    line = {t: set(space.line(t).tolist()) for t in range(len(space))}
    systems = {t: line[t] & set(space.children[space.root]) for t in range(len(space))}
    closed = {a for t in listed for a in line[t]}

    def relation(t):
        if t in listed:
            return "exact"
        if t in closed:
            return "anc"
        return "desc" if (line[t] - {space.root}) & set(listed) else "unrel"

    def resnik(a, b):
        return max(information[row] for row in line[a] & line[b])

    def lin(a, b):
        return 2 * resnik(a, b) / max(information[a] + information[b], 1e-9)

    def best(t):
        return max((lin(t, s) for s in listed), default=0.0)

    n, x = len(observed), len(excluded)
    f = {"n_obs": n, "n_exc": x, "exc_share": x / max(n + x, 1)}
    if n:
        ic, depth = information[observed], space.depth[observed]
        for name, values in (("ic", ic), ("depth", depth)):
            f[f"{name}_mean"], f[f"{name}_sd"] = values.mean(), values.std()
            f[f"{name}_min"], f[f"{name}_max"] = values.min(), values.max()
        f["leaf_share"] = space.leaf[observed].mean()
        count = Counter(b for t in observed for b in systems[t])
        share = np.array(list(count.values())) / max(sum(count.values()), 1)
        f["n_branch"], f["branch_ratio"] = len(count), len(count) / n
        f["branch_entropy"] = -(share * np.log(share + 1e-12)).sum()
        f["redundant"] = np.mean([any(u != t and u in line[t] for u in observed) for t in observed])
        f["contradict"] = np.mean([bool(line[t] & set(excluded)) for t in observed])
        kinds = [relation(t) for t in observed]
        for name in ("exact", "anc", "desc", "unrel"):
            f[f"s_{name}"] = np.mean([kind == name for kind in kinds])
        known = [listed[t] for t in observed if t in listed and not np.isnan(listed[t])]
        if known:
            f["freq_exact"], f["freq1_share"] = np.mean(known), np.mean([p >= 0.99 for p in known])
        f["cov_ann"] = kinds.count("exact") / max(len(listed), 1)
        high = [t for t, p in listed.items() if p >= 0.8]
        if high:
            f["cov_high"] = len(set(high) & set(observed)) / len(high)
        f["lin_best"] = np.mean([best(t) for t in observed])
        others = [t for t, kind in zip(observed, kinds, strict=True) if kind == "unrel"]
        if others:
            of_disease = {b for t in listed for b in systems[t]}
            f["lin_best_unrel"] = np.mean([best(t) for t in others])
            f["unrel_newbranch"] = np.mean([not systems[t] & of_disease for t in others])
        if n > 1:
            pairs = np.array([[resnik(a, b) for b in observed] for a in observed])
            upper = pairs[np.triu_indices(n, 1)]
            f["res_mean"], f["res_max"], f["res_min"] = upper.mean(), upper.max(), upper.min()
            np.fill_diagonal(pairs, -1)
            f["res_nn"] = pairs.max(1).mean()
    if x:
        f["x_ic_mean"], f["x_depth_mean"] = information[excluded].mean(), space.depth[excluded].mean()
        f["x_leaf"] = space.leaf[excluded].mean()
        kinds = [relation(t) for t in excluded]
        for name in ("exact", "anc", "desc", "unrel"):
            f[f"x_{name}"] = np.mean([kind == name for kind in kinds])
        known = [listed[t] for t in excluded if t in listed and not np.isnan(listed[t])]
        if known:
            f["x_freq_exact"] = np.mean(known)
        f["x_lin_best"] = np.mean([best(t) for t in excluded])
        if n:
            seen = {b for t in observed for b in systems[t]}
            f["x_res_obs"] = np.mean([[resnik(a, b) for b in excluded] for a in observed])
            f["x_samebranch"] = np.mean([bool(systems[t] & seen) for t in excluded])
            f["x_desc_of_obs"] = np.mean([bool(line[t] & set(observed)) for t in excluded])
    return f
