"""Phased haplotypes of real people, from a VCF or BCF of the user's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from raresim.errors import InputError
from raresim.kinds import PanelSize, Probability, kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from raresim.background import Inputs
    from raresim.background._samples import Table
    from raresim.genome import Genome
    from raresim.panel import Panel
    from raresim.population import People


def _list(given: Any) -> Any:
    return (given,) if isinstance(given, str | Path) else given


@kind
class Vcf:
    """Phased haplotypes of real people, from a VCF or BCF of yours: the files hold genotypes of real people.

    path: a phased VCF or BCF, or a list of them (one a chromosome, each with the same people); an index is used where
    there is one. samples: a tab-separated table with the columns sample and ancestry, and if known sex, father and
    mother (children of people in the table are left out). column: its column with the ancestries, if it has another
    name. consent: whose genotypes these are and under what consent or agreement you use them; required, kept in the
    manifest and the data card. ancestry: people of each ancestry that are taken, cohort and database together (default:
    all of the table). database: share of them that is only ever seen as frequencies.
    """

    path: Annotated[tuple[Path, ...], BeforeValidator(_list)] = ()
    samples: Path | None = None
    column: str = "ancestry"
    consent: str = ""
    ancestry: dict[str, PanelSize] = Field(default_factory=dict)
    database: Probability = 0.5

    def outline(self, seed: int) -> Panel:
        """Return the people of the panel without a site; InputError for tables and settings that cannot be used."""
        from raresim.background._records import check_samples, opened
        from raresim.population import without_sites

        table, people, rows = self.people(seed)
        for path in self.path:
            with opened(path, None) as file:
                check_samples(file, path, [table.name[row] for row in rows])
        return without_sites(people)

    def fits(self, genome: Genome) -> None:
        """Raise InputError for files whose header is that of another assembly."""
        from raresim.background._records import opened

        for path in self.path:
            with opened(path, genome):
                pass

    def documents(self, seed: int) -> dict[str, str]:
        """Return what is written beside a study: the data card, and which sample each person of the cohort is."""
        from raresim import provenance
        from raresim.background import _card

        table, people, rows = self.people(seed)
        named = [("background.samples", path) for path in [self.samples] if path]
        named += [("background.path", path) for path in self.path]
        files = [(key, path, provenance.digest(path)) for key, path in named]
        return {
            _card.CARD: _card.card(self.consent, files, people, table.children),
            _card.FOUNDERS: _card.founders(people, [table.name[row] for row in rows]),
        }

    def people(self, seed: int) -> tuple[Table, People, NDArray[np.int64]]:
        """Return the table of samples, the people of the panel, and their rows in the table."""
        from raresim.background import _samples

        lines = []
        if not self.path:
            lines.append("background.path: is missing; name a phased VCF or BCF")
        if self.samples is None:
            lines.append("background.samples: is missing; name a table with the columns sample and ancestry")
        if not self.consent.strip():
            lines.append(
                "background.consent: is missing; say whose genotypes these are and under what consent you use them, "
                'such as "1000 Genomes Project, consent to open release"'
            )
        if lines or self.samples is None:
            raise InputError(*lines)
        table = _samples.read(self.samples, self.column)
        people, rows = _samples.chosen(table, self.ancestry, self.database, seed)
        return table, people, rows

    def make(self, inputs: Inputs, workers: int, progress: Callable[[float], None]) -> Panel:
        """Make the panel; progress is called with the share done."""
        from raresim.background import _haplotypes
        from raresim.background._sexes import Sexes
        from raresim.consequence import effects, worst
        from raresim.population import parted
        from raresim.store import Store

        table, people, rows = self.people(inputs.seed)
        names = [table.name[row] for row in rows]
        male = None if table.male is None else table.male[rows]
        pool = 2 * people.ancestry.astype(np.int64) + people.database
        sexes = Sexes(names, male, pool, inputs.seed)
        found = _haplotypes.read(self.path, inputs.genome, inputs.targets, names, sexes, progress)
        people = dataclasses.replace(people, male=sexes.men)
        count = len(found.sites)
        store = Store(found.sites, np.zeros(count, np.bool_), np.arange(count), found.off, found.haplotype)
        terms, gene = worst(effects(inputs.genome, found.sites), count)
        notes = found.notes
        if table.children:
            notes = (f"background: children of people in the table, left out: {table.children:,}", *notes)
        held = _haplotypes.people_of(self.path[0], inputs.genome)
        unnamed = len(set(held).difference(table.name)) - table.children
        if unnamed > 0:
            notes = (f"background: samples of {self.path[0].name} that the table does not name: {unnamed:,}", *notes)
        progress(1.0)
        return parted(inputs.genome, store, terms, gene, people, inputs.seed, notes)
