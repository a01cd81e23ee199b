"""The study file that ``raresim init`` writes."""

from __future__ import annotations

from importlib.resources import files


def text() -> str:
    """Return a study file with every key explained; as it stands it is the demo."""
    return files("raresim.shell").joinpath("study.toml").read_text(encoding="utf-8")
