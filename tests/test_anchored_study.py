"""A study whose people are anchored to a database: the same bytes on any number of workers."""

from __future__ import annotations

from pathlib import Path

import pytest

import raresim
from raresim import cases
from tests.test_cases import SMALL, content, small


def test_workers_and_shards_change_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is the database of other people; each study makes its panel anew."""
    raresim.run(small(seed=77, cases=1, output=["sites_vcf"]), tmp_path / "source")
    background = {
        "kind": "anchored",
        "sites": str(tmp_path / "source" / "panel" / "sites.vcf.gz"),
        "ancestry": {"EUR": 60},
        "block_cM": 1000.0,
    }
    monkeypatch.setattr(cases, "SHARD", 2)
    for workers in (1, 2):
        monkeypatch.setenv("RARESIM_CACHE", str(tmp_path / f"cache{workers}"))
        raresim.run(raresim.Spec.from_dict({**SMALL, "background": background}), tmp_path / str(workers), workers)
    one, two = content(tmp_path / "1"), content(tmp_path / "2")
    assert len(one) > 20
    assert one == two


def test_genes_that_the_database_does_not_cover_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TTN and NEB are both on chromosome 2; the file knows one of them."""
    monkeypatch.setenv("RARESIM_CACHE", str(tmp_path / "cache"))
    raresim.run(small(seed=77, cases=0, targets={"genes": ["TTN"]}, output=["sites_vcf"]), tmp_path / "source")
    sites = str(tmp_path / "source" / "panel" / "sites.vcf.gz")
    notes = {}
    for genes in (["TTN"], ["TTN", "NEB"]):
        background = {"kind": "anchored", "sites": sites, "ancestry": {"EUR": 60}, "block_cM": 1000.0}
        study = small(cases=0, targets={"genes": genes}, output=["sites_vcf"], background=background)
        notes[len(genes)] = [
            note for note in raresim.run(study, tmp_path / str(len(genes))).notes if "no allele" in note
        ]
    assert notes[1] == []
    (note,) = notes[2]
    assert note.startswith("background.sites: it has no allele of 1 of the targets' genes (NEB); ")
