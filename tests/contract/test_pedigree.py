"""What every pedigree kind promises."""

from __future__ import annotations

import pytest
from numpy.random import default_rng

from raresim import kinds
from raresim.pedigree import Proband

NAMES = kinds.names("pedigree")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("female", [True, False])
def test_families(name: str, female: bool) -> None:
    kind = kinds.make("pedigree", name, {})
    for seed in range(40):
        proband = Proband(female, float(seed), float(seed) / 2)
        family = kind.draw(proband, default_rng(seed))
        assert family == kind.draw(proband, default_rng(seed))
        first = family.members[0]
        assert (first.role, first.female, first.age, family.onset) == ("proband", female, proband.age, proband.onset)
        assert 1 <= len(family.founders) <= kind.founders
        assert sorted(family.order) == list(range(len(family.members)))
        for member in family.members:
            assert (member.father < 0) == (member.mother < 0)
            if member.father >= 0:
                father, mother = family.members[member.father], family.members[member.mother]
                assert not father.female
                assert mother.female
                assert min(father.age, mother.age) >= member.age + 15
                assert family.order.index(member.father) < family.order.index(family.members.index(member))
