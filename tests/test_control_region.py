"""The hypervariable segments of mitochondrial DNA: where they are and how much more they change."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest

from raresim import maps, mitochondrial, synthetic
from raresim import targets as make_targets
from raresim.ancestry import Job, genealogy, places
from raresim.background import Coalescent, Inputs
from raresim.genome import ContigKind

SEGMENTS = ((57, 372), (16_024, 16_383))  # 1-based, first and last base


@cache
def job() -> Job:
    """The whole mitochondrion of few people."""
    genome = synthetic.build()
    contig = next(c for c, x in enumerate(genome.contigs) if x.kind is ContigKind.MT)
    one = make_targets.make(genome, genes=["MT-ND1"])
    whole = dataclasses.replace(
        one,
        contig=np.array([contig], np.int16),
        start=np.array([1], np.int32),
        end=np.array([genome.contigs[contig].length - 1], np.int32),
    )
    (found,) = Coalescent(ancestry={"EUR": 10}).jobs(Inputs(1, genome, whole, maps.load(genome)))
    return found


def test_the_segments_are_where_they_are_in_the_cambridge_sequence() -> None:
    where = np.arange(1, 16_568) + 1
    inside = np.any([(where >= first) & (where <= last) for first, last in SEGMENTS], axis=0)
    assert ((job().context >= 125) == inside).all()
    plain = np.array([3, 124], np.uint8)
    assert mitochondrial.contexts(plain, np.array([60, 61]), 16_571).tolist() == [3, 124], "another sequence"


def test_they_change_as_much_more_as_the_source_says() -> None:
    """Mutations a base over those elsewhere: 3.7 over the share of alleles that are kept."""
    events = np.zeros(2)
    for seed in range(1, 101):
        made = genealogy(dataclasses.replace(job(), seed=seed, key=seed))
        at = places(job().block, made.offset, np.asarray(made.events.base, np.int64)) + 1
        inside = np.any([(at >= first) & (at <= last) for first, last in SEGMENTS], axis=0)
        events += [inside.sum(), (~inside).sum()]
    bases = np.array([(job().context >= 125).sum(), (job().context < 125).sum()])
    ratio = (events / bases)[0] / (events / bases)[1]
    error = np.sqrt((1 / events).sum())
    assert error < 0.015
    assert ratio == pytest.approx(3.7 / ((283 / 3999) / (1037 / 4212)), rel=4 * error)
