"""Families a CPU second on one core: whole cases, and their VCF and index alone.

    python benchmarks/cases.py [people] [cases]

A study of the embedded exome on a panel of so many people, made before the clock starts (and kept in the cache).
"whole": a case is made, all its files are written, and it is counted, as a run does. "files": VCF and index of cases
that are there. Singletons and trios take turns, three rounds; CPU time of the process. Prints one line of JSON each.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import raresim
from raresim.cases import Cases, Shard, study_of, write_shard
from raresim.format.vcf import Vcf

ROUNDS = 3
PEDIGREES: tuple[Any, ...] = ("singleton", "trio")


def whole(made: Cases, size: int) -> float:
    """CPU seconds a case, everything included; the writers of the shard are opened once."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        write_shard(made.spec, made.world, Shard(1, size, Path(folder) / "shard"), None)
        return (time.process_time() - start) / size


def files(made: Cases, size: int) -> float:
    """CPU seconds a case for VCF and index alone."""
    ready = made[:size]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        write = stack.enter_context(Vcf().open(Path(folder), study_of(made.world)))
        start = time.process_time()
        for case in ready:
            write(case)
        return (time.process_time() - start) / size


def main(people: int = 500, size: int = 20) -> None:
    """Run and print."""
    settings: dict[str, Any] = {"background": {"kind": "coalescent", "ancestry": {"EUR": people}}}
    settings |= {"seed": 5, "cases": size, "reuse": True}
    studies = {name: raresim.cases(raresim.Spec(**settings, pedigree=name)) for name in PEDIGREES}
    for made in studies.values():  # compiled, and the panel made, before the clock starts
        whole(made, 2)
    spent: dict[tuple[str, str], list[float]] = {}
    for _ in range(ROUNDS):
        for pedigree, made in studies.items():
            for task in (whole, files):
                spent.setdefault((pedigree, task.__name__), []).append(task(made, size))
    for (pedigree, name), values in spent.items():
        records = sum(len(case.observed.sites) for case in studies[pedigree]) / size
        seconds = median(values)
        print(
            json.dumps(
                {
                    "pedigree": pedigree,
                    "task": name,
                    "records": round(records),
                    "ms": round(1000 * seconds, 1),
                    "a_cpu_second": round(1 / seconds),
                }
            )
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
