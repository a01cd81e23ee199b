"""The whole cohort as PLINK 2 files: cohort/cohort.pgen, .pvar and .psam."""

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
class Plink:
    """The whole cohort as PLINK 2 files: cohort/cohort.pgen, .pvar and .psam, true phased genotypes.

    A record an ALT allele; needs the extra [plink]. Not for diagnosers: founders of cases are among these people
    (cohort/people.tsv says which).
    """

    needs_genome: ClassVar[bool] = True
    once: ClassVar[bool] = True

    def check(self) -> None:
        """Raise InputError without pgenlib."""
        from raresim.cohort_other import plink

        plink()

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Write the three files and people.tsv; the writer of a case has nothing to do."""
        from raresim.cohort import write_people
        from raresim.cohort_other import write_plink

        world = study.world
        write_people(folder, world.panel)
        write_plink(folder / "cohort" / "cohort", world.panel, world.genome)
        yield lambda case: None
