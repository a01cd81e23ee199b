"""The panels that are compared: people of all ancestries together, and each alone in the numbers of gnomAD."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raresim import maps, panel, synthetic
from raresim import targets as make_targets
from raresim.audit.population import homozygosity
from raresim.audit.population.measure import Measured, coding_bases, kinds_of
from raresim.background import Inputs
from raresim.background.coalescent import Coalescent
from raresim.genome import ContigKind, Genome, Targets

ANCESTRIES = ("AFR", "AMR", "EAS", "EUR", "FIN", "SAS")
OUTBRED = ("AFR", "EAS", "EUR", "FIN")  # whose runs of homozygosity are looked at
WIDE_PEOPLE, WIDE_SHARE = (
    40,
    1.0,
)  # few people of all genes: a person's common sites, and Fst, are those of few genealogies


@dataclass(frozen=True, eq=False)
class Panels:
    """joint: ``ANCESTRIES`` in one panel; alone: an ancestry in the number of people that its targets were counted in;
    wide: few people of each on many genes; opportunity: mutation rate by class for each coding base, to compare with
    another sequence. tolerance: how much more loss of function these genes keep than all genes do by their constraint:
    of rare sites in ``joint``, and of heterozygous ones in ``wide``. homozygosity: by ancestry, mean share in long runs
    and its standard error."""

    joint: Measured
    alone: dict[str, Measured]
    wide: Measured
    opportunity: dict[str, float]
    tolerance: tuple[float, float]
    genes: int
    homozygosity: dict[str, tuple[float, float]]


def make(people: int, alone: dict[str, int], share: float, seed: int, workers: int) -> Panels:
    """Simulate the panels (or read them from the cache) on ``share`` of the autosomal genes."""
    genome = synthetic.build()
    rows, many = spread(genome, share), spread(genome, max(share, WIDE_SHARE))
    inputs, wide = (Inputs(seed, genome, _targets(genome, chosen), maps.load(genome)) for chosen in (rows, many))

    def one(inputs: Inputs, ancestry: dict[str, int]) -> Measured:
        return Measured.of(panel.cached(Coalescent(ancestry=ancestry), inputs, workers), genome, inputs.targets)

    return Panels(
        joint=one(inputs, dict.fromkeys(ANCESTRIES, people)),
        alone={name: one(inputs, {name: count}) for name, count in alone.items()},
        wide=one(wide, dict.fromkeys(ANCESTRIES, WIDE_PEOPLE)),
        opportunity=opportunity(genome, inputs.targets),
        tolerance=(tolerance(genome, rows)[0], tolerance(genome, many)[1]),
        genes=len(rows),
        homozygosity=homozygosity.shares(OUTBRED, seed) if alone else {},
    )


def spread(genome: Genome, share: float) -> NDArray[np.int64]:
    """Rows of autosomal genes, evenly spread over the genome: hundreds of genealogies, not those of one region."""
    autosomal = np.array([contig.kind is ContigKind.AUTOSOME for contig in genome.contigs])
    every = max(1, round(1 / share))
    return np.flatnonzero(autosomal[genome.genes.contig])[every // 2 :: every]


def _targets(genome: Genome, rows: NDArray[np.int64]) -> Targets:
    return make_targets.make(genome, genes=[genome.genes.hgnc[i] or genome.genes.symbol[i] for i in rows])


def opportunity(genome: Genome, targets: Targets, every: int = 29) -> dict[str, float]:
    """Mutation rate by class for each coding base of the targets: all changes of every 29th of their bases."""
    from raresim.consequence import effects, worst
    from raresim.mutation import LETTERS, flat, load
    from raresim.sites import Sites

    parts = []
    for c in np.unique(targets.contig):
        rows = targets.contig == c
        where, context = flat(genome, int(c), targets.start[rows], targets.end[rows])
        parts.append((np.full(len(where[::every]), c, np.int16), where[::every], context[::every]))
    contig, where, context = (np.concatenate(column) for column in zip(*parts, strict=True))
    letters = np.frombuffer(LETTERS.encode(), np.uint8)
    rate = load().snv[context]
    base, alt = np.nonzero(rate > 0)
    off = np.arange(len(base) + 1, dtype=np.int64)
    old = letters[context[base] // 5 % 5]
    sites = Sites(contig[base], where[base].astype(np.int32), off, old, off, letters[alt])
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
