"""`raresim audit realism`: the whole way on a small catalog of real diseases, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from raresim import catalog, fitting, kinds
from raresim.audit.realism import run, simulate
from raresim.phenotype import PhenotypeKind
from raresim.phenotype.annotated import Annotated
from raresim.reports import Report
from raresim.streams import stream
from tests import realism_toys as toys
from tests.command import Command

pytest.importorskip("sklearn")


@cache
def published(many: int = 260, seed: int = 3, prefix: str = "PMID_") -> list[Report]:
    """Reports by coins of 60 diseases, four a publication: what the annotated kind should not be told from."""
    known = catalog.load()
    drawable = [known[row] for row in np.flatnonzero(known.drawable)[:2400:20].tolist()]
    codes = [d.id for d in drawable if d.id.startswith("OMIM:") and len(d.annotations) > 12][:40]
    out = []
    for i in range(many):
        disease = known.find(codes[(i // 4) % len(codes)])
        who = simulate.person(disease, None, stream(seed, "who", i), seed, i)
        rows = Annotated().draw(disease, who, stream(seed, "what", i)).rows
        sides = [tuple(f.term for f in rows if f.excluded == side) for side in (False, True)]
        out.append(
            Report(f"{prefix}{i // 4 + 1}_{i}", disease.id, f"PMID:{i // 4 + 1}", who.female, who.age, None, *sides)
        )
    return out


def write(path: Path, reports: Sequence[Report]) -> Path:
    """Write reports as phenopackets, one a line."""
    lines = []
    for r in reports:
        found = [{"type": {"id": t}} for t in r.observed]
        found += [{"type": {"id": t}, "excluded": True} for t in r.excluded]
        lines.append(
            json.dumps(
                {
                    "id": r.id,
                    "subject": {"id": r.id, "sex": "FEMALE" if r.female else "MALE"},
                    "phenotypicFeatures": found,
                    "diseases": [{"term": {"id": r.disease}}],
                    "metaData": {"phenopacketSchemaVersion": "2.0", "externalReferences": [{"id": r.publication}]},
                }
            )
        )
    path.write_text("\n".join(lines))
    return path


def test_the_command(inside: Command, tmp_path: Path) -> None:
    real = write(tmp_path / "real.jsonl", published())
    few = write(tmp_path / "few.jsonl", [r for r in published(260, 4, "s") if r.observed])
    few.write_text(few.read_text() + '\n{"no": "packet"}')
    words = ("audit", "realism", "--real", real, "--quick", "--seeds", "1", "--json", tmp_path / "found.json")
    done = inside(*words, "--phenotype", "annotated", "--simulated", few)
    assert done.returncode == 0, done.stderr
    assert "AUC, 44 features" in done.stdout
    assert "judged (salt audit)" in done.stdout
    found = json.loads((tmp_path / "found.json").read_text())
    assert [a["name"] for a in found["found"]] == ["annotated", str(few)]
    for assessment in found["found"]:
        (figures,) = assessment["figures"]
        # about 70 cases a side: standard error 0.05
        assert figures["auc"]["auc"] < 0.5 + 4 * 0.05
        assert figures["cases"] >= 40
        faults = assessment["faults"]
        assert faults["contradictions"] == faults["nested"] == faults["obsolete"] == faults["onset"] == 0
    assert found["reports"]["for fitting"] > 100
    assert f"{few}: 1 skipped: not a phenopacket" in done.stdout


def test_what_it_refuses(inside: Command, tmp_path: Path) -> None:
    real = write(tmp_path / "real.jsonl", published()[:40])
    for words, said in (
        (("--real", real), "nothing to judge"),
        (("--real", real, "--phenotype", "anotated"), "did you mean 'annotated'"),
        (("--real", real, "--phenotype", "annotated"), "give more (40 of 5 or more)"),
        (("--real", tmp_path / "none", "--phenotype", "annotated"), "none"),
    ):
        done = inside("audit", "realism", "--quick", *words)
        assert done.returncode == 2
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1
    done = inside("audit", "leaks", tmp_path)
    assert done.returncode == 2
    assert "no study.toml" in done.stderr


def test_a_kind_that_learns_is_fitted_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Fitter:
        def fit(self, reports: Sequence[Report], known: object, folder: Path, options: object) -> dict[str, object]:
            (folder / "model").write_text(str(len(reports)))
            return {}

        def phenotype(self, folder: Path) -> PhenotypeKind:
            return Annotated(prior=int((folder / "model").read_text()) / 100)

    known = toys.setting(toys.reports(80, 1), toys.reports(40, 2))
    monkeypatch.setattr(fitting, "find", lambda name: Fitter())
    assert run.refitted("clinical", Annotated(), known, tmp_path) == Annotated(prior=0.8)
    assert run.refitted("annotated", Annotated(), known, tmp_path) == Annotated()


@pytest.mark.slow
def test_real_cases(shared: Path) -> None:
    """Figures on published cases: real against real at the floor, coins of the frequencies far off."""
    report = run.audit(shared / "phenopackets", run.Question(("annotated",)), "inner-1", seeds=1)
    real, papers = report.floor
    assert abs(real.figures[0].auc.auc - 0.5) < 0.08
    assert papers.figures[0].cases > 100
    assert np.isclose(real.spread.variance, 1.82, atol=0.3)
    found = report.found[0]
    assert found.figures[0].auc.auc > 0.95
    assert found.figures[0].difficulty.bias[0] > 40
    assert found.spread.variance < 1.2
    assert found.faults.none
    assert found.weighing.stated - found.weighing.top1 > 10
    assert 0.45 < found.bare_privacy.membership < 0.6
    assert found.bare_privacy.copies == 0
    assert found.speed > 1000


def test_every_kind_can_be_named() -> None:
    for name in kinds.names("phenotype"):
        assert kinds.find("phenotype", name)()
