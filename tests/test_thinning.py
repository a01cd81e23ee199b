"""Selection: the diffusion that makes the table, and the shares that the table gives."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest

from raresim import demography, selection
from raresim.consequence import BIT
from raresim.thinning import GROUPED, LOSS, MISSENSE, NEUTRAL, classes, groups, load, retention
from tests.naive.density import density as naive_density

NAMES = ("AFR", "AMR", "EAS", "EUR", "FIN", "SAS")


def spectrum(x: np.ndarray, density: np.ndarray, n: int) -> np.ndarray:
    """Expected number of sites with 1..n-1 derived alleles in a sample of n."""
    k = np.arange(1, n)[:, None]
    choose = np.array([math.comb(n, int(i)) for i in k[:, 0]], np.float64)[:, None]
    return np.asarray((choose * x**k * (1 - x) ** (n - k) * density).sum(1))


def test_neutral_constant_size_is_theta_over_k() -> None:
    x = selection.grid()
    density = selection.density([(0.0, math.inf, 10_000, 10_000)], x, 0.0)
    found = spectrum(x, density, 40) * np.arange(1, 40) / 40_000  # theta = 4 N for one unit of mutation rate
    assert found == pytest.approx(np.ones(39), rel=0.01)


def test_selected_constant_size_is_sawyer_and_hartl() -> None:
    """Sawyer and Hartl 1992 (Genetics 132:1161): density (e^g(1-x) - 1) / ((e^g - 1) x (1 - x)), g = -4 N s."""
    x = selection.grid()
    size, s = 10_000, 5e-4
    density = selection.density([(0.0, math.inf, size, size)], x, s)
    fine = np.linspace(1e-6, 1 - 1e-6, 400_001)
    g = 4 * size * s
    exact = 4 * size * (np.expm1(g * (1 - fine)) / np.expm1(g)) / (fine * (1 - fine))
    weight = exact * (fine[1] - fine[0])
    n = 30
    got, want = spectrum(x, density, n)[:8], np.zeros(8)
    for k in range(1, 9):
        want[k - 1] = (math.comb(n, k) * fine**k * (1 - fine) ** (n - k) * weight).sum()
    assert got == pytest.approx(want, rel=0.02)


def test_the_kernel_is_its_twin() -> None:
    """A bottleneck, growth and a decline, neutral and selected."""
    x = selection.grid()
    epochs = [(0.0, 60.0, 500_000, 2_000), (60.0, 90.0, 400, 400), (90.0, 2100.0, 9_000, 12_000)]
    epochs.append((2100.0, math.inf, 7_000, 7_000))
    for s in (1e-3,) if os.environ.get("NUMBA_DISABLE_JIT") == "1" else (0.0, 1e-3, 0.3):
        assert selection.density(epochs, x, s) == pytest.approx(naive_density(epochs, x, s), rel=1e-9)


def test_admixture_scales_frequencies() -> None:
    """In a deme that arose last generation a variant of a source has its share of the frequency there."""
    joint = demography.load(None, {"AMR": 1, "EUR": 1})
    when, sources = joint.admixture("AMR")
    x = selection.grid()
    mass = selection.densities(joint, "AMR", np.zeros(1))[0]
    old = {name: selection.density(selection.before(joint.sizes(name), when), x, 0.0) for name in sources}
    found = (x * mass)[x <= 0.001].sum()
    copies = sum(share * (x * old[name])[share * x <= 0.001].sum() for name, share in sources.items())
    new = 12.0  # 12 generations of new copies, one for each unit of mutation rate
    assert found == pytest.approx(copies + new, rel=0.03)
    assert mass.min() > 0
    epochs = selection.before([(0.0, 10.0, 400.0, 100.0), (10.0, math.inf, 50.0, 50.0)], 5.0)
    assert epochs == [(5.0, 10.0, pytest.approx(200.0), 100.0), (10.0, math.inf, 50.0, 50.0)]


@pytest.mark.parametrize("name", NAMES)
def test_the_table_has_the_history_of_the_genealogies(name: str) -> None:
    own, joint = demography.load(None, {name: 1}), demography.load(None, dict.fromkeys(NAMES, 1))
    assert load().history[name] == own.digest(name) == joint.digest(name)
    neutral, shares = load().neutral[name], load().shares[name]
    assert neutral.min() > 0
    assert (np.diff(shares, axis=1) <= 0).all()
    assert shares[1] == pytest.approx(shares[2:].mean(0), abs=0.008), "the groups together are the whole"
    seen = load().frequency > 1e-6
    assert (np.diff(shares[2:][:, seen], axis=0) >= -1e-6).all(), "less constrained genes keep more"
    again = selection.densities(own, name, load().coefficients[:1])[0]
    assert again == pytest.approx(neutral, rel=1e-5)


# Observed over expected of missense and of loss of function, over that of synonymous, AF <= 0.1% (gnomAD v2.1,
# chromosome 19; docs/figures.md, 1). Those of AFR are read from the same table; its expectation is that of all people,
# and the cut of 0.1% is of all people too, so that AFR alone agrees less.
RARE = [
    *(("EUR", n, mis, lof) for n, mis, lof in ((500, 0.781, 0.44), (1000, 0.795, 0.40), (10_000, 0.832, 0.48))),
    ("EUR", 56_885, 0.869, 0.55),
    ("EAS", 9197, 0.812, 0.46),
    ("SAS", 15_308, 0.827, 0.45),
]


@pytest.mark.parametrize(("name", "people", "missense", "loss"), RARE)
def test_what_is_kept_agrees_with_gnomad(name: str, people: int, missense: float, loss: float) -> None:
    """Missense within 5% (its distribution was fitted by others to other data), loss of function within 12%."""
    x, neutral, shares = load().frequency, load().neutral[name], load().shares[name]
    seg = (x <= 0.001) * neutral * (1 - (1 - x) ** (2 * people))
    assert (shares[0] * seg).sum() / seg.sum() == pytest.approx(missense, rel=0.05)
    assert (shares[1] * seg).sum() / seg.sum() == pytest.approx(loss, rel=0.12)
    common = (x > 0.01) * neutral
    assert 0.36 < (shares[0] * common).sum() / common.sum() < 0.55  # .45 by 1000 Genomes counts a person


def test_constraint_groups_agree_with_gnomad() -> None:
    """Observed over expected of loss of function by tenth of coding sequence in the order of LOEUF: gnomAD v4.1,
    730,947 people, divided by .604, that of all genes. Within .1; above 1 nothing that is only kept can be."""
    seen = np.array([0.133, 0.262, 0.371, 0.467, 0.564, 0.652, 0.734, 0.809, 0.912, 1.132]) / 0.604
    x, neutral, shares = load().frequency, load().neutral["EUR"], load().shares["EUR"]
    seg = neutral * (1 - (1 - x) ** (2 * 730_947))
    made = (shares * seg).sum(1) / seg.sum()
    assert made[2:9] / made[1] == pytest.approx(seen[:7], abs=0.1)
    assert (made[9:] / made[1] > 1.3).all()


def test_groups_of_genes() -> None:
    from raresim import synthetic

    genome = synthetic.build()
    group = groups(genome)
    assert len(group) == len(genome.genes)
    place = {name: int(group[genome.genes.by_symbol[name]]) for name in ("SCN1A", "MECP2", "CFTR", "OR4F5")}
    assert place["SCN1A"] == 0
    assert place["MECP2"] <= 2
    assert place["CFTR"] >= 6
    assert set(group.tolist()) == set(range(-1, 10))


@pytest.mark.parametrize("haplotypes", [2, 40, 1000, 20_000])
def test_retention_of_any_sample_size(haplotypes: int) -> None:
    share = retention("EUR", haplotypes)
    assert share.shape == (GROUPED + 10, haplotypes + 1)
    assert (share[NEUTRAL] == 1).all()
    assert ((share[1:, 1:] >= 0) & (share[1:, 1:] <= 1)).all()
    assert (np.diff(share[1:, 1:], axis=1) <= 1e-12).all()
    assert (share[LOSS, 1:] <= share[MISSENSE, 1:]).all()


def test_a_model_of_the_user_has_shares_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "demes.yaml"
    file.write_text("time_units: generations\ndemes:\n- {name: EUR, epochs: [{start_size: 10000}]}\n")
    own = demography.load(file, {"EUR": 1})
    mine, shipped = retention("EUR", 200, own), retention("EUR", 200)
    assert abs(mine[MISSENSE, 1:20] - shipped[MISSENSE, 1:20]).max() > 0.02
    assert mine.shape == shipped.shape


def test_classes() -> None:
    def kind(*terms: str) -> int:
        return int(classes(np.array([sum(BIT[t] for t in terms)], np.uint32))[0])

    assert kind("stop_gained") == kind("frameshift_variant") == kind("splice_donor_variant", "intron_variant") == LOSS
    assert kind("missense_variant", "splice_region_variant") == kind("inframe_deletion") == MISSENSE
    assert kind("stop_gained", "missense_variant") == LOSS
    assert kind("synonymous_variant") == kind("intron_variant") == kind() == NEUTRAL
