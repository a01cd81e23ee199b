"""Realism audit: kernels and features against their twins and by hand; the split; knowledge bases."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from raresim import catalog
from raresim.audit.realism import space as spaces
from raresim.audit.realism.cases import cases
from raresim.audit.realism.entries import of_catalog
from raresim.audit.realism.features import FEATURES, features
from raresim.audit.realism.split import PER_DISEASE, PER_PUBLICATION, capped, share, split
from raresim.kernels import matches as kernels
from raresim.reports import Report
from raresim.streams import stream
from tests import realism_toys as toys
from tests.naive import matches as naive
from tests.naive import realism as plain
from tests.realism_toys import A1, A2, A11, B1, B2, ROOT, A, B, X

pytest.importorskip("sklearn")


def test_kernels_equal_their_twins() -> None:
    space, rng = toys.wide(), stream(1, "matches")
    information = rng.random(len(space))
    tree = (space.ancestor_off, space.ancestors_of, information)
    query = rng.integers(0, len(space), 30).astype(np.int32)
    group = rng.integers(0, 4, 30)
    off = np.array([0, 5, 5, 6, 20])
    targets = np.concatenate([query[:3], rng.integers(0, len(space), 17)]).astype(np.int32)
    mine = kernels.group_similarity(query, group, off, targets, *tree)
    np.testing.assert_allclose(mine, naive.group_similarity(query, group, off, targets, *tree))
    pairs = rng.random((12, 5)).astype(np.float32)
    sets = rng.integers(0, 12, 20)
    for queries in (5, 0):
        one = kernels.best_matches(pairs[:, :queries], off, sets)
        two = naive.best_matches(pairs[:, :queries], off, sets)
        for a, b in zip(one, two, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5)


def test_space_by_hand() -> None:
    space = toys.toy()
    assert space.ids[ROOT] == "HP:0000118"
    assert space.depth.tolist() == [0, 1, 2, 2, 3, 1, 2, 2, 3]
    assert np.flatnonzero(space.leaf).tolist() == [A2, A11, B2, X]
    assert space.line(X).tolist() == [ROOT, A, A1, B, B1, X]
    assert space.children[ROOT] == [A, B]
    assert space.parents[X] == [A1, B1]
    assert space.systems.toarray()[[ROOT, A11, X]].tolist() == [[0, 0], [1, 0], [1, 1]]
    # an obsolete id is mapped, a term that is no finding, a retired and an unknown one are left out
    assert space.find(["HP:0009999", "HP:0000005", "HP:0009998", "HP:7777777", "HP:0001000"]) == [A, A11]


def test_information_by_hand() -> None:
    information = toys.small().information()
    assert information[ROOT] == 0
    assert information[B] == pytest.approx(log(4 / 3))
    assert information[A1] == pytest.approx(log(4 / 3))  # of d0, and of d2 and d3 by X
    assert information[A2] == pytest.approx(log(4))


def test_features_by_hand() -> None:
    entries = toys.small()
    information = entries.information()
    case = toys.made((0, [A11, A1, B2], [X, B]))
    f = dict(zip(FEATURES, features(case, entries, information)[0].tolist(), strict=True))
    assert (f["n_obs"], f["n_exc"], f["exc_share"]) == (3, 2, 0.4)
    assert f["depth_mean"] == pytest.approx(7 / 3)
    assert (f["s_exact"], f["s_anc"], f["s_desc"], f["s_unrel"]) == pytest.approx((1 / 3, 1 / 3, 0, 1 / 3))
    assert (f["x_exact"], f["x_anc"], f["x_desc"], f["x_unrel"]) == pytest.approx((0, 0.5, 0.5, 0))
    assert f["redundant"] == pytest.approx(1 / 3)  # A11 stands below A1
    assert f["contradict"] == pytest.approx(1 / 3)  # B2 stands below B, which is excluded
    assert f["freq_exact"] == 0.9
    assert f["cov_ann"] == 0.5
    assert f["cov_high"] == 1
    assert f["unrel_newbranch"] == 0
    assert f["x_desc_of_obs"] == 0.5  # X stands below A1
    assert f["n_branch"] == 2
    assert np.isnan(f["x_freq_exact"])
    assert f["res_max"] == pytest.approx(log(4 / 3))  # A11 and A1
    assert f["res_min"] == 0  # A11 and B2
    ic = {"A11": log(4), "A1": log(4 / 3), "B": log(4 / 3), "B2": log(2)}  # Lin with the nearest of A11 and B1
    lin = [1, 2 * ic["A1"] / (ic["A1"] + ic["A11"]), 2 * ic["B"] / (ic["B2"] + information[B1])]
    assert f["lin_best"] == pytest.approx(np.mean(lin))


def test_features_equal_their_twin() -> None:
    rng = np.random.default_rng(4)
    for space, entries in ((toys.toy(), toys.small()), (toys.wide(), toys.wide_entries())):
        terms = [t for t in range(len(space)) if t != space.root]
        records = []
        for _ in range(60):
            several = rng.permutation(terms)[: rng.integers(0, min(len(terms), 14))].tolist()
            cut = int(rng.integers(len(several) + 1))
            records.append((sorted(several[:cut]), sorted(several[cut:])))
        disease = rng.integers(0, len(entries), 60).tolist()
        information = entries.information()
        mine = features(cases(space, disease, records), entries, information)
        for row, d, (seen, unseen) in zip(mine, disease, records, strict=True):
            listed = dict(zip(*(x.tolist() for x in entries.of(d)), strict=True))
            expected = plain.features(seen, unseen, listed, space, information)
            np.testing.assert_allclose(
                row, [expected.get(name, np.nan) for name in FEATURES], atol=1e-12, err_msg=str(seen)
            )


def test_a_term_both_observed_and_excluded_is_observed() -> None:
    case = toys.made((0, [A11, A11], [A11, B]))
    assert [side.tolist() for side in case.record(0)] == [[A11], [B]]
    assert len(case.take(np.array([False]))) == 0
    assert toys.made((1, [], [])).closed.sum() == 0


def test_split_by_publication_and_disease() -> None:
    reports = [
        Report(f"r{i}", f"OMIM:{i % 97}", f"PMID:{i // 3}" if i % 10 else "", None, None, None, ("HP:0000001",), ())
        for i in range(3000)
    ]
    parts = split(reports, "a")
    assert len(parts.train) + len(parts.publications) + len(parts.diseases) == 3000
    papers = [{r.publication for r in part} - {""} for part in (parts.train, (*parts.publications, *parts.diseases))]
    assert papers[0].isdisjoint(papers[1])
    assert papers[1] == parts.held_out
    new = {r.disease for r in parts.diseases}
    assert new.isdisjoint(r.disease for r in (*parts.train, *parts.publications))
    assert len(new) / 97 == pytest.approx(0.2, abs=0.12)
    assert split(list(reversed(reports)), "a").held_out == parts.held_out
    assert split(reports, "b").held_out != parts.held_out
    kept = capped(parts.train)
    assert max(sum(r.disease == d for r in kept) for d in {r.disease for r in kept}) <= PER_DISEASE
    assert (
        max(sum((r.disease, r.publication) == (k.disease, k.publication) for r in kept) for k in kept if k.publication)
        <= PER_PUBLICATION
    )
    assert capped(tuple(reversed(parts.train))) == kept


def test_the_hash_of_the_split_does_not_change() -> None:
    assert share("inner-1", "disease", "OMIM:154700") == 0.008631793233174534
    assert share("a", "disease", "b") != share("a", "publication", "b")


def test_entries_of_the_catalog() -> None:
    known = catalog.load()
    entries = of_catalog(known, spaces.load())
    assert len(entries) > 8000
    assert all(codes[0].startswith("OMIM:") for codes in entries.ids)
    row = entries.rows["OMIM:154700"]  # Marfan syndrome
    terms, frequency = entries.of(row)
    assert len(terms) > 30
    paper = next(name for name in known.publications if name.startswith("PMID:"))
    fewer = of_catalog(known, spaces.load(), {paper})
    assert len(fewer.terms) < len(entries.terms)
    assert np.nanmin(frequency) > 0
    assert np.nanmax(frequency) <= 1
