"""Shares of modes and kinds in the manifest: what the study asks for, and what the truth tables say it got."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import orjson
import pytest

import raresim
from raresim import provenance
from raresim.catalog import MODES
from raresim.spec import Spec
from raresim.tables import table


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a truth table."""
    _, *lines = path.read_text().splitlines()
    return list(csv.DictReader(lines, delimiter="\t"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shares") / "out"
    spec = Spec.from_dict(
        {
            "cases": 120,
            "genome": "none",
            "controls": 0.1,
            "pedigree": [{"kind": "trio", "weight": 3}, {"kind": "singleton", "weight": 1}],
            "inheritance": [
                {"kind": "autosomal_dominant", "weight": 2, "penetrance": 0.5},
                {"kind": "autosomal_recessive"},
            ],
            "disease": [{"kind": "catalog", "modes": {"AD": 3, "AR": 1}}, {"kind": "catalog", "modes": {"AD": 1}}],
            "output": ["truth"],
        }
    )
    raresim.run(spec, folder)
    return folder


def test_requested_and_realised_shares(made: Path) -> None:
    shares = orjson.loads((made / "manifest.json").read_bytes())["made"]["shares"]
    cases = rows_of(made / "truth" / "cases.tsv")
    patients = [row for row in cases if row["status"] != "control"]
    modes = Counter(row["mode"] for row in patients)
    assert shares["mode"] == {
        "AD": {"requested": 0.875, "realised": pytest.approx(modes["AD"] / len(patients), abs=1e-6)},
        "AR": {"requested": 0.125, "realised": pytest.approx(modes["AR"] / len(patients), abs=1e-6)},
    }
    trios = sum(row["members"] == "3" for row in cases) / len(cases)
    assert shares["pedigree"]["trio"] == {"requested": 0.75, "realised": pytest.approx(trios, abs=1e-6)}
    kinds = Counter(row["inheritance"] for row in patients)
    for name, requested in (("autosomal_dominant", 0.875), ("autosomal_recessive", 0.125)):
        got = kinds[name] / len(patients)
        assert shares["inheritance"][name] == {"requested": requested, "realised": pytest.approx(got, abs=1e-6)}
    controls = 1 - len(patients) / len(cases)
    assert shares["status"]["control"] == {"requested": 0.1, "realised": pytest.approx(controls, abs=1e-6)}
    assert {row["requested"] for row in shares["disease"].values()} == {0.5}
    assert set(shares["disease"]) == {"catalog", "catalog 2"}
    for family in shares.values():  # 120 draws: five standard deviations
        for row in family.values():
            assert abs(row["realised"] - row["requested"]) < 5 * np.sqrt(row["requested"] / 120)


def test_a_study_that_states_no_shares(tmp_path: Path) -> None:
    spec = Spec.from_dict(
        {"cases": 3, "genome": "none", "disease": {"kind": "fixed", "ids": ["OMIM:154700"]}, "output": ["truth"]}
    )
    raresim.run(spec, tmp_path / "out")
    shares = orjson.loads((tmp_path / "out" / "manifest.json").read_bytes())["made"]["shares"]
    assert shares == {"mode": {"AD": {"requested": None, "realised": 1.0}}}
    assert set(MODES) > {"AD"}


ALWAYS = {"catalog.npz", "gene_facts.npz", "genes.npz", "ontology_alt_ids.tsv.gz", "seldom.tsv"}


def test_the_manifest_names_the_tables_that_were_read(made: Path) -> None:
    manifest = orjson.loads((made / "manifest.json").read_bytes())
    assert set(manifest["inputs"]["tables"]) == ALWAYS | {"clinical.npz"}
    assert "panel" not in manifest["inputs"]
    assert manifest["inputs"]["tables"]["catalog.npz"]["sha256"] == manifest["inputs"]["catalog"]["digest"]
    assert manifest["inputs"]["files"] == []


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        ({"phenotype": "annotated"}, set()),
        ({"phenotype": "annotated", "noise": {"omission": 0.1}}, {"clinical.npz"}),
        ({"phenotype": "annotated", "record": {"modifiers": True}}, {"modifiers.tsv.gz"}),
        ({"phenotype": "hybrid"}, {"clinical.npz", "hybrid.npz"}),
        ({"phenotype": ["annotated", "neural"]}, {"clinical.npz", "neural.safetensors"}),
        ({"phenotype": "bayesian_network"}, {"clinical.npz", "network.toml"}),
        ({"phenotype": {"kind": "clinical", "style": "clinic"}}, {"clinical.npz"}),
        ({"phenotype": {"kind": "clinical", "style": "own"}}, set()),
        ({"phenotype": {"kind": "neural", "model": "own"}}, set()),
    ],
)
def test_tables_that_phenotypes_need(settings: dict[str, object], more: set[str]) -> None:
    read = {path.name for path in provenance.tables_read(Spec.from_dict({"genome": "none", **settings}))}
    assert read == ALWAYS | more


def test_tables_that_a_population_needs() -> None:
    read = {path.name for path in provenance.tables_read(Spec())}
    assert read >= ALWAYS | {"map.npz", "rates.tsv.gz", "thinning.npz", "EUR.yaml", "clinical.npz"}
    assert read - {path.name for path in provenance.tables_read(Spec(map=Path("own.map")))} == {"map.npz"}


def test_the_files_that_a_study_names_have_digests(tmp_path: Path) -> None:
    model = tmp_path / "own"
    model.mkdir()
    for name in ("model.toml", "model.npz"):
        (model / name).write_text(name)
    (tmp_path / "own.bed").write_text("chr1\t0\t9\n")
    (tmp_path / "own.fa").write_text(">chr1\n")
    study = {
        "genome": {"fasta": "own.fa", "genes": "own.gff3"},
        "targets": {"bed": "own.bed"},
        "phenotype": [{"kind": "clinical", "style": "own"}, {"kind": "annotated"}],
    }
    digest = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("model.npz", "model.toml", "chr1\t0\t9\n")}
    assert provenance.files_read(Spec.from_dict(study, tmp_path)) == [
        {"key": "targets.bed", "file": "own.bed", "sha256": digest["chr1\t0\t9\n"]},
        {"key": "phenotype.style", "file": "own/model.npz", "sha256": digest["model.npz"]},
        {"key": "phenotype.style", "file": "own/model.toml", "sha256": digest["model.toml"]},
    ]


def test_source_and_licence_of_every_table() -> None:
    for path in provenance.tables_in_the_box():
        name, said = path.name, provenance.summary(path)
        text = " ".join([*said["licences"], *said["sources"]])
        assert len(said["sha256"]) == 64
        assert said["sources"] or said["licences"], name
        words = (
            "icence",
            "CC0",
            "CC BY",
            "public domain",
            "own computation",
            "MIT",
            "BSD",
            "figures of the paper",
            "doi",
        )
        assert any(word in text for word in words), name
    assert provenance.summary(table("catalog.npz"))["release"] == "2025-01-16"
