"""Study files: TOML to plain values and back, ``--set key=value``, and paths that are relative to the file's folder."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from raresim import kinds
from raresim.errors import InputError, nearest
from raresim.textfile import DEEPEST, toml

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
COMMON = ("seed", "pathogenic")  # settings of any background
NAMED = ("genome", "catalog")  # a name or a table, which is of no kind


def read(path: Path) -> dict[str, Any]:
    """Read a TOML file; InputError with the line of the first mistake for what is no TOML."""
    if path.suffix.lower() in (".yaml", ".yml", ".json"):
        kind = path.suffix[1:].upper().replace("YML", "YAML")
        raise InputError(f"{path}: a study file is TOML (key = value), not {kind}; `raresim init` writes one")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); `raresim init` writes a study file") from None
    except UnicodeDecodeError as error:
        number = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}: line {number}: is not text in UTF-8 (byte 0x{error.object[error.start]:02x}); save it as UTF-8"
        ) from None
    try:
        return toml(text.replace("\r\n", "\n").replace("\r", "\n"))
    except ValueError as error:
        found = re.search(r" ?\(at (line \d+, column \d+|end of document)\)", str(error))
        place = f"{found[1]}: " if found else ""
        what = str(error).replace(found[0], "") if found else str(error)
        raise InputError(f"{path}: {place}no valid TOML: {what[:1].lower() + what[1:]}") from None


def set_keys(data: dict[str, Any], assignments: Iterable[str], lists: dict[str, list[Any]]) -> dict[str, Any]:
    """Return ``data`` with every ``key=value`` set: value as TOML, or a bare word as text; tables are made as needed.

    A place in a list is named by its kind (``output.vcf.hemizygous="diploid"``); ``lists`` holds the lists that are
    there when the file does not name them. Another ``kind`` starts without the settings of the old one.
    """
    data = copy.deepcopy(data)
    pairs: list[tuple[list[str], Any]] = []
    lines: list[str] = []
    for text in assignments:
        try:
            pairs.append(_parsed(text))
        except InputError as error:
            lines += error.lines
    for path, setting in sorted(pairs, key=lambda pair: pair[0][-1] != "kind" and len(pair[0]) > 1):
        try:
            _set(data, path, setting, lists)
        except InputError as error:
            lines += error.lines
    if lines:
        raise InputError(*lines)
    return data


def _set(data: dict[str, Any], path: list[str], setting: Any, lists: dict[str, list[Any]]) -> None:
    node, text = data, ".".join(path)
    if len(path) > 1 and path[0] in lists:
        node.setdefault(path[0], copy.deepcopy(lists[path[0]]))
    for part in path[:-1]:
        node = _inside(node, part, text)
    if not isinstance(node, dict):
        _entry(node, path[-1], text)
        raise InputError(
            f"--set {text}: {path[-1]} is a kind in a list; set one of its settings ({text}.KEY=VALUE) or the list"
        )
    if path[-1] == "kind" and node.get("kind", setting) != setting:
        for name in [name for name in node if path[0] != "background" or name not in COMMON]:
            del node[name]
    node[path[-1]] = setting


def _parsed(text: str) -> tuple[list[str], Any]:
    key, equals, written = text.partition("=")
    path = key.strip().split(".")
    if len(path) > DEEPEST:
        raise InputError(f"--set {key.strip()[:60]}...: names more than {DEEPEST} tables within each other")
    if not equals or not all(path):
        raise InputError(f"--set {text[:60]}: should be key=value, such as pedigree=singleton or background.seed=7")
    try:
        table = toml(f"value = {written}")
    except ValueError:
        table = {}
    if table.keys() == {"value"}:
        return path, table["value"]
    if written.strip()[:1] in ("", "[", "{", '"', "'"):
        raise InputError(f"--set {text[:60]}{'...' * (len(text) > 60)}: the value is no valid TOML")
    return path, written.strip()


def _inside(node: Any, part: str, text: str) -> Any:
    if isinstance(node, list):
        return _entry(node, part, text)
    inner = node.setdefault(part, {})
    if isinstance(inner, str):
        node[part] = inner = {} if part in NAMED else {"kind": inner}
    if not isinstance(inner, dict | list):
        raise InputError(f"--set {text}: {part} is a value, not a table")
    return inner


def _entry(node: list[Any], part: str, text: str) -> dict[str, Any]:
    """Return the table of the kind ``part`` of a list; its entries that are names of kinds become tables."""
    kinds_of = [entry.get("kind") if isinstance(entry, dict) else entry for entry in node]
    if part in kinds_of:
        at = kinds_of.index(part)
        if isinstance(node[at], str):
            node[at] = {"kind": part}
        return node[at]  # type: ignore[no-any-return]
    family = "format" if text.partition(".")[0] == "output" else text.partition(".")[0]
    if family not in kinds.FAMILIES:
        key = text.rpartition(f".{part}")[0]
        raise InputError(f"--set {text}: {key} is a list of values; set the whole list ({key}=[...])")
    names = [str(name) for name in kinds_of if isinstance(name, str)]
    raise InputError(f"--set {text}: the list has no '{part}'{nearest(part, names)}")


def plain(value: Any, path: Callable[[Path], str] = str) -> Any:
    """Return a spec's value as TOML knows it; None is left out of tables; ``path`` turns a path into text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = "__raresim_kind__" in vars(type(value))
        table = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        value = {"kind": kinds.name_of(value), **table} if named else table
    if isinstance(value, dict):
        return {str(k): plain(v, path) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [plain(v, path) for v in value]
    return path(value) if isinstance(value, Path) else value


def rebased(value: Any, folder: Path) -> Any:
    """Return a value of a spec with its relative paths taken from ``folder``; links are not followed."""
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, tuple):
        return tuple(rebased(v, folder) for v in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        old = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
        new = {name: rebased(v, folder) for name, v in old.items()}
        return dataclasses.replace(value, **new) if new != old else value
    return value


def paths(value: Any, where: str = "") -> list[tuple[str, Path]]:
    """Return every path in a value of a spec with its key."""
    if isinstance(value, Path):
        return [(where, value)]
    if isinstance(value, tuple):
        return [found for v in value for found in paths(v, where)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [
            found
            for f in dataclasses.fields(value)
            for found in paths(getattr(value, f.name), where if f.name in ("parts", "kind") else f"{where}.{f.name}")
        ]
    return []


def write(data: dict[str, Any]) -> str:
    """Return plain values as TOML: single values first, then a table or an array of tables for each family."""
    tables = {k: v for k, v in data.items() if isinstance(v, dict) or _all_tables(v)}
    lines = [f"{_key(k)} = {_text(v)}" for k, v in data.items() if k not in tables]
    for name, value in tables.items():
        one = isinstance(value, dict)
        for table in [value] if one else value:
            lines += ["", f"[{_key(name)}]" if one else f"[[{_key(name)}]]"]
            lines += [f"{_key(k)} = {_text(v)}" for k, v in table.items()]
    return "\n".join(lines) + "\n"


def _all_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _key(name: str) -> str:
    return name if _BARE.match(name) else _text(name)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(_text(v) for v in value)}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(k)} = {_text(v)}" for k, v in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return repr(value)
