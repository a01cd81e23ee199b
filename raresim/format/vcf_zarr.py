"""The whole cohort as VCF Zarr: the folder cohort/cohort.vcz."""

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
class VcfZarr:
    """The whole cohort as VCF Zarr: the folder cohort/cohort.vcz, true phased genotypes.

    Made by bio2zarr of the cohort's BCF, a record an ALT allele; needs the extra [zarr]. Not for diagnosers: founders
    of cases are among these people (cohort/people.tsv says which).
    """

    needs_genome: ClassVar[bool] = True
    once: ClassVar[bool] = True

    def check(self) -> None:
        """Raise InputError without bio2zarr."""
        from raresim.cohort_other import zarr

        zarr()

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Write the store and people.tsv; the writer of a case has nothing to do."""
        from raresim.cohort import write_people
        from raresim.cohort_other import write_zarr

        world = study.world
        write_people(folder, world.panel)
        write_zarr(folder / "cohort" / "cohort.vcz", world.panel, world.genome)
        yield lambda case: None
