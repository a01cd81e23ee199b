"""What is recorded of an affected person?

A kind gives one method::

    def draw(self, disease: Disease, person: Person, rng: Generator) -> Features
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease


@dataclass(frozen=True, slots=True)
class Person:
    """The person examined: sex, age at examination in years, age at onset of the disease in years.

    severity: latent, standard normal, correlated among relatives; 0 is the mean. study and family are keys of
    :func:`raresim.streams.stream`: what all patients of a study share (the donor of a disease, the terms of a
    clinic) is drawn from ``stream(study, ...)``, what the members of a family share from ``stream(family, ...)``.
    """

    female: bool
    age: float
    onset: float
    severity: float = 0.0
    study: int = 0
    family: int = 0


@dataclass(frozen=True, slots=True, init=False)
class Feature:
    """One finding: HPO id ("HP:0001250"), present or excluded, onset in years (None where it has none).

    What only the truth knows: source says which draw it came from ("annotated", "prior", "excluded_annotation", ...),
    annotation is the annotated term that gave rise to it, change what happened to it after the draw ("" or a word of
    :mod:`raresim.timing`, :mod:`raresim.relatives` or the noise), dated whether the onset is written in the record.
    modifiers are HPO ids of clinical modifiers (severity, side, course).
    """

    term: str
    excluded: bool
    onset: float | None
    source: str
    annotation: str
    change: str = ""
    dated: bool = False
    modifiers: tuple[str, ...] = ()

    def __init__(
        self,
        term: str,
        excluded: bool,
        onset: float | None,
        source: str,
        annotation: str,
        change: str = "",
        dated: bool = False,
        modifiers: tuple[str, ...] = (),
    ) -> None:
        _set_term(self, term)
        _set_excluded(self, excluded)
        _set_onset(self, onset)
        _set_source(self, source)
        _set_annotation(self, annotation)
        _set_change(self, change)
        _set_dated(self, dated)
        _set_modifiers(self, modifiers)


# Half the time of the method that a frozen dataclass writes itself, which was a third of what finishing a record takes.
_SETTERS: list[Callable[[Feature, Any], None]] = [getattr(Feature, name).__set__ for name in Feature.__slots__]
_set_term, _set_excluded, _set_onset, _set_source, _set_annotation, _set_change, _set_dated, _set_modifiers = _SETTERS


@dataclass(frozen=True, slots=True)
class Features:
    """The record of one person, sorted by (excluded, term)."""

    rows: tuple[Feature, ...]

    @property
    def observed(self) -> tuple[Feature, ...]:
        """The findings that are present."""
        return tuple(feature for feature in self.rows if not feature.excluded)


def as_seen(features: Features) -> Features:
    """Return what a record shows: onsets where they are dated, nothing of where a finding came from."""
    return Features(
        tuple(
            Feature(f.term, f.excluded, f.onset if f.dated else None, "", "", "", f.dated, f.modifiers)
            for f in features.rows
        )
    )


class PhenotypeKind(Protocol):
    """The contract of the family.

    ``assesses: ClassVar[bool] = False`` says of a kind that it does not tell what was looked for and not found from
    what was not looked for; without it, excluded terms are taken for the assessed ones that are absent.
    """

    def draw(self, disease: Disease, person: Person, rng: Generator) -> Features:
        """Draw the phenotypic record of an affected person."""
        ...


def __getattr__(name: str) -> Any:
    from raresim.kinds import exported

    return exported("phenotype", name)
