"""Named random streams: the same names give the same draws, other names give independent ones."""

from __future__ import annotations

import hashlib
import itertools
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from raresim.streams import key, permuted, stream


def test_the_same_names_give_the_same_draws() -> None:
    assert stream(42, "case", 137, "phenotype").random() == stream(42, "case", 137, "phenotype").random()


def test_other_names_give_other_draws() -> None:
    names = [("a",), ("b",), ("a", "b"), ("ab",), ("a", 1), ("a", "1"), (1, "a"), ("b", "a"), ()]
    draws = [stream(seed, *each).random() for seed in (0, 1, 2**40) for each in names]
    assert len(set(draws)) == len(draws)
    keys = [key(seed, *each) for seed in (0, 1, 2**40) for each in names]
    assert len(set(keys)) == len(keys)
    assert all(0 <= k < 2**64 for k in keys)


def test_draws_do_not_depend_on_the_process() -> None:
    code = "from raresim.streams import *; print(stream(42, 'case', 7).random(), key(42, 'case', 7))"
    out = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1")
    }
    assert out == {f"{stream(42, 'case', 7).random()} {key(42, 'case', 7)}\n".encode()}


def test_neighbouring_streams_are_not_correlated() -> None:
    n = 20_000
    first = np.array([stream(1, "case", i, "x").random() for i in range(n)])
    assert abs(first.mean() - 0.5) < 4 * np.sqrt(1 / 12 / n)
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 4 / np.sqrt(n)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 16, 17, 1000])
def test_permuted_is_a_permutation(size: int) -> None:
    assert sorted(permuted(i, size, 12345) for i in range(size)) == list(range(size))


def test_permuted_follows_its_key_evenly() -> None:
    """Every order of three comes equally often over 6,000 keys (chi-square with 5 degrees, p = 1e-6 at 36)."""
    counts = dict.fromkeys(itertools.permutations(range(3)), 0)
    for k in range(6000):
        counts[tuple(permuted(i, 3, key(k, "order")) for i in range(3))] += 1
    assert sum((n - 1000) ** 2 / 1000 for n in counts.values()) < 36


def test_permuted_refuses_what_is_outside() -> None:
    with pytest.raises(ValueError, match="outside"):
        permuted(5, 5, 1)


def test_a_stream_is_numpys_own_seed_sequence_bit_for_bit() -> None:
    names: list[tuple[str | int, ...]] = [(), ("a",), (0,), ("case", 137, "phenotype"), ("case", 137, "a", 2), (2**70,)]
    for seed in (0, 42, 2**31, 2**32, 2**40 + 7, 2**63, 2**100 + 3, 2**128 + 5, 2**200):
        for each in [*names, tuple("abcdefghi")]:
            data = [b"i%d" % name if isinstance(name, int) else b"s" + name.encode() for name in each]
            words = [int.from_bytes(hashlib.blake2b(d, digest_size=4).digest(), "little") for d in data]
            theirs = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=words))
            assert stream(seed, *each).bit_generator.state == theirs.state


def test_a_stream_can_be_pickled() -> None:
    rng = stream(42, "a")
    rng.random()
    assert pickle.loads(pickle.dumps(rng)).random() == rng.random()
