"""Fixtures: the shared data, programs that are not ours, the command in this process."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command import Command, Done

ROOT = Path(__file__).parent.parent


def _missing(reason: str) -> None:
    if os.environ.get("RARESIM_REQUIRE_INTEROP") == "1":
        pytest.fail(f"{reason}, and RARESIM_REQUIRE_INTEROP=1 asks for it")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data for tests; skipped where it is absent."""
    folder = Path(os.environ.get("RARESIM_SHARED") or ROOT.parent / "shared")
    data = (folder if folder.is_absolute() else ROOT / folder) / "data"
    if not data.is_dir():
        pytest.skip(f"the shared test data are not at {data} (RARESIM_SHARED)")
    return data


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """Return the path of a program, or skip (fail under RARESIM_REQUIRE_INTEROP=1)."""

    def find(name: str) -> str:
        path = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
        if path is None:
            _missing(f"the program {name} is not installed")
        return str(path)

    return find


@pytest.fixture(scope="session")
def package() -> Callable[[str], object]:
    """Import a package that is not a dependency, or skip (fail under RARESIM_REQUIRE_INTEROP=1)."""

    def load(name: str) -> object:
        import importlib

        try:
            return importlib.import_module(name)
        except ImportError:
            _missing(f"the Python package {name} is not installed")
            raise

    return load


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """Run a command in this process, in ``tmp_path``: what is imported and compiled stays so."""
    from raresim import cli

    def call(*words: str | Path, **env: str) -> Done:
        capfd.readouterr()
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["raresim", *map(str, words)])
            for name, value in env.items():
                patch.setenv(name, value)
            try:
                cli.main()
                code = 0
            except SystemExit as stop:
                code = int(stop.code or 0)
        return Done(code, *capfd.readouterr())

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield call
    for number, handler in before.items():
        signal.signal(number, handler)
