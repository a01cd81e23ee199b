"""Records drawn from a small neural network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from raresim.kinds import kind
from raresim.phenotype import Features, Person
from raresim.phenotype._model import Model, checked

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease


@kind
class Neural:
    """Records drawn from small neural networks, for who brings many cases of their own.

    One network for each count (observed and excluded terms of each relation to the disease's entry), which sees the
    entry, a latent severity and the counts before it; one for each relation that corrects the term scores of
    ``clinical``. Needs safetensors (pip install 'raresim-dx[neural]'; torch for raresim fit alone).

    model: "published" (the shipped fit on published solved cases) or a model folder written by raresim fit.
    """

    model: Model = "published"

    def check(self) -> None:
        """Raise InputError for a model that is none, damaged, or of another version."""
        from raresim.neural.draw import drawer

        checked("model", drawer, self.model)

    def draw(self, disease: Disease, person: Person, rng: Generator) -> Features:
        """Draw the record; InputError, by name, for a disease without an observed term that the person can have."""
        from raresim.neural.draw import drawer

        return drawer(self.model).record(disease, person, rng)
