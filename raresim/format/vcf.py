"""One VCF 4.2 a family: BGZF with a tabix index, all records from one path."""

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
class Vcf:
    """One VCF 4.2 a family (GT:AD:DP:GQ:PL, family AC, AF and AN), BGZF with a tabix index.

    hemizygous: how a single copy (a man's X outside PAR and Y, everybody's mitochondrial DNA) is written, "haploid"
    (``1``, two PL) or "diploid" (``1/1``).
    phased: all genotypes with ``|`` and the true haplotypes, else all with ``/``. multiallelic: "split" (a record an
    ALT allele) or "joint" (SNVs of a position in one record, indels of a position in one). annotate: "frequency" (of
    the database part of the panel, gnomAD's fields with the prefix ``gnomAD_``) and "consequence" (CSQ as VEP writes
    it).
    """

    needs_genome: ClassVar[bool] = True
    hemizygous: Literal["haploid", "diploid"] = "haploid"
    phased: bool = False
    multiallelic: Literal["split", "joint"] = "split"
    annotate: tuple[Literal["frequency", "consequence"], ...] = ()

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Return a context that gives the writer of one case: observed/vcf/CASE.vcf.gz and its .tbi."""
        from raresim import annotation
        from raresim.files import write
        from raresim.vcf_text import Layout, blocks

        notes = annotation.annotators(study.world, self.annotate)
        layout = Layout.of(study.world.genome, "".join(note.header for note in notes))
        target = folder / "observed" / "vcf"

        def one(case: Case) -> None:
            seen = case.observed
            extra = annotation.join([note.fields(seen.sites) for note in notes], len(seen.sites))
            parts, index = blocks(
                layout,
                [member.code for member in seen.members],
                seen.sites,
                seen.calls,
                extra=extra,
                phased=self.phased,
                hemizygous=self.hemizygous,
                joint=self.multiallelic == "joint",
            )
            write(target / f"{seen.code}.vcf.gz", *parts)
            write(target / f"{seen.code}.vcf.gz.tbi", index)

        yield one
