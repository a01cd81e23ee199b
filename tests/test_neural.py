"""The kind neural: its networks against plain loops, its file, its training where torch is installed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from raresim import catalog
from raresim.clinical.entry import DESCRIPTORS
from raresim.clinical.features import STATIC
from raresim.errors import InputError
from raresim.neural.model import COUNT_FROM, Neural, load, unpacked
from raresim.phenotype import Neural as Kind
from raresim.phenotype import Person
from raresim.streams import stream

pytest.importorskip("safetensors", reason="safetensors is not installed")
D, S, H = len(DESCRIPTORS), len(STATIC), 3


def made(seed: int = 1, top: list[float] | None = None) -> Neural:
    """Networks of three hidden units; with ``top`` the classes of all counts have these logits whatever goes in."""
    rng = np.random.default_rng(seed)

    def some(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    classes = len(COUNT_FROM)
    out = np.zeros((8, H, classes), np.float32) if top else some(8, H, classes)
    logits = np.tile(np.array(top, np.float32), (8, 1)) if top else some(8, classes)
    return Neural(
        some(D),
        np.ones(D, np.float32),
        some(8, D + 9, H),
        some(8, H),
        out,
        logits,
        some(2, 4, S, H),
        some(2, 4, H),
        some(2, 4, H),
    )


def test_scores_are_those_of_plain_loops() -> None:
    model, x = made(), np.random.default_rng(2).normal(size=(5, S)).astype(np.float32)
    got = model.score(x, 1, 2)
    for row, value in zip(x, got.tolist(), strict=True):
        want = 0.0
        for h in range(H):
            inner = float(model.term_bias[1, 2, h]) + sum(
                float(row[s]) * float(model.term_hidden[1, 2, s, h]) for s in range(S)
            )
            want += math.tanh(inner) * float(model.term_out[1, 2, h])
        assert value == pytest.approx(want, abs=1e-4)


def test_counts_follow_their_probabilities_and_five_percent_is_seen() -> None:
    """Classes 0, 1 and 5-6 with .5, .3 and .2: binomial counts of 20,000 draws within 3.5 SD; .525 is 7 SD away."""
    logits = [-30.0] * len(COUNT_FROM)
    for at, p in ((0, 0.5), (1, 0.3), (5, 0.2)):
        logits[at] = math.log(p)
    model, rng = made(top=logits), stream(1, "neural")
    draws = np.array([model.counts(np.zeros(D), 0.0, rng) for _ in range(20_000)])[:, 4:].ravel()
    n = len(draws)
    for share, p in (((draws == 0).mean(), 0.5), ((draws == 1).mean(), 0.3), (np.isin(draws, (5, 6)).mean(), 0.2)):
        sd = (p * (1 - p) / n) ** 0.5
        assert abs(share - p) < 3.5 * sd
        assert abs(1.05 * p - share) > 3.5 * sd


def test_a_count_sees_those_before_it() -> None:
    """The second count of a network that copies the first is the first."""
    model = made()
    hidden, out = np.zeros((8, D + 9, H), np.float32), np.zeros((8, H, len(COUNT_FROM)), np.float32)
    top = np.full((8, len(COUNT_FROM)), -30, np.float32)
    top[0, :2] = 0.0  # 0 or 1
    hidden[1, D + 1, 0] = 50.0  # is the first one 1?
    out[1, 0, 1], top[1, 0], top[1, 1] = 60.0, 0.0, -30.0
    top[2:, 1] = 0.0
    arrays = {
        name: getattr(model, name) for name in ("mean", "spread", "count_bias", "term_hidden", "term_bias", "term_out")
    }
    arrays["count_bias"] = np.zeros((8, H), np.float32)
    copying = Neural(**arrays, count_hidden=hidden, count_out=out, count_top=top)
    rng = stream(1, "copy")
    drawn = [copying.counts(np.zeros(D), 0.0, rng) for _ in range(200)]
    assert all(c[0] == c[1] for c in drawn)
    assert 60 < sum(c[0] for c in drawn) < 140


def test_files_come_back_and_damage_is_named(tmp_path: Path) -> None:
    model = made()
    model.save(tmp_path)
    again = load(tmp_path)
    assert again.packed() == model.packed()
    data = (tmp_path / "neural.safetensors").read_bytes()
    (tmp_path / "neural.safetensors").write_bytes(data[:-4] + b"\0\0\0\0")
    load.cache_clear()
    with pytest.raises(InputError, match="digest"):
        load(tmp_path)
    for bad in (b"", b"nothing at all", data[: len(data) // 2], data.replace(b"neural", b"clinic")):
        with pytest.raises(InputError, match="here: "):
            unpacked(bad, "here")


def test_severe_patients_have_more_terms() -> None:
    disease, kind = catalog.load().find("OMIM:154700"), Kind()
    mean = {}
    for severity in (-1.5, 1.5):
        rng = stream(2, "severity")
        rows = [kind.draw(disease, Person(True, 20.0, 5.0, severity=severity), rng).rows for _ in range(200)]
        mean[severity] = np.mean([sum(not f.excluded for f in r) for r in rows])
    assert mean[1.5] > 1.2 * mean[-1.5]


def test_training_learns_and_repeats_itself() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from raresim.neural import fit

    x = torch.tensor(np.random.default_rng(1).normal(size=(400, 5)), dtype=torch.float32)
    wanted = (x[:, 0] > 0).long()

    def trained() -> list[np.ndarray]:
        torch.manual_seed(3)
        return fit._count(x, wanted)

    first, again = trained(), trained()
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    hidden, bias, out, top = first
    score = np.tanh(x.numpy() @ hidden + bias) @ out + top
    assert (score.argmax(axis=1) == wanted.numpy()).mean() > 0.95
