"""What a family shares, and what is recorded of relatives without the disease."""

from __future__ import annotations

from typing import TYPE_CHECKING

from raresim import ages, ontology
from raresim.phenotype import Feature, Features

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.pedigree import Member

# Correlation of the latent severity of two affected members of a family: half of its variance is the family's. A
# choice: relatives share the allele and half of the rest, but no figure holds for all diseases.
SHARED = 0.5
ASKED = 0.7  # share of the patient's findings that a relative without the disease was examined for: a choice
# Share of the healthy carriers of a recessive allele who show one mild finding of the patient, by mode: choices. Women
# who carry an X-linked allele have symptoms in about a tenth, from skewed X-inactivation; autosomal carriers rarely.
MANIFEST = {"AR": 0.02, "XLR": 0.1}


def severities(count: int, rng: Generator) -> list[float]:
    """Draw the latent severity of each member of a family: standard normal, two members correlated by
    :data:`SHARED`."""
    family, *own = rng.standard_normal(1 + count).tolist()
    return [SHARED**0.5 * family + (1.0 - SHARED) ** 0.5 * x for x in own]


def healthy(patient: Features, member: Member, mode: str, carrier: bool, rng: Generator) -> Features:
    """Return the record of a member who does not have the disease: what the patient has is excluded.

    It is drawn from what is recorded as present in the patient, which each relative was examined for in a share
    :data:`ASKED`, at least for one finding that the member's sex and age can have (:mod:`raresim.ages`). So the record
    says nothing of the disease beyond the patient's own. A carrier of a recessive allele (:data:`MANIFEST`) shows one
    of the findings.
    """
    terms = ontology.load()
    wrong = 2 if member.female else 1
    found = [
        f for f in patient.observed if int(terms.sex[terms.rows[f.term]]) != wrong and ages.deniable(f.term, member.age)
    ]
    if not found:
        return Features(())
    asked, onset = rng.random((2, len(found))).tolist()
    shows = rng.random() < MANIFEST.get(mode, 0.0) * carrier
    order = sorted(range(len(found)), key=lambda at: asked[at])
    chosen = [at for at in order if asked[at] < ASKED] or order[:1]
    first = found[chosen[0]].term
    shows = shows and not ages.limits().usual[terms.rows[first]] > member.age
    rows = [
        Feature(found[at].term, False, ages.within(first, member.age * onset[at]), "carrier", found[at].annotation)
        if shows and at == chosen[0]
        else Feature(found[at].term, True, None, "relative", found[at].annotation)
        for at in chosen
    ]
    return Features(tuple(sorted(rows, key=lambda f: (f.excluded, f.term))))
