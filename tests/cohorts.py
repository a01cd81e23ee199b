"""Small panels for tests of cohort files: any genotypes, on an autosome, X with PAR and mitochondrial DNA."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from raresim.genome import Genome
from raresim.kernels.store import packed
from raresim.panel import Panel
from raresim.sites import Sites, Variant
from tests.builders import tiny_genome

SHARES = (0.0, 0.001, 0.01, 0.04, 0.1, 0.5, 0.9, 1.0)


def variants(genome: Genome, count: int, rng: np.random.Generator) -> list[Variant]:
    """Return sorted alleles with the genome's REF, at so many places a contig; some places have several."""
    found = set()
    for contig in range(len(genome.contigs)):
        rows = np.arange(genome.seg_first[contig], genome.seg_first[contig + 1])
        places = np.concatenate([np.arange(genome.seg_start[row], genome.seg_end[row] - 4) for row in rows])
        for pos in rng.choice(places, min(count, len(places)), replace=False).tolist():
            ref = genome.fetch(contig, pos, pos + 3)
            others = [base for base in "ACGT" if base != ref[0]]
            found |= {
                Variant(contig, pos, ref[0], alt) for alt in rng.choice(others, rng.integers(1, 4), replace=False)
            }
            if rng.random() < 0.3:
                found |= {Variant(contig, pos, ref[0], ref[0] + "CA"), Variant(contig, pos, ref, ref[0])}
    return sorted(Variant(v.contig, v.pos, str(v.ref), str(v.alt)) for v in found)


def matrix(rows: list[Variant], people: int, rng: np.random.Generator, exclusive: bool = False) -> np.ndarray:
    """Return bool[haplotypes, sites] with all shares of carriers; ``exclusive``: at most one allele of a position."""
    out = rng.random((2 * people, len(rows))) < rng.choice(SHARES, len(rows))
    places = [(v.contig, v.pos) for v in rows]
    for i, place in enumerate(places if exclusive else []):
        for j in range(places.index(place), i):
            out[:, i] &= ~out[:, j]
    return out


def panel(rows: list[Variant], carried: np.ndarray) -> Panel:
    """Return the panel of these haplotypes; half its people are of another ancestry. Every other site has bits."""
    n, people = len(rows), len(carried) // 2
    none = np.zeros((n, 2), np.int32)
    off = np.concatenate([[0], np.cumsum(carried.sum(1))]).astype(np.int64)
    column = np.where(np.arange(n) % 2, -1, np.arange(n) // 2).astype(np.int32)
    off, site, bits = packed(off, np.nonzero(carried)[1].astype(np.int32), column, (n + 1) // 2)
    return Panel(
        sites=Sites.of(rows),
        terms=np.zeros(n, np.uint32),
        gene=np.full(n, -1, np.int32),
        pathogenic=np.zeros(n, np.bool_),
        ancestries=("AFR", "EUR"),
        ac=none,
        an=np.array([2, 2], np.int32),
        hom=none,
        ancestry=(np.arange(people) >= people // 2).astype(np.int8),
        hap_off=off,
        hap_site=site,
        common=np.arange(0, n, 2, dtype=np.int32),
        bits=bits,
        digest=f"panel of {people}",
    )


def study(made: Panel, genome: Genome | None = None) -> Any:
    """Return what a writer of the whole study needs."""
    return SimpleNamespace(world=SimpleNamespace(panel=made, genome=genome or tiny_genome()))
