"""Models of the phenotype kind ``neural``: networks, and the clinical model whose scores they correct."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raresim.fitting import Options, clinical

if TYPE_CHECKING:
    from raresim.catalog import Catalog
    from raresim.phenotype import PhenotypeKind
    from raresim.reports import Report

setting = "model"


def fit(reports: Sequence[Report], catalog: Catalog, folder: Path, options: Options) -> dict[str, Any]:
    """Write a model; under ``epsilon`` the counts of use are noisy, the networks are exact."""
    from raresim.clinical.model import load
    from raresim.neural.fit import fit as fitted

    facts = clinical.fit(reports, catalog, folder, options)
    made = fitted(reports, catalog, load(folder), options.seed, options.minimum_support, options.notes)
    made.save(folder)
    facts["numbers in the networks"] = sum(int(a.size) for a in (made.count_hidden, made.count_out, made.term_hidden))
    if "exact in spite of epsilon" in facts:
        facts["exact in spite of epsilon"] += "; the networks"
    return facts


def phenotype(folder: Path) -> PhenotypeKind:
    """Return the kind that draws from the model."""
    from raresim.phenotype.neural import Neural

    return Neural(model=str(folder))
