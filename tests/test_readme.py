"""The README's examples: the one in Python, the same in TOML, and the commands it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from raresim import Spec

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text()


def block(language: str) -> str:
    """Return the README's only block in a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return str(found)


def test_both_commands_are_there() -> None:
    assert "\npip install . && raresim run -o demo\n" in TEXT
    assert "\npip install -e '.[test]' && pytest\n" in TEXT
    assert "1 in 500" in TEXT


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What the Python example writes and prints."""
    folder = tmp_path_factory.mktemp("python")
    (folder / "example.py").write_text(block("python"))
    done = subprocess.run([sys.executable, "example.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "families", done.stdout


def test_the_python_example(clinic: tuple[Path, str]) -> None:
    folder, said = clinic
    lines = said.splitlines()
    codes = sorted(p.name.partition(".")[0] for p in (folder / "observed" / "vcf").glob("*.vcf.gz"))
    assert sorted(line.split()[0] for line in lines[:4]) == codes
    assert all(re.search(r"HP:\d{7} -> (OMIM|ORPHA):\d+$", line) for line in lines[:4])
    assert "MRR" in said


def test_the_toml_example_is_the_same_study(clinic: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = clinic
    assert Spec.load(folder / "study.toml") == Spec.from_dict(tomllib.loads(block("toml")))
    (tmp_path / "clinic.toml").write_text(block("toml"))
    (commands,) = re.findall(r"^```\n(raresim check.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for command in commands.splitlines():
        done = subprocess.run(command.split(), cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "score.json"):
        assert path.read_bytes() == (tmp_path / "clinic" / path.relative_to(folder)).read_bytes(), path


def test_what_is_in_the_folder(clinic: tuple[Path, str]) -> None:
    folder, _ = clinic
    (table,) = re.findall(r"^## What is in the folder\n(.*?)^##", TEXT, re.MULTILINE | re.DOTALL)
    for pattern in re.findall(r"^\| `(.*?)` ", table, re.MULTILINE):
        assert list(folder.glob(pattern.replace("CASE", "*"))), pattern
