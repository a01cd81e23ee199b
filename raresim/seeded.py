"""The state of a random stream, handed to numpy in place of its SeedSequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.random import PCG64, Generator
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray


class Seeded(ISeedSequence):
    """A seed sequence that gives the words it was made with: four of 64 bits, what PCG64 asks for."""

    def __init__(self, words: Sequence[int]) -> None:
        self.words = np.array(words, np.uint64)

    def generate_state(self, n_words: int, dtype: Any = np.uint64) -> NDArray[np.uint64]:
        """Return the words."""
        return self.words


def generator(words: Sequence[int]) -> Generator:
    """Return a generator that begins with this state."""
    return Generator(PCG64(Seeded(words)))  # type: ignore[arg-type]  # numpy takes any ISeedSequence
