"""The phenopackets that a study observed: a file each, or the lines of one file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from raresim.errors import InputError


def codes(folder: Path) -> list[str]:
    """Return the codes of the cases that a study observed, sorted; InputError where there is none."""
    found = sorted(path.stem for path in (folder / "observed" / "phenopackets").glob("*.json"))
    found = found or sorted(_lines(folder))
    if not found:
        raise InputError(
            f"{folder}: no case in observed/phenopackets; give the folder that `raresim run` wrote, with phenopackets"
        )
    return found


def place(folder: Path, case: str) -> str:
    """Return where the phenopacket of a case is, in words for errors."""
    path = folder / "observed" / "phenopackets" / f"{case}.json"
    lines = _file(folder)
    return f"{lines}: case {case}" if lines.exists() and not path.parent.is_dir() else str(path)


def read(folder: Path, case: str) -> bytes:
    """Return the text of the observed phenopacket of a case; InputError where it cannot be read."""
    path = folder / "observed" / "phenopackets" / f"{case}.json"
    try:
        if path.parent.is_dir():
            return path.read_bytes()
        start, size = _lines(folder).get(case, (0, 0))
        with _file(folder).open("rb") as file:
            file.seek(start)
            return file.read(size)
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None


def _file(folder: Path) -> Path:
    return folder / "observed" / "phenopackets.jsonl"


def _lines(folder: Path) -> dict[str, tuple[int, int]]:
    """Where the line of each case is in the file of JSON lines, as byte and length; nothing where there is no file."""
    path = _file(folder)
    if not path.exists():
        return {}
    state = path.stat()
    return _index(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)
def _index(path: Path, changed: int, size: int) -> dict[str, tuple[int, int]]:
    import orjson

    out, at = {}, 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                out[str(orjson.loads(line)["id"])] = (at, len(line))
            except (orjson.JSONDecodeError, KeyError, TypeError):
                raise InputError(f"{path}: line {number}: not a phenopacket; run the study again") from None
            at += len(line)
    return out
