"""The built wheel in a clean environment outside the checkout: the command, the tables, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def call(*words: str | Path, cwd: Path, **env: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RARESIM_", "PYTHON"))}
    done = subprocess.run([*map(str, words)], cwd=cwd, env=kept | env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the checkout."""
    out = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel; its dependencies are those of this environment, behind its own packages."""
    folder = tmp_path_factory.mktemp("clean")
    call(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    call(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel, cwd=folder)
    (site,) = (folder / "venv" / "lib").glob("python3*/site-packages")
    (site / "behind.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder


def test_the_wheel_holds_the_tables_and_no_more(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        inside = {entry.filename: entry.file_size for entry in file.infolist()}
    tables = {str(p.relative_to(ROOT)) for p in (ROOT / "data").rglob("*") if p.is_file()}
    assert tables
    assert {f"raresim/{name}" for name in tables} <= set(inside)
    tops = {name.split("/")[0] for name in inside}
    assert tops == {"raresim", f"raresim_dx-{wheel.name.split('-')[1]}.dist-info"}
    assert "raresim/py.typed" in inside
    assert "raresim/shell/study.toml" in inside
    assert any(name.endswith("licenses/LICENSE") for name in inside)
    assert not [name for name in inside if "__pycache__" in name or name.endswith(".tmp")]
    assert sum(inside.values()) < 12_000_000


def test_the_command_works_outside_the_checkout(clean: Path) -> None:
    command, cache = clean / "venv" / "bin" / "raresim", str(clean / "cache")
    python = clean / "venv" / "bin" / "python"
    where = call(python, "-c", "import raresim.tables as t; print(t.__file__, t.table('catalog.npz'))", cwd=clean)
    assert all(Path(path).is_relative_to(clean) for path in where.split())
    assert "autosomal_recessive" in call(command, "list", "inheritance", cwd=clean)
    assert "PKD1" in call(command, "list", "diseases", "--gene", "PKD1", "--mode", "AD", cwd=clean)
    assert "2025-01-16" in call(command, "data", cwd=clean, RARESIM_CACHE=cache)
    assert "next: raresim check" in call(command, "init", cwd=clean)
    said = call(command, "check", "study.toml", "--cases", "3", cwd=clean, RARESIM_CACHE=cache)
    assert "cases: 3" in said


@pytest.mark.slow
def test_the_wheel_installs_with_its_dependencies(wheel: Path, tmp_path: Path) -> None:
    """The declared dependencies are enough for a run (needs a package index)."""
    call(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    call(tmp_path / "venv" / "bin" / "pip", "install", "-q", "--retries", "5", wheel, cwd=tmp_path)
    command = tmp_path / "venv" / "bin" / "raresim"
    call(command, "run", "-o", "demo", "--cases", "2", cwd=tmp_path, RARESIM_CACHE=str(tmp_path / "cache"))
    assert len(list((tmp_path / "demo" / "observed" / "vcf").glob("*.vcf.gz"))) == 2
