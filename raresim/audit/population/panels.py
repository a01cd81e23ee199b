"""The panels that are compared: people of all ancestries together, and each alone in the numbers of gnomAD."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raresim import maps, panel, synthetic
from raresim import targets as make_targets
from raresim.audit.population.measure import Measured
from raresim.background import Inputs
from raresim.background.coalescent import Coalescent
from raresim.genome import Genome

CHROMOSOME = "chr19"  # that of the targets
ANCESTRIES = ("AFR", "AMR", "EAS", "EUR", "FIN", "SAS")


@dataclass(frozen=True, eq=False)
class Panels:
    """joint: ``ANCESTRIES`` in one panel; alone: an ancestry in the number of people that its targets were counted in;
    opportunity: mutation rate by class for each coding base, to compare with another sequence."""

    joint: Measured
    alone: dict[str, Measured]
    opportunity: dict[str, float]
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
        opportunity=opportunity(genome, rows),
        genes=len(rows),
    )


def opportunity(genome: Genome, genes: np.ndarray, every: int = 29) -> dict[str, float]:
    """Mean mutation rate of a coding base of these genes by class: all changes of every 29th base of their CDS."""
    from raresim.consequence import effects, worst
    from raresim.mutation import LETTERS, flat, load
    from raresim.sites import Sites

    models = genome.genes
    row = np.repeat(np.arange(len(models)), np.diff(models.exon_off))
    start, end = np.maximum(models.exon_start, models.cds_start[row]), np.minimum(models.exon_end, models.cds_end[row])
    keep = (start < end) & np.isin(row, genes)
    contig = int(models.contig[genes[0]])
    order = np.argsort(start[keep], kind="stable")
    where, context = flat(genome, contig, start[keep][order], end[keep][order])
    where, first = np.unique(where, return_index=True)
    where, context = where[::every], context[first][::every]
    letters = np.frombuffer(LETTERS.encode(), np.uint8)
    rate = load().snv[context]
    base, alt = np.nonzero(rate > 0)
    off = np.arange(len(base) + 1, dtype=np.int64)
    sites = Sites(
        np.full(len(base), contig, np.int16),
        where[base].astype(np.int32),
        off,
        letters[context[base] // 5 % 5],
        off,
        letters[alt],
    )
    terms, _ = worst(effects(genome, sites), len(sites))
    from raresim.audit.population.measure import kinds_of

    weight = rate[base, alt] / len(where)
    return {name: float(weight[mask].sum()) for name, mask in kinds_of(terms).items()}
