"""The networks as arrays: read from and written to safetensors, evaluated with numpy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim.errors import InputError
from raresim.tables import table

if TYPE_CHECKING:
    from numpy.random import Generator

VERSION = 1
FILE = "neural.safetensors"
COUNT_FROM = (0, 1, 2, 3, 4, 5, 7, 9, 12, 16, 23, 33)  # least number of each class of a count; the last ends at
COUNT_END = 60  # choices
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Neural:
    """Networks of one hidden layer (tanh).

    Counts, one network each in the order of a profile, each sees the entry's description (standardised by mean and
    spread), the severity and the counts before it (log(1 + n)): count_hidden float32[8, 25, h], count_bias [8, h],
    count_out [8, h, classes], count_top [8, classes]. Terms, one network for observed and excluded of each relation,
    added to the linear score of the clinical model: term_hidden float32[2, 4, s, h], term_bias [2, 4, h], term_out
    [2, 4, h]. notes: source, licence, sizes.
    """

    mean: Floats
    spread: Floats
    count_hidden: Floats
    count_bias: Floats
    count_out: Floats
    count_top: Floats
    term_hidden: Floats
    term_bias: Floats
    term_out: Floats
    notes: Mapping[str, Any] = field(default_factory=dict)

    def counts(self, description: NDArray[np.float64], severity: float, rng: Generator) -> NDArray[np.float64]:
        """Draw float64[8]: a profile, one count after the other."""
        uniform = rng.random((8, 2)).tolist()
        x = np.zeros(len(description) + 9, np.float64)
        x[: len(description)] = (description - self.mean) / self.spread
        x[len(description)] = severity
        out = np.zeros(8)
        for i, (first, second) in enumerate(uniform):
            score = np.tanh(x @ self.count_hidden[i] + self.count_bias[i]) @ self.count_out[i] + self.count_top[i]
            chance = np.cumsum(np.exp(score - score.max()))
            at = min(int(np.searchsorted(chance, first * chance[-1], "right")), len(COUNT_FROM) - 1)
            low = COUNT_FROM[at]
            if at + 1 < len(COUNT_FROM):
                out[i] = low + int(second * (COUNT_FROM[at + 1] - low))
            else:
                out[i] = int(low * ((COUNT_END + 1) / low) ** second)
            x[len(description) + 1 + i] = np.log1p(out[i])
        if out[:4].sum() == 0:
            out[0] = 1
        return out

    def score(self, static: NDArray[np.float32], k: int, j: int) -> NDArray[np.float64]:
        """Return float64[terms]: what is added to the linear scores; k is 1 for excluded terms, j the relation."""
        hidden = np.tanh(static @ self.term_hidden[k, j] + self.term_bias[k, j])
        return np.asarray(hidden @ self.term_out[k, j], np.float64)

    def packed(self) -> bytes:
        """Return the bytes of the file: the same for the same model."""
        save = _library().save
        arrays = {name: np.ascontiguousarray(getattr(self, name)) for name in ARRAYS}
        facts = {"kind": "neural", "version": VERSION, "notes": dict(self.notes)}
        about = json.dumps(facts, sort_keys=True)  # one key: the library writes several in any order
        return bytes(save(arrays, metadata={"raresim": about}))

    def save(self, folder: Path) -> None:
        """Write ``neural.safetensors`` and ``neural.toml`` with its digest."""
        from raresim import model_files

        model_files.save(folder, FILE, self.packed(), {"kind": "neural", "version": VERSION})


ARRAYS = (
    *("mean", "spread", "count_hidden", "count_bias", "count_out", "count_top"),
    *("term_hidden", "term_bias", "term_out"),
)


def _library() -> Any:
    try:
        import safetensors.numpy  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise InputError("phenotype.kind: neural needs safetensors; pip install 'raresim-dx[neural]'") from None
    return safetensors.numpy


@lru_cache(maxsize=4)
def load(path: Path | None = None) -> Neural:
    """Return the shipped networks, or those of a model folder; InputError for what is none."""
    from raresim import model_files

    if path is None:
        return unpacked(table(FILE).read_bytes(), f"data/{FILE}")
    return unpacked(model_files.read(path, FILE, "neural", VERSION), str(path))


def unpacked(data: bytes, where: str) -> Neural:
    """Return the networks of the bytes of their file."""
    library = _library()
    try:
        size = int.from_bytes(data[:8], "little")
        facts = json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["raresim"])
        arrays = {name: np.asarray(array, np.float32) for name, array in library.load(data).items()}
        if facts["kind"] != "neural" or facts["version"] != VERSION:
            raise InputError(
                f"{where}: holds kind {facts['kind']!r}, version {facts['version']}; this raresim reads 'neural', "
                f"version {VERSION}: fit it again"
            )
        return Neural(**{name: arrays[name] for name in ARRAYS}, notes=facts["notes"])
    except InputError:
        raise
    except Exception as error:  # of the library's own kinds
        raise InputError(f"{where}: the model cannot be read ({type(error).__name__}); fit it again") from None
