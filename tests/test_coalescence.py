from __future__ import annotations

import msprime
import numpy as np
import pytest

from raresim.coalescence import Epochs
from tests.naive import hudson


def split() -> msprime.Demography:
    """Two demes that exchange lineages, one of them growing, a pulse, an admixed one, one ancestor."""
    out = msprime.Demography()
    out.add_population(name="A", initial_size=300)
    out.add_population(name="B", initial_size=2000, growth_rate=0.02)
    out.add_population(name="C", initial_size=100)
    out.add_population(name="O", initial_size=400)
    out.set_migration_rate("A", "B", 1e-3)
    out.set_migration_rate("B", "A", 2e-3)
    out.add_admixture(20, derived="C", ancestral=["A", "B"], proportions=[0.3, 0.7])
    out.add_population_parameters_change(60, population="B", growth_rate=0)
    out.add_mass_migration(90, source="A", dest="B", proportion=0.4)
    out.add_population_split(150, derived=["A", "B"], ancestral="O")
    return out


MODELS = {
    "constant": msprime.Demography.isolated_model([500]),
    "shrinking": msprime.Demography.isolated_model([500], growth_rate=[-0.001]),
    "split": split(),
}
SQUEEZED = np.concatenate([[0.0], np.cumsum(np.repeat([1e-4, 0.3, 1e-4, 5e-3], [40, 1, 30, 20]))])


def of(name: str) -> Epochs:
    made = Epochs.of(MODELS[name])
    assert made is not None
    return made


@pytest.mark.parametrize("mass", [SQUEEZED, np.zeros(8)], ids=["squeezed", "without crossovers"])
@pytest.mark.parametrize("name", ["constant", "split"])
def test_the_kernel_equals_its_twin(name: str, mass: np.ndarray) -> None:
    epochs, key = of(name), 2**63 + 11
    samples = [(deme, 4) for deme in epochs.names if deme != "O"]
    made = epochs.ancestry(samples, mass, key)
    demes = [epochs.names.index(deme) for deme, n in samples for _ in range(n)]
    edges, times, where = hudson.simulate(epochs, demes, mass, key)
    assert list(zip(made.left, made.right, made.parent, made.child, strict=True)) == edges
    assert made.time.tolist() == pytest.approx(times, rel=1e-12)
    assert made.deme.tolist() == where


def test_more_lineages_than_there_was_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    epochs, mass = of("split"), np.linspace(0, 2, 400)
    want = epochs.ancestry([("A", 5), ("C", 3)], mass, 1)
    assert len(want.time) > 8 * (5 + 2 * 8)
    monkeypatch.setattr("raresim.coalescence.ROOM", 5)
    made = epochs.ancestry([("A", 5), ("C", 3)], mass, 1)
    assert made.left.tolist() == want.left.tolist()
    assert made.time.tolist() == want.time.tolist()


def test_an_ancestry_is_a_tree_sequence() -> None:
    made = of("split").ancestry([("A", 6), ("B", 4), ("C", 2)], SQUEEZED, 5)
    samples = [msprime.SampleSet(n, population=name, ploidy=1) for name, n in (("A", 6), ("B", 4), ("C", 2))]
    bare = msprime.sim_ancestry(samples, demography=MODELS["split"], sequence_length=len(SQUEEZED) - 1, end_time=0)
    tables = bare.dump_tables()
    made.into(tables)
    tables.build_index()
    trees = tables.tree_sequence()
    assert {tree.num_roots for tree in trees.trees()} == {1}
    assert trees.simplify().num_edges == trees.num_edges  # nothing of it is in no tree


def test_lineages_that_never_meet() -> None:
    apart = Epochs.of(msprime.Demography.isolated_model([100, 100]))
    assert apart is not None
    with pytest.raises(RuntimeError, match="never meet"):
        apart.ancestry([("pop_0", 2), ("pop_1", 1)], np.zeros(5), 1)


def test_events_of_other_kinds_are_left_to_msprime() -> None:
    model = split()
    model.add_census(10)
    model.sort_events()
    assert Epochs.of(model) is None
    model = msprime.Demography.isolated_model([100])
    model.add_instantaneous_bottleneck(time=5, population=0, strength=3)
    assert Epochs.of(model) is None
