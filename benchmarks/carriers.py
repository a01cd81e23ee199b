"""Carriers of every site from trees against tskit, in one run.

    python benchmarks/carriers.py [people] [rounds]

Trees of one block of chromosome 22 (squeezed targets, Europe). Ours puts mutations on them by context, with recurrence
and indels, and lists the carriers of every row; tskit lists carriers by ``ts.variants(copy=False)`` and
``flatnonzero`` of mutations that msprime put there before the clock starts, at the rate that gives as many sites.
"placed" is the part of ours that begins where tskit's does: candidate mutations are on the branches, it decides which
of them happen, to what allele, and lists who carries it. Rounds alternate; ratios are medians of paired ratios of CPU
time a site. Prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import msprime
import numpy as np
from panel import jobs, part

from raresim.ancestry import genealogy, resolved, squeeze
from raresim.kernels import carriers as kernels


def seconds(task: Callable[[], object]) -> float:
    """CPU seconds of a task."""
    began = time.process_time()
    task()
    return time.process_time() - began


def tskit(trees: Any) -> None:
    """List the carriers of every site."""
    for variant in trees.variants(copy=False):
        np.flatnonzero(variant.genotypes)


def main(people: int = 1000, rounds: int = 5) -> None:
    """Run and print."""
    job = max(jobs(part("chr22", 10), people), key=lambda job: len(job.context))
    made = genealogy(job)
    edges, _, offset = squeeze(job.block)
    length = job.block.end - job.block.start
    where = np.arange(int(length.sum())) + np.repeat(offset - (np.cumsum(length) - length), length)
    context, region = np.full(int(edges[-1]), 124, np.uint8), np.zeros(int(edges[-1]), np.uint8)
    context[where], region[where] = job.context, job.region
    rows = len(made.rows.position)
    rate, theirs = 1e-8, msprime.sim_mutations(made.trees, rate=1e-8, random_seed=1)
    for _ in range(3):
        rate *= rows / theirs.num_sites
        theirs = msprime.sim_mutations(made.trees, rate=rate, random_seed=1)
    kernel, parts = kernels.carriers, []

    def timed(*args: Any) -> Any:
        began = time.process_time()
        out = kernel(*args)
        parts.append(time.process_time() - began)
        return out

    module: Any = kernels
    module.carriers = timed
    pairs = []
    for number in range(rounds):
        tasks: list[Callable[[], object]] = [
            lambda: resolved(made.ancestry, context, region, job.rates, job.key),
            lambda: tskit(theirs),
        ]
        took = [0.0, 0.0]
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            took[which] = seconds(tasks[which])
        pairs.append((took[0] / rows, took[1] / theirs.num_sites, parts.pop() / rows))
    print(
        json.dumps(
            {
                "people": people,
                "rows": rows,
                "carriers": int(made.rows.off[-1]),
                "tskit_sites": theirs.num_sites,
                "raresim_us_a_site": round(1e6 * median(a for a, _, _ in pairs), 1),
                "placed_us_a_site": round(1e6 * median(c for _, _, c in pairs), 1),
                "tskit_us_a_site": round(1e6 * median(b for _, b, _ in pairs), 1),
                "ratio": round(median(b / a for a, b, _ in pairs), 1),
                "ratio_placed": round(median(b / c for _, b, c in pairs), 1),
            }
        )
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
