"""The simulator of SHEPHERD (Alsentzer et al. 2023, Nat Commun 14:6403), written anew to be measured."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import TYPE_CHECKING

from raresim.audit.realism.peers import Field, pick, some

if TYPE_CHECKING:
    from numpy.random import Generator

WEAK, STRONG = 0.29, 0.8  # frequencies up to which, and from which, a term is weak or strong
# Modules by how often each is drawn (their published weights): non-syndromic terms, insufficient explainer, phenotype
# distractor, universal distractor; the others add genes and no terms.
MODULES = (0.09, 0.03, 0.08, 0.42, 0.05, 0.03, 0.30)
NON_SYNDROMIC, INSUFFICIENT, UNIVERSAL, DISTRACTOR = 0, 4, 5, 6


class _Record:
    """Terms of a patient under way; a term is added only where it contradicts nothing."""

    def __init__(self, field: Field, obligate: Collection[int]) -> None:
        self.field = field
        self.obligate = field.closure(obligate)
        self.seen: set[int] = set()
        self.unseen: set[int] = set()

    def observe(self, term: int) -> bool:
        good = self.unseen.isdisjoint(self.field.closure([term]))
        if good:
            self.seen.add(term)
        return good

    def exclude(self, term: int) -> bool:
        good = term not in self.obligate and term not in self.field.closure(self.seen)
        if good:
            self.unseen.add(term)
        return good


def shepherd(disease: int, field: Field, rng: Generator) -> tuple[Collection[int], Collection[int]]:
    """Coins of the frequency classes, terms lost and corrupted to a parent, then distractors and noise.

    Its tables of claims and of DisGeNET are not public: noise terms are drawn uniformly from terms of 20 diseases or
    more, non-syndromic ones from all annotated terms.
    """
    depth, weak, strong, holders = _tables(field)
    chances = {t: p for t, p in field.frequencies(disease).items() if depth[t] > 1}
    record = _Record(field, [term for term, p in chances.items() if p >= 1])
    for term, p in chances.items():
        coin = next(
            value for least, value in ((1, 1), (0.8, 0.895), (0.3, 0.545), (0.05, 0.17), (-1, 0.025)) if p >= least
        )
        (record.observe if rng.random() < coin else record.exclude)(term)
    record.seen = {term for term in sorted(record.seen) if rng.random() >= 0.2}
    record.unseen = {term for term in sorted(record.unseen) if rng.random() >= 0.9}
    for side, add, shallow in ((record.seen, record.observe, 3), (record.unseen, record.exclude, -1)):
        for term in sorted(side):
            parents = field.entries.space.parents[term]
            if rng.random() < 0.25 and parents:
                parent = pick(parents, rng)
                if depth[parent] > shallow and add(parent):
                    side.discard(term)
    for module in rng.choice(len(MODULES), 1 + int(rng.poisson(12)), p=MODULES).tolist():
        if module == NON_SYNDROMIC:
            for term in some(field.annotated, min(1 + int(rng.poisson(3)), 4), rng):
                if term not in chances:
                    record.observe(term)
        elif module == INSUFFICIENT:
            possible = [term for term, p in chances.items() if p < 1]
            if possible and not (not record.seen.isdisjoint(possible) and rng.random() < 0.5):
                record.observe(pick(possible, rng))
        elif module == DISTRACTOR and weak[disease]:
            others = [d for d in holders[pick(sorted(weak[disease]), rng)] if d != disease]
            other = pick(others, rng) if others else disease
            if others and strong[other] and strong[disease].isdisjoint(strong[other]):
                shared = sorted(weak[disease] & weak[other])
                _first(some(shared, len(shared), rng), record.observe, 1 + int(rng.poisson(3)))
                _first(some(sorted(strong[other]), len(strong[other]), rng), record.exclude, 1 + int(rng.poisson(3)))
        elif module == UNIVERSAL:
            other = int(rng.integers(len(field.entries)))
            obligate = [term for term, p in field.frequencies(other).items() if p >= 1]
            for term in some(obligate, int(rng.poisson(4)), rng):
                record.exclude(term)
    common = [term for term, n in enumerate(field.count) if n >= 20]
    for term in some(common, int(rng.poisson(5)), rng):
        record.observe(term)
    for term in some(common, int(rng.poisson(3)), rng):
        record.exclude(term)
    seen = record.seen or set(list(field.frequencies(disease))[:1])
    return sorted(seen), sorted(record.unseen - seen)


def _first(terms: list[int], add: Callable[[int], bool], many: int) -> None:
    for term in terms:
        many -= add(term)
        if many == 0:
            return


@lru_cache(maxsize=2)
def _tables(field: Field) -> tuple[list[int], list[set[int]], list[set[int]], dict[int, list[int]]]:
    """Depth of terms; weak and strong terms of each disease; diseases by weak term."""
    weak, strong = [], []
    holders: dict[int, list[int]] = {}
    for disease in range(len(field.entries)):
        chances = field.frequencies(disease)
        weak.append({term for term, p in chances.items() if 0 < p <= WEAK})
        strong.append({term for term, p in chances.items() if p >= STRONG})
        for term in sorted(weak[-1]):
            holders.setdefault(term, []).append(disease)
    return field.entries.space.depth.tolist(), weak, strong, holders
