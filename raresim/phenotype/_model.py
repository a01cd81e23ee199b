"""A fitted model as a setting: the name of one in the box, or the path of a folder that raresim fit has written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator

PUBLISHED = "published"
CLINIC = "clinic"


def _model(given: Any) -> str | Path:
    if not isinstance(given, str | Path):
        raise ValueError(f'should be "{PUBLISHED}" or the path of a model folder')
    return given if given == PUBLISHED else Path(given)


def _style(given: Any) -> str | Path:
    return CLINIC if given == CLINIC else _model(given)


Model = Annotated[str | Path, PlainValidator(_model)]
Style = Annotated[str | Path, PlainValidator(_style)]
