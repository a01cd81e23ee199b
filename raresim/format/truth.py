"""The truth as tables: cases, causal alleles, members, terms, noise, de novo mutations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from raresim.kinds import kind

if TYPE_CHECKING:
    from raresim.case import Case
    from raresim.format import Study


@kind
class Truth:
    """The truth as tab-separated tables (truth/*.tsv), for the scorer only; docs/files.md names every column."""

    @contextmanager
    def open(self, folder: Path, study: Study) -> Iterator[Callable[[Case], None]]:
        """Return a context that gives the writer of one case; the tables appear when the context ends."""
        from raresim.files import failed, whole
        from raresim.truth_tables import COLUMNS, LAYER, header, line, rows

        with ExitStack() as stack:
            names = [*COLUMNS, *(LAYER if study.world.pathogenic else ())]
            paths = {name: folder / "truth" / f"{name}.tsv" for name in names}
            tables = {name: stack.enter_context(whole(path)) for name, path in paths.items()}

            def put(name: str, text: str) -> None:
                try:
                    tables[name].write(text.encode())
                except OSError as error:
                    raise failed(paths[name], error) from None

            for name in names:
                put(name, header(name))

            def one(case: Case) -> None:
                for name, values in rows(case, study.world):
                    put(name, line(values))

            yield one
