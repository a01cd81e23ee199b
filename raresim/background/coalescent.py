"""People of a simulated population (coalescent with recent growth, mutation by context, selection)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby, repeat
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from raresim import streams
from raresim.errors import InputError
from raresim.genome import ContigKind
from raresim.kinds import PanelSize, Probability, kind

if TYPE_CHECKING:
    from raresim.ancestry import Block, Job, Rows
    from raresim.background import Inputs
    from raresim.demography import Demography
    from raresim.panel import Panel
    from raresim.spectrum import Bin


@kind
class Coalescent:
    """People of a simulated population: coalescent with recent growth, mutation by context, purifying selection.

    ancestry: people of each ancestry in the panel, cohort and database together: AFR, AMR (admixed), EAS, EUR, FIN (a
    founder population), SAS, or the demes of your own model. database: share of them that is only ever seen as
    frequencies. demography: a Demes file instead of the shipped one; stdpopsim: the id of a model of humans of that
    catalog instead. block_cM: length of the independent blocks that the genome is simulated in (default: 4, or 20 if
    AMR is among the ancestries). target: a table of the numbers of sites that are wanted by class and minor allele
    count; what is above them is pruned.
    """

    ancestry: dict[str, PanelSize] = Field(default_factory=lambda: {"EUR": 500})
    database: Probability = 0.5
    demography: Path | None = None
    stdpopsim: str | None = None
    block_cM: Annotated[float, Field(ge=1.0, le=1000.0)] | None = None
    target: Path | None = None

    def outline(self, seed: int) -> Panel:
        """Return the people of the panel without a site; InputError for what cannot be simulated."""
        from raresim.population import People, without_sites

        self.check()
        return without_sites(People.of(sorted(self.ancestry.items()), self.database, seed))

    def make(self, inputs: Inputs, workers: int, progress: Callable[[float], None]) -> Panel:
        """Make the panel; progress is called with the share done."""
        from raresim import processes
        from raresim.population import People, assemble

        history = self.check()
        if workers > 1:
            processes.ready(["raresim.warmed"])  # meanwhile the jobs are made
        counts = sorted(self.ancestry.items())
        people = People.of(counts, self.database, inputs.seed)
        jobs = self._jobs(inputs, counts, history)

        def blocks() -> Iterator[tuple[int, Rows]]:
            for number, rows in enumerate(_run(jobs, workers), 1):
                yield jobs[number - 1].block.contig, rows
                progress(0.95 * number / len(jobs))

        return assemble(inputs.genome, inputs.targets, blocks(), people, inputs.seed, history, self._bins())

    def jobs(self, inputs: Inputs) -> list[Job]:
        """Return the blocks that the panel is simulated in, with all that each needs."""
        from raresim import demography

        history = demography.load(self.demography, self.ancestry, self.stdpopsim)
        return self._jobs(inputs, sorted(self.ancestry.items()), history)

    def check(self) -> Demography:
        """Return the demography; InputError for what cannot be simulated: unknown ancestries, no cohort, no model."""
        from raresim import demography

        if not self.ancestry:
            raise InputError("background.ancestry: names nobody; give people of an ancestry, such as { EUR = 500 }")
        whole = sum(self.ancestry.values())
        known = sum(round(self.database * count) for count in self.ancestry.values())
        if not 0 < known < whole:
            raise InputError(
                f"background.database: {self.database:g} of {whole} people leaves the cohort or the database empty; "
                "choose a share between them"
            )
        history = demography.load(self.demography, self.ancestry, self.stdpopsim)
        self._bins()
        return history

    def _bins(self) -> tuple[Bin, ...]:
        from raresim import spectrum

        return spectrum.read(self.target, sorted(self.ancestry)) if self.target else ()

    def _jobs(self, inputs: Inputs, counts: list[tuple[str, int]], history: Demography) -> list[Job]:
        from raresim import mitochondrial
        from raresim.ancestry import Job, channels
        from raresim.background._blocks import of_genome
        from raresim.coalescence import Epochs
        from raresim.local_ancestry import Census
        from raresim.mutation import PAIRS, Rates, flat, load

        census = Census.of(history, [name for name, _ in counts])
        models = {size: census.into(history.model(size)) for size in (1.0, 0.75, mitochondrial.SIZE)}
        epochs = {size: Epochs.of(model) for size, model in models.items()}
        rates = Rates(inputs.genome)
        found: list[tuple[ContigKind, Block, NDArray[np.uint8], NDArray[np.uint8]]] = []
        composition = {kind: np.zeros(250 if kind is ContigKind.MT else 125) for kind in ContigKind}
        length = self.block_cM or history.block_cm(self.ancestry)
        for contig, group in groupby(of_genome(inputs, length), attrgetter("contig")):
            blocks, kind = list(group), inputs.genome.contigs[contig].kind
            start, end = (np.concatenate([getattr(block, side) for block in blocks]) for side in ("start", "end"))
            where, context = flat(inputs.genome, contig, start, end)
            if kind is ContigKind.MT:
                context = mitochondrial.contexts(context, where, inputs.genome.contigs[contig].length)
            composition[kind] += np.bincount(context, minlength=len(composition[kind]))
            region = rates.coding(contig, where).astype(np.uint8)
            cuts = np.cumsum([int((block.end - block.start).sum()) for block in blocks])[:-1]
            found += zip(repeat(kind), blocks, np.split(context, cuts), np.split(region, cuts), strict=False)
        scale = history.mutation_scale / (1 + PAIRS)
        paired = composition[ContigKind.AUTOSOME] + composition[ContigKind.X]
        nuclear = paired + composition[ContigKind.Y]
        rates_of = dict.fromkeys((ContigKind.AUTOSOME, ContigKind.X), channels(load(), paired, scale))
        rates_of[ContigKind.Y] = channels(load(), nuclear, scale * mitochondrial.Y_RATE)
        rates_of[ContigKind.MT] = channels(mitochondrial.by_region(), composition[ContigKind.MT], scale)
        names, shares = list(history.reference), list(history.reference.values())
        jobs = []
        for kind, block, context, region in found:
            at = ("background", inputs.genome.contigs[block.contig].name, block.number)
            reference = str(streams.stream(inputs.seed, *at, "reference").choice(names, p=shares))
            if block.side >= 0 and mitochondrial.REFERENCE in names:
                reference = mitochondrial.REFERENCE
            jobs.append(
                Job(
                    block=block,
                    context=context,
                    region=region,
                    samples=tuple(counts),
                    reference=reference,
                    model=models[block.size],
                    rates=rates_of[kind],
                    seed=streams.key(inputs.seed, *at, "ancestry") % (2**32 - 2) + 1,
                    key=streams.key(inputs.seed, *at, "mutation"),
                    census=census,
                    epochs=epochs[block.size],
                )
            )
        if not jobs:
            raise InputError("targets: no base of a chromosome is in the targets; the panel would be empty")
        return jobs


def _run(jobs: list[Job], workers: int) -> Iterator[Rows]:
    """Simulate the blocks, in order; more than one worker are processes that are never forked from this one."""
    from raresim.ancestry import simulate
    from raresim.processes import ordered

    yield from map(simulate, jobs) if workers <= 1 or len(jobs) == 1 else ordered(simulate, jobs, workers, chunk=4)
