"""From the trees of a file to the VCF.gz of a cohort, against tskit's writer piped to bgzip, in one run.

    python benchmarks/trees_vcf.py [people] [megabases] [rounds]

Both read the same .trees (the population of cohort_vcf.py, mutations included) and write a VCF.gz of all sites. Ours:
the kernel that lists carriers, told that every mutation happens, then the store of a panel and the writer of cohorts,
which writes an index as well; tskit: ``ts.write_vcf`` piped to ``bgzip -@2``. That both have the same genotypes is
checked before the clock starts. Contestants take turns, the order turned round every second time: CPU seconds of this
process and its children, median of paired ratios. Prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import tskit
from cohort_vcf import GENOME, in_turns, of_sites, simulate
from cohort_vcf import tskit as theirs
from numpy.typing import NDArray

from raresim.carriers import Carriers
from raresim.cohort_files import write_vcf
from raresim.kernels.carriers import carriers
from raresim.kernels.store import by_haplotype


def listed(ts: Any) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int32]]:
    """Return position, bounds and carriers of the sites that somebody carries; all mutations are between two states.

    The kernel's last leaf is the reference haplotype: here a node that no edge goes to. Its rates say that A becomes C,
    and C becomes A, whenever there is a mutation.
    """
    n, edges, mutations, base = ts.num_samples, ts.tables.edges, ts.tables.mutations, ts.tables.sites.position
    order = np.lexsort((mutations.time, mutations.site))
    site, node = mutations.site[order], mutations.node[order]
    parent, child = (side + (side >= n).astype(np.int32) for side in (edges.parent, edges.child))
    first = np.concatenate([[0], np.cumsum(np.bincount(parent, minlength=ts.num_nodes + 1))])
    forward = np.zeros((125, 4))
    forward[0, 1] = forward[5, 0] = 1.0
    ones, none = np.ones(125), np.zeros((1, 2))
    place, bases = base[site].astype(np.int32), int(ts.sequence_length)
    m, leaves = len(place), n + 1
    rows = (np.empty(m, np.int32), np.empty(m, np.int8), np.empty(m, np.int8), np.empty(m, np.bool_))
    off, haplotype = np.empty(m + 1, np.int64), np.empty(m * leaves, np.int32)  # only what is used is touched
    kept = carriers(
        place, node + (node >= n).astype(np.int32), np.zeros(m), first, edges.left, edges.right, child, leaves,
        np.zeros(bases, np.uint8), np.zeros(bases, np.uint8), forward, forward, ones, ones, none, np.ones((1, 2)),
        np.empty(int(np.bincount(site).max(initial=0)) * leaves, np.int32), *rows, off, haplotype,
        np.empty(m, np.int8), np.empty(m, np.int8), np.empty(m, np.int32),
    )  # fmt: skip
    return rows[0][:kept].astype(np.float64), off[: kept + 1], haplotype[: off[kept]]


def ours(path: Path, out: Path) -> None:
    """Read the trees and write the cohort's file."""
    ts = tskit.load(path)
    position, off, haplotype = listed(ts)
    n = len(position)
    places = np.arange(ts.num_samples, dtype=np.int32)
    own = Carriers.of(*by_haplotype(off, haplotype, np.arange(n), places, ts.num_samples), n)
    write_vcf(out, of_sites(position, own), GENOME, False)


def main(people: int = 10_000, megabases: float = 0.5, rounds: int = 5) -> None:
    """Run and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = folder / "given.trees"
        ts = simulate(people, megabases)
        ts.dump(given)
        position, _, haplotype = listed(ts)
        known = [(v.site.position, np.flatnonzero(v.genotypes)) for v in ts.variants(copy=False)]
        known = [(pos, found) for pos, found in known if len(found)]
        same = np.array_equal(position, [pos for pos, _ in known])
        if not same or not np.array_equal(haplotype, np.concatenate([found for _, found in known])):
            raise RuntimeError("the carriers are not those of tskit")
        tasks: dict[str, Callable[[], object]] = {
            "raresim": lambda: ours(given, folder / "ours.vcf.gz"),
            "tskit": lambda: theirs(tskit.load(given), folder / "theirs.vcf.gz"),
        }
        tasks["raresim"]()
        times = in_turns(tasks, rounds)
        print(
            json.dumps(
                {
                    "people": people,
                    "sites": len(position),
                    "carriers": len(haplotype),
                    "edges": ts.num_edges,
                    "seconds": {task: round(median(used), 3) for task, used in times.items()},
                    "ratio": round(median(b / a for a, b in zip(*times.values(), strict=True)), 1),
                    "peak_MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                }
            )
        )


if __name__ == "__main__":
    main(*(kind(value) for kind, value in zip((int, float, int), sys.argv[1:], strict=False)))
