"""A kind of variant for a trial: an allele that the population has as well, planted as if it were private."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from raresim.kinds import kind
from raresim.normalise import normalise
from raresim.sites import Variant
from raresim.variant import Designed, Request
from raresim.variant.consequence import cohort_copies

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.genome import Genome
    from raresim.world import World


drawn: list[tuple[Variant, Variant]] = []  # as written and in its normal form


@kind
class PlantedAgain:
    """A site of the panel in the gene, by its copies in the cohort, first written as far right as can be."""

    def draw(self, request: Request, world: World, rng: Generator) -> Designed:
        """Draw the allele and bring it back to its normal form."""
        genes, sites = world.genome.genes, world.panel.sites
        start, end, contig = genes.start[request.gene], genes.end[request.gene], genes.contig[request.gene]
        rows = np.flatnonzero((sites.contig == contig) & (sites.pos >= start) & (sites.pos < end))
        copies = cohort_copies(world)[rows].astype(float)
        row = int(rows[np.searchsorted(np.cumsum(copies), rng.random() * copies.sum(), "right")])
        written = moved_right(world.genome, sites[row])
        again = normalise(world.genome, written)
        assert again == sites[row]
        drawn.append((written, again))
        return Designed(again, "designed")


def moved_right(genome: Genome, variant: Variant) -> Variant:
    """Return the same change written as far right as its sequence allows."""
    v = variant
    while len(v.ref) != len(v.alt):
        text = v.ref if len(v.ref) > len(v.alt) else v.alt
        following = genome.fetch(v.contig, v.pos + len(v.ref), v.pos + len(v.ref) + 1)
        if following != text[1] or following not in "ACGT":
            break
        text = text[1:] + following
        v = Variant(v.contig, v.pos + 1, *((text, text[0]) if len(v.ref) > len(v.alt) else (text[0], text)))
    return v
