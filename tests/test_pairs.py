"""Multi-nucleotide variants of the panel."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from raresim import ancestry
from tests.statistics.test_panel import BASES, random_bases, rates, star


def pairs(key: int) -> tuple[int, int, int]:
    """Rows of single-base changes, adjacent rows carried by the same haplotypes, and what chance makes of those."""
    context, region = random_bases()
    rows = ancestry.resolve(star(41, 2e5, BASES), context, region, 41, rates(0.1), key)
    single = np.flatnonzero((rows.alt >= 0) & ~rows.flipped)
    together = 0
    for i, j in pairwise(single):
        one, two = (rows.haplotype[rows.off[r] : rows.off[r + 1]] for r in (i, j))
        together += rows.position[j] == rows.position[i] + 1 and np.array_equal(one, two)
    return len(single), int(together), round(len(single) ** 2 / BASES / 40)


@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_share_of_single_base_changes_that_come_in_pairs(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    monkeypatch.setattr(ancestry, "PAIRS", ancestry.PAIRS * factor)
    counts = np.array([pairs(key) for key in range(6)]).sum(0)
    sites, found, chance = (int(n) for n in counts)
    want = sites * 0.003 * factor / (1 + 0.003 * factor) + chance
    assert sites > 30_000
    assert abs(found - want) < 4 * np.sqrt(want)
