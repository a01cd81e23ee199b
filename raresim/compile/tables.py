"""Writing tables byte for byte the same every time."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def write_npz(path: Path, arrays: dict[str, NDArray[Any]], provenance: dict[str, Any]) -> int:
    """Write arrays (sorted by name, fixed dates) and the provenance as JSON text; return the bytes written."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(npz(arrays, provenance))
    os.replace(temporary, path)
    return path.stat().st_size


def npz(arrays: dict[str, NDArray[Any]], provenance: dict[str, Any]) -> bytes:
    """Return the bytes of such a file."""
    packed = {**arrays, "provenance": text_array(json.dumps(provenance, indent=1, sort_keys=True))}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name in sorted(packed):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, packed[name], allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            file.writestr(entry, buffer.getvalue())
    return out.getvalue()


def text_array(text: str) -> NDArray[np.uint8]:
    """Return text as UTF-8 bytes."""
    return np.frombuffer(text.encode(), np.uint8)


def lines_array(lines: Iterable[str]) -> NDArray[np.uint8]:
    """Return lines (without line ends inside) as UTF-8 bytes."""
    return text_array("\n".join(lines))


def sha256(path: Path) -> str:
    """Return the digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
