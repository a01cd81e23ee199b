"""Cases and terms as Parquet: tables for tools, and the same with the answers."""

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
class Parquet:
    """Cases and terms as Parquet: a row a case, a row a term, for tools and with the answers (extra "parquet").

    observed/cases.parquet and observed/terms.parquet hold what a tool may see; truth/cases.parquet and
    truth/terms.parquet have the columns of the truth tables of the same names.
    """

    def check(self) -> None:
        """Raise InputError without pyarrow."""
        from raresim.parquet import arrow

        arrow()

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Return a context that gives the writer of one case."""
        from raresim.parquet import TRUTH, observed, writing
        from raresim.truth_tables import rows

        with writing(folder) as put:

            def one(case: Case) -> None:
                for name, values in observed(case, study.world):
                    put(f"observed/{name}", values)
                for name, values in rows(case, study.world):
                    if name in TRUTH:
                        put(f"truth/{name}", values)

            yield one
