"""Named random streams: what is drawn depends on what it is for, never on who draws it or what was drawn before."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.random import Generator


def _word(name: str | int) -> int:
    data = b"i%d" % name if isinstance(name, int) else b"s" + name.encode()
    return int.from_bytes(hashlib.blake2b(data, digest_size=4).digest(), "little")


def stream(seed: int, *names: str | int) -> Generator:
    """Return the random stream called ``names`` of the study ``seed``: ``stream(42, "case", 137, "phenotype")``.

    Two streams with different names are independent; the same names give the same draws on any machine with the same
    numpy release (numpy promises no more).
    """
    from numpy.random import PCG64, Generator, SeedSequence

    return Generator(PCG64(SeedSequence(seed, spawn_key=tuple(_word(name) for name in names))))


def key(seed: int, *names: str | int) -> int:
    """Return a 64-bit key for counter-based hashing inside kernels, or an opaque code for a name."""
    text = "\x1f".join((f"i{n}" if isinstance(n, int) else f"s{n}") for n in (seed, *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def permuted(index: int, size: int, key: int) -> int:
    """Return where ``index`` goes in a keyed permutation of ``range(size)``, in constant memory.

    A four-round Feistel network on the next even number of bits, walked until it lands inside (cycle walking: Black
    and Rogaway 2002, "Ciphers with arbitrary finite domains").
    """
    if not 0 <= index < size:
        raise ValueError(f"index {index} outside 0..{size - 1}")
    half = max(1, (max(size - 1, 1).bit_length() + 1) // 2)
    mask = (1 << half) - 1
    while True:
        left, right = index >> half, index & mask
        for round_ in range(4):
            data = right.to_bytes(8, "little") + round_.to_bytes(1, "little")
            digest = hashlib.blake2b(data, digest_size=8, key=key.to_bytes(8, "little")).digest()
            left, right = right, left ^ (int.from_bytes(digest, "little") & mask)
        index = (left << half) | right
        if index < size:
            return index
