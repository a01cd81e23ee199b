"""Thinning a panel to a target spectrum against RAREsim2, the same sites and the same targets, in one run.

    pip install --no-deps --target FOLDER raresim==3.0.3
    python benchmarks/pruning.py FOLDER [people] [rounds]

RAREsim2's package has our module's name, so it runs in a process of its own, once a round; its reading of the matrix
is not counted. Every bin has a quarter more sites than its target: both draw which of them to keep, and both give the
carriers of those. Ours also corrects by class and ancestry, but adds nothing to a bin that has too few, as RAREsim2
does. CPU seconds, median of paired ratios.

"files" is the whole task, from a file to a file: RAREsim2's command ``sim -z`` from its binary matrix (.sm) and legend
to .haps.gz and legend, less its start (a run of ``--help``); ours from the file of a panel to the file of a panel, and
to the VCF.gz of a cohort with its index. RAREsim2's ``convert`` of the text that its users begin with is apart, done
once. Prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from cohort_vcf import GENOME, cpu, of_sites, simulate
from numpy.typing import NDArray

from raresim import artifact
from raresim.carriers import Carriers
from raresim.cohort_files import write_vcf
from raresim.panel import Panel, _columns, _panel
from raresim.spectrum import Bin, kept

BOUNDS = (1, 2, 3, 6, 11, 21, 0.005, 0.01)  # lower ends of RAREsim2's bins of allele counts; shares of haplotypes
THEIRS = """
import random, sys, time
from types import SimpleNamespace
import numpy as np
from raresim.common.legend import Legend
from raresim.common.sparse import SparseMatrix
from raresim.engine.pruners import StandardPruner
given, out, seed = np.load(sys.argv[1]), sys.argv[2], int(sys.argv[3])
off, carriers = given["off"].tolist(), given["carriers"].tolist()
matrix, legend = SparseMatrix(int(given["haplotypes"])), Legend(["id"])
for row in range(len(off) - 1):
    matrix.add_row(carriers[off[row]:off[row + 1]])
    legend.add_row([str(row)])
args = SimpleNamespace(keep_protected=False, verbose=False, output_legend=out, output_hap=out, input_legend=out)
config = SimpleNamespace(
    args=args, activation_threshold=10, stop_threshold=20, run_type="standard", remove_zeroed_rows=True
)
bins = [[int(a), int(b), float(c)] for a, b, c in given["bins"].tolist()]
random.seed(seed)
began = time.process_time()
StandardPruner(config, bins, legend, matrix).transform()
print(time.process_time() - began, matrix.num_rows())
"""


def ours(off: NDArray[np.int64], carriers: NDArray[np.int32], haplotypes: int, bins: tuple[Bin, ...]) -> int:
    """Thin and return how many sites are kept."""
    count = np.diff(off)
    minor = np.minimum(count, haplotypes - count)[:, None]
    kind, top = np.full(len(count), "other"), np.zeros(len(count), np.int64)
    keep = kept(bins, ["EUR"], kind, minor, top, np.random.default_rng(1).random(len(count)))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], keep, [False]]))).reshape(-1, 2)  # runs of sites kept
    _ = np.concatenate([carriers[off[a] : off[b]] for a, b in edges.tolist()])
    _ = np.concatenate([[0], np.cumsum(count[keep])])
    return int(keep.sum())


def theirs(folder: str, given: Path, seed: int) -> tuple[float, int]:
    """Run RAREsim2's own pruning; return its CPU seconds and how many sites are kept."""
    command: list[Any] = [sys.executable, "-c", THEIRS, given, given.with_name("out"), str(seed)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": folder}, cwd=given.parent, capture_output=True, text=True, check=True
    )
    took, rows = done.stdout.split()[-2:]
    return float(took), int(rows)


def written(panel: Panel, path: Path) -> Path:
    """Write the file of a panel."""
    artifact.write(path, _columns(panel))
    return path


def pruned(given: Path, bins: tuple[Bin, ...], out: Path, vcf: bool) -> None:
    """Read the file of a panel, thin it, and write it, or the VCF of its people."""
    arrays = artifact.read(given)
    assert arrays is not None
    panel = _panel(arrays)
    count, n = panel.counts(), len(panel.sites)
    minor = np.minimum(count, 2 * panel.people - count)[:, None]
    kind, top = np.full(n, "other"), np.zeros(n, np.int64)
    keep = kept(bins, ["EUR"], kind, minor, top, np.random.default_rng(1).random(n))
    rows = {name: getattr(panel, name)[keep] for name in ("terms", "gene", "pathogenic", "ac", "hom")}
    made = replace(panel.carrying(panel.own.keep(keep)), sites=panel.sites.take(np.flatnonzero(keep)), **rows)
    if vcf:
        write_vcf(out, made, GENOME, False)
    else:
        written(made, out)


def for_raresim2(path: Path, off: NDArray[np.int64], carriers: NDArray[np.int32], haplotypes: int, bins: Any) -> None:
    """Write the matrix (text and binary), legend and bins as RAREsim2 wants them."""
    rows = np.split(carriers, off[1:-1])
    with (path / "given.haps").open("wb") as text, (path / "given.sm").open("wb") as binary:
        binary.write(np.int32(haplotypes).tobytes())
        for row in rows:
            line = np.full(2 * haplotypes, ord("0"), np.uint8)
            line[1::2] = ord(" ")
            line[2 * row] = ord("1")
            line[-1] = ord("\n")
            text.write(line.tobytes())
            binary.write(np.append(row, np.int32(-1)).tobytes())
    legend = "".join(f"{row}\t{row}\tA\tG\n" for row in range(len(rows)))
    (path / "given.legend").write_text("id\tposition\ta0\ta1\n" + legend)
    told = "".join(f"{low}\t{high}\t{want}\n" for low, high, want in bins)
    (path / "given.bins").write_text("Lower\tUpper\tExpected_var\n" + told)


def command(folder: str, path: Path, *words: str) -> float:
    """Run a command of RAREsim2; return its CPU seconds."""
    began = cpu()
    whole = [sys.executable, "-m", "raresim", *words]
    subprocess.run(whole, env={**os.environ, "PYTHONPATH": folder}, cwd=path, capture_output=True, check=True)
    return cpu() - began


def seconds(task: Callable[[], object]) -> float:
    """CPU seconds of a task."""
    began = cpu()
    task()
    return cpu() - began


def main(folder: str, people: int = 10_000, rounds: int = 5) -> None:
    """Run and print."""
    ts = simulate(people, 0.8)
    haplotypes = ts.num_samples
    found = [np.flatnonzero(v.genotypes).astype(np.int32) for v in ts.variants(copy=False)]
    found = [c for c in found if len(c) <= haplotypes // 2]  # RAREsim2 counts alleles, not minor alleles
    off, carriers = np.concatenate([[0], np.cumsum([len(c) for c in found])]), np.concatenate(found)
    count = np.diff(off)
    low = sorted({int(bound if bound >= 1 else bound * haplotypes) for bound in BOUNDS})
    inside = [(a, b - 1) for a, b in pairwise(low)]
    bins = [(a, b, 0.8 * ((count >= a) & (count <= b)).sum()) for a, b in inside]
    own = tuple(Bin("EUR", "other", a, b, want) for a, b, want in bins)
    pairs, whole = [], []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "given.npz"
        np.savez(path, off=off, carriers=carriers, bins=np.array(bins), haplotypes=haplotypes)
        room = Path(name)
        for_raresim2(room, off, carriers, haplotypes, bins)
        haplotype, site = carriers, np.repeat(np.arange(len(count), dtype=np.int32), count)
        order = np.argsort(haplotype, kind="stable")
        by = np.concatenate([[0], np.cumsum(np.bincount(haplotype, minlength=haplotypes))])
        panel = of_sites(np.arange(len(count), dtype=np.float64), Carriers.of(by, site[order], len(count)))
        given = written(panel, room / "panel.bin")
        for vcf in (False, True):  # compiled before the clock starts
            pruned(given, own, room / "thinned", vcf)
        convert = command(folder, room, "convert", "-i", "given.haps", "-o", "again.sm")
        sim = ["sim", "-m", "given.sm", "-b", "given.bins", "-l", "given.legend", "-z"]
        sim += ["-L", "thinned.legend", "-H", "thinned.haps.gz"]
        for seed in range(rounds):
            took = [seconds(lambda vcf=vcf: pruned(given, own, room / "thinned", vcf)) for vcf in (False, True)]  # type: ignore[misc]
            whole.append((*took, command(folder, room, *sim) - command(folder, room, "--help")))
            began = time.process_time()
            left = ours(off, carriers, haplotypes, own)
            took = time.process_time() - began
            pairs.append((took, *theirs(folder, path, seed)))
    print(
        json.dumps(
            {
                "haplotypes": haplotypes,
                "sites": len(count),
                "kept": left,
                "kept_raresim2": round(median(rows for _, _, rows in pairs)),
                "raresim_ms": round(1000 * median(a for a, _, _ in pairs), 1),
                "raresim2_ms": round(1000 * median(b for _, b, _ in pairs)),
                "ratio": round(median(b / a for a, b, _ in pairs), 1),
                "files_panel_ms": round(1000 * median(a for a, _, _ in whole), 1),
                "files_vcf_ms": round(1000 * median(b for _, b, _ in whole), 1),
                "files_raresim2_s": round(median(c for _, _, c in whole), 1),
                "files_ratio_panel": round(median(c / a for a, _, c in whole)),
                "files_ratio_vcf": round(median(c / b for _, b, c in whole)),
                "raresim2_convert_s": round(convert - command(folder, Path(folder), "--help"), 1),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:]))
