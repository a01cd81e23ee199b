"""Realism audit: each figure by hand, on planted differences, and on halves of one sample."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest

from raresim.audit.realism import difficulty, distance, learning, privacy, spread, weighing
from raresim.audit.realism.cases import cases
from raresim.audit.realism.diagnosers import TOOLS, Diagnosers, overlap_score
from raresim.audit.realism.evaluate import compare, evaluate
from raresim.audit.realism.faults import faults
from raresim.audit.realism.floor import floor, halves
from raresim.audit.realism.learning import School
from raresim.audit.realism.setting import Setting, cases_of
from raresim.audit.realism.simulate import matched
from raresim.reports import Report
from tests import realism_toys as toys
from tests.realism_toys import A2, A11, B1, B2, B, X

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def known() -> Setting:
    return toys.setting(toys.reports(960, 1, "t"), toys.reports(480, 2, "j"), ("OMIM:100", "OMIM:101", "OMIM:102"))


def test_nothing_is_found_where_nothing_is(known: Setting) -> None:
    twins = cases_of(sorted(toys.reports(480, 3), key=lambda r: (r.disease, r.id)), known.entries)
    figures = evaluate(known, twins)
    # standard error of an area with 480 a side: sqrt((1/480 + 1/480) / 12) = 0.019; grouped folds learn against it
    for area in (figures.auc, figures.terms, figures.observed_terms):
        assert 0.38 < area.auc < 0.5 + 3 * 0.019
        assert area.lower < area.auc < area.upper
    assert abs(figures.energy) < 0.1
    assert figures.steps["n_obs"] < 1.63 * np.sqrt(2 / 480)  # exceeded once in 100 (Kolmogorov)
    assert max(map(abs, figures.difficulty.bias)) < 5
    assert set(figures.groups) == {"P", "D", "many"}
    half = floor(known)
    assert half is not None
    assert half.cases == 240
    assert half.auc.auc < 0.58


@pytest.mark.parametrize(("plant", "more"), [("counts", 0.9), ("an unrelated term", 0.9), ("frequency", 0.6)])
def test_a_planted_difference_is_found(known: Setting, plant: str, more: float) -> None:
    twins = cases_of(sorted(toys.reports(480, 3), key=lambda r: (r.disease, r.id)), known.entries)
    if plant == "frequency":
        raised = sorted(toys.reports(480, 3, shift=0.15), key=lambda r: (r.disease, r.id))
        twins = cases_of(raised, known.entries)
    else:
        records = [twins.record(i) for i in range(len(twins))]
        strange = int(np.flatnonzero(known.entries.space.leaf)[7])
        few = [(seen[:2], unseen) if plant == "counts" else ([*seen, strange], unseen) for seen, unseen in records]
        twins = cases(twins.space, twins.disease.tolist(), few)
    figures = evaluate(known, twins)
    assert figures.auc.auc > more
    assert figures.auc.lower > 0.5
    if plant == "frequency":
        assert figures.means["n_obs"][1] > figures.means["n_obs"][0] + 0.5
    if plant == "an unrelated term":
        assert figures.terms.auc > 0.95
        assert figures.difficulty.bias[0] < 0
    assert figures.energy > 0.02


def test_distances_by_hand() -> None:
    real, simulated = np.array([[0.0], [2.0]]), np.array([[1.0], [3.0]])
    # standardised: -1, 1 and 0, 2: twice the mean of 1, 3, 1, 1, less 2, less 2
    assert distance.energy(real, simulated) == pytest.approx(-1.0)
    far = np.array([[1e6], [1e6]])
    assert distance.energy(real, far) == pytest.approx(2 * 6 - 2)  # clipped at 6
    a = np.array([[1.0, np.nan], [2, np.nan], [3, 1], [4, 1], [5, 1]])
    b = np.array([[3.0, 1], [4, 1], [5, 1], [6, 1], [np.nan, 1]])
    assert np.isnan(distance.steps(a, b)).tolist() == [True, True]
    six, five = np.arange(6.0)[:, None], np.array([[3.0], [4], [5], [6], [7]])
    assert distance.steps(six, five)[0] == pytest.approx(0.5)
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 5, (80, 1)).astype(float), rng.integers(1, 6, (70, 1)).astype(float)
    assert distance.steps(x, y)[0] == pytest.approx(stats.ks_2samp(x[:, 0], y[:, 0]).statistic)


def test_area_and_its_interval() -> None:
    label = np.array([True, True, False, False])
    assert distance.interval(label, np.array([3.0, 1, 2, 0]), np.arange(4)).auc == 0.75
    one = distance.interval(np.tile(label, 20), np.tile([3.0, 2, 1, 0], 20), np.repeat(np.arange(20), 4))
    assert (one.lower, one.auc, one.upper) == (1, 1, 1)
    few = np.zeros((8, 2))
    assert np.isnan(distance.told_apart(few, few, np.zeros(8), np.zeros(8)).auc)  # one disease: no folds


def test_ranks_by_hand() -> None:
    entries = toys.small()
    tools = Diagnosers(entries, entries.information())
    ranks = tools.ranks(toys.made((0, [A11, B1], []), (2, [B2, X], []), (1, [], [B])))
    assert ranks[0].tolist() == [1] * 7
    assert ranks[1].tolist() == [1.5] * 7  # d2 and d3 have the same findings
    assert np.isnan(ranks[2]).all()


def test_scores_by_hand() -> None:
    entries = toys.small()
    information = entries.information()
    tools = Diagnosers(entries, information)
    ((_, scores),) = tools.scores(toys.made((0, [A2], [B2])))
    by = dict(zip(TOOLS, scores[0], strict=True))
    # closures: query root, A, A2; d0 root, A, A1, A11, B, B1; d1 root, A, A2; d2 root, A, A1, B, B1, B2, X
    assert by["jaccard"].tolist() == pytest.approx([2 / 7, 1, 2 / 8, 2 / 8])
    assert by["cosine_tfidf"][1] == pytest.approx(1)
    assert by["resnik_bma"][1] == pytest.approx(log(4))
    assert by["lin_bma"][1] == pytest.approx(1)
    assert by["phrank"].tolist() == pytest.approx([0, log(4), 0, 0])  # every disease has A: it tells nothing
    # A2: 0.99 in d1 alone, so its share of diseases is 0.99 / 4; d1 has it surely, the others lack it
    # B2: 0.5 in d2 and d3, its share 0.25: excluding it speaks against them
    against = log(0.5) - log(0.75)
    assert by["likelihood_ratio"].tolist() == pytest.approx(
        [-2 - log(0.75), log(0.99 / (0.99 / 4)) - log(0.75), -2 + against, -2 + against]
    )


def test_overlap_is_the_tail_of_the_hypergeometric_distribution() -> None:
    stats = pytest.importorskip("scipy.stats")
    both, theirs, mine = np.array([8, 12, 3]), np.array([40, 60, 300]), np.array([20, 15, 30])
    exact = -stats.hypergeom.logsf(both - 1, 1000, theirs, mine)
    score = overlap_score(both, 1000, theirs, mine)
    np.testing.assert_allclose(score[:2], exact[:2], rtol=0.02)
    assert (score[:2] <= exact[:2]).all()
    assert score[2] == 0  # below its mean


def test_difficulty_by_hand() -> None:
    real = np.array([[1.0, 1], [2, 7], [20, 60], [80, 3]])
    simulated = np.array([[1.0, 1], [1, 1], [4, 1], [np.nan, 1]])
    found = difficulty.difficulty(real, simulated)
    assert found.real == ((25, 50, 50, 75), (25, 50, 75, 75))
    assert found.simulated == ((50, 75, 75, 75), (100, 100, 100, 100))
    assert found.mae == found.bias == (50, 37.5, 25, 12.5)
    assert found.worst == (75, 50, 25, 25)
    assert found.tau_top10 == 1
    assert difficulty.reciprocal(simulated)[0] == pytest.approx((1 + 1 + 0.25) / 4)
    stats = pytest.importorskip("scipy.stats")
    a, b = np.array([1.0, 2, 2, 4, 5]), np.array([2.0, 1, 3, 3, 9])
    assert difficulty.kendall(a, b) == pytest.approx(stats.kendalltau(a, b).statistic)
    assert np.isnan(difficulty.kendall(a, np.ones(5)))


def test_spread_of_independent_and_of_linked_findings() -> None:
    rng = np.random.default_rng(1)
    coins = rng.random((2000, 6)) < 0.5
    together = np.repeat(coins[:, :1], 6, axis=1)
    leaves = np.flatnonzero(toys.wide().leaf)[:6]
    for present, variance, information in ((coins, 1, 0), (together, 6, log(2))):
        sample = cases(toys.wide(), [0] * 2000, [(leaves[row], ()) for row in present])
        found = spread.spread(sample)
        assert found.variance == pytest.approx(variance, rel=0.1)  # SE of a variance of 2,000: 3%
        assert found.information == pytest.approx(information, abs=0.002)
    assert np.isnan(spread.spread(toys.made((0, [A11], []))).variance)
    two = np.array([[1.0, 1], [1, 1], [0, 0], [0, 0]])
    assert spread.mutual_information(two) == pytest.approx(log(2))
    assert spread.mutual_information(np.array([[1.0, 1], [1, 0], [0, 1], [0, 0]])) == pytest.approx(0)


def test_spread_is_asked_of_diseases_with_many_reports(known: Setting) -> None:
    assert spread.wanted(known) == []
    many = replace(known, parts=replace(known.parts, train=tuple(toys.reports(4000, 1))))
    asked = spread.wanted(many)
    assert {asked.count(code) for code in set(asked)} == {40}
    assert spread.of_training(many).variance == pytest.approx(1, abs=0.15)


def test_faults_by_hand() -> None:
    good = Report("a", "d", "", True, 9.0, 3.0, ("HP:0001250", "HP:0001252"), ("HP:0000717",), (("HP:0001250", 4.0),))
    bad = {
        "contradictions": replace(good, excluded=("HP:0012638",)),  # above HP:0001250
        "nested": replace(good, observed=("HP:0001250", "HP:0012638")),
        "obsolete": replace(good, observed=("HP:0000057",)),
        "onset": replace(good, onsets=(("HP:0001250", 9.5),)),
        "sex": replace(good, observed=("HP:0000028",)),  # cryptorchidism
    }
    assert faults([good, good]).none
    for name, report in bad.items():
        found = faults([good, report])
        assert getattr(found, name) == 1, name
        assert not found.none
        assert found.contradictions + found.nested + found.obsolete + found.onset + found.sex == 1
    assert faults([replace(good, onset=10.0)]).onset == 1
    assert faults([replace(good, excluded=("HP:0001250",))]).contradictions == 1


def test_privacy_of_copies_and_of_strangers(known: Setting) -> None:
    train = {code: [r for r in known.parts.train if r.disease == code] for code in known.entries.rows}
    copied = privacy.privacy(
        known, lambda codes: cases_of([train[c][i % 8] for i, c in enumerate(codes)], known.entries)
    )
    rng = np.random.default_rng(5)
    rows = known.entries.rows
    fresh = privacy.privacy(
        known,
        lambda codes: cases(known.entries.space, [rows[c] for c in codes], [toys.drawn(rows[c], rng) for c in codes]),
    )
    assert copied is not None
    assert fresh is not None
    assert copied.diseases == 40
    assert copied.membership > 0.6  # records of few terms: many held-out cases equal a training case
    assert copied.nearer > 0.7
    assert copied.copies > 0.2 * copied.simulated
    # members and others: 12 x 40 each, standard error 0.019
    assert fresh.membership == pytest.approx(0.5, abs=3 * 0.019)
    assert fresh.nearer == pytest.approx(0.5, abs=0.05)
    assert privacy.membership([0.1, 0.2], [0.2, 0.9]) == 0.875
    assert privacy.distance(frozenset({1, 2}), frozenset({2, 3})) == pytest.approx(2 / 3)
    assert privacy.privacy(replace(known, parts=replace(known.parts, train=())), lambda codes: known.real) is None


def test_weights_of_tools() -> None:
    rng = np.random.default_rng(6)
    table = rng.normal(size=(400, 30, 7)).astype(np.float32)
    table[:, 0, 2] += 3  # one tool knows
    weights = weighing.fit(table)
    assert weights[2] > 1
    assert np.abs(np.delete(weights, 2)).max() < 0.3
    found = weighing.judged(table @ weights, weights)
    assert found.top1 > 50
    assert found.stated == pytest.approx(found.top1, abs=8)
    sure = weighing.judged(np.array([[9.0, 0, 0], [0, 9, 0]]), weights)
    assert (sure.top1, sure.top10) == (50, 100)
    assert sure.stated == pytest.approx(100, abs=0.1)
    assert sure.error == pytest.approx(50, abs=0.1)
    assert sure.nll == pytest.approx(4.5, abs=0.01)


def test_candidates_hold_the_true_disease_first(known: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighing, "BEST", 9)
    few = known.real.take(np.arange(6))
    table = weighing.candidates(known.diagnosers, few)
    assert table.shape == (6, 10, 7)
    ((_, scores),) = known.diagnosers.scores(few)
    z = (scores - scores.mean(axis=2, keepdims=True)) / scores.std(axis=2, keepdims=True)
    np.testing.assert_allclose(table[3, 0], z[3, :, few.disease[3]], rtol=1e-4)


def test_classifiers_learn_from_good_cases(known: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "LATENT", 30)
    school = School(known)
    assert len(school.diseases) == 40
    good = school.learned(school.training)
    shuffled = replace(school.training, disease=np.random.default_rng(1).permutation(school.training.disease))
    bad = school.learned(shuffled)
    for name in ("centroid", "naive_bayes", "softmax"):
        assert good.top1[name] > 60
        assert bad.top1[name] < 15
        assert good.top10[name] >= good.top1[name]
    assert learning.rank(np.array([[0.5, 0.5, 0.1], [0.0, 1.0, 2.0]]), np.array([0, 1])).tolist() == [1.5, 2]


def test_halves_have_as_many_of_each_disease(known: Setting) -> None:
    for by_publication in (False, True):
        first, second = halves(known, by_publication)
        assert sorted(known.real.disease[first]) == sorted(known.real.disease[second])
        assert not set(first) & set(second)
    papers = [{known.judged[i].publication for i in half} for half in (first, second)]
    assert papers[0].isdisjoint(papers[1])
    assert compare(known, known.real, known.real, known.features, known.ranks, {}).difficulty.mae == (0, 0, 0, 0)


def test_folders_are_matched_by_disease(known: Setting) -> None:
    simulated = [*toys.reports(200, 7, "s"), replace(toys.reports(1, 7, "x")[0], disease="OMIM:9")]
    twins, rows = matched(known, simulated)
    assert len(set(rows.tolist())) == len(rows) == 200
    assert (known.real.disease[rows] == twins.disease).all()
    assert evaluate(known, twins, rows).cases == 200
