"""The fitted model as plain numbers, and its folder: ``model.npz`` and ``model.toml``."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.errors import InputError
from raresim.tables import table
from raresim.textfile import toml

VERSION = 2  # of the arrays and of what they mean


@dataclass(frozen=True, eq=False)
class Model:
    """What was fitted on case reports; no single term set of a report is in it.

    weights float32[2, 4, f]: of the term scores; observed or excluded; relation (exact, ancestor, descendant,
    unrelated); f features
    (``features.STATIC``, then the context of ``kernels.clinical``). term int32[t]: numbers of HPO ids; observed,
    excluded int32[t]: in how many publications they were, 0 below ``minimum_support``. profile int16[m, 8]: numbers of
    observed and excluded terms of each relation; size int32[m]: terms of the entry it was seen from; disease,
    publication int32[m]: anonymous groups of profiles. Trees
    (int16 feature, float32 threshold, int32 left and right of nodes, -1 in a leaf; tree_off int32[trees + 1]) part
    entries by their description; leaf int32[trees, m]: the leaf of each profile. sharing: probability that two reports
    of a disease are of one publication. minimum_support: publications that a count must reach. publications: fitted on.
    left_out: publications left out of the catalog when it was fitted, and so when entries are compared. notes: source,
    licence, sizes.
    """

    weights: NDArray[np.float32]
    term: NDArray[np.int32]
    observed: NDArray[np.int32]
    excluded: NDArray[np.int32]
    profile: NDArray[np.int16]
    size: NDArray[np.int32]
    disease: NDArray[np.int32]
    publication: NDArray[np.int32]
    tree_off: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    leaf: NDArray[np.int32]
    sharing: float
    minimum_support: int
    publications: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that the model is, as arrays by name."""
        facts = {
            "version": VERSION,
            "sharing": self.sharing,
            "minimum_support": self.minimum_support,
            "publications": self.publications,
            "left_out": self.left_out,
            "notes": self.notes,
        }
        text = json.dumps(facts, indent=1, sort_keys=True).encode()
        return {name: getattr(self, name) for name in _ARRAYS} | {"facts": np.frombuffer(text, np.uint8)}

    def packed(self) -> bytes:
        """Return the bytes of ``model.npz``: the same for the same model."""
        out = io.BytesIO()
        arrays = self.arrays()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            for name in sorted(arrays):
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, arrays[name], allow_pickle=False)
                file.writestr(
                    zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), buffer.getvalue(), zipfile.ZIP_DEFLATED
                )
        return out.getvalue()

    def save(self, folder: Path) -> None:
        """Write ``model.npz`` and ``model.toml`` (kind, version, digest, sizes); OutputError where it cannot."""
        from raresim import files

        data = self.packed()
        files.write(folder / "model.npz", data)
        files.write(folder / "model.toml", self._toml(hashlib.sha256(data).hexdigest()).encode())

    def _toml(self, digest: str) -> str:
        lines = [
            'kind = "clinical"',
            f"version = {VERSION}",
            f'sha256 = "{digest}"  # of model.npz',
            f"profiles = {len(self.profile)}",
            f"diseases = {len(np.unique(self.disease))}",
            f"publications = {len(self.publications)}",
            f"terms = {len(self.term)}",
            f"minimum_support = {self.minimum_support}",
        ]
        return "\n".join(lines) + "\n"


_ARRAYS = (
    *("weights", "term", "observed", "excluded", "profile", "size", "disease", "publication"),
    *("tree_off", "feature", "threshold", "left", "right", "leaf"),
)


def load(path: Path | None = None) -> Model:
    """Return the shipped model, or that of a folder; InputError where it is missing, damaged or of another version."""
    return _load(None if path is None else Path(path).resolve())


@lru_cache(maxsize=4)
def _load(path: Path | None) -> Model:
    if path is None:
        return unpacked(table("clinical.npz").read_bytes(), "data/clinical.npz")
    try:
        said = toml((path / "model.toml").read_text(encoding="utf-8"))
        data = (path / "model.npz").read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "model.toml is no TOML"
        raise InputError(f"{path}: no model folder ({why}); give one that raresim fit has written") from None
    if said.get("kind") != "clinical":
        raise InputError(f"{path}: holds a model of kind {said.get('kind')!r}, not 'clinical'")
    if said.get("version") != VERSION:
        raise InputError(f"{path}: model of version {said.get('version')}, this raresim reads {VERSION}; fit it again")
    if hashlib.sha256(data).hexdigest() != said.get("sha256"):
        raise InputError(
            f"{path}: model.npz does not have the digest that model.toml says; fit it again or copy it anew"
        )
    return unpacked(data, str(path))


def unpacked(data: bytes, where: str) -> Model:
    """Return the model of the bytes of ``model.npz``."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        facts = json.loads(arrays.pop("facts").tobytes())
        version = facts.pop("version")
        named = {name: arrays[name] for name in _ARRAYS}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        raise InputError(f"{where}: the model cannot be read; fit it again or copy it anew") from None
    if version != VERSION:
        raise InputError(f"{where}: model of version {version}, this raresim reads {VERSION}; fit it again")
    for array in named.values():
        array.flags.writeable = False
    facts |= {name: tuple(facts[name]) for name in ("publications", "left_out")}
    return Model(**named, **facts)
