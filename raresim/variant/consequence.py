"""A designed allele: class by the gene's known pathogenic variants, base by the mutation rates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import design
from raresim.errors import InputError
from raresim.gene_facts import CLASSES
from raresim.kinds import Probability, kind
from raresim.sites import Sites, Variant
from raresim.variant import Designed, Request

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.panel import Panel
    from raresim.world import World

TRIES = 200  # draws of one class before it is taken to have no allele left


@kind
class Consequence:
    """A designed allele: a class (missense, stop, frameshift, ...) by the gene's mix, a base by the mutation rates.

    known: probability that an allele of a recessive disease is one of the panel's pathogenic sites of the gene, where
    it has any: a third of the burden of recessive disease is not in ClinVar (Martin 2018, Science 362:1161).
    dominant_af, recessive_af: an allele is never more frequent than this in any ancestry of the database. The first
    is the strictest that gene curation panels use for dominant disease, the second the loosest for recessive disease
    (ClinGen criteria BS1, 0.01% and 0.5%).
    """

    known: Probability = 2 / 3
    dominant_af: Probability = 1e-4
    recessive_af: Probability = 5e-3

    def draw(self, request: Request, world: World, rng: Generator) -> Designed:
        """Draw a pathogenic allele.

        A class without an allele in the gene gives way to the heaviest of the others. InputError: no class has one.
        """
        if request.gene in world.genome.unplantable:
            raise InputError(f"disease: {request.disease}: {_symbol(request, world)} has no valid reading frame here")
        gene = world.genome.genes.hgnc[request.gene]
        mix = world.facts.class_mix(gene, request.mode, world.catalog.find(request.disease).ids)
        if request.mode == "AR" and rng.random() < self.known:
            site = self._panel_site(request, world, mix, rng)
            if site >= 0:
                return Designed(world.panel.sites[site], "panel", site)
        for name in order(mix, rng):
            variant = self._of_class(request, world, name, rng)
            if variant is not None:
                return Designed(variant, "designed")
        raise InputError(
            f"disease: {request.disease}: no pathogenic allele can be made in {_symbol(request, world)}; "
            "its coding sequence must lie in the targets"
        )

    def rare(self, request: Request, panel: Panel, variant: Variant) -> bool:
        """Return whether an allele is rare enough in the database for this mode of inheritance."""
        row = panel.sites.find(variant)
        bound = self.recessive_af if request.mode == "AR" else self.dominant_af
        return row < 0 or bool((panel.ac[row] <= bound * panel.alleles(Sites.of([variant]))).all())

    def _of_class(self, request: Request, world: World, name: str, rng: Generator) -> Variant | None:
        for _ in range(TRIES):
            if name in design.INDELS:
                variant = design.indel(world, request.gene, name, rng)
            else:
                variant = snv(design.snvs(world, request.gene), name, rng)
                if variant is None:
                    return None
            if variant is not None and variant not in request.taken and self.rare(request, world.panel, variant):
                return variant
        return None

    def _panel_site(self, request: Request, world: World, mix: Mapping[str, float], rng: Generator) -> int:
        """Draw one of the panel's pathogenic sites of the gene, by its copies in database and cohort; -1 for none."""
        panel = world.panel
        fitting = [
            row
            for row in np.flatnonzero(panel.pathogenic & (panel.gene == request.gene)).tolist()
            if mix.get(design.name_of(panel.terms[row : row + 1]), 0.0) > 0
            and panel.sites[row] not in request.taken
            and self.rare(request, panel, panel.sites[row])
        ]
        cohort = cohort_copies(world)[fitting]
        weight = np.where(cohort > 0, cohort + panel.ac[fitting].sum(axis=1), 0)
        return fitting[pick(weight, rng)] if weight.any() else -1


def _symbol(request: Request, world: World) -> str:
    return world.genome.genes.symbol[request.gene]


def order(mix: Mapping[str, float], rng: Generator) -> list[str]:
    """Return the classes to try: one drawn by weight, then the others with a weight, the heaviest first."""
    names = [name for name in CLASSES if mix.get(name, 0.0) > 0]
    if not names:
        return []
    first = names[pick(np.array([mix[name] for name in names]), rng)]
    return [first, *sorted((n for n in names if n != first), key=lambda n: (-mix[n], n))]


def snv(candidates: design.Candidates, name: str, rng: Generator) -> Variant | None:
    """Draw an SNV of a class by weight; None where the gene has none."""
    weight = np.where(candidates.classes == CLASSES.index(name), candidates.weight, 0.0)
    return candidates.sites[pick(weight, rng)] if weight.any() else None


def pick(weight: NDArray[np.floating] | NDArray[np.integer], rng: Generator) -> int:
    """Draw an index by weight."""
    edges = np.cumsum(weight)
    return int(np.searchsorted(edges, rng.random() * edges[-1], "right"))


@lru_cache(maxsize=2)
def cohort_copies(world: World) -> NDArray[np.int64]:
    """Return how many cohort haplotypes carry each site of the panel."""
    return world.panel.counts()
