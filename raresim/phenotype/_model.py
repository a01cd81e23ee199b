"""A fitted model as a setting: the name of one in the box, or the path of a folder that raresim fit has written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator

from raresim.errors import InputError

PUBLISHED = "published"
CLINIC = "clinic"


def _model(given: Any) -> str | Path:
    if not isinstance(given, str | Path) or not str(given).strip():
        raise ValueError(f'should be "{PUBLISHED}" or the path of a model folder')
    return given if given == PUBLISHED else Path(given)


def checked(setting: str, load: Callable[[str | Path], object], model: str | Path) -> None:
    """Load a model; InputError names the setting where the loader, which does not know it, names the folder alone."""
    try:
        load(model)
    except InputError as error:
        lines = (line if line.startswith("phenotype.") else f"phenotype.{setting}: {line}" for line in error.lines)
        raise InputError(*lines) from None


def _style(given: Any) -> str | Path:
    return CLINIC if given == CLINIC else _model(given)


Model = Annotated[str | Path, PlainValidator(_model)]
Style = Annotated[str | Path, PlainValidator(_style)]
