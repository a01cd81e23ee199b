"""Founders: each person once, in exact shares; planting private, panel and shared alleles."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.random import default_rng

from raresim import founders, haplotypes
from raresim.errors import InputError
from raresim.haplotypes import NONE, Clash
from raresim.inheritance import Alleles
from raresim.sites import Variant
from raresim.variant import Designed
from tests import families
from tests.naive import meiosis as naive

GENOME = families.wide_genome()
MAP = families.StraightMap(GENOME)


def mixed(sizes: list[int]):
    ancestry = [a for a, n in enumerate(sizes) for _ in range(n)]
    return families.panel_of(GENOME, [], [[]] * (2 * len(ancestry)), ancestry)


def test_nobody_twice_and_exact_shares() -> None:
    panel = mixed([21, 10, 5])
    cases = [founders.pick(panel, i, 2, 7) for i in range(1, 18)]
    people = np.concatenate(cases)
    assert len(set(people.tolist())) == len(people) == 34
    assert all(len(set(panel.ancestry[c].tolist())) == 1 for c in cases)
    assert Counter(int(panel.ancestry[c[0]]) for c in cases) == {0: 10, 1: 5, 2: 2}
    assert [c.tolist() for c in cases] == [founders.pick(panel, i, 2, 7).tolist() for i in range(1, 18)]
    assert [c.tolist() for c in cases] != [founders.pick(panel, i, 2, 8).tolist() for i in range(1, 18)]
    early = Counter(int(panel.ancestry[founders.pick(panel, 1, 2, seed)[0]]) for seed in range(400))
    assert 0.45 < early[0] / 400 < 0.73  # 10 of 17, four standard errors


def test_too_many_cases() -> None:
    panel = mixed([20])
    founders.check(panel, 10, 2, False)
    with pytest.raises(
        InputError,
        match=r"^cases: 11 cases with 2 founders each \(first \+ cases - 1\), but the cohort of 20 ",
    ):
        founders.pick(panel, 11, 2, 1)
    with pytest.raises(InputError, match=r"ancestry = { EUR = 77 } would do, or reuse = true"):
        founders.check(panel, 11, 2, False)  # 20 of 70 people are cohort: 22 x 70 / 20
    sizes = founders.would_do(mixed([20, 11]), 30, 2)
    assert sizes == {"EUR": 140, "AFR": 111}  # 20 and 10 cases: 40 x 70 / 20, 20 x 61 / 11
    with pytest.raises(InputError, match="cannot found a family of 2"):
        founders.check(mixed([1, 1]), 1, 2, True)


def test_reuse_goes_on_with_another_permutation() -> None:
    panel = mixed([20])
    first = [founders.pick(panel, i, 2, 1, True).tolist() for i in range(1, 11)]
    second = [founders.pick(panel, i, 2, 1, True).tolist() for i in range(11, 21)]
    assert sorted(p for c in second for p in c) == list(range(20))
    assert first != second


def test_males_have_no_paternal_x() -> None:
    panel = families.random_panel(GENOME, 1)
    male = founders.haplotypes(panel, GENOME, 2, False)
    female = founders.haplotypes(panel, GENOME, 2, True)
    body = (panel.sites.contig == 2) & (panel.sites.pos >= 1_000_000) & (panel.sites.pos < 9_800_000)
    below = (panel.sites.contig == 2) & (panel.sites.pos < 1_000)
    assert (naive.sources(panel, male[0]) == np.where(body | below, NONE, 4)).all()
    assert (naive.sources(panel, male[1]) == 5).all()
    assert (naive.sources(panel, female[0]) == 4).all()


def pairs_of(panel, genome=GENOME):
    return {1: founders.haplotypes(panel, genome, 0, False), 2: founders.haplotypes(panel, genome, 1, True)}


def alleles_of(copies) -> Alleles:
    array = np.array(copies, np.int8)
    return Alleles(array, np.ones(array.shape))


def test_private_allele_on_its_haplotype() -> None:
    panel = families.random_panel(GENOME, 2)
    v = Variant(0, 1_234_567, "A", "C")
    before = pairs_of(panel)
    after = founders.plant(
        panel, GENOME, MAP, before, alleles_of([[[1, 0], [0, 1], [0, 0]]]), [Designed(v, "designed")], default_rng(1)
    )
    assert [[h.private for h in after[m]] for m in (1, 2)] == [[(), (v,)], [(), ()]]
    assert all((after[m][s].source == before[m][s].source).all() for m in (1, 2) for s in (0, 1))
    taken = founders.plant(
        panel, GENOME, MAP, before, alleles_of([[[1, 0], [0, 0], [0, 0]]]), [Designed(v, "designed")], default_rng(1)
    )
    assert all(not h.private for m in (1, 2) for h in taken[m])  # de novo: no founder has it


def test_shared_allele_stands_on_one_segment() -> None:
    """Both parents' haplotypes are equal around the allele, and are their own elsewhere."""
    panel = families.random_panel(GENOME, 4, sites=3000)
    v = Variant(1, 5_000_000, "A", "C")
    copies = alleles_of([[[1, 1], [0, 1], [1, 0]]])
    lengths = []
    for seed in range(200):
        before = pairs_of(panel)
        try:
            after = founders.plant(panel, GENOME, MAP, before, copies, [Designed(v, "designed")], default_rng(seed))
        except Clash:
            continue
        assert after[1][1].private == after[2][0].private == (v,)
        one, two = naive.sources(panel, after[1][1]), naive.sources(panel, after[2][0])
        assert (one == 1).all()
        same = np.flatnonzero(two == 1)
        assert (np.diff(same) == 1).all()
        assert set(two.tolist()) <= {1, 2}
        at = haplotypes.row_at(panel.sites, 1, v.pos)
        assert not len(same) or same[0] <= at <= same[-1] + 1
        lengths.append(len(same))
    assert 5 < np.mean(lengths) < 15  # 1 cM of 125 is 80 kb here, that is 8 sites, plus what both sides round up


def test_panel_allele_comes_with_its_segment() -> None:
    panel = families.panel_of(
        GENOME,
        [(0, p, "A", "C") for p in (4_900_000, 4_999_000, 5_000_000, 5_000_900, 5_200_000)],
        [[], [], [], [], [0, 1, 2, 3, 4], [], [], []],
        [0, 0, 0, 1],
    )
    chosen = Designed(panel.sites[2], "panel", 2)
    copies = alleles_of([[[1, 0], [1, 0], [0, 0]]])
    seen = set()
    for seed in range(60):
        after = founders.plant(panel, GENOME, MAP, pairs_of(panel), copies, [chosen], default_rng(seed))
        assert haplotypes.carries(panel, after[1][0], chosen.variant)
        assert not after[1][0].private
        shown = haplotypes.carried(panel, after[1][0], 0, 5).tolist()
        assert 2 in shown
        assert shown == list(range(shown[0], shown[-1] + 1))
        seen.add(len(shown))
    assert len(seen) > 1  # its length is drawn
    nobody = families.panel_of(GENOME, [(0, 5, "A", "C")], [[], [], [], []])
    with pytest.raises(Clash):
        founders.plant(
            nobody, GENOME, MAP, pairs_of(nobody), copies, [Designed(nobody.sites[0], "panel", 0)], default_rng(1)
        )


def test_an_allele_never_overlaps_another() -> None:
    panel = families.panel_of(GENOME, [(0, 100, "ACG", "A")], [[0], [], [], []])
    for pos, fits in ((101, False), (103, False), (110, True)):
        v = Designed(Variant(0, pos, "G", "T"), "designed")
        copies = alleles_of([[[1, 0], [1, 0], [0, 0]]])
        if fits:
            founders.plant(panel, GENOME, MAP, pairs_of(panel), copies, [v], default_rng(1))
        else:
            with pytest.raises(Clash):
                founders.plant(panel, GENOME, MAP, pairs_of(panel), copies, [v], default_rng(1))


def test_segment_stays_in_its_part_of_x() -> None:
    panel = families.every_site(GENOME, step=1_000)
    rng = default_rng(2)
    lo, hi = haplotypes.row_at(panel.sites, 2, 1_000_000), haplotypes.row_at(panel.sites, 2, 9_800_000)
    for _ in range(100):
        a, b = founders.segment(panel, GENOME, MAP, 2, 1_000_500, rng)
        assert lo <= a <= haplotypes.row_at(panel.sites, 2, 1_000_500) <= b <= hi
        a, b = founders.segment(panel, GENOME, MAP, 2, 999_000, rng)
        assert b <= lo


def test_segment_length() -> None:
    """Exponential on both sides: mean 2 x 100 / (2 x AGE) = 1 cM, of 125 cM (sex average) over 10 Mb."""
    panel = families.every_site(GENOME, step=500)
    rng = default_rng(3)
    spans = [np.diff(founders.segment(panel, GENOME, MAP, 0, 5_000_000, rng))[0] * 500 for _ in range(600)]
    cm = np.array(spans) * 125 / 10_000_000
    assert abs(cm.mean() - 100 / founders.AGE) < 4 * 0.707 / 600**0.5
    assert abs(cm.std() - 0.707 * 100 / founders.AGE) < 0.13
