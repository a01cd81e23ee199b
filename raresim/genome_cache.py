"""Genomes of the user's files, read once and kept in the cache folder until a file changes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from raresim.genome import Contig, ContigKind, Genes, Genome
from raresim.tables import cache_folder, kept

FORMAT = 1  # a change of what is kept, or of how files are read, is a new number


def cached(files: Sequence[Path], settings: Sequence[str | None], make: Callable[[], Genome]) -> Genome:
    """Return the genome that ``make`` reads from ``files``, from the cache if no file has changed since.

    A file is known by its place, size and time of change. Written under another name and renamed, so that other
    processes see a whole file or none; a damaged one is made again.
    """
    try:
        known = [[str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns] for path in files]
    except OSError:
        return make()  # which says what is wrong with the file
    key = hashlib.blake2b(json.dumps([FORMAT, known, list(settings)]).encode(), digest_size=12).hexdigest()
    path = cache_folder() / f"genome-{key}.npz"
    try:
        return _read(path)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        genome = make()
    _write(path, genome)
    return genome


def _write(path: Path, genome: Genome) -> None:
    arrays: dict[str, Any] = {}
    text: dict[str, Any] = {"contigs": [[c.name, c.length, int(c.kind), c.par] for c in genome.contigs]}
    for value, names in ((genome, fields(Genome)), (genome.genes, fields(Genes))):
        for field in names:
            content = getattr(value, field.name)
            if isinstance(content, np.ndarray):
                arrays[field.name] = content
            elif field.name not in ("contigs", "genes"):
                text[field.name] = sorted(content) if isinstance(content, frozenset) else content
    arrays["text"] = np.frombuffer(json.dumps(text).encode(), np.uint8)
    with kept(path) as file:
        np.savez(file, **arrays)


def _read(path: Path) -> Genome:
    with np.load(path, allow_pickle=False) as file:
        values: dict[str, Any] = {name: file[name] for name in file.files}
    values |= json.loads(values.pop("text").tobytes())
    contigs = tuple(
        Contig(name, length, ContigKind(kind), tuple((a, b) for a, b in par))
        for name, length, kind, par in values.pop("contigs")
    )
    genes = Genes(**{field.name: values.pop(field.name) for field in fields(Genes)})
    values["notes"], values["unplantable"] = tuple(values["notes"]), frozenset(values["unplantable"])
    return Genome(contigs=contigs, genes=genes, **values)
