"""Anybody's JSON documents: a folder of files, JSON lines, one file, gzipped or not; what cannot be read is said."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from raresim.errors import InputError

LARGEST = 50_000_000  # bytes of one document: some 1,000 times the largest of phenopacket-store; a choice
WHOLE, LINES = (".json", ".json.gz"), (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document: where it is ("a/b.json", "b.jsonl:17"), its text, and why it could not be read ("" if it
    could)."""

    place: str
    text: bytes
    why: str = ""


def files(path: Path) -> list[Path]:
    """Return the files of JSON or JSON lines below a folder in order of name, or the one file; InputError for none.

    Links to files are followed, links to folders are not, so that no folder is read twice.
    """
    if not path.exists() and not path.is_symlink():
        raise InputError(f"{path}: there is no such file or folder")
    if not path.is_dir():
        if not is_named(path):
            raise InputError(f"{path}: should be a folder, or a file named *.json, *.jsonl, or one of these with .gz")
        if not path.is_file():
            raise InputError(f"{path}: not an ordinary file; give a folder or a file of phenopackets")
        return [path]
    found = []
    for folder, _, names in os.walk(path):
        found += [Path(folder, name) for name in names if is_named(Path(name))]
    if not found:
        raise InputError(f"{path}: no file named *.json, *.jsonl, *.json.gz or *.jsonl.gz is in this folder")
    return sorted(found, key=lambda file: file.relative_to(path).parts)


def documents(path: Path) -> Iterator[Document]:
    """Yield the JSON documents of a file or of all files of a folder (:func:`of_file`)."""
    for file in files(path):
        yield from of_file(file, file.relative_to(path).as_posix() if path.is_dir() else file.name)


def of_file(file: Path, place: str) -> Iterator[Document]:
    """Yield the JSON documents of one file, called ``place``; blank lines are passed over.

    A file that cannot be read is one Document with the reason; so is a document of more than :data:`LARGEST` bytes.
    """
    if not file.is_file():  # a pipe would wait for ever, a link may lead nowhere
        yield Document(place, b"", "not an ordinary file")
        return
    large = f"larger than {LARGEST // 1_000_000} MB"
    number = 0
    try:
        with opened(file) as lines:
            if is_lines(file):
                for number, line in enumerate(_lines(lines), 1):
                    if line is None or line.strip():
                        yield Document(f"{place}:{number}", line or b"", large if line is None else "")
            else:
                text = lines.read(LARGEST + 1)
                why = large if len(text) > LARGEST else "" if text.strip() else "empty file"
                yield Document(place, b"" if why else text.removeprefix(_BOM), why)
    except (OSError, EOFError, zlib.error) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "gzip data are damaged or cut off"
        yield Document(f"{place}:{number + 1}" if number else place, b"", f"cannot be read ({why})")


def loads(document: Document) -> tuple[Any, str]:
    """Return (the JSON value, "") or (None, why there is none)."""
    import orjson

    if document.why:
        return None, document.why
    try:
        return orjson.loads(document.text), ""
    except orjson.JSONDecodeError as error:
        return None, "nested too deeply" if "depth limit" in str(error) else "not JSON"


def is_lines(file: Path) -> bool:
    """Whether a file is named as JSON lines."""
    return file.name.lower().endswith(LINES)


def opened(file: Path) -> IO[bytes]:
    """Open a file for reading, gzip by its name."""
    return cast("IO[bytes]", gzip.open(file, "rb")) if file.name.lower().endswith(".gz") else file.open("rb")


def is_named(file: Path) -> bool:
    """Whether a file is named as JSON or JSON lines."""
    return file.name.lower().endswith(WHOLE + LINES) and not file.name.startswith(".")


def _lines(file: IO[bytes]) -> Iterator[bytes | None]:
    """Yield the lines of a file, None for one that is too large."""
    first = True
    while line := file.readline(LARGEST + 1):
        if len(line) > LARGEST:
            while line and not line.endswith(b"\n"):
                line = file.readline(LARGEST)
            yield None
        else:
            yield line.removeprefix(_BOM) if first else line
        first = False
