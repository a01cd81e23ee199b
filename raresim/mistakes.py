"""All mistakes of a study at once: each part is looked at where nothing that it stands on has a mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from raresim.errors import InputError, OutputError


class Mistakes:
    """The lines so far, and the parts of the study (top-level keys of its file) that have a mistake or were not looked
    at because of one."""

    def __init__(self, lines: Iterable[str] = (), wrong: Iterable[str] = ()) -> None:
        self.lines = list(lines)
        self.wrong = set(wrong)

    def look(self, call: Callable[[], Any], part: str = "", needs: Iterable[str] = ()) -> Any:
        """Return what ``call`` makes of a part; None where it, or a part that it needs, has a mistake."""
        if self.wrong.isdisjoint((part, *needs)):
            try:
                return call()
            except OutputError:
                raise
            except InputError as error:
                self.lines += error.lines
        if part:
            self.wrong.add(part)
        return None

    def refuse(self) -> None:
        """Raise InputError with all lines, if there are any."""
        if self.lines:
            raise InputError(*self.lines)


def part_of(line: str) -> str:
    """Return the top-level key that a mistake is about."""
    return line.partition(":")[0].partition(".")[0].partition("[")[0]
