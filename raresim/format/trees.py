"""The genealogies of the panel as tskit tree sequences: cohort/trees/CONTIG.BLOCK.trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from raresim.kinds import kind

if TYPE_CHECKING:
    from raresim.case import Case
    from raresim.format import Study


@kind
class Trees:
    """The genealogies of the panel as tskit tree sequences, a file for each simulated block: cohort/trees/.

    Every mutation is in them, kept by selection or not, and metadata say which site is what; all people of the panel
    are in them, database and cohort. Of `coalescent` backgrounds only. The panel does not hold its genealogies: they
    are made again, which takes as long as making the panel on one core. Not for diagnosers.
    """

    needs_genome: ClassVar[bool] = True
    needs_background: ClassVar[str] = "coalescent"
    once: ClassVar[bool] = True

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Write the tree sequences and people.tsv; the writer of a case has nothing to do."""
        from raresim.background.coalescent import Coalescent
        from raresim.cohort import write_people
        from raresim.files import write
        from raresim.genealogies import Maker
        from raresim.world import inputs

        world = study.world
        assert isinstance(world.background, Coalescent), "checked by raresim.cases.check"
        write_people(folder, world.panel)
        maker = Maker.of(study, world.background, world.background_seed)
        for job in world.background.jobs(inputs(world)):
            name = f"{world.genome.contigs[job.block.contig].name}.{job.block.number:04}.trees"
            write(folder / "cohort" / "trees" / name, maker.file(job))
        yield lambda case: None
