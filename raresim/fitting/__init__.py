"""Fitting a model of phenotypes on anybody's reports.

A kind is a file here, named like the phenotype kind that its models serve, with two functions and a word::

    setting: str  # of the phenotype kind, that names the model folder
    def fit(reports: Sequence[Report], catalog: Catalog, folder: Path, options: Options) -> dict[str, Any]
        # write the model into the folder; return what the card says of it
    def phenotype(folder: Path) -> PhenotypeKind
        # the phenotype kind that draws from a model folder
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from raresim.errors import InputError, nearest

if TYPE_CHECKING:
    from raresim.catalog import Catalog
    from raresim.phenotype import PhenotypeKind
    from raresim.reports import Report


@dataclass(frozen=True)
class Options:
    """How to fit.

    seed: of all draws of the fit. minimum_support: publications that must have used a term for its use to be known.
    epsilon: of the noise on counts of use, None for exact counts; noise_seed: what this noise is drawn from, a secret.
    notes: kept in the model (source, digest of the reports).
    """

    seed: int = 0
    minimum_support: int = 3
    epsilon: float | None = None
    noise_seed: int = 0
    notes: dict[str, Any] = field(default_factory=dict)


class Fitter(Protocol):
    """The module of a kind."""

    setting: str

    def fit(self, reports: Sequence[Report], catalog: Catalog, folder: Path, options: Options) -> dict[str, Any]:
        """Write a model into a folder that is there and empty; return what the card says of it."""
        ...

    def phenotype(self, folder: Path) -> PhenotypeKind:
        """Return the phenotype kind that draws from the model of a folder."""
        ...


def names() -> list[str]:
    """Return the kinds of models that can be fitted, sorted."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.name.startswith("_"))


def find(name: str) -> Fitter:
    """Return the kind called ``name``; InputError with the nearest known name where there is none."""
    if name not in names():
        raise InputError(f"--kind {name}: no such kind of model can be fitted{nearest(name, names())}")
    return cast("Fitter", importlib.import_module(f"raresim.fitting.{name}"))
