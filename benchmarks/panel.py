"""Ancestry of the targets of a chromosome against msprime on the whole chromosome, in one run.

    python benchmarks/panel.py [people] [chromosome] [rounds] [megabases]

Both give genealogies of the same targets under the same demography and genetic map, for the same people: raresim
squeezed and in blocks (mutations and carriers included), msprime over the whole chromosome (its first megabases only,
when given; 0 is all of it). Rounds alternate; the ratio is the median of the paired ratios of CPU time in one process.
Prints one line of JSON. The law is the same: tests/statistics/test_panel.py.
"""

from __future__ import annotations

import json
import sys
import time
from statistics import median

import msprime
import numpy as np

from raresim import demography, maps, synthetic, targets
from raresim.ancestry import Job, simulate, warm
from raresim.background import Coalescent, Inputs
from raresim.genome import Targets


def part(chromosome: str, megabases: int) -> Inputs:
    """Return the inputs of one chromosome, or of its first megabases of targets."""
    genome = synthetic.build()
    whole = targets.make(genome)
    rows = whole.contig == genome.index[chromosome]
    if megabases:
        rows &= whole.end <= whole.start[rows][0] + megabases * 1_000_000
    few = Targets(whole.contig[rows], whole.start[rows], whole.end[rows])
    return Inputs(1, genome, few, maps.load(genome))


def jobs(inputs: Inputs, people: int) -> list[Job]:
    """Return the blocks of these inputs for so many people of Europe."""
    made: list[Job] = Coalescent(ancestry={"EUR": people}).jobs(inputs)
    return made


def ours(blocks: list[Job]) -> None:
    """Squeezed blocks, with mutations and carriers."""
    for job in blocks:
        simulate(job)


def theirs(inputs: Inputs, people: int, seed: int) -> None:
    """The whole span in one simulation, at the recombination rates of the map every 10 kb."""
    start, end = int(inputs.targets.start[0]), int(inputs.targets.end[-1])
    edges = np.unique(np.append(np.arange(start, end, 10_000), end))
    contig = int(inputs.targets.contig[0])
    cm = (inputs.map.cm(contig, edges, True) + inputs.map.cm(contig, edges, False)) / 2
    rate = np.maximum(np.diff(cm), 0) / 100 / np.diff(edges)
    msprime.sim_ancestry(
        [msprime.SampleSet(people, population="EUR")],
        demography=demography.load(None, {"EUR": people}).model(),
        recombination_rate=msprime.RateMap(position=edges - start, rate=rate),
        random_seed=seed,
    )


def main() -> None:
    """Race the two."""
    people, chromosome, rounds, megabases = (*sys.argv[1:], *("1000", "chr22", "5", "0")[len(sys.argv) - 1 :])
    inputs = part(chromosome, int(megabases))
    blocks = jobs(inputs, int(people))
    warm()
    simulate(blocks[0])
    pairs = []
    for number in range(int(rounds)):
        took = [0.0, 0.0]
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            began = time.process_time()
            if which == 0:
                ours(blocks)
            else:
                theirs(inputs, int(people), number + 1)
            took[which] = time.process_time() - began
        pairs.append(took)
    print(
        json.dumps(
            {
                "people": int(people),
                "chromosome": chromosome,
                "target_bases": inputs.targets.bases,
                "span": int(inputs.targets.end[-1] - inputs.targets.start[0]),
                "blocks": len(blocks),
                "raresim_s": round(median(a for a, _ in pairs), 3),
                "msprime_s": round(median(b for _, b in pairs), 3),
                "ratio": round(median(b / a for a, b in pairs), 1),
                "rounds": int(rounds),
                "msprime": msprime.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
