"""The command lines of the compilers of tables."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "raresim" / "compile"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if "arguments(__doc__" in path.read_text())


def test_all_that_read_published_data_are_here() -> None:
    texts = {path.stem: path.read_text() for path in FOLDER.glob("*.py")}
    said = [name for name, text in texts.items() if "def main" in text and "--shared" in text]
    assert len(NAMES) == 12
    assert set(said) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_help_and_a_wrong_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main = importlib.import_module(f"raresim.compile.{name}").main
    monkeypatch.chdir(tmp_path)
    for words, code in ((["--help"], 0), (["--shared", "gone", "--out", "x"], 2)):
        monkeypatch.setattr(sys, "argv", [name, *words])
        with pytest.raises(SystemExit) as left:
            main()
        assert left.value.code == code
    out, err = capsys.readouterr()
    said = " ".join(out.split())
    assert "--shared FOLDER folder with the published data that the table is made from: " in said
    assert "(default: ../shared/data)" in said
    assert err.startswith("--shared gone: there is no ")
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())
