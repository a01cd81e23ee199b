"""Fitting a model on anybody's reports: the folder, its card, privacy of the counts, mistakes."""

from __future__ import annotations

import gzip
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raresim import InputError, catalog, fitting, ontology, reports
from raresim.fitting import _counts, clinical
from raresim.onset import examination_draw, onset_draw
from raresim.phenotype import Person
from raresim.phenotype.annotated import Annotated
from raresim.reports import Report
from raresim.streams import stream
from tests.command import Command, content
from tests.packets import feature, hostile, packet

OFTEN = "HP:0001636"  # of many publications


def made(number: int, disease: catalog.Disease) -> dict[str, object]:
    """A packet of a patient of a disease, one of three of a publication."""
    rng = stream(3, "made", number)
    began = onset_draw(disease, rng)
    person = Person(bool(number % 2), examination_draw(began, rng), began)
    rows = Annotated().draw(disease, person, rng).rows
    features = [feature(row.term, excluded=row.excluded) for row in rows]
    features += [feature(OFTEN)] * (number % 2) + [feature("HP:0000119")] * (number in (0, 30))
    return packet(
        f"c{number}",
        *sound(features),
        diseases=[{"term": {"id": disease.id}}],
        metaData={"phenopacketSchemaVersion": "2.0", "externalReferences": [{"id": f"PMID:{number // 3}"}]},
    )


def sound(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Features, each term once, without exclusions of what stands above an observed one."""
    terms, once = ontology.load(), {f["type"]["id"]: f for f in features}
    above = {a for term, f in once.items() if not f.get("excluded") for a in terms.ancestors(terms.rows[term]).tolist()}
    return [f for term, f in once.items() if not f.get("excluded") or terms.rows[term] not in above]


@pytest.fixture(scope="module")
def packets() -> list[dict[str, object]]:
    """120 patients of 40 diseases, three of each publication."""
    known = catalog.load()
    rows = [row for row in np.flatnonzero(known.drawable).tolist() if len(known[row].annotations) > 15][:400:10]
    return [made(number, known[rows[number // 3 % len(rows)]]) for number in range(120)]


@pytest.fixture
def folder(tmp_path: Path, packets: list[dict[str, object]]) -> Path:
    """A folder with these and what cannot be read."""
    path = tmp_path / "cases"
    path.mkdir()
    hostile(path)
    (path / "cases.jsonl").write_text("\n".join(map(json.dumps, packets)))
    return path


def test_a_model_its_card_and_cases_drawn_from_it(folder: Path, inside: Command, tmp_path: Path) -> None:
    done = inside("fit", "cases", "-o", "one", "--quick")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("120 cases\n")
    assert "1 skipped: a term is both present and excluded (e.g. both.json)" in done.stdout
    assert inside("fit", "cases", "-o", "two", "--quick").returncode == 0
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert content(tmp_path / "one").keys() == {"card.md", "model.npz", "model.toml", "publications.txt"}
    assert (tmp_path / "one" / "publications.txt").read_text().split() == sorted(f"PMID:{i}" for i in range(40))
    card = (tmp_path / "one" / "card.md").read_text()
    for line in (
        f"`{reports.read(folder).digest}`",
        "120 cases; 120 of them have an observed finding",
        "40 of these diseases, 40 publications",
        "1 skipped: a term is both present and excluded\n",
        "None: judging was not asked for.",
        "not differentially private",
        'kind = "clinical"',
    ):
        assert line in card, line
    assert max(map(len, card.splitlines())) <= 120
    assert "c17" not in card
    from raresim.clinical import load

    model = load(tmp_path / "one")
    known = dict(
        zip(model.term.tolist(), zip(model.observed.tolist(), model.excluded.tolist(), strict=True), strict=True)
    )
    assert known[int(OFTEN[3:])][0] > 30
    assert int("0000119") not in known or known[119][0] == 0  # of two publications
    assert not any(0 < n < 3 for pair in known.values() for n in pair)
    words = ["--set", "genome=none", "--set", "phenotype.kind=clinical", "--set", "phenotype.style=one"]
    done = inside("run", "-q", "-o", "out", "-n", "20", "-w", "1", *words)
    assert (done.returncode, done.stderr) == (0, "")
    files = json.loads((tmp_path / "out" / "manifest.json").read_text())["inputs"]["files"]
    assert {row["file"] for row in files} == {f"one/{name}" for name in content(tmp_path / "one")}
    (digest,) = [row["sha256"] for row in files if row["file"] == "one/model.npz"]
    assert f'sha256 = "{digest}"' in (tmp_path / "one" / "model.toml").read_text()
    drawn = reports.read(tmp_path / "out").reports
    assert len(drawn) == 20
    assert all(report.observed and report.disease for report in drawn)


def test_what_too_few_publications_used_is_never_drawn(
    packets: list[dict[str, object]], inside: Command, tmp_path: Path
) -> None:
    """Two terms that no annotation names, one of two publications and one of 20, and two that annotations name, of
    eight each but of two together (6 of 120 cases), in 2,400 records: of every two terms that stand together three
    publications had both, or the annotations name both; and the two come together as often as if nobody had had both.
    """
    known, terms = catalog.load(), ontology.load()
    named = clinical.public(known)
    rare, enough = [
        terms.ids[r] for r in np.flatnonzero(terms.phenotypic & (terms.sex == 0)) if terms.ids[r] not in named
    ][1000:3000:1999]
    first, second = "HP:0001513", "HP:0002019"  # obesity, constipation

    def fitted(name: str, begin: int, support: int = 3) -> Path:
        """A model of cases of which 24 have the second term from number ``begin`` on, and the first 24 the first."""
        marked = []
        for n, p in enumerate(packets):
            given: Any = p["phenotypicFeatures"]
            features = [f for f in given if f["type"]["id"] not in (first, second)]
            has = {rare: n < 6, enough: n < 60, first: n < 24, second: begin <= n < begin + 24}
            marked.append({**p, "phenotypicFeatures": sound(features + [feature(t) for t, yes in has.items() if yes])})
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, marked)))
        words = ("--quick", "--minimum-support", str(support))
        assert inside("fit", f"{name}.jsonl", "-o", name, *words).returncode == 0
        return tmp_path / name

    def records(model: Path) -> list[set[str]]:
        drawn, out = fitting.find("clinical").phenotype(model), []
        for number in range(2400):
            disease = known.find(str(packets[number % 120]["diseases"][0]["term"]["id"]))  # type: ignore[index]
            rows = drawn.draw(disease, Person(disease.sex != "male", 30.0, 1.0), stream(1, "draw", number)).rows
            assert {row.term for row in rows} <= named
            out.append({row.term for row in rows if not row.excluded})
        return out

    model = fitted("model", 18)
    papers = publications(reports.read(tmp_path / "model.jsonl").reports)
    assert len(papers[pair(first, second)]) == 2
    found = records(model)
    for two in {pair(a, b) for record in found for a, b in combinations(sorted(record), 2)}:
        assert two <= named or len(papers[two]) >= 3
    both, apart = (sum({first, second} <= r for r in some) for some in (found, records(fitted("apart", 24))))
    assert both - apart <= 4 * (both + apart) ** 0.5 + 3  # learned by heart it would be 120 more
    from raresim.clinical import load

    known_by_use = load(model).term.tolist()
    assert not {int(rare[3:]), int(enough[3:])} & set(known_by_use)
    assert int(first[3:]) in known_by_use
    card = " ".join((model / "card.md").read_text().split())
    assert "terms of enough publications that no annotation names, left out: 1 " in card
    loose = fitted("all", 18, 1)
    assert int(rare[3:]) not in load(loose).term.tolist()
    assert "taken from the shipped model, for want of cases" in (loose / "card.md").read_text()


def pair(a: str, b: str) -> frozenset[str]:
    return frozenset((a, b))


def publications(read: Iterable[Report]) -> dict[frozenset[str], set[str]]:
    """Publications that observed both of two terms in one patient."""
    out: dict[frozenset[str], set[str]] = defaultdict(set)
    for report in read:
        for a, b in combinations(report.observed, 2):
            out[pair(a, b)].add(report.publication or report.id)
    return out


def test_noise_on_the_counts(folder: Path, inside: Command, tmp_path: Path) -> None:
    words = ["--quick", "--epsilon", "40"]
    assert inside("fit", "cases", "-o", "one", *words, "--noise-seed", "5").returncode == 0
    assert inside("fit", "cases", "-o", "secret", *words).returncode == 0
    assert inside("fit", "cases", "-o", "other", *words, "--noise-seed", "6").returncode == 0
    assert content(tmp_path / "one")["model.npz"] != content(tmp_path / "other")["model.npz"]
    assert (tmp_path / "one" / "publications.txt").read_bytes() == b""
    from raresim.clinical import load

    model = load(tmp_path / "one")
    assert model.publications == ()
    assert model.minimum_support >= 3
    smallest = min(n for n in [*model.observed.tolist(), *model.excluded.tolist()] if n)
    assert smallest >= model.minimum_support
    card = " ".join((tmp_path / "one" / "card.md").read_text().split())
    assert "Differential privacy with epsilon 40 covers the counts of use" in card
    assert "It does NOT cover: the weights of the term scores" in card
    assert "5" not in card.partition("seed of the noise")[2][:40]


def test_what_noise_leaves_is_said(folder: Path, inside: Command) -> None:
    done = inside("fit", "cases", "-o", "m", "--quick", "--epsilon", "1")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("epsilon 1: ")]
    assert int(line.split()[5]) < 10
    assert line.endswith("; too few cases: nearly every term is drawn as if nobody had used it")


def test_the_reasons_are_said_where_too_few_cases_are_left(
    packets: list[dict[str, object]], inside: Command, tmp_path: Path
) -> None:
    (tmp_path / "bad").mkdir()
    reasons = hostile(tmp_path / "bad")
    (tmp_path / "bad" / "cases.jsonl").write_text("\n".join(map(json.dumps, packets[:10])))
    done = inside("fit", "bad", "-o", "m")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "10 cases can be used; 60 are needed" in done.stderr
    assert sum(why in done.stderr for why in set(reasons.values())) >= 2
    assert done.stderr.count(" (e.g. ") == 5
    assert " reasons more" in done.stderr


def report(name: str, publication: str, observed: list[str], excluded: list[str]) -> Report:
    return Report(name, "OMIM:154700", publication, None, None, None, tuple(observed), tuple(excluded))


def some(count: int) -> list[Report]:
    """Reports of many terms, two of a publication, every fifth without one."""
    known = ontology.load()
    rows = np.flatnonzero(known.phenotypic)
    out = []
    for number in range(count):
        terms = [known.ids[row] for row in stream(1, number).choice(rows[:300], 60, replace=False).tolist()]
        paper = f"PMID:{number // 2}" if number % 5 else ""
        out.append(report(f"r{number}", paper, terms[:25], terms[25:]))
    return out


def test_a_publication_changes_the_counts_by_no_more_than_is_said() -> None:
    every = some(40)
    _, whole = _counts.bounded(every, 7)
    for left_out in sorted({r.publication or r.id for r in every}):
        _, less = _counts.bounded([r for r in every if (r.publication or r.id) != left_out], 7)
        assert np.abs(whole - less).sum() == _counts.CONTRIBUTIONS
        assert np.abs(whole - less).max() == 1
    _, shuffled = _counts.bounded(every[::-1], 7)
    assert (shuffled == whole).all()
    _, other = _counts.bounded(every, 8)
    assert (other != whole).any()


def test_the_noise_has_its_distribution() -> None:
    """P(0) and the variance of the two-sided geometric distribution, each within four standard errors; and few of the
    counts that nobody has pass the limit."""
    epsilon = 20.0
    decay = math.exp(-epsilon / _counts.CONTRIBUTIONS)
    found = []
    passed = 0
    for seed in range(20):
        terms, _ = _counts.bounded([], seed)
        found.append(np.concatenate(_raw(epsilon, seed)))
        counts = _counts.noisy([], 1, epsilon, seed)
        passed += int((counts.observed > 0).sum() + (counts.excluded > 0).sum())
        assert len(counts.terms) == len(terms)
    noise = np.concatenate(found)
    zero = (1 - decay) / (1 + decay)
    variance = 2 * decay / (1 - decay) ** 2
    fourth = float((noise.astype(float) ** 4).mean())
    assert abs((noise == 0).mean() - zero) < 4 * math.sqrt(zero * (1 - zero) / len(noise))
    assert abs(noise.var() - variance) < 4 * math.sqrt((fourth - variance**2) / len(noise))
    assert passed < 20 + 4 * math.sqrt(20)


def _raw(epsilon: float, seed: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """The noisy counts of no report, nothing cut off."""
    _, count = _counts.bounded([], seed)
    first, second = stream(seed, "privacy", "counts").geometric(
        1.0 - math.exp(-epsilon / _counts.CONTRIBUTIONS), (2, *count.shape)
    )
    counts = _counts.noisy([], 1, epsilon, seed)
    noise = first - second
    for got, want in zip((counts.observed, counts.excluded), noise, strict=True):
        assert (got == np.where(want >= counts.smallest, want, 0)).all()
    return noise[0], noise[1]


def test_what_is_used_often_survives_a_loose_epsilon() -> None:
    many = [report(f"r{i}", "", ["HP:0001250"], ["HP:0001252"]) for i in range(500)]
    counts = _counts.noisy(many, 3, 10.0, 1)
    at = counts.terms.index("HP:0001250")
    assert counts.observed[at] == pytest.approx(500, abs=40)
    assert counts.excluded[at] == 0
    assert counts.smallest == math.ceil(2 * math.log(2 * len(counts.terms) / (1 + math.exp(-0.5))))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["cases", "-o", "cases"], "-o cases: exists already; name another folder"),
        (["few", "-o", "m"], "few: 30 cases can be used; 60 are needed, each with an observed finding"),
        (["bare", "-o", "m"], "bare: 0 cases can be used (120 of 120 name no disease); 60 are needed"),
        (["absent", "-o", "m"], "absent: there is no such file or folder"),
        (["cases", "-o", "m", "--kind", "clincal"], "--kind clincal: no such kind of model can be fitted"),
        (["cases", "-o", "m", "--epsilon", "0"], "--epsilon 0: should be from 0.001 to 10000"),
        (["cases", "-o", "m", "--epsilon", "nan"], "--epsilon nan: should be from 0.001 to 10000"),
        (["cases", "-o", "m", "--epsilon", "1e-300"], "--epsilon 1e-300: should be from 0.001 to 10000"),
        (["cases", "-o", "m", "--noise-seed", "1"], "--noise-seed: means nothing without --epsilon"),
    ],
)
def test_mistakes(
    folder: Path, packets: list[dict[str, object]], inside: Command, tmp_path: Path, words: list[str], line: str
) -> None:
    for name, chosen in (("few", packets[:30]), ("bare", [{**p, "diseases": []} for p in packets])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cases.jsonl").write_text("\n".join(map(json.dumps, chosen)))
    done = inside("fit", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"raresim: {line}")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("m*"))


def test_a_missing_extra_is_named(folder: Path, inside: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    done = inside("fit", "cases", "-o", "m")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "raresim: fit: needs sklearn; pip install 'raresim-dx[fit]'\n"


def test_a_failed_fit_leaves_nothing(
    folder: Path, inside: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from raresim.fitting import clinical

    def fail(*_: object) -> None:
        raise InputError("fit: it cannot be done")

    monkeypatch.setattr(clinical, "fit", fail)
    assert inside("fit", "cases", "-o", "m").returncode == 2
    assert not list(tmp_path.glob("m*"))


@pytest.mark.parametrize("name", fitting.names())
def test_every_kind_has_what_it_owes(name: str) -> None:
    from raresim import kinds

    fitter = fitting.find(name)
    assert callable(fitter.fit)
    assert callable(fitter.phenotype)
    assert name in kinds.names("phenotype")
    assert (fitter.__doc__ or "").strip()


@pytest.mark.slow
def test_the_figures_of_the_shared_cases(shared: Path, inside: Command, tmp_path: Path) -> None:
    assert inside("fit", shared / "phenopackets", "-o", "model").returncode == 0
    figures = json.loads((tmp_path / "model" / "card.json").read_text())
    (found,) = figures["found"]
    assert np.mean([one["auc"]["auc"] for one in found["figures"]]) < 0.75
    assert found["bare_privacy"]["copies"] <= 1
    assert 0.4 < found["bare_privacy"]["membership"] < 0.6
    assert "AUC, 44 features" in (tmp_path / "model" / "card.md").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "library", "file"),
    [("neural", "torch", "neural.safetensors"), ("bayesian_network", "pgmpy", "network.toml")],
)
def test_kinds_with_libraries_from_a_folder_to_a_case(
    shared: Path, inside: Command, tmp_path: Path, kind: str, library: str, file: str
) -> None:
    """300 published cases: the same bytes twice, a card, a study of the model, its cases shown."""
    pytest.importorskip(library)
    (tmp_path / "cases").mkdir()
    with gzip.open(shared / "phenopackets" / "phenopacket_store_T.jsonl.gz", "rt") as lines:
        (tmp_path / "cases" / "some.jsonl").write_text("".join(list(lines)[::20][:304]))
    for name in ("one", "two"):
        done = inside("fit", "cases", "-o", name, "--kind", kind, "--quick")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("246 cases, 58 have no")
    assert content(tmp_path / "one") == content(tmp_path / "two")
    card = (tmp_path / "one" / "card.md").read_text()
    assert f"kind {kind}\n" in card
    assert f"{library} " in card
    words = ["--set", "genome=none", "--set", f"phenotype.kind={kind}", "--set", "phenotype.model=one"]
    done = inside("run", "-q", "-o", "out", "-n", "40", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(reports.read(tmp_path / "out").reports) == 40
    shown = inside("show", "out", "1", "--truth")
    assert "Where the terms come from" in shown.stdout
    assert inside("show", "one").stdout.startswith("31 nodes") is (kind == "bayesian_network")
    (tmp_path / "two" / file).write_bytes(b"version = 99\n")
    done = inside("check", *words[:-1], "phenotype.model=two")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
