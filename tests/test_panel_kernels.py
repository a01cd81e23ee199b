"""The kernels of the panel against their obvious twins."""

from __future__ import annotations

import dataclasses

import msprime
import numpy as np
import pytest

from raresim import ancestry
from raresim.ancestry import channels, resolve
from raresim.kernels.store import by_haplotype, tally
from raresim.mutation import load
from tests.naive import panel as naive

PEOPLE = 20


def genealogy(seed: int, length: int = 120, census: bool = False) -> msprime.TreeSequence:
    model = msprime.Demography.isolated_model([10_000])
    if census:  # nodes with one child on every lineage
        model.add_census(time=40)
    return msprime.sim_ancestry(
        [msprime.SampleSet(PEOPLE // 2), msprime.SampleSet(1, ploidy=1)],
        demography=model,
        sequence_length=length,
        recombination_rate=2e-6,
        random_seed=seed,
    )


def bases(seed: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    code = rng.integers(0, 4, length + 2)
    code[length // 2] = 4  # an N
    context = (25 * code[:-2] + 5 * code[1:-1] + code[2:]).astype(np.uint8)
    return context, rng.integers(0, 2, length).astype(np.uint8)


@pytest.mark.parametrize(("seed", "scale", "census"), [(1, 100.0, False), (2, 1000.0, False), (3, 5000.0, True)])
def test_carriers_equal_the_twin(monkeypatch: pytest.MonkeyPatch, seed: int, scale: float, census: bool) -> None:
    """From one event at a base to dozens: back mutation, third alleles, indels and flipped alleles all occur; with and
    without the extra nodes by which local ancestry is known."""
    monkeypatch.setattr(ancestry, "PAIRS", 0.0)  # multi-nucleotide variants are added to the candidates of the kernel
    trees = genealogy(seed, census=census)
    context, region = bases(seed, 120)
    rates = channels(load(), np.random.default_rng(seed).uniform(1, 9, 125), scale)
    rows = resolve(trees, context, region, PEOPLE + 1, rates, 77 + seed)

    known = rates.ceiling[context] > 0
    whole = np.where(known, rates.ceiling[context] + rates.indel.sum(1)[region], 0.0)
    candidates = naive.mutate(trees, np.concatenate([[0.0], np.cumsum(whole)]), 77 + seed)
    snvs, indels = naive.carriers(trees, candidates, PEOPLE, context, region, rates)

    found = [rows.haplotype[rows.off[r] : rows.off[r + 1]].tolist() for r in range(len(rows.position))]
    single = rows.alt >= 0
    got = {(int(rows.position[r]), int(rows.alt[r])): (bool(rows.flipped[r]), found[r]) for r in np.flatnonzero(single)}
    assert got == snvs
    got_indels = [
        (int(rows.position[r]), int(rows.size[r]), bool(rows.flipped[r]), found[r]) for r in np.flatnonzero(~single)
    ]
    assert sorted(got_indels) == sorted(indels)
    assert any(flip for flip, _ in snvs.values())
    if scale > 500:
        assert len({base for base, _ in snvs}) < len(snvs), "some base has a third allele"


def test_candidates_in_parts_give_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    trees, (context, region) = genealogy(2), bases(2, 120)
    found = ancestry.Ancestry.of(trees)
    rates = channels(load(), np.bincount(context, minlength=125).astype(float), 2000.0)
    whole, events = ancestry.resolved(found, context, region, rates, 5)
    assert len(whole.position) > 40
    assert (events.row >= 0).any()
    monkeypatch.setattr(ancestry, "ROOM", 7 * found.leaves)
    parts, again = ancestry.resolved(found, context, region, rates, 5)
    for one, two in ((whole, parts), (events, again)):
        for field in dataclasses.fields(one):
            assert getattr(one, field.name).tolist() == getattr(two, field.name).tolist(), field.name


def test_an_unsorted_genealogy_is_refused() -> None:
    trees = genealogy(1)
    with pytest.raises(ValueError, match="sorted by parent"):
        resolve(trees, *bases(1, 120), PEOPLE, channels(load(), np.ones(125), 1.0), 1)


def test_the_store_equals_its_dense_twin() -> None:
    rng = np.random.default_rng(5)
    dense = rng.random((40, PEOPLE)) < rng.random((40, 1))
    off = np.concatenate([[0], np.cumsum(dense.sum(1))]).astype(np.int64)
    haplotype = np.nonzero(dense)[1].astype(np.int32)
    rows = rng.permutation(40)[:30].astype(np.int64)
    group = np.repeat(rng.integers(-1, 2, PEOPLE // 2), 2).astype(np.int8)
    count, twice = tally(off, haplotype, rows, group, 2)
    for g in range(2):
        mine = dense[rows][:, group == g]
        assert (count[:, g] == mine.sum(1)).all()
        assert (twice[:, g] == (mine[:, ::2] & mine[:, 1::2]).sum(1)).all()
    place = np.where(group < 0, np.cumsum(group < 0) - 1, -1).astype(np.int32)
    hap_off, hap_site = by_haplotype(off, haplotype, rows, place, int((group < 0).sum()))
    for p, h in enumerate(np.flatnonzero(group < 0)):
        assert hap_site[hap_off[p] : hap_off[p + 1]].tolist() == np.flatnonzero(dense[rows, h]).tolist()
