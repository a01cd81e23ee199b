"""The errors a user can mend: each says key, value and remedy in one line. The shell turns them into exit code 2."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Something the user gave is wrong; ``str(error)`` is one or more complete lines, one for each mistake.

    What cannot be printed (a line break in a key, a control character in a file's name) is shown as an escape.
    """

    def __init__(self, *lines: str) -> None:
        self.lines = tuple(map(_printable, lines))
        ValueError.__init__(self, "\n".join(self.lines))


def _printable(line: str) -> str:
    return line if line.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def nearest(word: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` for the known word nearest to ``word``, or a short list of what exists."""
    names = [str(name) for name in known]
    lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{lower[close[0]]}'?"
    if 0 < len(names) <= 16:
        return f"; known: {', '.join(sorted(names))}"
    return ""


class OutputError(InputError):
    """Something could not be written: a full disk, a folder without permission."""
