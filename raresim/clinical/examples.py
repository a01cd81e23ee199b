"""What the fit learns from: reports as rows of terms, each seen from the entry that a new patient would meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.clinical import entry as entries
from raresim.clinical import features
from raresim.clinical.entry import Entry
from raresim.clinical.features import Lexicon, View
from raresim.clinical.knowledge import knowledge, terms
from raresim.errors import InputError
from raresim.streams import key

if TYPE_CHECKING:
    from raresim.catalog import Catalog
    from raresim.reports import Report

Rows = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Record:
    """A report as rows of the ontology: row of its disease in the catalog, publication, sex, observed and excluded."""

    name: str
    disease: int
    publication: str
    female: bool
    observed: Rows
    excluded: Rows


@dataclass(frozen=True, eq=False)
class Seen:
    """A record, the entry of its disease as it was before the record's paper (or any paper) was curated, and the terms
    seen from it."""

    record: Record
    entry: Entry
    description: NDArray[np.float64]
    view: View
    bare: bool  # without all papers of the reports


@dataclass(frozen=True, eq=False)
class Material:
    """Records, the catalog they are seen from, and counts of use: publications by row of the ontology."""

    records: tuple[Record, ...]
    catalog: Catalog
    observed: NDArray[np.float64]
    excluded: NDArray[np.float64]
    used: dict[str, tuple[Rows, Rows]]  # observed and excluded terms of each publication
    minimum_support: int

    @cached_property
    def whole(self) -> Lexicon:
        """What is known of terms; counts below the limit are none."""
        return features.lexicon(knowledge(self.catalog), *map(self.supported, (self.observed, self.excluded)))

    @cached_property
    def papers(self) -> dict[int, set[str]]:
        """Publications of each disease."""
        out: dict[int, set[str]] = {}
        for record in self.records:
            out.setdefault(record.disease, set()).add(record.publication)
        return out

    def lexicon(self, publications: Iterable[str]) -> Lexicon:
        """Return what is known of terms as counted without these publications."""
        counts = self.observed.copy(), self.excluded.copy()
        for publication in publications:
            for count, rows in zip(counts, self.used[publication], strict=True):
                count[rows] -= 1
        return replace(self.whole, observed=self.supported(counts[0]), excluded=self.supported(counts[1]))

    def supported(self, count: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return counts with those below the limit as 0."""
        return np.where(count < self.minimum_support, 0.0, count)


def material(reports: Iterable[Report], catalog: Catalog, minimum_support: int) -> Material:
    """Return the records of the reports with an observed finding, of a disease of the catalog; all count as use.

    A report without a publication counts as one of its own. InputError where there is none.
    """
    row, known = ontology.load().rows, terms()
    records: list[Record] = []
    used: dict[str, tuple[list[Rows], list[Rows]]] = {}
    for number, report in enumerate(reports):
        found = [
            np.array([row[t] for t in sorted(part) if t in row], np.int32)
            for part in (report.observed, report.excluded)
        ]
        observed, excluded = (part[known.finding[part]] for part in found)
        publication = report.publication or f"report {number}"
        mine = used.setdefault(publication, ([], []))
        mine[0].append(observed)
        mine[1].append(excluded)
        if len(observed) and report.disease in catalog.rows:
            female = report.female if report.female is not None else not (known.sex[observed] == 2).any()
            records.append(Record(report.id, catalog.rows[report.disease], publication, female, observed, excluded))
    if not records:
        raise InputError("reports: none has an observed finding and a disease of the catalog; nothing can be fitted")
    once = {name: (np.unique(np.concatenate(a)), np.unique(np.concatenate(b))) for name, (a, b) in used.items()}
    count = [np.zeros(len(known.finding)) for _ in range(2)]
    for parts in once.values():
        for k in range(2):
            count[k][parts[k]] += 1
    return Material(tuple(records), catalog, count[0], count[1], once, minimum_support)


def capped(records: Iterable[Record], each: int, seed: int) -> list[Record]:
    """Return at most so many records of a publication and disease, in order of disease and publication.

    Which ones is drawn by a keyed hash of their names: a few large cohorts would decide everything otherwise.
    """
    taken: dict[tuple[int, str], int] = {}
    out = []
    for record in sorted(records, key=lambda r: key(seed, "capped", r.name)):
        group = (record.disease, record.publication)
        if taken.get(group, 0) < each:
            taken[group] = taken.get(group, 0) + 1
            out.append(record)
    return sorted(out, key=lambda r: (r.disease, r.publication, r.name))


def seen(material: Material, records: Iterable[Record]) -> Iterator[Seen]:
    """Yield each record as seen from the entry without its own paper and, where that is another, without all.

    Use is counted accordingly: without the own paper, and without all papers of the disease, as if it were new.
    """
    every = frozenset(material.used)
    last: dict[bool, tuple[object, Seen | None]] = {}
    for record in records:
        own = material.catalog.disease_without(record.disease, {record.publication})
        none = material.catalog.disease_without(record.disease, every)
        for bare, disease in ((False, own), (True, none)):
            if bare and disease is own:
                continue
            group = (record.disease, record.female, "" if bare else record.publication)
            if bare not in last or last[bare][0] != group:
                entry = entries.read(disease, record.female)
                lexicon = material.lexicon(material.papers[record.disease] if bare else {record.publication})
                last[bare] = (group, None)
                if len(entry.rows):
                    described, view = entries.describe(entry, lexicon), features.view(entry, disease.ids, lexicon)
                    last[bare] = (group, Seen(record, entry, described, view, bare))
            if (made := last[bare][1]) is not None:
                yield replace(made, record=record)
