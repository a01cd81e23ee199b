"""GA4GH phenopackets v2: one for tools, one with the diagnosis for the scorer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from raresim.kinds import kind

if TYPE_CHECKING:
    from raresim.case import Case
    from raresim.format import Study


@kind
class Phenopacket:
    """GA4GH phenopackets v2: one for tools, one with the diagnosis for the scorer.

    observed/phenopackets/CASE.json has the proband and the terms; truth/phenopackets/CASE.json has also disease, gene
    and variants.
    """

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Return a context that gives the writer of one case."""
        import orjson

        from raresim.files import write
        from raresim.phenopackets import observed, solved

        option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE

        def one(case: Case) -> None:
            name = f"{case.observed.code}.json"
            write(folder / "observed" / "phenopackets" / name, orjson.dumps(observed(case, study), option=option))
            write(folder / "truth" / "phenopackets" / name, orjson.dumps(solved(case, study), option=option))

        yield one
