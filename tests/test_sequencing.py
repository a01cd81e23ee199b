"""Sequencing: the kernel equals its twin; every call is consistent; nothing depends on the other records."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from raresim.calls import diploid, genotype, select, take
from raresim.errors import InputError
from raresim.kinds import make
from raresim.sequencing import Calls, Genotypes
from raresim.sequencing._model import ReadModel, call
from raresim.sequencing.exome import Exome
from raresim.sequencing.perfect import Perfect
from raresim.sites import Sites, Variant
from tests.naive import sequencing as naive

ROUGH = ReadModel(centre=1.8, spread=0.5, power=4, shape=20.0, sample=0.2, balance=0.45, rho=0.1, error=0.02, hard=0.2)


def genotypes(n: int, seed: int = 1, members: int = 3) -> Genotypes:
    """Random sites (SNVs, indels, MNVs) and genotypes of every ploidy."""
    rng = np.random.default_rng(seed)
    shapes = [("A", "C"), ("A", "ACT"), ("ATG", "A"), ("AC", "GT"), ("T", "G")]
    sites = Sites.of(Variant(int(rng.integers(3)), 7 + 11 * i, *shapes[int(rng.integers(5))]) for i in range(n))
    copies = rng.integers(0, 2, (n, members, 2)).astype(np.int8)
    copies[rng.random((n, members)) < 0.2, 0] = -1
    copies[rng.random((n, members)) < 0.05] = -1
    return Genotypes(sites, copies)


def equal(a: Calls, b: Calls) -> None:
    """Every column is the same."""
    for field in dataclasses.fields(Calls):
        np.testing.assert_array_equal(getattr(a, field.name), getattr(b, field.name), err_msg=field.name)


@pytest.mark.parametrize("key", [0, 1, 2**63 + 12345, 2**64 - 1])
def test_the_kernel_equals_its_twin(key: int) -> None:
    truth = genotypes(250)
    equal(
        call(truth, key, ROUGH, dataclasses.replace(ROUGH, balance=0.52)),
        naive.call(truth, key, ROUGH, dataclasses.replace(ROUGH, balance=0.52)),
    )


def test_every_call_is_consistent() -> None:
    calls = call(genotypes(5000), 5, ROUGH, ROUGH)
    assert (calls.depth == calls.ref_reads + calls.alt_reads).all()
    called = calls.alt >= 0
    worst = np.iinfo(np.int16).max
    pl = np.where(np.arange(3) <= calls.ploidy[:, :, None], calls.pl, worst)
    assert (pl.argmin(axis=2) == calls.alt)[called].all()
    ordered = np.sort(pl, axis=2)
    assert (ordered[:, :, 0] == 0).all()
    assert (np.minimum(ordered[:, :, 1], 99) == calls.gq)[called].all()
    assert (calls.gq[called] > 0).all()
    assert (ordered[:, :, 1] == 0)[~called & (calls.ploidy > 0)].all()
    assert not called[calls.ploidy == 0].any()
    assert not called[calls.depth == 0].any()
    assert (calls.passed == (calls.qual >= 30)).all()
    assert 0 < (~called).sum() < called.sum()
    assert (calls.depth[calls.ploidy == 0] == 0).all()


def test_qual_is_the_evidence_against_all_reference_less_the_prior() -> None:
    calls = Exome().call(genotypes(2000), 3)
    evidence = np.where(calls.alt >= 0, calls.pl[:, :, 0], 0).sum(axis=1)
    capped = (calls.pl[:, :, 0] == 32000).any(axis=1)
    assert np.abs(calls.qual - np.maximum(0, evidence - 30))[~capped].max() <= 1.51  # PL are whole numbers


def test_a_call_depends_on_key_variant_and_member_only() -> None:
    truth = genotypes(400)
    calls = Exome().call(truth, 11)
    rows = np.arange(390, 3, -7)
    equal(Exome().call(Genotypes(truth.sites.take(rows), truth.copies[rows]), 11), take(calls, rows))
    other = Exome().call(truth, 12)
    assert (other.depth != calls.depth)[calls.ploidy > 0].mean() > 0.9


def test_records_of_one_position_have_the_same_depth() -> None:
    sites = Sites.of([Variant(0, 50, "A", "C"), Variant(0, 50, "A", "G")])
    copies = np.array([[[1, 0]], [[0, 1]]], np.int8)
    calls = Exome().call(Genotypes(sites, copies), 4)
    assert calls.depth[0, 0] == calls.depth[1, 0]


def test_perfect_calls_are_the_truth() -> None:
    truth = genotypes(40_000)
    calls = Perfect().call(truth, 9)
    carried = np.where((truth.copies == -1).all(axis=2), -1, (truth.copies == 1).sum(axis=2))
    assert (calls.alt == carried).all()
    assert (calls.gq[calls.alt >= 0] == 99).all()
    het = (calls.ploidy == 2) & (calls.alt == 1)
    assert (calls.phase == (truth.copies[:, :, 1] == 1))[het].all()
    assert (calls.ref_reads[carried == calls.ploidy] == 0).all()
    assert calls.passed[select(calls)].all()


def test_a_record_is_written_if_and_only_if_a_member_is_called_with_alt() -> None:
    calls = Exome(depth=3.0).call(genotypes(3000), 2)
    written = select(calls)
    assert 0 < len(written) < 3000
    assert [i in set(written.tolist()) for i in range(3000)] == [bool((row > 0).any()) for row in calls.alt]


def test_genotype_texts() -> None:
    calls = Perfect().call(
        Genotypes(
            Sites.of([Variant(0, 5, "A", "C")]),
            np.array([[[1, 0], [0, 1], [1, 1], [0, 0], [-1, 1], [-1, 0], [-1, -1]]], np.int8),
        ),
        1,
    )
    texts = [genotype(calls, 0, j) for j in range(7)]
    assert texts == ["0/1", "0/1", "1/1", "0/0", "1", "0", "."]
    assert [genotype(calls, 0, j, phased=True) for j in range(7)] == ["1|0", "0|1", "1|1", "0|0", "1", "0", "."]
    assert [genotype(calls, 0, j, diploid=True) for j in (4, 5)] == ["1/1", "0/0"]
    empty = dataclasses.replace(calls, alt=np.full_like(calls.alt, -1))
    assert [genotype(empty, 0, j) for j in (0, 4, 6)] == ["./.", ".", "."]
    assert genotype(empty, 0, 4, diploid=True) == "./."


def test_the_diploid_view_keeps_gt_gq_and_pl_in_agreement() -> None:
    calls = call(genotypes(4000), 5, ROUGH, ROUGH)
    view = diploid(calls)
    assert set(np.unique(view.ploidy)) == {0, 2}
    called = (view.alt >= 0) & (calls.ploidy == 1)
    assert (view.alt == 2 * calls.alt)[called].all()
    assert (np.sort(view.pl, axis=2)[:, :, 1].clip(max=99) == view.gq)[called].all()
    assert np.take_along_axis(view.pl, view.alt[:, :, None].clip(0), 2)[:, :, 0][called].max() == 0


def test_settings_out_of_range_are_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"sequencing\.error: .*0\.9"):
        make("sequencing", "exome", {"error": 0.9})
    with pytest.raises(InputError, match=r"sequencing\.balance"):
        make("sequencing", "exome", {"balance": 0.0})
    with pytest.raises(InputError, match=r"sequencing\.deep: there is no such setting; did you mean 'depth'"):
        make("sequencing", "exome", {"deep": 30})


def test_extreme_settings_still_give_consistent_calls() -> None:
    truth = genotypes(2000)
    for depth in (0.01, 1.0, 5000.0):
        calls = Exome(depth=depth, overdispersion=0.1, error=0.05).call(truth, 1)
        assert (calls.depth == calls.ref_reads + calls.alt_reads).all()
        assert calls.depth.max() <= 2000
        assert (calls.ref_reads >= 0).all()
        assert (calls.alt_reads >= 0).all()
        assert calls.pl.min() >= 0
