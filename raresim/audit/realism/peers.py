"""Published phenotype simulators, written anew from their papers and code, to be measured by the same figures.

Each takes a disease (row of the entries) and gives observed and excluded terms. Where a simulator needs data that are
not public, its docstring says what is used instead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from raresim.audit.realism.cases import Cases, cases
from raresim.audit.realism.entries import PRIOR, Entries

if TYPE_CHECKING:
    from numpy.random import Generator

Record = tuple[Collection[int], Collection[int]]
Peer = Callable[[int, "Field", "Generator"], Record]

TRIES = 50  # draws before the first annotated term is taken


@dataclass(frozen=True, eq=False)
class Field:
    """What the simulators draw from: a knowledge base."""

    entries: Entries

    def frequencies(self, disease: int, missing: float = PRIOR) -> dict[int, float]:
        """Return the frequency of each annotated term of a disease; ``missing`` where none is given."""
        terms, frequency = self.entries.of(disease)
        known = np.where(np.isnan(frequency), missing, frequency)
        return dict(zip(terms.tolist(), known.tolist(), strict=True))

    @cached_property
    def any(self) -> list[int]:
        """All findings of HPO."""
        space = self.entries.space
        return [term for term in range(len(space)) if term != space.root]

    @cached_property
    def count(self) -> list[int]:
        """How many diseases each term is annotated to."""
        return [int(n) for n in np.bincount(self.entries.terms, minlength=len(self.entries.space))]

    @cached_property
    def annotated(self) -> list[int]:
        """Terms of some disease."""
        return [term for term, n in enumerate(self.count) if n]

    @cached_property
    def annotated_or_parent(self) -> list[int]:
        """Terms of some disease, and their parents."""
        parents = (p for term in self.annotated for p in self.entries.space.parents[term])
        return sorted({*self.annotated, *parents})

    def above(self, term: int) -> list[int]:
        """Return a term and those above it, without the root."""
        return [a for a in self.entries.space.line(term).tolist() if a != self.entries.space.root]

    def closure(self, terms: Collection[int]) -> set[int]:
        """Return terms and those above them."""
        return {a for term in terms for a in self.entries.space.line(term).tolist()}

    def parents(self, term: int) -> list[int]:
        """Return the parents of a term that are not the root."""
        return [p for p in self.entries.space.parents[term] if p != self.entries.space.root]


def pick(options: Sequence[int], rng: Generator) -> int:
    """Return one of the options."""
    return options[int(rng.integers(len(options)))]


def some(options: Sequence[int], many: int, rng: Generator) -> list[int]:
    """Return ``many`` of the options, none twice; all where there are fewer."""
    return [options[i] for i in rng.permutation(len(options))[:many].tolist()]


def naive_frequency(disease: int, field: Field, rng: Generator) -> Record:
    """Independent coins of the annotated frequencies, one half where none is given."""
    return coins(field.frequencies(disease), rng), ()


def coins(chances: dict[int, float], rng: Generator) -> list[int]:
    """Return the terms whose coin says yes; the first term where none does, 50 times."""
    for _ in range(TRIES):
        found = [term for term, p in chances.items() if rng.random() < p]
        if found:
            return found
    return list(chances)[:1]


def matchingsim(disease: int, field: Field, rng: Generator) -> Record:
    """matchingsim (matching benchmarks of PhenomeCentral): coins; a term without a frequency is always present."""
    return coins(field.frequencies(disease, missing=1.0), rng), ()


def rdsim_all(disease: int, field: Field, rng: Generator) -> Record:
    """rdsim: all annotated terms."""
    return list(field.frequencies(disease)), ()


def rdsim_five(disease: int, field: Field, rng: Generator) -> Record:
    """rdsim: five of the annotated terms."""
    return some(list(field.frequencies(disease)), 5, rng), ()


def rdsim_noise(disease: int, field: Field, rng: Generator) -> Record:
    """rdsim: three of the annotated terms and two of any."""
    return [*some(list(field.frequencies(disease)), 3, rng), *some(field.any, 2, rng)], ()


def koehler2009(disease: int, field: Field, rng: Generator) -> Record:
    """Koehler et al. 2009 (Am J Hum Genet 85:457): coins; each term becomes itself or a term above it; half as many
    terms again that are unrelated to the disease."""
    own = {*field.frequencies(disease)}
    found = list(dict.fromkeys(pick(field.above(t) or [t], rng) for t in coins(field.frequencies(disease), rng)))
    closure = field.closure(own)
    noise: list[int] = []
    while len(noise) < len(found) // 2:
        term = pick(field.any, rng)
        if term not in closure and own.isdisjoint(field.above(term)):
            noise.append(term)
    return found + noise, ()


def annotation_simulator(disease: int, field: Field, rng: Generator) -> Record:
    """annotation-simulator with its defaults: all annotated terms, 5% of them any term above, 5% noise."""
    own = list(field.frequencies(disease))
    wider = sorted(field.closure(own) - {field.entries.space.root})
    found = list(dict.fromkeys(pick(wider, rng) if rng.random() < 0.05 else term for term in own))
    closure = field.closure(found)
    noise: list[int] = []
    while len(noise) < max(1, int(len(found) * 0.05)):
        term = pick(field.any, rng)
        if term not in closure:
            noise.append(term)
    return found + noise, ()


def phenotype2phenopacket(disease: int, field: Field, rng: Generator) -> Record:
    """Monarch's phenotype2phenopacket: 20 to 75% of the annotated terms by frequency, some of them one to five steps up
    or down, up to 33% random terms."""
    own = list(field.frequencies(disease))
    if len(own) == 1:
        return own, ()
    many = 0
    while many == 0:
        many = int(len(own) * rng.uniform(0.2, 0.75))
    chance = field.frequencies(disease, missing=float(rng.random()))
    chosen: list[int] = []
    for _ in range(400):
        for term in some(own, len(own), rng):
            if len(chosen) < many and term not in chosen and rng.random() < chance[term]:
                chosen.append(term)
    chosen = chosen or own[:many]
    if len(chosen) == 1:
        return chosen, ()
    moved = some(chosen, int(rng.integers(len(chosen) + 1)), rng)
    out = [term for term in chosen if term not in moved]
    depth, space = field.entries.space.depth, field.entries.space
    for term in moved:
        up, steps = rng.random() < 0.5, int(rng.integers(1, 6))
        for _ in range(steps):
            options = [p for p in space.parents[term] if depth[p] > 1] if up else space.children[term]
            if not options:
                break
            term = pick(options, rng)
        out.append(term)
    noise = (pick(field.any, rng) for _ in range(round(len(out) * 0.33 * rng.random())))
    return list(dict.fromkeys([*out, *(term for term in noise if depth[term] > 1)])), ()


def rarecrowds(disease: int, field: Field, rng: Generator) -> Record:
    """RareCrowds with its defaults: a frequency drawn twice inside its HPO class, terms a Poisson number (mean 1) of
    steps up, up to 25% terms of other diseases."""
    found: list[int] = []
    chances = field.frequencies(disease, missing=-1.0)
    for _ in range(TRIES):
        for term, given in chances.items():
            low, high = frequency_class((0.545, 0.17)[int(rng.integers(2))] if given < 0 else given)
            if rng.random() < (high - low) * rng.random() + low:
                found.append(term)
        if found:
            break
    out = []
    for term in found or list(chances)[:1]:
        for _ in range(int(rng.poisson(1))):
            term = pick(field.parents(term) or [term], rng)
        out.append(term)
    out = list(dict.fromkeys(out))
    many = int(rng.integers(int(len(out) * 0.25 + 0.5) + 1))
    return list(dict.fromkeys([*out, *(pick(field.annotated_or_parent, rng) for _ in range(many))])), ()


def frequency_class(frequency: float) -> tuple[float, float]:
    """Return the least and largest frequency of the HPO class of a frequency (HP:0040279)."""
    classes = ((1.0, 1.0), (0.8, 0.99), (0.3, 0.79), (0.05, 0.29))
    return next((both for both in classes if frequency >= both[0]), (0.01, 0.04))


def scrambled(real: Cases, field: Field, rng: Generator) -> Cases:
    """PhEval's scramble-phenopackets with factor 0.5, which perturbs real cases: half of the observed terms stay, the
    others become a parent, as many random terms come; the excluded terms stay."""
    out = []
    for i in range(len(real)):
        seen, unseen = (side.tolist() for side in real.record(i))
        many = 1 if len(seen) == 1 else round(len(seen) * 0.5)
        keep = some(seen, len(seen) - many, rng) if len(seen) > 1 else seen
        rest = [term for term in seen if term not in keep]
        parents = [pick(field.entries.space.parents[t], rng) for t in rest if field.entries.space.parents[t]]
        out.append(([*keep, *parents, *some(field.any, many, rng)], unseen))
    return cases(real.space, real.disease.tolist(), out)
