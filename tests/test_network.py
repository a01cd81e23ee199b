"""The Bayesian network: its file, its draws against its tables, what a record takes from it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raresim import catalog, ontology
from raresim.clinical.knowledge import terms
from raresim.errors import InputError
from raresim.network import load, nodes
from raresim.network.model import Network, Node, parsed
from raresim.phenotype import BayesianNetwork, Person
from raresim.streams import stream
from tests.command import raresim

SMALL = Network(
    (
        Node("age", ("young", "old"), (), None),
        Node("a", ("0", "1"), ("age",), np.array([[0.3, 0.7], [0.9, 0.1]])),
        Node(
            "b",
            ("x", "y", "z"),
            ("age", "a"),
            np.array([[[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]], [[1, 0, 0], [0, 0.5, 0.5]]]),
        ),
    ),
    np.zeros((0, 3)),
)


def counted(network: Network, draws: int = 20_000) -> dict[tuple[str, str], int]:
    rng, out = stream(1, "network"), {}
    for _ in range(draws):
        state = network.draw({"age": "young"}, rng)
        out[state["a"], state["b"]] = out.get((state["a"], state["b"]), 0) + 1
    return out


def far(count: dict[tuple[str, str], int]) -> float:
    """The largest distance of a count from its expectation, in standard deviations."""
    n = sum(count.values())
    wanted = {
        ("0", "x"): 0.06,
        ("0", "y"): 0.15,
        ("0", "z"): 0.09,
        ("1", "x"): 0.42,
        ("1", "y"): 0.07,
        ("1", "z"): 0.21,
    }
    return max(abs(count.get(k, 0) - n * p) / (n * p * (1 - p)) ** 0.5 for k, p in wanted.items())


def test_draws_follow_the_tables_and_five_percent_is_seen() -> None:
    assert far(counted(SMALL)) < 3.5  # six counts: P(any beyond 3.5 SD) = 0.003
    a = SMALL.nodes[1]
    wrong = Network(
        (SMALL.nodes[0], Node("a", a.states, a.parents, np.array([[0.335, 0.665], [0.9, 0.1]])), SMALL.nodes[2]),
        SMALL.quarters,
    )
    assert far(counted(wrong)) > 5


def test_the_shipped_network_comes_back_from_its_text() -> None:
    network = load()
    again = parsed(tomllib.loads(network.to_toml()), "text")
    assert [n.name for n in again.nodes] == [n.name for n in network.nodes]
    for old, new in zip(network.nodes, again.nodes, strict=True):
        assert old.parents == new.parents
        if old.table is not None:
            assert new.table is not None
            np.testing.assert_allclose(new.table, old.table, atol=2e-4)
    assert {"source", "licence"} <= set(network.notes)


def changed(change: Any) -> dict[str, Any]:
    data = tomllib.loads(load().to_toml())
    change(data, {node["name"]: node for node in data["node"]})
    return data


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d, n: d.update(version=99), "version"),
        (lambda d, n: d.update(kind="clinical"), "kind 'clinical'"),
        (lambda d, n: d["node"].remove(n["severity"]), "severity"),
        (lambda d, n: n["observed exact"].update(parents=["nobody"]), "nobody"),
        (lambda d, n: n["observed exact"].update(rows=[[1, 2]]), "rows of 8 numbers"),
        (lambda d, n: n["observed exact"]["rows"].__setitem__(0, [0] * 8), "not all 0"),
        (lambda d, n: n["observed exact"]["rows"].__setitem__(0, [-1, *[1] * 7]), "0 or more"),
        (lambda d, n: n["observed exact"].update(states=["few", "many"]), "rows of 2"),
        (lambda d, n: d["node"].append(dict(n["severity"])), "twice"),
        (lambda d, n: d.pop("quarters"), "quarters"),
    ],
)
def test_a_damaged_network_is_named(change: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parsed(changed(change), "network.toml")


def test_what_is_no_network_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "network.toml").write_text("node = [")
    with pytest.raises(InputError, match="no TOML"):
        load(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path / "absent.toml")


def test_records_have_systems_and_counts_of_the_network() -> None:
    """Of nobody's age or severity is more told than the network allows: severe patients have more terms."""
    disease = catalog.load().find("OMIM:154700")
    kind, counts = BayesianNetwork(), {}
    for severity in (-1.5, 1.5):
        rng = stream(2, "severity")
        rows = [kind.draw(disease, Person(True, 20.0, 5.0, severity=severity), rng).rows for _ in range(300)]
        counts[severity] = np.mean([sum(not f.excluded for f in r) for r in rows])
    assert counts[1.5] > 1.3 * counts[-1.5]


def test_an_edited_network_changes_the_records(tmp_path: Path) -> None:
    """All cases of a network that knows eyes alone have findings of the eye alone."""
    eye = "HP:0000478"

    def only_eyes(data: dict[str, Any], named: dict[str, Any]) -> None:
        for name in nodes.systems().names:
            row = [0, 0, 1] if name.startswith(eye) else [1, 0, 0]
            named[name]["rows"] = [row] * len(named[name]["rows"])

    from raresim.network.draw import Drawer, drawer

    shipped = drawer("published")
    mine = Drawer(parsed(changed(only_eyes), "edited"), shipped.writer)
    known, hpo = terms(), ontology.load()
    bit = int(known.branch[hpo.rows[eye]])
    disease = catalog.load().find("OMIM:154700")
    for i in range(100):
        rows = mine.record(disease, Person(True, 20.0, 5.0), stream(3, i)).rows
        assert all(int(known.branch[hpo.rows[f.term]]) & bit for f in rows)


def test_show_draws_it(tmp_path: Path) -> None:
    text = raresim("show", "bayesian_network", cwd=tmp_path).stdout
    assert "observed exact" in text
    assert "severity" in text
    dot = raresim("show", "bayesian_network", "--dot", cwd=tmp_path).stdout
    assert dot.startswith("digraph")
    assert dot.count("->") == sum(len(n.parents) for n in load().nodes)


def test_show_says_that_only_networks_are_drawn(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.toml").write_text("")
    for name, where in (("mine", "mine/card.md"), ("neural", "docs/phenotypes.md"), ("hybrid", "docs/phenotypes.md")):
        done = raresim("show", name, cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith(f"raresim: DIR {name}: of ")
        assert where in done.stderr
    assert "CASE: is missing" in raresim("show", "gone", cwd=tmp_path).stderr
