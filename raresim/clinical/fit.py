"""Fitting a model on case reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from raresim import ontology
from raresim.clinical.model import Model
from raresim.errors import InputError
from raresim.streams import stream

if TYPE_CHECKING:
    from raresim.catalog import Catalog
    from raresim.clinical.examples import Material
    from raresim.clinical.fit_structure import Structures
    from raresim.clinical.fit_terms import Found
    from raresim.reports import Report

EACH = 4  # reports of a publication and disease that are learned from: a choice


def fit(
    reports: Iterable[Report],
    catalog: Catalog,
    seed: int = 0,
    minimum_support: int = 3,
    notes: dict[str, Any] | None = None,
) -> Model:
    """Return the model of these reports; the same reports, catalog and seed give the same model.

    The fit sees what the use will see: each report's disease is described by its entry without the report's own paper,
    and besides without the papers of all reports, as a new disease would be; how often a term is used is counted
    without the report's own publication. minimum_support: publications that must have used a term (at most one count a
    publication) for its count to be kept. notes: source and licence, kept in the model. InputError where no report can
    be used, or scikit-learn is missing.
    """
    return model(lessons(reports, catalog, seed, minimum_support), notes=notes)


@dataclass(frozen=True, eq=False)
class Lessons:
    """What reports teach: their material, the structures and the slots that the scores are fitted on."""

    material: Material
    structures: Structures
    slots: Found
    seed: int


def lessons(reports: Iterable[Report], catalog: Catalog, seed: int = 0, minimum_support: int = 3) -> Lessons:
    """Return what these reports teach (see :func:`fit`)."""
    from raresim.clinical import examples, fit_structure, fit_terms

    material = examples.material(reports, catalog, minimum_support)
    structures, slots, rng = fit_structure.Structures(), fit_terms.nothing(), stream(seed, "fit", "terms")
    for seen in examples.seen(material, examples.capped(material.records, EACH, seed)):
        structures.learn(seen)
        if not seen.bare or rng.random() < 0.5:
            fit_terms.learn(slots, seen, material, rng)
    return Lessons(material, structures, slots, seed)


def model(learned: Lessons, leave_out: Collection[str] = (), notes: dict[str, Any] | None = None) -> Model:
    """Return the model of what was learned; the scores of the model do without the features named in ``leave_out``
    (``features.STATIC``, ``fit_terms.CONTEXT``)."""
    from raresim.clinical import fit_structure, fit_terms

    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise InputError("fit: needs scikit-learn; pip install 'raresim-dx[fit]'") from None
    material = learned.material
    observed, excluded = material.whole.observed, material.whole.excluded
    kept = np.flatnonzero((observed > 0) | (excluded > 0))
    with threadpool_limits(1):  # sums in one order
        weights, structures = fit_terms.weights(learned.slots, leave_out), learned.structures.arrays(learned.seed)
    return Model(
        weights=weights,
        term=np.array([int(ontology.load().ids[row][3:]) for row in kept.tolist()], np.int32),
        observed=observed[kept].astype(np.int32),
        excluded=excluded[kept].astype(np.int32),
        **structures,
        sharing=fit_structure.sharing(material.records),
        minimum_support=material.minimum_support,
        publications=tuple(sorted(name for name in material.used if not name.startswith("report "))),
        left_out=material.catalog.left_out,
        notes={"reports": len(material.records), **(notes or {})},
    )
