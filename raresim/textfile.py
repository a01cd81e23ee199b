"""Reading text files (TOML among them) that users bring: plain, gzip, bgzip; one clear line if they are broken."""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from raresim.errors import InputError

_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # SAM specification, 4.1.2
_PIECE = 1 << 22
DEEPEST = 50  # tables and lists within each other in a TOML text: a choice; a study needs five


def toml(text: str) -> dict[str, Any]:
    """Return what a TOML text says; ValueError says what is wrong and, as tomllib does, where.

    Refused as well is what Python's reader takes but cannot be worked with: deep nesting, endless whole numbers.
    """
    deep = f"tables or lists are nested deeper than {DEEPEST} levels"
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise ValueError(deep) from None
    except ValueError:  # of int()
        digits = re.search(r"\d[\d_]{1000,}", text)
        before = text[: digits.start()] if digits else ""
        place = f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"
        raise ValueError(f"a whole number has too many digits (at {place})") from None
    level: list[Any] = [found]
    for _ in range(DEEPEST):
        level = [v for part in level for v in (part.values() if isinstance(part, dict) else part)]
        level = [v for v in level if isinstance(v, dict | list)]
    if level:
        raise ValueError(deep)
    return found


NO_BGZF = "the file is gzip but not bgzip; run `gunzip` and then `bgzip` on it"


def _start(path: Path, key: str) -> tuple[bytes, int]:
    """Return the first 18 bytes and the size of a file that can be read and is not empty."""
    try:
        with path.open("rb") as file:
            head = file.read(18)
            size = file.seek(0, 2)
    except OSError as error:
        raise InputError(f"{key}: {path}: cannot be read ({error.strerror}); give the path of a file") from None
    if not head:
        raise InputError(f"{key}: {path}: the file is empty; give a whole file")
    return head, size


def _is_bgzf(head: bytes) -> bool:
    return head[:4] == b"\x1f\x8b\x08\x04" and head[12:16] == b"BC\x02\x00"


def _check_end(path: Path, size: int, key: str) -> None:
    with path.open("rb") as file:
        file.seek(max(0, size - len(_BGZF_END)))
        if file.read() != _BGZF_END:
            raise InputError(f"{key}: {path}: the file is truncated (its BGZF end block is missing); copy it again")


def check_whole(path: Path, key: str) -> None:
    """Raise InputError for a file that cannot be read, is empty, gzip but not BGZF, or BGZF and cut short."""
    head, size = _start(path, key)
    if head[:2] == b"\x1f\x8b" and not _is_bgzf(head):
        for _ in lines(path, key):  # gzip that is cut short is that first of all
            pass
        raise InputError(f"{key}: {path}: {NO_BGZF}")
    if _is_bgzf(head):
        _check_end(path, size, key)


def lines(path: Path, key: str) -> Iterator[str]:
    """Yield the lines of a text file without their ends (LF or CRLF); gzip members are read to the last one.

    ``key`` is the setting that named the file. Raises InputError if the file is missing, empty, truncated or damaged.
    """
    import gzip

    head, size = _start(path, key)
    packed = head[:2] == b"\x1f\x8b"
    if _is_bgzf(head):
        _check_end(path, size, key)
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            first = True
            for line in file:
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                yield text.removeprefix("\ufeff") if first else text
                first = False
    except (EOFError, zlib.error, OSError) as error:
        raise InputError(f"{key}: {path}: the file is truncated or damaged ({error}); copy it again") from None
    if first:
        raise InputError(f"{key}: {path}: the file is empty; give a whole file")


def pieces(path: Path, key: str) -> Iterator[bytes]:
    """Yield the contents of a plain or bgzip file in large pieces.

    Raises InputError if the file is missing, empty, truncated or damaged, or gzip but not BGZF.
    """
    head, size = _start(path, key)
    if head[:2] != b"\x1f\x8b":
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
        return
    if not _is_bgzf(head):
        raise InputError(f"{key}: {path}: {NO_BGZF}")
    _check_end(path, size, key)
    yield from _blocks(path, key)


def _blocks(path: Path, key: str) -> Iterator[bytes]:
    broken = InputError(f"{key}: {path}: the file is damaged (a BGZF block cannot be read); copy it again")
    rest = b""
    with path.open("rb") as file:
        while more := file.read(_PIECE):
            data = rest + more
            at = 0
            while at + 18 <= len(data):
                if not _is_bgzf(data[at : at + 18]):
                    raise broken
                end = at + int.from_bytes(data[at + 16 : at + 18], "little") + 1
                if end > len(data):
                    break
                try:
                    yield zlib.decompress(data[at:end], wbits=31)
                except zlib.error:
                    raise broken from None
                at = end
            rest = data[at:]
    if rest:
        raise broken
