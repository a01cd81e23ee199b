"""Each case in plain English, from templates, aligned with its terms."""

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
class Note:
    """Each case in plain English, from templates, aligned with its terms; no disease and no gene is named.

    observed/notes/CASE.txt is the text (UTF-8); CASE.tsv says where in it (characters from 0, end exclusive) which term
    is named, and whether it is excluded.
    """

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Return a context that gives the writer of one case."""
        from raresim.files import write
        from raresim.notes import COLUMNS, note
        from raresim.truth_tables import line
        from raresim.words import telling

        target = folder / "observed" / "notes"
        naming = telling(study.world.catalog)

        def one(case: Case) -> None:
            made = note(case.observed, naming)
            rows = [(s.start, s.end, s.term, s.excluded, made.text[s.start : s.end]) for s in made.spans]
            write(target / f"{case.observed.code}.txt", made.text.encode())
            write(target / f"{case.observed.code}.tsv", (line(COLUMNS) + "".join(map(line, rows))).encode())

        yield one
