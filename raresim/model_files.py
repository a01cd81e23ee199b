"""Fitted models as files: arrays in an .npz of the same bytes for the same numbers, and a TOML that says what it is."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim import files, textfile
from raresim.errors import InputError

Arrays = dict[str, NDArray[Any]]


def packed(arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> bytes:
    """Return an .npz of the arrays and, as JSON, the facts: the same bytes for the same values."""
    text = json.dumps(facts, indent=1, sort_keys=True).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, array in sorted({**arrays, "facts": np.frombuffer(text, np.uint8)}.items()):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            file.writestr(info, buffer.getvalue(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpacked(data: bytes, names: Sequence[str], where: str) -> tuple[Arrays, dict[str, Any]]:
    """Return the arrays of these names, which cannot be changed, and the facts; InputError for anything else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in (*names, "facts")}
        facts = json.loads(arrays.pop("facts").tobytes())
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        raise InputError(f"{where}: the model cannot be read; fit it again or copy it anew") from None
    for array in arrays.values():
        array.flags.writeable = False
    return arrays, facts


def save(folder: Path, stem: str, data: bytes, facts: Mapping[str, str | int]) -> None:
    """Write ``stem`` with its data beside a ``.toml`` of facts and digest; OutputError where it cannot."""
    digest = hashlib.sha256(data).hexdigest()
    lines = [*(f"{key} = {json.dumps(value)}" for key, value in facts.items()), f'sha256 = "{digest}"  # of {stem}']
    files.write(folder / stem, data)
    files.write((folder / stem).with_suffix(".toml"), ("\n".join(lines) + "\n").encode())


def read(folder: Path, stem: str, kind: str, version: int) -> bytes:
    """Return the data of a model; InputError where it is missing, of another kind or version, or damaged."""
    toml = Path(stem).with_suffix(".toml").name
    try:
        said = textfile.toml((folder / toml).read_text(encoding="utf-8"))
        data = (folder / stem).read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else f"{toml} is no TOML"
        raise InputError(
            f"{folder}: holds no {kind} model ({why}); give a folder of raresim fit --kind {kind}"
        ) from None
    if said.get("kind") != kind or said.get("version") != version:
        raise InputError(
            f"{folder}: {toml} is of kind {said.get('kind')!r}, version {said.get('version')!r}; "
            f"this raresim reads {kind!r}, version {version}: fit it again"
        )
    if hashlib.sha256(data).hexdigest() != said.get("sha256"):
        raise InputError(f"{folder}: {stem} does not have the digest that {toml} says; fit it again or copy it anew")
    return data
