"""The panel against theory, at kernel level: seeds fixed, bounds from the number of events.

A test that counts N events has a standard error of 1/sqrt(N); with 15,000 and more a bug of 5% is beyond 6 of them.
"""

from __future__ import annotations

from functools import cache

import msprime
import numpy as np
import pytest
from scipy.stats import binom

from raresim import thinning
from raresim.ancestry import Block, Channels, channels, resolve, squeeze
from raresim.consequence import BIT
from raresim.mutation import load
from raresim.population import People, selected
from raresim.sites import Sites, draws
from raresim.store import Store
from raresim.streams import key
from raresim.thinning import retention
from tests.statistics.exact import share_fits

pytestmark = pytest.mark.slow
BASES = 400_000


def star(leaves: int, time: float, length: int) -> msprime.TreeSequence:
    """All samples of people join at one time; so does the reference."""
    tables = msprime.sim_ancestry(1, sequence_length=length, random_seed=1).dump_tables()
    tables.nodes.clear()
    tables.edges.clear()
    for _ in range(leaves):
        tables.nodes.add_row(flags=1, time=0)
    root = tables.nodes.add_row(time=time)
    for leaf in range(leaves):
        tables.edges.add_row(0, length, root, leaf)
    return tables.tree_sequence()


@cache
def random_bases() -> tuple[np.ndarray, np.ndarray]:
    code = np.random.default_rng(2).integers(0, 4, BASES + 2)
    return (25 * code[:-2] + 5 * code[1:-1] + code[2:]).astype(np.uint8), np.zeros(BASES, np.uint8)


def rates(scale: float, counts: np.ndarray | None = None) -> Channels:
    return channels(load(), np.ones(125) if counts is None else counts, scale)


def test_rates_by_context_and_indels() -> None:
    """Two lineages of 1 million generations beside a reference: new alleles by context and base are Poisson."""
    context, region = random_bases()
    rows = resolve(star(3, 1e6, BASES), context, region, 3, rates(0.2), 9)
    new = ~rows.flipped
    single = new & (rows.alt >= 0)
    assert single.sum() > 2500
    expected = np.zeros((125, 4))
    np.add.at(expected, (context,), load().snv[context] * 0.2 * 2e6)
    found = np.zeros((125, 4))
    np.add.at(found, (context[rows.position[single]], rows.alt[single]), 1)
    cells = expected > 5
    z = (found[cells] - expected[cells]) / np.sqrt(expected[cells])
    assert found.sum() / expected.sum() == pytest.approx(1, abs=0.02 + 4 / np.sqrt(expected.sum()))
    assert abs(z).max() < 4.5
    assert (z**2).mean() == pytest.approx(1, abs=0.45)
    indels = new & (rows.alt < 0)
    want = 0.2 * 2e6 * load().indel[0] * (load().total[context] > 0).sum()
    assert abs(indels.sum() - want) < 4 * np.sqrt(want)


def test_context_classes_with_twenty_thousand_events() -> None:
    """CpG transitions, other transitions, transversions: 40 lineages beside a reference, every new copy an event."""
    context, region = random_bases()
    table = load().snv[context]
    left, middle, right = context.astype(int) // 25, context.astype(int) // 5 % 5, context.astype(int) % 5
    cpg = ((middle == 1) & (right == 2)) | ((middle == 2) & (left == 1))
    partner = np.array([2, 3, 0, 1])
    transition = table[np.arange(BASES), partner[middle]]
    time, scale, lineages, repeats = 2e5, 0.1, 40, 50
    want = np.array([transition[cpg].sum(), transition[~cpg].sum(), table.sum() - transition.sum()])
    want *= scale * time * lineages * repeats
    made, found = rates(scale), np.zeros(3)
    trees = star(lineages + 1, time, BASES)
    for seed in range(repeats):
        rows = resolve(trees, context, region, lineages + 1, made, seed)
        copies = np.where(~rows.flipped & (rows.alt >= 0), np.diff(rows.off), 0)
        ts = rows.alt == partner[middle[rows.position]]
        for i, which in enumerate((ts & cpg[rows.position], ts & ~cpg[rows.position], ~ts)):
            found[i] += copies[which].sum()
    assert found.min() > 20_000
    # sites where the reference or the lineage itself was hit again: up to 0.3% of CpG transitions
    assert (abs(found - want) < 3.9 * np.sqrt(want) + 0.003 * want).all(), found / want


def test_recurrence_follows_the_markov_chain() -> None:
    """States of a lineage after a long time: transition probabilities of the rate matrix, matrix exponential."""
    from scipy.linalg import expm

    length = 400_000
    context = np.full(length, 31, np.uint8)  # CCC: the states A, C, G, T in the context C.C
    q = np.array([[load().snv[25 + 5 * a + 1, b] if a != b else 0.0 for b in range(4)] for a in range(4)])
    np.fill_diagonal(q, -q.sum(1))
    time, scale = 1e6, 40.0
    # composition at equilibrium makes the process reversible in time as a whole: reference, up, down
    values, vectors = np.linalg.eig(q.T)
    pi = np.real(vectors[:, np.argmin(abs(values))])
    pi /= pi.sum()
    counts = np.zeros(125)
    counts[25 + 5 * np.arange(4) + 1] = pi * 1e12
    reverse = (q * pi[:, None]).T / pi[:, None]
    want = (expm(reverse * time * scale) @ expm(q * time * scale))[1]
    rows = resolve(star(3, time, length), context, np.zeros(length, np.uint8), 3, rates(scale, counts), 4)
    found = np.zeros(4)
    for r in np.flatnonzero(rows.alt >= 0):
        if 0 in rows.haplotype[rows.off[r] : rows.off[r + 1]]:
            found[rows.alt[r]] += 1
    found[1] = length - found.sum()
    assert found / length == pytest.approx(want, abs=4 * 0.5 / np.sqrt(length))
    assert want[1] < 0.7, "the time is long enough for back mutation and third alleles to matter"


def test_spectrum_of_a_constant_population_is_theta_over_k() -> None:
    """Few mutations: sites with k of n derived haplotypes are theta / k (Fu 1995, doi:10.1006/tpbi.1995.1025)."""
    n, size, length = 20, 10_000, 60_000
    context, region = random_bases()
    context, region = context[:length], region[:length]
    scale = 1.0
    theta = 4 * size * scale * load().snv[context].sum()
    found, repeats = np.zeros(n + 2), 900
    for seed in range(5001, 5001 + repeats):
        trees = msprime.sim_ancestry(
            [msprime.SampleSet(n // 2), msprime.SampleSet(1, ploidy=1)],
            population_size=size,
            sequence_length=length,
            recombination_rate=3e-8,
            random_seed=seed,
        )
        counts = np.bincount(context, minlength=125)
        rows = resolve(trees, context, region, n + 1, rates(scale, counts), seed)
        single = (rows.alt >= 0) & ~rows.flipped
        found += np.bincount(np.diff(rows.off)[single], minlength=n + 2)
    # an allele with k of n + 1 copies misses the reference with probability 1 - k / (n + 1)
    k = np.arange(1, n + 1)
    want = repeats * theta / k * (1 - k / (n + 1))
    assert found[1] > 20_000
    assert found[1 : n + 1].sum() == pytest.approx(want.sum(), rel=0.03)
    z = (found[1 : n + 1] - want) / np.sqrt(want)
    assert abs(z).max() < 5  # sites of one genealogy are correlated: a little more than Poisson
    assert found[1] / found.sum() == pytest.approx(want[0] / want.sum(), rel=0.025)


def test_squeezed_genealogies_have_the_law_of_whole_ones() -> None:
    """Pairs of targets at three distances: the correlation of their tree heights is that of a whole chromosome."""
    start = np.array([0, 1000, 20_000, 200_000], np.int64)
    end = start + 300
    rho, size, repeats = 1e-8, 10_000, 4000
    block = Block(0, 0, start, end, start * rho * 100, end * rho * 100, 1.0)
    edges, rate, offset = squeeze(block)
    squeezed_map = msprime.RateMap(position=edges, rate=rate)
    whole_map = msprime.RateMap.uniform(sequence_length=int(end[-1]), rate=rho)

    def heights(rate_map: msprime.RateMap, at: np.ndarray, seed: int) -> np.ndarray:
        out = []
        for trees in msprime.sim_ancestry(
            1, population_size=size, recombination_rate=rate_map, random_seed=seed, num_replicates=repeats
        ):
            out.append([trees.at(x).tmrca(0, 1) for x in at])
        return np.array(out)

    one, two = heights(squeezed_map, offset + 150, 1), heights(whole_map, start + 150, 2)
    assert one.mean(0) == pytest.approx(two.mean(0), rel=4 * np.sqrt(2 / repeats))
    for j in range(1, 4):
        a, b = (np.corrcoef(h[:, 0], h[:, j])[0, 1] for h in (one, two))
        assert abs(a - b) < 4 * np.sqrt(2 / repeats) * 1.5  # heavy-tailed heights: 1.5 times the normal error


@pytest.mark.parametrize(("term", "row"), [("missense_variant", 1), ("stop_gained", 2), ("synonymous_variant", 0)])
def test_selection_keeps_the_share_of_the_table(term: str, row: int) -> None:
    """Sites of one class and derived count among 200 haplotypes: kept as often as ``retention`` says."""
    n, people = 60_000, People.of((("EUR", 100),), 0.5, 1)
    letters, off = np.frombuffer(b"ACGT", np.uint8), np.arange(n + 1, dtype=np.int64)
    ref, pos = np.random.default_rng(4).integers(0, 4, n), np.arange(n, dtype=np.int32)
    sites = Sites(np.zeros(n, np.int16), pos, off, letters[ref], off, letters[(ref + 1) % 4])
    for count in (1, 10, 150):
        for flipped in (False, True):
            store = Store(sites, np.full(n, flipped), off[:-1], off, np.zeros(n, np.int32))
            carried = np.full((n, 1), 200 - count if flipped else count, np.int32)
            kind = np.full(n, row, np.int8)
            kept = selected(store, np.full(n, BIT[term], np.uint32), kind, carried, people, 7 + count)
            share = 0.0 if flipped and row == 2 else float(retention("EUR", 200)[row, count])
            assert share_fits(int(kept.sum()), n, share)


def test_retention_is_the_mean_over_frequencies() -> None:
    """By the definition, with scipy's binomial: 1, 7 and 60 derived copies of 200."""
    for name in thinning.load().history:
        x, neutral = thinning.load().frequency, thinning.load().neutral[name]
        for row, share in enumerate(thinning.load().shares[name], 1):
            for count in (1, 7, 60):
                weight = binom.pmf(count, 200, x) * neutral
                want = (weight * share).sum() / weight.sum()
                assert retention(name, 200)[row, count] == pytest.approx(want, rel=0.002)


def test_keyed_draws_are_uniform_and_independent_of_order() -> None:
    n = 40_000
    rng = np.random.default_rng(3)
    letters = np.frombuffer(b"ACGT", np.uint8)
    off = np.arange(n + 1, dtype=np.int64)
    pos = np.sort(rng.choice(10**7, n, replace=False)).astype(np.int32)
    sites = Sites(np.zeros(n, np.int16), pos, off, letters[rng.integers(0, 4, n)], off, letters[rng.integers(0, 4, n)])
    u = draws(sites, key(1, "test"))
    assert np.histogram(u, 10, (0, 1))[0] == pytest.approx(np.full(10, n / 10), abs=4.5 * np.sqrt(n / 10))
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 4 / np.sqrt(n)
    order = rng.permutation(n)
    assert (draws(sites.take(order), key(1, "test")) == u[order]).all()
    assert abs(np.corrcoef(u, draws(sites, key(2, "test")))[0, 1]) < 4 / np.sqrt(n)
