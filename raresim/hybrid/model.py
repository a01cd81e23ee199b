"""The discriminator as plain numbers: boosted trees whose sum is the log of (real : simulated)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim import model_files
from raresim.errors import InputError
from raresim.tables import table

VERSION = 1
FILE = "hybrid.npz"
ARRAYS = ("feature", "threshold", "left", "right", "value", "off")


@dataclass(frozen=True, eq=False)
class Discriminator:
    """Trees one after the other; off int32[trees + 1] says where each begins.

    A node with left < 0 is a leaf with a value float32; else records with feature <= threshold go left (rows within the
    tree). start: the sum before the first tree. notes: source, licence, sizes.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]
    off: NDArray[np.int32]
    start: float
    notes: Mapping[str, Any] = field(default_factory=dict)

    def log_odds(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return float64[records]: the log odds that a record is a real one."""
        from raresim.kernels.discriminator import leaves

        trees = (self.feature, self.threshold, self.left, self.right, self.value, self.off)
        return np.asarray(self.start + leaves(features.astype(np.float32), *trees).sum(axis=1))

    def packed(self) -> bytes:
        """Return the bytes of the model's file."""
        facts = {"version": VERSION, "start": self.start, "notes": dict(self.notes)}
        return model_files.packed({name: getattr(self, name) for name in ARRAYS}, facts)

    def save(self, folder: Path) -> None:
        """Write ``hybrid.npz`` and ``hybrid.toml``."""
        facts: dict[str, str | int] = {"kind": "hybrid", "version": VERSION, "trees": len(self.off) - 1}
        model_files.save(folder, FILE, self.packed(), facts)


@lru_cache(maxsize=4)
def load(path: Path | None = None) -> Discriminator:
    """Return the shipped discriminator, or that of a model folder; InputError for what is none."""
    if path is None:
        return unpacked(table(FILE).read_bytes(), f"data/{FILE}")
    return unpacked(model_files.read(path, FILE, "hybrid", VERSION), str(path))


def unpacked(data: bytes, where: str) -> Discriminator:
    """Return the discriminator of the bytes of its file."""
    arrays, facts = model_files.unpacked(data, ARRAYS, where)
    if facts.get("version") != VERSION:
        raise InputError(
            f"{where}: model of version {facts.get('version')}, this raresim reads {VERSION}; fit it again"
        )
    return Discriminator(**arrays, start=float(facts["start"]), notes=facts["notes"])
