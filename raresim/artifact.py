"""One file of arrays, memory-mapped when read: things that are made once and kept in the cache."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from raresim.errors import InputError

MAGIC = b"raresim1"
ALIGN = 64


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of an artifact: a file beside it. A process that dies lets go of it.

    Where there is no leave to write, an artifact that is there needs no lock; InputError without one.
    """
    import fcntl

    file = path.with_name(path.name + ".lock")
    while True:
        opened = _lock(file, path)
        if opened is None:
            yield
            return
        with opened as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _is(lock, file):  # removed (``discard``) while it was waited for: others hold another file
                continue
            try:
                yield
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)
            return


def _lock(file: Path, path: Path) -> IO[str] | None:
    """Open the file of a lock; None where that cannot be written and the artifact is there."""
    try:
        return open(file, "w")
    except OSError as error:
        if path.exists():
            return None
        why = f"cannot write {file} ({error.strerror}); set it to a writable folder"
        raise InputError(f"RARESIM_CACHE: {why}") from None


def _is(lock: IO[str], file: Path) -> bool:
    """Return whether an open file is still the one of this name."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), file.stat())
    except FileNotFoundError:
        return False


def discard(lock: Path) -> None:
    """Remove the file of a lock that no process holds."""
    import fcntl

    with open(lock, "w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        lock.unlink(missing_ok=True)


def write(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write arrays under a temporary name and rename it; the header holds type, shape, place and checksum of each."""
    from zlib import crc32

    entries, at = [], 0
    for name, array in arrays.items():
        data = np.ascontiguousarray(array)
        entries.append([name, data.dtype.str, data.shape, at, crc32(data.view(np.uint8).ravel().data)])
        at += -(-data.nbytes // ALIGN) * ALIGN
    header = json.dumps(entries).encode()
    head = MAGIC + len(header).to_bytes(8, "little") + crc32(header).to_bytes(8, "little") + header
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(head.ljust(-(-len(head) // ALIGN) * ALIGN, b"\0"))
            for array in arrays.values():
                data = np.ascontiguousarray(array)
                file.write(data.view(np.uint8).ravel().data)
                file.write(b"\0" * (-data.nbytes % ALIGN))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(
            f"RARESIM_CACHE: cannot write {path} ({error.strerror}); free {at / 1e6:.0f} MB or set another folder"
        ) from None


def read(path: Path, mode: Literal["r", "c"] = "r") -> dict[str, NDArray[Any]] | None:
    """Return the arrays of an artifact, memory-mapped, read-only or (``c``) to be changed in memory alone; None where
    it is missing or damaged."""
    from zlib import crc32

    try:
        whole = np.asarray(np.memmap(path, np.uint8, mode))
    except (OSError, ValueError):
        return None
    if len(whole) < 24 or whole[:8].tobytes() != MAGIC:
        return None
    size = int.from_bytes(whole[8:16].tobytes(), "little")
    header = whole[24 : 24 + size].tobytes()
    if crc32(header) != int.from_bytes(whole[16:24].tobytes(), "little"):
        return None
    start = -(-(24 + size) // ALIGN) * ALIGN
    out: dict[str, NDArray[Any]] = {}
    for name, dtype, shape, at, check in json.loads(header):
        count = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        data = whole[start + at : start + at + count]
        if len(data) != count or crc32(data.data) != check:
            return None
        out[name] = data.view(dtype).reshape(shape)
    return out
