"""The network as a value: nodes, parents and tables; read from and written to TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim.errors import InputError
from raresim.tables import table
from raresim.textfile import toml

if TYPE_CHECKING:
    from numpy.random import Generator

VERSION = 1
FILE = "network.toml"


@dataclass(frozen=True, eq=False)
class Node:
    """A node with its states, its parents, and its table float64[states of parent 1, ..., own states]: the probability
    of its state given those of its parents. A node that is always given has no table."""

    name: str
    states: tuple[str, ...]
    parents: tuple[str, ...]
    table: NDArray[np.float64] | None

    @cached_property
    def cumulative(self) -> NDArray[np.float64]:
        """The table, summed up over the node's states."""
        assert self.table is not None
        return np.cumsum(self.table, axis=-1)


@dataclass(frozen=True, eq=False)
class Network:
    """Nodes in an order in which parents come first. quarters float64[descriptions, 3]: cuts of the numbers that
    describe an entry (``nodes.DESCRIBED``). notes: source, licence and sizes."""

    nodes: tuple[Node, ...]
    quarters: NDArray[np.float64]
    notes: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def drawn(self) -> tuple[tuple[Node, tuple[int, ...]], ...]:
        """The nodes that are drawn, each with the places of its parents."""
        place = {node.name: i for i, node in enumerate(self.nodes)}
        return tuple((n, tuple(place[p] for p in n.parents)) for n in self.nodes if n.table is not None)

    def draw(self, given: Mapping[str, str], rng: Generator) -> dict[str, str]:
        """Return the states of all nodes, drawn from top to bottom; ``given`` has those without a table."""
        state = [0] * len(self.nodes)
        for i, node in enumerate(self.nodes):
            if node.table is None:
                state[i] = node.states.index(given[node.name])
        place = {node.name: i for i, node in enumerate(self.nodes)}
        for (node, parents), u in zip(self.drawn, rng.random(len(self.drawn)).tolist(), strict=True):
            row = node.cumulative[tuple(state[p] for p in parents)]
            state[place[node.name]] = min(int(np.searchsorted(row, u * row[-1], "right")), len(row) - 1)
        return {node.name: node.states[at] for node, at in zip(self.nodes, state, strict=True)}

    def to_toml(self) -> str:
        """Return the network as TOML: a table a node, a row for each combination of its parents' states."""
        lines = [
            "# One Bayesian network for the records of all diseases. Edit it freely: a row holds the probabilities of",
            "# the node's states, in order, given the states of its parents (the last parent changes fastest), and is",
            "# scaled to a sum of 1. Nodes without rows are given: they describe the disease's entry and the person.",
            'kind = "bayesian_network"',
            f"version = {VERSION}",
            f"quarters = {json.dumps(np.round(self.quarters, 6).tolist())}",
            "",
            "[notes]",
            *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in sorted(self.notes.items())),
        ]
        for node in self.nodes:
            lines += ["", "[[node]]", f"name = {json.dumps(node.name)}", f"states = {json.dumps(list(node.states))}"]
            if node.table is not None:
                lines.append(f"parents = {json.dumps(list(node.parents))}")
                lines.append("rows = [")
                rows = node.table.reshape(-1, len(node.states))
                lines += ["  [" + ", ".join(f"{x:.4g}" for x in row) + "]," for row in rows.tolist()]
                lines.append("]")
        return "\n".join(lines) + "\n"

    def dot(self) -> str:
        """Return the arrows between nodes in Graphviz' language; nodes that are given and lead nowhere are left out."""
        used = {p for node in self.nodes for p in node.parents}
        lines = ["digraph records {", "  rankdir = LR;"]
        for node in self.nodes:
            if node.table is not None:
                lines.append(f"  {json.dumps(node.name)} [shape = box];")
            elif node.name in used:
                lines.append(f"  {json.dumps(node.name)};")
        lines += [f"  {json.dumps(p)} -> {json.dumps(node.name)};" for node in self.nodes for p in node.parents]
        return "\n".join([*lines, "}"]) + "\n"


@lru_cache(maxsize=4)
def load(path: Path | None = None) -> Network:
    """Return the shipped network, or that of a model folder or TOML file; InputError, by node, for what is wrong."""
    file = table(FILE) if path is None else path / FILE if path.is_dir() else path
    try:
        data = toml(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no text in UTF-8"
        raise InputError(f"{file}: cannot be read ({why}); give a folder written by raresim fit") from None
    except ValueError as error:
        raise InputError(f"{file}: no TOML: {error}") from None
    return parsed(data, str(file))


def parsed(data: Mapping[str, Any], where: str) -> Network:
    """Return the network of plain values."""
    if data.get("kind") != "bayesian_network" or data.get("version") != VERSION:
        raise InputError(
            f"{where}: not a Bayesian network of version {VERSION} "
            f"(kind {data.get('kind')!r}, version {data.get('version')!r}); fit it again"
        )
    found: dict[str, Node] = {}
    for number, entry in enumerate(data.get("node", []), 1):
        node = _node(entry, found, f"{where}: node {number}")
        found[node.name] = node
    try:
        quarters = np.array(data["quarters"], np.float64)
    except (KeyError, TypeError, ValueError):
        quarters = np.zeros(0)
    network = Network(tuple(found.values()), quarters, data.get("notes", {}))
    _complete(network, where)
    return network


def _node(entry: Any, known: Mapping[str, Node], where: str) -> Node:
    try:
        name, states = str(entry["name"]), tuple(str(s) for s in entry["states"])
        parents = tuple(str(p) for p in entry.get("parents", ()))
        rows = entry.get("rows")
    except (TypeError, KeyError, AttributeError):
        raise InputError(f"{where}: needs name and states") from None
    where = f"{where} ({name})"
    if name in known:
        raise InputError(f"{where}: is there twice")
    if rows is None:
        return Node(name, states, (), None)
    for parent in parents:
        if parent not in known:
            raise InputError(f"{where}: its parent {parent!r} does not come before it")
    shape: Sequence[int] = [*(len(known[p].states) for p in parents), len(states)]
    try:
        made = np.array(rows, np.float64).reshape(shape)
    except (TypeError, ValueError):
        raise InputError(f"{where}: needs {int(np.prod(shape[:-1]))} rows of {shape[-1]} numbers") from None
    if not np.isfinite(made).all() or (made < 0).any() or (made.sum(axis=-1) <= 0).any():
        raise InputError(f"{where}: a row needs numbers of 0 or more, not all 0")
    return Node(name, states, parents, made / made.sum(axis=-1, keepdims=True))


def _complete(network: Network, where: str) -> None:
    from raresim.network import nodes

    states = {node.name: node.states for node in network.nodes}
    wanted = {
        **{f"entry: {name}": nodes.QUARTERS for name in nodes.DESCRIBED},
        **{f"entry: {name}": nodes.SHARES for name in nodes.systems().names},
        "age": (*nodes.AGES, nodes.UNSTATED),
        "severity": nodes.SEVERITIES,
        **dict.fromkeys(nodes.COUNTS, nodes.COUNT_STATES),
        **dict.fromkeys(nodes.systems().names, nodes.SYSTEM_STATES),
    }
    if network.quarters.shape != (len(nodes.DESCRIBED), 3):
        raise InputError(f"{where}: quarters: needs {len(nodes.DESCRIBED)} rows of three cuts")
    for name, known in wanted.items():
        if states.get(name) != known:
            raise InputError(f"{where}: node {name!r} is missing or has not the states {', '.join(known)}")
    if extra := sorted(set(states) - set(wanted)):
        raise InputError(f"{where}: node {extra[0]!r} means nothing here")
