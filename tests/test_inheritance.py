"""Modes of inheritance: the arrangements each one gives, and who can be affected."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.random import default_rng

from raresim import kinds
from raresim.errors import InputError
from raresim.inheritance import Alleles, _draws
from tests.families import alone, trio


def arrangements(name: str, female: bool, draws: int = 400, onset: float = 0.0, **settings: float) -> Counter:
    kind, family = kinds.make("inheritance", name, settings), trio(female, onset=onset)
    rng = default_rng(4)
    out: Counter = Counter()
    for _ in range(draws):
        copies = kind.draw(family, rng).copies
        out[tuple(tuple(tuple(p) for p in locus) for locus in copies.tolist())] += 1
    return out


def test_dominant_inherited() -> None:
    seen = arrangements("autosomal_dominant", True, de_novo=0.0)
    want = {(((1, 0), p, (0, 0)),) for p in ((1, 0), (0, 1))} | {(((0, 1), (0, 0), p),) for p in ((1, 0), (0, 1))}
    assert set(seen) == want


def test_dominant_new() -> None:
    seen = arrangements("autosomal_dominant", True, de_novo=1.0)
    assert set(seen) == {(((1, 0), (0, 0), (0, 0)),), (((0, 1), (0, 0), (0, 0)),)}


def test_recessive_compound() -> None:
    seen = arrangements("autosomal_recessive", True, homozygous=0.0)
    assert len(seen) == 8
    for first, second in seen:
        a, b = (first, second) if first[0] == (1, 0) else (second, first)
        assert (a[0], b[0]) == ((1, 0), (0, 1))  # in trans
        assert (sum(a[1]), sum(a[2])) == (1, 0)
        assert (sum(b[1]), sum(b[2])) == (0, 1)


def test_recessive_homozygous() -> None:
    seen = arrangements("autosomal_recessive", False, homozygous=1.0)
    assert len(seen) == 4
    assert all(locus[0] == (1, 1) and sum(locus[1]) == sum(locus[2]) == 1 for (locus,) in seen)


def test_x_recessive() -> None:
    assert set(arrangements("x_linked_recessive", False, de_novo=0.0)) == {
        (((-1, 1), (-1, 0), (1, 0)),),
        (((-1, 1), (-1, 0), (0, 1)),),
    }
    assert set(arrangements("x_linked_recessive", False, de_novo=1.0)) == {(((-1, 1), (-1, 0), (0, 0)),)}
    assert set(arrangements("x_linked_recessive", True, de_novo=1.0)) == {
        (((1, 1), (-1, 1), (1, 0)),),
        (((1, 1), (-1, 1), (0, 1)),),
    }


def test_x_dominant() -> None:
    boys = arrangements("x_linked_dominant", False, de_novo=0.5, onset=10.0)
    assert set(boys) == {(((-1, 1), (-1, 0), m),) for m in ((1, 0), (0, 1), (0, 0))}
    girls = arrangements("x_linked_dominant", True, de_novo=0.0)
    assert set(girls) == {(((1, 0), (-1, 1), (0, 0)),), (((0, 1), (-1, 0), (1, 0)),), (((0, 1), (-1, 0), (0, 1)),)}
    new = arrangements("x_linked_dominant", True, de_novo=1.0)
    assert set(new) == {(((1, 0), (-1, 0), (0, 0)),), (((0, 1), (-1, 0), (0, 0)),)}


@pytest.mark.parametrize(
    ("name", "female", "want"),
    [
        ("autosomal_dominant", True, {((1, 0),), ((0, 1),)}),
        ("x_linked_recessive", False, {((-1, 1),)}),
        ("x_linked_recessive", True, {((1, 1),)}),
        ("x_linked_dominant", False, {((-1, 1),)}),
        ("x_linked_dominant", True, {((1, 0),), ((0, 1),)}),
    ],
)
def test_singletons(name: str, female: bool, want: set) -> None:
    kind, rng = kinds.make("inheritance", name, {}), default_rng(1)
    draws = [kind.draw(alone(female), rng).copies.tolist() for _ in range(50)]
    assert {tuple(tuple(p) for p in locus) for (locus,) in draws} == want


def test_recessive_singletons() -> None:
    rng = default_rng(1)
    kind = kinds.make("inheritance", "autosomal_recessive", {"homozygous": 0.5})
    shapes = {str(kind.draw(alone(True), rng).copies.tolist()) for _ in range(60)}
    assert shapes == {"[[[1, 1]]]", "[[[1, 0]], [[0, 1]]]", "[[[0, 1]], [[1, 0]]]"}


def test_penetrance() -> None:
    kind = kinds.make("inheritance", "autosomal_dominant", {"penetrance": 0.25})
    copies = np.array([[[1, 0], [0, 1], [0, 0]]], np.int8)
    assert kind.risk(Alleles(copies, np.ones(copies.shape)), trio(True)).tolist() == [0.25, 0.25, 0.0]


def test_recessive_risk() -> None:
    copies = np.array([[[1, 0], [-1, 1], [1, 0], [-1, 0]], [[0, 1], [-1, 0], [1, 0], [-1, 0]]], np.int8)
    assert _draws.recessive_risk(Alleles(copies, np.ones(copies.shape))).tolist() == [1.0, 1.0, 0.0, 0.0]


def test_share_of_new_falls_with_onset() -> None:
    shares = [_draws.new_share("AD", 0.678, t) for t in (0.0, 15.0, 25.0, 32.0, 45.0, 70.0)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == pytest.approx(0.678 / 0.867, abs=0.001)
    assert shares[3] == pytest.approx(shares[0] / 2, abs=0.02)  # half of the children are born after 32
    assert shares[-1] < 1e-6
    assert [_draws.new_share("AD", x, 30.0) for x in (0.0, 1.0)] == [0.0, 1.0]
    assert _draws.new_share("XLD", 0.9, 5.0) > _draws.new_share("XLD", 0.517, 5.0) > _draws.new_share("XLD", 0.2, 5.0)


def test_mean_share_over_the_catalog_is_the_setting() -> None:
    """Over the onsets of the drawable diseases of a mode (90 to 2,700 diseases, 8 onsets each) within 0.015."""
    from raresim import catalog
    from raresim.onset import onset_draw

    rng, shares = default_rng(1), {mode: [0.0] for mode in _draws.SHARE}
    known = catalog.load()
    for row in np.flatnonzero(known.drawable).tolist():
        for mode in sorted(set(known.modes[row]) & set(shares)):
            onsets = [onset_draw(known[row], rng) for _ in range(8)]
            shares[mode] += [_draws.new_share(mode, _draws.SHARE[mode], t) for t in onsets]
    for mode, found in shares.items():
        assert len(found) > 700
        assert abs(sum(found) / (len(found) - 1) - _draws.SHARE[mode]) < 0.015


@pytest.mark.parametrize(
    ("sex", "want"), [("", (0.5, 0.5, 0.0, 2 / 3)), ("male", (0, 0, 0, 0)), ("female", (1, 1, 1, 1))]
)
def test_female_share(sex: str, want: tuple[float, ...]) -> None:
    names = ("autosomal_dominant", "autosomal_recessive", "x_linked_recessive", "x_linked_dominant")
    assert tuple(kinds.make("inheritance", n, {}).female_share(sex) for n in names) == pytest.approx(want)


@pytest.mark.parametrize(
    "bad", [{"penetrance": 1.2}, {"de_novo": -0.1}, {"penetrance": float("nan")}, {"penetrence": 1}]
)
def test_bad_settings_are_named(bad: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(bad))):
        kinds.make("inheritance", "autosomal_dominant", bad)
