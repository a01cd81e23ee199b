"""Published simulators: records are of the knowledge base, and do what their papers say."""

from __future__ import annotations

import numpy as np
import pytest

from raresim.audit.realism import peers
from raresim.audit.realism.peers import Field
from raresim.audit.realism.shepherd import shepherd
from raresim.audit.realism.sources import PEERS, SCRAMBLE, of_peer
from raresim.streams import stream
from tests import realism_toys as toys

pytest.importorskip("sklearn")


@pytest.mark.parametrize("name", PEERS)
def test_records_are_findings(name: str) -> None:
    field, rng = Field(toys.wide_entries()), stream(1, name)
    root = toys.wide().root
    for disease in range(30):
        seen, unseen = PEERS[name](disease, field, rng)
        assert len(set(seen)) > 0
        assert all(0 <= term < len(toys.wide()) and term != root for term in (*seen, *unseen))
    again = [sorted(PEERS[name](3, field, stream(1, name, "again"))[0]) for _ in range(2)]
    assert again[0] == again[1]


def test_coins_have_the_annotated_frequencies() -> None:
    field, rng = Field(toys.wide_entries()), stream(1, "coins")
    chances = field.frequencies(0)
    drawn = [peers.naive_frequency(0, field, rng)[0] for _ in range(4000)]
    for term, p in chances.items():
        share = np.mean([term in seen for seen in drawn])
        assert share == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 4000) + 0.01)  # given that one says yes
    assert Field(toys.small()).frequencies(0, missing=1.0) == {toys.A11: 0.9, toys.B1: 1.0}


def test_counts_of_terms() -> None:
    field, rng = Field(toys.wide_entries()), stream(1, "counts")
    assert len(peers.rdsim_all(0, field, rng)[0]) == 8
    assert len(peers.rdsim_five(0, field, rng)[0]) == 5
    assert len(peers.rdsim_noise(0, field, rng)[0]) == 5
    own = set(field.frequencies(0))
    shares = [len(own.intersection(peers.rarecrowds(0, field, rng)[0])) for _ in range(200)]
    assert 0 < np.mean(shares) < 5  # steps up
    noisy = [peers.koehler2009(0, field, rng)[0] for _ in range(200)]
    unrelated = [sum(t not in field.closure(own) for t in seen) / len(seen) for seen in noisy]
    assert np.mean(unrelated) == pytest.approx(1 / 3, abs=0.08)  # half as many again
    assert [peers.frequency_class(p) for p in (1.0, 0.9, 0.3, 0.06, 0.01)] == [
        (1.0, 1.0),
        (0.8, 0.99),
        (0.3, 0.79),
        (0.05, 0.29),
        (0.01, 0.04),
    ]


def test_shepherd_contradicts_nothing() -> None:
    field, rng = Field(toys.wide_entries()), stream(1, "shepherd")
    for disease in range(40):
        seen, unseen = shepherd(disease, field, rng)
        assert field.closure(seen).isdisjoint(unseen)


def test_scrambled_cases_keep_their_exclusions() -> None:
    known = toys.setting(toys.reports(40, 1), toys.reports(400, 2))
    made, rows = of_peer(SCRAMBLE).twins(known, 1)
    assert rows.tolist() == list(range(400))
    assert (made.disease == known.real.disease).all()
    for i in range(400):
        (seen, unseen), (before, kept) = made.record(i), known.real.record(i)
        assert set(unseen.tolist()) == set(kept.tolist()) - set(seen.tolist())
        if len(before) > 1:
            assert len(set(seen.tolist()) & set(before.tolist())) >= len(before) - round(len(before) / 2)


def test_a_peer_as_a_source() -> None:
    known = toys.setting(toys.reports(40, 1), toys.reports(400, 2))
    source = of_peer("naive_frequency")
    made, _ = source.twins(known, 1)
    assert (made.disease == known.real.disease).all()
    assert source.of is not None
    assert source.reports is not None
    assert len(source.of(known, ["OMIM:100"] * 3, 1)) == 3
    first, second = (of_peer("naive_frequency").twins(known, seed)[0].observed.tolist() for seed in (1, 2))
    assert first == made.observed.tolist() != second
    assert len(source.reports(known, 1)[0].observed) == len(made.record(0)[0])
