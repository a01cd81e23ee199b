"""The command: exit codes, one line a mistake, silence where nobody looks, light help."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from raresim import InputError, Spec, artifact, kinds
from raresim.shell import listing, progress, template
from tests.command import SMALL, Done, raresim


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small study, written by the command."""
    folder = tmp_path_factory.mktemp("demo")
    done = raresim("run", "-o", "demo", *SMALL, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "next: raresim score demo" in done.stdout
    return folder / "demo"


def test_help_is_light(tmp_path: Path) -> None:
    code = (
        "import sys, raresim.cli\n"
        "sys.argv = ['raresim', '--help']\n"
        "try: raresim.cli.main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'numba', 'pandas', 'msprime', 'pysam', 'tskit', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_groups(tmp_path: Path) -> None:
    text = raresim("-h", cwd=tmp_path).stdout
    panels = [text.index(f"─ {panel} ─") for panel in ("Make", "Look", "Use", "Trust")]
    assert panels == sorted(panels)
    for verb in ("init", "check", "run", "list", "show", "score", "data"):
        assert f" {verb} " in text


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_version(inside: Callable[..., Done], word: str, tmp_path: Path) -> None:
    from raresim import __version__

    assert inside(word).stdout == f"raresim {__version__}\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["check", "--set", "inheritance.kind=autosomal_recesive"], "did you mean 'autosomal_recessive'?"),
        (["run", "-o", "out", "--set", "seed=x"], "seed: should be a whole number, not 'x'"),
        (["run", "-o", "out", "--cases", "-1"], "cases: should be greater than or equal to 0, not -1"),
        (["run", "nothing.toml", "-o", "out"], "nothing.toml: cannot be read (No such file or directory)"),
        (["run", "-o", "out", "--set", "map=no.map"], "map: there is no file no.map"),
        (["run", "a.toml", "--study", "b.toml", "-o", "out"], "--study b.toml: a.toml is given as well"),
        (["check", "--set", "nonsense=1"], "nonsense: there is no such setting"),
        (["list", "pedigre"], "list: there is no 'pedigre'; did you mean 'pedigree'?"),
        (["list", "pedigree", "--gene", "PKD1"], "--gene, --mode: choose among diseases"),
        (["list", "diseases", "--gene", "PKD11"], "gene 'PKD11'"),
        (["list", "diseases", "--mode", "ADD"], "mode 'ADD'"),
        (["score", "nowhere"], "nowhere"),
        (["show", "nowhere", "1"], "nowhere"),
        (["data", "pull", "hpoo", "--from", ".", "--to", "x"], "data pull: there is no 'hpoo'; known: hpo"),
        (["data", "pull", "hpo", "--from", ".", "--to", "x"], "there is no file hpo/phenotype.hpoa.gz"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    inside: Callable[..., Done], words: list[str], line: str, tmp_path: Path
) -> None:
    done = inside(*words)
    assert done.returncode == 2
    assert line in done.stderr
    assert done.stdout == ""
    assert all(each.startswith("raresim: ") for each in done.stderr.splitlines())
    assert not list(tmp_path.iterdir())


def test_all_mistakes_of_a_file_at_once(inside: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('seed = -1\npedigre = "trio"\n[sequencing]\nkind = "exome"\ndepth = 0\n')
    done = inside("check", "s.toml")
    assert done.returncode == 2
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == ["seed", "pedigre", "sequencing.depth"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["fti"], "fti: `raresim` has no such command; did you mean 'fit'?"),
        (["data", "pul"], "pul: `raresim data` has no such command; did you mean 'pull'?"),
        (["--nonsense"], "--nonsense: `raresim` has no such option; known: --debug, "),
        (["run", "--sed", "3", "-o", "x"], "--sed: `raresim run` has no such option; did you mean '--seed'?"),
        (["run", "-o", "x", "--cases", "x"], "--cases: should be a whole number, not 'x'"),
        (["run", "-o", "x", "-n3.5"], "--cases: should be a whole number, not '3.5'"),
        (["run", "-o", "x", "--workers=-1"], "--workers: should be greater than or equal to 0, not '-1'"),
        (["run"], "--output: is missing; `raresim run --help` shows what it is"),
        (["show"], "DIR: is missing; `raresim show --help` shows what it is"),
        (["run", "-o"], "-o: takes a value, and none follows; `raresim --help` shows what it is"),
        (["run", "-o", "x", "a", "b", "c"], "b c: `raresim run` takes no such argument; "),
    ],
)
def test_usage_errors_are_one_line(inside: Callable[..., Done], words: list[str], line: str, tmp_path: Path) -> None:
    done = inside(*words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith(f"raresim: {line}")
    assert not list(tmp_path.iterdir())


def test_no_word_at_all_shows_the_help(inside: Callable[..., Done]) -> None:
    done = inside()
    assert done.returncode == 2
    assert "Usage: raresim" in done.stdout + done.stderr


def test_a_command_of_commands_alone_names_them(inside: Callable[..., Done]) -> None:
    done = inside("audit")
    assert done.returncode == 2
    assert done.stderr == "raresim: audit: a command is missing; known: leaks, population, realism\n"


def test_all_mistakes_of_set_at_once(inside: Callable[..., Done]) -> None:
    done = inside("check", "--set", "foo", "--set", "=3", "--set", "seed.x=3", "--set", "a=[", "--set", "seed=1")
    assert done.returncode == 2
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == [
        *("--set foo", "--set =3", "--set a=["),
        "--set seed.x",
    ]


def test_a_fault_of_ours_is_exit_code_1_and_debug_shows_where(tmp_path: Path) -> None:
    code = (
        "import sys, raresim.shell.listing as l, raresim.cli as c\n"
        "def broken(*a): raise KeyError('x')\n"
        "l.listing = broken\n"
        "sys.argv = ['raresim', 'list', 'pedigree', *sys.argv[1:]]\n"
        "c.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "raresim: a fault of raresim: KeyError: 'x' (--debug shows where)\n"
    done = subprocess.run([sys.executable, "-c", code, "--debug"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_init_writes_the_demo_with_every_key(inside: Callable[..., Done], tmp_path: Path) -> None:
    done = inside("init", "s.toml")
    assert done.stdout == "wrote s.toml; next: raresim check s.toml\n"
    assert Spec.load(tmp_path / "s.toml") == Spec()
    done = inside("init", "s.toml")
    assert (done.returncode, done.stderr) == (2, "raresim: s.toml: exists already; name another file\n")
    assert inside("init", "no/such/s.toml").returncode == 2


def test_check_simulates_nothing(inside: Callable[..., Done], tmp_path: Path) -> None:
    done = inside("check", *SMALL)
    assert done.returncode == 0, done.stderr
    said = (
        "no mistake found",
        "cases: 2",
        "frequency is 1 in 40",
        "below 0.1%",
        " on disk; ",
        " by the clock on this machine if idle",
    )
    for word in said:
        assert word in done.stdout
    assert not list(tmp_path.iterdir())


def test_the_summary_says_what_and_where_and_what_next(demo: Path) -> None:
    assert sorted(p.name for p in demo.iterdir()) == ["manifest.json", "observed", "panel", "study.toml", "truth"]
    assert Spec.load(demo / "study.toml").cases == 2


def test_show(inside: Callable[..., Done], demo: Path) -> None:
    code = sorted(p.stem for p in (demo / "observed" / "phenopackets").glob("*.json"))[0]
    seen = inside("show", demo, code)
    assert seen.returncode == 0, seen.stderr
    for word in (f"Case {code}", "proband", "father", "mother", "Terms observed", "HP:", "Top variants", "GQ"):
        assert word in seen.stdout
    assert "Truth" not in seen.stdout
    assert inside("show", demo, "1").stdout == seen.stdout
    truth = inside("show", demo, "1", "--truth").stdout
    assert truth.startswith(seen.stdout)
    assert "Truth" in truth
    assert "called" in truth
    wrong = inside("show", demo, code + "x")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert f"did you mean '{code}'?" in wrong.stderr


def test_score(inside: Callable[..., Done], demo: Path, tmp_path: Path) -> None:
    done = inside("score", demo, "--json", tmp_path / "score.json")
    assert done.returncode == 0, done.stderr
    for word in ("resnik", "variant_only", "combined", "top 20", "MRR"):
        assert word in done.stdout
    assert (tmp_path / "score.json").read_bytes().startswith(b"{")
    one = inside("score", demo, "--diagnoser", "resnik", "--json", tmp_path / "s.json")
    assert "combined" not in one.stdout
    wrong = inside("score", demo, "--diagnoser", "resnick")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "did you mean 'resnik'?" in wrong.stderr


@pytest.mark.parametrize("env", [{}, {"TERM": "dumb"}, {"NO_COLOR": "1", "TERM": "xterm-256color"}])
def test_no_progress_in_the_log_of_a_job(inside: Callable[..., Done], env: dict[str, str], tmp_path: Path) -> None:
    """Field report X02: no terminal, a dumb one, NO_COLOR: no bar, no escape, no carriage return."""
    done = inside("run", "-o", "out", *SMALL, **env)
    assert done.returncode == 0, done.stderr
    assert len(done.stderr) < 2000
    assert not {"\r", "\x1b"} & set(done.stderr + done.stdout)
    assert inside("run", "-o", "quiet", "-q", *SMALL, **env).stdout == ""


@pytest.mark.parametrize(
    ("term", "no_color", "terminal", "shown"),
    [("xterm", "", True, True), ("dumb", "", True, False), ("xterm", "1", True, False), ("xterm", "", False, False)],
)
def test_a_bar_appears_on_a_terminal_after_two_seconds(
    term: str,
    no_color: str,
    terminal: bool,
    shown: bool,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    now = [0.0]
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with progress.Progress() as bar:
        bar("genome", 0.5)
        assert capfd.readouterr().err == ""
        now[0] = 2.1
        bar("population", 0.5)
    assert ("population" in capfd.readouterr().err) is shown


def test_links_in_a_read_only_folder(inside: Callable[..., Done], tmp_path: Path) -> None:
    """Field report X04: the study is a link, its folder cannot be written, the output's parents do not exist."""
    real, staged = tmp_path / "real", tmp_path / "staged"
    real.mkdir()
    staged.mkdir()
    (real / "study.toml").write_text('targets = { bed = "t.bed" }\n')
    (staged / "t.bed").write_text("chr15\t48400000\t48700000\n")
    (staged / "study.toml").symlink_to(real / "study.toml")
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in staged.iterdir()}
    staged.chmod(0o555)
    words = ["--cases", "1", *SMALL[2:6]]
    done = inside("run", staged / "study.toml", "-o", "new/deep/folder", *words)
    staged.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new" / "deep" / "folder" / "manifest.json").exists()
    assert before == {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in staged.iterdir()}


def test_folders_that_are_there_already(inside: Callable[..., Done], demo: Path, tmp_path: Path) -> None:
    """Field report X07: an empty folder, or one with dot files of others, is fine; another study's is refused."""
    for name in ("empty", "snakemake"):
        (tmp_path / name).mkdir()
    (tmp_path / "snakemake" / ".snakemake_timestamp").touch()
    (tmp_path / "snakemake" / ".command.sh").touch()
    for name in ("empty", "snakemake"):
        assert inside("run", "-o", name, *SMALL).returncode == 0
    done = inside("run", "-o", demo, *SMALL, "--seed", "43")
    assert done.returncode == 2
    assert "another study" in done.stderr
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.doc").touch()
    done = inside("run", "-o", "mine", *SMALL)
    assert (done.returncode, len(list((tmp_path / "mine").iterdir()))) == (2, 1)


def test_an_output_that_cannot_be_written(inside: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in ("file", "file/below", "/proc/raresim"):
        done = inside("run", "-o", folder, *SMALL)
        assert done.returncode == 2, done.stderr
        assert done.stderr.count("\n") == 1
        assert folder in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("stage", ["study.toml", ".shards"])
def test_a_signal_leaves_nothing_half_written(number: signal.Signals, code: int, stage: str, tmp_path: Path) -> None:
    many = [*SMALL[2:], "--cases", "1000", "--set", "reuse=true", "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "raresim", "run", "-o", "out", *many],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (tmp_path / "out" / stage).exists() and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.5)
    os.killpg(process.pid, number)  # as a terminal and a scheduler do: to all processes of the job
    _, said = process.communicate(timeout=60)
    line = "raresim: stopped; out keeps what is whole, and the same command goes on from there\n"
    assert (process.returncode, said) == (code, line)
    left = {p.relative_to(tmp_path / "out").parts[0] for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert left <= {"study.toml", "panel", ".shards"}
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    line = f"'{sys.executable}' -m raresim list diseases | head -1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_the_other_project_of_this_name_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "raresim-3.0.3.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: raresim\nVersion: 3.0.3\n")
    done = raresim("-V", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "'raresim' 3.0.3 of another project" in done.stderr


def test_list_shows_values_and_takes_the_key_of_the_study_file() -> None:
    every = {family: "\n".join(listing.listing(family)) for family in kinds.FAMILIES}
    assert not [family for family, text in every.items() if "factory" in text or "lambda" in text]
    assert "modes = {'AD': 280.0" in every["disease"]
    assert listing.listing("output") == listing.listing("format")


def test_the_template_names_every_kind_of_what_a_study_is_made_of() -> None:
    text = template.text()
    missing = [(f, n) for f in kinds.FAMILIES if f != "diagnoser" for n in kinds.names(f) if f'"{n}"' not in text]
    assert {family for family, _ in missing} <= {"inheritance"}  # left out there: a disease brings its own


def test_show_of_a_folder_that_is_not_there(inside: Callable[..., Done]) -> None:
    done = inside("show", "nowhere", "1")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("raresim: nowhere: no such folder")


def test_list_without_a_name_tells_all_names() -> None:
    lines = listing.listing("")
    assert [line.split()[0] for line in lines[:-1]] == [*kinds.FAMILIES, "diseases", "genes"]
    assert "coalescent" in lines[0]
    assert listing.listing("", gene="PKD1", mode="AD") == listing.listing("diseases", gene="PKD1", mode="AD")


def test_list_shows_every_kind_and_its_settings() -> None:
    lines = listing.listing("inheritance")
    assert "autosomal_dominant" in lines[0]
    assert "penetrance = 1.0" in lines[1]
    assert any("pathogenic (none)" in line for line in listing.listing("background"))
    assert listing.listing("background")[-1].endswith("alleles = 2.0, rates = {}")
    assert listing.listing("diseases", "PKD1", "AD")[0].startswith("OMIM:173900")
    assert "FBN1" in listing.listing("genes", search="HGNC:3603")[0]


def test_list_marks_genes_that_no_case_of_a_disease_has() -> None:
    line = next(line for line in listing.listing("diseases", gene="KDSR") if line.startswith("ORPHA:316 "))
    assert "(not drawn with KDSR: the diseases that KDSR causes alone are AR, not AD; " in line
    assert "(not drawn" not in next(line for line in listing.listing("diseases", "PKD1", "AD") if "OMIM:173900" in line)


@pytest.mark.parametrize("word", ["coal", "ar", "X"])
def test_list_of_what_is_not_there_says_what_is(word: str) -> None:
    with pytest.raises(InputError, match=rf"^list: there is no '{word}'; (did you mean|there are background, )"):
        listing.listing(word)


def test_an_option_of_a_command_without_any(inside: Callable[..., Done]) -> None:
    done = inside("init", "--cases", "3")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.rstrip().endswith("`raresim init` has no such option, and takes none but --help")


def test_data(inside: Callable[..., Done], tmp_path: Path) -> None:
    text = inside("data").stdout
    for word in ("catalog.npz", "2025-01-16", "CC BY 4.0", "genes.npz", "MANE Select", "EUR.yaml"):
        assert word in text
    (tmp_path / "panel-1").write_bytes(b"x" * 1000)
    for name in ("mine.txt", "genome-1.npz", "panel-1.lock", "panel-2.lock"):
        (tmp_path / name).touch()
    listed = inside("data", "cache", RARESIM_CACHE=str(tmp_path)).stdout
    assert "panel-1" in listed
    assert "genome-1.npz" in listed
    assert ".lock" not in listed
    with artifact.locked(tmp_path / "panel-2"):  # a process at work keeps its lock
        inside("data", "cache", "--clear", RARESIM_CACHE=str(tmp_path))
        assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.txt", "panel-2.lock"]


def test_a_kind_is_listed_by_its_name(inside: Callable[..., Done]) -> None:
    lines = inside("list", "coalescent").stdout.splitlines()
    assert lines[0] == "background:"
    assert lines[1].startswith("coalescent ")
    assert "ancestry = " in lines[2]
    assert not any(line.startswith(("anchored", "empty")) for line in lines)
    text = inside("list", "vcf").stdout
    assert [line for line in text.splitlines() if line.endswith(":")] == ["background:", "format:"]
    assert "did you mean 'coalescent'?" in inside("list", "coalescant").stderr


def test_a_part_of_the_cache_can_be_cleared(inside: Callable[..., Done], tmp_path: Path) -> None:
    names = {"panel-1", "panel-1.lock", "panel-2", "genome-1.npz", "genome-1.npz.lock"}
    for name in names:
        (tmp_path / name).touch()
    os.utime(tmp_path / "panel-1", (0, 0))

    def cleared(*words: str) -> set[str]:
        done = inside("data", "cache", *words, "--clear", RARESIM_CACHE=str(tmp_path))
        assert (done.returncode, done.stderr) == (0, "")
        return {path.name for path in tmp_path.iterdir()}

    shown = inside("data", "cache", "panel", RARESIM_CACHE=str(tmp_path)).stdout
    assert ("panel-2" in shown, "genome" in shown) == (True, False)
    assert cleared("--older", "30") == names - {"panel-1", "panel-1.lock"}
    assert cleared("panel") == {"genome-1.npz", "genome-1.npz.lock"}
    missing = inside("data", "cache", "panel", "--clear", RARESIM_CACHE=str(tmp_path))
    assert (missing.returncode, missing.stderr) == (2, f"raresim: NAME panel: nothing in {tmp_path} begins so\n")
    assert cleared() == set()


def test_the_study_file_shows_every_key_and_its_comments_are_valid() -> None:
    text = template.text()
    shown = tomllib.loads(text)
    for key, value in Spec().to_dict().items():
        missing = set(value) - set(shown[key]) if isinstance(value, dict) else set()
        assert not missing, f"{key}: {missing}"
    comments = re.findall(r"^# (\[+\w+\]+|\w+ = .*)$", text, re.MULTILINE)
    inside = dict.fromkeys(("demography", "stdpopsim", "block_cM", "target", "pathogenic", "seed"), "background") | {
        "bed": "targets"
    }
    alone = next(line for line in comments if line.startswith('genome = "none"'))
    comments.remove(alone)  # beside another genome
    assert Spec.from_dict(tomllib.loads(alone)).genome == "none"
    homes = [inside.get(line.split(" ")[0], "") for line in comments]
    top = [line for line, home in zip(comments, homes, strict=True) if not home]
    assert Spec.from_dict(tomllib.loads("\n".join(top))).modes == ("AD",)
    for line, home in zip(comments, homes, strict=True):
        if home:
            Spec.from_dict(tomllib.loads(f"[{home}]\n{line}"))
    assert {"bed", "demography", "seed", "genome", "map", "[[pedigree]]", "[inheritance]"} <= {
        line.split(" ")[0] for line in comments
    }
