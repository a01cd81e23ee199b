"""Every statistical test sees a bug of 5% in what it is about, and passes the same patch without the bug."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from raresim import design
from tests.statistics.choice_mutants import CHOICES
from tests.statistics.mutants import MUTANTS, Mutant
from tests.statistics.person_mutants import PERSON
from tests.statistics.population_mutants import POPULATION
from tests.statistics.rate_mutants import RATES

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    yield
    for cached in (design.snvs, design.indel_lengths):
        cached.cache_clear()


@pytest.mark.parametrize("mutant", [*MUTANTS, *RATES, *CHOICES, *PERSON, *POPULATION], ids=lambda mutant: mutant.name)
def test_a_bug_of_five_percent_is_found(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        mutant.apply(patch, 1.0)
        mutant.test()
    with monkeypatch.context() as patch:
        mutant.apply(patch, 1.05)
        with pytest.raises(AssertionError):
            mutant.test()
