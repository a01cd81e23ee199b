"""What is recorded of a family: the proband at each visit, affected relatives, relatives without the disease."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from raresim import modifiers, onset, opposites, relatives, timing
from raresim.phenotype import Features, Person
from raresim.streams import key, stream
from raresim.visits import Visit, earlier

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease
    from raresim.pedigree import Pedigree
    from raresim.perturb import Change
    from raresim.spec import Spec


@dataclass(frozen=True)
class Recorded:
    """The records of a family, as the truth knows them.

    members: record of each member, None where there is none. changes: what noise did to each record. severity: latent,
    of each affected member, None of the others. earlier: visits of the proband before the examination, the first one
    first.
    """

    members: tuple[Features | None, ...]
    changes: tuple[tuple[Change, ...], ...]
    severity: tuple[float | None, ...]
    earlier: tuple[Visit, ...]


def of_family(
    spec: Spec,
    number: int,
    model: Any,
    disease: Disease,
    mode: str,
    family: Pedigree,
    affected: Sequence[bool],
    carriers: Sequence[bool],
) -> Recorded:
    """Draw the records of all members of case ``number`` by a kind of phenotype, the ``model``.

    A proband who is not affected is a control.
    The records of relatives without the disease follow from that of the proband, noise included, so that they say
    nothing of the disease that his does not say; noise adds no finding to them.
    """
    draw = _Draw(spec, number, model, disease, family)
    control = not affected[0]
    people = draw.people(affected)
    features, changes = draw.noisy(
        0, draw.control(people[0]) if control else draw.patient(0, people[0]), people[0].onset
    )
    visits = [Visit(people[0].age, features)]
    for visit in range(1, spec.visits):
        visits.append(earlier(visits[-1], people[0], draw.assesses, draw.rng("visit", visit)))
        if spec.record.development == "by_age":
            named = timing.named_by_age(visits[-1].features, visits[-1].age)
            apart = opposites.apart(named, disease, draw.rng("visit opposites", visit))
            visits[-1] = replace(visits[-1], features=apart)
    records: list[Features | None] = [features]
    noise = [changes]
    for row in range(1, len(family.members)):
        record: Features | None = None
        if affected[row]:
            record = draw.patient(row, people[row])
        elif spec.record.relatives:
            record = relatives.healthy(features, family.members[row], mode, carriers[row], draw.rng("relative", row))
        began = people[row].onset if affected[row] else 0.0
        record, changes = (None, ()) if record is None else draw.noisy(row, record, began, healthy=not affected[row])
        records.append(record)
        noise.append(changes)
    severity = tuple(person.severity if ill else None for person, ill in zip(people, affected, strict=True))
    return Recorded(tuple(records), tuple(noise), severity, tuple(reversed(visits[1:])))


def finished(features: Features, disease: Disease, person: Person, assesses: bool, rng: Generator) -> Features:
    """Return the record of a patient as a study of default settings records what a kind drew."""
    return opposites.apart(timing.apply(features, disease, person, assesses, rng), disease, rng)


class _Draw:
    """The draws of one case, each from a stream of its own."""

    def __init__(self, spec: Spec, number: int, model: Any, disease: Disease, family: Pedigree) -> None:
        self.spec, self.number, self.model, self.disease, self.family = spec, number, model, disease, family
        self.assesses: bool = getattr(model, "assesses", True)

    def rng(self, *what: str | int) -> Any:
        """Return the stream of a draw."""
        return stream(self.spec.seed, "case", self.number, *what)

    def people(self, affected: Sequence[bool]) -> list[Person]:
        """Return the members as they are examined; a relative's disease began before the examination as well."""
        study = key(self.spec.seed, "phenotype")
        own = key(self.spec.seed, "case", self.number, "phenotype")
        severity = relatives.severities(len(self.family.members), self.rng("severity"))
        out = []
        for row, member in enumerate(self.family.members):
            start = self.family.onset
            if row and affected[row]:
                start = min(onset.onset_draw(self.disease, self.rng("onset", row)), member.age)
            out.append(Person(member.female, member.age, start, severity[row], study, own))
        return out

    def patient(self, row: int, person: Person) -> Features:
        """Return the record of an affected member."""
        settings = self.spec.record
        found: Features = self.model.draw(self.disease, person, self.rng("phenotype", row))
        if settings.time:
            found = timing.apply(found, self.disease, person, self.assesses, self.rng("time", row))
        else:
            found = Features(tuple(replace(f, dated=f.onset is not None) for f in found.rows))
        if settings.development == "by_age":
            found = timing.named_by_age(found, person.age)
        if opposites.joint(found):
            found = opposites.apart(found, self.disease, self.rng("opposites", row))
        if settings.modifiers:
            found = modifiers.apply(found, self.disease, self.rng("modifiers", row))
        return found

    def control(self, person: Person) -> Features:
        """Return the record of a proband without a disease: as long as that of a patient of the disease."""
        from raresim import controls

        return controls.findings(self.patient(0, person), person, self.rng("control findings"))

    def noisy(
        self, row: int, record: Features, onset: float, healthy: bool = False
    ) -> tuple[Features, tuple[Change, ...]]:
        """Return the record of a member whose complaints began at ``onset`` with the study's noise, and what it did; to
        that of a ``healthy`` relative it adds no finding."""
        noise = self.spec.noise
        if not noise:
            return record, ()
        if healthy:
            noise = replace(noise, unrelated=0.0, unrelated_share=0.0)
        member = self.family.members[row]
        names = self.spec.seed, "case", self.number, row
        return noise.apply(record, member.female, *names, age=member.age, onset=onset)
