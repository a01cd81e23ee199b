"""What is recorded of an affected person?

A kind gives one method::

    def draw(self, disease: Disease, person: Person, rng: Generator) -> Features
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease


@dataclass(frozen=True, slots=True)
class Person:
    """The person examined: sex, age at examination in years, age at onset of the disease in years.

    severity: latent, standard normal, correlated among relatives; 0 is the mean. study and family are keys of
    :func:`raresim.streams.stream`: what all patients of a study share (the donor of a disease, a clinic's panel of
    terms) is drawn from ``stream(study, ...)``, what the members of a family share from ``stream(family, ...)``.
    """

    female: bool
    age: float
    onset: float
    severity: float = 0.0
    study: int = 0
    family: int = 0


@dataclass(frozen=True, slots=True)
class Feature:
    """One recorded finding: HPO id ("HP:0001250"), present or excluded, onset in years (None where not recorded).

    source says which draw it came from ("annotated", "prior", "excluded_annotation", ...): truth, never observed.
    annotation is the annotated term that gave rise to it.
    """

    term: str
    excluded: bool
    onset: float | None
    source: str
    annotation: str


@dataclass(frozen=True, slots=True)
class Features:
    """The record of one person, sorted by (excluded, term)."""

    rows: tuple[Feature, ...]


class PhenotypeKind(Protocol):
    """The contract of the family."""

    def draw(self, disease: Disease, person: Person, rng: Generator) -> Features:
        """Draw the phenotypic record of an affected person."""
        ...


def __getattr__(name: str) -> Any:
    from raresim.kinds import exported

    return exported("phenotype", name)
