"""Carriers of recessive alleles: as many as the rates say, in cohort and database together."""

from __future__ import annotations

from functools import cache

import numpy as np

from raresim import catalog, maps, pathogenic, synthetic, targets
from raresim.background import Empty, Inputs
from raresim.pathogenic import Layer, Pathogenic

RATES = {"CFTR": 0.06, "PAH": 0.05, "OTC": 0.04, "F8": 0.05}
PEOPLE = 60_000


@cache
def inputs() -> Inputs:
    genome = synthetic.build()
    return Inputs(8, genome, targets.make(genome, genes=list(RATES)), maps.load(genome))


def test_carriers_are_as_many_as_the_rates_say() -> None:
    """10,650 carriers, standard error 0.9%: 5% too many are 5.3 standard errors, 3 are allowed.

    Men of the database, a quarter of all people, do not have the haplotype of X that these alleles are on.
    """
    layer = Layer(Pathogenic(rates=RATES), catalog.load())
    panel = pathogenic.added(Empty(ancestry={"EUR": PEOPLE}).outline(8), inputs(), layer)
    carriers = int(panel.counts().sum()) + int(panel.ac.sum())
    cohort = {name: PEOPLE / 2 for name in RATES}
    known = {name: PEOPLE / (4 if name in ("OTC", "F8") else 2) for name in RATES}
    variance = sum((cohort[name] + known[name]) * rate * (1 - rate) for name, rate in RATES.items())
    expected = sum((cohort[name] + known[name]) * rate for name, rate in RATES.items())
    assert abs(carriers - expected) < 3 * np.sqrt(variance)
    share = sum(known[name] * rate for name, rate in RATES.items()) / expected
    assert abs(panel.ac.sum() / carriers - share) < 3 * np.sqrt(0.25 / carriers)
