"""Background de novo variants: the region they fall in, the standard they are scaled by, where they cannot be."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.random import default_rng

from raresim import denovo, founders, haplotypes
from raresim.genome import Targets
from raresim.haplotypes import with_private
from raresim.mutation import Rates
from raresim.pedigree import Member, Pedigree
from tests import families
from tests.builders import random_genome, tiny_genome
from tests.naive import contexts as twin

GENOME = tiny_genome()


def family(female: bool, father: float = 33.2, mother: float = 30.3) -> Pedigree:
    members = (
        Member("proband", female, 5.0, 1, 2),
        Member("father", False, father + 5),
        Member("mother", True, mother + 5),
    )
    return Pedigree(members, 0.0)


def world_and_pairs(female: bool):
    panel = families.random_panel(GENOME, 1, people=2, sites=60)
    world = families.world_of(GENOME, panel)
    first, second = founders.haplotypes(panel, GENOME, 0, False), founders.haplotypes(panel, GENOME, 1, True)
    child = (first[1] if female else first[0], second[0])
    return world, [child, first, second]


@pytest.mark.parametrize("genome", [tiny_genome(), random_genome(3)], ids=["tiny", "random"])
def test_rate_equals_the_sum_over_every_base(genome) -> None:
    for padding in (0, 3, 400):  # 400 reaches beyond the bases held
        targets = families.cds_targets(genome, padding)
        rates = Rates(genome)
        for c in range(len(genome.contigs)):
            own = targets.contig == c
            part = Targets(targets.contig[own], np.maximum(targets.start[own], 1), targets.end[own])
            if not own.any():
                continue
            got = denovo.rate(genome, c, part.start.astype(np.int64), part.end.astype(np.int64))
            assert got == pytest.approx(rates.total(genome, part), rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_context_counts_equal_twin(seed: int) -> None:
    genome = random_genome(5)
    rng = default_rng(seed)
    for c in range(2):
        edges = np.sort(rng.choice(genome.contigs[c].length, 40, replace=False))
        start, end = edges[::2].astype(np.int64), edges[1::2].astype(np.int64)
        start[0] = 0
        assert denovo._counts(genome, c, start, end).tolist() == twin.context_counts(genome, c, start, end).tolist()


def test_regions_split_x() -> None:
    targets = families.cds_targets(GENOME)
    shared, linked = denovo.regions(GENOME, targets)
    assert set(shared.contig.tolist()) == {0, 1}  # the gene in PAR is with the autosomes
    assert set(linked.contig.tolist()) == {1}
    par = GENOME.contigs[1].par
    assert all(GENOME.contigs[1].in_par(int(p)) for c, p in zip(shared.contig, shared.start, strict=True) if c == 1)
    assert all(par[0][1] <= p < par[1][0] for p in linked.start)
    sizes = [int((r.end - r.start).sum()) for r in (shared, linked)]
    assert sum(sizes) == int(np.sum((targets.end - targets.start)[targets.contig < 2]))
    assert shared.rate > linked.rate > 0


def test_shared_parts() -> None:
    a = (np.array([0, 10, 30]), np.array([5, 20, 40]))
    b = (np.array([3, 12, 18, 35]), np.array([11, 14, 31, 36]))
    start, end = denovo.shared_parts(*a, *b)
    assert list(zip(start.tolist(), end.tolist(), strict=True)) == [
        (3, 5),
        (10, 11),
        (12, 14),
        (18, 20),
        (30, 31),
        (35, 36),
    ]


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="33 million bases are too many without the JIT")
def test_standard_is_the_embedded_exome() -> None:
    """1.29 stands for the coding sequence of the embedded exome, father and mother weighted, mean of the sexes."""
    from raresim import synthetic

    genome = synthetic.build()
    shared, linked = denovo.regions(genome, families.cds_targets(genome))
    assert sum(denovo.exposure(shared.rate, linked.rate, 0.5)) == pytest.approx(denovo.EXOME_RATE, rel=1e-3)


def test_means() -> None:
    scale = denovo.EXOME_RATE
    assert sum(denovo.means(scale, 0.0, True, 33.2, 30.3)) == pytest.approx(1.29)
    assert denovo.means(scale, 0.0, True, 33.2, 30.3)[0] == pytest.approx(0.8 * 1.29)
    older = sum(denovo.means(scale, 0.0, True, 34.2, 30.3)) - 1.29
    assert older / 1.29 * 70.3 == pytest.approx(1.51)
    older = sum(denovo.means(scale, 0.0, True, 33.2, 31.3)) - 1.29
    assert older / 1.29 * 70.3 == pytest.approx(0.37)
    son, daughter = (denovo.means(scale, scale, sex, 33.2, 30.3) for sex in (False, True))
    assert son[0] == pytest.approx(daughter[0] / 2)  # a son has no X of his father's
    assert son[1] == pytest.approx(daughter[1])


@pytest.mark.parametrize("female", [True, False])
def test_events(female: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(denovo, "EXOME_MEAN", 1.29e6)
    world, pairs = world_and_pairs(female)
    out, events = denovo.background(world, family(female), pairs, default_rng(1))
    assert len(events) > 50
    assert out[1:] == pairs[1:]
    for side in (0, 1):
        mine = sorted(e.variant for e in events if e.haplotype == side)
        assert list(out[0][side].private) == mine
        ends = [(v.contig, v.pos - haplotypes.NEAR, v.pos + len(v.ref)) for v in mine]
        assert all(a[0] < b[0] or a[2] <= b[1] for a, b in pairwise(ends))
        rows = [world.panel.sites[int(r)] for r in haplotypes.carried(world.panel, out[0][side], 0, 60)]
        assert not set(rows) & set(mine)
    body = [e for e in events if e.variant.contig == 1 and GENOME.contigs[1].ploidy(e.variant.pos, False) == 1]
    assert {e.haplotype for e in body} == ({0, 1} if female else {1})
    assert all(e.member == 0 and not e.planted and e.variant.contig < 2 for e in events)
    again = denovo.background(world, family(female), pairs, default_rng(1))
    assert again[1] == events


def test_what_the_family_has_does_not_arise_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world, pairs = world_and_pairs(True)
    answers = [haplotypes.Variant(0, 1100 + 10 * i, "A", "C") for i in range(3)]
    pairs[2] = haplotypes.with_side(pairs[2], 1, with_private(pairs[2][1], answers[0]))
    child = with_private(pairs[0][0], replace(answers[1], alt="G"))
    pairs[0] = (child, pairs[0][1])
    region = denovo.regions(GENOME, world.targets)[0]
    drawn = iter(answers)
    monkeypatch.setattr(Rates, "draw", lambda *_: next(drawn))
    assert denovo._fitting(world, region, pairs, 0, 0, default_rng(1)) == answers[2]


def test_nothing_new_in_founders() -> None:
    world, pairs = world_and_pairs(True)
    out, events = denovo.background(world, families.alone(True), pairs[:1], default_rng(1))
    assert (out, events) == (pairs[:1], ())
