"""What bad input gets: one line a mistake with key, value and remedy, exit code 2, nothing half-written."""

from __future__ import annotations

import contextlib
import gzip
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from raresim import InputError, Spec, study_file
from raresim.bgzf import compress
from tests.command import SMALL, Command, content, raresim
from tests.mini_genome import inputs, written

FEW = ["--cases", "2", "--set", "background.ancestry={EUR=40}"]


@pytest.fixture
def mini(shared: Path, tmp_path: Path) -> Path:
    """The folder that commands run in, with the small genome."""
    for name in ("mini.fa", "mini.gff3"):
        written(tmp_path / name, (inputs(shared) / name).read_bytes())
    return tmp_path


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


GENOMES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty.fa": (lambda text: b"", "genome.fasta: empty.fa: the file is empty"),
    "no.fa": (lambda text: b"chr1\t1\n", "genome.fasta: no.fa: not a FASTA"),
    "gzip.fa.gz": (gzip.compress, "genome.fasta: gzip.fa.gz: the file is gzip but not bgzip"),
    "cut.fa.gz": (lambda text: cut(compress(text)[0]), "genome.fasta: cut.fa.gz: the file is truncated"),
    "no_end.fa.gz": (lambda text: compress(text)[0][:-28], "genome.fasta: no_end.fa.gz: the file is truncated"),
    "random.fa.gz": (lambda text: random.Random(1).randbytes(2000), "genome.fasta: random.fa.gz: "),
    "other.fa": (lambda text: b">chr9\nACGTACGT\n", "genome.genes: no gene can be used on other.fa: their contigs"),
    "shifted.fa": (lambda text: text.replace(b"\n", b"\nA"), "genome.genes: the gene models do not fit shifted.fa: "),
}


@pytest.mark.parametrize("verb", [["check"], ["run", "-o", "out"]])
@pytest.mark.parametrize("name", GENOMES)
def test_genomes(mini: Path, inside: Command, verb: list[str], name: str) -> None:
    make, line = GENOMES[name]
    text = (mini / "mini.fa").read_bytes()
    if name == "shifted.fa":
        text = b"".join(part + b"\n" for part in text.split(b"\n") if not part.startswith(b"A" * 60))
        text = re.sub(rb"(>[^\n]*)\n", rb"\1\nA", text)
        make = bytes
    written(mini / name, make(text))
    done = inside(*verb, *FEW, "--set", f'genome={{fasta="{name}",genes="mini.gff3"}}')
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"raresim: {line}")
    assert done.stderr.count("\n") == 1
    assert not (mini / "out").exists()


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("empty.gff3", b"", "genome.genes: empty.gff3: the file is empty"),
        ("none.gff3", b"##gff-version 3\n", "genome.genes: none.gff3: no protein-coding transcript"),
        ("wrong.gff3", b"chr1\t1\t2\n", "genome.genes: wrong.gff3: line 1: 3 columns instead of the 9"),
        ("bytes.gff3", bytes(range(128, 256)), "genome.genes: bytes.gff3: "),
        (
            "cut.gff3.gz",
            gzip.compress(b"chr1\tx\tgene\t1\t2\t.\t+\t.\tID=a\n" * 400, mtime=0)[:50],
            "genome.genes: cut.gff3.gz: ",
        ),
    ],
)
def test_gene_models(mini: Path, inside: Command, name: str, text: bytes, line: str) -> None:
    written(mini / name, text)
    done = inside("run", "-o", "out", *FEW, "--set", f'genome={{fasta="mini.fa",genes="{name}"}}')
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"raresim: {line}")
    assert not (mini / "out").exists()


def test_genes_that_cannot_be_used_are_said(mini: Path, inside: Command) -> None:
    """A FASTA without one of the contigs: what is left works, and what is not is counted."""
    written(mini / "less.fa", (mini / "mini.fa").read_text().replace(">chr2", ">chrUn"))
    done = inside("check", *FEW, "--set", 'genome={fasta="less.fa",genes="mini.gff3"}')
    assert "genes left out: 3: their contig is not in the FASTA (chr2)" in done.stdout


def test_a_fasta_cut_short_is_refused(mini: Path, inside: Command) -> None:
    """Plain text has no end mark: that it was cut shows in genes that lie beyond the end of their contig."""
    written(mini / "short.fa", (mini / "mini.fa").read_text()[:1500])
    done = inside("run", "-o", "out", *FEW, "--set", 'genome={fasta="short.fa",genes="mini.gff3"}')
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("raresim: genome.fasta: short.fa: chr2 ends at 430, before 2 of its 3 genes do; ")
    assert not (mini / "out").exists()


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("pedigre=trio", "pedigre: there is no such setting; did you mean 'pedigree'?"),
        ("pedigree=trios", "pedigree.kind: no pedigree is called 'trios'; did you mean 'trio'?"),
        ("pedigree.sibs=2", "pedigree.sibs: there is no such setting"),
        ('targets.genes=["NOPE"]', "targets.genes: 'NOPE': no such gene on this genome"),
        ('disease={kind="fixed",genes=["NOPE"]}', "disease.genes: 'NOPE': no disease of the catalog has it"),
        ('disease={kind="fixed",ids=["OMIM:999999"]}', "disease.ids: disease 'OMIM:999999': not in the catalog"),
        (
            'disease={kind="fixed",ids=["OMIM:176670"]}',
            "disease.ids: OMIM:176670 (Hutchinson-Gilford progeria syndrome): ",
        ),
        ("background.ancestry={AFX=40}", "background.ancestry.AFX: "),
        ("background.ancestry={EUR=1}", "background.database: 0.5 of 1 people leaves the cohort or the database empty"),
        ("background.ancestry={EUR=99999999999}", "background.ancestry.EUR: should be less than or equal to 1000000"),
        ("first=99999999999999999999", "first: should be less than or equal to 1000000000"),
        ("first=20", "cases: 21 cases with 2 founders each"),
        ("sequencing.depth=nan", "sequencing.depth: should be a finite number, not nan"),
        ('output=["vcf","vcf"]', "output[2]: 'vcf' is named twice"),
        ('map="mini.fa"', "map: "),
        ("background.demography=none.yaml", "background.demography: there is no file none.yaml"),
    ],
)
def test_settings(inside: Command, tmp_path: Path, setting: str, line: str) -> None:
    if setting == 'map="mini.fa"':
        written(tmp_path / "mini.fa", ">chr1\nACGT\n")
    done = inside("run", "-o", "out", *SMALL, "--set", setting)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"raresim: {line}"), done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


MANY = """
seed = -1
map = "no.map"
pedigre = "trio"
targets = { genes = ["NOPE"] }
background = { ancestry = { EURR = 40 } }
disease = { kind = "fixed", genes = ["ABSENT"] }
phenotype = { kind = "clinical", style = "clinci" }
"""


@pytest.mark.parametrize("verb", [["check"], ["run", "-o", "out"]])
def test_mistakes_of_every_stage_are_told_at_once(inside: Command, tmp_path: Path, verb: list[str]) -> None:
    """Settings, files, genes, ancestries and diseases."""
    written(tmp_path / "many.toml", MANY)
    done = inside(*verb, "many.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.removeprefix("raresim: ").partition(": ")[0] for line in done.stderr.splitlines()] == [
        *("seed", "pedigre", "map", "phenotype.style", "targets.genes", "background.ancestry.EURR", "disease.genes")
    ]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (['genome={fasta="no.fa",genes="no.gff3"}', 'targets.genes=["NOPE"]'], ["genome.fasta", "genome.genes"]),
        (["genom=none", 'targets.genes=["NOPE"]'], ["genom"]),
        (["genome=none", "seed=-1", "targets.padding=3"], ["seed", "targets"]),
        (["inheritance=x", 'disease={kind="balanced",genes=["NOPE"]}'], ["inheritance.kind", "disease.genes"]),
        (["catalog={hpoa='no'}", 'disease={kind="fixed",genes=["NOPE"]}'], ["catalog.hpoa"]),
        (["background.kind=empty", 'output=["trees"]', "first=0"], ["first", "output.trees"]),
        (["background.ancestry={X=4}", 'output=["trees"]', "cases=1000000"], ["background.ancestry.X"]),
    ],
)
def test_what_depends_on_a_mistake_is_not_looked_at(inside: Command, words: list[str], keys: list[str]) -> None:
    done = inside("check", *(part for word in words for part in ("--set", word)))
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.removeprefix("raresim: ").partition(": ")[0] for line in done.stderr.splitlines()] == keys


def test_all_missing_extras_are_named(inside: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("pgenlib", "bio2zarr", "bio2zarr.vcf", "pyarrow"):
        monkeypatch.setitem(sys.modules, module, None)
    done = inside("run", "-o", "out", *SMALL, "--set", 'output=["plink","vcf_zarr","parquet"]')
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "raresim: output.plink: pgenlib is missing; pip install 'raresim-dx[plink]' brings it",
        "raresim: output.vcf_zarr: bio2zarr is missing; pip install 'raresim-dx[zarr]' brings it",
        "raresim: output.parquet: pyarrow is missing; pip install 'raresim-dx[parquet]' brings it",
    ]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "table",
    ['{style="."}', '{kind="bayesian_network",model="."}', '{kind="hybrid",model="."}', '{kind="neural",model="."}'],
)
def test_a_folder_that_holds_no_model(inside: Command, tmp_path: Path, table: str) -> None:
    """Nothing, or text that is nested without end."""
    if "neural" in table:
        pytest.importorskip("safetensors")
    for _ in range(2):
        done = inside("check", "--set", 'genome="none"', "--set", f"phenotype={table}")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert re.match(r"raresim: phenotype\.(style|model): ", done.stderr)
        for name in ("model.toml", "network.toml", "hybrid.toml", "neural.toml"):
            written(tmp_path / name, "x = " + "[" * 5000)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study as it should be."""
    folder = tmp_path_factory.mktemp("whole")
    done = raresim("run", "-o", "out", "-q", *SMALL, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "out"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "the file is empty"),
        ("case,rank,gene\nCODE,1,FBN1\n", "line 1: "),
        ("case\trank\tgene\nNOBODY\t1\tFBN1\n", "line 2: case: no case of this study is called 'NOBODY'; known: "),
        ("case\trank\tgene\nCODE\t0\tFBN1\n", "line 2: rank: 0: ranks count from 1"),
        ("case\trank\tgene\nCODE\tone\tFBN1\n", "line 2: rank: "),
        ("case\tscore\tgene\nCODE\tinf\tFBN1\n", "line 2: score: 'inf' is not a finite number"),
        ("case\tscore\tgene\nCODE\t0,5\tFBN1\n", "line 2: score: '0,5' is not a finite number"),
        ("case\tscore\tgene\nCODE\t1\t\n", "line 2: names neither a gene nor a disease"),
    ],
)
def test_answers(whole: Path, inside: Command, tmp_path: Path, text: str, line: str) -> None:
    code = next((whole / "observed" / "ped").iterdir()).stem
    written(tmp_path / "a.tsv", text.replace("CODE", code))
    before = content(whole)
    done = inside("score", whole, "--answers", "a.tsv")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"raresim: --answers: a.tsv: {line}")
    assert content(whole) == before


def test_a_report_in_a_folder_that_is_not_there(whole: Path, inside: Command, tmp_path: Path) -> None:
    done = inside("score", whole, "--json", "no/score.json")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("raresim: --json: no/score.json: the folder no does not exist; ")
    assert not list(tmp_path.iterdir())


def test_show_without_an_index_names_it(whole: Path, inside: Command, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "copy")
    for index in (tmp_path / "copy" / "observed" / "vcf").glob("*.tbi"):
        index.unlink()
    done = inside("show", "copy", "1")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert re.match(r"raresim: copy/observed/vcf/\S+\.vcf\.gz\.tbi: is missing; `tabix -p vcf", done.stderr)
    assert inside("show", "copy", "\u00b2").stderr.startswith("raresim: CASE: no case of this study is called")


def file_size(limit: int) -> Callable[[], None]:
    """No file above this size can be written: what a full disk does, without one."""

    def apply() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return apply


@pytest.mark.parametrize("limit", [100, 1000, 3500])
def test_a_disk_that_fills_while_the_study_is_written(whole: Path, tmp_path: Path, limit: int) -> None:
    """At study.toml, at the panel, among the cases: one line; a rerun with room gives the same bytes."""
    done = raresim("run", "-o", "out", "-q", *SMALL, cwd=tmp_path, limit=file_size(limit))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert re.match(r"raresim: out/\S+: cannot be written \(.*\); free space or choose another folder", done.stderr)
    names = [str(path.relative_to(tmp_path)) for path in (tmp_path / "out").rglob("*")]
    assert not [name for name in names if name.endswith((".tmp", ".wip"))]
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert not (tmp_path / "out" / "observed").exists()
    assert raresim("run", "-o", "out", "-q", *SMALL, cwd=tmp_path).returncode == 0
    assert content(tmp_path / "out") == content(whole)


@pytest.mark.parametrize("genome", ['{fasta="mini.fa",genes="mini.gff3"}', '"synthetic"'])
def test_a_disk_that_fills_while_the_cache_is_written(mini: Path, genome: str) -> None:
    words = ["run", "-o", "out", "-q", *FEW, "--set", f"genome={genome}"]
    done = raresim(*words, cwd=mini, limit=file_size(1000), RARESIM_CACHE=str(mini / "cache"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert re.match(r"raresim: RARESIM_CACHE: cannot write \S+ \(.*\); free .* or set another folder", done.stderr)
    assert not list((mini / "cache").glob("*.tmp"))
    assert not (mini / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize("size", ["24k", "56k"])
def test_a_full_disk(whole: Path, tmp_path: Path, size: str) -> None:
    """A file system of too few pages, mounted in a name space of its own; then the same one made larger."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = f"'{sys.executable}' -m raresim run -q -o disk/out {' '.join(repr(word) for word in SMALL)}"
    script = f"""
        mount -t tmpfs -o size={size} none disk || exit 77
        {command}; echo "code $?" >&2
        find disk -name '*.tmp' -o -name '*.wip' -o -name manifest.json >&2
        mount -o remount,size=40m disk || exit 77
        {command} && cp -r disk/out copy
    """
    try:
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("the program unshare is not installed")
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("mounting is not permitted here")
    assert re.fullmatch(r"raresim: disk/out/\S+: cannot be written \(No space left.*\n.*code 2\n", done.stderr)
    assert content(tmp_path / "copy") == content(whole)


@pytest.mark.parametrize("trials", [3, pytest.param(15, marks=pytest.mark.slow)])
def test_killed_at_any_time(whole: Path, tmp_path: Path, trials: int) -> None:
    """kill -9, at a moment anywhere in a run; the next run gives the bytes of an undisturbed one."""
    rng, killed = random.Random(trials), 0
    command = [sys.executable, "-m", "raresim", "run", "-o", "out", "-q", *SMALL]
    before = time.monotonic()
    assert (
        subprocess.run([*command[: -len(SMALL) - 2], "full", "-q", *SMALL], cwd=tmp_path, check=False).returncode == 0
    )
    takes = time.monotonic() - before
    for _ in range(trials):
        process = subprocess.Popen(command, cwd=tmp_path, start_new_session=True)
        try:
            process.wait(rng.uniform(0.3, 1.0) * takes)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
    assert killed > 0
    done = raresim("run", "-o", "out", "-q", *SMALL, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert content(tmp_path / "out") == content(whole)


_word = st.sampled_from(
    ["trio", "exome", "vcf", "fixed", "EUR", "", "kind", "synthetic", "FBN1", "OMIM:154700", "\x00", "é", "a" * 300]
)
_value = st.recursive(
    st.one_of(st.integers(-(2**70), 2**70), st.floats(), st.booleans(), _word, st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_word | st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_keys = [*sorted(Spec().to_dict()), "map", "inheritance", "nonsense"]


def read_or_named(make: Callable[[], Spec]) -> Spec | None:
    """Return the spec, or None where every mistake is one line; any other error is ours."""
    lines: tuple[str, ...] = ()
    with contextlib.suppress(InputError):
        try:
            return make()
        except InputError as error:
            lines = error.lines
            raise
    assert lines
    assert all(line and line.isprintable() for line in lines)
    return None


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(_keys), _value, max_size=4), st.sampled_from(_keys), _value)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_any_value_of_any_key_is_read_or_named(data: dict[str, object], key: str, value: object) -> None:
    for given_ in (data, {key: {**dict.fromkeys(("kind",), "trio"), "genes": value}}, {**Spec().to_dict(), key: value}):
        spec = read_or_named(lambda data=given_: Spec.from_dict(data))
        assert spec is None or Spec.from_dict(spec.to_dict()) == spec


@pytest.mark.slow
@given(
    st.sampled_from(_keys), st.sampled_from(["", ".kind", ".genes", ".x", "..", ".trio.weight"]), st.text(max_size=12)
)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_flag_is_read_or_named(key: str, rest: str, text: str) -> None:
    read_or_named(lambda: Spec().override([f"{key}{rest}={text}"]))


@pytest.mark.slow
@given(st.integers(0, 10_000), st.binary(max_size=3), st.integers(0, 40))
@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_study_file(tmp_path: Path, at: int, new: bytes, lost: int) -> None:
    text = study_file.write(Spec().to_dict()).encode()
    at %= len(text)
    path = written(tmp_path / "s.toml", text[:at] + new + text[at + lost :])
    read_or_named(lambda: Spec.load(path))
