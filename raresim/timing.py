"""A record in time: what had begun by the examination, what comes and goes with age, what a sex cannot have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from raresim import ages, ontology
from raresim.onset import HPO_ONSET, UNKNOWN_ONSET, Span, cut, interpolated, share_under
from raresim.phenotype import Feature, Features, Person

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease

YOUNG = 3.0  # years: the table parts patients below from those above

# Terms whose share among those who were examined for them differs between the ages: observed, assessed under 3 years,
# observed, assessed later. All terms that the reference analysis of solved cases names; counts of 6,079 solved cases of
# phenopacket-store (2026-06-25).
AGES: dict[str, tuple[int, int, int, int]] = {
    "HP:0001629": (34, 115, 64, 621),  # ventricular septal defect: .30, .10
    "HP:0001643": (24, 62, 44, 378),  # patent ductus arteriosus: .39, .12
    "HP:0000343": (36, 63, 113, 329),  # long philtrum: .57, .34
    "HP:0001508": (99, 140, 124, 232),  # failure to thrive: .71, .53
    "HP:0001252": (163, 214, 499, 831),  # hypotonia: .76, .60
    "HP:0002650": (4, 79, 242, 935),  # scoliosis: .05, .26
    "HP:0001249": (59, 104, 704, 971),  # intellectual disability: .57, .73
    "HP:0000639": (28, 65, 182, 330),  # nystagmus: .43, .55
    "HP:0000767": (5, 67, 108, 719),  # pectus excavatum: .07, .15
}

# When a finding began, as a share of the time from the onset of the disease to the examination, by quantile: 2,303
# dated findings of the same cases; half began with the disease, a sixth in the year of the examination.
BEGAN = ((0.0, 0.0), (0.52, 0.0), (0.6, 0.13), (0.67, 0.35), (0.75, 0.63), (0.83, 1.0), (1.0, 1.0))
NEWBORN = 28 / 365.25  # years: a class of onset that ends by then is of what the patient is born with

# 31% of the cases (10,580 of phenopacket-store) date a finding; the share of findings dated in these, by quantile, is
# that of 2,022 of them. Together 10% of all findings are dated.
DATED = 0.31
DATED_SHARE = ((0.0, 0.02), (0.05, 0.0625), (0.25, 0.125), (0.5, 0.25), (0.75, 0.5), (0.95, 1.0), (1.0, 1.0))

# Delay is what is said of a small child, disability what is tested later; below 5 years by the definition of global
# developmental delay (Shevell M et al. 2003, Neurology 60:367; recalled).
SCHOOL = 5.0
DELAY = {
    "HP:0001249": "HP:0001263",  # intellectual disability: global developmental delay
    "HP:0006889": "HP:0001263",  # borderline
    "HP:0001256": "HP:0011342",  # mild
    "HP:0002342": "HP:0011343",  # moderate
    "HP:0010864": "HP:0011344",  # severe
    "HP:0002187": "HP:0012736",  # profound
}


@dataclass(frozen=True)
class Entry:
    """What a disease says of time: years of onset by annotated term, share of patients by term where it is counted."""

    spans: dict[str, Span]
    shares: dict[str, float]


_BEGAN = np.array(BEGAN).T.copy()
_ORDER = attrgetter("excluded", "term")
_ENTRIES: dict[int, tuple[Disease, Entry]] = {}


def entry(disease: Disease) -> Entry:
    """Return what the annotations of a disease say, from memory where this very object was read before."""
    if id(disease) not in _ENTRIES:
        if len(_ENTRIES) >= 8192:
            _ENTRIES.clear()
        rows = [row for row in disease.annotations if not row.excluded]
        spans = {row.term: HPO_ONSET[row.onset] for row in rows if row.onset in HPO_ONSET}
        shares = {row.term: (row.k + 0.5) / (row.n + 1) if row.n else row.frequency for row in rows}
        known = {term: share for term, share in shares.items() if share is not None and term in AGES}
        _ENTRIES[id(disease)] = (disease, Entry(spans, known))
    return _ENTRIES[id(disease)][1]


def apply(features: Features, disease: Disease, person: Person, assessed: bool, rng: Generator) -> Features:
    """Return a record as it stands at the examination; at least one finding is present if one was.

    Findings that the person's sex cannot have are left out, and those that the age cannot (:mod:`raresim.ages`: never
    before one age, seldom before another); where nothing else is present, a finding of the disease's entry that it can
    is put in their place ("age"). Every finding that is present has an onset: of its annotation's class where that has
    one, else between the onset of the disease and now (:data:`BEGAN`); none before that of the disease but what is
    congenital, none outside the ages at which it can begin. One that would begin later is excluded ("onset") if
    ``assessed``, which says that what the kind draws was looked for, else it is left out; where everything begins
    later, what begins first begins now. Terms of :data:`AGES` change between present and excluded ("age"), so that
    their share among the patients of a disease is kept and the odds of young and old differ as in the table. Then it is
    drawn which onsets the record gives (:data:`DATED`).
    """
    known, sexes, limits = entry(disease), _sexes(), ages.limits().of
    wrong = 2 if person.female else 1
    rows = [f for f in features.rows if sexes.get(f.term) != wrong]
    luck = rng.random((4, len(rows)))
    places = np.interp(luck[0], *_BEGAN).tolist()
    draws = luck.tolist()
    age, spans = person.age, known.spans
    start = min(person.onset, age)
    rest = age - start
    if not limits.keys().isdisjoint([f.term for f in rows]):
        fits = ages.fitting(rows, age, start, rng)
        if not all(fits):
            places, draws = _those(places, fits), [_those(part, fits) for part in draws]
            rows = _those(rows, fits)
    begun: list[Feature] = []
    later: list[tuple[float, Feature]] = []
    present = 0
    for at, feature in enumerate(rows):
        if feature.excluded:
            begun.append(feature)
            continue
        onset, span = feature.onset, spans.get(feature.annotation)
        if onset is None:
            onset = cut(span, (span,), draws[0][at]) if span else start + rest * places[at]
        if onset < start and (span is None or span[1] > NEWBORN):
            onset = start
        if feature.term in limits:
            onset = ages.within(feature.term, onset)
        if onset > age:
            later.append((onset, feature))
        else:
            begun.append(_beginning(feature, onset))
            present += 1
    if later and not present:
        first = min(later, key=lambda pair: (pair[0], pair[1].term))
        later.remove(first)
        begun.append(_beginning(first[1], age))
    elif not present:
        begun = _instead(begun, features, disease, person)
        draws = [[*part, 0.5] for part in draws]  # it may have one more
    if assessed:
        begun += [replace(f, excluded=True, onset=None, change="onset") for _, f in later if ages.deniable(f.term, age)]
        begun = most_general(_aged(begun, disease, person, draws[1], draws[3]))
    begun.sort(key=_ORDER)
    return Features(_dated(begun, draws[2], rng))


@lru_cache(maxsize=1)
def _sexes() -> dict[str, int]:
    """Return the sex of the findings that only one sex can have, by id (a look-up in a dict is what makes it fast)."""
    terms = ontology.load()
    return {terms.ids[row]: int(terms.sex[row]) for row in np.flatnonzero(terms.sex).tolist()}


def _those(values: list[Any], which: list[bool]) -> list[Any]:
    return [value for value, wanted in zip(values, which, strict=True) if wanted]


def _instead(rows: list[Feature], features: Features, disease: Disease, person: Person) -> list[Feature]:
    """Return a record of exclusions with a finding that the person can have: one that was drawn, else the most frequent
    of the disease's entry; exclusions that contradict it go. The record as it is where there is none."""
    if not features.observed:
        return rows
    terms, start = ontology.load(), min(person.onset, person.age)
    wrong = 2 if person.female else 1
    known = [row for row in disease.annotations if not row.excluded]
    listed = sorted((-(row.frequency or (row.k + 0.5) / (row.n + 1)), row.term) for row in known)
    drawn = [(f.term, f.annotation) for f in features.observed]
    for term, annotation in [*drawn, *((terms.finding(code)[0], code) for _, code in listed)]:
        row = terms.rows.get(term, -1)
        if row < 0 or int(terms.sex[row]) == wrong or ages.limits().floor[row] > person.age:
            continue
        line = frozenset(terms.ids[above] for above in terms.ancestors(row).tolist())
        onset = min(ages.within(term, start), person.age)
        return [f for f in rows if f.term not in line] + [Feature(term, False, onset, "annotated", annotation, "age")]
    return rows


def _beginning(f: Feature, onset: float) -> Feature:
    """Return a finding with an onset (dataclasses.replace, the slow way, is most of the time that a record takes)."""
    return Feature(f.term, False, onset, f.source, f.annotation, f.change, False, f.modifiers)


def _aged(
    rows: list[Feature], disease: Disease, person: Person, draws: list[float], onsets: list[float]
) -> list[Feature]:
    """Change terms of :data:`AGES` between present and excluded; none that another finding then contradicts."""
    out = list(rows)
    for at, feature in enumerate(rows):
        if feature.term not in AGES or feature.change:
            continue
        share = entry(disease).shares.get(feature.term)
        under = share_under(YOUNG, disease.onset or UNKNOWN_ONSET, disease.deaths)
        wanted, usual = shares(feature.term, share, under, person.age < YOUNG)
        if feature.excluded and draws[at] < (wanted - usual) / (1.0 - usual) and _may_occur(feature, out):
            start = max(person.onset, 0.0 if person.age < YOUNG else YOUNG)
            onset = start + (person.age - start) * onsets[at] if start < person.age else person.age
            out[at] = replace(feature, excluded=False, onset=onset, change="age")
        elif not feature.excluded and draws[at] < 1.0 - wanted / usual and sum(not f.excluded for f in out) > 1:
            out[at] = replace(feature, excluded=True, onset=None, change="age")
    return out


def shares(term: str, share: float | None, q: float, young: bool) -> tuple[float, float]:
    """Return the share of the assessed patients of an age that have a term of :data:`AGES`, and that of all ages.

    share: of all ages in the disease, None for that of the table. The shares y of the young and o of the others have
    the odds ratio r of the table, and q y + (1 - q) o is the share of all, where q of the patients of the disease are
    young: q (r - 1) y^2 + (q + (1 - q) r - p (r - 1)) y - p = 0.
    """
    a, n, b, m = AGES[term]
    p = (a + b) / (n + m) if share is None else min(max(share, 0.001), 0.999)
    r = b * (n - a) / ((m - b) * a)
    square, linear = q * (r - 1.0), q + (1.0 - q) * r - p * (r - 1.0)
    y = 2.0 * p / (linear + (linear * linear + 4.0 * square * p) ** 0.5)
    return (y if young else r * y / (1.0 + (r - 1.0) * y)), p


def _may_occur(feature: Feature, rows: Iterable[Feature]) -> bool:
    """Whether a term may be present: no finding is above or below it, no exclusion above it."""
    terms = ontology.load()
    row = terms.rows[feature.term]
    others = [(terms.rows[f.term], f.excluded) for f in rows if f.term != feature.term]
    return not any(
        terms.is_ancestor(other, row) or (not excluded and terms.is_ancestor(row, other)) for other, excluded in others
    )


def most_general(rows: list[Feature]) -> list[Feature]:
    """Return a record without the exclusions that another exclusion, of a term above them, already says.

    Only a finding that was turned into an exclusion (``change``) can stand above one.
    """
    terms = ontology.load()
    turned = [terms.rows[f.term] for f in rows if f.excluded and f.change]
    if not turned:
        return rows
    return [f for f in rows if not f.excluded or not any(terms.is_ancestor(row, terms.rows[f.term]) for row in turned)]


def _dated(rows: list[Feature], draws: list[float], rng: Generator) -> tuple[Feature, ...]:
    """Draw which onsets a record gives: none in most, at least one in the others."""
    case, share = rng.random(2).tolist()
    if case >= DATED:
        return tuple(rows)
    present = [at for at, f in enumerate(rows) if not f.excluded and f.onset is not None]
    if not present:
        return tuple(rows)
    number = max(1, round(len(present) * interpolated(DATED_SHARE, share)))
    chosen = set(sorted(present, key=lambda at: draws[at])[:number])
    return tuple(replace(f, dated=True) if at in chosen else f for at, f in enumerate(rows))


def named_by_age(features: Features, age: float) -> Features:
    """Return a record in which nobody under :data:`SCHOOL` years has intellectual disability: it is called delay
    ("development") of the same severity, or left out where delay or its absence is recorded or it is excluded."""
    if age >= SCHOOL or not any(f.term in DELAY for f in features.rows):
        return features
    out = [f for f in features.rows if f.term not in DELAY]
    for feature in features.rows:
        if feature.term in DELAY and not feature.excluded:
            named = replace(feature, term=DELAY[feature.term], change="development")
            if named.term not in {f.term for f in out} and _may_occur(named, out):
                out.append(named)
    return Features(tuple(sorted(out, key=lambda f: (f.excluded, f.term))))
