"""The obvious twin of the count of contexts: one base at a time from the genome's text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raresim.genome import Genome


def context_counts(genome: Genome, contig: int, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts of 25 left + 5 base + right, A 0, C 1, G 2, T 3, anything else 4."""
    out = np.zeros(125, np.int64)
    for a, b in zip(start.tolist(), end.tolist(), strict=True):
        text = "".join(genome.fetch(contig, p, p + 1) if p >= 0 else "N" for p in range(a - 1, b + 1))
        code = ["ACGT".find(letter) % 5 for letter in text]
        for left, base, right in zip(code, code[1:], code[2:], strict=False):
            out[25 * left + 5 * base + right] += 1
    return out
