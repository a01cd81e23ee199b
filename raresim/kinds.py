"""A kind is a file: ``raresim/inheritance/autosomal_dominant.py`` is ``kind = "autosomal_dominant"`` in a study file.

The kinds of a family are found by listing its folder; nothing is registered. A kind is a frozen class made by
:func:`kind`; its fields are the settings of the study file. A kind of the user's own is ``"package.module:Class"``.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import functools
import importlib
from collections.abc import Iterator
from pathlib import Path
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
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1, strict=True)]  # a whole number of TOML: 64 bits
PanelSize = Annotated[int, Field(ge=1, le=1_000_000)]  # of a panel: its haplotypes are listed one by one

C = TypeVar("C")
_WORDS = (
    *(("valid tuple", "list"), ("valid dictionary", "table"), ("valid integer", "whole number")),
    *(("valid string", "text"), ("valid boolean", "true or false"), ("valid number", "number")),
)  # pydantic's words, and those of a study file


@dataclass_transform(frozen_default=True, kw_only_default=True)
def value(cls: type[C]) -> type[C]:
    """Make a class a frozen value whose fields are keyword-only, typed, and checked when it is made.

    A mistake raises InputError with one line for each: ``Class.field: what is wrong``. Text is never read as a number
    and a number never as true or false.
    """
    config = ConfigDict(extra="forbid", validate_default=True, allow_inf_nan=False)
    made: Any = _dataclass(cls, frozen=True, kw_only=True, config=config)
    checked = made.__init__

    @functools.wraps(checked)
    def init(self: Any, *args: Any, **settings: Any) -> None:
        known = [f.name for f in dataclasses.fields(made)]
        if args:
            raise InputError(f"{made.__name__}: settings are given by name ({', '.join(known)})")
        lines: list[str] = []
        wrong: set[str] = set()
        try:
            checked(self, **settings)
        except ValidationError as error:
            lines += explain(error, made.__name__, known)
            wrong = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
            with contextlib.suppress(ValidationError):
                checked(self, **{name: given for name, given in settings.items() if name not in wrong})
        lines += [
            f"{made.__name__}.{path}: should be {wanted}, not {_shown(bad)}"
            for name, given in settings.items()
            if name not in wrong and hasattr(self, name)
            for path, wanted, bad in _coerced(name, given, getattr(self, name))
        ]
        if lines:
            raise InputError(*lines)

    made.__init__ = init
    return made  # type: ignore[no-any-return]


@dataclass_transform(frozen_default=True, kw_only_default=True)
def kind(cls: type[C]) -> type[C]:
    """Make a class a kind: a :func:`value` that a study file can name."""
    made = value(cls)
    made.__raresim_kind__ = True  # type: ignore[attr-defined]
    return made


def _coerced(path: str, given: Any, taken: Any) -> Iterator[tuple[str, str, object]]:
    """Say what pydantic would take for a number or a truth value although it is written as something else."""
    if isinstance(given, dict) and isinstance(taken, dict):
        for key in given.keys() & taken.keys():
            yield from _coerced(f"{path}.{key}", given[key], taken[key])
    elif isinstance(given, list | tuple) and isinstance(taken, list | tuple):
        for i, (a, b) in enumerate(zip(given, taken, strict=False)):
            yield from _coerced(f"{path}.{i}", a, b)
    elif isinstance(taken, bool) and not isinstance(given, bool):
        yield path, "true or false", given
    elif isinstance(taken, int | float) and not isinstance(taken, bool) and isinstance(given, str | bool):
        yield path, "a number", given


def _shown(given: object) -> str:
    text = repr(given)
    return text if len(text) <= 60 else text[:57] + "..."


def names(family: str) -> list[str]:
    """Return the names of the kinds of a family, sorted; nothing is imported."""
    folder = Path(__file__).parent / family
    return sorted(p.stem for p in folder.glob("*.py") if not p.name.startswith("_"))


def about(family: str, name: str) -> tuple[str, dict[str, str]]:
    """Return the first line of the docstring of a kind, and its settings with their defaults as written in its file.

    Nothing is imported.
    """
    tree = ast.parse((Path(__file__).parent / family / f"{name}.py").read_text(encoding="utf-8"))
    (cls,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and "kind" in _decorators(node)]
    fields = [n for n in cls.body if isinstance(n, ast.AnnAssign) and "ClassVar" not in ast.unparse(n.annotation)]
    settings = {ast.unparse(n.target): ast.unparse(n.value) if n.value else "" for n in fields}
    return (ast.get_docstring(cls) or "").partition("\n")[0], settings


def _decorators(node: ast.ClassDef) -> list[str]:
    return [d.id for d in node.decorator_list if isinstance(d, ast.Name)]


def find(family: str, name: str, where: str | None = None) -> type[Any]:
    """Return the class of the kind called ``name``, or raise InputError with the nearest known name."""
    where = where or f"{family}.kind"
    if ":" in name:
        return _foreign(family, name, where)
    known = names(family)
    if name not in known:
        raise InputError(f"{where}: no {family} is called '{name}'{nearest(name, known)}")
    module = importlib.import_module(f"raresim.{family}.{name}")
    own = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    (cls,) = [v for v in own if "__raresim_kind__" in vars(v)]
    return cls


def _foreign(family: str, name: str, where: str) -> type[Any]:
    module_name, _, class_name = name.partition(":")
    try:
        cls = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"{where}: '{name}' cannot be imported ({error}); is it on PYTHONPATH?") from None
    if not isinstance(cls, type) or "__raresim_kind__" not in vars(cls):
        raise InputError(f"{where}: '{name}' is not a kind; write @raresim.kinds.kind above its class")
    lacking = [method for method in contract(family) if not hasattr(cls, method)]
    if lacking:
        raise InputError(f"{where}: '{name}' is no {family}: it has no {', '.join(lacking)}")
    return cls


def contract(family: str) -> list[str]:
    """Return what a kind of this family has to have, sorted: the public members of the family's protocol."""
    package = importlib.import_module(f"raresim.{family}")
    protocol = getattr(package, family.capitalize() + "Kind")
    return sorted(n for n in {*vars(protocol), *protocol.__annotations__} if not n.startswith("_"))


def family_of(value: object) -> str:
    """Return the family of one of raresim's own kinds, "" for a kind of the user's."""
    parts = type(value).__module__.split(".")
    return parts[1] if parts[0] == "raresim" and len(parts) == 3 and parts[1] in FAMILIES else ""


def name_of(value: object) -> str:
    """Return the name a kind has in a study file."""
    cls = type(value)
    return cls.__module__.rpartition(".")[2] if family_of(value) else f"{cls.__module__}:{cls.__name__}"


def make(family: str, name: str, settings: dict[str, Any], where: str | None = None) -> Any:
    """Return the kind ``name`` with these settings; all mistakes at once, each named by its key below ``where``."""
    where = where or family
    cls = find(family, name, f"{where}.kind")
    try:
        return cls(**settings)
    except InputError as error:
        raise InputError(*(moved(line, where, cls.__name__, family) for line in error.lines)) from None


def moved(line: str, new: str, *old: str) -> str:
    """Return a line about ``old.key`` as one about ``new.key``; a line that names no such place is about ``new``."""
    for place in old:
        if line.startswith(place + "."):
            return new + line.removeprefix(place)
    return f"{new}: {line}"


def explain(error: ValidationError, where: str, known: list[str]) -> list[str]:
    """Return a line for each mistake pydantic found: key, what is wrong, value; lines of an InputError as they are."""
    lines: list[str] = []
    for item in error.errors():
        inner = item.get("ctx", {}).get("error")
        if isinstance(inner, InputError):
            lines += inner.lines
            continue
        loc = [str(part) for part in item["loc"] if not str(part).startswith("function-")]
        path = ".".join([part for part in (where, *loc) if part])
        if item["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            lines.append(f"{path}: there is no such setting{nearest(loc[-1], known)}")
        elif item["type"] in ("missing", "missing_keyword_only_argument"):
            lines.append(f"{path}: is missing and has no default")
        else:
            message = item["msg"].removeprefix("Value error, ").removeprefix("Input ")
            for theirs, ours in _WORDS:
                message = message.replace(theirs, ours)
            lines.append(f"{path}: {message[0].lower() + message[1:]}, not {_shown(item['input'])}")
    return lines


def exported(family: str, attribute: str) -> type[Any]:
    """Return a kind by its class name: the module ``__getattr__`` of every family."""
    if not attribute.startswith("_"):
        for name in names(family):
            if name.replace("_", "") == attribute.lower():
                return find(family, name)
    raise AttributeError(f"module 'raresim.{family}' has no attribute '{attribute}'")
