"""Writing a whole cohort as VCF.gz against bgzip of the ready text and against tskit's writer, in one run.

    python benchmarks/cohort_vcf.py [people] [megabases] [rounds]

One population with recent growth (a choice: 424,000 people now, 0.02 a generation for 200 generations, 10,000 before),
simulated by msprime; the same sites and genotypes for all. Contestants take turns, with the order turned round every
second time: CPU seconds of this process and its children, medians, and medians of paired ratios. "text" is the time
of ``bgzip -@2`` of the uncompressed file, which is what no writer of text can beat; "tskit" is ``ts.write_vcf`` piped
to ``bgzip -@2``. calls: 1 in 20 sites with GT:AD:DP:GQ:PL. Files are on disk. Prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import msprime
import numpy as np
from numpy.typing import NDArray

from raresim.carriers import Carriers
from raresim.cohort_files import write_bcf, write_vcf
from raresim.genome import Contig, ContigKind
from raresim.panel import Panel
from raresim.sites import Sites

GENOME: Any = SimpleNamespace(
    contigs=(Contig("chr22", 50_818_468, ContigKind.AUTOSOME),), assembly="raresim-synthetic-1"
)


def simulate(people: int, megabases: float) -> Any:
    """Return a tree sequence with biallelic sites."""
    history = msprime.Demography()
    history.add_population(name="EUR", initial_size=424_000, growth_rate=0.02)
    history.add_population_parameters_change(time=200, initial_size=10_000, growth_rate=0)
    ts = msprime.sim_ancestry(
        {"EUR": people},
        demography=history,
        sequence_length=round(1e6 * megabases),
        recombination_rate=1e-8,
        random_seed=1,
    )
    return msprime.sim_mutations(ts, rate=1.3e-8, random_seed=2, model=msprime.BinaryMutationModel())


def panel(ts: Any, every: int = 1) -> Panel:
    """Return a panel with the genotypes of every so many-th site."""
    carriers = [np.flatnonzero(v.genotypes).astype(np.int32) for v in ts.variants() if v.site.id % every == 0]
    n = len(carriers)
    haplotype, site = np.concatenate(carriers), np.repeat(np.arange(n, dtype=np.int32), [len(c) for c in carriers])
    order = np.argsort(haplotype, kind="stable")
    off = np.concatenate([[0], np.cumsum(np.bincount(haplotype, minlength=ts.num_samples))])
    return of_sites(ts.sites_position[::every], Carriers.of(off, site[order], n))


def of_sites(position: NDArray[np.float64], own: Carriers) -> Panel:
    """Return the panel of sites on chromosome 22, all of them from A to G."""
    n, haplotypes = len(position), len(own.off) - 1
    text = np.full(n, ord("A"), np.uint8), np.full(n, ord("G"), np.uint8)
    bounds = np.arange(n + 1)
    none = np.zeros((n, 1), np.int32)
    return Panel(
        sites=Sites(np.zeros(n, np.int16), position.astype(np.int32), bounds, text[0], bounds, text[1]),
        terms=np.zeros(n, np.uint32),
        gene=none[:, 0],
        pathogenic=np.zeros(n, np.bool_),
        ancestries=("EUR",),
        ac=none,
        an=np.array([2], np.int32),
        hom=none,
        ancestry=np.zeros(haplotypes // 2, np.int8),
        hap_off=own.off,
        hap_site=own.site,
        common=own.common,
        bits=own.bits,
        digest="benchmark",
    )


def cpu() -> float:
    """CPU seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def bgzip(source: Path) -> None:
    """Compress a ready text."""
    with source.with_suffix(".bgz").open("wb") as out:
        subprocess.run(["bgzip", "-@2", "-c", source], stdout=out, check=True)


def tskit(ts: Any, path: Path) -> None:
    """Write with tskit, piped to bgzip."""
    with path.open("wb") as out:
        pipe = subprocess.Popen(["bgzip", "-@2", "-c"], stdin=subprocess.PIPE, stdout=out, text=True)
        ts.write_vcf(pipe.stdin, contig_id="chr22")
        pipe.communicate()


def in_turns(tasks: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of every task in every round; the tasks take turns, the order turned round every second time."""
    times: dict[str, list[float]] = {task: [] for task in tasks}
    for number in range(rounds):
        for task in list(tasks)[:: -1 if number % 2 else 1]:
            began = cpu()
            tasks[task]()
            times[task].append(cpu() - began)
    return times


def main(people: int = 10_000, megabases: float = 1.0, rounds: int = 5) -> None:
    """Run and print."""
    ts = simulate(people, megabases)
    whole, few = panel(ts), panel(ts, 20)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {kind: folder / f"{kind}.vcf.gz" for kind in ("GT", "calls")}
        tasks: dict[str, Callable[[], object]] = {
            "GT": lambda: write_vcf(files["GT"], whole, GENOME, False),
            "BCF": lambda: write_bcf(folder / "c.bcf", whole, GENOME, False),
            "calls": lambda: write_vcf(files["calls"], few, GENOME, False, called=True),
            "text of GT": lambda: bgzip(folder / "GT.vcf"),
            "text of calls": lambda: bgzip(folder / "calls.vcf"),
            "tskit": lambda: tskit(ts, folder / "t.vcf.gz"),
        }
        for kind, path in files.items():
            tasks[kind]()
            with (folder / f"{kind}.vcf").open("wb") as out:
                subprocess.run(["bgzip", "-dc", path], stdout=out, check=True)
        tasks["BCF"]()
        times = in_turns(tasks, rounds)

        def ratio(rival: str, ours: str) -> float:
            return round(median(a / b for a, b in zip(times[rival], times[ours], strict=True)), 1)

        def size(path: str) -> float:
            return (folder / path).stat().st_size

        print(
            json.dumps(
                {
                    "people": people,
                    "sites": len(whole.sites),
                    "carriers": int(whole.counts().sum()),
                    "text_MB": round(size("GT.vcf") / 1e6),
                    "calls_text_MB": round(size("calls.vcf") / 1e6),
                    "seconds": {task: round(median(used), 3) for task, used in times.items()},
                    "ns_a_carrier": round(1e9 * median(times["GT"]) / int(whole.counts().sum()), 1),
                    "GT_against_text": ratio("text of GT", "GT"),
                    "GT_against_tskit": ratio("tskit", "GT"),
                    "calls_against_text": ratio("text of calls", "calls"),
                    "size_of_GT": round(size("GT.vcf.gz") / size("GT.bgz"), 2),
                    "size_of_calls": round(size("calls.vcf.gz") / size("calls.bgz"), 2),
                    "peak_MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                }
            )
        )


if __name__ == "__main__":
    main(*(kind(value) for kind, value in zip((int, float, int), sys.argv[1:], strict=False)))
