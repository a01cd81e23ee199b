"""Drawing a record: states from the network, terms of the states from the scores of the clinical model."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from math import erf, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.clinical import draw as clinical
from raresim.clinical.clinics import ALONE
from raresim.clinical.knowledge import terms
from raresim.network import nodes
from raresim.network.model import Network, load

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease
    from raresim.clinical.draw import Writer
    from raresim.clinical.sampler import Rows
    from raresim.phenotype import Features, Person

TRIES = 4  # fillings of the drawn counts, of which the one with most of the drawn systems is taken: a choice


@dataclass(eq=False)
class Drawer:
    """A network with the writer of the terms; remembers how the network sees each disease."""

    network: Network
    writer: Writer
    seen: dict[tuple[int, bool], tuple[Disease, dict[str, str]]] = field(default_factory=dict)

    def record(self, disease: Disease, person: Person, rng: Generator) -> Features:
        """Draw the record of a person; InputError for a disease without an observed term that the person can have."""
        subject, names = self.writer.subject(disease, person.female)
        key = (id(disease), person.female)
        if key not in self.seen:
            if len(self.seen) >= clinical.KEPT:
                self.seen.clear()
            given = nodes.given(subject.entry, self.writer.sampler.lexicon, self.network.quarters)
            self.seen[key] = (disease, given)
        third = min(int(3 * 0.5 * (1 + erf(person.severity / sqrt(2)))), 2)
        given = {
            **self.seen[key][1],
            "age": nodes.age_state(person.age),
            "severity": nodes.SEVERITIES[third],
        }
        state = self.network.draw(given, rng)
        counts = numbers(state, rng)
        late = names.late(person.age, rng)
        systems = nodes.systems()
        seen, never = (_mask(state, name, systems) for name in ("observed", "excluded"))
        open_ = self.writer.barred(person.female).copy()
        if late.barred:
            open_[0, late.barred] = True
        barred = open_ | _outside(seen, seen | never)
        wanted = np.array([counts[:4].sum(), counts[4:].sum()])
        found = [self.writer.sampler.filled(subject, counts, wanted, barred, *ALONE, rng) for _ in range(TRIES)]
        observed, excluded = found[max(range(TRIES), key=lambda i: (_held(*found[i], seen, never), -i))]
        if not len(observed):  # the systems that the network chose hold no term for the disease: any system
            observed, excluded = self.writer.sampler.filled(subject, counts, wanted, open_, *ALONE, rng)
        return names.features(observed, excluded, late, person.age)


def numbers(state: dict[str, str], rng: Generator) -> NDArray[np.float64]:
    """Return float64[8]: a number of the state of each count, evenly drawn, from the open state on a log scale."""
    out = []
    for name, u in zip(nodes.COUNTS, rng.random(len(nodes.COUNTS)).tolist(), strict=True):
        at = nodes.COUNT_STATES.index(state[name])
        low = nodes.COUNT_FROM[at]
        if at + 1 < len(nodes.COUNT_FROM):
            out.append(low + int(u * (nodes.COUNT_FROM[at + 1] - low)))
        else:
            out.append(int(low * ((nodes.COUNT_END + 1) / low) ** u))
    if sum(out[:4]) == 0:
        out[0] = 1
    return np.array(out, np.float64)


def _mask(state: dict[str, str], wanted: str, systems: nodes.Systems) -> int:
    return sum(bit for name, bit in zip(systems.names, systems.bits, strict=True) if state[name] == wanted)


def _outside(seen: int, assessed: int) -> NDArray[np.bool_]:
    """bool[2, n]: terms of none of the observed systems, and of none of the assessed ones."""
    branch = terms().branch
    return np.stack([(branch & np.uint32(mask)) == 0 for mask in (seen, assessed)])


def _held(observed: Rows, excluded: Rows, seen: int, never: int) -> int:
    """Of how many systems a record says what the network says."""
    branch = terms().branch
    found, denied = (int(np.bitwise_or.reduce(branch[rows])) if len(rows) else 0 for rows in (observed, excluded))
    return (found & seen).bit_count() + (denied & ~found & never).bit_count()


@lru_cache(maxsize=4)
def drawer(model: str | Path) -> Drawer:
    """Return the drawer of the shipped network ("published") or of a model folder."""
    path = None if model == "published" else Path(model)
    return Drawer(load(path), clinical.writer(model))
