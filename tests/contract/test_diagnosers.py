"""What every diagnoser promises: one answer for the same case, finite scores, better than shuffled labels."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from raresim import kinds
from raresim.score import metrics, observation, run, truth_table
from raresim.streams import stream
from tests import fake_study

PLANS = fake_study.MIXED * 3


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    fake_study.make(folder, PLANS, seed=7)
    return folder


@pytest.mark.parametrize("name", kinds.names("diagnoser"))
def test_a_diagnoser_says_what_it_needs_and_is_frozen(name: str) -> None:
    cls = kinds.find("diagnoser", name)
    made = kinds.make("diagnoser", name, {})
    assert isinstance(cls.needs_variants, bool)
    with pytest.raises((AttributeError, TypeError)):
        made.weight = 1.0
    with pytest.raises(ValueError, match="there is no such setting"):
        kinds.make("diagnoser", name, {"wieght": 1})


@pytest.mark.parametrize("name", kinds.names("diagnoser"))
def test_a_diagnoser_beats_shuffled_labels(name: str, study: Path) -> None:
    """MRR of the true gene above the 99.9% point of the MRR with genes shuffled among the cases (2,000 shuffles)."""
    knowledge = fake_study.knowledge(study)
    cases = truth_table.read(study)
    known = run._names(cases, knowledge.catalog)
    diagnoser = kinds.make("diagnoser", name, {})
    truth = [known.gene(case.genes[0]) for case in cases]
    reciprocal = np.zeros((len(cases), len(cases)))  # of the gene of case j in the ranking of case i
    for i, case in enumerate(cases):
        seen = observation.read(study, case.code, knowledge)
        ranking = diagnoser.rank(seen, knowledge)
        assert ranking == diagnoser.rank(seen, knowledge)
        assert ranking.case == case.code
        scores = [answer.score for answer in ranking.answers]
        assert all(map(math.isfinite, scores))
        assert scores == sorted(scores, reverse=True)
        entries = [(-a.score, known.gene(a.gene)) for a in ranking.answers if a.gene]
        by_gene = {gene: metrics.place(entries, frozenset({gene})).expected for gene in set(truth)}
        reciprocal[i] = [1 / by_gene[gene] if by_gene[gene] else 0.0 for gene in truth]
    rng = stream(1, "shuffle", name)
    rows = np.arange(len(cases))
    shuffled = [reciprocal[rows, rng.permutation(len(cases))].mean() for _ in range(2000)]
    assert np.diag(reciprocal).mean() > np.quantile(shuffled, 0.999)
