"""Meiosis against theory: transmission, crossovers by the map, linkage, X and its PAR; exact intervals at 1e-4."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.stats import chisquare, kstest, poisson

from raresim import founders, haplotypes, kinds, meiosis
from raresim.sites import Variant
from raresim.variant import Designed
from tests import families
from tests.statistics.exact import count_fits, share_fits

pytestmark = pytest.mark.slow
GENOME = families.wide_genome()
MAP = families.StraightMap(GENOME)
N = 20_000


def gametes(mother: bool) -> list[meiosis.Gamete]:
    """20,000 gametes of mothers or of fathers: even ones for daughters, odd ones for sons."""
    rng = default_rng(1 if mother else 2)
    return [meiosis.gamete(MAP, GENOME, mother, i % 2 == 0, {}, rng) for i in range(N)]


@pytest.fixture(scope="module")
def maternal() -> list[meiosis.Gamete]:
    return gametes(True)


@pytest.fixture(scope="module")
def paternal() -> list[meiosis.Gamete]:
    return gametes(False)


def test_either_haplotype_is_transmitted(maternal, paternal) -> None:
    for made, contigs in ((maternal, (0, 1, 2)), (paternal, (0, 1))):
        for contig in contigs:
            for pos in (0, 5_000_000, 9_999_999):
                assert share_fits(sum(g.at(contig, pos) for g in made), N, 0.5)


def test_chromosomes_are_independent(maternal) -> None:
    for a, b in ((0, 1), (0, 2), (1, 2)):
        both = sum(g.at(a, 9_999_999) == g.at(b, 0) for g in maternal)
        assert share_fits(both, N, 0.5)


def test_crossovers_are_poisson(maternal, paternal) -> None:
    for made, morgan in ((maternal, 1.6), (paternal, 0.9)):
        for contig in (0, 1):
            counts = np.array([len(g.breaks[contig]) for g in made])
            assert count_fits(int(counts.sum()), morgan * N)
            law = poisson.pmf(np.arange(7), morgan)
            seen = np.bincount(np.minimum(counts, 7), minlength=8)
            assert chisquare(seen, N * np.append(law, 1 - law.sum())).pvalue > 1e-4
            where = np.concatenate([g.breaks[contig] for g in made])
            assert kstest(where / 10_000_000, "uniform").pvalue > 1e-4
            assert all((np.diff(g.breaks[contig]) >= 0).all() for g in made)


def test_linkage_by_distance(maternal) -> None:
    """Haldane: loci d Morgans apart are recombinant with chance (1 - exp(-2d)) / 2."""
    for end, d in ((5_062_500, 0.01), (5_625_000, 0.1), (8_125_000, 0.5)):
        apart = sum(g.at(0, 5_000_000) != g.at(0, end) for g in maternal)
        assert share_fits(apart, N, (1 - exp(-2 * d)) / 2)


def test_a_condition_changes_nothing_else() -> None:
    """Given the haplotype at one locus, crossovers keep their law and a far locus its linkage."""
    rng = default_rng(3)
    made = [meiosis.gamete(MAP, GENOME, True, True, {0: [(5_000_000, 1)]}, rng) for _ in range(N)]
    assert {g.at(0, 5_000_000) for g in made} == {1}
    assert count_fits(sum(len(g.breaks[0]) for g in made), 1.6 * N)
    assert share_fits(sum(g.at(0, 8_125_000) == 0 for g in made), N, (1 - exp(-1.0)) / 2)


def test_two_conditions_leave_the_law_given_parity() -> None:
    """Between two loci with opposite haplotypes the number of crossovers is Poisson given that it is odd."""
    rng = default_rng(4)
    mean = 0.8
    for parity in (0, 1):
        seen = np.bincount([min(meiosis.crossovers(mean, parity, rng), 6) for _ in range(N)], minlength=7)
        law = np.array([poisson.pmf(k, mean) if k % 2 == parity else 0.0 for k in range(7)])
        keep = law > 0
        assert chisquare(seen[keep], N * law[keep] / law[keep].sum()).pvalue > 1e-4
        assert seen[~keep].sum() == 0


def test_fathers_x(paternal) -> None:
    """Daughters get all of his X outside PAR, sons his Y; inside PAR1 50 cM, linked at its boundary."""
    daughters, sons = paternal[::2], paternal[1::2]
    for made, whole in ((daughters, 1), (sons, 0)):
        for pos in (1_000_000, 5_000_000, 9_799_999, 9_900_000):  # PAR2 has no map length in males
            assert {g.at(2, pos) for g in made} == {whole}
        counts = [len(g.breaks[2]) for g in made]
        assert count_fits(sum(counts), 0.5 * len(made))
        assert all(1_000 <= b <= 1_000_000 for g in made for b in g.breaks[2])
        apart = sum(g.at(2, 2_000) != whole for g in made)
        assert share_fits(apart, len(made), (1 - exp(-2 * 0.5 * 998 / 999)) / 2)
        near = sum(g.at(2, 980_000) != whole for g in made)
        assert share_fits(near, len(made), (1 - exp(-2 * 0.5 * 20 / 999)) / 2)


def test_compound_heterozygotes_are_in_trans() -> None:
    """1,000 families: each allele on the haplotype of its parent, in all of them."""
    panel = families.every_site(GENOME, people=2)
    kind = kinds.make("inheritance", "autosomal_recessive", {"homozygous": 0.0})
    rng = default_rng(5)
    variants = [Variant(0, 5_000_010, "A", "C"), Variant(0, 5_003_000, "AC", "A")]
    designed = [Designed(v, "designed") for v in variants]
    family = families.trio(False)
    for _ in range(1000):
        alleles = kind.draw(family, rng)
        pairs = {1: founders.haplotypes(panel, GENOME, 0, False), 2: founders.haplotypes(panel, GENOME, 1, True)}
        planted = founders.plant(panel, GENOME, MAP, pairs, alleles, designed, rng)
        out = meiosis.descend(panel, GENOME, MAP, family, planted, alleles, variants, rng)
        found, _ = haplotypes.genotypes(panel, GENOME, family, out)
        for locus, v in enumerate(variants):
            assert found.copies[found.sites.find(v)].tolist() == alleles.copies[locus].tolist()


@pytest.mark.parametrize("number", [400, pytest.param(15_000, marks=pytest.mark.slow)])
def test_segregation_is_mendelian(number: int) -> None:
    """A child shows what its parents have: every copy of the child is on the haplotype that the parent transmitted."""
    panel = families.random_panel(GENOME, 9, people=2, sites=400, share=0.4)
    rng = default_rng(6)
    none = families.no_alleles(3)
    hits = tries = 0
    for i in range(number):
        family = families.trio(i % 2 == 0)
        pairs = {1: founders.haplotypes(panel, GENOME, 0, False), 2: founders.haplotypes(panel, GENOME, 1, True)}
        found, _ = haplotypes.genotypes(
            panel, GENOME, family, meiosis.descend(panel, GENOME, MAP, family, pairs, none, [], rng)
        )
        child, father, mother = found.copies[:, 0], found.copies[:, 1], found.copies[:, 2]
        assert ((child[:, 1] == mother[:, 0]) | (child[:, 1] == mother[:, 1])).all()
        assert ((child[:, 0] == father[:, 0]) | (child[:, 0] == father[:, 1])).all()
        het = (mother.sum(axis=1) == 1) & (found.sites.contig == 1)
        tries, hits = tries + int(het[het.argmax()]), hits + int(child[het.argmax(), 1]) * int(het[het.argmax()])
    assert tries == number
    assert share_fits(hits, tries, 0.5)


def test_women_on_x_are_in_hardy_weinberg_proportions() -> None:
    """Field report T02: of independent haplotypes women are 0, 1 or 2 by p and q, men carry at the same frequency."""
    rng = default_rng(7)
    people, freqs = 1_500, (0.02, 0.1, 0.3, 0.5)
    carried: list[list[int]] = [[] for _ in range(2 * people)]
    for row, p in enumerate(freqs):
        for h in np.flatnonzero(rng.random(2 * people) < p):
            carried[h].append(row)
    panel = families.panel_of(GENOME, [(2, 2_000_000 + row, "A", "C") for row in range(len(freqs))], carried)
    pairs = [founders.haplotypes(panel, GENOME, i, True) for i in range(people)]
    men = [founders.haplotypes(panel, GENOME, i, False) for i in range(people)]
    for row, p in enumerate(freqs):
        dose = np.array([sum(len(haplotypes.carried(panel, h, row, row + 1)) for h in pair) for pair in pairs])
        seen = np.bincount(dose, minlength=3)
        assert chisquare(seen, people * np.array([(1 - p) ** 2, 2 * p * (1 - p), p * p])).pvalue > 1e-4
        one = [[len(haplotypes.carried(panel, h, row, row + 1)) for h in pair] for pair in men]
        assert sum(a for a, _ in one) == 0
        assert share_fits(sum(b for _, b in one), people, p)


def test_founder_segments() -> None:
    """Two lines of 100 generations: exponential on each side, mean 0.5 cM."""
    rng = default_rng(8)
    drawn = np.array([founders.sides(rng) for _ in range(N)])
    for side in drawn.T:
        assert kstest(side, "expon", args=(0, 0.5)).pvalue > 1e-4
        assert abs(side.mean() / 0.5 - 1) < 4 / N**0.5
