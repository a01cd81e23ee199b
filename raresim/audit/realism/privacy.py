"""Does a generator give its training cases away? Distances, exact copies, membership inference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from raresim.audit.classifier import area
from raresim.audit.realism.cases import Cases
from raresim.audit.realism.setting import Setting, cases_of
from raresim.audit.realism.split import capped

EACH = 8  # simulated cases for each training case: a choice
COPY = 4  # observed terms from which an equal case is a copy, no coincidence: a choice

Terms = frozenset[int]


@dataclass(frozen=True)
class Privacy:
    """Simulated cases against the training cases and as many held-out cases of their disease; distance: 1 - Jaccard
    index of the observed terms.

    nearer: share of simulated cases nearer to the nearest training case than to the nearest held-out one (ties half).
    to_training, to_held_out: mean distance to the nearest. copies: simulated cases of four or more observed terms that
    equal a training case of the disease in all observed and excluded terms. membership: area under the curve of an
    attack that calls a case a member the nearer its nearest simulated case is (0.5: nothing is learned).
    """

    diseases: int
    simulated: int
    nearer: float
    to_training: float
    to_held_out: float
    copies: int
    membership: float


def privacy(known: Setting, simulate: Callable[[Sequence[str]], Cases]) -> Privacy | None:
    """Return the privacy figures of what ``simulate`` gives for ids of diseases: those with training and held-out cases
    in the entries. None without such a disease."""
    rng = np.random.Generator(np.random.PCG64(0))
    held = _terms(cases_of([r for r in known.judged if r.disease in known.entries.rows], known.entries))
    train = _terms(cases_of(capped([r for r in known.parts.train if r.disease in known.entries.rows]), known.entries))
    every = _terms(cases_of([r for r in known.parts.train if r.disease in known.entries.rows], known.entries))
    both = sorted(held.keys() & train.keys())
    if not both:
        return None
    size = {d: min(len(held[d]), len(train[d])) for d in both}
    made = _terms(simulate([known.entries.ids[d][0] for d in both for _ in range(EACH * size[d])]))
    nearer, to_training, to_held, copies = [], [], [], 0
    members, others = [], []
    for d in both:
        mine = [train[d][i][0] for i in rng.permutation(len(train[d]))[: size[d]].tolist()]
        theirs = [held[d][i][0] for i in rng.permutation(len(held[d]))[: size[d]].tolist()]
        whole = set(every[d])
        for seen, unseen in made[d]:
            x, y = (min(distance(seen, other) for other in group) for group in (mine, theirs))
            nearer.append(1.0 if x < y else 0.5 if x == y else 0.0)
            to_training.append(x)
            to_held.append(y)
            copies += len(seen) >= COPY and (seen, unseen) in whole
        members += [min(distance(case, seen) for seen, _ in made[d]) for case in mine]
        others += [min(distance(case, seen) for seen, _ in made[d]) for case in theirs]
    return Privacy(
        diseases=len(both),
        simulated=len(nearer),
        nearer=float(np.mean(nearer)),
        to_training=float(np.mean(to_training)),
        to_held_out=float(np.mean(to_held)),
        copies=copies,
        membership=membership(members, others),
    )


def distance(a: Terms, b: Terms) -> float:
    """Return 1 - the Jaccard index of two sets of terms."""
    return 1 - len(a & b) / max(len(a | b), 1)


def membership(members: Sequence[float], others: Sequence[float]) -> float:
    """Return the share of pairs of a member and another in which the member is nearer, ties half."""
    near = -np.array([*members, *others])
    label = np.arange(len(near)) < len(members)
    order = np.argsort(near, kind="stable")
    _, tie = np.unique(near[order], return_inverse=True)
    return area(label[order], np.ones(len(near)), tie)


def _terms(cases: Cases) -> dict[int, list[tuple[Terms, Terms]]]:
    out: dict[int, list[tuple[Terms, Terms]]] = defaultdict(list)
    for i, disease in enumerate(cases.disease.tolist()):
        seen, unseen = cases.record(i)
        out[disease].append((frozenset(seen.tolist()), frozenset(unseen.tolist())))
    return out
