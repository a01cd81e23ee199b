"""GA4GH phenopackets v2: one for tools, one with the diagnosis for the scorer, and the family of the case."""

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
    and variants. observed/families/CASE.json is the GA4GH Family: proband, relatives of whom something is recorded,
    pedigree (not written for a proband alone). observed/visits/N/CASE.json is an earlier visit of the proband.
    """

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Return a context that gives the writer of one case."""
        import orjson

        from raresim.files import write
        from raresim.phenopackets import Packet, family, observed, solved, visit

        option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        seen = folder / "observed"

        def one(case: Case) -> None:
            def put(where: Path, packet: Packet) -> None:
                write(where / f"{case.observed.code}.json", orjson.dumps(packet, option=option))

            put(seen / "phenopackets", observed(case, study))
            put(folder / "truth" / "phenopackets", solved(case, study))
            if len(case.observed.members) > 1:
                put(seen / "families", family(case, study))
            for number in range(1, len(case.observed.earlier) + 1):
                put(seen / "visits" / str(number), visit(case, number, study))

        yield one
