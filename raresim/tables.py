"""Where the shipped tables and the cache are."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from raresim.errors import InputError


def table(name: str) -> Path:
    """Return the path of a table: in the folder ``RARESIM_DATA``, else as shipped (in a wheel, or in a checkout)."""
    here = Path(__file__).parent
    own = os.environ.get("RARESIM_DATA")
    for folder in (*([Path(own)] if own else []), here / "data", here.parent / "data"):
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(f"the table data/{name} is missing from this installation of raresim")


def cache_folder() -> Path:
    """Return the folder for things built once (genome, panel): ``RARESIM_CACHE`` or the user's cache folder."""
    from platformdirs import user_cache_path

    folder = Path(os.environ.get("RARESIM_CACHE") or user_cache_path("raresim"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"RARESIM_CACHE: cannot write {folder} ({error.strerror}); set it to a writable folder"
        ) from None
    return folder


@contextmanager
def kept(path: Path) -> Iterator[BinaryIO]:
    """Give a file that appears under its name in the cache when the block ends without an error, and not otherwise.

    It has a name of its own until then, so other processes see a whole file or none. InputError if it cannot be
    written.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=path.stem, suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                yield cast(BinaryIO, file)
            os.chmod(temporary, 0o644)  # a cache may be shared; mkstemp's file is for its owner alone
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:  # numpy's own has no strerror
        why = error.strerror or "no space left"
        raise InputError(f"RARESIM_CACHE: cannot write {path} ({why}); free space or set another folder") from None
