"""The whole cohort as one BCF: cohort/cohort.bcf with a CSI index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from raresim.kinds import kind

if TYPE_CHECKING:
    from raresim.case import Case
    from raresim.format import Study


@kind
class CohortBcf:
    """The whole cohort as one BCF: cohort/cohort.bcf with a CSI index, true phased genotypes.

    multiallelic: "split" (a record an ALT allele) or "joint" (SNVs of a position in one record, indels of a position in
    one). Not for diagnosers: founders of cases are among these people (cohort/people.tsv says which).
    """

    needs_genome: ClassVar[bool] = True
    once: ClassVar[bool] = True
    multiallelic: Literal["split", "joint"] = "split"

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Write cohort/cohort.bcf, its .csi and people.tsv; the writer of a case has nothing to do."""
        from raresim.cohort import write_people
        from raresim.cohort_files import write_bcf

        world = study.world
        write_people(folder, world.panel)
        write_bcf(folder / "cohort" / "cohort.bcf", world.panel, world.genome, self.multiallelic == "joint")
        yield lambda case: None
