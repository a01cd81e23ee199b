"""Population histories: Demes files, read and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raresim.errors import InputError, nearest
from raresim.mutation import GENOME_MEAN
from raresim.tables import table


@dataclass(frozen=True)
class Demography:
    """A population history.

    graph: a resolved Demes graph in generations. text: the file's bytes. people: names of the demes that people may be
    drawn from. reference: share of the reference haplotypes that each deme gives (metadata ``reference``; else the
    panel's own ancestries by their sizes). mutation_scale: by what the rates of ``raresim.mutation`` are multiplied,
    because a demography must be used with the mutation rate it was fitted with (metadata ``mutation_rate`` over 1.2e-8;
    1 where the file names none).
    """

    graph: Any
    text: bytes
    people: tuple[str, ...]
    reference: dict[str, float]
    mutation_scale: float

    def model(self, size: float = 1.0) -> Any:
        """Return the msprime demography with all population sizes multiplied (three quarters on X)."""
        import msprime

        made = msprime.Demography.from_demes(self.graph)
        for population in made.populations:
            population.initial_size *= size
        for event in made.events:
            if getattr(event, "initial_size", None) is not None:
                event.initial_size *= size
        return made

    def sizes(self, deme: str) -> list[tuple[float, float, float, float]]:
        """Return the epochs of the lineage that leads to ``deme``, youngest first: from, to (generations ago), size at
        both ends; sizes change exponentially. Of several ancestors the largest contributor is followed."""
        out = []
        name: str | None = deme
        top = 0.0
        while name is not None:
            here = self.graph[name]
            for epoch in reversed(here.epochs):
                if epoch.start_time > top:
                    old = epoch.start_size if epoch.start_time < float("inf") else epoch.end_size
                    out.append((max(top, epoch.end_time), epoch.start_time, epoch.end_size, old))
            top = here.start_time
            best = max(range(len(here.ancestors)), key=lambda i: here.proportions[i], default=None)
            name = None if best is None else here.ancestors[best]
        return out


def load(path: Path | None, ancestry: Mapping[str, int]) -> Demography:
    """Return the shipped demography, or that of a Demes file; every mistake is a line of one InputError."""
    import demes

    file = path or table("demography") / "EUR.yaml"
    try:
        text = file.read_bytes()
    except OSError as error:
        raise InputError(f"background.demography: {file}: {error.strerror}; give a Demes YAML file") from None
    try:
        graph = demes.loads(text.decode()).in_generations()
    except Exception as error:  # demes and its YAML reader raise many types, all about the file
        raise InputError(f"background.demography: {file}: not a valid Demes model: {_reason(error, text)}") from None
    meta = graph.metadata
    alive = [deme.name for deme in graph.demes if deme.end_time == 0]
    people = tuple(name for name in meta.get("panel", alive) if name in alive)
    mistakes = [_cannot(name, graph, people, file) for name in ancestry if name not in people]
    if mistakes:
        raise InputError(*mistakes)
    shares = meta.get("reference") or {name: float(count) for name, count in ancestry.items()}
    if unknown := [name for name in shares if name not in alive]:
        raise InputError(f"background.demography: {file}: metadata.reference: no deme {unknown[0]} lives today")
    total = sum(shares.values())
    reference = {str(name): float(share) / total for name, share in shares.items()}
    scale = float(meta.get("mutation_rate", GENOME_MEAN)) / GENOME_MEAN
    if not 0 < scale < 100:
        raise InputError(f"background.demography: {file}: metadata.mutation_rate must be near 1e-8 a generation")
    return Demography(graph, text, people, reference, scale)


def _reason(error: BaseException, text: bytes) -> str:
    """The messages of an error and of its causes in one line; a pulse is named by its destination, not its number."""
    import demes

    parts = []
    cause: BaseException | None = error
    while cause is not None:
        parts.append(" ".join(str(cause).split()))
        cause = cause.__cause__
    line = ": ".join(part for part in parts if part) or type(error).__name__
    if found := re.match(r"pulse\[(\d+)\]", line):
        pulse = demes.loads_asdict(text.decode())["pulses"][int(found[1])]
        line = f"pulse into deme {pulse.get('dest')}{line[found.end() :]}"
    return line


def _cannot(name: str, graph: Any, people: tuple[str, ...], file: Path) -> str:
    key = f"background.ancestry.{name}"
    ends = {deme.name: deme.end_time for deme in graph.demes}
    if ends.get(name, 0) > 0:
        return (
            f"{key}: the deme {name} of {file} ends {ends[name]:g} generations ago and cannot be sampled now; "
            f"let its last epoch end at 0, or choose from {', '.join(people) or 'another file'}"
        )
    if name in ends:
        return f"{key}: the deme {name} of {file.name} has no panel (metadata.panel); known: {', '.join(people)}"
    return f"{key}: there is no such ancestry{nearest(name, people)}"
