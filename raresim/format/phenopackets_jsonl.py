"""Phenopackets as JSON lines: one file for tools, one with the diagnoses, however many cases."""

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
class PhenopacketsJsonl:
    """Phenopackets v2 as JSON lines: one file for tools, one with the diagnoses, however many cases.

    observed/phenopackets.jsonl has a line a case, in order of number; truth/phenopackets.jsonl the same with disease,
    gene and variants; observed/visits/N.jsonl the N-th earlier visits. Each line is what ``phenopacket`` writes to a
    file of its own. families: write observed/families.jsonl too, the GA4GH Family of each case with relatives.
    """

    families: bool = False

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Return a context that gives the writer of one case."""
        import orjson

        from raresim.joins import appending
        from raresim.phenopackets import Packet, family, observed, solved, visit

        with appending(folder) as append:

            def put(name: str, packet: Packet) -> None:
                append(name, orjson.dumps(packet, option=orjson.OPT_APPEND_NEWLINE))

            def one(case: Case) -> None:
                put("observed/phenopackets.jsonl", observed(case, study))
                put("truth/phenopackets.jsonl", solved(case, study))
                if self.families and len(case.observed.members) > 1:
                    put("observed/families.jsonl", family(case, study))
                for number in range(1, len(case.observed.earlier) + 1):
                    put(f"observed/visits/{number}.jsonl", visit(case, number, study))

            yield one
