"""The whole cohort as one VCF: cohort/cohort.vcf.gz with a tabix index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from raresim.errors import InputError
from raresim.kinds import kind

if TYPE_CHECKING:
    from raresim.case import Case
    from raresim.format import Study

ALL = ("GT", "AD", "DP", "GQ", "PL")


@kind
class CohortVcf:
    """The whole cohort as one VCF: cohort/cohort.vcf.gz with a tabix index, true phased genotypes.

    fields: ["GT"], or ["GT", "AD", "DP", "GQ", "PL"] for calls as an exome shows them. multiallelic: "split" (a record
    an ALT allele) or "joint" (SNVs of a position in one record, indels of a position in one). Not for diagnosers:
    founders of cases are among these people (cohort/people.tsv says which).
    """

    needs_genome: ClassVar[bool] = True
    once: ClassVar[bool] = True
    fields: tuple[Literal["GT", "AD", "DP", "GQ", "PL"], ...] = ("GT",)
    multiallelic: Literal["split", "joint"] = "split"

    def __post_init__(self) -> None:
        if self.fields not in (ALL[:1], ALL):
            raise InputError(f'CohortVcf.fields: {list(self.fields)} is not written; use ["GT"] or {list(ALL)}')
        if self.fields == ALL and self.multiallelic == "joint":
            raise InputError('CohortVcf.multiallelic: "joint" records have GT only; use "split" for calls')

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Write cohort/cohort.vcf.gz, its .tbi and people.tsv; the writer of a case has nothing to do."""
        from raresim.cohort import write_people
        from raresim.cohort_files import write_vcf

        world = study.world
        write_people(folder, world.panel)
        path = folder / "cohort" / "cohort.vcf.gz"
        write_vcf(path, world.panel, world.genome, self.multiallelic == "joint", self.fields == ALL)
        yield lambda case: None
