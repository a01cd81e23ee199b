"""The table of a realism audit: a line a metric, means over seeds, nothing for what was not asked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from raresim.audit.realism.assess import Assessment, Examiner
from raresim.audit.realism.difficulty import Difficulty
from raresim.audit.realism.distance import Area
from raresim.audit.realism.evaluate import Figures
from raresim.audit.realism.faults import Faults
from raresim.audit.realism.learning import Learned
from raresim.audit.realism.privacy import Privacy
from raresim.audit.realism.report import ROWS, RealismReport
from raresim.audit.realism.sources import of_folder, of_peer
from raresim.audit.realism.spread import Spread
from raresim.audit.realism.weighing import Weighing
from raresim.errors import InputError
from tests import realism_toys as toys

pytest.importorskip("sklearn")


def figures(auc: float) -> Figures:
    """Figures with one number of one's own."""
    shares = ((10.0, 20.0, 30.0, 40.0),)
    hard = Difficulty((1.0, 2.0, 3.0, 4.0), (-1.0, 0.0, 1.0, 2.0), (5.0, 6.0, 7.0, 8.0), 0.9, 0.8, shares, shares)
    area = Area(auc, auc - 0.03, auc + 0.03)
    steps = {"n_obs": 0.05, "n_exc": 0.1, "ic_mean": float("nan")}
    return Figures(9, area, {"P": area}, area, area, 0.01, steps, hard, {"D": hard}, {"n_obs": (8, 7), "n_exc": (9, 6)})


def test_every_line() -> None:
    stranger = Privacy(3, 80, 0.5, 0.8, 0.8, 1, 0.51)
    classifiers = dict.fromkeys(("centroid", "naive_bayes", "softmax"), 40.0)
    whole = Assessment(
        "clinical",
        (figures(0.6), figures(0.7)),
        Spread(9, 1.8, 0.02, 0.4),
        Faults(9, 0, 0, 0, 1, 0, 0, 2),
        Weighing(30, 50, 4.6, 27, 9, (1.0,)),
        Learned(classifiers, classifiers),
        stranger,
        replace(stranger, membership=0.49),
        3456.0,
    )
    report = RealismReport("s", {"for fitting": 5, "judged": 9}, (Assessment("real"),), (whole,), ("a: note",))
    lines = report.text().splitlines()
    assert lines[0] == "real reports: 5 for fitting, 9 judged (salt s)"
    assert lines[-1] == "a: note"
    shown = {name: next((line for line in lines if line.startswith(name + "  ")), "") for name, _, _ in ROWS}
    missing = {name for name, line in shown.items() if not line}
    assert missing == {"AUC, held-out diseases (D)", "AUC, 12 or more training reports"}
    for name, cell in (
        ("AUC, 44 features", "0.650 (0.62-0.68)"),
        ("difficulty, bias", "-1.0/0.0/1.0/2.0"),
        ("KS observed/excluded/mean of 44", "0.050/0.100/0.075"),
        ("within disease: variance; excess information", "1.80; 0.0200"),
        ("weighing scores: NLL / stated minus true", "4.60 / -3"),
        ("membership AUC / copies, bare knowledge", "0.490 / 1 of 80"),
        ("contradicting/nested/obsolete/onset/sex", "0/0/0/1/0 of 9"),
        ("records per second of CPU", "3,456"),
    ):
        assert shown[name].endswith(cell)
        assert shown[name].split()[-len(cell.split()) - 1] == "-"  # nothing of the real cases was asked
    data = json.loads(report.to_json())
    assert data["found"][0]["figures"][1]["auc"]["auc"] == 0.7
    assert data["found"][0]["figures"][0]["steps"]["ic_mean"] is None


def test_an_examiner_asks_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    from raresim.audit.realism import learning, spread, weighing

    monkeypatch.setattr(weighing, "BEST", 20)
    monkeypatch.setattr(weighing, "TRAINED_ON", 60)
    monkeypatch.setattr(spread, "FEWEST", 6)
    monkeypatch.setattr(learning, "LATENT", 20)
    known = toys.setting(toys.reports(320, 1, "t"), toys.reports(160, 2, "j"))
    examiner = Examiner(known)
    monkeypatch.setitem(examiner.__dict__, "bare", known)  # of the toy diseases no catalog can be made
    real, papers = examiner.real()
    assert papers.figures == ()  # one publication a disease
    found = examiner.assess(of_peer("naive_frequency"), 1)
    for one in (real, found):
        assert one.spread is not None
        assert one.spread.variance == pytest.approx(1, abs=0.4)
        assert one.weighing is not None
        assert one.weighing.top1 > 20
        assert one.learned is not None
        assert one.learned.top1["centroid"] > 40
    assert found.privacy is not None
    assert found.privacy.membership == pytest.approx(0.5, abs=0.12)
    assert found.figures[0].auc.auc > 0.6  # it excludes nothing
    with pytest.raises(InputError, match="few: 8 of its cases are twins of the 160 real ones"):
        examiner.assess(of_folder("few", toys.reports(8, 3)), 1)
