"""Noise: every dial does what it says and nothing else, on records and on anybody's phenopackets."""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raresim import InputError, Spec, ontology, perturb, reports
from raresim.perturb import DIALS, Change, Noise
from raresim.phenotype import Feature, Features
from raresim.streams import stream
from tests.command import Command
from tests.packets import feature, hostile, packet

TERMS = ontology.load()
USED = np.flatnonzero(perturb.use() > 0).tolist()


def record(number: int, size: int = 8) -> tuple[list[str], list[str]]:
    """Observed and excluded terms, drawn by use, none beside its ancestor, none contradicting."""
    rng = stream(7, "record", number)
    weight = perturb.use()[USED]
    found: list[int] = []
    for row in rng.choice(USED, 4 * size, replace=False, p=weight / weight.sum()).tolist():
        related = any(row == o or TERMS.is_ancestor(row, o) or TERMS.is_ancestor(o, row) for o in found)
        if not related and TERMS.sex[row] == 0:
            found.append(row)
    return [TERMS.ids[row] for row in found[:size]], [TERMS.ids[row] for row in found[size : 2 * size]]


RECORDS = [record(number) for number in range(60)]


def after(observed: list[str], excluded: list[str], changes: list[Change]) -> tuple[list[str], list[str]]:
    """The record that the changes make of one, a list so that nothing hides twice."""
    gone = {change.before for change in changes}
    new = [change.after for change in changes if change.after]
    return [t for t in observed if t not in gone] + new, [t for t in excluded if t not in gone]


def sound(observed: list[str], excluded: list[str]) -> bool:
    """Whether all are findings, none twice, none with its ancestor, none below an excluded one."""
    rows = [TERMS.rows[term] for term in observed]
    above = [set(TERMS.ancestors(row).tolist()) - {row} for row in rows]
    absent = {TERMS.rows[term] for term in excluded}
    return (
        all(TERMS.phenotypic[row] for row in rows)
        and len(set(rows)) == len(rows)
        and not any(set(rows) & line for line in above)
        and not any(absent & (line | {row}) for row, line in zip(rows, above, strict=True))
    )


SHARE = st.sampled_from([0.0, 0.1, 0.5, 1.0])


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries({dial: SHARE for dial in DIALS if dial != "unrelated"}), st.integers(0, 4), st.data())
def test_records_stay_sound(shares: dict[str, float], unrelated: int, data: st.DataObject) -> None:
    observed, excluded = data.draw(st.sampled_from(RECORDS))
    female = data.draw(st.sampled_from([True, False, None]))
    changes = Noise(**shares, unrelated=float(unrelated)).changes(observed, excluded, female, 1, "x")
    assert sound(*after(observed, excluded, changes))
    assert after(observed, excluded, changes)[0]
    assert all(TERMS.sex[TERMS.rows[c.after]] in (0, {True: 1, False: 2, None: 0}[female]) for c in changes if c.after)


BASE = {"omission": 0.2, "up": 0.2, "down": 0.2, "sibling": 0.2, "unrelated": 1.5, "lost_exclusions": 0.2}


@pytest.mark.parametrize("dial", DIALS)
def test_one_dial_moved_changes_only_what_it_does(dial: str) -> None:
    """More of one dial: its changes are kept and new ones come; the others lose only terms that it took first."""
    more = {**BASE, dial: BASE[dial] + 0.4}
    before_it = DIALS[: DIALS.index(dial)]
    grown = 0
    for number, (observed, excluded) in enumerate(RECORDS):
        few = set(Noise(**BASE).changes(observed, excluded, True, 3, number))
        many = set(Noise(**more).changes(observed, excluded, True, 3, number))
        assert {c for c in few if c.dial == dial} <= {c for c in many if c.dial == dial}
        taken = {c.before for c in many - few if c.dial == dial and c.before}
        assert {c for c in few if c.dial != dial} - many == {c for c in few - many if c.before in taken}
        assert all(c.dial == dial for c in many - few)
        assert not {c for c in few - many if c.dial in before_it}
        grown += len(many - few)
    assert grown > 10


def test_omitted_terms_are_nested() -> None:
    for number, (observed, excluded) in enumerate(RECORDS):
        left = [
            set(
                after(observed, excluded, Noise(omission=share, up=0.3).changes(observed, excluded, None, 5, number))[0]
            )
            for share in (0.0, 0.2, 0.4, 0.8, 1.0)
        ]
        assert all(fewer <= more for more, fewer in pairwise(left))
        assert len(left[-1]) == 1


def test_case_and_seed_decide_and_the_order_of_terms_does_not() -> None:
    noise = Noise(**BASE)
    observed, excluded = RECORDS[0]
    first = noise.changes(observed, excluded, True, 1, "x")
    assert noise.changes(observed[::-1], excluded[::-1], True, 1, "x") == first
    assert noise.changes(observed, excluded, True, 2, "x") != first
    assert noise.changes(observed, excluded, True, 1, "y") != first
    assert Noise().changes(observed, excluded, True, 1, "x") == []


def test_shares_are_reached() -> None:
    """Each share within four standard errors; omission, lost exclusions and unrelated terms have no obstacles."""
    noise = Noise(omission=0.25, lost_exclusions=0.5, unrelated=0.5, unrelated_share=0.25)
    count: Counter[str] = Counter()
    for number, (observed, excluded) in enumerate(RECORDS * 20):
        count.update(change.dial for change in noise.changes(observed, excluded, True, 9, number))
    n = 20 * sum(len(observed) for observed, _ in RECORDS)
    absent = 20 * sum(len(excluded) for _, excluded in RECORDS)
    assert abs(count["omission"] / n - 0.25) < 4 * math.sqrt(0.25 * 0.75 / n)
    assert abs(count["lost_exclusions"] / absent - 0.5) < 4 * math.sqrt(0.25 / absent)
    want = 0.5 * 20 * len(RECORDS) + 0.25 * n
    assert abs(count["unrelated"] - want) < 4 * math.sqrt(0.25 * 20 * len(RECORDS)) + 0.01 * want


def test_parents_children_siblings() -> None:
    for dial in ("up", "down", "sibling"):
        done = 0
        for number, (observed, excluded) in enumerate(RECORDS):
            changes = Noise(**{dial: 1.0}).changes(observed, excluded, None, 2, number)
            for change in changes:
                old, new = TERMS.rows[change.before], TERMS.rows[change.after]
                assert change.dial == dial
                if dial == "up":
                    assert new in TERMS.parents(old)
                elif dial == "down":
                    assert old in TERMS.parents(new)
                else:
                    assert old != new
                    assert set(TERMS.parents(old).tolist()) & set(TERMS.parents(new).tolist())
            done += len(changes)
        assert done > 0.4 * sum(len(observed) for observed, _ in RECORDS)


def test_unrelated_terms_follow_use() -> None:
    """Mean log use of added terms is that of draws by use, far from that of uniform draws."""
    added: list[int] = []
    for number in range(300):
        changes = Noise(unrelated=5.0).changes(["HP:0000969"], [], True, 4, number)
        added += [TERMS.rows[change.after] for change in changes]
    use = perturb.use()
    share = use / use.sum()
    logs = np.log1p(use)
    mean = float(share @ logs)
    sd = math.sqrt(float(share @ logs**2) - mean**2)
    assert len(added) == 1500
    assert float(logs[added].mean()) == pytest.approx(mean, abs=4 * sd / math.sqrt(1500) + 0.1)  # related ones are out
    assert float(logs[USED].mean()) < mean - 0.8  # uniform over the terms in use; uniform over all is lower still


def test_features_keep_what_they_were() -> None:
    rows = [Feature(term, False, 2.0, "annotated", "HP:0000001") for term in RECORDS[1][0]]
    rows += [Feature(term, True, None, "excluded_annotation", "") for term in RECORDS[1][1]]
    features = Features(tuple(sorted(rows, key=lambda row: (row.excluded, row.term))))
    noisy, changes = Noise(up=0.6, unrelated=2.0).apply(features, True, 1, "case", 2)
    assert list(noisy.rows) == sorted(noisy.rows, key=lambda row: (row.excluded, row.term))
    new = [row for row in noisy.rows if row.source == "noise"]
    moved = [row for row in noisy.rows if row.change == "up"]
    assert [row.change for row in new] == ["unrelated", "unrelated"]
    assert {row.onset for row in (*new, *moved)} == {2.0}
    assert {row.source for row in moved} == {"annotated"}
    assert len(changes) == len(new) + len(moved)
    assert set(noisy.rows) - set(features.rows) == {*new, *moved}
    assert Noise().apply(features, True, 1) == (features, ())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Phenopackets in every form, with keys and numbers that raresim does not know."""
    made = [
        packet(
            f"p{number}",
            *[feature(term, evidence=[{"x": 12345678901234567890123}]) for term in observed],
            *[feature(term, excluded=True) for term in excluded],
            myKey={"pi": 3.14, "empty": [], "text": "Grüße  ", "null": None},
        )
        for number, (observed, excluded) in enumerate(RECORDS[:30])
    ]
    out = tmp_path / "in"
    (out / "sub").mkdir(parents=True)
    (out / "one.json").write_text(json.dumps(made[0]))
    (out / "sub" / "list.json").write_text(json.dumps(made[1:10], indent=1))
    (out / "lines.jsonl").write_text("\n".join(map(json.dumps, made[10:20])))
    (out / "lines.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, made[20:])).encode()))
    return out


def packets_of(path: Path) -> dict[str, Any]:
    """All packets of a folder by id."""
    out = {}
    for file in sorted(p for p in path.rglob("*.json*") if p.is_file()):
        text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for line in text.splitlines() if ".jsonl" in file.name else [text]:
            value = json.loads(line)
            out |= {one["id"]: one for one in (value if isinstance(value, list) else [value])}
    return out


def test_packets_in_every_form(folder: Path, inside: Command, tmp_path: Path) -> None:
    dials = ["--omission", "0.2", "--up", "0.2", "--unrelated", "2", "--lost-exclusions", "0.5"]
    done = inside("perturb", "in", "-o", "out", *dials)
    assert (done.returncode, done.stderr) == (0, "")
    before, noisy = packets_of(folder), packets_of(tmp_path / "out")
    names = [sorted(str(p.relative_to(d)) for p in d.rglob("*")) for d in (folder, tmp_path / "out")]
    assert names[0] == names[1]
    assert before.keys() == noisy.keys()
    table = [line.split("\t") for line in (tmp_path / "out.perturbed.tsv").read_text().splitlines()]
    assert table[0] == ["case", "dial", "before", "after"]
    changes = {name: [Change(*row[1:]) for row in table[1:] if row[0] == name] for name in before}
    assert len(table) - 1 == sum(map(len, changes.values()))
    for name, old in before.items():
        new = noisy[name]
        assert {k: v for k, v in new.items() if k != "phenotypicFeatures"} == {
            k: v for k, v in old.items() if k != "phenotypicFeatures"
        }
        observed, excluded = (
            [f["type"]["id"] for f in old["phenotypicFeatures"] if bool(f.get("excluded")) is x] for x in (False, True)
        )
        want = after(observed, excluded, changes[name])
        got = tuple(
            [f["type"]["id"] for f in new["phenotypicFeatures"] if bool(f.get("excluded")) is x] for x in (False, True)
        )
        assert tuple(map(sorted, want)) == tuple(map(sorted, got))
        assert sound(*got)
        for one in new["phenotypicFeatures"]:
            if one not in old["phenotypicFeatures"]:
                assert one["type"]["label"] == TERMS.labels[TERMS.rows[one["type"]["id"]]]
    counts = Counter(change.dial for made in changes.values() for change in made)
    for dial, n in counts.items():
        assert f"  {dial}: {n} " in done.stdout
    again = inside("perturb", "in", "-o", "again", *dials)
    assert again.returncode == 0
    assert [p.read_bytes() for p in sorted((tmp_path / "out").rglob("*.json*"))] == [
        p.read_bytes() for p in sorted((tmp_path / "again").rglob("*.json*"))
    ]
    one = inside("perturb", "in/one.json", "-o", "one.json", *dials)
    assert one.returncode == 0
    assert json.loads((tmp_path / "one.json").read_text()) == noisy["p0"]


def test_the_place_of_a_term_does_not_tell(inside: Command, tmp_path: Path) -> None:
    """Added terms stand anywhere among the others, and in order where the packet was in order."""
    ends = Counter[bool]()
    lines = [json.dumps(packet(f"p{i}", *map(feature, sorted(o, reverse=True)))) for i, (o, _) in enumerate(RECORDS)]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    assert inside("perturb", "in.jsonl", "-o", "out.jsonl", "--unrelated", "1").returncode == 0
    for (observed, _), line in zip(RECORDS, (tmp_path / "out.jsonl").read_text().splitlines(), strict=True):
        got = [f["type"]["id"] for f in json.loads(line)["phenotypicFeatures"]]
        assert [term for term in got if term in observed] == sorted(observed, reverse=True)
        ends[got[-1] not in observed] += 1
    assert 0 < ends[True] < len(RECORDS) / 2
    lines = [json.dumps(packet(f"p{i}", *map(feature, sorted(o)))) for i, (o, _) in enumerate(RECORDS)]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    assert inside("perturb", "in.jsonl", "-o", "sorted.jsonl", "--unrelated", "1").returncode == 0
    for line in (tmp_path / "sorted.jsonl").read_text().splitlines():
        got = [f["type"]["id"] for f in json.loads(line)["phenotypicFeatures"]]
        assert got == sorted(got)


def test_what_cannot_be_read_is_left_out(inside: Command, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    reasons = hostile(tmp_path / "in")
    refused = inside("perturb", "in", "-o", "out", "--omission", "0.5")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "no phenopacket can be used" in refused.stderr
    assert not list(tmp_path.glob("out*"))
    mixed = b'{"id": 1}\n' + orjson.dumps(packet("good")) + b'\n{"id": "x", "phenotypicFeatures": [], "n": 1e999}\n'
    (tmp_path / "in" / "good.jsonl").write_bytes(mixed)
    done = inside("perturb", "in", "-o", "out", "--unrelated", "1")
    assert done.returncode == 0
    assert [p.name for p in (tmp_path / "out").rglob("*")] == ["good.jsonl"]
    assert done.stdout.startswith("1 cases, 1 of them changed")
    for why in reasons.values():
        assert f"skipped: {why}" in done.stdout


def test_ids_that_were_mapped_or_are_unknown_are_counted_and_stay(inside: Command, tmp_path: Path) -> None:
    terms = ontology.load()
    old = next(term for term, new in terms.replaced.items() if not terms.finding(new)[1])
    codes = [old, "HP:9999999", "HP:0000006", "HP:0001250"]
    (tmp_path / "a.json").write_bytes(orjson.dumps(packet("a", *map(feature, codes))))
    done = inside("perturb", "a.json", "-o", "b.json", "--unrelated", 3)
    assert done.returncode == 0, done.stderr
    assert "  1 read by an obsolete or alternative id as the term in its place; the id stays\n" in done.stdout
    assert "  2 left as they are: unknown in HPO, or no finding\n" in done.stdout
    kept = [f["type"]["id"] for f in orjson.loads((tmp_path / "b.json").read_bytes())["phenotypicFeatures"]]
    assert set(codes) <= set(kept)


def test_ages_that_cannot_be_read_are_counted(inside: Command, tmp_path: Path) -> None:
    ages = ["P5Y", "5 years", "-P5Y"]
    made = [
        packet(age, subject={"id": "x", "timeAtLastEncounter": {"age": {"iso8601duration": age}}}) for age in ages
    ] + [packet("none")]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(map(orjson.dumps, made)))
    done = inside("perturb", "a.jsonl", "-o", "b.jsonl", "--unrelated", 1)
    assert done.returncode == 0, done.stderr
    assert f"  2 left out: {reports.AGELESS} (e.g. a.jsonl:2); " in done.stdout


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["in", "-o", "out"], "perturb: no dial is moved; give one or more of --omission, "),
        (["in", "-o", "out", "--omission", "2", "--up", "nan"], "--omission: should be less than or equal to 1"),
        (["in", "-o", "out", "--lost-exclusions", "-1"], "--lost-exclusions: should be greater than or equal to 0"),
        (
            ["gone", "-o", "out", "--up", "2"],
            "gone: there is no such file or folder\nraresim: --up: should be less than",
        ),
        (["in", "-o", "in", "--up", "1"], "-o in: exists already"),
        (["in", "-o", "in/out", "--up", "1"], "-o in/out: is inside in"),
        (["absent", "-o", "out", "--up", "1"], "absent: there is no such file or folder"),
        (["in/one.json", "-o", "out", "--up", "1"], "-o out: should be named like the input, *.json or *.json.gz"),
        (["in/lines.jsonl", "-o", "x.json", "--up", "1"], "-o x.json: should be named like the input, *.jsonl"),
    ],
)
def test_mistakes(folder: Path, inside: Command, tmp_path: Path, words: list[str], line: str) -> None:
    done = inside("perturb", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"raresim: {line}")
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_a_study_with_noise() -> None:
    """The truth says what noise did; everything else of the cases is as without."""
    from raresim import cases

    study = Spec(genome="none", cases=12, pedigree="singleton")
    noisy = study.override(["noise.omission=0.3", "noise.unrelated=1"])
    assert Spec.from_dict(noisy.to_dict()) == noisy
    assert noisy.digest != study.digest
    made = 0
    for plain, spoilt in zip(cases(study), cases(noisy), strict=True):
        (old,), (new,) = plain.truth.members, spoilt.truth.members
        assert old.features is not None
        assert new.features is not None
        assert (old.changes, old.age, old.female) == ((), new.age, new.female)
        observed = [[row.term for row in f.rows if not row.excluded] for f in (old.features, new.features)]
        excluded = [row.term for row in old.features.rows if row.excluded]
        assert sorted(after(observed[0], excluded, list(new.changes))[0]) == observed[1]
        made += len(new.changes)
    assert made > 12


def test_mistakes_in_a_study() -> None:
    with pytest.raises(InputError) as refused:
        Spec.from_dict({"noise": {"omision": 0.1, "up": 2}})
    assert refused.value.lines == (
        "noise.up: should be less than or equal to 1, not 2",
        "noise.omision: there is no such setting; did you mean 'omission'?",
    )
    with pytest.raises(InputError, match="noise: should be a table such as"):
        Spec.from_dict({"noise": "much"})


def test_spoilt_packets_are_read_again(folder: Path, inside: Command, tmp_path: Path) -> None:
    assert inside("perturb", "in", "-o", "out", "--sibling", "1", "--seed", "5").returncode == 0
    assert len(reports.read(tmp_path / "out").reports) == 30
