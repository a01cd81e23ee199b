"""Simulated people whose variants are those of a population database of yours."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from raresim.errors import InputError
from raresim.kinds import PanelSize, Probability, kind

if TYPE_CHECKING:
    from raresim.background import Inputs
    from raresim.background.coalescent import Coalescent
    from raresim.genome import Genome
    from raresim.panel import Panel


@kind
class Anchored:
    """Simulated people whose variants are those of a real database: rare to tools that have frequencies of their own.

    The people of ``coalescent``; each of their variants is carried onto an allele of the database, of the same class,
    with the frequency that it has there for such a variant, nearby; private ones stay, and every common allele of the
    database gets carriers of about its frequency. sites: a sites VCF with allele
    frequencies (gnomAD, 1000 Genomes) of the assembly of the genome. fields: the INFO field of the frequency of each
    ancestry ("AF_nfe"), or two ("AC_nfe/AN_nfe"), where they have no usual name. reach: bases that a variant moves at
    most. ancestry, database, demography, stdpopsim and block_cM as in ``coalescent``.
    """

    version: ClassVar[int] = 2  # raise it when the same inputs give another panel

    sites: Path | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    reach: Annotated[int, Field(ge=1, le=10_000_000)] = 100_000
    ancestry: dict[str, PanelSize] = Field(default_factory=lambda: {"EUR": 500})
    database: Probability = 0.5
    demography: Path | None = None
    stdpopsim: str | None = None
    block_cM: Annotated[float, Field(ge=1.0, le=1000.0)] | None = None

    def outline(self, seed: int) -> Panel:
        """Return the people of the panel without a site; InputError for what cannot be made."""
        self._fields()
        return self._simulated().outline(seed)

    def fits(self, genome: Genome) -> None:
        """Raise InputError for a file whose header is that of another assembly."""
        from raresim.background._database import check_header

        check_header(self._fields()[0], genome)

    def make(self, inputs: Inputs, workers: int, progress: Callable[[float], None]) -> Panel:
        """Make the panel; progress is called with the share done."""
        from raresim import panel
        from raresim.background._anchor import anchored
        from raresim.background._database import contigs

        path, names = self._fields()
        simulated = dataclasses.replace(inputs, layer=None)
        people = panel.cached(self._simulated(), simulated, workers, lambda share: progress(0.9 * share))
        database = contigs(path, inputs.genome, inputs.targets, names)
        made, moves = anchored(people, inputs.genome, database, self.reach, inputs.seed)
        progress(1.0)
        notes = (
            [_uncovered([inputs.genome.genes.symbol[gene] for gene in moves.uncovered])] if len(moves.uncovered) else []
        )
        return dataclasses.replace(made, digest="", notes=(*made.notes, *notes))

    def _fields(self) -> tuple[Path, tuple[str, ...]]:
        from raresim.background._database import KEY, fields

        if self.sites is None:
            raise InputError(f'{KEY}: name the sites VCF of a population database, such as sites = "gnomad.vcf.gz"')
        return self.sites, fields(self.sites, tuple(sorted(self.ancestry)), self.fields)

    def _simulated(self) -> Coalescent:
        from raresim.background.coalescent import Coalescent

        return Coalescent(
            ancestry=self.ancestry,
            database=self.database,
            demography=self.demography,
            stdpopsim=self.stdpopsim,
            block_cM=self.block_cM,
        )


def _uncovered(genes: list[str]) -> str:
    """Say which genes the database does not cover."""
    some = ", ".join([*genes[:3], *(["..."] if len(genes) > 3 else [])])
    return (
        f"background.sites: it has no allele of {len(genes)} of the targets' genes ({some}); narrow the targets to "
        "what it covers: a planted allele may be the only one of its gene there"
    )
