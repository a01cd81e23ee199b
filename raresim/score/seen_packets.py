"""The phenopackets that a study observed, at the last visit or an earlier one: a file each, or the lines of one file.

``visit`` is the number of an earlier visit, 0 the examination (the last visit).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from raresim.errors import InputError
from raresim.score.truth_table import without_cases


def codes(folder: Path) -> list[str]:
    """Return the codes of the cases that a study observed, sorted; InputError where there is none."""
    found = sorted(path.stem for path in _folder(folder, 0).glob("*.json"))
    found = found or sorted(_lines(folder, 0))
    if not found:
        without_cases(folder)
        raise InputError(
            f"{folder}: no case in observed/phenopackets; give the folder that `raresim run` wrote, with phenopackets"
        )
    return found


def earlier(folder: Path, visit: int) -> int:
    """Return ``visit`` if it is an earlier one, 0 if it is the last; InputError, with their number, if it is none."""
    found = {path.stem for path in (folder / "observed" / "visits").glob("*")}
    last = 1 + sum(str(number) in found for number in range(1, len(found) + 1))
    if not 1 <= visit <= last:
        there = "one visit; `visits = 2` in a study makes one more" if last == 1 else f"visits 1 to {last}"
        raise InputError(f"--visit {visit}: this study has {there}")
    return visit if visit < last else 0


def place(folder: Path, case: str, visit: int = 0) -> str:
    """Return where the phenopacket of a case is, in words for errors."""
    path = _folder(folder, visit) / f"{case}.json"
    lines = _file(folder, visit)
    return f"{lines}: case {case}" if lines.exists() and not path.parent.is_dir() else str(path)


def read(folder: Path, case: str, visit: int = 0) -> bytes:
    """Return the text of the observed phenopacket of a case; InputError where it cannot be read."""
    path = _folder(folder, visit) / f"{case}.json"
    try:
        if path.parent.is_dir():
            return path.read_bytes()
        name = f"{case}-visit-{visit}" if visit else case  # the id of the packet
        start, size = _lines(folder, visit).get(name, (0, 0))
        with _file(folder, visit).open("rb") as file:
            file.seek(start)
            return file.read(size)
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None


def family(folder: Path, case: str) -> bytes:
    """Return the text of the GA4GH Family of a case, empty where none was written."""
    alone, lines = folder / "observed" / "families" / f"{case}.json", folder / "observed" / "families.jsonl"
    if alone.is_file():
        return alone.read_bytes()
    if not lines.is_file():
        return b""
    state = lines.stat()
    start, size = _index(lines, state.st_mtime_ns, state.st_size).get(case, (0, 0))
    with lines.open("rb") as file:
        file.seek(start)
        return file.read(size)


def _folder(folder: Path, visit: int) -> Path:
    return folder / "observed" / (f"visits/{visit}" if visit else "phenopackets")


def _file(folder: Path, visit: int) -> Path:
    return folder / "observed" / (f"visits/{visit}.jsonl" if visit else "phenopackets.jsonl")


def _lines(folder: Path, visit: int) -> dict[str, tuple[int, int]]:
    """Where the line of each case is in the file of JSON lines, as byte and length; nothing where there is no file."""
    path = _file(folder, visit)
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
