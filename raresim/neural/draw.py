"""Drawing a record from the networks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from raresim.clinical import entry as entries
from raresim.clinical import sampler as samplers
from raresim.clinical.clinics import ALONE
from raresim.clinical.draw import Writer
from raresim.clinical.model import load as load_clinical
from raresim.neural.model import Neural, load

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease
    from raresim.phenotype import Features, Person


@dataclass(frozen=True, eq=False)
class Drawer:
    """Networks, and the writer whose scores they correct."""

    networks: Neural
    writer: Writer

    def record(self, disease: Disease, person: Person, rng: Generator) -> Features:
        """Draw the record of a person; InputError for a disease without an observed term that the person can have."""
        subject, names = self.writer.subject(disease, person.female)
        description = entries.describe(subject.entry, self.writer.sampler.lexicon)
        counts = self.networks.counts(description, person.severity or float(rng.standard_normal()), rng)
        late = names.late(person.age, rng)
        barred = self.writer.barred(person.female)
        if late.barred:
            barred = barred.copy()
            barred[0, late.barred] = True
        wanted = np.array([counts[:4].sum(), counts[4:].sum()])
        found = self.writer.sampler.filled(subject, counts, wanted, barred, *ALONE, rng)
        return names.features(*found, late, person.age)


@lru_cache(maxsize=4)
def drawer(model: str | Path) -> Drawer:
    """Return the drawer of the shipped model ("published") or of a model folder."""
    path = None if model == "published" else Path(model)
    networks = load(path)
    plain = samplers.sampler(load_clinical(path))
    return Drawer(networks, Writer(samplers.Sampler(plain.model, plain.lexicon, networks.score), False))
