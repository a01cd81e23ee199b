"""Learning the network of reports: structure by hill climbing, tables with a Dirichlet prior (pgmpy)."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim.clinical import examples, fit_structure
from raresim.errors import InputError
from raresim.network import nodes
from raresim.network.model import Network, Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from raresim.catalog import Catalog
    from raresim.reports import Report

EACH = 4  # reports of a publication and disease that are learned from, as in raresim.clinical.fit
PARENTS = 3  # of a node at most: a choice, so that a table can be read
PRIOR = 10.0  # equivalent sample size of the Dirichlet prior (BDeu; Heckerman et al. 1995, Machine Learning 20:197)


def fit(
    reports: Iterable[Report],
    catalog: Catalog,
    seed: int = 0,
    minimum_support: int = 3,
    notes: dict[str, Any] | None = None,
) -> Network:
    """Return the network of these reports; the same reports, catalog and seed give the same network.

    Each report is seen from its disease's entry without its own paper, and from the entry without all papers of the
    reports where that is another. Arrows lead from what is given (entry, age group, severity) to counts and organ
    systems, from counts to counts and to systems, and from systems to systems; hill climbing by AIC chooses them.
    InputError where pgmpy is missing or no report can be used.
    """
    reports = list(reports)
    material = examples.material(reports, catalog, minimum_support)
    ages = {report.id: report.age for report in reports}
    found = list(examples.seen(material, examples.capped(material.records, EACH, seed)))
    numbers = np.stack([nodes.described(s.entry, material.whole) for s in found])
    quarters = np.quantile(numbers, (0.25, 0.5, 0.75), axis=0).T
    profiles = np.stack([fit_structure.profile(s) for s in found])
    severe = severities([s.record.disease for s in found], profiles[:, :4].sum(axis=1), [s.record.name for s in found])
    rows = [
        {
            **nodes.given(s.entry, material.whole, quarters),
            "age": nodes.age_state(ages.get(s.record.name)),
            "severity": severity,
            **nodes.count_states(profile),
            **nodes.system_states(s.record.observed, s.record.excluded),
        }
        for s, profile, severity in zip(found, profiles, severe, strict=True)
    ]
    used = {"reports": len({id(s.record) for s in found}), "rows": len(rows), **(notes or {})}
    return Network(tuple(_learned(rows)), quarters, used)


def severities(diseases: Sequence[int], observed: NDArray[np.int64], names: Sequence[str]) -> list[str]:
    """Return mild, typical or severe: the thirds of the reports of a disease by their number of observed terms.

    Ties are broken by the reports' names; a disease with fewer than three reports is typical.
    """
    out = ["typical"] * len(diseases)
    rows: dict[int, list[int]] = {}
    for i, disease in enumerate(diseases):
        rows.setdefault(disease, []).append(i)
    for mine in rows.values():
        different = sorted({(int(observed[i]), names[i]) for i in mine})
        if len(different) >= 3:
            rank = {name: at for at, (_, name) in enumerate(different)}
            for i in mine:
                out[i] = nodes.SEVERITIES[3 * rank[names[i]] // len(different)]
    return out


def _states() -> dict[str, tuple[str, ...]]:
    """The states of all nodes, in order: given ones, counts, systems."""
    systems = nodes.systems().names
    return {
        **{f"entry: {name}": nodes.QUARTERS for name in nodes.DESCRIBED},
        **{f"entry: {name}": nodes.SHARES for name in systems},
        "age": (*nodes.AGES, nodes.UNSTATED),
        "severity": nodes.SEVERITIES,
        **dict.fromkeys(nodes.COUNTS, nodes.COUNT_STATES),
        **dict.fromkeys(systems, nodes.SYSTEM_STATES),
    }


def _learned(rows: list[dict[str, str]]) -> list[Node]:
    warnings.simplefilter("ignore", FutureWarning)
    try:
        from pgmpy.estimators import (  # type: ignore[import-not-found,unused-ignore]
            ExpertKnowledge,
            HillClimbSearch,
        )
    except ImportError:
        raise InputError("fit: needs pgmpy; pip install 'raresim-dx[network]'") from None
    import pandas as pd

    logging.getLogger("pgmpy").setLevel(logging.ERROR)
    states = _states()
    tier = {name: 1 if name in nodes.COUNTS else 2 if name in nodes.systems().names else 0 for name in states}
    data = pd.DataFrame(
        {name: pd.Categorical([row[name] for row in rows], categories=known) for name, known in states.items()}
    )
    free = [(a, b) for a in states for b in states if a != b and tier[b] > 0 and tier[a] <= tier[b]]
    free = [(a, b) for a, b in free if not a.startswith("entry: HP:") or a == f"entry: {b}"]
    dag = HillClimbSearch(data, state_names={k: list(v) for k, v in states.items()}).estimate(
        scoring_method="aic-d",
        max_indegree=PARENTS,
        expert_knowledge=ExpertKnowledge(
            required_edges=[(f"entry: {name}", name) for name in nodes.systems().names], search_space=free
        ),
        show_progress=False,
    )
    parents = {name: sorted(dag.predecessors(name), key=list(states).index) if name in dag else [] for name in states}
    made = {
        name: _node(name, known, tuple(parents[name]) if tier[name] else (), data, states, tier[name] > 0)
        for name, known in states.items()
    }
    return [made[name] for name in _ordered(made)]


def _node(name: str, known: tuple[str, ...], parents: tuple[str, ...], data: Any, states: Any, drawn: bool) -> Node:
    if not drawn:
        return Node(name, known, (), None)
    shape = [*(len(states[p]) for p in parents), len(known)]
    codes = np.ravel_multi_index([data[n].cat.codes.to_numpy().astype(np.int64) for n in (*parents, name)], shape)
    count = np.bincount(codes, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)
    count += PRIOR / count.size
    return Node(name, known, parents, count / count.sum(axis=-1, keepdims=True))


def _ordered(made: dict[str, Node]) -> list[str]:
    """Names, parents first, else in the given order."""
    out: list[str] = []
    while len(out) < len(made):
        out.append(next(n for n, node in made.items() if n not in out and all(p in out for p in node.parents)))
    return out
