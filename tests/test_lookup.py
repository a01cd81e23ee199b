"""Looking variants up in a table of sites: against a dictionary."""

from __future__ import annotations

import numpy as np
import pytest

from raresim.lookup import Lookup
from raresim.sites import Sites, Variant


@pytest.mark.parametrize("shuffled", [False, True])
def test_every_variant_is_found_in_its_row(shuffled: bool) -> None:
    rng = np.random.default_rng(1)
    every = [Variant(c, p, r, a) for c in (0, 2) for p in range(40) for r in ("A", "AC") for a in ("G", "T", "ACC")]
    table = sorted(every[i] for i in rng.choice(len(every), 200, replace=False))
    if shuffled:
        table = [table[i] for i in rng.permutation(200)]
    for rows in (None, np.flatnonzero(rng.random(200) < 0.5)):
        kept = range(200) if rows is None else rows.tolist()
        want = {table[row]: row for row in kept}
        asked = [every[i] for i in rng.permutation(len(every))]
        found = Lookup(Sites.of(table), rows).rows(Sites.of(asked))
        assert found.tolist() == [want.get(variant, -1) for variant in asked]


def test_nothing_is_found_in_nothing() -> None:
    one = Sites.of([Variant(0, 5, "A", "C")])
    assert Lookup(Sites.of([])).rows(one).tolist() == [-1]
    assert Lookup(one).rows(Sites.of([])).tolist() == []
