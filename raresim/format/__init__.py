"""What is written?

A kind gives one method::

    def open(self, folder: Path, study: Study) -> AbstractContextManager[Callable[[Case], None]]

``folder`` is the output folder; the kind writes below ``observed/``, ``truth/`` or ``panel/`` of it, each file under a
temporary name in the same folder, renamed when whole. The writer is called with the cases in order of number. A study
is written in shards of consecutive cases: a file that several of them write is joined by its suffix (raresim.joins).

A kind may have ``check(self) -> None``, which raises InputError for what it lacks (a package of an extra), and may say
``needs_genome: ClassVar[bool] = True`` (it is refused where ``genome = "none"``), ``needs_background:
ClassVar[str]`` (the kind of background without which it is refused) and ``once: ClassVar[bool] = True`` (opened once
for the whole study, never called with a case).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from raresim.case import Case
    from raresim.world import World


@dataclass(frozen=True)
class Study:
    """What a writer needs beside the case: the world (genome, catalog, panel, ontology), versions of software and
    data for headers and metadata, and the date that stands for "created" in every file (fixed by the spec)."""

    world: World
    created: str  # RFC 3339, e.g. "2025-01-16T00:00:00Z"
    versions: dict[str, str]


class FormatKind(Protocol):
    """The contract of the family."""

    def open(self, folder: Path, study: Study) -> AbstractContextManager[Callable[[Case], None]]:
        """Return a context that gives the writer of one case."""
        ...


def __getattr__(name: str) -> Any:
    from raresim.kinds import exported

    return exported("format", name)
