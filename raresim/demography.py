"""Population histories: Demes files and stdpopsim models, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from raresim.errors import InputError, nearest
from raresim.mutation import GENOME_MEAN
from raresim.tables import table

ADMIXED = (
    100.0  # generations: admixture that is younger leaves tracts of 1 cM and more (100 / T; the limit is a choice)
)
# Independent blocks of 4 cM: what a block parts is correlated by less than 1 / (1 + 4 N c) = .0006 (Sved 1971,
# doi:10.1016/0040-5809(71)90011-6; N = 10,000). Tracts of admixed people, 100 / T cM, are cut at the ends of a block:
# of tracts of 8 cM in blocks of 20 cM two of five are.
BLOCK, LONG_BLOCK = 4.0, 20.0
LARGEST = 1e9  # people of a deme at any time: a choice, about a tenth of mankind; larger ones never end
JOINT = "joint.yaml"  # the shipped demography of people of several ancestries


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

    def admixture(self, deme: str) -> tuple[float, dict[str, float]]:
        """Return when a deme arose by recent admixture (generations ago, up to ``ADMIXED``) and the share of each
        source; (0, {}) for a deme that did not."""
        here = self.graph[deme]
        if len(here.ancestors) < 2 or here.start_time > ADMIXED:
            return 0.0, {}
        return float(here.start_time), dict(zip(here.ancestors, map(float, here.proportions), strict=True))

    def digest(self, deme: str) -> str:
        """Return a digest of the sizes of a deme and of the sources of its recent admixture."""
        import hashlib

        when, sources = self.admixture(deme)
        parts = (self.sizes(deme), when, sorted(sources.items()), [self.sizes(name) for name in sorted(sources)])
        return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()

    def block_cm(self, ancestry: Iterable[str]) -> float:
        """Return the length of the independent blocks that people of these demes should be simulated in."""
        return LONG_BLOCK if any(self.admixture(name)[1] for name in ancestry) else BLOCK


def load(path: Path | None, ancestry: Mapping[str, int], stdpopsim: str | None = None) -> Demography:
    """Return a demography: of a Demes file, of a stdpopsim model of humans by its id, or the shipped one.

    Shipped are one file for each ancestry and, for people of several ancestries, one that joins them. Every mistake is
    a line of one InputError.
    """
    import demes

    if stdpopsim is not None:
        if path is not None:
            raise InputError("background.stdpopsim: a demography is given as well; keep one of the two")
        return _checked(*_catalogued(stdpopsim), ancestry, f"the model {stdpopsim}")
    file = path or _shipped(ancestry)
    try:
        text = file.read_bytes()
    except OSError as error:
        raise InputError(f"background.demography: {file}: {error.strerror}; give a Demes YAML file") from None
    if not text.strip():
        raise InputError(f"background.demography: {file}: the file is empty; give a Demes YAML file")
    try:
        graph = demes.loads(text.decode()).in_generations()
    except Exception as error:  # demes and its YAML reader raise many types, all about the file
        raise InputError(f"background.demography: {file}: not a valid Demes model: {_reason(error, text)}") from None
    found = _checked(graph, text, graph.metadata, ancestry, str(file))
    if path is not None and (apart := _apart(graph, list(ancestry))):
        raise InputError(
            f"background.demography: {file}: going back in time, {' and '.join(apart)} never meet; give these demes a "
            "common ancestor, or migration"
        )
    return found


def _apart(graph: Any, names: Sequence[str]) -> list[str]:
    """Return demes, two or more, of which none is reached from another as time goes back, and in each of which lineages
    of these demes can be in the end; none where all lineages meet."""
    import msprime

    model = msprime.Demography.from_demes(graph)
    debug = model.debug()
    places = list(debug.possible_lineage_locations([model[name].id for name in names]).values())[-1]
    reached = np.linalg.matrix_power((debug.epochs[-1].migration_matrix > 0) + np.eye(len(places)), len(places)) > 0
    ends: dict[bytes, str] = {}
    for deme in np.flatnonzero(reached[places].any(axis=0)).tolist():
        if reached[reached[deme], deme].all():  # whoever leaves can come back: a place to stay
            ends.setdefault(reached[deme].tobytes(), model.populations[deme].name)
    return list(ends.values()) if len(ends) > 1 else []


def _shipped(ancestry: Mapping[str, int]) -> Path:
    """The file of a single ancestry, or the one that joins all."""
    folder = table("demography")
    name = next(iter(ancestry), "") if len(ancestry) == 1 else ""
    own = folder / f"{name}.yaml"
    return own if name.isalnum() and own.is_file() else folder / JOINT


def _catalogued(name: str) -> tuple[Any, bytes, dict[str, Any]]:
    """The Demes graph of a stdpopsim model of humans, its text, and its own mutation rate as metadata."""
    import demes

    try:
        import stdpopsim  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise InputError("background.stdpopsim: the package is missing; pip install 'raresim-dx[stdpopsim]'") from None
    species = stdpopsim.get_species("HomSap")
    known = [model.id for model in species.demographic_models]
    if name not in known:
        raise InputError(f"background.stdpopsim: there is no such model{nearest(name, known)}")
    found = species.get_demographic_model(name)
    graph = found.model.to_demes()
    rate = found.mutation_rate or species.genome.mean_mutation_rate
    return graph, demes.dumps(graph).encode(), {"mutation_rate": rate}


def cited(name: str) -> dict[str, Any]:
    """Return what a manifest says of a stdpopsim model of humans: its id, what it is, release, citations."""
    import stdpopsim  # type: ignore[import-not-found,unused-ignore]

    found = stdpopsim.get_species("HomSap").get_demographic_model(name)
    return {
        "model": name,
        "description": found.description,
        "release": f"stdpopsim {stdpopsim.__version__}",
        "sources": [f"{by.author} {by.year}, {by.doi}" for by in found.citations],
    }


def _checked(graph: Any, text: bytes, meta: Mapping[str, Any], ancestry: Mapping[str, int], source: str) -> Demography:
    """A graph with what its metadata say, if people of these ancestries can be drawn from it."""
    alive = [deme.name for deme in graph.demes if deme.end_time == 0]
    people = tuple(name for name in meta.get("panel", alive) if name in alive)
    mistakes = [_cannot(name, graph, people, source) for name in ancestry if name not in people]
    for deme in graph.demes:
        size = max(max(epoch.start_size, epoch.end_size) for epoch in deme.epochs)
        if size > LARGEST:
            mistakes.append(
                f"background.demography: {source}: the deme {deme.name} has {size:g} people, more than {LARGEST:g}; "
                "sizes are effective ones, of ten thousands for humans"
            )
        mistakes += [f"background.demography: {source}: the deme {deme.name} {what}" for what in _unknown(deme)]
    if mistakes:
        raise InputError(*mistakes)
    shares = meta.get("reference") or {name: float(count) for name, count in ancestry.items()}
    if unknown := [name for name in shares if name not in alive]:
        raise InputError(f"background.demography: {source}: metadata.reference: no deme {unknown[0]} lives today")
    total = sum(shares.values())
    reference = {str(name): float(share) / total for name, share in shares.items()}
    scale = float(meta.get("mutation_rate", GENOME_MEAN)) / GENOME_MEAN
    if not 0 < scale < 100:
        raise InputError(f"background.demography: {source}: metadata.mutation_rate must be near 1e-8 a generation")
    return Demography(graph, text, people, reference, scale)


def _unknown(deme: Any) -> list[str]:
    """What genealogies cannot be drawn with: each once for a deme."""
    found = []
    for epoch in deme.epochs:
        found += [
            f"has a {key} of {getattr(epoch, key):g}; people mate at random here, leave it out"
            for key in ("selfing_rate", "cloning_rate")
            if getattr(epoch, key)
        ]
        if epoch.size_function not in ("constant", "exponential"):
            found.append(f"has the size_function {epoch.size_function}; sizes are constant or exponential here")
    return list(dict.fromkeys(found))


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


def _cannot(name: str, graph: Any, people: tuple[str, ...], source: str) -> str:
    key = f"background.ancestry.{name}"
    ends = {deme.name: deme.end_time for deme in graph.demes}
    if ends.get(name, 0) > 0:
        return (
            f"{key}: the deme {name} of {source} ends {ends[name]:g} generations ago and cannot be sampled now; "
            f"let its last epoch end at 0, or choose from {', '.join(people) or 'another file'}"
        )
    if name in ends:
        return (
            f"{key}: the deme {name} of {Path(source).name} has no panel (metadata.panel); known: {', '.join(people)}"
        )
    return f"{key}: there is no such ancestry{nearest(name, people)}"
