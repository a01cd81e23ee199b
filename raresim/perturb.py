"""Noise on a phenotypic record, a dial at a time: the same person with one dial moved is a paired counterfactual."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from raresim import ages, ontology, opposites
from raresim.kinds import Probability, value
from raresim.streams import key

if TYPE_CHECKING:
    from raresim.phenotype import Features

REPLACED = ("sibling", "up", "down")  # the dials that put another term in the place of one, the first that acts counts
DIALS = ("omission", *REPLACED, "unrelated", "lost_exclusions")
TRIES = 30  # draws for each unrelated term before it is given up

Amount = Annotated[float, Field(ge=0.0, le=1000.0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that noise did to a record: dial, HPO id before ("" where a term was added), after ("" where one was
    removed)."""

    dial: str
    before: str
    after: str


@value
class Noise:
    """How a record is spoilt; 0 everywhere is no noise.

    omission: share of the observed terms that is removed; one always stays. up: share replaced by a parent (never
    Phenotypic abnormality). down: share replaced by a child, sibling: by another child of a parent; both drawn by use.
    unrelated: terms added to a record, drawn by use among those neither above nor below a recorded one (2.5: two or
    three); unrelated_share: as many for each observed term. lost_exclusions: share of the excluded terms that is
    removed.

    Every dial decides about each term with a number of its own, drawn from the person and the term, so a dial moved
    changes nothing that the other dials did, and what happens at .2 happens at .4 as well. No term is put where it
    would contradict the record as it was, or any term that another dial could put there, or stand above or below one,
    or be its opposite or another grade of it (:mod:`raresim.opposites`), or is not usual at the person's age, or begins
    before the complaints do (:mod:`raresim.ages`): where every parent, child or sibling would, the term stays as it is,
    and less happens than the dial says.
    """

    omission: Probability = 0.0
    up: Probability = 0.0
    down: Probability = 0.0
    sibling: Probability = 0.0
    unrelated: Amount = 0.0
    unrelated_share: Amount = 0.0
    lost_exclusions: Probability = 0.0

    def changes(
        self,
        observed: Iterable[str],
        excluded: Iterable[str],
        female: bool | None,
        *names: str | int,
        age: float | None = None,
        onset: float = 0.0,
    ) -> list[Change]:
        """Return what the noise does to a record, for the person called ``names`` (seed first).

        observed, excluded: primary ids of findings. female: None where unknown; then no term of one sex is added. age:
        in years, None where unknown; then terms of every age are. onset: of the complaints, in years; 0 where unknown.
        """
        terms = ontology.load()
        rows = sorted({terms.rows[term] for term in observed})
        absent = sorted({terms.rows[term] for term in excluded})
        seed, *rest = names
        person = key(int(seed), *rest, "noise")
        others = key(int(seed), *rest, "noise", "unrelated")
        luck = _luck(person, terms, rows)
        fates: dict[int, Change] = {}
        if self.omission:
            spared = max(rows, key=lambda row: (luck[row][0], row), default=-1)
            fates = {
                row: Change("omission", terms.ids[row], "")
                for row in rows
                if luck[row][0] < self.omission and row != spared
            }
        added: list[Change] = []
        if self.up or self.down or self.sibling or self.unrelated or self.unrelated_share:
            record = _Record(terms, rows, absent, female, np.inf if age is None else age, onset)
            for at, dial in enumerate(REPLACED):
                share = getattr(self, dial)
                for row in rows:  # whether or not it acts: what may be put where depends on no dial
                    acts, which = luck[row][1 + 2 * at : 3 + 2 * at]
                    other = record.other(dial, row, which)
                    if other >= 0 and row not in fates and acts < share:
                        fates[row] = Change(dial, terms.ids[row], terms.ids[other])
            amount = self.unrelated + self.unrelated_share * len(rows)
            wanted = int(amount + _numbers(others, [0], 1)[0][0]) if amount else 0
            if wanted:
                for (number,) in _numbers(others, range(1, 1 + TRIES * wanted), 1):
                    row = record.unrelated(number)
                    if row >= 0:
                        added.append(Change("unrelated", "", terms.ids[row]))
                    if len(added) == wanted:
                        break
        lost: list[Change] = []
        if self.lost_exclusions:
            luck = _luck(person, terms, absent)
            lost = [
                Change("lost_exclusions", terms.ids[row], "") for row in absent if luck[row][7] < self.lost_exclusions
            ]
        return [*(fates[row] for row in rows if row in fates), *added, *lost]

    def apply(
        self, features: Features, female: bool, *names: str | int, age: float | None = None, onset: float = 0.0
    ) -> tuple[Features, tuple[Change, ...]]:
        """Return the record with noise, and the changes; ``names`` are those of the person (seed first).

        A term that was replaced keeps its onset, its source and the annotation it came from; one that was added has the
        onset of another, so that it cannot be told; both within the ages at which the term begins.
        """
        from raresim.phenotype import Feature, Features

        observed = [row for row in features.rows if not row.excluded]
        absent = [row.term for row in features.rows if row.excluded]
        made = self.changes([row.term for row in observed], absent, female, *names, age=age, onset=onset)
        by_term = {change.before: change for change in made if change.before}
        rows = []
        for row in features.rows:
            change = by_term.get(row.term)
            if change is None:
                rows.append(row)
            elif change.after:
                began = None if row.onset is None else ages.within(change.after, row.onset)
                rows.append(replace(row, term=change.after, onset=began, change=change.dial))
        for change in made:
            if not change.before:
                like = observed[key(int(names[0]), *names[1:], change.after) % len(observed)] if observed else None
                began = None if like is None or like.onset is None else ages.within(change.after, like.onset)
                dated = like is not None and like.dated
                rows.append(Feature(change.after, False, began, "noise", "", change.dial, dated))
        return Features(tuple(sorted(rows, key=lambda row: (row.excluded, row.term)))), tuple(made)


class _Record:
    """The terms of one person, and those that noise could put beside them.

    taken: who owns a term that is recorded or could be put in the place of a recorded one: the recorded one. above: who
    owns the terms below (and the term itself, its opposites and other grades), -1 where several do. What has another
    owner may not be used.
    """

    def __init__(
        self,
        terms: ontology.Ontology,
        rows: Sequence[int],
        absent: Sequence[int],
        female: bool | None,
        age: float,
        onset: float,
    ):
        self.terms = terms
        self.barred = ages.barred(age, onset)
        self.sexes = (0, 0 if female is None else 1 if female else 2)
        self.absent = frozenset(absent)
        self.taken: dict[int, int] = {}
        self.above: dict[int, int] = {}
        for row in rows:
            self._take(row, row)

    def other(self, dial: str, row: int, luck: float) -> int:
        """Return the term that a dial puts in the place of ``row``, -1 for none, and keep its place free for it."""
        options, weights = _options(self.terms, dial, row)
        if not options:
            return -1
        at, luck = _drawn(weights, luck)
        if not self._free(options[at], row):  # drawn again, among those that are free
            free = [i for i, option in enumerate(options) if self._free(option, row)]
            if not free:
                return -1
            at = free[_drawn([*accumulate(_step(weights, i) for i in free)], luck)[0]]
        self._take(options[at], row)
        return options[at]

    def unrelated(self, luck: float) -> int:
        """Return a term drawn by use, or -1 where it may not stand beside the others."""
        row, _ = _drawn(_cumulative_use(), luck)
        if not self._free(row, -2):
            return -1
        self._take(row, row)
        return row

    def _take(self, row: int, owner: int) -> None:
        self.taken[row] = owner
        above = self.above
        for a in (*_line(self.terms, row), *_against(self.terms, row)):
            above[a] = owner if above.get(a, owner) == owner else -1

    def _free(self, row: int, owner: int) -> bool:
        if self.above.get(row, owner) != owner or self.barred[row]:
            return False
        line = _line(self.terms, row)
        if not self.absent.isdisjoint(line) or int(self.terms.sex[row]) not in self.sexes:
            return False
        return line.isdisjoint(self.taken) or all(self.taken[a] == owner for a in line & self.taken.keys())


def _luck(person: int, terms: ontology.Ontology, rows: Sequence[int]) -> dict[int, list[float]]:
    """Return eight numbers in [0, 1) for each term: omission, (acts, which) of each dial that replaces, exclusion."""
    return dict(zip(rows, _numbers(person, [int(terms.ids[row][3:]) for row in rows], 8), strict=True))


def _numbers(person: int, what: Sequence[int], many: int) -> list[list[float]]:
    """Return ``many`` numbers in [0, 1) for each of ``what``: splitmix64 (Steele, Lea and Flood 2014, OOPSLA 49:453),
    a counter-based hash of person and thing."""
    at: Any = np.array(what, np.uint64)[:, None] * np.uint64(many) + np.arange(1, many + 1, dtype=np.uint64)
    x = np.uint64(person) + at * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x = (x ^ (x >> np.uint64(31))) >> np.uint64(11)
    return list((x.astype(np.float64) * 2.0**-53).tolist())


@lru_cache(maxsize=1)
def use() -> NDArray[np.float64]:
    """Return float64[terms]: in how many publications of solved cases each term was observed, 0 below three (of the
    shipped clinical model: phenopacket-store)."""
    from raresim.clinical import load

    terms, model = ontology.load(), load()
    out = np.zeros(len(terms))
    for number, n in zip(model.term.tolist(), model.observed.tolist(), strict=True):
        primary, why = terms.finding(f"HP:{number:07d}")
        if not why:
            out[terms.rows[primary]] += n
    return out


@lru_cache(maxsize=1)
def _cumulative_use() -> list[float]:
    return list(np.cumsum(use()).tolist())


def _drawn(cumulative: Sequence[float], luck: float) -> tuple[int, float]:
    """Return what is drawn with these cumulative weights, and a number in [0, 1) that is as good as new."""
    reach = luck * cumulative[-1]
    at = min(bisect_right(cumulative, reach), len(cumulative) - 1)
    return at, min((reach - (cumulative[at - 1] if at else 0.0)) / _step(cumulative, at), 1 - 2.0**-53)


def _step(cumulative: Sequence[float], at: int) -> float:
    return cumulative[at] - cumulative[at - 1] if at else cumulative[0]


@lru_cache(maxsize=20_000)
def _line(terms: ontology.Ontology, row: int) -> frozenset[int]:
    return frozenset(terms.ancestors(row).tolist())


@lru_cache(maxsize=20_000)
def _against(terms: ontology.Ontology, row: int) -> tuple[int, ...]:
    return tuple(terms.rows[term] for term in sorted(opposites.conflicts().get(terms.ids[row], ())))


@lru_cache(maxsize=20_000)
def _options(terms: ontology.Ontology, dial: str, row: int) -> tuple[list[int], list[float]]:
    """Return the findings that a dial can put in the place of a term, ascending, and their cumulative weights."""
    found = [p for p in terms.parents(row).tolist() if terms.phenotypic[p]]
    if dial == "up":
        return found, [i + 1.0 for i in range(len(found))]
    if dial == "sibling":
        beside = {c for p in found for c in _children(terms)[p]}
        found = sorted(c for c in beside if c not in _line(terms, row) and row not in _line(terms, c))
    else:
        found = [c for c in _children(terms).get(row, ()) if terms.phenotypic[c]]
    weights = use()[found] + 1.0  # + 1: a choice, so that what no disease is annotated with can be drawn
    return found, list(np.cumsum(weights).tolist())


@lru_cache(maxsize=1)
def _children(terms: ontology.Ontology) -> dict[int, list[int]]:
    out: dict[int, list[int]] = {}
    child = np.repeat(np.arange(len(terms)), np.diff(terms.parent_off))
    for below, above in zip(child.tolist(), terms.parents_of.tolist(), strict=True):
        out.setdefault(above, []).append(below)
    return out
