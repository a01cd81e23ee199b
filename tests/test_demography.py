"""Shipped demographies agree with each other; models of stdpopsim by id."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from raresim import Spec, catalog, demography, output
from raresim.errors import InputError
from raresim.tables import table
from tests.mini_genome import written

NAMES = ("AFR", "AMR", "EAS", "EUR", "FIN", "SAS")


def test_one_file_an_ancestry_and_one_that_joins_them() -> None:
    files = sorted(path.name for path in table("demography").glob("*.yaml"))
    assert files == sorted([*(f"{name}.yaml" for name in NAMES), "joint.yaml"])
    for name in NAMES:
        made = demography.load(None, {name: 1})
        assert made.people == (name,)
        assert made.mutation_scale == pytest.approx(1.44 / 1.2)
        assert made.reference == {"AFR": 0.35, "EUR": 0.65}
        assert any(doi.startswith("10.") for doi in made.graph.doi)
        assert made.graph.description
    assert demography.load(None, dict.fromkeys(NAMES, 1)).people == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_joint_history_of_an_ancestry_is_its_own(name: str) -> None:
    """Sizes, sources and migration of every deme that a sampled lineage can be in."""
    own, joint = demography.load(None, {name: 1}), demography.load(None, dict.fromkeys(NAMES, 1))
    assert own.sizes(name) == joint.sizes(name)
    assert own.admixture(name) == joint.admixture(name)
    mine = {deme.name for deme in own.graph.demes}
    rates = {(m.source, m.dest): m.rate for m in own.graph.migrations}
    assert rates == {(m.source, m.dest): m.rate for m in joint.graph.migrations if {m.source, m.dest} <= mine}


def test_admixture_is_recent_and_wants_longer_blocks() -> None:
    made = demography.load(None, {"AMR": 1})
    when, shares = made.admixture("AMR")
    assert (when, sorted(shares)) == (12, ["AFR", "EUR", "NAT"])
    assert sum(shares.values()) == pytest.approx(1)
    assert made.block_cm(["AMR"]) == 20
    joint = demography.load(None, {"EUR": 1, "SAS": 1})
    assert joint.admixture("SAS") == (0.0, {}), "a mixture of 1,000 generations ago leaves no tracts"
    assert joint.block_cm(["EUR", "SAS"]) == 4


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("selfing_rate: 0.2", "has a selfing_rate of 0.2; people mate at random"),
        ("cloning_rate: 1", "has a cloning_rate of 1; people mate at random"),
        ("end_size: 99, size_function: linear", "has the size_function linear; sizes are constant or exponential"),
    ],
)
def test_epochs_that_no_genealogy_can_be_drawn_of(tmp_path: Path, extra: str, words: str) -> None:
    text = (
        f"time_units: generations\ndemes:\n- name: A\n  epochs:\n  - {{start_size: 99, end_time: 9}}\n  - {{{extra}}}\n"
    )
    with pytest.raises(InputError, match=rf"^background\.demography: .*: the deme A {words}") as error:
        demography.load(written(tmp_path / "d.yaml", text), {"A": 10})
    assert len(error.value.lines) == 1


def test_demes_that_never_meet_are_refused(tmp_path: Path) -> None:
    """Each deme coalesces, then recombination splits and joins its lineages for ever."""
    demes = ["time_units: generations", "demes:", "- name: A", "  epochs: [{start_size: 1000}]"]
    demes += ["- name: B", "  epochs: [{start_size: 500}]", ""]
    apart = written(tmp_path / "apart.yaml", "\n".join(demes))
    with pytest.raises(InputError, match=r"^background\.demography: .*: going back in time, A and B never meet; give"):
        demography.load(apart, {"A": 10, "B": 10})
    assert demography.load(apart, {"A": 10})
    one_way = "migrations:\n- {source: A, dest: B, rate: 1e-4}\n"
    assert demography.load(written(tmp_path / "m.yaml", "\n".join(demes) + one_way), {"A": 10, "B": 10})
    pulse = "pulses:\n- {sources: [A], dest: B, time: 50, proportions: [0.5]}\n"
    with pytest.raises(InputError, match="A and B never meet"):
        demography.load(written(tmp_path / "p.yaml", "\n".join(demes) + pulse), {"B": 10})


def test_more_people_than_can_be_simulated(tmp_path: Path) -> None:
    text = "time_units: generations\ndemes:\n- name: A\n  epochs:\n  - start_size: 1e12\n"
    with pytest.raises(
        InputError, match=r"^background\.demography: .*: the deme A has 1e\+12 people, more than 1e\+09"
    ):
        demography.load(written(tmp_path / "d.yaml", text), {"A": 10})


def test_stdpopsim_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stdpopsim", None)
    with pytest.raises(InputError, match=r"^background\.stdpopsim: .*raresim-dx\[stdpopsim\]'$"):
        demography.load(None, {"CEU": 1}, "OutOfAfrica_3G09")
    with pytest.raises(InputError, match=r"^background\.stdpopsim: a demography is given as well"):
        demography.load(Path("demes.yaml"), {"CEU": 1}, "OutOfAfrica_3G09")


def test_manifests_cite_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model of the catalog in ``inputs.demography``, those in the box in ``inputs.tables``."""
    paper = SimpleNamespace(author="Gutenkunst et al.", year=2009, doi="https://doi.org/10.1371/journal.pgen.1000695")
    model = SimpleNamespace(description="Three population out-of-Africa", citations=[paper])
    human = SimpleNamespace(get_demographic_model={"OutOfAfrica_3G09": model}.__getitem__)
    catalogue = SimpleNamespace(__version__="0.3.0", get_species={"HomSap": human}.__getitem__)
    monkeypatch.setitem(sys.modules, "stdpopsim", catalogue)
    place = SimpleNamespace(
        genome=SimpleNamespace(absent=False, name="", assembly="", digest=""),
        panel=SimpleNamespace(digest=""),
        catalog=catalog.load(),
    )

    def inputs(**background: object) -> dict[str, Any]:
        spec = Spec.from_dict({"background": {"kind": "coalescent", **background}})
        found: dict[str, Any] = output.sources(spec, cast(Any, place), cast(Any, SimpleNamespace(versions={})))[
            "inputs"
        ]
        return found

    made = inputs(stdpopsim="OutOfAfrica_3G09", ancestry={"CEU": 9})
    assert made["demography"] == {
        "model": "OutOfAfrica_3G09",
        "description": "Three population out-of-Africa",
        "release": "stdpopsim 0.3.0",
        "sources": ["Gutenkunst et al. 2009, https://doi.org/10.1371/journal.pgen.1000695"],
    }
    own = inputs(ancestry={"EUR": 9})
    assert "demography" not in own
    for name in (*NAMES, "joint"):
        assert any("10.1534/genetics.117.200493" in text for text in own["tables"][f"{name}.yaml"]["sources"]), name


@pytest.mark.interop
@pytest.mark.skipif(importlib.util.find_spec("stdpopsim") is None, reason="the extra stdpopsim is not installed")
def test_models_of_stdpopsim() -> None:
    made = demography.load(None, {"CEU": 10, "CHB": 10}, "OutOfAfrica_3G09")
    assert set(made.people) == {"YRI", "CEU", "CHB"}
    assert made.mutation_scale == pytest.approx(2.35 / 1.2), "the rate that the model was fitted with"
    ours, theirs = demography.load(None, {"EUR": 1}), demography.load(None, {"CEU": 1}, "OutOfAfrica_4J17")
    for mine, other in zip(ours.sizes("EUR")[2:], theirs.sizes("CEU")[1:], strict=True):
        assert mine == pytest.approx(other, rel=0.01), "older than the epoch of growth that was added"
    assert demography.cited("OutOfAfrica_3G09")["sources"][0].startswith("Gutenkunst et al. 2009, https://doi.org/10.")
    with pytest.raises(InputError, match=r"^background\.stdpopsim: there is no such model; did you mean"):
        demography.load(None, {"CEU": 1}, "OutOfAfrica_3G9")
    with pytest.raises(InputError, match=r"^background\.ancestry\.EUR: there is no such ancestry; did you mean .CEU"):
        demography.load(None, {"EUR": 1}, "OutOfAfrica_3G09")
