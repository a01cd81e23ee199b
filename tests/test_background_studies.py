"""A study of real people with carriers: the same bytes on any number of workers and hash seeds."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import raresim
from raresim import Spec, synthetic
from raresim import cases as cases_module
from tests import real_people
from tests.real_people import CONSENT, Source
from tests.test_cases import content

GENES = ("PAH", "CFTR", "GAA", "ATP7B")


def people() -> Source:
    genome = synthetic.build()
    rng = np.random.default_rng(5)
    places = set()
    for gene in (genome.genes.by_symbol[name] for name in GENES):
        for start, end in genome.genes.cds(gene):
            places |= {(int(genome.genes.contig[gene]), p) for p in range(start, end - 1, 3) if rng.random() < 0.05}
    return real_people.source(genome, sorted(places), 40)


def test_workers_and_hash_seeds_change_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = people()
    (tmp_path / "samples.tsv").write_text(source.table())
    real_people.bgzipped(tmp_path / "people.vcf.gz", source.text())
    given = {"path": str(tmp_path / "people.vcf.gz"), "samples": str(tmp_path / "samples.tsv"), "consent": CONSENT}
    spec = Spec.from_dict(
        {
            "seed": 4,
            "cases": 6,
            "reuse": True,
            "targets": {"genes": list(GENES)},
            "background": {"kind": "vcf", "pathogenic": {"rates": {"CFTR": 0.2}}, **given},
        }
    )
    raresim.run(spec, tmp_path / "one")
    with monkeypatch.context() as patch:
        patch.setattr(cases_module, "SHARD", 2)
        raresim.run(spec, tmp_path / "two", workers=2)
    made = content(tmp_path / "one")
    assert content(tmp_path / "two") == made
    room = tmp_path / "room"  # as deep as the first folder: paths in study.toml are relative to it
    room.mkdir()
    (room / "study.toml").write_bytes(made["study.toml"])
    env = {**os.environ, "PYTHONHASHSEED": "77"}
    command = [sys.executable, "-m", "raresim", "run", "study.toml", "-o", "../three", "-q"]
    subprocess.run(command, cwd=room, env=env, check=True)
    assert content(tmp_path / "three") == made
    with (tmp_path / "one" / "truth" / "carriers.tsv").open() as lines:
        assert next(lines).startswith("#raresim-truth")
        assert {row["gene"] for row in csv.DictReader(lines, delimiter="\t")} == {"CFTR"}
    assert "DATA_CARD.md" in made
