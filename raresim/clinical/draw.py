"""Drawing the record of a person in one of the styles."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from math import erf, exp, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.catalog import SEXES
from raresim.clinical import clinics, entry
from raresim.clinical.clinics import ALONE, Clinic
from raresim.clinical.model import load
from raresim.clinical.sampler import Rows, Sampler, Subject, sampler
from raresim.clinical.terms_of import Late, Named, named
from raresim.errors import InputError
from raresim.phenotype import Features, Person
from raresim.phenotype._profile import rows_of
from raresim.streams import stream

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Annotation, Disease

SPREAD = 0.2  # SD of the log of the totals about a profile's: a choice of the prototype
GROWTH = 0.8  # exact terms by size of the entry
KEPT = 256  # diseases kept ready at most, about 0.5 MB each

# Style "clinic", assumptions: 3 to 8 observed terms, each number as likely; half of the records exclude nothing, the
# others one or two terms. Relations to the entry are as in the reports.
CLINIC_OBSERVED = (3, 8)
CLINIC_EXCLUDED = (0, 0, 1, 2)


@dataclass(eq=False)
class Writer:
    """Writes records in one style; remembers what patients of a disease and of a clinic share."""

    sampler: Sampler
    short: bool  # style "clinic"
    subjects: dict[tuple[int, bool], tuple[Disease, Subject, Named]] = field(default_factory=dict)
    known: dict[tuple[int, str, int, int], Clinic] = field(default_factory=dict)
    shares: dict[tuple[int, str], NDArray[np.float64]] = field(default_factory=dict)

    def record(self, disease: Disease, person: Person, levels: bool, rng: Generator) -> Features:
        """Draw the record of a person; levels: at a clinic, where the person is of a study."""
        clinic = self.clinics_of(disease, person, 1, rng)[0] if levels and person.study else None
        _, names = self.subject(disease, person.female)
        return names.features(*self.terms(clinic, disease, person, rng), person.age)

    def terms(self, clinic: Clinic | None, disease: Disease, person: Person, rng: Generator) -> tuple[Rows, Rows, Late]:
        """Draw the terms of a person at a clinic, or by itself: observed, excluded, and what begins when."""
        subject, names = self.subject(disease, person.female)
        if clinic is not None:
            place = _normal(person.severity) * len(clinic.profiles)
            profile = clinic.profiles[min(int(place), len(clinic.profiles) - 1)]
            noise = clinic.key, clinics.COMMON
        else:
            profile = clinics.drawn(subject.donors, float(rng.random()))
            noise = ALONE
        late = names.late(person.age, rng)
        barred = self.barred(person.female)
        if late.barred:
            barred = barred.copy()
            barred[0, late.barred] = True
        observed, excluded = self.fill(subject, int(profile), barred, noise, rng)
        return observed, excluded, late

    def fill(
        self,
        subject: Subject,
        profile: int,
        barred: NDArray[np.bool_],
        noise: tuple[int, float],
        rng: Generator,
    ) -> tuple[Rows, Rows]:
        """Draw the terms of a record with the structure of a profile; noise: see :meth:`Sampler.filled`."""
        model = self.sampler.model
        counts = scaled(model.profile[profile].tolist(), len(subject.entry.rows) / int(model.size[profile]))
        if self.short:
            low, high = CLINIC_OBSERVED
            wanted = np.array([rng.integers(low, high + 1), CLINIC_EXCLUDED[rng.integers(len(CLINIC_EXCLUDED))]], float)
        else:
            a, b = rng.standard_normal(2).tolist()
            wanted = np.array([sum(counts[:4]) * exp(SPREAD * a), sum(counts[4:]) * exp(SPREAD * b)])
        return self.sampler.filled(subject, np.array(counts), wanted, barred, *noise, rng)

    def sizes(self, disease: Disease, study: int) -> NDArray[np.float64]:
        """Return the cumulative shares of the clinics of a disease in a study, from memory where made before."""
        key = (study, disease.id)
        if key not in self.shares:
            if len(self.shares) >= 16 * KEPT:
                self.shares.clear()
            self.shares[key] = clinics.sizes(self.sampler.model, study, disease.id)
        return self.shares[key]

    def clinics_of(self, disease: Disease, person: Person, candidates: int, rng: Generator) -> list[Clinic]:
        """Return the clinic of a person of a study, the same for a family; for each candidate of those that a record is
        chosen from, the clinic is another, made in the same way."""
        if person.family:
            at = [float(stream(person.family, "clinic").random())] * candidates
        else:
            at = [float(rng.random()) for _ in range(candidates)]
        numbers = np.searchsorted(self.sizes(disease, person.study), at).tolist()
        return [self.clinic(disease, person.study, number, c) for c, number in enumerate(numbers)]

    def clinic(self, disease: Disease, study: int, number: int, candidate: int) -> Clinic:
        """Return a clinic of a study: the publication whose structure its records have, and the noise they share."""
        key = (study, disease.id, number, candidate)
        if key not in self.known:
            rng = stream(study, "clinical", disease.id, "clinic", number, candidate)
            female = rng.random() < 0.5 if not disease.sex else disease.sex == "female"
            model, likely = self.sampler.model, self.donors(disease, female)
            group = clinics.donor(model, likely, study, disease.id)
            if rng.random() >= clinics.SAME:
                group = int(model.disease[clinics.drawn(likely, float(rng.random()))])
            own = clinics.profiles(model, likely, group, float(rng.random()))
            if len(self.known) >= 16 * KEPT:
                self.known.clear()
            self.known[key] = Clinic(own, int(rng.integers(1 << 62)))
        return self.known[key]

    def barred(self, female: bool) -> NDArray[np.bool_]:
        """Return bool[2, n]: terms that only the other sex can have."""
        return _barred(female)

    def subject(self, disease: Disease, female: bool) -> tuple[Subject, Named]:
        """Return a disease as the model sees it, from memory where it was made for this very object."""
        key = (id(disease), female)
        if key not in self.subjects:
            rows = _observable(disease, female)
            if len(self.subjects) >= KEPT:
                self.subjects.clear()
            made = self.sampler.subject(disease, female)
            self.subjects[key] = (disease, made, named(made.relation, rows))
        return self.subjects[key][1:]

    def donors(self, disease: Disease, female: bool) -> NDArray[np.float64]:
        """Return how likely each profile is for a disease, cumulative, without the rest of a subject."""
        if (id(disease), female) in self.subjects:
            return self.subjects[id(disease), female][1].donors
        _observable(disease, female)
        return self.sampler.donors(entry.read(disease, female))


def scaled(profile: list[int], ratio: float) -> list[float]:
    """Return a profile for an entry with so many times the terms of its own: exact terms go with a power of the size of
    the entry, unrelated ones make up for it."""
    out = [float(count) for count in profile]
    for k in (0, 4):
        exact = min(out[k] * ratio**GROWTH, out[k] + out[k + 3])
        out[k], out[k + 3] = exact, out[k + 3] + out[k] - exact
    return out


def _observable(disease: Disease, female: bool) -> dict[str, Annotation]:
    """Return the annotations of a disease for a sex by term; InputError where none of them is observed."""
    rows = rows_of(disease, female)
    if all(row.excluded for row in rows.values()):
        who = f"a {SEXES[1 if female else 2]} person" if disease.annotations else "anybody"
        raise InputError(
            f"disease: {disease.id} ({disease.name}): the catalog has no observed term for {who}; leave the disease out"
        )
    return rows


@lru_cache(maxsize=2)
def _barred(female: bool) -> NDArray[np.bool_]:
    other = ontology.load().sex == (2 if female else 1)
    out: NDArray[np.bool_] = np.stack([other, other])
    out.flags.writeable = False
    return out


def _normal(x: float) -> float:
    """Probability that a standard normal is below x."""
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


@lru_cache(maxsize=4)
def writer(style: str | Path) -> Writer:
    """Return the writer of a style: "published", "clinic", or the path of a model folder."""
    model = load(None if style in ("published", "clinic") else Path(style))
    return Writer(sampler(model), style == "clinic")
