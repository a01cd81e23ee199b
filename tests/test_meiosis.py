"""Meiosis and haplotypes as views, against the obvious twin; what a gamete must do at given loci."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from raresim import founders, haplotypes, kinds, meiosis
from raresim.haplotypes import Clash, Haplotype, with_private
from raresim.inheritance import Alleles
from raresim.sites import Variant
from raresim.variant import Designed
from tests import families
from tests.naive import meiosis as naive

GENOME = families.wide_genome()
MAP = families.StraightMap(GENOME)


def people(panel, females):
    return [founders.haplotypes(panel, GENOME, i, f) for i, f in enumerate(females)]


@pytest.mark.parametrize("seed", range(6))
def test_transmitted_equals_twin(seed: int) -> None:
    panel = families.random_panel(GENOME, seed)
    rng = default_rng(seed)
    mother = seed % 2 == 0
    (parent,) = people(panel, [mother])
    for daughter in (True, False):
        made = meiosis.gamete(MAP, GENOME, mother, daughter, {}, rng)
        got = meiosis.transmitted(panel, parent, made)
        assert naive.sources(panel, got).tolist() == naive.transmitted(panel, parent, made).tolist()
        assert (np.diff(got.start) > 0).all()
        assert (np.diff(got.source) != 0).all()
        again = meiosis.transmitted(panel, (got, parent[1]), made)  # a mosaic is a parent like any other
        assert naive.sources(panel, again).tolist() == naive.transmitted(panel, (got, parent[1]), made).tolist()


@pytest.mark.parametrize("female", [True, False])
def test_genotypes_equal_twin(female: bool) -> None:
    panel = families.random_panel(GENOME, 3, people=4)
    rng = default_rng(5)
    family = families.trio(female)
    pairs = dict(zip((1, 2), people(panel, [False, True]), strict=True))
    known, x_known = (
        panel.sites[10],
        next(v for v in map(panel.sites.__getitem__, range(300)) if v.contig == 2 and 1_000_000 < v.pos < 9_800_000),
    )
    own = [
        Variant(0, 5, "A", "C"),
        Variant(2, 5_000_000, "AC", "A"),
        Variant(2, 500_000, "A", "C"),
        Variant(2, 9_999_999, "T", "G"),
    ]
    for v in [known, *own]:
        pairs[2] = haplotypes.with_side(pairs[2], 0, with_private(pairs[2][0], v))
    pairs[1] = haplotypes.with_side(pairs[1], 1, with_private(pairs[1][1], x_known))
    none = Alleles(np.zeros((0, 3, 2), np.int8), np.zeros((0, 3, 2)))
    all_pairs = meiosis.descend(panel, GENOME, MAP, family, pairs, none, [], rng)
    got, rows = haplotypes.genotypes(panel, GENOME, family, all_pairs)
    want = naive.genotypes(panel, GENOME, family, all_pairs)
    assert [(got.sites[i], got.copies[i].tolist()) for i in range(len(got.sites))] == want
    assert rows.tolist() == [panel.sites.find(v) for v, _ in want]
    assert len(want) > 100
    assert len({v for v, _ in want}) == len(want)  # V05: a private allele equal to a panel site is one record
    assert {known, *own} <= {v for v, _ in want}


def test_every_private_position_sorts_into_place() -> None:
    panel = families.panel_of(GENOME, [(0, 100, "A", "C"), (0, 100, "A", "T"), (1, 5, "C", "G")], [[0, 1, 2], []])
    family = families.alone(True)
    (pair,) = people(panel, [True])
    extra = [
        Variant(0, 100, "A", "G"),
        Variant(0, 99, "A", "G"),
        Variant(0, 100, "AC", "A"),
        Variant(1, 6, "A", "T"),
        Variant(0, 7, "A", "T"),
    ]
    for v in extra:
        pair = haplotypes.with_side(pair, 1, with_private(pair[1], v))
    got, _ = haplotypes.genotypes(panel, GENOME, family, [pair])
    rows = [got.sites[i] for i in range(len(got.sites))]
    assert rows == sorted([*extra, *(panel.sites[i] for i in range(3))])
    assert [c.tolist() for c in got.copies[:, 0]] == [[0, 1] if v in extra else [1, 0] for v in rows]


def test_empty_panel() -> None:
    panel = families.panel_of(GENOME, [], [[], []])
    family = families.trio(False)
    pairs = {1: founders.haplotypes(panel, GENOME, 0, False), 2: founders.haplotypes(panel, GENOME, 0, True)}
    v = Variant(1, 5_000, "A", "T")
    pairs[2] = haplotypes.with_side(pairs[2], 1, with_private(pairs[2][1], v))
    alleles = Alleles(np.array([[[0, 1], [0, 0], [0, 1]]], np.int8), np.ones((1, 3, 2)))
    out = meiosis.descend(panel, GENOME, MAP, family, pairs, alleles, [v], default_rng(1))
    got, _ = haplotypes.genotypes(panel, GENOME, family, out)
    assert got.copies.tolist() == [[[0, 1], [0, 0], [0, 1]]]


@pytest.mark.parametrize("mother", [True, False])
def test_conditions_hold(mother: bool) -> None:
    rng = default_rng(3)
    given = {0: [(4_000_000, 1)], 1: [(100, 0), (101, 1), (6_000_000, 1)], 2: [(500_000, 0), (9_900_000, 1)]}
    for daughter in (True, False):
        for _ in range(300):
            made = meiosis.gamete(MAP, GENOME, mother, daughter, given, rng)
            for contig, rows in given.items():
                assert [made.at(contig, pos) for pos, _ in rows] == [h for _, h in rows]
            if not mother:
                assert {made.at(2, p) for p in (1_000_000, 5_000_000, 9_799_999)} == {int(daughter)}
            assert not len(made.breaks[3])


def test_both_haplotypes_asked_for() -> None:
    with pytest.raises(ValueError, match="both haplotypes"):
        meiosis.gamete(MAP, GENOME, True, True, {0: [(7, 0), (7, 1)]}, default_rng(1))


def test_required() -> None:
    copies = np.array([[[1, 0], [1, 0], [0, 0]], [[0, 1], [0, 0], [0, 1]]], np.int8)  # child, father, mother
    alleles = Alleles(copies, np.ones(copies.shape))
    variants = [Variant(0, 10, "A", "C"), Variant(0, 90, "A", "C")]
    assert meiosis.required(alleles, variants, 0, 0, 1) == {0: [(10, 0)]}
    assert meiosis.required(alleles, variants, 0, 1, 2) == {0: [(90, 1)]}
    assert not meiosis.is_new(alleles, families.trio(True), 0, 0, 0)
    copies[0, 1] = 0
    assert meiosis.is_new(alleles, families.trio(True), 0, 0, 0)
    assert meiosis.required(alleles, variants, 0, 0, 1) == {}
    copies[1, 2], copies[1, 0] = 1, 0
    with pytest.raises(ValueError, match="carries twice"):
        meiosis.required(alleles, variants, 0, 1, 2)


def test_crossovers_given_parity() -> None:
    rng = default_rng(1)
    assert meiosis.crossovers(0.0, 0, rng) == 0
    assert meiosis.crossovers(0.0, 1, rng) == 1
    assert {meiosis.crossovers(1e-9, 1, rng) for _ in range(50)} == {1}
    assert {meiosis.crossovers(2.0, 1, rng) % 2 for _ in range(200)} == {1}
    assert {meiosis.crossovers(2.0, 0, rng) % 2 for _ in range(200)} == {0}


def test_clash() -> None:
    panel = families.panel_of(GENOME, [(0, 100, "ACG", "A"), (0, 200, "A", "C"), (1, 104, "A", "C")], [[0, 1, 2], []])
    (pair,) = people(panel, [True])
    first, second = pair
    clash = {
        p: haplotypes.clash(panel, first, Variant(0, p, "A", "G")) for p in (97, 98, 102, 104, 105, 197, 198, 202, 203)
    }
    assert clash == {
        97: False,
        98: True,
        102: True,
        104: True,
        105: False,
        197: False,
        198: True,
        202: True,
        203: False,
    }
    assert haplotypes.clash(panel, first, Variant(0, 190, "AAAAAAAAA", "A"))
    assert not haplotypes.clash(panel, first, Variant(0, 190, "AAAA", "A"))
    assert not haplotypes.clash(panel, second, Variant(0, 100, "A", "G"))
    taken = with_private(second, Variant(0, 100, "A", "G"))
    assert haplotypes.clash(panel, taken, Variant(0, 101, "A", "G"))
    assert not haplotypes.clash(panel, taken, Variant(1, 101, "A", "G"))
    assert haplotypes.carries(panel, first, Variant(0, 200, "A", "C"))
    assert not haplotypes.carries(panel, first, Variant(0, 200, "A", "G"))
    assert haplotypes.carries(panel, taken, Variant(0, 100, "A", "G"))


def test_descend_refuses_a_second_carrier() -> None:
    """A haplotype that should not carry the causal allele but does would make the truth wrong."""
    panel = families.panel_of(GENOME, [(0, 100, "A", "C")], [[0], [], [], []])
    family = families.trio(True)
    pairs = dict(zip((1, 2), people(panel, [False, True]), strict=True))
    alleles = Alleles(np.array([[[0, 1], [0, 0], [0, 0]]], np.int8), np.ones((1, 3, 2)))
    with pytest.raises(Clash):
        meiosis.descend(panel, GENOME, MAP, family, pairs, alleles, [Variant(0, 100, "A", "C")], default_rng(1))
    meiosis.descend(panel, GENOME, MAP, family, pairs, alleles, [Variant(0, 100, "A", "G")], default_rng(1))


def test_views_are_small() -> None:
    panel = families.every_site(GENOME)
    pair = people(panel, [True])[0]
    made = meiosis.transmitted(panel, pair, meiosis.gamete(MAP, GENOME, True, True, {}, default_rng(1)))
    assert isinstance(made, Haplotype)
    assert len(made.source) < 20


@pytest.mark.parametrize("female", [True, False])
@pytest.mark.parametrize(
    ("name", "contig", "pos"),
    [
        ("autosomal_dominant", 1, 5_000_007),
        ("autosomal_dominant", 2, 400_007),  # PAR1
        ("autosomal_dominant", 2, 9_900_007),  # PAR2
        ("autosomal_recessive", 0, 70_007),
        ("autosomal_recessive", 2, 990_007),
        ("x_linked_recessive", 2, 5_000_007),
        ("x_linked_dominant", 2, 1_000_107),
    ],
)
def test_every_mode_everywhere(name: str, contig: int, pos: int, female: bool) -> None:
    """What the family shows at the causal loci is what the mode drew, trio and singleton, whatever the sex."""
    panel = families.every_site(GENOME, people=2)
    kind = kinds.make("inheritance", name, {})
    rng = default_rng(pos)
    for family in [families.trio(female)] * 40 + [families.alone(female)] * 5:
        alleles = kind.draw(family, rng)
        chosen = [Designed(Variant(contig, pos + 100 * i, "A", "T"), "designed") for i in range(len(alleles.copies))]
        own = {
            m: founders.haplotypes(panel, GENOME, i, family.members[m].female) for i, m in enumerate(family.founders)
        }
        planted = founders.plant(panel, GENOME, MAP, own, alleles, chosen, rng)
        variants = [d.variant for d in chosen]
        out = meiosis.descend(panel, GENOME, MAP, family, planted, alleles, variants, rng)
        found, _ = haplotypes.genotypes(panel, GENOME, family, out)
        for locus, v in enumerate(variants):
            assert found.copies[found.sites.find(v)].tolist() == alleles.copies[locus].tolist()
