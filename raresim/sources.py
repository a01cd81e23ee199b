"""The rows that the annotations of a catalog were pooled from, and catalogs in which some of them are left out.

Columns (``raresim/compile/pack.py``): ``publications`` (lines); for each disease ``set_count``, the number of its sets
of publications; for each set ``set_size`` and its rows of publications in ``set_publication``; for each annotation
``source_count``, the number of rows it was pooled from; for each of these ``source_set``, its set (counted from the
disease's first). ``many_*``: k, n, share (NaN: none), NOT and onset of the rows of annotations that have more than one;
a row that stands alone is its annotation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.catalog import NO_PHENOTYPE, SEXES, Annotation, Catalog, Disease
from raresim.pooling import Frequency, Row, pool

NAMES = ("publications", "set_count", "set_size", "set_publication", "source_count", "source_set")
MANY = ("many_k", "many_n", "many_share", "many_negated", "many_onset")

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sources:
    """The columns, and where the parts of each disease, annotation and set begin in them."""

    columns: dict[str, NDArray[Any]]

    @cached_property
    def publications(self) -> list[str]:
        """All publications that rows stand on: PMIDs; entries of databases and books where a row names no paper."""
        text = self.columns["publications"].tobytes().decode()
        return text.split("\n") if text else []

    @cached_property
    def first(self) -> Ints:
        """int64[annotations + 1]: where the source rows of each annotation begin."""
        return np.cumsum([0, *self.columns["source_count"].tolist()])

    @cached_property
    def first_set(self) -> Ints:
        """int64[diseases + 1]: where the sets of each disease begin."""
        return np.cumsum([0, *self.columns["set_count"].tolist()])

    @cached_property
    def first_publication(self) -> Ints:
        """int64[sets + 1]: where the publications of each set begin."""
        return np.cumsum([0, *self.columns["set_size"].tolist()])

    @cached_property
    def many(self) -> Ints:
        """int64[source rows]: row of ``many_*``; -1 where the source row is alone in its annotation."""
        together = np.repeat(self.columns["source_count"] > 1, self.columns["source_count"])
        return np.where(together, np.cumsum(together) - 1, -1)

    def sets(self, row_off: NDArray[Any]) -> Ints:
        """Return int64[source rows]: the set of each, counted over all diseases; row_off: where the annotations of each
        disease begin."""
        size = np.diff(self.first[row_off])
        return self.columns["source_set"] + np.repeat(self.first_set[:-1], size)

    def alone(self, publications: Collection[str]) -> Bools:
        """Return bool[sets]: sets all of whose publications are among those given."""
        row = {name: i for i, name in enumerate(self.publications)}
        named = np.zeros(len(row), np.bool_)
        named[[row[name] for name in publications if name in row]] = True
        found: Bools = _every(named[self.columns["set_publication"]], self.first_publication)
        return found

    def papers(self) -> Ints:
        """Return int64[sets]: the number of papers (PMID) in each."""
        paper = np.array([name.startswith("PMID:") for name in self.publications], np.bool_)
        return _total(paper[self.columns["set_publication"]], self.first_publication)

    def row(self, source: int, annotation: Annotation, onsets: list[str], names: tuple[str, ...] = ()) -> Row:
        """Return a source row of an annotation; names: the publications that it stands on."""
        at = int(self.many[source])
        if at < 0:  # alone: it says what the annotation says
            often = Frequency(annotation.k, annotation.n, None if annotation.n else annotation.frequency)
            return Row(annotation.term, often, False, annotation.sex, annotation.onset, names)
        k, n, share, negated, onset = (self.columns[name][at].item() for name in MANY)
        often = Frequency(k, n, k / n) if n else Frequency(share=None if np.isnan(share) else share)
        return Row(annotation.term, often, negated, annotation.sex, onsets[onset], names)


def without(catalog: Catalog, publications: Collection[str]) -> Catalog:
    """Return the catalog as if these publications had never been curated (``Catalog.without``)."""
    known = catalog.sources
    named = sorted({*publications} & {*known.publications})
    drop = known.alone(named)[known.sets(catalog.columns["row_off"])]
    notes = {"left_out": sorted({*catalog.left_out, *named})}
    return _less(catalog, drop, notes, f"without {' '.join(named)}") if named else catalog


def supported(catalog: Catalog, patients: int) -> Catalog:
    """Return the catalog without the rows of annotations that stand on few patients (``Catalog.supported``)."""
    known, columns = catalog.sources, catalog.columns
    size = known.columns["source_count"]
    n = np.repeat(columns["row_n"], size).astype(np.int64)
    stated = np.repeat((columns["row_share"] >= 0) & ~columns["row_excluded"], size)
    together, of_many = known.many >= 0, known.columns
    n[together] = np.where(of_many["many_negated"], 0, of_many["many_n"])
    stated[together] = (of_many["many_share"] > 0) & ~of_many["many_negated"]
    papers = known.papers()[known.sets(columns["row_off"])]
    people = np.where(n > 0, n, np.where(stated, 0, papers))
    few = np.repeat(_total(people, known.first) < patients, size)
    few_counted = np.repeat(_total(n, known.first) < patients, size)
    drop = ((people > 0) & few) | ((n > 0) & few_counted)
    notes = {"minimum_support": max(patients, catalog.minimum_support)}
    return _less(catalog, drop, notes, f"supported {patients}")


def disease_without(catalog: Catalog, row: int, publications: Collection[str]) -> Disease:
    """Return one disease of ``without`` (``Catalog.disease_without``)."""
    names = publications if isinstance(publications, AbstractSet) else frozenset(publications)
    sets, members = _parts(catalog, row)
    gone = tuple([i for i, held in enumerate(sets) if held <= names])
    if not gone:
        return catalog[row]
    made = catalog.less.get((row, gone))
    if made is None:
        made = catalog.less[row, gone] = _disease_less(catalog, row, frozenset(gone), members)
    return made


def rows_of(catalog: Catalog, row: int) -> list[Row]:
    """Return the source rows of a disease (``Catalog.rows_of``)."""
    sets, members = _parts(catalog, row)
    return [
        catalog.sources.row(first + i, annotation, catalog.onset_terms, tuple(sorted(sets[held])))
        for annotation, (first, own) in zip(catalog[row].annotations, members, strict=True)
        for i, held in enumerate(own)
    ]


_Parts = tuple[list[frozenset[str]], list[tuple[int, tuple[int, ...]]]]


def _parts(catalog: Catalog, row: int) -> _Parts:
    """Return the sets of a disease, and for each annotation its first source row and the sets of its source rows."""
    found: _Parts | None = catalog.parts.get(row)
    if found is None:
        known = catalog.sources
        start, end = known.first_set[row : row + 2].tolist()
        off = known.first_publication[start : end + 1].tolist()
        names = [known.publications[i] for i in known.columns["set_publication"][off[0] : off[-1]].tolist()]
        sets = [frozenset(names[a - off[0] : b - off[0]]) for a, b in pairwise(off)]
        annotations = slice(int(catalog.columns["row_off"][row]), int(catalog.columns["row_off"][row + 1]) + 1)
        first = known.first[annotations].tolist()
        own = known.columns["source_set"][first[0] : first[-1]].tolist()
        spans = pairwise(first)
        found = catalog.parts[row] = sets, [(a, tuple(own[a - first[0] : b - first[0]])) for a, b in spans]
    return found


def _disease_less(
    catalog: Catalog, row: int, gone: frozenset[int], members: list[tuple[int, tuple[int, ...]]]
) -> Disease:
    whole = catalog[row]
    rows: list[Annotation] = []
    for annotation, (first, sets) in zip(whole.annotations, members, strict=True):
        left = [first + i for i, held in enumerate(sets) if held not in gone]
        if len(left) == len(sets):
            rows.append(annotation)
        elif left:
            rows.append(_pooled(catalog, left, annotation))
    why = whole.why_not
    if not why and all(annotation.excluded for annotation in rows):
        why = NO_PHENOTYPE
    return replace(whole, annotations=tuple(rows), why_not=why, drawable=not why)


def _pooled(catalog: Catalog, left: list[int], annotation: Annotation) -> Annotation:
    (made,) = pool([catalog.sources.row(source, annotation, catalog.onset_terms) for source in left])
    return made


def _less(catalog: Catalog, drop: Bools, notes: dict[str, Any], change: str) -> Catalog:
    """Return the catalog without some source rows; ``change`` goes into its digest, ``notes`` into its provenance."""
    known, columns = catalog.sources, dict(catalog.columns)
    left = _total(~drop, known.first)
    stay = left > 0
    for name in ROW:
        columns[name] = columns[name].copy()
    for row in np.flatnonzero(stay & (left < known.columns["source_count"])).tolist():
        first, end = known.first[row : row + 2].tolist()
        sources = [source for source in range(first, end) if not drop[source]]
        before = Annotation(f"HP:{columns['row_term'][row]:07d}", 0, 0, None, SEXES[columns["row_sex"][row]], False, "")
        made = _pooled(catalog, sources, before)
        columns["row_k"][row], columns["row_n"][row] = made.k, made.n
        columns["row_share"][row] = -1 if made.frequency is None else round(made.frequency * 1e4)
        columns["row_excluded"][row] = made.excluded
        columns["row_onset"][row] = catalog.onset_terms.index(made.onset)
    off = columns["row_off"]
    observed = _total(stay & ~columns["row_excluded"], off)
    for name in ROW:
        columns[name] = columns[name][stay]
    columns["row_off"] = np.cumsum([0, *_total(stay, off).tolist()], dtype=np.int32)
    _empty(columns, observed)
    together = np.repeat(left > 1, known.columns["source_count"])[~drop]
    many = known.many[~drop][together]
    sources_left = known.columns | {
        "source_count": left[stay].astype(np.int16),
        "source_set": known.columns["source_set"][~drop],
        **{name: known.columns[name][many] for name in MANY},
    }
    digest = hashlib.sha256(f"{catalog.digest} {change}".encode()).hexdigest()
    return Catalog(catalog.release, digest, catalog.provenance | notes, columns, Sources(sources_left))


ROW = ("row_term", "row_k", "row_n", "row_share", "row_sex", "row_excluded", "row_onset")


def _empty(columns: dict[str, NDArray[Any]], observed: Ints) -> None:
    """Say of the diseases that were drawn and have no observed finding any more why they are not."""
    reasons = columns["reasons"].tobytes().decode().split("\n")
    if NO_PHENOTYPE not in reasons:
        reasons.append(NO_PHENOTYPE)
        columns["reasons"] = np.frombuffer("\n".join(reasons).encode(), np.uint8)
    lost = (columns["reason"] == reasons.index("")) & (observed == 0)
    columns["reason"] = np.where(lost, reasons.index(NO_PHENOTYPE), columns["reason"]).astype(np.int8)


def _total(values: NDArray[Any], off: NDArray[Any]) -> Ints:
    """Return int64: the sum of the values of each part."""
    total: Ints = np.diff(np.concatenate([[0], np.cumsum(values, dtype=np.int64)])[off])
    return total


def _every(values: Bools, off: Ints) -> Bools:
    """Return bool: whether all values of each part hold."""
    return np.asarray(_total(values, off) == np.diff(off))
