"""Models of the phenotype kind ``bayesian_network``: a network, and the term scores of ``clinical``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raresim import files
from raresim.fitting import Options, clinical

if TYPE_CHECKING:
    from raresim.catalog import Catalog
    from raresim.phenotype import PhenotypeKind
    from raresim.reports import Report

setting = "model"


def fit(reports: Sequence[Report], catalog: Catalog, folder: Path, options: Options) -> dict[str, Any]:
    """Write a model; under ``epsilon`` the counts of use are noisy, the network's tables are exact."""
    from raresim.network import fit as network
    from raresim.network.model import FILE

    facts = clinical.fit(reports, catalog, folder, options)
    made = network.fit(reports, catalog, options.seed, options.minimum_support, options.notes)
    files.write(folder / FILE, made.to_toml().encode())
    drawn = [node for node in made.nodes if node.table is not None]
    facts["nodes drawn"] = len(drawn)
    facts["arrows"] = sum(len(node.parents) for node in drawn)
    if "exact in spite of epsilon" in facts:
        facts["exact in spite of epsilon"] += "; the network"
    return facts


def phenotype(folder: Path) -> PhenotypeKind:
    """Return the kind that draws from the model."""
    from raresim.phenotype.bayesian_network import BayesianNetwork

    return BayesianNetwork(model=str(folder))
