"""The small genome of the field reports, in all the forms that users bring it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from raresim.bgzf import compress


def inputs(shared: Path) -> Path:
    """The folder of the field reports' inputs."""
    folder = shared.parent / "field_reports" / "inputs"
    if not folder.is_dir():
        pytest.skip(f"the field reports are not at {folder}")
    return folder


def bgzipped(path: Path, text: bytes) -> Path:
    """Write text as BGZF."""
    path.write_bytes(compress(text)[0])
    return path


def gzipped(path: Path, *members: bytes) -> Path:
    """Write gzip members one after the other."""
    path.write_bytes(b"".join(gzip.compress(member, mtime=0) for member in members))
    return path


def written(path: Path, text: str | bytes) -> Path:
    """Write a file and return its path."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path
