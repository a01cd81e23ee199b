"""Selection: the diffusion that makes the table, and the shares that the table gives."""

from __future__ import annotations

import hashlib
import json
import math

import numpy as np
import pytest

from raresim import demography
from raresim.compile import thinning as compiler
from raresim.consequence import BIT
from raresim.tables import table
from raresim.thinning import LOSS, MISSENSE, NEUTRAL, classes, retention


def spectrum(x: np.ndarray, density: np.ndarray, n: int) -> np.ndarray:
    """Expected number of sites with 1..n-1 derived alleles in a sample of n."""
    k = np.arange(1, n)[:, None]
    choose = np.array([math.comb(n, int(i)) for i in k[:, 0]], np.float64)[:, None]
    return np.asarray((choose * x**k * (1 - x) ** (n - k) * density).sum(1))


def test_neutral_constant_size_is_theta_over_k() -> None:
    x = compiler.grid()
    density = compiler.density([(0.0, math.inf, 10_000, 10_000)], x, 0.0)
    found = spectrum(x, density, 40) * np.arange(1, 40) / 40_000  # theta = 4 N for one unit of mutation rate
    assert found == pytest.approx(np.ones(39), rel=0.01)


def test_selected_constant_size_is_sawyer_and_hartl() -> None:
    """Sawyer and Hartl 1992 (Genetics 132:1161): density (e^g(1-x) - 1) / ((e^g - 1) x (1 - x)), g = -4 N s."""
    x = compiler.grid()
    size, s = 10_000, 5e-4
    density = compiler.density([(0.0, math.inf, size, size)], x, s)
    fine = np.linspace(1e-6, 1 - 1e-6, 400_001)
    g = 4 * size * s
    exact = 4 * size * (np.expm1(g * (1 - fine)) / np.expm1(g)) / (fine * (1 - fine))
    weight = exact * (fine[1] - fine[0])
    n = 30
    got, want = spectrum(x, density, n)[:8], np.zeros(8)
    for k in range(1, 9):
        want[k - 1] = (math.comb(n, k) * fine**k * (1 - fine) ** (n - k) * weight).sum()
    assert got == pytest.approx(want, rel=0.02)


def test_the_table_has_the_history_of_the_genealogies() -> None:
    text = demography.load(None, {"EUR": 1}).text
    with np.load(table("thinning.npz")) as data:
        notes = json.loads(data["provenance"].tobytes())
        x, neutral, missense = data["frequency"], data["EUR_neutral"], data["EUR_missense"]
        loss = data["EUR_loss"]
    assert notes["demography_sha256"]["EUR"] == hashlib.sha256(text).hexdigest()
    assert neutral.min() > 0
    for share in (missense, loss):
        assert (np.diff(share) <= 0).all()
        assert share[0] > 0.5
    # gnomAD v2.1 non-Finnish Europeans, AF <= 0.1%, observed/expected over that of synonymous (docs/figures.md, 1);
    # missense within 5% (the distribution was fitted by others to other data), loss of function within 10%
    rare = (x <= 0.001) * neutral
    for people, seen, broken in ((500, 0.781, 0.44), (1000, 0.795, 0.40), (10_000, 0.832, 0.48), (56_885, 0.869, 0.55)):
        seg = rare * (1 - (1 - x) ** (2 * people))
        assert (missense * seg).sum() / seg.sum() == pytest.approx(seen, rel=0.05)
        assert (loss * seg).sum() / seg.sum() == pytest.approx(broken, rel=0.12)
    common = (x > 0.01) * neutral
    assert 0.36 < (missense * common).sum() / common.sum() < 0.48  # .45 by 1000 Genomes counts a person


@pytest.mark.parametrize("haplotypes", [2, 40, 1000, 20_000])
def test_retention_of_any_sample_size(haplotypes: int) -> None:
    share = retention("EUR", haplotypes)
    assert share.shape == (3, haplotypes + 1)
    assert (share[NEUTRAL] == 1).all()
    for kind in (MISSENSE, LOSS):
        assert ((share[kind, 1:] > 0) & (share[kind, 1:] <= 1)).all()
        assert (np.diff(share[kind, 1:]) <= 1e-12).all()
    assert (share[LOSS, 1:] < share[MISSENSE, 1:]).all()
    assert (retention("XXX", haplotypes) == share).all(), "an ancestry without a table uses that of EUR"


def test_classes() -> None:
    def kind(*terms: str) -> int:
        return int(classes(np.array([sum(BIT[t] for t in terms)], np.uint32))[0])

    assert kind("stop_gained") == kind("frameshift_variant") == kind("splice_donor_variant", "intron_variant") == LOSS
    assert kind("missense_variant", "splice_region_variant") == kind("inframe_deletion") == MISSENSE
    assert kind("stop_gained", "missense_variant") == LOSS
    assert kind("synonymous_variant") == kind("intron_variant") == kind() == NEUTRAL
