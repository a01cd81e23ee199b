"""The spec: one thing as a file, as Python objects and as flags; every mistake named, all at once."""

from __future__ import annotations

import dataclasses
import pickle
import string
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import raresim
from raresim import Spec, Weighted, study_file
from raresim.errors import InputError
from raresim.inheritance import AutosomalDominant, AutosomalRecessive
from raresim.pedigree import Singleton, Trio
from raresim.streams import stream


def lines_of(data: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        Spec.from_dict(data)
    return caught.value.lines


def test_the_default_is_the_demo() -> None:
    spec = Spec()
    assert (spec.seed, spec.cases, spec.first, spec.reuse, spec.genome) == (42, 20, 1, False, "synthetic")
    assert spec.background_seed == 42
    assert (spec.targets.kind, spec.targets.padding) == ("cds", 20)
    assert spec.pedigree.kinds == (Trio(),)
    assert spec.inheritance is None
    assert spec.modes == ("AD", "AR", "XLD", "XLR")
    assert [type(kind).__name__ for kind in spec.output] == ["Vcf", "Ped", "Phenopacket", "Truth", "SitesVcf"]


def test_python_and_toml_and_flags_are_the_same() -> None:
    spec = Spec(seed=7, cases=3, pedigree=Singleton(), inheritance=AutosomalDominant(penetrance=0.5))
    text = """
        seed = 7
        cases = 3
        pedigree = "singleton"
        [inheritance]
        kind = "autosomal_dominant"
        penetrance = 0.5
    """
    assert Spec.from_dict(tomllib.loads(text)) == spec
    flags = ["seed=7", "cases=3", "pedigree=singleton", "inheritance.kind=autosomal_dominant"]
    assert Spec().override([*flags, "inheritance.penetrance=0.5"]) == spec
    assert Spec().override(["inheritance.penetrance=0.5", *flags]) == spec
    assert Spec.from_dict(tomllib.loads(spec.to_toml())) == spec


@pytest.mark.parametrize(
    "given_",
    [
        [Weighted(Trio(), 3), Weighted(Singleton(), 1)],
        [{"kind": "trio", "weight": 3}, {"kind": "singleton", "weight": 1}],
        [{"kind": "trio", "weight": 0.75}, Weighted("singleton", 0.25)],
        ["trio", "trio", Trio(), Singleton()],
    ],
)
def test_a_mixture_is_drawn_by_weight(given_: Any) -> None:
    spec = Spec(pedigree=given_)
    n = 4000
    rng = stream(1, "mixture")
    trios = sum(spec.pedigree.pick(rng) == Trio() for _ in range(n))
    assert abs(trios / n - 0.75) < 4 * (0.75 * 0.25 / n) ** 0.5
    assert Spec.from_dict(tomllib.loads(spec.to_toml())) == spec


def test_a_single_kind_draws_nothing() -> None:
    rng = stream(1, "x")
    Spec().pedigree.pick(rng)
    assert rng.random() == stream(1, "x").random()


def test_modes_follow_inheritance() -> None:
    assert Spec(inheritance=AutosomalRecessive()).modes == ("AR",)
    assert Spec(inheritance=["autosomal_dominant", "autosomal_recessive", "autosomal_dominant"]).modes == ("AD", "AR")


def test_all_mistakes_at_once_in_the_order_of_the_file() -> None:
    text = """
        seed = "x"
        casess = 3
        first = 0
        genome = "hg19"
        pedigree = "trioo"
        [targets]
        kind = "cdss"
        pading = 3
        [inheritance]
        kind = "autosomal_dominant"
        penetrance = 1.5
        [[sequencing]]
        kind = "exome"
        weight = 0
        depth = -1
        [[sequencing]]
        kind = "perfectt"
    """
    assert [line.split(",")[0].split(";")[0] for line in lines_of(tomllib.loads(text))] == [
        "seed: should be a whole number",
        "casess: there is no such setting",
        "first: should be greater than or equal to 1",
        'genome: should be "synthetic" or { fasta = ...',
        "pedigree.kind: no pedigree is called 'trioo'",
        "targets.kind: should be 'cds' or 'exons'",
        "targets.pading: there is no such setting",
        "inheritance.penetrance: should be less than or equal to 1",
        "sequencing.exome.weight: should be a number from 1e-9 to 1e9",
        "sequencing.exome.depth: should be greater than 0",
        "sequencing[2].kind: no sequencing is called 'perfectt'",
    ]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"cases": "20"}, "cases: should be a number, not '20'"),
        ({"cases": True}, "cases: should be a number, not True"),
        ({"cases": 1.5}, "cases: should be a whole number, got a number with a fractional part, not 1.5"),
        ({"seed": -1}, "seed: should be greater than or equal to 0, not -1"),
        ({"reuse": "yes"}, "reuse: should be true or false, not 'yes'"),
        ({"inheritnce": "x"}, "inheritnce: there is no such setting; did you mean 'inheritance'?"),
        ({"format": ["vcf"]}, "format: there is no such setting; did you mean 'output'?"),
        ({"background_seed": 3}, "background_seed: there is no such setting; did you mean 'background.seed'?"),
        ({"seed": 2**63}, "seed: should be less than or equal to 9223372036854775807, not 9223372036854775808"),
        ({"background": {"seed": 10**30}}, "background.seed: should be less than or equal to 9223372036854775807, "),
        ({"background": {"pathogenic": {"alleles": 1e6}}}, "background.pathogenic.alleles: should be less than or "),
        ({"targets": {"padding": 10**9}}, "targets.padding: should be less than or equal to 10000, not 1000000000"),
        ({"pedigree": [{"kind": "trio", "weight": 1e308}]}, "pedigree.trio.weight: should be a number from 1e-9 to "),
        ({"phenotype": {"kind": "clinical", "style": ""}}, 'phenotype.style: should be "published" or the path of a '),
        ({"background": {"seed": "a"}}, "background.seed: should be a whole number, not 'a'"),
        ({"background": ["empty"]}, "background: one population serves all cases; name one kind, not a list"),
        ({"pedigree": {"kind": 3}}, "pedigree.kind: should be the name of a kind, not 3"),
        ({"pedigree": []}, "pedigree: the list is empty; name at least one pedigree"),
        ({"pedigree": 3}, "pedigree: should be the name of a kind or a table with its settings, not 3"),
        ({"pedigree": ["trio", {"kind": "trio", "weight": "a"}]}, "pedigree.trio.weight: should be a number"),
        ({"pedigree": [{"kind": "trio", "weight": -1}]}, "pedigree.trio.weight: should be a number from 1e-9 to 1e9"),
        ({"pedigree": [{"kind": "trio", "weight": float("inf")}]}, "pedigree.trio.weight: should be a number"),
        ({"inheritance": {"penetrance": 0.5}}, "inheritance.kind: is missing; known: autosomal_dominant, "),
        ({"output": []}, "output: the list is empty; name at least one format"),
        ({"output": ["vcff"]}, "output[1].kind: no format is called 'vcff'; did you mean 'vcf'?"),
        (
            {"output": [{"kind": "vcf", "phase": 1}]},
            "output.vcf.phase: there is no such setting; did you mean 'phased'",
        ),
        ({"genome": {"fasta": "a.fa"}}, "genome.genes: is missing and has no default"),
        ({"genome": {"fasta": "a.fa", "genes": "b", "gene": 1}}, "genome.gene: there is no such setting; did you mean"),
        ({"targets": {"padding": -1}}, "targets.padding: should be greater than or equal to 0, not -1"),
        ({"targets": {"genes": "PKD1"}}, "targets.genes: should be a list, not 'PKD1'"),
        ({"targets": "cds"}, "targets: should be a table"),
        ({"map": 3}, "map: "),
    ],
)
def test_a_mistake_is_named_by_its_key(data: dict[str, Any], line: str) -> None:
    lines = lines_of(data)
    assert len(lines) == 1
    assert lines[0].startswith(line)
    assert "\n" not in lines[0]


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"pedigree": Trio}, "pedigree: Trio is a class; write Trio()"),
        ({"pedigree": [Weighted(Trio, 1)]}, "pedigree[1]: Trio is a class; write Trio()"),
        ({"pedigree": AutosomalDominant()}, "pedigree: AutosomalDominant is no pedigree but a inheritance"),
        ({"background": Trio()}, "background: Trio is no background but a pedigree"),
        ({"seed": "a"}, "Spec.seed: should be a whole number, not 'a'"),
        ({"pedigre": Trio()}, "Spec.pedigre: there is no such setting; did you mean 'pedigree'?"),
    ],
)
def test_mistakes_of_python_users(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as caught:
        Spec(**settings)
    assert caught.value.lines == (line,)


def test_frozen_and_picklable() -> None:
    spec = Spec(pedigree=["trio", "singleton"])
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.seed = 1  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_background_seed_is_its_own_key() -> None:
    spec = Spec.from_dict({"seed": 1, "background": {"seed": 2}})
    assert (spec.seed, spec.background_seed) == (1, 2)
    assert "[background]" in spec.to_toml()
    assert Spec.from_dict(tomllib.loads(spec.to_toml())) == spec
    assert Spec().override(["seed=7"]).background_seed == 7
    assert Spec(seed=1, background_seed=2).override(["seed=7"]).background_seed == 2
    assert spec.override(["background.kind=empty"]).background_seed == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("seed=7", 7),
        ("cases = 3", 3),
        ("pedigree=singleton", (Singleton(),)),
        ("pedigree='singleton'", (Singleton(),)),
        ('pedigree=["trio", "singleton"]', (Trio(), Singleton())),
        ('inheritance={kind="autosomal_dominant", penetrance=0.5}', (AutosomalDominant(penetrance=0.5),)),
    ],
)
def test_set(text: str, value: Any) -> None:
    got = getattr(Spec().override([text]), text.partition("=")[0].strip())
    assert getattr(got, "kinds", got) == value


def test_set_names_a_place_in_a_list_by_its_kind() -> None:
    spec = Spec().override(['output.vcf.hemizygous="diploid"', "output.vcf.phased=true"])
    assert spec.output[0] == raresim.format.Vcf(hemizygous="diploid", phased=True)
    assert len(spec.output) == 5


def test_set_another_kind_leaves_the_settings_of_the_old_one() -> None:
    spec = Spec(sequencing={"kind": "exome", "depth": 50.0})
    assert spec.override(["sequencing.kind=perfect"]).sequencing.kinds == (raresim.sequencing.Perfect(),)
    assert spec.override(["sequencing.kind=exome"]) == spec


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("seed", "--set seed: should be key=value"),
        ("=3", "--set =3: should be key=value"),
        ("a..b=3", "--set a..b=3: should be key=value"),
        ("pedigree=[", "--set pedigree=[: the value is no valid TOML"),
        ("seed=", "--set seed=: the value is no valid TOML"),
        ("seed.x=3", "--set seed.x: seed is a value, not a table"),
        ("output.bcf.x=3", "--set output.bcf.x: the list has no 'bcf'"),
        ("output.vfc.phased=true", "--set output.vfc.phased: the list has no 'vfc'; did you mean 'vcf'?"),
        ("output.vcf=3", "--set output.vcf: vcf is a kind in a list; set one of its settings (output.vcf.KEY=VALUE)"),
        ("targets.genes.0=CFTR", "--set targets.genes.0: targets.genes is a list of values; set the whole list ("),
        ("seed=" + "9" * 5000, "seed: should be a whole number"),
        ("seed=" + "[" * 5000, "--set seed=[[["),
        (".".join("a" * 3000) + "=1", "--set a.a.a."),
        ("nonsense=3", "nonsense: there is no such setting"),
        ("nonsense.x=3", "nonsense: there is no such setting"),
        ("seed=1\ncases=2", "seed: should be a whole number"),
        ("pedigree.kind=triod", "pedigree.kind: no pedigree is called 'triod'; did you mean 'trio'?"),
    ],
)
def test_set_mistakes(text: str, line: str) -> None:
    with pytest.raises(InputError) as caught:
        Spec().override([text])
    assert len(caught.value.lines) == 1
    assert caught.value.lines[0].startswith(line)


def test_paths_are_those_of_the_study_file_and_of_the_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Field report X04: inputs staged as links, started from another folder."""
    real, staged, elsewhere = tmp_path / "real", tmp_path / "staged", tmp_path / "elsewhere"
    for folder in (real, staged, elsewhere):
        folder.mkdir()
    (real / "study.toml").write_text('genome = { fasta = "g.fa", genes = "sub/g.gff3" }\nmap = "m.txt"\n')
    (staged / "study.toml").symlink_to(real / "study.toml")
    monkeypatch.chdir(elsewhere)
    spec = Spec.load(staged / "study.toml")
    assert spec.genome.fasta == staged / "g.fa"
    assert spec.genome.genes == staged / "sub" / "g.gff3"
    assert spec.map == staged / "m.txt"
    assert Spec.load(Path("../staged/study.toml")).genome.fasta.samefile is not None
    with pytest.raises(InputError) as caught:
        spec.check_files()
    assert [line.partition(":")[0] for line in caught.value.lines] == ["genome.fasta", "genome.genes", "map"]
    out = tmp_path / "out"
    out.mkdir()
    (out / "study.toml").write_text(spec.to_toml(out))
    assert str(tmp_path) not in (out / "study.toml").read_text()
    assert Spec.load(out / "study.toml").genome.fasta.resolve() == spec.genome.fasta.resolve()


def test_the_digest_does_not_depend_on_where_the_files_are() -> None:
    def at(folder: str, name: str = "g.fa") -> str:
        return Spec(genome={"fasta": f"{folder}/{name}", "genes": f"{folder}/g.gff3"}).digest

    assert at("a") == at("/b/c")
    assert at("a") != at("a", "h.fa")
    assert Spec().digest == Spec(pedigree="trio").digest
    assert len({Spec().digest, Spec(seed=1).digest, Spec(background_seed=1).digest, Spec(cases=1).digest}) == 4


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("s.toml", b"seed = \n", "line 1, column 8: no valid TOML"),
        ("s.toml", b"seed = 1\nseed = 2\n", "line 2, column 9: no valid TOML: cannot overwrite a value"),
        ("s.toml", b"a = 1\nseed = nope\n", "line 2, column 8: no valid TOML"),
        ("s.toml", b"seed: 42\n", "line 1, column 5: no valid TOML"),
        ("s.toml", b"x = '''", "no valid TOML"),
        ("s.yaml", b"seed: 42\n", "a study file is TOML (key = value), not YAML"),
        ("s.yml", b"seed: 42\n", "a study file is TOML (key = value), not YAML"),
        ("s.json", b"{}", "a study file is TOML (key = value), not JSON"),
        ("s.toml", b"\xff\xfe\x00", "line 1: is not text in UTF-8"),
        ("s.toml", "# Name\r\n# Müller\r\n".encode("cp1252"), "line 2: is not text in UTF-8 (byte 0xfc)"),
        ("s.toml", b"x = " + b"[" * 5000 + b"]" * 5000, "no valid TOML: tables or lists are nested deeper than 50"),
        ("s.toml", b".".join([b"a"] * 3000) + b" = 1", "no valid TOML: tables or lists are nested deeper than 50"),
        ("s.toml", b"cases = 2\nseed = " + b"9" * 5000, "line 2, column 8: no valid TOML: a whole number has too many"),
        ("s.toml", b"\x1f\x8b\x08\x00", "is not text in UTF-8"),
        ("s.toml", b"seed = 1\x00", "no valid TOML"),
    ],
)
def test_what_is_no_study_file(tmp_path: Path, name: str, content: bytes, line: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        Spec.load(path)
    assert len(caught.value.lines) == 1
    assert caught.value.lines[0].startswith(str(path))
    assert line in caught.value.lines[0]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "no.toml", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            Spec.load(path)


def test_windows_text_and_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(b"\xef\xbb\xbfseed = 7\r\ncases = 2\r\n")
    assert Spec.load(path) == Spec(seed=7, cases=2)
    path.write_bytes(b"")
    assert Spec.load(path) == Spec()


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_single = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), _texts
)
_values = st.recursive(
    _single, lambda v: st.lists(v, max_size=3) | st.dictionaries(_texts, v, max_size=3), max_leaves=8
)
_names = st.text(string.ascii_letters, min_size=1, max_size=8)


@given(st.dictionaries(_names, _values, max_size=5))
def test_what_is_written_is_read_again(data: dict[str, Any]) -> None:
    assert tomllib.loads(study_file.write(data)) == data


def test_a_setting_of_the_catalog_or_the_genome_replaces_its_name() -> None:
    assert Spec().override(["catalog.minimum_support=3"]).catalog.minimum_support == 3
    assert Spec().override(["genome.fasta=a.fa", "genome.genes=b.gff3"]).genome.fasta == Path("a.fa")


def test_a_model_folder_is_a_path_of_the_study_file(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text('genome = "none"\nphenotype = { kind = "clinical", style = "model" }\n', encoding="utf-8")
    spec = Spec.load(file)
    assert spec.phenotype.kinds[0].style == tmp_path / "model"
    with pytest.raises(InputError, match=r"^phenotype\.style: there is no file clinci; did you mean 'clinic'\?$"):
        spec.override(["phenotype.style=clinci"]).check_files()
    assert 'style = "model"' in spec.to_toml(tmp_path)
    with pytest.raises(InputError, match=r"^phenotype\.style: there is no file "):
        spec.check_files()
