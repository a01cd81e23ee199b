"""Diseases of one sex: the proband has it, carriers of the other do not, whatever draws the record."""

from __future__ import annotations

import pytest

import raresim
from raresim import Spec, catalog


@pytest.mark.parametrize("phenotype", ["annotated", "clinical"])
def test_carriers_of_the_other_sex_are_well(phenotype: str) -> None:
    known = catalog.load()
    limited = [d for d in known if d.drawable and d.sex and d.modes == ("AD",)]
    assert {d.sex for d in limited} == {"female", "male"}
    spec = Spec.from_dict(
        {
            "cases": 80,
            "genome": "none",
            "phenotype": phenotype,
            "disease": {"kind": "fixed", "ids": [d.id for d in limited]},
            "inheritance": {"kind": "autosomal_dominant", "de_novo": 0.0},
        }
    )
    well = ill = 0
    for case in raresim.cases(spec):
        sex = known.find(case.truth.disease).sex
        proband, *parents = case.truth.members
        assert proband.affected
        assert proband.female == (sex == "female")
        for parent in parents:
            assert not parent.affected or parent.female == (sex == "female")
        ill += any(parent.affected for parent in parents)
        well += not any(parent.affected for parent in parents)
    assert min(well, ill) > 20  # the carrier is father or mother alike
