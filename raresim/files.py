"""Writing files whole or not at all; a full disk or a folder that cannot be written is one clear line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from raresim.errors import InputError, OutputError


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Give a file that appears under its name when the block ends without an error, and not at all otherwise.

    It is written beside it under ``NAME.tmp`` and renamed after an explicit close. Raises OutputError, naming the path
    and the system's error, if the folder or the file cannot be written.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        out = temporary.open("wb")
    except OSError as error:
        raise failed(path, error) from None
    try:
        yield out
        out.close()
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            out.close()
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise failed(path, error) from None
        raise


def write(path: Path, *parts: bytes | memoryview) -> None:
    """Write a file, of one part or more, whole or not at all."""
    with whole(path) as out:
        out.writelines(parts)


def placed(path: Path | None, key: str) -> None:
    """Raise InputError for a file named by ``key`` that cannot be written because its folder is not there."""
    if path is not None and not path.absolute().parent.is_dir():
        raise InputError(f"{key}: {path}: the folder {path.parent} does not exist; make it, or name another file")


def failed(path: Path, error: OSError) -> OutputError:
    """Return the error of a file that could not be written."""
    return OutputError(
        f"{path}: cannot be written ({error.strerror}, errno {error.errno}); free space or choose another folder"
    )
