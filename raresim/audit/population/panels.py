"""The panels that are compared: people of all ancestries together, and each alone in the numbers of gnomAD."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raresim import maps, panel, synthetic
from raresim import targets as make_targets
from raresim.audit.population.measure import Measured, coding_bases, kinds_of
from raresim.background import Inputs
from raresim.background.coalescent import Coalescent
from raresim.genome import Genome, Targets

CHROMOSOME = "chr19"  # that of the targets
ANCESTRIES = ("AFR", "AMR", "EAS", "EUR", "FIN", "SAS")


@dataclass(frozen=True, eq=False)
class Panels:
    """joint: ``ANCESTRIES`` in one panel; alone: an ancestry in the number of people that its targets were counted in;
    opportunity: mutation rate by class for each coding base, to compare with another sequence. tolerance: how much more
    loss of function these genes keep than all genes do by their constraint: of rare sites, and of heterozygous ones."""

    joint: Measured
    alone: dict[str, Measured]
    opportunity: dict[str, float]
    tolerance: tuple[float, float]
    genes: int


def make(people: int, alone: dict[str, int], share: float, seed: int, workers: int) -> Panels:
    """Simulate the panels (or read them from the cache) on the first ``share`` of the genes of the chromosome."""
    genome = synthetic.build()
    rows = np.flatnonzero(genome.genes.contig == genome.index[CHROMOSOME])
    rows = rows[: int(len(rows) * share)]
    names = [genome.genes.hgnc[i] or genome.genes.symbol[i] for i in rows]
    inputs = Inputs(seed, genome, make_targets.make(genome, genes=names), maps.load(genome))

    def one(ancestry: dict[str, int]) -> Measured:
        return Measured.of(panel.cached(Coalescent(ancestry=ancestry), inputs, workers), genome, inputs.targets)

    return Panels(
        joint=one(dict.fromkeys(ANCESTRIES, people)),
        alone={name: one({name: count}) for name, count in alone.items()},
        opportunity=opportunity(genome, inputs.targets),
        tolerance=tolerance(genome, rows),
        genes=len(rows),
    )


def opportunity(genome: Genome, targets: Targets, every: int = 29) -> dict[str, float]:
    """Mutation rate by class for each coding base of the targets: all changes of every 29th of their bases."""
    from raresim.consequence import effects, worst
    from raresim.mutation import LETTERS, flat, load
    from raresim.sites import Sites

    contig = int(targets.contig[0])
    where, context = flat(genome, contig, targets.start, targets.end)
    where, context = where[::every], context[::every]
    letters = np.frombuffer(LETTERS.encode(), np.uint8)
    rate = load().snv[context]
    base, alt = np.nonzero(rate > 0)
    off = np.arange(len(base) + 1, dtype=np.int64)
    old = letters[context[base] // 5 % 5]
    sites = Sites(np.full(len(base), contig, np.int16), where[base].astype(np.int32), off, old, off, letters[alt])
    terms, _ = worst(effects(genome, sites), len(sites))
    weight = rate[base, alt] * every / coding_bases(genome, targets)
    return {name: float(weight[mask].sum()) for name, mask in kinds_of(terms).items()}


def tolerance(genome: Genome, genes: NDArray[np.int64]) -> tuple[float, float]:
    """Kept loss of function of these genes over that of all, of EUR: rare sites of 2,000 people, heterozygosity."""
    from raresim.thinning import groups, load

    models, group = genome.genes, groups(genome)
    row = np.repeat(np.arange(len(models)), np.diff(models.exon_off))
    inside = np.minimum(models.exon_end, models.cds_end[row]) - np.maximum(models.exon_start, models.cds_start[row])
    length = np.bincount(row, np.maximum(inside, 0), len(models))
    weight = np.bincount(group[genes] + 1, length[genes], 11) / length[genes].sum()
    x, neutral, share = load().frequency, load().neutral["EUR"], load().shares["EUR"][1:]
    rare, pairs = (x <= 0.001) * (1 - (1 - x) ** 4000), x * (1 - x)
    first, second = (
        float((weight @ share * neutral * w).sum() / (share[0] * neutral * w).sum()) for w in (rare, pairs)
    )
    return first, second
