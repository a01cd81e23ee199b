"""The world of a study: everything that its cases share. Made once, never changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from raresim.mistakes import Mistakes

if TYPE_CHECKING:
    from raresim.background import BackgroundKind, Inputs
    from raresim.catalog import Catalog
    from raresim.gene_facts import GeneFacts
    from raresim.genome import Genome, Targets
    from raresim.maps import GeneticMap
    from raresim.mutation import Rates
    from raresim.ontology import Ontology
    from raresim.panel import Panel
    from raresim.pathogenic import Pathogenic
    from raresim.spec import Spec


Progress = Callable[[str, float], None]


def silent(stage: str, share: float) -> None:
    """Show nothing of the progress."""


@dataclass(frozen=True, eq=False)
class World:
    """genome, targets, map, mutation rates, catalog of diseases, facts of genes, ontology, panel; what made the panel,
    its seed and its pathogenic layer (None without a genome)."""

    genome: Genome
    targets: Targets
    map: GeneticMap
    rates: Rates
    catalog: Catalog
    facts: GeneFacts
    ontology: Ontology
    panel: Panel
    background: BackgroundKind | None = None
    background_seed: int = 0
    pathogenic: Pathogenic | None = None


def load_genome(spec: Spec) -> Genome:
    """Return the genome of a study: the embedded one, a FASTA with its gene models, or the names of genes alone."""
    if spec.genome == "none":
        from raresim import knowledge, no_genome

        return no_genome.genome(knowledge.load(spec.catalog))
    if spec.genome == "synthetic":
        from raresim import synthetic

        return synthetic.build()
    from raresim import reference

    return reference.load(spec.genome.fasta, spec.genome.genes, spec.genome.assembly, extra=spec.targets.bed)


def outline(
    spec: Spec, progress: Progress = silent, genome: Genome | None = None, found: Mistakes | None = None
) -> World:
    """Return the world of a study with the people of its panel but without their sites: enough to check the study.

    genome: in place of the study's own. InputError names all mistakes; given ``found``, they are put there instead, and
    the parts that have one are None.
    """
    from raresim import catalog, knowledge, maps, no_genome, ontology, targets
    from raresim.mutation import Rates

    study = Mistakes() if found is None else found
    absent = spec.genome == "none"
    known = study.look(lambda: knowledge.load(spec.catalog), "catalog")
    progress("genome", 0.0)
    readable = spec if "targets" not in study.wrong else replace(spec, targets=type(spec.targets)())
    own = study.look(lambda: genome or load_genome(readable), "genome", ("catalog",) if absent else ())
    progress("genome", 1.0)
    if absent:
        target, curves, people = no_genome.targets(), no_genome.genetic_map(), no_genome.panel()
    else:
        choice = vars(spec.targets)
        target = study.look(lambda: targets.make(own, **choice), "targets", ("genome",))
        curves = study.look(lambda: maps.load(own, spec.map, target), "map", ("genome",))
        people = study.look(lambda: spec.background.outline(spec.background_seed), "background")
        if hasattr(spec.background, "fits"):
            study.look(lambda: spec.background.fits(own), needs=("genome", "background"))
    made = World(
        genome=own,
        targets=target,
        map=curves,
        rates=study.look(lambda: Rates(own), needs=("genome",)),
        catalog=known,
        facts=catalog.facts(),
        ontology=ontology.load(),
        panel=people,
        background=None if absent else spec.background,
        background_seed=spec.background_seed,
        pathogenic=spec.background_pathogenic,
    )
    layer = inputs(made).layer
    if layer:
        study.look(layer.check, needs=("catalog",))
    if found is None:
        study.refuse()
    return made


def populate(world: World, spec: Spec, workers: int = 1, progress: Progress = silent) -> World:
    """Return the world with the sites of its panel, from the cache or made now; without a genome as it is."""
    if world.genome.absent:
        return world
    from raresim import panel

    progress("population", 0.0)
    people = panel.cached(spec.background, inputs(world), workers, lambda share: progress("population", share))
    progress("population", 1.0)
    return replace(world, panel=people)


def inputs(world: World) -> Inputs:
    """Return what the panel of a study is made from."""
    from raresim.background import Inputs
    from raresim.pathogenic import Layer

    layer = Layer(world.pathogenic, world.catalog) if world.pathogenic else None
    return Inputs(world.background_seed, world.genome, world.targets, world.map, layer)


def make(spec: Spec, workers: int = 1, progress: Progress = silent) -> World:
    """Make the world of a study; progress is called with the name of the stage and the share of it that is done."""
    return populate(outline(spec, progress), spec, workers, progress)
