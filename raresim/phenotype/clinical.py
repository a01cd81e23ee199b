"""Records as clinicians publish them, fitted on case reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from raresim.kinds import kind
from raresim.phenotype import Features, Person
from raresim.phenotype._model import Style, checked

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease


@kind
class Clinical:
    """Records like those of published patients: incomplete, imprecise, with unrelated and with excluded findings.

    First how many observed and excluded terms of which relation to the disease's entry (exact, ancestor, descendant,
    unrelated): as in a report of a disease with a similar entry. Then which: each drawn by a score fitted on reports,
    of use, frequency, specificity, similarity to the disease and to what is recorded already. Frequencies hold among
    the terms that are assessed. Never a term beside one above it, nor one that the person's sex or age cannot have.

    style: "published" (the shipped fit on published solved cases: rich, with many exclusions), "clinic" (assumed, not
    fitted: 3 to 8 findings, few exclusions), or a model folder written by raresim fit. levels: patients of one study
    share what real ones do: those of a disease the report that it resembles, those of a clinic many of their terms;
    false: every record by itself.
    """

    style: Style = "published"
    levels: bool = True

    def check(self) -> None:
        """Raise InputError for a model that is none, damaged, or of another version."""
        from raresim.clinical.draw import writer

        checked("style", writer, self.style)

    def draw(self, disease: Disease, person: Person, rng: Generator) -> Features:
        """Draw the record; InputError, by name, for a disease without an observed term that the person can have."""
        from raresim.clinical.draw import writer

        return writer(self.style).record(disease, person, self.levels, rng)
