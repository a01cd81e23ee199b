"""A kind is a file: ``raresim/inheritance/autosomal_dominant.py`` is ``kind = "autosomal_dominant"`` in a study file.

The kinds of a family are found by listing its folder; nothing is registered. A kind is a frozen class made by
:func:`kind`; its fields are the settings of the study file. A kind of the user's own is ``"package.module:Class"``.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from typing import Annotated, Any, TypeVar, dataclass_transform

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass as _dataclass

from raresim.errors import InputError, nearest

FAMILIES = (
    "background",
    "disease",
    "pedigree",
    "inheritance",
    "variant",
    "phenotype",
    "sequencing",
    "format",
    "diagnoser",
)

Probability = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]

C = TypeVar("C")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def kind(cls: type[C]) -> type[C]:
    """Make a class a kind: a frozen value whose fields are keyword-only, typed, and checked when it is made."""
    config = ConfigDict(extra="forbid", validate_default=True, allow_inf_nan=False)
    made = _dataclass(cls, frozen=True, kw_only=True, config=config)  # type: ignore[call-overload]
    made.__raresim_kind__ = True
    return made  # type: ignore[no-any-return]


def names(family: str) -> list[str]:
    """Return the names of the kinds of a family, sorted."""
    package = importlib.import_module(f"raresim.{family}")
    return sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))


def find(family: str, name: str) -> type[Any]:
    """Return the class of the kind called ``name``, or raise InputError with the nearest known name."""
    if ":" in name:
        module_name, _, class_name = name.partition(":")
        try:
            cls = getattr(importlib.import_module(module_name), class_name)
        except (ImportError, AttributeError) as error:
            raise InputError(f"{family}.kind: '{name}' cannot be imported ({error})") from None
        if not isinstance(cls, type):
            raise InputError(f"{family}.kind: '{name}' is not a class")
        return cls
    known = names(family)
    if name not in known:
        raise InputError(f"{family}.kind: no {family} is called '{name}'{nearest(name, known)}")
    module = importlib.import_module(f"raresim.{family}.{name}")
    own = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    (cls,) = [v for v in own if "__raresim_kind__" in vars(v)]
    return cls


def name_of(value: object) -> str:
    """Return the name a kind has in a study file."""
    cls = type(value)
    parts = cls.__module__.split(".")
    if parts[0] == "raresim" and len(parts) == 3 and parts[1] in FAMILIES:
        return parts[2]
    return f"{cls.__module__}:{cls.__name__}"


def make(family: str, name: str, settings: dict[str, Any], where: str | None = None) -> Any:
    """Return the kind ``name`` with these settings; all mistakes at once, each named by its key."""
    cls = find(family, name)
    where = where or family
    try:
        return cls(**settings)
    except ValidationError as error:
        raise InputError(*explain(error, where, [f.name for f in dataclasses.fields(cls)])) from None


def explain(error: ValidationError, where: str, known: list[str]) -> list[str]:
    """Return one line for each mistake pydantic found: key, value, remedy."""
    lines = []
    for item in error.errors():
        path = ".".join([where, *(str(part) for part in item["loc"] if not str(part).startswith("function-"))]).strip(
            "."
        )
        if item["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            lines.append(f"{path}: there is no such setting{nearest(str(item['loc'][-1]), known)}")
        else:
            message = item["msg"].removeprefix("Value error, ")
            lines.append(f"{path}: {message[0].lower() + message[1:]}, not {item['input']!r}")
    return lines


def exported(family: str, attribute: str) -> type[Any]:
    """Return a kind by its class name: the module ``__getattr__`` of every family."""
    for name in names(family):
        if name.replace("_", "") == attribute.lower():
            return find(family, name)
    raise AttributeError(f"module 'raresim.{family}' has no attribute '{attribute}'")
