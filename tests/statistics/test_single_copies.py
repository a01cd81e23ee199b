"""Mitochondrial genealogies against theory: a population of constant size, numbers of the sources written out here."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from raresim import maps, synthetic
from raresim import targets as make_targets
from raresim.ancestry import genealogy
from raresim.background import Coalescent, Inputs
from raresim.consequence import BIT
from raresim.genome import ContigKind
from raresim.population import People, selected
from raresim.sites import Sites
from raresim.store import Store
from tests.builders import tiny_genome
from tests.statistics.exact import share_fits

pytestmark = pytest.mark.slow
SIZE, PEOPLE, REPEATS = 10_000, 10, 5000
COPIES = 2 * SIZE * 0.06
# changes a base and generation: a synonymous one in 7,990 years at 4,212 sites, 34.8 of 35.8 transitions, 16.8 to one
# transversion where both are possible, 29 years
RATE = 29 / 7990 / 4212 * 34.8 / 35.8 * (1 + 1 / 16.8)


@cache
def inputs() -> Inputs:
    genome = synthetic.build()
    mine = [i for i, g in enumerate(genome.genes.contig) if genome.contigs[g].kind is ContigKind.MT]
    targets = make_targets.make(genome, genes=[genome.genes.symbol[i] for i in mine])
    return Inputs(1, genome, targets, maps.load(genome))


def simulated(folder: Path) -> tuple[np.ndarray, np.ndarray, int]:
    """Mutations of every genealogy, differences of its first person from the reference, bases that can mutate."""
    history = folder / "constant.yaml"
    history.write_text(f"time_units: generations\ndemes:\n- name: P\n  epochs:\n  - start_size: {SIZE}\n")
    (job,) = Coalescent(ancestry={"P": PEOPLE}, demography=history).jobs(inputs())
    events, differences = [], []
    for seed in range(1, REPEATS + 1):
        made = genealogy(dataclasses.replace(job, seed=seed, key=seed))
        events.append(len(made.events.base))
        differences.append(int((made.rows.haplotype == 0).sum()))
    return np.array(events), np.array(differences), int((job.rates.forward[job.context].sum(1) > 0).sum())


def test_mutations_are_those_of_a_haploid_population(tmp_path: Path) -> None:
    """Mutations on the genealogy of n chromosomes: 2 N u (1 + 1/2 + ... + 1/(n - 1)) (Watterson 1975,
    doi:10.1016/0040-5809(75)90020-9); differences of two: geometric with mean 2 N u. N chromosomes, rate u."""
    events, differences, bases = simulated(tmp_path)
    theta = 2 * COPIES * RATE * bases
    harmonic = (1 / np.arange(1, PEOPLE + 1)).sum()  # of the people and the reference
    spread = theta**2 * (1 / np.arange(1, PEOPLE + 1) ** 2).sum() + theta * harmonic
    error = np.sqrt(spread / REPEATS) / (theta * harmonic)
    assert error < 0.007
    assert events.mean() == pytest.approx(theta * harmonic, rel=4 * error)
    edges = np.quantile(np.random.default_rng(1).geometric(1 / (1 + theta), 10**6) - 1, np.linspace(0, 1, 11)[1:-1])
    cuts = np.concatenate([[0], np.unique(np.floor(edges)) + 1])
    above = (theta / (1 + theta)) ** cuts
    want = REPEATS * np.append(above[:-1] - above[1:], above[-1])
    found = np.bincount(np.searchsorted(cuts, differences, "right") - 1, minlength=len(cuts))
    assert abs((found - want) / np.sqrt(want)).max() < 4


def test_selection_keeps_the_share_of_the_sources() -> None:
    """Of missense sites as many as there are changes at sites that change the protein, over those that do not."""
    genome, n = tiny_genome(), 60_000
    contig = next(c for c, x in enumerate(genome.contigs) if x.kind is ContigKind.MT)
    letters, off = np.frombuffer(b"ACGT", np.uint8), np.arange(n + 1, dtype=np.int64)
    ref = np.random.default_rng(4).integers(0, 4, n)
    sites = Sites(
        np.full(n, contig, np.int16), np.arange(n, dtype=np.int32), off, letters[ref], off, letters[(ref + 1) % 4]
    )
    store = Store(sites, np.zeros(n, np.bool_), off[:-1], off, np.zeros(n, np.int32))
    people = People.of((("EUR", 100),), 0.5, 1)
    for term, share in (
        ("missense_variant", (413 / 8812) / (1037 / 4212)),
        ("intron_variant", (283 / 3999) / (1037 / 4212)),
        ("synonymous_variant", 1.0),
        ("stop_gained", 0.0),
    ):
        terms, kind = np.full(n, BIT[term], np.uint32), np.zeros(n, np.int8)
        kept = selected(store, terms, kind, np.ones((n, 1), np.int32), people, 7, None, genome)
        assert share_fits(int(kept.sum()), n, share)
