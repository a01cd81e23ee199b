"""Fitting the discriminator: real reports against records of the clinical model for the same patients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from raresim import ontology
from raresim.clinical import draw as clinical
from raresim.clinical import entry as entries
from raresim.clinical import examples, features
from raresim.errors import InputError
from raresim.hybrid.draw import rows_of
from raresim.hybrid.features import features as numbers
from raresim.hybrid.model import Discriminator
from raresim.onset import examination_draw, onset_draw
from raresim.phenotype import Person
from raresim.streams import stream

if TYPE_CHECKING:
    from raresim.catalog import Catalog
    from raresim.reports import Report

EACH = 4  # reports of a publication and disease that are learned from, as in raresim.clinical.fit
TWINS = 2  # simulated records for each real one
TREES, LEAVES, RATE = 120, 8, 0.08  # number of trees, leaves of each, learning rate: choices


def fit(
    reports: Iterable[Report],
    catalog: Catalog,
    style: str,
    seed: int = 0,
    minimum_support: int = 3,
    notes: dict[str, Any] | None = None,
) -> Discriminator:
    """Return the discriminator between reports and records of the clinical model of ``style`` (a name or a folder).

    Every report has two records of the same disease, sex and ages; both are seen, and drawn, from the entry without the
    report's own paper. Gradient boosting (Friedman 2001, Ann Stat 29:1189). InputError where scikit-learn is missing.
    """
    try:
        from sklearn.ensemble import GradientBoostingClassifier
    except ImportError:
        raise InputError("fit: needs scikit-learn; pip install 'raresim-dx[fit]'") from None
    reports = list(reports)
    material = examples.material(reports, catalog, minimum_support)
    of = {report.id: report for report in reports}
    writer = clinical.writer(style)
    x, y = [], []
    for number, record in enumerate(examples.capped(material.records, EACH, seed)):
        disease = catalog.disease_without(record.disease, {record.publication})
        if all(row.excluded for row in disease.annotations):
            continue
        entry = entries.read(disease, record.female)
        if not len(entry.rows):
            continue
        view = features.view(entry, disease.ids, writer.sampler.lexicon)
        rng = stream(seed, "hybrid", "twin", number)
        report = of[record.name]
        began = onset_draw(disease, rng) if report.onset is None else report.onset
        age = examination_draw(began, rng) if report.age is None else report.age
        person = Person(record.female, age, min(began, age))
        twins = [rows_of(writer.record(disease, person, False, rng)) for _ in range(TWINS)]
        x.append(numbers([(record.observed, record.excluded), *twins], view.relation, entry, writer.sampler.lexicon))
        y += [1.0] + [0.0] * TWINS
    data, label = np.concatenate(x), np.array(y)
    weight = np.where(label > 0, float(TWINS), 1.0)
    model = GradientBoostingClassifier(
        n_estimators=TREES,
        max_leaf_nodes=LEAVES,
        max_depth=None,
        learning_rate=RATE,
        subsample=0.7,
        min_samples_leaf=20,
        max_features=0.5,
        random_state=seed,
    ).fit(data.astype(np.float32), label, sample_weight=weight)
    trees = [estimator.tree_ for estimator in model.estimators_[:, 0]]
    return Discriminator(
        feature=np.concatenate([t.feature for t in trees]).astype(np.int16),
        threshold=np.concatenate([t.threshold for t in trees]).astype(np.float32),
        left=np.concatenate([t.children_left for t in trees]).astype(np.int16),
        right=np.concatenate([t.children_right for t in trees]).astype(np.int16),
        value=np.round(np.concatenate([RATE * t.value[:, 0, 0] for t in trees]), 5).astype(np.float32),
        off=np.cumsum([0, *(t.node_count for t in trees)]).astype(np.int32),
        start=0.0,  # both sides weigh the same
        notes={"reports": int(label.sum()), "ontology": ontology.load().release, **(notes or {})},
    )
