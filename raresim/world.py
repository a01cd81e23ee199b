"""The world of a study: everything that its cases share. Made once, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from raresim.catalog import Catalog, GeneFacts
    from raresim.genome import Genome, Targets
    from raresim.maps import GeneticMap
    from raresim.mutation import Rates
    from raresim.ontology import Ontology
    from raresim.panel import Panel


@dataclass(frozen=True)
class World:
    """genome, targets, map, mutation rates, catalog of diseases, facts of genes, ontology, panel."""

    genome: Genome
    targets: Targets
    map: GeneticMap
    rates: Rates
    catalog: Catalog
    facts: GeneFacts
    ontology: Ontology
    panel: Panel
