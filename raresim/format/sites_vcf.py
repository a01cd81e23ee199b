"""The population database of the study as a sites VCF with gnomAD's fields: panel/sites.vcf.gz."""

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
class SitesVcf:
    """The population database of the study as a sites VCF with gnomAD's field names: panel/sites.vcf.gz.

    Sites, counts and frequencies of the database part of the panel, BGZF with a tabix index; written once a study.
    """

    needs_genome: ClassVar[bool] = True
    once: ClassVar[bool] = True  # opened for the whole study, not for a shard of it

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Write panel/sites.vcf.gz and its .tbi; the writer of a case has nothing to do."""
        from raresim.files import write
        from raresim.sites_text import encode

        data, index = encode(study.world.genome, study.world.panel)
        write(folder / "panel" / "sites.vcf.gz", data)
        write(folder / "panel" / "sites.vcf.gz.tbi", index)
        yield lambda case: None
