"""Rows of the ontology as findings of a disease: relation, annotation behind them, onset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.clinical.features import CLASSES
from raresim.clinical.knowledge import terms
from raresim.onset import HPO_ONSET
from raresim.phenotype import Feature, Features

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Annotation


@dataclass(frozen=True, slots=True)
class Late:
    """Terms that a person cannot show yet, and onset in years of those that began (by row)."""

    barred: list[int]
    onset: dict[int, float]


NOTHING_LATE = Late([], {})


@dataclass(frozen=True, eq=False)
class Named:
    """relation int8[n]; row: annotation by row of the ontology, observed ones; dated: (row, rows below it, from, to in
    years) of terms with an annotated onset; made: features without onset by row, observed and excluded."""

    relation: NDArray[np.int8]
    row: dict[int, Annotation]
    dated: tuple[tuple[int, list[int], float, float], ...]
    made: tuple[dict[int, Feature], dict[int, Feature]] = field(default_factory=lambda: ({}, {}))

    @cached_property
    def below(self) -> dict[int, int]:
        """Of each term above annotated ones, the most frequent of these."""
        out = {}
        for row in sorted(self.row, key=lambda r: (self.row[r].frequency or 0.0, -r)):
            out.update(dict.fromkeys(terms().above(row).tolist(), row))
        return out

    def late(self, age: float, rng: Generator) -> Late:
        """Draw the onset of the terms that have one; those that begin after the examination, and all below, wait."""
        if not self.dated:
            return NOTHING_LATE
        barred, onset = [], {}
        for (row, below, low, high), u in zip(self.dated, rng.random(len(self.dated)).tolist(), strict=True):
            years = low + (high - low) * u
            if years > age:
                barred += below
            else:
                onset[row] = years
        return Late(barred, onset)

    def features(self, observed: NDArray[np.int32], excluded: NDArray[np.int32], late: Late, age: float) -> Features:
        """Return the record, sorted."""
        found, denied = self.made
        rows = sorted(observed.tolist())
        out = [found.get(row) or self.feature(row, False) for row in rows]
        if late.onset:
            out = [
                Feature(f.term, False, min(late.onset[row], age), f.source, f.annotation) if row in late.onset else f
                for row, f in zip(rows, out, strict=True)
            ]
        out += [denied.get(row) or self.feature(row, True) for row in sorted(excluded.tolist())]
        return Features(tuple(out))

    def feature(self, row: int, excluded: bool) -> Feature:
        """Return the finding without onset, made now."""
        relation = int(self.relation[row])
        source, annotation = CLASSES[relation], self.annotation(row, relation)
        made = self.made[excluded][row] = Feature(ontology.load().ids[row], excluded, None, source, annotation)
        return made

    def annotation(self, row: int, relation: int) -> str:
        """Return the annotated term behind a finding: itself; of those below an ancestor the most frequent; of those
        above a descendant the deepest; "" for an unrelated one."""
        if relation == 3:
            return ""
        if relation == 0:
            return self.row[row].term
        known = terms()
        if relation == 1:
            best = self.below[row]
        else:
            best = max((r for r in known.above(row).tolist() if r in self.row), key=lambda r: (known.depth[r], -r))
        return self.row[best].term


def named(relation: NDArray[np.int8], rows: Mapping[str, Annotation]) -> Named:
    """Return the names of a disease's findings; rows: annotation by current id."""
    hpo, dated = ontology.load(), []
    observed = {hpo.rows[term]: row for term, row in rows.items() if not row.excluded}
    for at, row in observed.items():
        if row.onset in HPO_ONSET:
            dated.append((at, np.flatnonzero(hpo.below(hpo.ids[at])).tolist(), *HPO_ONSET[row.onset]))
    return Named(relation, observed, tuple(dated))
