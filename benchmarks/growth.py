"""How time grows with people and with length: the exponents, and the curves as an SVG.

    python benchmarks/growth.py [SVG] [most people]

People: ancestry, mutations and carriers of the targets in the first 10 Mb of chromosome 22, from 100 people to at most
100,000, and the file of the whole cohort (of
10 Mb up to 1,000 people, of less for more). Length: the targets of the first 5 Mb of
chromosome 1 to all of it, 1,000 people. CPU seconds of one process, the least of three (one from 10,000 people on);
an exponent is the slope of a straight line through the logarithms. Prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from cohort_vcf import GENOME, panel, simulate
from panel import jobs, part

from raresim.ancestry import Job, warm
from raresim.ancestry import simulate as block
from raresim.cohort_files import write_vcf

PEOPLE = (100, 316, 1000, 3162, 10_000, 31_623, 100_000)
MEGABASES = (5, 15, 50, 150, 0)
COLOURS = ("#1b6ca8", "#c0562f", "#3f8f4f")
Curve = list[tuple[float, float]]


def seconds(task: Callable[[], object], rounds: int) -> float:
    """The least CPU time of a task."""
    took = []
    for _ in range(rounds):
        began = time.process_time()
        task()
        took.append(time.process_time() - began)
    return min(took)


def exponent(curve: Curve) -> float:
    """The slope on logarithms."""
    x, y = np.log(np.array(curve)).T
    return round(float(np.polyfit(x, y, 1)[0]), 2)


def blocks(made: list[Job]) -> Callable[[], object]:
    """Simulating blocks, one after the other."""
    return lambda: [block(job) for job in made]


def drawing(curves: dict[str, Curve]) -> str:
    """The curves as an SVG: a panel each, both axes logarithmic."""
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="930" height="300" font-family="sans-serif" font-size="12">'
    ]
    for number, (title, curve) in enumerate(curves.items()):
        logs = np.log10(np.array(curve))
        low, high = np.floor(logs.min(0)), np.ceil(logs.max(0))
        place = (logs - low) / np.maximum(high - low, 1) * [220, -200] + [60 + 310 * number, 250]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in place)
        colour, left = COLOURS[number], 60 + 310 * number
        parts.append(f'<path d="M{left} 50V250H{left + 220}" fill="none" stroke="#888"/>')
        parts.append(f'<text x="{left}" y="30">{title}: exponent {exponent(curve)}</text>')
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in place]
        for axis in (0, 1):
            for tick in np.arange(low[axis], high[axis] + 1):
                at = (tick - low[axis]) / max(high[axis] - low[axis], 1)
                x, y = (left + 220 * at, 268) if axis == 0 else (left - 6, 254 - 200 * at)
                anchor = "middle" if axis == 0 else "end"
                parts.append(f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{10.0**tick:g}</text>')
    return "\n".join([*parts, "</svg>\n"])


def main(svg: str = "", most: int = 100_000) -> None:
    """Run, print, and draw."""
    warm()
    short = part("chr22", 10)
    people = [n for n in PEOPLE if n <= most]
    block(jobs(short, 100)[0])
    ancestry: Curve = [(n, seconds(blocks(jobs(short, n)), 3 if n < 10_000 else 1)) for n in people]
    length: Curve = []
    for megabases in MEGABASES:
        inputs = part("chr1", megabases)
        span = int(inputs.targets.end[-1] - inputs.targets.start[0]) / 1e6
        length.append((span, seconds(blocks(jobs(inputs, 1000)), 3)))
    cohort: Curve = []
    each = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.vcf.gz"
        for n in people:
            whole = panel(simulate(n, max(0.3, min(10.0, 10_000 / n))))
            write_vcf(path, whole, GENOME, False)
            took = seconds(lambda whole=whole: write_vcf(path, whole, GENOME, False), 3)  # type: ignore[misc]
            carriers = int(whole.counts().sum())
            cohort.append((carriers, took))
            each[n] = round(1e9 * took / carriers, 1)
    curves = {"CPU s against people": ancestry, "CPU s against Mb": length, "cohort VCF, s against carriers": cohort}
    if svg:
        Path(svg).write_text(drawing(curves))
    print(
        json.dumps(
            {
                "people": {n: round(took, 2) for n, took in ancestry},
                "exponent_people": exponent(ancestry),
                "megabases": {round(mb, 1): round(took, 2) for mb, took in length},
                "exponent_length": exponent(length),
                "cohort_ns_a_carrier": each,
                "exponent_cohort": exponent(cohort),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:]))
