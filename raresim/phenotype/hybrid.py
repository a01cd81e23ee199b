"""Clinical records, the most real of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from raresim.kinds import kind
from raresim.phenotype import Features, Person
from raresim.phenotype._model import Model, checked

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease


@kind
class Hybrid:
    """Clinical records, of which a discriminator fitted on real ones chooses among several.

    For each person ``candidates`` records of ``clinical`` are drawn and one is taken by its odds of being real. Nearer
    to real records as a whole than ``clinical``, no nearer in how hard the disease is to find, and that many times
    slower.

    model: "published" (the shipped fit on published solved cases) or a model folder written by raresim fit. levels: as
    in ``clinical``.
    """

    model: Model = "published"
    candidates: Annotated[int, Field(ge=1, le=100)] = 6
    levels: bool = True

    def check(self) -> None:
        """Raise InputError for a model that is none, damaged, or of another version."""
        from raresim.hybrid.draw import chooser

        checked("model", chooser, self.model)

    def draw(self, disease: Disease, person: Person, rng: Generator) -> Features:
        """Draw the record; InputError, by name, for a disease without an observed term that the person can have."""
        from raresim.hybrid.draw import chooser

        return chooser(self.model).record(disease, person, self.candidates, self.levels, rng)
