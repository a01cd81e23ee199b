"""Named random streams: what is drawn depends on what it is for, never on who draws it or what was drawn before.

A stream is numpy's ``Generator(PCG64(SeedSequence(seed, spawn_key=words)))`` with a 32-bit word for each name, bit for
bit. A case opens a dozen streams, so the mixing of numpy's SeedSequence (O'Neill 2015, "Developing a seed_seq
alternative"; its results are part of numpy's promise) is done here, and what a prefix of names leaves is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.random import Generator

# Constants of numpy's SeedSequence.
_POOL, _MASK = 4, 0xFFFFFFFF
_INIT_A, _MULT_A, _INIT_B, _MULT_B = 0x43B0D7E5, 0x931E8875, 0x8B51F9DD, 0x58F38DED
_LEFT, _RIGHT = 0xCA01F9DD, 0x4973F715
_KEPT = 1024  # prefixes kept

_Pool = tuple[int, int, int, int, int]  # four words and the running constant of the hash


def stream(seed: int, *names: str | int) -> Generator:
    """Return the random stream called ``names`` of the study ``seed``: ``stream(42, "case", 137, "phenotype")``.

    Two streams with different names are independent; the same names give the same draws on any machine with the same
    numpy release (numpy promises no more).
    """
    pool = _pool(seed, *names[:-1])
    return _maker()(_words(_absorbed(pool, _word(names[-1])) if names else pool))


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
    mask, secret = (1 << half) - 1, key.to_bytes(8, "little")
    while True:
        left, right = index >> half, index & mask
        for round_ in (b"\0", b"\1", b"\2", b"\3"):
            digest = hashlib.blake2b(right.to_bytes(8, "little") + round_, digest_size=8, key=secret).digest()
            left, right = right, left ^ (int.from_bytes(digest, "little") & mask)
        index = (left << half) | right
        if index < size:
            return index


@cache
def _maker() -> Callable[[list[int]], Generator]:
    from raresim.seeded import generator  # numpy's random numbers are not imported before they are wanted

    return generator


@lru_cache(maxsize=_KEPT)
def _word(name: str | int) -> int:
    data = b"i%d" % name if isinstance(name, int) else b"s" + name.encode()
    return int.from_bytes(hashlib.blake2b(data, digest_size=4).digest(), "little")


@lru_cache(maxsize=_KEPT)
def _pool(seed: int, *names: str | int) -> _Pool:
    """Return SeedSequence's pool of a seed after so many names."""
    return _absorbed(_pool(seed, *names[:-1]), _word(names[-1])) if names else _start(seed)


def _start(seed: int) -> _Pool:
    words = [seed >> shift & _MASK for shift in range(0, max(seed.bit_length(), 1), 32)]
    words += [0] * (_POOL - len(words))
    constant, pool = _INIT_A, []
    for word in words[:_POOL]:
        hashed, constant = _hashed(word, constant)
        pool.append(hashed)
    for source in range(_POOL):
        for target in range(_POOL):
            if source != target:
                hashed, constant = _hashed(pool[source], constant)
                pool[target] = _mixed(pool[target], hashed)
    out = (pool[0], pool[1], pool[2], pool[3], constant)
    for word in words[_POOL:]:
        out = _absorbed(out, word)
    return out


def _absorbed(pool: _Pool, word: int) -> _Pool:
    *before, constant = pool
    after = []
    for value in before:  # _mixed(value, _hashed(word, constant)), written out: every stream comes this way
        following = constant * _MULT_A & _MASK
        hashed = (word ^ constant) * following & _MASK
        mixed = (_LEFT * value - _RIGHT * (hashed ^ hashed >> 16)) & _MASK
        after.append(mixed ^ mixed >> 16)
        constant = following
    return after[0], after[1], after[2], after[3], constant


def _hashed(value: int, constant: int) -> tuple[int, int]:
    following = constant * _MULT_A & _MASK
    value = (value ^ constant) * following & _MASK
    return value ^ value >> 16, following


def _mixed(value: int, hashed: int) -> int:
    value = (_LEFT * value - _RIGHT * hashed) & _MASK
    return value ^ value >> 16


def _words(pool: _Pool) -> list[int]:
    """Return the eight 32-bit words of state that SeedSequence generates, as four of 64 bits."""
    out = []
    for at, (constant, following), (constant_2, following_2) in _OUTPUT:
        low = (pool[at] ^ constant) * following & _MASK
        high = (pool[at + 1] ^ constant_2) * following_2 & _MASK
        out.append((low ^ low >> 16) | (high ^ high >> 16) << 32)
    return out


def _output() -> list[tuple[int, tuple[int, int], tuple[int, int]]]:
    """The word of the pool and the constants before and after it, by pairs of words of the state."""
    values = [_INIT_B]
    for _ in range(2 * _POOL):
        values.append(values[-1] * _MULT_B & _MASK)
    steps = list(pairwise(values))
    return [(i % _POOL, steps[i], steps[i + 1]) for i in range(0, 2 * _POOL, 2)]


_OUTPUT = _output()
