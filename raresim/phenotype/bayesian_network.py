"""Records drawn from one readable Bayesian network for all diseases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from raresim.kinds import kind
from raresim.phenotype import Features, Person
from raresim.phenotype._model import Model, checked

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease


@kind
class BayesianNetwork:
    """Records drawn from one Bayesian network for all diseases, which a user can read and edit.

    The network (raresim show bayesian_network) says how many observed and excluded terms of which relation to the
    disease's entry a record has, and which organ systems it finds affected, excludes or leaves out, given a description
    of the entry, the age group and a latent severity. The terms of an organ system are drawn as by ``clinical``.

    model: "published" (the shipped fit on published solved cases) or a model folder written by raresim fit.
    """

    model: Model = "published"

    def check(self) -> None:
        """Raise InputError for a model that is none, damaged, or of another version."""
        from raresim.network.draw import drawer

        checked("model", drawer, self.model)

    def draw(self, disease: Disease, person: Person, rng: Generator) -> Features:
        """Draw the record; InputError, by name, for a disease without an observed term that the person can have."""
        from raresim.network.draw import drawer

        return drawer(self.model).record(disease, person, rng)
