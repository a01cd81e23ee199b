"""The discriminator of the kind hybrid: its trees, its choice, its files."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from raresim import catalog
from raresim.errors import InputError
from raresim.hybrid.draw import Chooser, chooser, rows_of
from raresim.hybrid.features import FEATURES, HIGH, features
from raresim.hybrid.model import ARRAYS, Discriminator, load, unpacked
from raresim.phenotype import Clinical, Hybrid, Person
from raresim.streams import stream
from tests.naive import discriminator as naive

MARFAN = "OMIM:154700"
WHO = Person(True, 20.0, 5.0)


def stump(feature: int, threshold: float, low: float, high: float) -> Discriminator:
    """One split."""
    return Discriminator(
        feature=np.array([feature, -2, -2], np.int16),
        threshold=np.array([threshold, -2, -2], np.float32),
        left=np.array([1, -1, -1], np.int16),
        right=np.array([2, -1, -1], np.int16),
        value=np.array([0, low, high], np.float32),
        off=np.array([0, 3], np.int32),
        start=0.5,
    )


def test_trees_are_followed_to_their_leaves() -> None:
    two = stump(0, 1.5, -1.0, 2.0)
    both = Discriminator(
        *(np.concatenate([getattr(two, n)] * 2) for n in ("feature", "threshold", "left", "right", "value")),
        off=np.array([0, 3, 6], np.int32),
        start=0.5,
    )
    assert both.log_odds(np.array([[1.0], [1.5], [2.0]])).tolist() == [-1.5, -1.5, 4.5]


def test_the_fit_is_the_sum_of_sklearns_trees() -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 4)).astype(np.float32)
    y = (x[:, 0] + rng.normal(size=400) > 0).astype(int)
    model = ensemble.GradientBoostingClassifier(n_estimators=20, init="zero", learning_rate=0.1).fit(x, y)
    trees = [t.tree_ for t in model.estimators_[:, 0]]
    ours = Discriminator(
        feature=np.concatenate([t.feature for t in trees]).astype(np.int16),
        threshold=np.concatenate([t.threshold for t in trees]).astype(np.float32),
        left=np.concatenate([t.children_left for t in trees]).astype(np.int16),
        right=np.concatenate([t.children_right for t in trees]).astype(np.int16),
        value=np.concatenate([0.1 * t.value[:, 0, 0] for t in trees]).astype(np.float32),
        off=np.cumsum([0, *(t.node_count for t in trees)]).astype(np.int32),
        start=0.0,
    )
    np.testing.assert_allclose(ours.log_odds(x.astype(np.float64)), model.decision_function(x), atol=1e-4)


def test_records_are_chosen_by_their_odds() -> None:
    """Odds of 1 : e^3 for records with more than ten observed terms; of 1 : 1, the records are those of clinical."""
    disease, writer = catalog.load().find(MARFAN), chooser("published").writer
    column = FEATURES.index("observed")

    def mean(discriminator: Discriminator, name: str) -> float:
        one, rng = Chooser(discriminator, writer), stream(1, name)
        return float(np.mean([len(rows_of(one.record(disease, WHO, 6, False, rng))[0]) > 10 for _ in range(400)]))

    rng = stream(1, "plain")
    kind = Clinical(levels=False)
    plain = float(np.mean([len(rows_of(kind.draw(disease, WHO, rng))[0]) > 10 for _ in range(400)]))
    even, odd = mean(stump(column, 10.5, 0.0, 0.0), "even"), mean(stump(column, 10.5, 0.0, 3.0), "odd")
    assert abs(even - plain) < 3.5 * (2 * 0.25 / 400) ** 0.5
    assert odd > even + 0.15 or even > 0.8


def test_numbers_of_a_record() -> None:
    kind, disease = chooser("published"), catalog.load().find(MARFAN)
    subject, _ = kind.writer.subject(disease, True)
    entry = subject.entry
    listed = entry.rows[:3]
    got = features([(listed, entry.rows[:0])], subject.relation, entry, kind.writer.sampler.lexicon)[0]
    named = dict(zip(FEATURES, got.tolist(), strict=True))
    assert named["observed"] == 3
    assert named["excluded"] == 0
    assert named["exact"] == 1
    assert named["unrelated"] == 0
    assert named["covered"] == pytest.approx(3 / len(entry.rows))
    assert named["similarity to entry"] == pytest.approx(1.0)
    info = kind.writer.sampler.lexicon.knowledge.information[listed]
    assert named["information"] == pytest.approx(info.mean())
    assert named["resnik to observed"] == -1


def test_kernel_and_its_twin_agree_to_the_last_bit() -> None:
    """Records of 30 diseases, also all of a disease in one (longer than numpy's blocks of 8), and their leaves."""
    from raresim.kernels.clinical import similarity
    from raresim.kernels.matches import group_similarity

    known, kind = catalog.load(), chooser("published")
    lexicon, d = kind.writer.sampler.lexicon, kind.discriminator
    tree = (lexicon.terms.line_off, lexicon.terms.line, lexicon.knowledge.information)
    trees = [[getattr(d, n)[lo:hi] for n in ARRAYS[:5]] for lo, hi in pairwise(d.off.tolist())]
    for at in np.flatnonzero(known.drawable)[::240].tolist():
        of = known[at]
        subject, _ = kind.writer.subject(of, of.sex != "male")
        entry, rng = subject.entry, stream(3, at)
        records = [rows_of(kind.writer.record(of, Person(of.sex != "male", 20.0, 5.0), False, rng)) for _ in range(6)]
        whole = [np.unique(np.concatenate([r[side] for r in records])) for side in range(2)]
        records += [(whole[0], whole[1]), (records[0][0][:1], records[0][1][:0])]
        got = features(records, subject.relation, entry, lexicon)
        share = np.full(len(subject.relation), np.nan)
        share[entry.rows] = np.where(entry.n > 0, entry.k / np.maximum(entry.n, 1), np.nan)
        often = entry.rows[(entry.n > 0) & (entry.k >= HIGH * entry.n)]
        system = int(np.bitwise_or.reduce(lexicon.terms.branch[entry.rows]))
        for (o, x), row in zip(records, got, strict=True):
            off = np.array([0, len(o)])
            near = [(similarity(entry.rows, r, *tree), group_similarity(r, r * 0, off, o, *tree)) for r in (o, x)]
            args = (o, x, subject.relation, share, often, system, entry.rows, lexicon, *near[0], *near[1])
            assert naive.numbers(*args) == row.tolist()
            x32 = row.astype(np.float32)
            assert d.log_odds(row[None])[0] == d.start + naive.leaves(x32, trees).sum()


def test_files_come_back_and_damage_is_named(tmp_path: Path) -> None:
    made = stump(3, 0.25, 1.0, 2.0)
    made.save(tmp_path)
    again = load(tmp_path)
    assert again.packed() == made.packed()
    (tmp_path / "hybrid.npz").write_bytes(made.packed()[:-10])
    load.cache_clear()
    with pytest.raises(InputError, match="digest"):
        load(tmp_path)
    (tmp_path / "hybrid.toml").write_text('kind = "hybrid"\nversion = 0\n')
    with pytest.raises(InputError, match="version 0"):
        load(tmp_path)
    (tmp_path / "hybrid.toml").unlink()
    with pytest.raises(InputError, match="holds no hybrid model"):
        load(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        unpacked(b"nothing", "here")


def test_one_candidate_is_the_clinical_record() -> None:
    disease = catalog.load().find(MARFAN)
    one = Hybrid(candidates=1, levels=False).draw(disease, WHO, stream(5, "x"))
    assert one == Clinical(levels=False).draw(disease, WHO, stream(5, "x"))
