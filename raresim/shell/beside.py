"""The other project that is also imported as ``raresim``."""

from __future__ import annotations

import importlib.metadata
import sys


def warn() -> None:
    """Say on stderr, in one line, when the distribution ``raresim`` (RAREsim2) is installed beside raresim-dx."""
    try:
        other = importlib.metadata.distribution("raresim")
    except importlib.metadata.PackageNotFoundError:
        return
    print(
        f"raresim: the package 'raresim' {other.version} of another project is installed beside raresim-dx and has the "
        "same import name; run `pip uninstall raresim` and install raresim-dx again",
        file=sys.stderr,
    )
