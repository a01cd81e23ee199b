"""Local ancestry of admixed people: node by node, the model's shares and lengths, in a panel and in a child."""

from __future__ import annotations

import msprime
import numpy as np
import pytest

from raresim import demography, maps
from raresim import targets as make_targets
from raresim.background import Coalescent, Inputs
from raresim.haplotypes import joined
from raresim.local_ancestry import Census, Tract, of_person, tracts
from tests.builders import random_genome

SHARES = {"NAT": 0.38, "EUR": 0.54, "AFR": 0.08}


def pulse(people: int, morgans: float, seed: int) -> tuple[np.ndarray, Census]:
    """Tracts of admixed people over one stretch; older generations are not needed."""
    history = demography.load(None, {"AMR": 1, "EUR": 1})
    census = Census.of(history, ["AMR", "EUR"])
    trees = msprime.sim_ancestry(
        [msprime.SampleSet(people, population="AMR"), msprime.SampleSet(3, population="EUR")],
        demography=census.into(history.model()),
        sequence_length=int(morgans * 1e6),
        recombination_rate=1e-6,
        random_seed=seed,
        end_time=12.02,
    )
    return tracts(trees, census, [people, 3]), census


def test_shares_and_switches_are_those_of_one_pulse() -> None:
    """Of 2,400 haplotypes of one morgan: sources in their shares, and T (1 - sum p^2) changes of source a morgan."""
    rows, census = pulse(1200, 1.0, 4)
    length = rows[:, 2] - rows[:, 1]
    assert (np.bincount(rows[:, 0], length) == 1_000_000).all(), "every haplotype from end to end, and no EUR one"
    names = np.array(census.demes)[rows[:, 3]]
    effective = 2400 * 6.7  # independent tracts
    for name, share in SHARES.items():
        found = length[names == name].sum() / length.sum()
        assert found == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / effective))
    switches = len(rows) - 2400
    want = 2400 * 12 * (1 - sum(p * p for p in SHARES.values()))
    assert want > 16_000
    assert switches == pytest.approx(want, rel=0.03)  # 4 standard errors; a time of 12.6 generations is beyond


def test_tracts_equal_a_walk_up_the_trees() -> None:
    history = demography.load(None, {"AMR": 1})
    census = Census.of(history, ["AMR"])
    trees = msprime.sim_ancestry(
        [msprime.SampleSet(4, population="AMR"), msprime.SampleSet(1, population="EUR", ploidy=1)],
        demography=census.into(history.model()),
        sequence_length=3000,
        recombination_rate=1e-4,
        random_seed=2,
    )
    rows = tracts(trees, census, [4])
    for tree in trees.trees():
        for leaf in range(8):
            node = leaf
            while tree.time(node) < 12.01:
                node = tree.parent(node)
            inside = (rows[:, 0] == leaf) & (rows[:, 1] <= tree.interval.left) & (rows[:, 2] >= tree.interval.right)
            assert rows[inside, 3].tolist() == [trees.node(node).population]


def test_of_a_panel_and_of_a_child() -> None:
    genome = random_genome(2, 150)
    inputs = Inputs(3, genome, make_targets.make(genome), maps.load(genome))
    panel = Coalescent(ancestry={"AMR": 12, "EUR": 8}).make(inputs, 1, lambda share: None)
    assert panel.sources
    assert set(np.unique(panel.tracts[:, 0])) == set(np.flatnonzero(np.repeat(panel.ancestry, 2) == 0))
    for contig in np.unique(panel.tracts[:, 1]):
        mine = panel.tracts[panel.tracts[:, 1] == contig]
        assert mine[:, 2].min() <= inputs.targets.start[inputs.targets.contig == contig].min()
        assert mine[:, 3].max() >= inputs.targets.end[inputs.targets.contig == contig].max()
    assert (panel.tracts[:, 2] < panel.tracts[:, 3]).all()

    n = len(panel.sites)
    half = int(np.searchsorted(panel.sites.contig, 1)) // 2
    whole = [joined([(h, 0, n)]) for h in (0, 1)]
    child = joined([(0, 0, half), (1, half, n)])
    border = int(panel.sites.pos[half])
    first, second, crossed = (of_person(panel, (h, h)) for h in (*whole, child))

    def at(found: tuple[Tract, ...], contig: int, pos: int) -> list[str]:
        return [t.ancestry for t in found if t.haplotype == 1 and t.contig == contig and t.start <= pos < t.end]

    for contig, pos in zip(panel.sites.contig.tolist(), panel.sites.pos.tolist(), strict=True):
        parent = first if contig == 0 and pos < border else second
        assert len(at(parent, contig, pos)) == 1
        assert at(crossed, contig, pos) == at(parent, contig, pos)


def test_nobody_admixed_has_tracts() -> None:
    genome = random_genome(2, 150)
    inputs = Inputs(3, genome, make_targets.make(genome), maps.load(genome))
    panel = Coalescent(ancestry={"AFR": 6, "EUR": 6}).make(inputs, 1, lambda share: None)
    assert (len(panel.tracts), panel.sources) == (0, ())
