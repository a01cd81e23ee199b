"""The table of the people of a VCF: name, ancestry, and sex, father and mother where they are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim import streams, textfile
from raresim.annotation import group
from raresim.errors import InputError, nearest
from raresim.population import People

KEY = "background.samples"
LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_]*")  # it becomes part of a name in INFO (VCF 4.3, 1.4.2)
SEXES = {"male": True, "m": True, "1": True, "female": False, "f": False, "2": False}
NOBODY = ("", "0", ".", "NA")
SIDES = ("father", "mother")


@dataclass(frozen=True)
class Table:
    """name, ancestry of each person in the order of the table; male bool[people], None where the table does not say;
    children: people whose father or mother is in the table too, who are left out."""

    name: tuple[str, ...]
    ancestry: tuple[str, ...]
    male: NDArray[np.bool_] | None
    children: int


def read(path: Path, column: str) -> Table:
    """Read a tab-separated table with a header: ``sample``, the ancestry in ``column``, and, if there, ``sex`` (male,
    female, 1, 2), ``father`` and ``mother`` (samples; 0 or nothing for unknown). InputError names every mistake."""
    rows = [line.split("\t") for line in textfile.lines(path, KEY) if line.strip() and not line.startswith("##")]
    head = [name.removeprefix("#") for name in rows[0]]
    lines = [
        f"{KEY}: {path}: there is no column {name!r} in its first line{nearest(name, head)}"
        for name in ("sample", column)
        if name not in head
    ]
    lines += [
        f"{KEY}: {path}: the column {name!r} stands {head.count(name)} times in its first line; keep one"
        for name in dict.fromkeys(head)
        if head.count(name) > 1 and name in ("sample", column, "sex", *SIDES)
    ]
    if lines:
        raise InputError(*lines)
    people: dict[str, dict[str, str]] = {}
    for number, cells in enumerate(rows[1:], 2):
        if len(cells) != len(head):
            lines.append(f"{KEY}: {path}: row {number}: {len(cells)} columns, the first line has {len(head)}")
            continue
        row = dict(zip(head, (cell.strip() for cell in cells), strict=True))
        if not row["sample"] or row["sample"] in people:
            lines.append(f"{KEY}: {path}: row {number}: {row['sample'] or 'no name'}: each sample stands once")
        elif not LABEL.fullmatch(row[column]):
            lines.append(f"{KEY}: {path}: row {number}: {row[column]!r} is no ancestry; use letters, digits and _")
        elif "sex" in row and row["sex"].lower() not in SEXES:
            lines.append(f"{KEY}: {path}: row {number}: sex {row['sex']!r}; write male or female")
        people[row["sample"]] = row
    lines += [f"{KEY}: {path}: {text}" for text in _not_families(people)] if not lines else []
    if lines:
        raise InputError(*lines[:20])
    if not people:
        raise InputError(f"{KEY}: {path}: no people; give a line for each sample")
    kept = [row for row in people.values() if not _parents(row) & people.keys()]
    return Table(
        name=tuple(row["sample"] for row in kept),
        ancestry=tuple(row[column] for row in kept),
        male=np.array([SEXES[row["sex"].lower()] for row in kept], np.bool_) if "sex" in head else None,
        children=len(people) - len(kept),
    )


def _parents(row: Mapping[str, str]) -> set[str]:
    return {row.get(side, "") for side in SIDES} - set(NOBODY)


def _not_families(people: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What no family can be: a father who is a woman, a mother who is a man, people among their own ancestors."""
    lines = []
    for name, row in people.items():
        for side in SIDES:
            parent = people.get(row.get(side, ""), {})
            if "sex" in parent and SEXES[parent["sex"].lower()] != (side == "father"):
                lines.append(f"{name}: its {side} {row[side]} has the sex {parent['sex']!r}; correct one of them")
    left = {name: _parents(row) & people.keys() for name, row in people.items()}
    while ends := [name for name, parents in left.items() if not parents & left.keys()]:
        for name in ends:
            del left[name]
    if left:
        names = ", ".join(list(left)[:3]) + ", ..." * (len(left) > 3)
        lines.append(f"{names}: descend from themselves by father and mother; correct these columns")
    return lines


def chosen(table: Table, wanted: Mapping[str, int], share: float, seed: int) -> tuple[People, NDArray[np.int64]]:
    """Return the people of a panel, and their rows in the table: so many of each ancestry, all if none is named.

    Who is taken and who is in the database follow keyed permutations. InputError for ancestries that the table does not
    have, for more people than there are, and for a cohort or a database without people.
    """
    have = {name: [i for i, a in enumerate(table.ancestry) if a == name] for name in sorted(set(table.ancestry))}
    lines = [
        f"background.ancestry.{name}: no person of the table has this ancestry{nearest(name, have)}"
        if name not in have
        else f"background.ancestry.{name}: {count:,} people, but the table has {len(have[name]):,}"
        + f" (children of others are left out: {table.children:,})" * (table.children > 0)
        + "; ask for fewer"
        for name, count in sorted(wanted.items())
        if count > len(have.get(name, ()))
    ]
    fields = [group(name) for name in wanted or have]
    lines += [
        f"background.ancestry.{name}: another ancestry is called so in INFO ({group(name)}); rename one of them"
        for name in wanted or have
        if fields.count(group(name)) > 1 or group(name) == "grpmax"
    ]
    if lines:
        raise InputError(*lines)
    counts = sorted(wanted.items()) or [(name, len(rows)) for name, rows in have.items()]
    whole, known = sum(n for _, n in counts), sum(round(share * n) for _, n in counts)
    if not 0 < known < whole:
        raise InputError(
            f"background.database: {share:g} of {whole} people leaves the cohort or the database empty; choose a share "
            "between them, or more people"
        )
    rows: list[int] = []
    for name, count in counts:
        key = streams.key(seed, "background", "people", name)
        mine = have[name]
        rows += [row for i, row in enumerate(mine) if streams.permuted(i, len(mine), key) < count]
    return People.of(counts, share, seed), np.array(rows, np.int64)
