"""Runs of homozygosity: the share of the genome in long ones, as a genotyping array would show them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raresim import demography, maps, streams, synthetic
from raresim.mutation import GENOME_MEAN

Floats = NDArray[np.float64]
# The long arm of chromosome 10: 92 Mb without a centromere, which arrays do not cover either.
CONTIG, START, END = "chr10", 41_600_000, 133_600_000
PEOPLE = 100
LONG = 1_500_000  # bases: what is shorter is shared history, not kinship (McQuillan et al. 2008, AJHG 83:359)
SPACING = 10_000  # bases for each common site, as on the array of 300,000 of McQuillan et al.
COMMON = 0.05


def shares(names: tuple[str, ...], seed: int) -> dict[str, tuple[float, float]]:
    """Return of each ancestry the mean share of this arm in runs of homozygosity longer than ``LONG`` bases, and its
    standard error over people: genealogies in the same blocks as those of panels, by the shipped map and histories."""
    genome = synthetic.build()
    contig = next(i for i, found in enumerate(genome.contigs) if found.name == CONTIG)
    both = maps.load(genome)
    where = np.unique(np.concatenate([both.female[contig][0], both.male[contig][0]]))
    where = np.concatenate([[START], where[(where > START) & (where < END)], [END]])
    cm = (both.cm(contig, where, True) + both.cm(contig, where, False)) / 2
    return {name: _one(name, where - START, cm - cm[0], seed) for name in names}


def _one(name: str, where: Floats, cm: Floats, seed: int) -> tuple[float, float]:
    """Simulate an ancestry block by block, and look for runs across them."""
    import msprime

    history = demography.load(None, {name: 1})
    model, rate = history.model(), history.mutation_scale * GENOME_MEAN
    count = max(1, round(float(cm[-1]) / history.block_cm([name])))
    edges = np.interp(np.linspace(0, cm[-1], count + 1), cm, where).round()
    place, genotypes = [], []
    for number in range(count):
        at = np.unique(
            [edges[number], *where[(where > edges[number]) & (where < edges[number + 1])], edges[number + 1]]
        )
        rates = msprime.RateMap(position=at - at[0], rate=np.diff(np.interp(at, where, cm)) / 100 / np.diff(at))
        key = streams.key(seed, "homozygosity", name, number) % (2**32 - 2) + 1
        trees = msprime.sim_ancestry({name: PEOPLE}, demography=model, recombination_rate=rates, random_seed=key)
        trees = msprime.sim_mutations(trees, rate=rate, random_seed=key, model=msprime.BinaryMutationModel())
        last = -1
        for variant in trees.variants():
            copies = variant.genotypes[::2] + variant.genotypes[1::2]
            share = copies.mean() / 2
            bin_ = int(variant.site.position + at[0]) // SPACING
            if bin_ != last and COMMON <= share <= 1 - COMMON:
                last = bin_
                place.append(variant.site.position + at[0])
                genotypes.append(copies == 1)
    return runs(np.array(place), np.stack(genotypes), float(where[-1]))


def runs(place: Floats, het: NDArray[np.bool_], length: float) -> tuple[float, float]:
    """Return the mean over people, and its standard error, of the share of ``length`` bases between heterozygous sites
    that are more than ``LONG`` apart; het bool[sites, people]."""
    found = []
    for person in range(het.shape[1]):
        gaps = np.diff(np.concatenate([[0.0], place[het[:, person]], [length]]))
        found.append(gaps[gaps > LONG].sum() / length)
    return float(np.mean(found)), float(np.std(found) / np.sqrt(len(found)))
