"""What a disease can show in a person of one sex, as arrays: annotated terms with the chances of their own coins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.catalog import SEXES, Annotation, Disease
from raresim.onset import HPO_ONSET
from raresim.phenotype import Feature

KEPT = 16_384  # profiles kept at most: two of each disease of the catalog, some 5 kB each


@dataclass(frozen=True, eq=False)
class Profile:
    """Annotated terms of a disease for one sex, in order of id, and the exclusions beside them.

    terms: m Features without onset, as they are when observed. target float64[m]: probability that the term or one
    below it is present. own float64[m]: probability of the term's own coin (:func:`own_chances`). above bool[m, m]:
    term j is a proper ancestor of term i. dated int[d]: terms with an annotated onset; low, high float64[d]: its years.
    excluded: e Features; blocks bool[m, e]: exclusion j is term i or an ancestor of it; wider bool[e, e]: exclusion j
    is a proper ancestor of exclusion i.
    """

    terms: tuple[Feature, ...]
    target: NDArray[np.float64]
    own: NDArray[np.float64]
    above: NDArray[np.bool_]
    dated: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    excluded: tuple[Feature, ...]
    blocks: NDArray[np.bool_]
    wider: NDArray[np.bool_]

    @cached_property
    def over(self) -> list[list[int]]:
        """The terms above each term; no list at all where no term is above another."""
        return [np.flatnonzero(row).tolist() for row in self.above] if self.above.any() else []

    @cached_property
    def denied(self) -> list[list[int]]:
        """The exclusions that each term contradicts; no list at all where none contradicts any."""
        return [np.flatnonzero(row).tolist() for row in self.blocks] if self.blocks.any() else []

    @cached_property
    def _left(self) -> dict[frozenset[int], tuple[Feature, ...]]:
        return {}

    def left(self, contradicted: frozenset[int]) -> tuple[Feature, ...]:
        """Return the exclusions that stand beside findings which contradict some, the widest only."""
        if contradicted not in self._left:
            keep = [j for j in range(len(self.excluded)) if j not in contradicted]
            told: list[bool] = np.asarray(self.wider[:, keep].any(axis=1)).tolist()
            self._left[contradicted] = tuple(self.excluded[j] for j in keep if not told[j])
        return self._left[contradicted]


def own_chances(target: NDArray[np.float64], above: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the chance of each term's own coin, such that the term or one below it is present with its target.

    A term is present if its coin or that of an annotated term below it says so; coins are independent. Hence
    own = 1 - (1 - target) / product(1 - own of the terms below), or 0 where those alone reach the target (then the term
    is present as often as they make it). Terms are taken from the bottom up.
    """
    own = np.maximum(0.0, 1.0 - (1.0 - target))
    parents = np.any(above, axis=0).tolist()
    for i in np.argsort(-above.sum(axis=1), kind="stable").tolist():
        if not parents[i]:
            continue
        absent = float(np.prod(1.0 - own[above[:, i]]))
        own[i] = max(0.0, 1.0 - (1.0 - float(target[i])) / absent) if absent > 0 else 0.0
    return own


def chance(row: Annotation, prior: float, pseudocount: float) -> float:
    """Return the probability of an annotated term: counts shrunk by a Beta prior, else the share of the source, else
    the prior."""
    if row.n:
        return (row.k + pseudocount) / (row.n + 2 * pseudocount)
    return prior if row.frequency is None else row.frequency


def rows_of(disease: Disease, female: bool) -> dict[str, Annotation]:
    """Return the annotations that hold for a person of this sex, by current term id, sorted.

    A row for this sex counts before a row for both; findings that only the other sex can have are left out. Where a
    source gives rows of the other sex alone, these are taken. Obsolete ids are mapped, unknown ones left out.
    """
    terms, sex = ontology.load(), SEXES[1 if female else 2]
    current = []
    for row in disease.annotations:
        term, why = terms.finding(row.term)
        if not why and int(terms.sex[terms.rows[term]]) in (0, SEXES.index(sex)):
            current.append((term, row))
    fitting = [pair for pair in current if pair[1].sex in ("", sex)]
    if not any(not row.excluded for _, row in fitting):
        fitting = current
    out: dict[str, Annotation] = {}
    for term, row in sorted(fitting, key=lambda pair: (pair[0], pair[1].sex != sex, pair[1].excluded, -pair[1].n)):
        out.setdefault(term, row)
    return out


_PROFILES: dict[tuple[int, bool, float, float], tuple[Disease, Profile]] = {}


def profile(disease: Disease, female: bool, prior: float, pseudocount: float) -> Profile:
    """Return the profile of a disease, from memory where it was made before for this very object."""
    key = (id(disease), female, prior, pseudocount)
    if key not in _PROFILES:
        if len(_PROFILES) >= KEPT:
            _PROFILES.clear()
        _PROFILES[key] = (disease, _profile(disease, female, prior, pseudocount))  # the disease keeps its id alive
    return _PROFILES[key][1]


def _profile(disease: Disease, female: bool, prior: float, pseudocount: float) -> Profile:
    rows = rows_of(disease, female)
    observed = {term: row for term, row in rows.items() if not row.excluded}
    excluded = {term: row for term, row in rows.items() if row.excluded}
    target = np.array([chance(row, prior, pseudocount) for row in observed.values()])
    above = _above(list(observed), list(observed))
    onsets = [HPO_ONSET.get(row.onset) for row in observed.values()]
    return Profile(
        terms=tuple(
            Feature(term, False, None, "annotated" if row.n or row.frequency is not None else "prior", row.term)
            for term, row in observed.items()
        ),
        target=target,
        own=own_chances(target, above),
        above=above,
        dated=np.array([i for i, span in enumerate(onsets) if span], np.int64),
        low=np.array([span[0] for span in onsets if span], np.float64),
        high=np.array([span[1] for span in onsets if span], np.float64),
        excluded=tuple(Feature(term, True, None, "excluded_annotation", row.term) for term, row in excluded.items()),
        blocks=_above(list(observed), list(excluded)) | np.equal.outer(_array(observed), _array(excluded)),
        wider=_above(list(excluded), list(excluded)),
    )


def _array(terms: dict[str, Annotation]) -> NDArray[np.str_]:
    return np.array(list(terms), "U10")


def _above(below: Sequence[str], above: Sequence[str]) -> NDArray[np.bool_]:
    terms = ontology.load()
    column = {terms.rows[term]: j for j, term in enumerate(above)}
    out = np.zeros((len(below), len(above)), np.bool_)
    for i, term in enumerate(below):
        for row in terms.ancestors(terms.rows[term]).tolist():
            if row in column and row != terms.rows[term]:
                out[i, column[row]] = True
    return out
