"""The answer of a case for ``raresim show --truth``: disease, family, alleles, and where every term comes from."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import NormalDist

from raresim import ontology
from raresim.errors import InputError

Row = dict[str, str]
UNCHANGED = ("exact", "annotated", "excluded_annotation")  # sources whose term is the annotated one


def answer(folder: Path, case: str) -> list[str]:
    """Return what the truth tables say of a case as lines of text; InputError where they are not there."""
    (row,) = _rows(folder, "cases", case)
    members = _rows(folder, "members", case)
    terms = _rows(folder, "terms", case)
    lines = ["", "Truth", *_disease(row), *(line for member in members for line in _member(member, row["mode"]))]
    for allele in _rows(folder, "alleles", case):
        lines.append(f"  {allele['key']}  {allele['consequence']}  {allele['origin']}, {allele['source']}")
        lines.append(f"    {hgvs(allele['hgvs_c'], allele['hgvs_p'])}")
        lines.append(f"    true {allele['genotypes']}  called {allele['called'] or 'nowhere'}")
    if row["why"]:
        lines.append(f"  not detectable: {row['why']}")
    new = len(_rows(folder, "denovo", case))
    lines += [f"  {new} new mutation{'s' * (new != 1)} in the family, planted ones included"] if new else []
    return [*lines, *_origins(members, terms, _rows(folder, "noise", case))]


def hgvs(c: str, p: str) -> str:
    """Return both descriptions with the transcript named once."""
    return f"{c} {p.rpartition(':')[2]}".rstrip()


def _disease(row: Row) -> list[str]:
    """Return the disease, or that there is none."""
    if row["status"] == "control":
        return [f"  a control: no disease; complaints since {_years(row['onset'])}"]
    named = f"{row['disease']} {row['disease_name']}, {row['mode']}, gene {row['gene']}"
    others = [name for name in row["disease_ids"].split(";") if name and name != row["disease"]]
    return [
        f"  {named}, onset at {_years(row['onset'])}",
        f"  drawn by {row['inheritance']}" + (f"; the same disease as {', '.join(others)}" if others else ""),
    ]


def _member(member: Row, mode: str) -> list[str]:
    """Return a member with age, ancestry and, of the affected, the latent severity."""
    words = [member["sex"], f"{_years(member['age'])} old", "affected" if member["affected"] == "yes" else "unaffected"]
    words += [member["ancestry"]] * bool(member["ancestry"])
    if member.get("severity"):
        severity = float(member["severity"])
        words.append(f"severity {severity:+.2f} SD (above {100 * NormalDist().cdf(severity):.0f}% of patients)")
    return [f"  {member['role']:<8} {member['person']:<12} {', '.join(words)}"]


def _origins(members: Sequence[Row], terms: Sequence[Row], noise: Sequence[Row]) -> list[str]:
    """Return where the findings come from: of the proband each, of the relatives those present."""
    lines = ["", "Where the terms come from"]
    last = max((int(row["visit"]) for row in terms), default=1)
    for place, member in enumerate(members):
        mine = [row for row in terms if row["person"] == member["person"] and int(row["visit"]) == last]
        present = [row for row in mine if row["excluded"] == "no"]
        absent = [row for row in mine if row["excluded"] == "yes"]
        if mine:
            lines.append(f"  {member['role']}: {len(present)} observed, {len(absent)} excluded")
            lines += [f"    + {text}" for text in map(_origin, present)]
            lines += [f"    - {text}" for text in map(_origin, absent if place == 0 else [])]
        for row in noise:
            if row["person"] == member["person"] and not row["after"]:
                lines.append(f"    {row['dial']} took away {_named(row['before'])}")
    for visit in range(1, last):
        lines += _visit(visit, last, [row for row in terms if row["person"] == members[0]["person"]])
    return lines


def _origin(row: Row) -> str:
    """Return a finding with its source, the annotation it came from, and what was made of it."""
    said = row["source"]
    if row["annotation"] and not (row["annotation"] == row["term"] and row["source"] in UNCHANGED):
        said += f" of {_named(row['annotation'])}"
    if row["onset"]:
        said += f", since {_years(row['onset'])}" + (" (not in the record)" if row["dated"] == "no" else "")
    if row["modifiers"]:
        said += ", " + ", ".join(map(_named, row["modifiers"].split(";")))
    if row["change"]:
        said += f", changed by {row['change']}"
    return f"{row['term']}  {row['label']}: {said}"


def _visit(visit: int, last: int, terms: Sequence[Row]) -> Iterator[str]:
    """Yield how an earlier visit of the proband differs from the last."""

    def of(number: int, excluded: str) -> dict[str, str]:
        return {r["term"]: r["label"] for r in terms if int(r["visit"]) == number and r["excluded"] == excluded}

    then, now = of(visit, "no"), of(last, "no")
    yield f"  visit {visit} of {last}: {len(then)} observed, {len(of(visit, 'yes'))} excluded"
    yield from (f"    + {term}  {label}: not recorded later" for term, label in then.items() if term not in now)
    yield from (f"    not yet {term}  {label}" for term, label in now.items() if term not in then)


def _named(term: str) -> str:
    """Return a term with its label."""
    known = ontology.load()
    return f"{term} ({known.labels[known.index(term)]})"


def _years(text: str) -> str:
    """Return an age in years as a clinician says it."""
    years = float(text)
    if years >= 2:
        return f"{years:.0f} years"
    return f"{12 * years:.0f} months" if years >= 1 / 6 else f"{365 * years:.0f} days"


def _rows(folder: Path, table: str, case: str) -> list[Row]:
    """Return the rows of a case, none where the table is not there; InputError where there is no row in ``cases``."""
    path = folder / "truth" / f"{table}.tsv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            file.readline()  # the version of the table
            lines = [file.readline(), *(line for line in file if line.startswith(case + "\t"))]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); the truth is not here") from None
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
