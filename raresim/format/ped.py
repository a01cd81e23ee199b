"""One PED a family: six tab-separated columns, no header line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from raresim.kinds import kind

if TYPE_CHECKING:
    from raresim.case import Case, Observed
    from raresim.format import Study


def text(seen: Observed) -> str:
    """Return the PED of a family: family, person, father, mother (0: none), sex (1 male), phenotype (2 affected)."""
    rows = (
        (seen.code, m.code, m.father or "0", m.mother or "0", "2" if m.female else "1", "2" if m.affected else "1")
        for m in seen.members
    )
    return "".join("\t".join(row) + "\n" for row in rows)


@kind
class Ped:
    """One PED a family: six tab-separated columns, no header line, proband first."""

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Return a context that gives the writer of one case: observed/ped/CASE.ped."""
        from raresim.files import write

        target = folder / "observed" / "ped"
        yield lambda case: write(target / f"{case.observed.code}.ped", text(case.observed).encode())
