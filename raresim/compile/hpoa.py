"""Reading phenotype.hpoa, the annotations of HPO: findings with the publications they stand on, modes, onset, sex."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from raresim import ontology, textfile
from raresim.catalog import SEXES, GeneLink
from raresim.compile import exclusion
from raresim.compile.annotations import Log, frequency
from raresim.errors import InputError
from raresim.onset import HPO_DEATH, HPO_ONSET
from raresim.pooling import Frequency, Row

COLUMNS = (  # in their order, the same since 2018; their names have changed
    *("database_id", "disease_name", "qualifier", "hpo_id", "reference", "evidence"),
    *("onset", "frequency", "sex", "modifier", "aspect", "biocuration"),
)
_ID = re.compile(r"(OMIM|ORPHA):\d+")


@dataclass
class Entry:
    """What one source says of one id."""

    name: str = ""
    kind: str = ""
    rows: list[Row] = field(default_factory=list)
    modes: set[str] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)
    onset: list[tuple[str, Frequency]] = field(default_factory=list)
    deaths: list[tuple[str, Frequency]] = field(default_factory=list)
    genes: dict[str, GeneLink] = field(default_factory=dict)  # by HGNC id, else symbol
    sex: str = ""
    prevalence: float | None = None


def add_modes(entry: Entry, names: Sequence[str]) -> None:
    """Add modes of inheritance, and the marks among them (with "-") that are reasons against drawing a disease."""
    for name in names:
        (entry.marks if name.startswith("-") else entry.modes).add(name.removeprefix("-"))


def read_hpoa(path: Path, log: Log, key: str = "phenotype.hpoa") -> tuple[str, dict[str, Entry]]:
    """Return the release and what phenotype.hpoa says of each OMIM and ORPHA id.

    InputError, with the key that named the file, for one that is missing, damaged, cut short or no phenotype.hpoa.
    """
    entries: dict[str, Entry] = {}
    left_out: set[str] = set()
    release = ""
    for number, text in enumerate(textfile.lines(path, key), 1):
        if text.startswith("#"):
            dated = re.match(r"#(?:version|date): *(\d{4}-\d\d-\d\d)", text)
            release = dated[1] if dated else release
            continue
        cells = text.split("\t")
        if not release or len(cells) != len(COLUMNS):
            why = "no #version or #date line" if not release else f"line {number} has {len(cells)} columns, not 12"
            raise InputError(f"{key}: {path}: is no whole phenotype.hpoa ({why}); give the file as HPO releases it")
        line = dict(zip(COLUMNS, cells, strict=True))
        code = line["database_id"]
        if code == COLUMNS[0]:
            continue
        if not _ID.fullmatch(code):
            left_out.add(code)
        else:
            _add(entries.setdefault(code, Entry(name=line["disease_name"])), line, log)
    if not entries:
        raise InputError(f"{key}: {path}: holds no disease of OMIM or ORPHA; give the file as HPO releases it")
    for code in sorted(left_out):
        log("DECIPHER disease left out" if code.startswith("DECIPHER:") else "not an id of OMIM or ORPHA", code)
    return release, entries


def _add(entry: Entry, line: dict[str, str], log: Log) -> None:
    """Add one row of the file to what is known of its disease."""
    aspect, term = line["aspect"], line["hpo_id"]
    where = f"{line['database_id']} {term}"
    if aspect == "I":
        if term not in exclusion.HPO_MODES:
            log("aspect I: a qualifier, no mode", where)
        add_modes(entry, exclusion.HPO_MODES.get(term, ()))
        entry.sex = {"HP:0001475": "male", "HP:0034344": "female"}.get(term, entry.sex)
    elif aspect == "C":
        if term in HPO_ONSET:
            entry.onset.append((term, frequency(line["frequency"], log, where)))
        elif term in HPO_DEATH:
            entry.deaths.append((term, frequency(line["frequency"], log, where)))
        else:
            log("aspect C: course, neither onset nor age of death", where)
    elif aspect != "P":
        log(f"aspect {aspect}: not a finding", where)
    else:
        primary, why = ontology.load().finding(term)
        if why:
            log(f"term dropped: {why}", where)
            return
        if primary != term:
            log("term mapped to its replacement", where, primary)
        sex = line["sex"].lower()
        if sex not in SEXES:
            log("sex not known", where, sex)
        entry.rows.append(
            Row(
                term=primary,
                often=frequency(line["frequency"], log, where),
                negated=line["qualifier"] == "NOT",
                sex=sex if sex in SEXES else "",
                onset=line["onset"],
                publications=publications(line["reference"]),
            )
        )


@lru_cache(maxsize=1 << 16)
def publications(reference: str) -> tuple[str, ...]:
    """Return, sorted, what a row stands on: the papers (PMID) that its reference names; where it names none, its
    entries of databases, books and pages."""
    names = sorted({name.strip() for name in reference.split(";")} - {""})
    return tuple([name for name in names if name.startswith("PMID:")] or names)
