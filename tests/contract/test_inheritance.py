"""What every mode of inheritance promises: the proband is affected, transmission is Mendelian but for what is new,
sexes fit the contig."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from raresim import catalog, kinds, meiosis
from tests.families import alone, trio

NAMES = kinds.names("inheritance")
CASES = [(n, f, t) for n in NAMES for f in (True, False) for t in (True, False)]


@pytest.mark.parametrize(("name", "female", "whole"), CASES)
def test_draws(name: str, female: bool, whole: bool) -> None:
    kind = kinds.make("inheritance", name, {})
    assert kind.mode in catalog.MODES
    linked = kind.mode.startswith("XL")
    family = trio(female, onset=8.0) if whole else alone(female, 8.0)
    for seed in range(300):
        alleles = kind.draw(family, default_rng(seed))
        copies = alleles.copies
        assert copies.dtype == np.int8
        assert copies.shape == (len(copies), len(family.members), 2) == alleles.fraction.shape
        assert (alleles.fraction == 1).all()
        assert (copies == kind.draw(family, default_rng(seed)).copies).all()
        absent = np.array([[linked and not m.female, False] for m in family.members])
        assert ((copies == -1) == absent).all()
        assert (copies[:, 0] == 1).any(axis=1).all()  # every causal allele is in the proband
        risk = kind.risk(alleles, family)
        assert risk.shape == (len(family.members),)
        assert risk[0] == 1.0
        assert ((risk >= 0) & (risk <= 1)).all()
        new = 0
        for locus in range(len(copies)):
            for side, parent in ((0, 1), (1, 2)) if whole else ():
                if copies[locus, 0, side] == 1 and (copies[locus, parent] != 1).all():
                    assert meiosis.is_new(alleles, family, locus, 0, side)
                    new += 1
                assert copies[locus, 0, side] != 0 or (copies[locus, parent] != 1).sum() > 0
        assert new <= 1
        if kind.mode in ("AR", "XLR"):
            assert (risk[1:] == 0).all() or (female and kind.mode == "XLR")
