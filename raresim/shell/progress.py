"""Progress on stderr: a bar for what takes more than two seconds, nothing where nobody looks."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Any

PATIENCE = 2.0  # seconds before a bar appears
DONE = 1.0


class Progress:
    """Called with the name of a stage and the share of it that is done; a context that clears the bar at its end.

    Silent if told so, when stderr is no terminal, and where a bar would be noise (TERM=dumb, NO_COLOR).
    """

    def __init__(self, quiet: bool = False) -> None:
        plain = os.environ.get("TERM", "") in ("", "dumb") or bool(os.environ.get("NO_COLOR"))
        self._silent = quiet or plain or not sys.stderr.isatty()
        self._start = time.monotonic()
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Progress:
        return self

    def __call__(self, stage: str, share: float) -> None:
        """Show that ``share`` (0 to 1) of ``stage`` is done."""
        if self._silent or (self._bar is None and time.monotonic() - self._start < PATIENCE):
            return
        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(stage, total=DONE)
        self._bar.update(self._tasks[stage], completed=share)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<12}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True)


def cores() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
