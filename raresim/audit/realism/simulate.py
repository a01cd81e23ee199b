"""Twins: for each real case a simulated one of the same disease, sex and ages, that knows nothing else of it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism.cases import Cases
from raresim.audit.realism.setting import Setting, cases_of
from raresim.errors import InputError
from raresim.onset import examined, onset_draw
from raresim.phenotype import Feature, Features, Person, PhenotypeKind
from raresim.records import finished as done
from raresim.reports import Report
from raresim.streams import key, stream

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease

TIMED, TIMED_DISEASES = 2.0, 50  # seconds of CPU; the diseases of a study stay ready, these many do in any kind
Wanted = Iterable[tuple[str, Report | None]]  # id of a disease, the real report to be like in sex and ages


def twins(known: Setting, kind: PhenotypeKind, seed: int) -> Cases:
    """Return a twin of each judged case of a setting: disease, and sex and ages where the report has them; else drawn
    as a study draws them."""
    return cases_of(reports_of(known, kind, seed, [(r.disease, r) for r in known.judged]), known.entries)


def of_diseases(known: Setting, kind: PhenotypeKind, seed: int, diseases: Sequence[str]) -> Cases:
    """Return one case for each of these ids of diseases, of people like those of a study."""
    return cases_of(reports_of(known, kind, seed, [(code, None) for code in diseases]), known.entries)


def reports_of(known: Setting, kind: PhenotypeKind, seed: int, wanted: Wanted, finished: bool = False) -> list[Report]:
    """Return a simulated report of each; all of one seed are patients of one study, each of a family of its own.

    finished: as a study records it (:func:`raresim.records.finished`), not as the kind draws it.
    """
    out = []
    for number, (code, report) in enumerate(wanted):
        disease = known.catalog.find(code)
        who = person(disease, report, stream(seed, "twin", number, "person"), seed, number)
        rows = _rows(kind, disease, who, stream(seed, "twin", number, "phenotype"))
        if finished:
            rng = stream(seed, "twin", number, "finished")
            rows = done(Features(rows), disease, who, getattr(kind, "assesses", True), rng).rows
        made = Report(
            id=str(number),
            disease=code,
            publication="",
            female=who.female,
            age=who.age,
            onset=who.onset,
            observed=tuple(f.term for f in rows if not f.excluded),
            excluded=tuple(f.term for f in rows if f.excluded),
            onsets=tuple((f.term, f.onset) for f in rows if f.onset is not None and not f.excluded),
        )
        out.append(made)
    return out


def _rows(kind: PhenotypeKind, disease: Disease, who: Person, rng: Generator) -> tuple[Feature, ...]:
    """Draw a record; what a kind refuses (a disease of the other sex's findings alone) is a record without terms."""
    try:
        return kind.draw(disease, who, rng).rows
    except InputError:
        return ()


def speed(known: Setting, kind: PhenotypeKind) -> float:
    """Return records per second of CPU, of one process that has drawn for each person once: twins of the judged cases
    of 50 diseases, again and again."""
    diseases = sorted({report.disease for report in known.judged})
    timed = {*diseases[:: max(1, len(diseases) // TIMED_DISEASES)][:TIMED_DISEASES]}
    people = []
    for number, report in enumerate(r for r in known.judged if r.disease in timed):
        disease = known.catalog.find(report.disease)
        people.append((disease, person(disease, report, stream(0, "speed", number), 0, number)))
    rng = stream(0, "speed")
    for disease, who in people:
        _rows(kind, disease, who, rng)
    start, drawn = time.process_time(), 0
    while time.process_time() - start < TIMED:
        for disease, who in people:
            _rows(kind, disease, who, rng)
        drawn += len(people)
    return drawn / (time.process_time() - start)


def person(disease: Disease, report: Report | None, rng: Generator, seed: int, number: int) -> Person:
    """Return the person of a report; what it does not say is drawn."""
    female = disease.sex == "female" if disease.sex else bool(rng.random() < 0.5)
    onset, age = onset_draw(disease, rng), None
    if report is not None:
        female = female if report.female is None else report.female
        onset, age = onset if report.onset is None else report.onset, report.age
        if age is not None and report.onset is None:
            onset = min(onset, age)
    if age is None:
        age = examined(disease, female, onset, rng, rng)
    study, family = key(seed, "twins"), key(seed, "twin", number)
    return Person(female, max(age, onset), onset, float(rng.standard_normal()), study, family)


def matched(known: Setting, simulated: Sequence[Report]) -> tuple[Cases, NDArray[np.int64]]:
    """Return the simulated reports that are twins of judged cases, with the number of the case of each.

    Each report serves once: the first of a disease, in order of id, is the twin of the disease's first judged case.
    """
    waiting: dict[int, list[Report]] = defaultdict(list)
    for report in sorted(simulated, key=lambda r: r.id, reverse=True):
        if report.disease in known.entries.rows:
            waiting[known.entries.rows[report.disease]].append(report)
    pairs = [(i, waiting[d].pop()) for i, d in enumerate(known.real.disease.tolist()) if waiting[d]]
    return cases_of([report for _, report in pairs], known.entries), np.array([i for i, _ in pairs], np.int64)
