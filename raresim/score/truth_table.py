"""The truth of a study, read from ``truth/cases.tsv`` and ``truth/alleles.tsv``; nothing but the scorer reads it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from raresim.errors import InputError

_SCHEMA = "#raresim-truth 1"


@dataclass(frozen=True, slots=True)
class TrueCase:
    """What a case is scored by: code, number, mode of inheritance, all names of the true gene and disease;
    detectable: the causal alleles can be seen in the calls."""

    code: str
    number: int
    mode: str
    genes: tuple[str, ...]
    diseases: tuple[str, ...]
    detectable: bool


def read(folder: Path) -> tuple[TrueCase, ...]:
    """Return the true cases of a study in order of number, controls left out (they have no answer); InputError where
    the tables are missing or damaged."""
    more: dict[str, set[str]] = {}
    for line in _rows(folder / "truth" / "alleles.tsv", ("case", "gene", "hgnc", "ensembl")):
        more.setdefault(line["case"], set()).update((line["gene"], line["hgnc"], line["ensembl"]))
    wanted = ("case", "number", "mode", "gene", "hgnc", "disease", "disease_ids", "detectable")
    cases = []
    for line in _rows(folder / "truth" / "cases.tsv", wanted):
        if line.get("status") == "control":
            continue
        code = line["case"]
        genes = [line["gene"], line["hgnc"], *sorted(more.get(code, ()))]
        ids = [line["disease"], *re.split(r"[;,| ]+", line["disease_ids"])]
        detectable = line["detectable"].lower() in ("1", "yes", "true")
        case = TrueCase(code, int(line["number"]), line["mode"], _distinct(genes), _distinct(ids), detectable)
        cases.append(case)
    if not cases:
        raise InputError(f"{folder / 'truth' / 'cases.tsv'}: no case; was `raresim run` finished?")
    return tuple(sorted(cases, key=lambda case: case.number))


def controls(folder: Path) -> frozenset[str]:
    """Return the codes of the controls of a study, which have no answer."""
    rows = _rows(folder / "truth" / "cases.tsv", ("case",))
    return frozenset(line["case"] for line in rows if line.get("status") == "control")


def without_cases(folder: Path) -> None:
    """Raise InputError where a folder holds a study without cases, of which there is nothing to score or show."""
    try:
        empty = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8")).get("cases") == 0
    except (OSError, ValueError):
        return  # no study, or none that can be read: what is missing is said of it
    if empty:
        raise InputError(f"{folder}: this study has no cases (cases = 0), so no answers; make one with cases")


def without_answer(folder: Path) -> tuple[str, ...]:
    """Return what a report should say of the controls: one note, or none."""
    count = len(controls(folder))
    return (f"{count} controls are not scored: they have no disease",) if count else ()


def _distinct(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _rows(path: Path, wanted: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        why = (error.strerror or "cannot be read").lower()
        without_cases(path.parent.parent)
        raise InputError(f"{path}: {why}; give the folder that `raresim run` wrote") from None
    if not lines[0].startswith("#raresim-truth"):
        raise InputError(f"{path}: the first line is not '{_SCHEMA}'; this is not a truth table of raresim")
    if lines[0].split("\t")[0].strip() != _SCHEMA:
        raise InputError(
            f"{path}: '{lines[0]}' is another version than '{_SCHEMA}'; score it with the raresim that wrote it"
        )
    header = lines[1].split("\t") if len(lines) > 1 else []
    absent = [name for name in wanted if name not in header]
    if absent:
        raise InputError(f"{path}: no column is called '{absent[0]}'; the table is damaged, run the study again")
    rows = [line.split("\t") for line in lines[2:] if line]
    short = next((i for i, row in enumerate(rows) if len(row) != len(header)), None)
    if short is not None:
        raise InputError(f"{path}: line {short + 3}: {len(rows[short])} columns where the header has {len(header)}")
    return [dict(zip(header, row, strict=True)) for row in rows]
