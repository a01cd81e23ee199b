"""The world of a study: everything that its cases share. Made once, never changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from raresim.catalog import Catalog, GeneFacts
    from raresim.genome import Genome, Targets
    from raresim.maps import GeneticMap
    from raresim.mutation import Rates
    from raresim.ontology import Ontology
    from raresim.panel import Panel
    from raresim.spec import Spec


@dataclass(frozen=True, eq=False)
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


def load_genome(spec: Spec) -> Genome:
    """Return the genome of a study: the embedded one, or a FASTA with its gene models."""
    if spec.genome == "synthetic":
        from raresim import synthetic

        return synthetic.build()
    from raresim import reference

    bed = Path(spec.targets.bed) if spec.targets.bed else None
    return reference.load(Path(spec.genome.fasta), Path(spec.genome.genes), spec.genome.assembly, extra=bed)


def make(spec: Spec, workers: int = 1, progress: Callable[[str, float], None] = lambda stage, share: None) -> World:
    """Make the world of a study; progress is called with the name of the stage and the share of it that is done."""
    from raresim import catalog, maps, ontology, panel, targets
    from raresim.background import Inputs
    from raresim.mutation import Rates

    progress("genome", 0.0)
    genome = load_genome(spec)
    progress("genome", 1.0)
    target = targets.make(
        genome,
        kind=spec.targets.kind,
        padding=spec.targets.padding,
        genes=spec.targets.genes,
        bed=Path(spec.targets.bed) if spec.targets.bed else None,
    )
    genetic_map = maps.load(genome, Path(spec.map) if spec.map else None)
    inputs = Inputs(spec.background_seed, genome, target, genetic_map)
    progress("population", 0.0)
    people = panel.cached(spec.background, inputs, workers, lambda share: progress("population", share))
    progress("population", 1.0)
    return World(
        genome=genome,
        targets=target,
        map=genetic_map,
        rates=Rates(genome),
        catalog=catalog.load(),
        facts=catalog.facts(),
        ontology=ontology.load(),
        panel=people,
    )
