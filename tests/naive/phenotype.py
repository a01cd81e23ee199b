"""The obvious twins of the phenotype draw: sets of ids, one loop a person, rejection instead of conditioning."""

from __future__ import annotations

from collections.abc import Mapping

from numpy.random import Generator

from raresim.ontology import Ontology


def ancestors(hpo: Ontology, term: str) -> set[str]:
    """Return the ids above a term, by walking up its parents."""
    out: set[str] = set()
    todo = [hpo.rows[term]]
    while todo:
        for parent in hpo.parents(todo.pop()).tolist():
            out.add(hpo.ids[parent])
            todo.append(parent)
    return out


def own(hpo: Ontology, targets: Mapping[str, float]) -> dict[str, float]:
    """Return the chance of each term's own coin, so that the term or one below it is present with its target."""
    below = {t: [s for s in targets if t in ancestors(hpo, s)] for t in targets}
    out: dict[str, float] = {}
    while len(out) < len(targets):
        for term, target in targets.items():
            if term not in out and all(s in out for s in below[term]):
                absent = 1.0
                for s in below[term]:
                    absent *= 1 - out[s]
                out[term] = max(0.0, 1 - (1 - target) / absent) if absent > 0 else 0.0
    return out


def draw(hpo: Ontology, targets: Mapping[str, float], rng: Generator) -> set[str]:
    """Draw what is recorded: coins thrown again until one falls, and only terms that are above no other."""
    chances = own(hpo, targets)
    while True:
        present = {term for term in targets if rng.random() < chances[term]}
        if present:
            return present - {a for term in present for a in ancestors(hpo, term)}
