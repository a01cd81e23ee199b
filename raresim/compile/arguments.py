"""The arguments that the compilers of tables have in common."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

SHARED = Path("../shared/data")


def arguments(about: str | None, inputs: Sequence[str], out: str = "data", wanted: str = "folder") -> tuple[Path, Path]:
    """Return the folder with the inputs and the folder (or file: ``wanted``) to write, of the command line; leaves with
    exit code 2 and one line where an input is not there.

    about: what the compiler does. inputs: files and folders that it reads, below the first folder. out: what it writes
    by default.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = f"folder with the published data that the table is made from: {', '.join(inputs)}"
    parser.add_argument("--shared", type=Path, metavar="FOLDER", default=SHARED, help=f"{what} (default: {SHARED})")
    parser.add_argument(
        "--out", type=Path, metavar=wanted.upper(), default=Path(out), help=f"{wanted} to write (default: {out})"
    )
    given = parser.parse_args()
    missing = [name for name in inputs if not (given.shared / name).exists()]
    if missing:
        parser.exit(2, f"--shared {given.shared}: there is no {', '.join(missing)}; name the folder with the inputs\n")
    return given.shared, given.out
