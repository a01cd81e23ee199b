"""Where the shipped tables and the cache are."""

from __future__ import annotations

import os
from pathlib import Path

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
