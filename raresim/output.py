"""The output folder: who may write to it, merging shards, the manifest."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import os
import platform
import re
import shutil
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raresim import demography, kinds, knowledge, provenance
from raresim.errors import InputError
from raresim.files import write
from raresim.joins import JOINED, join

if TYPE_CHECKING:
    from raresim.cases import Summary
    from raresim.catalog import Catalog
    from raresim.format import Study
    from raresim.spec import Spec
    from raresim.world import World

PARTS = ("observed", "truth", "panel", "cohort")
SOFTWARE = ("raresim-dx", "numpy", "numba", "msprime", "tskit", "pysam", "hpo3", "orjson", "deflate")


def refuse(folder: Path, spec: Spec) -> None:
    """Raise InputError for a folder that holds another study or other files, or that cannot be a folder.

    Dot files of others (workflow managers put them there first) are left alone; the same study is written again.
    """
    try:
        held = folder / "study.toml"
        if held.exists():
            if held.read_text(encoding="utf-8") != spec.to_toml(folder):
                raise InputError(f"-o {folder}: this folder holds another study (study.toml differs); name another one")
        elif folder.exists():
            foreign = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
            if foreign:
                raise InputError(f"-o {folder}: this folder holds other files ({foreign[0]}, ...); name an empty one")
    except OSError as error:
        raise InputError(f"-o {folder}: cannot be used ({error.strerror}); name another folder") from None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Make the folder and hold it against other runs until the end; InputError where one is writing to it.

    The lock is the system's, on the folder itself: it ends with the process, and leaves no file. File systems without
    locks are written to unguarded.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise InputError(f"-o {folder}: cannot be written ({error.strerror}); name another folder") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise InputError(f"-o {folder}: another run is writing to it; wait for its end, or name another one") from None
    except OSError:
        pass
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def claimed(folder: Path, spec: Spec) -> Iterator[None]:
    """Write the resolved spec into the folder: from now on it is this study's.

    A folder that was empty is removed again when bad input shows inside.
    """
    try:
        fresh = not any(folder.iterdir())
        write(folder / "study.toml", spec.to_toml(folder).encode())
        documents = spec.background.documents(spec.background_seed) if hasattr(spec.background, "documents") else {}
        for name, text in documents.items():
            if not name.startswith("truth/") or any(kinds.name_of(kind) == "truth" for kind in spec.output):
                write(folder / name, text.encode())
    except OSError as error:
        raise InputError(f"-o {folder}: cannot be written ({error.strerror}); name another folder") from None
    try:
        yield
    except InputError:
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def write_counts(folder: Path, counts: Counter[str]) -> None:
    """Write the counts of a shard beside its files."""
    import orjson

    write(folder / "counts.json", orjson.dumps(dict(sorted(counts.items()))))


def merge(shards: list[Path], folder: Path) -> list[Counter[str]]:
    """Move the files of whole shards into place, join those that they share, and return the counts of each.

    Can be repeated after it was killed: a file that is no longer in its shard is in place already, and shared files
    stay in the shards until the shards are removed.
    """
    import orjson

    counts = []
    shared: dict[Path, list[Path]] = {}
    for shard in shards:
        for path in sorted(p for p in shard.rglob("*") if p.is_file()):
            inside = path.relative_to(shard)
            if inside.name == "counts.json":
                counts.append(Counter(orjson.loads(path.read_bytes())))
            elif path.suffix in JOINED:
                shared.setdefault(inside, []).append(path)
            else:
                (folder / inside).parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, folder / inside)
    for inside, parts in shared.items():
        join(parts, folder / inside)
    return counts


def finish(folder: Path, spec: Spec, study: Study, made_from: dict[str, Any], summary: Summary) -> None:
    """Write the manifest, last of all: what made the study, what was asked and got, digests of every part."""
    import orjson

    from raresim.cases import as_json

    content: dict[str, Any] = {
        "format": 1,
        "raresim": importlib.metadata.version("raresim-dx"),
        "study": {"digest": spec.digest, "seed": spec.seed, "background_seed": spec.background_seed},
        "created": study.created,
        **made_from,
        "made": as_json(summary),
        "digests": {part: digests(folder / part) for part in PARTS if (folder / part).is_dir()},
    }
    write(folder / "manifest.json", orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def sources(spec: Spec, world: World, study: Study) -> dict[str, Any]:
    """Return the part of the manifest that says what decides the bytes of a study beside its spec."""
    return {
        "versions": study.versions,
        "platform": f"{platform.system()} {platform.machine()}",
        "inputs": {
            "genome": {"name": world.genome.name, "assembly": world.genome.assembly, "digest": world.genome.digest},
            **({} if world.genome.absent else {"panel": _panel(spec, world)}),
            **({"demography": demography.cited(model)} if (model := _catalogued(spec)) else {}),
            "catalog": knowledge.of_study(world.catalog, spec.catalog),
            "tables": {path.name: provenance.summary(path) for path in provenance.tables_read(spec)},
            "files": provenance.files_read(spec),
        },
    }


def unfinished(folder: Path, made_from: dict[str, Any]) -> Path:
    """Return where the whole shards of a run are until it ends: one place for each set of sources, so that a run goes
    on from nothing that other data or another version have made."""
    import orjson

    return folder / ".shards" / hashlib.blake2b(orjson.dumps(made_from), digest_size=8).hexdigest()


def _catalogued(spec: Spec) -> str | None:
    """The stdpopsim model that people are simulated by."""
    return getattr(spec.background, "stdpopsim", None) if spec.genome != "none" else None


def _panel(spec: Spec, world: World) -> dict[str, Any]:
    consent = getattr(spec.background, "consent", None)
    return {"digest": world.panel.digest, **({} if consent is None else {"real_people": True, "consent": consent})}


def digests(folder: Path) -> dict[str, str]:
    """Return two SHA-256 digests of a folder, over file names and contents in order of name.

    ``content``: of what is in compressed files (indexes left out), the same on every platform; ``bytes``: of the files
    as they are, the same for one set of versions on one platform.
    """
    by_content, by_bytes = hashlib.sha256(), hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = str(path.relative_to(folder)).encode()
        with path.open("rb") as file:
            raw = hashlib.file_digest(file, "sha256").digest()
        by_bytes.update(name + b"\0" + raw)
        if path.suffix in (".tbi", ".csi"):
            continue
        by_content.update(name + b"\0" + (_content(path) if path.suffix == ".gz" else raw))
    return {"content": by_content.hexdigest(), "bytes": by_bytes.hexdigest()}


def _content(path: Path) -> bytes:
    """Return the SHA-256 of what is in a file of gzip members."""
    plain, data = hashlib.sha256(), path.read_bytes()
    while data:
        member = zlib.decompressobj(wbits=31)
        plain.update(member.decompress(data))
        data = member.unused_data
    return plain.digest()


def versions(world: World) -> dict[str, str]:
    """Return the versions of software and data that a study depends on."""
    out = {name: importlib.metadata.version(name) for name in SOFTWARE}
    out["python"] = platform.python_version()
    out["hpo"] = world.ontology.release
    out["catalog"] = world.catalog.release
    return out | _releases(world.catalog)


def _releases(catalog: Catalog) -> dict[str, str]:
    """The releases of HGNC and Orphanet, which the sources of the catalog give in brackets."""
    text = "\n".join(catalog.provenance["sources"])
    patterns = {"hgnc": r"^HGNC \((\S+?)\)", "orpha": r"^Orphanet .*?\((\d{4}-\d\d-\d\d)\)"}
    found = {name: re.search(pattern, text, re.MULTILINE) for name, pattern in patterns.items()}
    return {name: date[1] for name, date in found.items() if date}
