"""What a study is made from: tables in the box with their sources, releases, licences and citations; files it names."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raresim import kinds

if TYPE_CHECKING:
    from raresim.spec import Spec

GENETIC = ("map.npz", "rates.tsv.gz", "thinning.npz")  # tables, and the demographies, that nobody's phenotypes need
MODELS = {"clinical": "clinical.npz", "hybrid": "hybrid.npz", "bayesian_network": "network.toml"}
MODELS |= {"neural": "neural.safetensors"}  # the tables of the fitted phenotype kinds
APART = ("genome",)  # key of files whose contents have a digest of their own
SHOWN = ("source", "sources", "release", "licence", "licences", "citation", "citations", "doi")
_DEMES = "time_units: generations"  # the line that ends the head of a demography
_KEY = re.compile(r"([a-z][A-Za-z0-9_, ]*): (.*)")


def tables_in_the_box() -> list[Path]:
    """Return the tables that raresim reads, sorted."""
    from raresim.tables import table

    folder = table("catalog.npz").parent
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.endswith((".md", ".tmp", ".py")))


def tables_read(spec: Spec) -> list[Path]:
    """Return the tables in the box that cases of a study are made from, sorted.

    With a genome those of its population, the map only if the study brings none; of the fitted phenotypes those of the
    kinds it names, if it names no model folder of its own (which holds all that they need).
    """
    unused = set(MODELS.values())
    for kind in spec.phenotype.kinds:
        name = kinds.name_of(kind)
        if name in MODELS and not isinstance(getattr(kind, "style", None) or getattr(kind, "model", None), Path):
            unused -= {MODELS[name], MODELS["clinical"]}
    if spec.noise is not None:
        unused -= {MODELS["clinical"]}
    if spec.map is not None:
        unused.add("map.npz")
    if not spec.record.modifiers:
        unused.add("modifiers.tsv.gz")
    bare = spec.genome == "none"
    return [
        path
        for path in tables_in_the_box()
        if path.name not in unused and not (bare and (path.name in GENETIC or path.suffix == ".yaml"))
    ]


def files_read(spec: Spec) -> list[dict[str, str]]:
    """Return key, name and SHA-256 of every file that a study names, of a folder (a fitted model) of each file in it.

    The genome is left out: the manifest has a digest of what it holds.
    """
    from raresim import study_file
    from raresim.spec import KEYS

    named = [found for key in KEYS if key not in APART for found in study_file.paths(getattr(spec, key), key)]
    out = []
    for key, path in dict.fromkeys(named):
        inside = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else []
        for file in inside or [path]:
            name = f"{path.name}/{file.name}" if inside else path.name
            out.append({"key": key, "file": name, "sha256": digest(file)})
    return out


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lines(path: Path) -> list[str]:
    """Return what a table says of itself: a title, then ``key: text`` (text goes on in lines without a key)."""
    said = _said(path)
    if said is not None:
        title = str(said.get("title") or said.get("what") or "")
        return [title] * bool(title) + [f"{key}: {line}" for key in SHOWN if key in said for line in _flat(said[key])]
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()
    if path.suffix == ".yaml":
        return [line.strip() for line in text[: text.index(_DEMES)] if not line.startswith("#")]
    return [line[1:].strip() for line in text if line.startswith("#")]


def _said(path: Path) -> dict[str, Any] | None:
    """What a table of arrays or a fitted model says of itself as values, None for a text whose lines say it."""
    found: dict[str, Any]
    if path.suffix == ".npz":
        import numpy as np

        with np.load(path, allow_pickle=False) as file:
            own = "provenance" in file.files
            found = json.loads(file["provenance" if own else "facts"].tobytes())
        return found if own else found["notes"]  # a fitted model says it of its training data
    if path.suffix == ".toml":
        return tomllib.loads(path.read_text(encoding="utf-8"))["notes"]  # type: ignore[no-any-return]
    if path.suffix == ".safetensors":
        with open(path, "rb") as binary:
            head = json.loads(binary.read(int.from_bytes(binary.read(8), "little")))
        return json.loads(head["__metadata__"]["raresim"])["notes"]  # type: ignore[no-any-return]
    return None


def summary(path: Path) -> dict[str, Any]:
    """Return digest, release ("" where only the sources name theirs), sources and licences of a table.

    A table whose sources name their licences has none of its own.
    """
    said: list[tuple[str, str]] = []
    for line in lines(path):
        found = _KEY.fullmatch(line)
        if found:
            said.append((found[1], found[2]))
        elif said:
            said[-1] = (said[-1][0], f"{said[-1][1]} {line}")
    kept = [(key, text) for key, text in said if key not in ("compiled by", "columns")]
    return {
        "sha256": digest(path),
        "release": "; ".join(text for key, text in kept if key == "release"),
        "licences": [text for key, text in kept if key.startswith("licence")],
        "sources": [
            text if key.startswith("source") else f"{key}: {text}"
            for key, text in kept
            if not key.startswith(("release", "licence", "citation"))
        ],
    }


def _flat(said: Any) -> list[str]:
    if isinstance(said, dict):
        return [f"{key}: {line}" for key, value in said.items() for line in _flat(value)]
    return [line for value in said for line in _flat(value)] if isinstance(said, list) else [str(said)]
