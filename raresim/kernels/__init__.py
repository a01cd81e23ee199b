"""Kernels that numba compiles; what it compiled is kept in this folder's __pycache__, the user's cache, or ours."""

import os
from pathlib import Path


def _place() -> None:
    """Have numba keep what it compiles below raresim's cache where this folder cannot be written (a container, a shared
    installation): numba's own second choice is below HOME, which may be read-only there as well."""
    here = Path(__file__).parent
    if os.environ.get("NUMBA_CACHE_DIR") or os.access(here, os.W_OK):
        return
    from numba.core import config

    from raresim.tables import cache_folder

    os.environ["NUMBA_CACHE_DIR"] = str(cache_folder() / "numba")
    config.reload_config()


_place()
