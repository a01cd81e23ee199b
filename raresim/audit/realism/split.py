"""Which reports are fitted on and which are kept for judging: by publication and by disease, never by case."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from raresim.reports import Report

DISEASES, PUBLICATIONS = 0.20, 0.25  # shares held out: choices
PER_PUBLICATION, PER_DISEASE = 4, 12  # cases evaluated at most, else a few large cohorts decide everything: choices


@dataclass(frozen=True)
class Split:
    """train: reports to fit on. publications, diseases: reports of held-out publications of the diseases of train, and
    of held-out diseases (with every other report of a publication that has one of these)."""

    train: tuple[Report, ...]
    publications: tuple[Report, ...]
    diseases: tuple[Report, ...]

    @property
    def held_out(self) -> frozenset[str]:
        """The publications of which nothing may be known."""
        return frozenset(r.publication for r in (*self.publications, *self.diseases) if r.publication)


def split(reports: Sequence[Report], salt: str) -> Split:
    """Divide reports by a salted hash of disease and publication: the same on every machine, another for another salt.

    A fifth of the diseases is held out whole; of the others a quarter of the publications, and every publication that
    has a report of a held-out disease.
    """
    whole = {d for d in {r.disease for r in reports} if share(salt, "disease", d) < DISEASES}
    touched = {r.publication for r in reports if r.disease in whole and r.publication}
    train, publications, diseases = [], [], []
    for r in reports:
        if r.disease in whole:
            diseases.append(r)
        elif r.publication in touched or share(salt, "publication", r.publication or r.id) < PUBLICATIONS:
            publications.append(r)
        else:
            train.append(r)
    return Split(tuple(train), tuple(publications), tuple(diseases))


def share(salt: str, what: str, name: str) -> float:
    """Return a number in [0, 1) that depends on the salt, the kind of thing and its name."""
    return int.from_bytes(hashlib.blake2b(f"{salt}|{what}|{name}".encode(), digest_size=6).digest(), "big") / 2**48


def capped(
    reports: Sequence[Report], publication: int = PER_PUBLICATION, disease: int = PER_DISEASE
) -> tuple[Report, ...]:
    """Return at most so many reports of a publication (and disease) and of a disease, those first in a fixed hash."""
    of_publication: Counter[tuple[str, str]] = Counter()
    of_disease: Counter[str] = Counter()
    out = []
    for r in sorted(reports, key=lambda r: (hashlib.sha256(r.id.encode()).digest(), r.id)):
        key = (r.disease, r.publication or r.id)
        if of_publication[key] < publication and of_disease[r.disease] < disease:
            of_publication[key] += 1
            of_disease[r.disease] += 1
            out.append(r)
    return tuple(sorted(out, key=lambda r: (r.disease, r.id)))
