"""Ctrl-C and SIGTERM: temporary files are removed on the way out, and one line says what is kept."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Stopped(SystemExit):
    """The command was stopped by a signal; the exit code is 128 + its number. said: the line for the user."""

    said: str = "stopped; nothing is left half-written, the same command begins again"


def listen() -> None:
    """Raise Stopped when a signal to stop arrives; a second one changes nothing."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)


def _stop(number: int, frame: Any) -> None:
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.SIG_IGN)
    threading.excepthook = lambda args: None  # threads cut off say nothing
    raise Stopped(128 + number)


@contextmanager
def keeping(folder: Path) -> Iterator[None]:
    """Say of what writes a study to ``folder`` what is kept of it when it is stopped."""
    try:
        yield
    except Stopped as error:
        if (folder / "study.toml").exists():
            error.said = f"stopped; {folder} keeps what is whole, and the same command goes on from there"
        raise


def leave(error: Stopped) -> None:
    """End the processes that still work and say what is kept: the last word, because Python's farewell to pools may
    find the pipes of the ended processes closed, and would tell the user."""
    from raresim import processes

    processes.end()
    print(f"raresim: {error.said}", file=sys.stderr, flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
