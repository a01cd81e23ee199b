"""Models of the phenotype kind ``clinical``: structure and term scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from raresim.fitting import Options, _counts

if TYPE_CHECKING:
    from raresim.catalog import Catalog
    from raresim.phenotype import PhenotypeKind
    from raresim.reports import Report

setting = "style"
EXACT = "the weights of the term scores, the profiles (numbers of terms of a record) and the trees"  # under epsilon


def fit(reports: Sequence[Report], catalog: Catalog, folder: Path, options: Options) -> dict[str, Any]:
    """Write a model, its scores those of the shipped model where too few terms were seen to learn them.

    It knows the use of terms alone, never of pairs, and of none that the catalog does not name (:func:`public`): what
    stands together in a record are terms of public annotations, whatever the reports had together. Under ``epsilon``
    its counts of use are noisy and it names no publication, the rest is exact.
    """
    from raresim.clinical import load
    from raresim.clinical.fit import fit as fitted

    model = fitted(reports, catalog, options.seed, options.minimum_support, options.notes)
    facts: dict[str, Any] = {}
    lacking = np.asarray(~model.weights.any(axis=2))  # too few slots to learn from
    if lacking.any():
        model = replace(model, weights=np.where(lacking[..., None], load().weights, model.weights))
        facts["sets of weights of term scores taken from the shipped model, for want of cases"] = (
            f"{int(lacking.sum())} of {lacking.size}"
        )
    if options.epsilon is not None:
        noisy = _counts.noisy(reports, options.minimum_support, options.epsilon, options.noise_seed)
        either = (noisy.observed > 0) | (noisy.excluded > 0)
        model = replace(
            model,
            term=np.array([int(term[3:]) for term in np.array(noisy.terms)[either].tolist()], np.int32),
            observed=noisy.observed[either].astype(np.int32),
            excluded=noisy.excluded[either].astype(np.int32),
            minimum_support=noisy.smallest,
            publications=(),
            notes={**model.notes, "epsilon": options.epsilon, "contributions": _counts.CONTRIBUTIONS},
        )
        facts |= {"smallest noisy count kept": noisy.smallest, "exact in spite of epsilon": EXACT}
    named = public(catalog)
    own = np.array([f"HP:{number:07d}" in named for number in model.term.tolist()], np.bool_)
    facts["terms of enough publications that no annotation names, left out"] = int((~own).sum())
    model = replace(model, term=model.term[own], observed=model.observed[own], excluded=model.excluded[own])
    model.save(folder)
    return {
        "reports used": model.notes["reports"],
        "profiles of numbers of terms": len(model.profile),
        "terms known by use, observed": int((model.observed > 0).sum()),
        "terms known by use, excluded": int((model.excluded > 0).sum()),
        "publications that a count of use must reach": model.minimum_support,
        **facts,
    }


def public(catalog: Catalog) -> frozenset[str]:
    """Return the terms that public annotations name: those of an entry of the catalog, and all above them."""
    from raresim import ontology
    from raresim.clinical.knowledge import knowledge, terms

    ids = ontology.load().ids
    return frozenset(ids[row] for row in terms().closure(np.flatnonzero(knowledge(catalog).annotated)).tolist())


def phenotype(folder: Path) -> PhenotypeKind:
    """Return the kind that draws from the model."""
    from raresim.phenotype.clinical import Clinical

    return Clinical(style=str(folder))
