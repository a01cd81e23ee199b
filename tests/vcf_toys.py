"""A small VCF of made-up people on a random genome, and the panel that the kind `vcf` makes of it."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from raresim import maps
from raresim import targets as make_targets
from raresim.background import Inputs, Vcf
from raresim.panel import Panel
from tests import real_people
from tests.builders import random_genome
from tests.real_people import CONSENT, Source

SEED = 7


@cache
def inputs(flank: int = 0) -> Inputs:
    genome = random_genome(2, 60)
    return Inputs(SEED, genome, make_targets.make(genome, padding=flank), maps.load(genome))


@cache
def people() -> Source:
    targets = inputs().targets
    rng = np.random.default_rng(3)
    places = []
    for contig, start, end in zip(targets.contig.tolist(), targets.start.tolist(), targets.end.tolist(), strict=True):
        places += [
            (contig, int(p)) for p in rng.choice(np.arange(start, end - 2, 5), min(3, (end - start) // 8), False)
        ]
    return real_people.source(inputs().genome, sorted(places))


def kind(folder: Path, vcf: Path | tuple[Path, ...], **settings: object) -> Vcf:
    """The kind that reads these files."""
    table = folder / "samples.tsv"
    if not table.exists():
        table.write_text(people().table())
    return Vcf(**{"path": vcf, "samples": table, "consent": CONSENT, "database": 0.4, **settings})  # type: ignore[arg-type]


def make(given: Vcf, where: Inputs | None = None) -> Panel:
    """The panel of a kind."""
    return given.make(where or inputs(), 1, lambda share: None)


def vcf_text(*records: str, source: Source | None = None) -> str:
    return (source or people()).header() + "".join(records)


def record(pos: int, ref: str, alt: str, cells: list[str], contig: str = "chr1") -> str:
    return f"{contig}\t{pos + 1}\t.\t{ref}\t{alt}\t.\t.\t.\tGT\t" + "\t".join(cells) + "\n"


def place(bases: int = 4) -> tuple[int, str]:
    """A place on chr1 in the middle of a target, and its bases, no two neighbours equal."""
    genome, targets = inputs().genome, inputs().targets
    for start, end in zip(targets.start.tolist(), targets.end.tolist(), strict=True):
        for pos in range(start + 30, end - 30):
            text = genome.fetch(0, pos, pos + bases)
            if all(a != b for a, b in pairwise(text)):
                return pos, text
    raise AssertionError


def cells(*some: str) -> list[str]:
    """Genotypes: those given, then 0|0."""
    return [*some, *["0|0"] * (24 - len(some))]
