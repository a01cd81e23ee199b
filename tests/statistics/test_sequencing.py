"""The exome model against a real call set, and its draws against their distributions.

Real figures: shared data real_vcf/technical_fields.tsv and call_set_facts.tsv, rows "GIAB Ashkenazi exome, GATK, PASS"
(Genome in a Bottle trio HG002, HG003, HG004), and the ranges of docs/figures.md, 1.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from raresim.calls import select, take
from raresim.sequencing import Calls, Genotypes
from raresim.sequencing._model import ReadModel, beta_quantiles, call
from raresim.sequencing.exome import Exome
from raresim.sites import Sites, Variant

INDELS = 0.119  # share of records of the real trio that are indels
REAL_DEPTH = {"snv": (30, 74, 132, 215, 389), "indel": (9, 30, 63, 125, 308)}  # het: 5, 25, 50, 75, 95%


def family(n: int, seed: int) -> Genotypes:
    """Unlinked sites of a trio, Mendelian, allele frequencies as in an exome (het/hom about 1.5)."""
    rng = np.random.default_rng(seed)
    frequency = rng.beta(0.3, 0.5, n)
    parents = (rng.random((n, 2, 2)) < frequency[:, None, None]).astype(np.int8)
    chosen = rng.integers(0, 2, (2, n))
    child = np.stack([parents[np.arange(n), p, chosen[p]] for p in (0, 1)], axis=1)
    copies = np.concatenate([child[:, None], parents], axis=1)
    keep = np.flatnonzero(copies.any(axis=(1, 2)))
    pos = np.sort(rng.choice(200_000_000, len(keep), replace=False)).tolist()
    indel = (rng.random(len(keep)) < INDELS).tolist()
    sites = Sites.of(Variant(0, p, "A", "AC" if i else "G") for p, i in zip(pos, indel, strict=True))
    return Genotypes(sites, np.ascontiguousarray(copies[keep]))


@cache
def exomes() -> tuple[Calls, np.ndarray, np.ndarray]:
    """Written PASS records of 12 families, whether each is an indel, and the true genotypes."""
    parts = []
    for seed in range(12):
        truth = family(20_000, seed)
        calls = Exome().call(truth, 1000 + seed)
        rows = select(calls)
        rows = rows[calls.passed[rows]]
        indel = (truth.sites.alt_len > 1)[rows]
        parts.append((take(calls, rows), indel, truth.copies.sum(axis=2)[rows]))
    names = Calls.__dataclass_fields__
    joined = Calls(**{name: np.concatenate([getattr(p[0], name) for p in parts]) for name in names})
    return joined, np.concatenate([p[1] for p in parts]), np.concatenate([p[2] for p in parts])


@pytest.mark.parametrize("kind", ["snv", "indel"])
def test_depth_quantiles_within_a_tenth_of_the_real_ones(kind: str) -> None:
    calls, indel, _ = exomes()
    depth = calls.depth[indel == (kind == "indel")][calls.alt[indel == (kind == "indel")] == 1]
    real = np.array(REAL_DEPTH[kind])
    got = np.percentile(depth, [5, 25, 50, 75, 95])
    assert np.abs(got - real).max() > 0
    assert (np.abs(got - real) <= np.maximum(0.1 * real, 1.5)).all(), got


def test_het_balance_within_a_tenth_of_the_real_one() -> None:
    calls, indel, _ = exomes()
    for rows, mean, sd in ((~indel, 0.485, 0.083), (indel, 0.506, 0.197)):
        het = calls.alt[rows] == 1
        balance = calls.alt_reads[rows][het] / calls.depth[rows][het]
        assert balance.mean() == pytest.approx(mean, rel=0.05)
        assert balance.std() == pytest.approx(sd, rel=0.12 if sd > 0.1 else 0.05)
    hom = (calls.alt == 2) & ~indel[:, None]
    assert (calls.alt_reads[hom] / calls.depth[hom]).mean() == pytest.approx(0.999, abs=0.001)
    assert (calls.ref_reads[hom] == 0).mean() == pytest.approx(0.93, abs=0.05)


def test_genotype_quality_within_a_tenth_of_the_real_one() -> None:
    calls, indel, _ = exomes()
    het, hom = (calls.alt == 1) & ~indel[:, None], (calls.alt == 2) & ~indel[:, None]
    assert np.percentile(calls.gq[het], [5, 50, 95]).tolist() == [99, 99, 99]
    assert (calls.gq[het] == 99).mean() == pytest.approx(0.99, abs=0.01)
    assert (calls.gq[het] < 20).mean() == pytest.approx(0.001, abs=0.002)
    assert np.percentile(calls.gq[hom], [5, 50]) == pytest.approx([84, 99], rel=0.1)


def mendelian(alt: np.ndarray) -> np.ndarray:
    """Whether each child, father, mother (autosome, all called) breaks Mendel's law."""
    child, father, mother = alt.T
    low = (father == 2).astype(int) + (mother == 2)
    high = (father > 0).astype(int) + (mother > 0)
    return (child < low) | (child > high)


def test_missing_calls_mendelian_errors_and_lost_alleles_lie_in_their_ranges() -> None:
    calls, indel, true = exomes()
    missing = (calls.alt < 0).mean()
    assert 0.001 <= missing <= 0.01
    complete = (calls.alt >= 0).all(axis=1)
    assert 0.001 <= mendelian(calls.alt[complete]).mean() <= 0.005
    assert 0.0004 <= mendelian(calls.alt[complete & ~indel]).mean() <= 0.0024  # real: 0.0012
    for rows, low, high in ((~indel, 0.0005, 0.005), (indel, 0.005, 0.04)):
        het = true[rows] == 1
        assert low <= (calls.alt[rows][het] < 1).mean() <= high


def test_missing_calls_come_by_site() -> None:
    calls, _, _ = exomes()
    lost = calls.alt < 0
    with_one = lost.any(axis=1)
    assert lost[with_one].sum() > 1.05 * with_one.sum()  # independent calls would give 1.001


FLAT = ReadModel(centre=100**0.25, spread=0.0, power=4.0, shape=1e12, sample=0.0, balance=0.485, rho=0.016, error=0.01)


def draws(model: ReadModel, copies: list[int], n: int = 40_000) -> Calls:
    """The same genotype at many positions."""
    sites = Sites.of(Variant(0, i, "A", "G") for i in range(n))
    return call(Genotypes(sites, np.tile(np.array(copies, np.int8), (n, 1, 1))), 77, model, model)


def test_depth_is_gamma_poisson() -> None:
    n = 40_000
    for mean, shape in ((100, 1e12), (100, 20.0), (30, 250.0), (5, 1e12)):
        model = ReadModel(mean**0.25, 0.0, 4.0, shape, 0.0, 0.5, 0.0, 0.0)
        depth = draws(model, [0, 0], n).depth[:, 0]
        variance = mean + mean**2 / shape
        assert depth.mean() == pytest.approx(mean, abs=4 * math.sqrt(variance / n))
        assert depth.var() == pytest.approx(variance, rel=4 * math.sqrt(3 / n))
    third = ((depth - depth.mean()) ** 3).mean() / depth.std() ** 3
    assert third == pytest.approx(1 / math.sqrt(5), abs=0.1)


def test_half_the_reads_on_a_single_chromosome() -> None:
    depth = draws(FLAT, [-1, 1]).depth[:, 0]
    assert depth.mean() == pytest.approx(50, abs=4 * math.sqrt(50 / 40_000))


def test_allele_balance_is_beta_binomial() -> None:
    calls = draws(FLAT, [0, 1], 200_000)  # the variance, of which overdispersion is three fifths, to 1.3%
    share = calls.alt_reads[:, 0] / calls.depth[:, 0]
    n = len(share)
    expected = 0.485 * 0.515 * (0.016 + (1 - 0.016) * (1 / calls.depth[:, 0]).mean())
    assert share.mean() == pytest.approx(0.485, abs=4 * math.sqrt(expected / n))
    assert share.var() == pytest.approx(expected, rel=4 * math.sqrt(2 / n))


def test_reads_of_a_homozygote_are_wrong_at_the_error_rate() -> None:
    for copies, wrong in (([0, 0], "alt_reads"), ([1, 1], "ref_reads")):
        calls = draws(FLAT, copies)
        reads, depth = getattr(calls, wrong).sum(), calls.depth.sum()
        assert reads / depth == pytest.approx(0.01, abs=4 * math.sqrt(0.01 * 0.99 / depth))


def test_beta_quantiles_have_the_stated_moments() -> None:
    table = beta_quantiles(0.485, 0.016)
    assert table.mean() == pytest.approx(0.485, abs=1e-4)
    assert table.var() == pytest.approx(0.016 * 0.485 * 0.515, rel=0.005)


def test_members_share_the_depth_of_a_site() -> None:
    calls = Exome().call(family(20_000, 3), 5)
    root = calls.depth**0.25
    assert np.corrcoef(root[:, 0], root[:, 1])[0, 1] == pytest.approx(0.974, abs=0.03)  # real trio: 0.974
