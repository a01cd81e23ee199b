"""The family of a case as ``raresim show`` has it where there is no VCF: the GA4GH Family, else the PED."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from raresim.errors import InputError
from raresim.score import seen_packets
from raresim.score.observation import Member

_KEYS = ("individualId", "paternalId", "maternalId", "sex", "affectedStatus")
_CODES = {"FEMALE": "2", "MALE": "1", "AFFECTED": "2", "UNAFFECTED": "1"}


def relatives(folder: Path, case: str) -> dict[str, dict[str, Any]]:
    """Return the phenopackets of the relatives of whom something is recorded, by sample code."""
    return {packet["subject"]["id"]: packet for packet in _family(folder, case).get("relatives", ())}


def members(folder: Path, case: str, proband: Member) -> tuple[Member, ...]:
    """Return the members of a case, the proband first; the proband alone where no file of the study has more."""
    persons = _family(folder, case).get("pedigree", {}).get("persons", ())
    rows = [[_CODES.get(person[key], person[key]) for key in _KEYS] for person in persons] or _ped(folder, case)
    rows.sort(key=lambda cells: cells[0] != proband.code)
    at = {cells[0]: row for row, cells in enumerate(rows)}
    if proband.code not in at:
        return (proband,)
    return tuple(
        Member(code, sex == "2", ill == "2", at.get(father, -1), at.get(mother, -1))
        for code, father, mother, sex, ill in rows
    )


def _family(folder: Path, case: str) -> dict[str, Any]:
    import orjson

    text = seen_packets.family(folder, case)
    try:
        found: dict[str, Any] = orjson.loads(text) if text else {}
        [packet["subject"]["id"] for packet in found.get("relatives", ())]
        [person[key] for person in found.get("pedigree", {}).get("persons", ()) for key in _KEYS]
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        raise InputError(
            f"{folder / 'observed' / 'families'}: {case}: not a GA4GH Family; run the study again"
        ) from None
    return found


def _ped(folder: Path, case: str) -> list[list[str]]:
    path = folder / "observed" / "ped" / f"{case}.ped"
    lines = path.read_text().splitlines() if path.is_file() else []
    return [cells[1:6] for line in lines if len(cells := line.split("\t")) >= 6]
