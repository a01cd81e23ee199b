"""What an evaluation knows before it sees a simulated case: the split, the knowledge base, the real cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.audit.classifier import models
from raresim.audit.realism.cases import Cases, cases
from raresim.audit.realism.diagnosers import Diagnosers
from raresim.audit.realism.distance import FOLDS
from raresim.audit.realism.entries import Entries, of_catalog
from raresim.audit.realism.features import features
from raresim.audit.realism.space import Space
from raresim.audit.realism.split import Split, capped, split
from raresim.errors import InputError

if TYPE_CHECKING:
    from raresim.catalog import Catalog
    from raresim.reports import Report

Floats = NDArray[np.float64]

FEWEST = 40  # real cases to judge by: below, no fold has enough; a choice
MANY = 12  # training reports of a disease from which one could be fitted for itself: a choice


@dataclass(frozen=True, eq=False)
class Setting:
    """The real side, computed once and used for every generator and seed.

    parts: the split. catalog: without the publications held out, for fitting and simulating. entries: the same as
    matrices, for describing and ranking. information float64[terms]: of the terms in the whole knowledge base, nats.
    judged: the real reports to compare with, sorted by disease.
    """

    parts: Split
    catalog: Catalog
    entries: Entries
    information: Floats
    judged: tuple[Report, ...]

    @cached_property
    def real(self) -> Cases:
        """The judged reports as cases."""
        return cases_of(self.judged, self.entries)

    @cached_property
    def diagnosers(self) -> Diagnosers:
        """The seven tools."""
        return Diagnosers(self.entries, self.information)

    @cached_property
    def features(self) -> Floats:
        """Features of the real cases."""
        return features(self.real, self.entries, self.information)

    @cached_property
    def ranks(self) -> Floats:
        """Ranks of the true disease of the real cases."""
        return self.diagnosers.ranks(self.real)

    @cached_property
    def train(self) -> tuple[Report, ...]:
        """The training reports whose disease has an entry."""
        return tuple(r for r in self.parts.train if r.disease in self.entries.rows)

    @cached_property
    def groups(self) -> dict[str, NDArray[np.bool_]]:
        """Which real cases are in "P" (held-out publications), "D" (held-out diseases), and "many" (P, disease with 12
        or more training reports)."""
        held = {r.disease for r in self.parts.diseases}
        new = np.array([r.disease in held for r in self.judged])
        rows = [self.entries.rows[r.disease] for r in self.train]
        many = np.bincount(np.array(rows, np.int64), minlength=len(self.entries)) >= MANY
        return {"P": ~new, "D": new, "many": many[self.real.disease] & ~new}


def cases_of(reports: Sequence[Report], entries: Entries) -> Cases:
    """Return reports, whose diseases are in the entries, as cases."""
    find = entries.space.find
    rows = [entries.rows[r.disease] for r in reports]
    return cases(entries.space, rows, [(find(r.observed), find(r.excluded)) for r in reports])


def setting(reports: Sequence[Report], salt: str, catalog: Catalog, space: Space) -> Setting:
    """Return the setting of an evaluation.

    reports: real ones; those without an observed term are left out. salt: of the split. catalog: the whole one.
    InputError where fewer than 40 real cases of 5 diseases are left to judge by, or scikit-learn is not installed.
    """
    models()
    parts = split([r for r in reports if r.observed], salt)
    entries = of_catalog(catalog, space, parts.held_out)
    judged = capped([r for r in (*parts.publications, *parts.diseases) if r.disease in entries.rows])
    diseases = {r.disease for r in judged}
    if len(judged) < FEWEST or len(diseases) < FOLDS:
        raise InputError(
            f"real cases: {len(judged)} of {len(diseases)} diseases with findings are held out; give more ({FEWEST} of "
            f"{FOLDS} or more)"
        )
    information = of_catalog(catalog, space).information()
    return Setting(parts, catalog.without(parts.held_out), entries, information, judged)
