"""The nodes of the network and how a record is read as their states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.clinical import entry as entries
from raresim.clinical.entry import Entry
from raresim.clinical.knowledge import terms

if TYPE_CHECKING:
    from raresim.clinical.features import Lexicon

RELATIONS = ("exact", "ancestor", "descendant", "unrelated")
COUNTS = tuple(f"{seen} {relation}" for seen in ("observed", "excluded") for relation in RELATIONS)
COUNT_FROM = (0, 1, 2, 3, 5, 8, 13, 21)  # least number of a state; the last one ends at COUNT_END: choices
COUNT_END = 45
COUNT_STATES = ("0", "1", "2", "3-4", "5-7", "8-12", "13-20", "21+")
AGES = {  # from this age in years; classes of HPO's onset terms, those of the first year as one
    "infant": 0.0,
    "child": 1.0,
    "juvenile": 5.0,
    "young adult": 16.0,
    "middle age": 40.0,
    "late": 60.0,
}
UNSTATED = "unstated"  # age of a report that gives none; never drawn
SEVERITIES = ("mild", "typical", "severe")  # thirds of the patients of a disease
SYSTEM_STATES = ("not assessed", "excluded", "observed")
SHARES = ("none", "some", "main")  # of an entry's terms in a system; main: a fifth or more, a choice
MAIN = 0.2
DESCRIBED = ("terms", "largest n", "counted", "information", "use observed")  # of raresim.clinical.entry.DESCRIPTORS
QUARTERS = ("lowest", "low", "high", "highest")


@dataclass(frozen=True)
class Systems:
    """The organ systems, children of Phenotypic abnormality: names of nodes, bits as in ``Terms.branch``."""

    names: tuple[str, ...]
    bits: tuple[int, ...]


@lru_cache(maxsize=1)
def systems() -> Systems:
    """Return the organ systems of the installed ontology in order of id, named by id and label."""
    hpo = ontology.load()
    rows = np.flatnonzero(hpo.depth == 1).tolist()
    bits = terms().branch[rows].tolist()
    return Systems(tuple(f"{hpo.ids[row]} {hpo.labels[row]}" for row in rows), tuple(bits))


def given(entry: Entry, lexicon: Lexicon, quarters: NDArray[np.float64]) -> dict[str, str]:
    """Return the states of the nodes that describe an entry; quarters float64[descriptions, 3]: the cuts between
    quarters."""
    numbers = described(entry, lexicon)
    out = {
        f"entry: {name}": QUARTERS[int((x > cuts).sum())]
        for name, x, cuts in zip(DESCRIBED, numbers, quarters, strict=True)
    }
    branch = terms().branch[entry.rows]
    for name, bit in zip(systems().names, systems().bits, strict=True):
        share = float(((branch & np.uint32(bit)) != 0).mean())
        out[f"entry: {name}"] = SHARES[0 if share == 0 else 2 if share >= MAIN else 1]
    return out


def described(entry: Entry, lexicon: Lexicon) -> NDArray[np.float64]:
    """Return float64[descriptions], the numbers that are cut into quarters."""
    numbers = entries.describe(entry, lexicon)
    return numbers[[entries.DESCRIPTORS.index(name) for name in DESCRIBED]]


def age_state(age: float | None) -> str:
    """Return the age group of an age in years."""
    if age is None:
        return UNSTATED
    return [name for name, start in AGES.items() if age >= start][-1]


def count_states(profile: Sequence[int] | NDArray[np.integer]) -> dict[str, str]:
    """Return the states of the eight counts."""
    at = np.searchsorted(COUNT_FROM, np.asarray(profile), "right") - 1
    return {name: COUNT_STATES[i] for name, i in zip(COUNTS, at.tolist(), strict=True)}


def system_states(observed: NDArray[np.int32], excluded: NDArray[np.int32]) -> dict[str, str]:
    """Return what a record says of each organ system."""
    branch = terms().branch
    seen, never = (int(np.bitwise_or.reduce(branch[rows])) if len(rows) else 0 for rows in (observed, excluded))
    return {
        name: SYSTEM_STATES[2 if seen & bit else 1 if never & bit else 0]
        for name, bit in zip(systems().names, systems().bits, strict=True)
    }
