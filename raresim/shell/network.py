"""``raresim show`` of a Bayesian network: which node depends on which."""

from __future__ import annotations

from pathlib import Path

from raresim.errors import InputError
from raresim.network import Network, load
from raresim.network.model import FILE

SHIPPED = "bayesian_network"


def network(name: Path) -> Network | None:
    """Return the network called so: the shipped one, or that of a model folder or TOML file; else None."""
    if str(name) == SHIPPED:
        return load()
    return load(name) if name.suffix == ".toml" or (name / FILE).exists() else None


def refuse(name: Path) -> None:
    """Raise InputError for the folder of a fitted model, or a kind of phenotype, that is no network."""
    from raresim import kinds

    if (name / "model.toml").exists():
        raise InputError(f"DIR {name}: of models only networks are drawn; {name / 'card.md'} says what this one is")
    if str(name) in kinds.names("phenotype") and not name.exists():
        raise InputError(f"DIR {name}: of kinds only bayesian_network is drawn; docs/phenotypes.md says what {name} is")


def lines(made: Network) -> list[str]:
    """Return a line a node: its name, states, and the nodes it depends on."""
    drawn = [node for node in made.nodes if node.table is not None]
    width = max(len(node.name) for node in drawn)
    out = [f"{len(drawn)} nodes are drawn in this order, each given those to the right of the arrow:"]
    out += [f"  {node.name:<{width}}  <- {', '.join(node.parents) or 'nothing'}" for node in drawn]
    given = sorted({p for node in drawn for p in node.parents} - {node.name for node in drawn})
    out.append(f"given by the disease's entry and the person: {', '.join(given)}")
    return [*out, "tables: network.toml of a model folder or of the package's data; --dot: for Graphviz"]
