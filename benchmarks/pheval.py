"""One more case against one more of PhEval's ``create-spiked-vcfs``, in one run.

    pip install pheval==0.7.14  (in an environment of its own)
    python benchmarks/pheval.py PHEVAL-UTILS [people] [rounds]

Both write singletons of the embedded exome: raresim whole cases, each with the background of another person (phenotype,
calls, VCF with index, truth); PhEval one record into the VCF that it is given, the first of ours, for the phenopackets
of ours. The cost of one more is the CPU time of many cases less that of few, over the difference in number: start-up
and the panel (made before the clock starts) are in neither. CPU seconds of this process and its children; the two take
turns, the order turned round every second time; the ratio is the median of the paired ratios. Prints one line of JSON.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from cohort_vcf import cpu

import raresim

FEW, MANY = 2, 12  # of PhEval's cases
OURS = 10  # times as many of ours, which are so much shorter


def study(people: int, cases: int, folder: Path) -> float:
    """Write a study of ours; return its CPU seconds."""
    background = {"kind": "coalescent", "ancestry": {"EUR": people}}
    given = {"seed": 1, "cases": cases, "pedigree": "singleton", "background": background}
    shutil.rmtree(folder, ignore_errors=True)
    began = cpu()
    raresim.run(raresim.Spec.from_dict(given), folder)
    return cpu() - began


def spiked(command: str, packets: list[Path], template: Path, room: Path) -> float:
    """Let PhEval write a VCF for each phenopacket; return its CPU seconds."""
    chosen, out = room / "packets", room / "spiked"
    for folder in (chosen, out):
        shutil.rmtree(folder, ignore_errors=True)
    chosen.mkdir()
    for path in packets:
        told = path.read_text().replace("raresim-synthetic-1", "GRCh38")  # the assemblies that it knows
        (chosen / path.name).write_text(told)
    began = cpu()
    words = [command, "create-spiked-vcfs", "-P", str(chosen), "-hg38", str(template), "-O", str(out)]
    subprocess.run(words, check=True, capture_output=True)
    if len(list(out.rglob("*.vcf*"))) != len(packets):
        raise RuntimeError("PhEval did not write a VCF for every phenopacket")
    return cpu() - began


def main(command: str, people: int = 500, rounds: int = 5) -> None:
    """Run and print."""
    pairs = []
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        study(people, MANY, room / "given")
        packets = sorted((room / "given" / "truth").rglob("*.json"))
        template = min((room / "given").rglob("*.vcf.gz"))
        for number in range(rounds):
            took = {}
            for ours in (True, False) if number % 2 == 0 else (False, True):
                for count in (FEW, MANY):
                    if ours:
                        took[ours, count] = study(people, OURS * count, room / "ours") / OURS
                    else:
                        took[ours, count] = spiked(command, packets[:count], template, room)
            one, other = ((took[ours, MANY] - took[ours, FEW]) / (MANY - FEW) for ours in (True, False))
            pairs.append((one, other, took[False, FEW]))
    print(
        json.dumps(
            {
                "people": people,
                "raresim_ms": round(1000 * median(a for a, _, _ in pairs), 1),
                "pheval_ms": round(1000 * median(b for _, b, _ in pairs), 1),
                "pheval_two_cases_s": round(median(c for _, _, c in pairs), 1),
                "ratio": round(median(b / a for a, b, _ in pairs), 1),
                "rounds": rounds,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:]))
