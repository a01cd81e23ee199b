"""Files that the shards of a study share, joined in the order of the shards: tables, JSON lines, Parquet.

The bytes of the whole do not depend on where the shards were cut, and memory does not grow with the number of cases.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from raresim.files import failed, whole

HEADER_LINES = 2  # of a truth table: its version and its columns


@contextmanager
def appending(folder: Path) -> Iterator[Callable[[str, bytes], None]]:
    """Give ``put(name, data)``, which adds to a file below the folder; files appear when the block ends."""
    with ExitStack() as stack:
        opened: dict[str, BinaryIO] = {}

        def put(name: str, data: bytes) -> None:
            if name not in opened:
                opened[name] = stack.enter_context(whole(folder / name))
            try:
                opened[name].write(data)
            except OSError as error:
                raise failed(folder / name, error) from None

        yield put


def join(parts: Sequence[Path], target: Path) -> None:
    """Write the parts of a file, in this order, as one file; :data:`JOINED` says which suffixes have parts."""
    JOINED[target.suffix](parts, target)


def _tables(parts: Sequence[Path], target: Path) -> None:
    with whole(target) as out:
        for number, part in enumerate(parts):
            with part.open("rb") as lines:
                for _ in range(HEADER_LINES):
                    line = lines.readline()
                    if number == 0:
                        out.write(line)
                shutil.copyfileobj(lines, out)


def _lines(parts: Sequence[Path], target: Path) -> None:
    with whole(target) as out:
        for part in parts:
            with part.open("rb") as lines:
                shutil.copyfileobj(lines, out)


def _parquet(parts: Sequence[Path], target: Path) -> None:
    from raresim.parquet import join

    join(parts, target)


JOINED: dict[str, Callable[[Sequence[Path], Path], None]] = {".tsv": _tables, ".jsonl": _lines, ".parquet": _parquet}
