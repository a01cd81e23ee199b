"""Models of the phenotype kind ``hybrid``: a clinical model and the discriminator on top of it."""

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
    """Write a model; under ``epsilon`` the counts of use are noisy, the discriminator is exact."""
    from raresim.hybrid.fit import fit as fitted

    facts = clinical.fit(reports, catalog, folder, options)
    made = fitted(reports, catalog, str(folder), options.seed, options.minimum_support, options.notes)
    made.save(folder)
    facts["trees of the discriminator"] = len(made.off) - 1
    if "exact in spite of epsilon" in facts:
        facts["exact in spite of epsilon"] += "; the discriminator"
    return facts


def phenotype(folder: Path) -> PhenotypeKind:
    """Return the kind that draws from the model."""
    from raresim.phenotype.hybrid import Hybrid

    return Hybrid(model=str(folder))
