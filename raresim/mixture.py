"""A family in a spec: one kind, or several with weights, one of them drawn for each case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from raresim import kinds
from raresim.errors import InputError

if TYPE_CHECKING:
    from numpy.random import Generator

DEFAULTS = {
    "background": "coalescent",
    "disease": "catalog",
    "pedigree": "trio",
    "variant": "consequence",
    "phenotype": "clinical",
    "sequencing": "exome",
}
LEAST, MOST = 1e-9, 1e9  # of a weight: a choice; sums of such numbers neither overflow nor vanish


@dataclass(frozen=True)
class Weighted:
    """A kind of a mixture and its weight (from ``LEAST`` to ``MOST``; shares are weights over their sum)."""

    kind: Any
    weight: float = 1.0


@dataclass(frozen=True)
class Mixture:
    """Kinds of one family with weights; a single kind is a mixture of one."""

    parts: tuple[Weighted, ...]

    @property
    def kinds(self) -> tuple[Any, ...]:
        """The kinds in the order of the spec."""
        return tuple(part.kind for part in self.parts)

    def of(self, fits: Callable[[Any], bool]) -> Mixture:
        """Return the mixture of those kinds that fit, with their weights."""
        return Mixture(tuple(part for part in self.parts if fits(part.kind)))

    def pick(self, rng: Generator) -> Any:
        """Draw a kind by weight; a mixture of one draws nothing."""
        if len(self.parts) == 1:
            return self.parts[0].kind
        left = rng.random() * sum(part.weight for part in self.parts)
        for part in self.parts[:-1]:
            left -= part.weight
            if left < 0:
                return part.kind
        return self.parts[-1].kind


def mixture(family: str, given: Any) -> Mixture:
    """Return what the spec says of a family (a name, a table, a kind, or a list of these) as a mixture."""
    if isinstance(given, Mixture):
        given = given.parts
    if not isinstance(given, list | tuple):
        return Mixture((Weighted(one(family, given)),))
    if not given:
        raise InputError(f"{family}: the list is empty; name at least one {family}")
    return Mixture(tuple(_each(family, given, _weighted)))


def several(family: str, key: str, given: Any) -> tuple[Any, ...]:
    """Return a list of kinds of a family that are all used; ``key`` is its name in the study file."""
    entries = given if isinstance(given, list | tuple) else [given]
    if not entries:
        raise InputError(f"{key}: the list is empty; name at least one {family}")
    made = tuple(_each(family, entries, one, key))
    for i, value in enumerate(made):
        if type(value) in [type(other) for other in made[:i]]:
            raise InputError(f"{key}[{i + 1}]: '{kinds.name_of(value)}' is named twice; name each {family} once")
    return made


def one(family: str, given: Any, where: str | None = None) -> Any:
    """Return one kind from its name, its table, or itself; every mistake raises InputError and names its key."""
    where = where or family
    if isinstance(given, str):
        return kinds.make(family, given, {}, where)
    if isinstance(given, dict):
        name = given.get("kind", DEFAULTS.get(family))
        if name is None:
            raise InputError(f"{where}.kind: is missing; known: {', '.join(kinds.names(family))}")
        if not isinstance(name, str):
            raise InputError(f"{where}.kind: should be the name of a kind, not {name!r}")
        return kinds.make(family, name, {k: v for k, v in given.items() if k != "kind"}, where)
    if isinstance(given, type):
        raise InputError(f"{where}: {given.__name__} is a class; write {given.__name__}()")
    if "__raresim_kind__" not in vars(type(given)):
        known = ", ".join(kinds.names(family))
        raise InputError(f"{where}: should be the name of a kind or a table with its settings, not {given!r}; {known}")
    other = kinds.family_of(given)
    lacking = [] if other == family else [m for m in kinds.contract(family) if not hasattr(given, m)]
    if other not in ("", family) or lacking:
        raise InputError(f"{where}: {type(given).__name__} is no {family}" + (f" but a {other}" if other else ""))
    return given


def _weighted(family: str, given: Any, where: str) -> Weighted:
    lines: list[str] = []
    weight: Any = 1.0
    if isinstance(given, Weighted):
        given, weight = given.kind, given.weight
    elif isinstance(given, dict) and "weight" in given:
        weight = given["weight"]
        given = {k: v for k, v in given.items() if k != "weight"}
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not LEAST <= weight <= MOST:
        lines.append(f"{where}.weight: should be a number from 1e-9 to 1e9, not {weight!r}")
    try:
        kind = one(family, given, where)
    except InputError as error:
        raise InputError(*lines, *error.lines) from None
    if lines:
        raise InputError(*lines)
    return Weighted(kind, float(weight))


def _each(family: str, entries: Sequence[Any], read: Any, key: str | None = None) -> list[Any]:
    """Read every entry of a list; a place in it is called by the name of its kind (``pedigree.trio``)."""
    out: list[Any] = []
    lines: list[str] = []
    for number, entry in enumerate(entries, 1):
        inner = entry.kind if isinstance(entry, Weighted) else entry
        name = inner.get("kind") if isinstance(inner, dict) else inner
        known = isinstance(name, str) and name in kinds.names(family)
        try:
            out.append(read(family, entry, f"{key or family}.{name}" if known else f"{key or family}[{number}]"))
        except InputError as error:
            lines += error.lines
    if lines:
        raise InputError(*lines)
    return out
