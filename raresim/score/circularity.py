"""Whether the tools that are scored know the catalog that the cases were made from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from raresim import knowledge
from raresim.knowledge import SHIPPED, Choice

if TYPE_CHECKING:
    from raresim.catalog import Catalog

STUDY = "study"


def chosen(folder: Path, flag: str | None) -> Choice:
    """Return which catalog diagnosers are given: that of the box (None, "shipped"), that of the study ("study"), or
    one that a flag names as :func:`raresim.knowledge.flag` reads it."""
    if flag != STUDY:
        return knowledge.flag(flag or SHIPPED)
    from raresim.spec import Spec

    choice: Choice = Spec.load(folder / "study.toml").catalog
    return choice


def of_diagnosers(folder: Path, known: Catalog, choice: Choice) -> dict[str, Any]:
    """Return what a report says of the catalog that the diagnosers knew and of that of the study."""
    return _told(folder, knowledge.about(known, knowledge.name(choice)))


def of_answers(folder: Path) -> dict[str, Any]:
    """Return the same for the answers of a tool: what it knew is not known."""
    return _told(folder, None)


def _told(folder: Path, known: dict[str, Any] | None) -> dict[str, Any]:
    made = _made_from(folder)
    same = None if known is None or made is None else known["digest"] == made["digest"]
    return {"diagnosers": known, "cases": made, "same": same, "meaning": _meaning(known, made, same)}


def _meaning(known: dict[str, Any] | None, made: dict[str, Any] | None, same: bool | None) -> str:
    if known is None:
        return "what the tool knew is not known here: on annotations that the cases were made from it does too well"
    return knowledge.circular(None if made is None else same)


def _made_from(folder: Path) -> dict[str, Any] | None:
    """Return what the manifest says of the catalog of a study, None where it says nothing."""
    import orjson

    try:
        made = orjson.loads((folder / "manifest.json").read_bytes())["inputs"]["catalog"]
        return {key: made[key] for key in ("name", "release", "digest", "left_out", "minimum_support")}
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return None


def text(told: dict[str, Any]) -> list[str]:
    """Return the lines of a report about it."""
    known, made = told["diagnosers"], told["cases"]
    out = [] if known is None else [f"catalog of the diagnosers: {knowledge.said(known)}"]
    if made is not None:
        out.append(f"catalog of the cases: {knowledge.said(made)}")
    return [*out, told["meaning"]]
