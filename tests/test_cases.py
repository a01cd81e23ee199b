"""Cases as a sequence and as a folder: the same bytes however they are made, nothing of one stage in another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest

import raresim
from raresim import InputError, Spec, output
from raresim import cases as cases_module
from raresim.case import Case
from raresim.shell.show import shown

GENES = ("FBN1", "CFTR", "PKD1", "MECP2", "DMD", "SCN1A", "COL4A5", "GAA", "USH2A", "ATP7B")
SMALL = {
    "seed": 11,
    "cases": 6,
    "background": {"kind": "coalescent", "ancestry": {"EUR": 60}, "block_cM": 1000.0},
    "targets": {"genes": list(GENES)},
}


def small(**changes: object) -> Spec:
    return Spec.from_dict({**SMALL, **changes})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study, written in one process."""
    folder = tmp_path_factory.mktemp("made") / "out"
    raresim.run(small(), folder)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def genotypes(case: Case) -> tuple[object, ...]:
    seen = case.observed
    return (*(seen.sites[i] for i in range(len(seen.sites))), seen.calls.alt.tobytes(), seen.calls.pl.tobytes())


def test_workers_and_shards_change_no_byte(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases_module, "SHARD", 2)
    raresim.run(small(), tmp_path / "two", workers=2)
    assert content(tmp_path / "two") == content(made)


def test_hash_seed_and_time_zone_change_no_byte(made: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes((made / "study.toml").read_bytes())
    env = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
    command = [sys.executable, "-m", "raresim", "run", "study.toml", "-o", "again", "-q"]
    subprocess.run(command, cwd=tmp_path, env=env, check=True)
    assert content(tmp_path / "again") == content(made)


def test_a_killed_run_goes_on(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases_module, "SHARD", 2)
    real, done = cases_module.write_shard, []

    def dies(spec: Spec, world: object, part: cases_module.Shard, progress: object) -> None:
        if len(done) == 2:
            part.folder.with_name(part.folder.name + ".wip").mkdir(parents=True)
            raise KeyboardInterrupt
        done.append(part.first)
        real(spec, world, part, None)  # type: ignore[arg-type]

    monkeypatch.setattr(cases_module, "write_shard", dies)
    with pytest.raises(KeyboardInterrupt):
        raresim.run(small(), tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert not (tmp_path / "out" / "observed").exists()
    monkeypatch.setattr(cases_module, "write_shard", lambda *a: (done.append(a[2].first), real(*a)))
    raresim.run(small(), tmp_path / "out")
    assert done == [1, 3, 5]
    assert content(tmp_path / "out") == content(made)


def test_a_run_goes_on_from_nothing_of_another_version(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_versions, real_write = output.versions, cases_module.write_shard
    monkeypatch.setattr(cases_module, "SHARD", 2)
    monkeypatch.setattr(output, "versions", lambda world: {**real_versions(world), "numpy": "0.1"})

    def dies(spec: Spec, world: object, part: cases_module.Shard, progress: object) -> None:
        real_write(spec, world, part, None)  # type: ignore[arg-type]
        (part.folder / "observed" / "vcf" / "of_another_version.vcf.gz").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(cases_module, "write_shard", dies)
    with pytest.raises(KeyboardInterrupt):
        raresim.run(small(), tmp_path / "out")
    monkeypatch.setattr(cases_module, "write_shard", real_write)
    monkeypatch.setattr(output, "versions", real_versions)
    raresim.run(small(), tmp_path / "out")
    assert content(tmp_path / "out") == content(made)


def test_two_runs_do_not_write_to_one_folder(tmp_path: Path) -> None:
    with (
        output.alone(tmp_path / "out"),
        pytest.raises(InputError, match="another run is writing to it; wait for its end"),
    ):
        raresim.run(small(), tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
    raresim.run(small(), tmp_path / "out")
    assert (tmp_path / "out" / "manifest.json").exists()


def test_another_seed_is_another_study(made: Path, tmp_path: Path) -> None:
    raresim.run(small(seed=12), tmp_path / "other")
    mine, other = content(made), content(tmp_path / "other")
    assert not {n for n in mine if n.startswith("observed/")} & {n for n in other if n.startswith("observed/")}


def test_the_folder_of_another_study_is_refused(made: Path) -> None:
    before = content(made)
    with pytest.raises(InputError, match="holds another study"):
        raresim.run(small(seed=12), made)
    assert content(made) == before


def test_foreign_dot_files_are_left_alone(made: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".command.sh").write_text("x")
    raresim.run(small(), tmp_path / "out")
    assert (tmp_path / "out" / ".command.sh").read_text() == "x"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.doc").write_text("x")
    with pytest.raises(InputError, match=r"holds other files \(thesis.doc"):
        raresim.run(small(), tmp_path / "full")


def test_the_sequence_and_the_folder_are_the_same_cases(made: Path) -> None:
    cases = raresim.cases(small())
    codes = [case.observed.code for case in cases]
    rows = [line.split("\t") for line in (made / "truth" / "cases.tsv").read_text().splitlines()[2:]]
    assert codes == [row[0] for row in rows]
    assert [c.observed.code for c in cases[1:3]] == codes[1:3]
    assert cases[-1].observed.code == codes[-1]
    assert cases[np.int64(3)].observed.code == codes[3]
    with pytest.raises(IndexError):
        cases[6]


@pytest.mark.parametrize("genome", ["none", "synthetic"])
def test_a_study_that_cannot_be_made_is_refused_before_any_case(genome: str) -> None:
    study = {"genome": genome, "disease": {"kind": "fixed", "ids": ["OMIM:173900", "OMIM:1"]}}
    with pytest.raises(InputError, match=r"^disease\.ids: .*OMIM:1\b"):
        raresim.cases(Spec.from_dict(study))
    if genome != "none":
        with pytest.raises(InputError, match="founders"):
            raresim.cases(small(cases=10_000))


def test_a_case_depends_on_its_number_only() -> None:
    whole, rest = raresim.cases(small()), raresim.cases(small(first=5, cases=2))
    assert genotypes(whole[4]) == genotypes(rest[0])
    assert whole[5].truth == rest[1].truth


def test_the_phenotype_leaves_every_genotype_alone() -> None:
    one = raresim.cases(small())
    two = raresim.cases(small(phenotype={"kind": "annotated", "prior": 0.1}))
    assert all(genotypes(a) == genotypes(b) for a, b in zip(one, two, strict=True))
    assert any(a.observed.members[0].features != b.observed.members[0].features for a, b in zip(one, two, strict=True))


def test_the_sequencing_leaves_truth_and_phenotype_alone() -> None:
    for a, b in zip(raresim.cases(small()), raresim.cases(small(sequencing="perfect")), strict=True):
        assert a.observed.members == b.observed.members
        assert [replace(x, called=(), why="") for x in a.truth.alleles] == [
            replace(x, called=(), why="") for x in b.truth.alleles
        ]


def test_founders_are_shared_by_nobody_and_go_on_after_the_last_case() -> None:
    people = [
        member.haplotypes[0]
        for case in [*raresim.cases(small(cases=5)), *raresim.cases(small(first=6, cases=5))]
        for member in case.truth.members
        if member.haplotypes[0]
    ]
    assert len(people) == len(set(people)) == 20


def test_too_many_cases_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cases: 16 cases .* EUR = 64 .* would do, or reuse = true"):
        raresim.run(small(cases=16), tmp_path / "out")
    assert not (tmp_path / "out" / "observed").exists()


def test_a_family_that_cannot_have_the_disease_is_refused() -> None:
    spec = small(disease={"kind": "fixed", "ids": ["OMIM:176670"]})  # LMNA, not among the targets
    with pytest.raises(InputError, match="LMNA"):
        raresim.run(spec, Path("never"))


def test_the_manifest_says_what_was_made(made: Path) -> None:
    manifest = orjson.loads((made / "manifest.json").read_bytes())
    assert manifest["made"]["cases"] == 6
    assert sum(manifest["made"]["modes"].values()) == 6
    assert manifest["made"]["database_haplotypes"] == 60
    assert set(manifest["digests"]) == {"observed", "truth", "panel"}
    assert Spec.load(made / "study.toml").digest == manifest["study"]["digest"]


def test_affected_members_have_findings_and_others_exclusions() -> None:
    spec = small(cases=10, inheritance={"kind": "autosomal_dominant", "de_novo": 0.0, "penetrance": 0.5})
    seen = [m for case in raresim.cases(spec) for m in case.observed.members]
    assert all(m.features is not None and bool(m.features.observed) == m.affected for m in seen)
    parents = [m for i, m in enumerate(seen) if i % 3]
    assert 0 < sum(m.affected for m in parents) < 10  # ten carriers, half of them affected


def test_a_mixture_of_pedigrees_has_both() -> None:
    mixed = raresim.cases(small(cases=12, pedigree=[{"kind": "trio"}, {"kind": "singleton"}]))
    sizes = {len(case.observed.members) for case in mixed}
    assert sizes == {1, 3}


def test_genotypes_of_the_truth_are_those_of_the_records() -> None:
    for case in raresim.cases(small(sequencing="perfect", cases=10)):
        for allele in case.truth.alleles:
            row = case.observed.sites.find(allele.variant)
            assert row >= 0
            copies = [text.count("1") for text in allele.true_genotypes]
            assert np.array_equal(case.observed.calls.alt[row], copies)


def test_the_truth_says_what_the_calls_show() -> None:
    shallow = {"kind": "exome", "depth": 8.0}
    found = set()
    for case in raresim.cases(small(cases=15, sequencing=shallow)):
        calls, truth = case.observed.calls, case.truth
        assert truth.detectable == (not any(a.why for a in truth.alleles))
        for allele in truth.alleles:
            row = case.observed.sites.find(allele.variant)
            right = row >= 0 and calls.alt[row, 0] == allele.true_genotypes[0].count("1") and bool(calls.passed[row])
            assert (allele.why == "") == right
            found.add(allele.why)
    assert len(found) > 1


def test_candidates_are_the_rare_calls_of_the_proband() -> None:
    made = raresim.cases(small(cases=4, pedigree="trio"))
    panel = made.world.panel
    for case in made:
        rare = 0
        for i, alleles in enumerate(case.observed.calls.alt[:, 0].tolist()):
            row = panel.sites.find(case.observed.sites[i])
            ac = int(panel.ac[row].sum()) if row >= 0 else 0
            rare += alleles > 0 and ac < 0.001 * int(panel.alleles(case.observed.sites.take(np.array([i]))).sum())
        assert case.truth.candidates == rare > 0


def test_a_population_without_cases(tmp_path: Path) -> None:
    """Its files are those of a study with cases; a region without a gene of a disease has one, too."""
    files = ["cohort_vcf", "sites_vcf", "vcf", "truth"]
    made = raresim.run(small(cases=0, output=files), tmp_path / "none")
    raresim.run(small(cases=1, output=files), tmp_path / "one")
    assert (made.cases, made.people) == (0, 60)
    assert "without cases nothing of vcf, truth is written" in made.notes
    parts = content(tmp_path / "none")
    assert {Path(name).parts[0] for name in parts} == {"cohort", "panel", "study.toml", "manifest.json"}
    for name in ("cohort/cohort.vcf.gz", "panel/sites.vcf.gz"):
        assert parts[name] == (tmp_path / "one" / name).read_bytes()
    assert len(raresim.cases(small(cases=0, output=files))) == 0
    healthy = "OR10A2"  # a receptor of smell
    alone = raresim.run(small(cases=0, targets={"genes": [healthy]}), tmp_path / "healthy")
    assert not any("without cases" in note for note in alone.notes), "nobody has named the default output"
    for ask in (lambda: raresim.score(tmp_path / "healthy"), lambda: shown(tmp_path / "healthy", "1")):
        with pytest.raises(InputError, match=r"healthy: this study has no cases \(cases = 0\)"):
            ask()
    assert (tmp_path / "healthy" / "panel" / "sites.vcf.gz").is_file()
    with pytest.raises(InputError, match=r"^disease\.modes: "):
        raresim.cases(small(cases=1, targets={"genes": [healthy]}))
    with pytest.raises(InputError, match=r"^output: without cases nothing of it is written"):
        raresim.cases(small(cases=0, output=["vcf"]))
    with pytest.raises(InputError, match=r"^cases: "):
        Spec.from_dict({"cases": 0, "genome": "none"})


def test_a_population_without_a_variant() -> None:
    for case in raresim.cases(small(cases=3, pedigree="trio", background={"kind": "empty", "ancestry": {"EUR": 20}})):
        assert case.truth.candidates == len(case.observed.sites) > 0  # what is planted and what is new


def test_damage_to_a_folder_is_named_before_it_is_scored(made: Path, tmp_path: Path) -> None:
    def damaged(name: str, text: str | None) -> str:
        folder = tmp_path / "study"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder)
        path = next(iter(sorted(folder.glob(name))))
        path.unlink() if text is None else path.write_text(text)
        with pytest.raises(InputError) as error:
            raresim.score(folder)
        return str(error.value)

    whole = (made / "truth" / "cases.tsv").read_text().splitlines()
    assert "has no row for case" in damaged("truth/cases.tsv", "\n".join(whole[:-1]) + "\n")
    assert "is missing" in damaged("observed/vcf/*.vcf.gz", None)
    assert "phenotypicFeatures: should be a list" in damaged(
        "observed/phenopackets/*.json", '{"phenotypicFeatures": "x"}'
    )


def test_a_number_of_cases_beyond_reason_is_refused() -> None:
    with pytest.raises(InputError, match="reuse = true"):
        raresim.run(small(cases=10**9), Path("never"))


def test_a_damaged_model_is_named_before_anything_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.toml").write_text('kind = "clinical"\nversion = 0\n')
    (folder / "model.npz").write_bytes(b"")
    spec = Spec(genome="none", cases=1, phenotype={"kind": "clinical", "style": str(folder)})
    with pytest.raises(InputError, match="version 0"):
        raresim.run(spec, tmp_path / "out")
    assert not (tmp_path / "out").exists()
