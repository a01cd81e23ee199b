"""Case reports: what published or clinical phenopackets say of phenotypes, read from anybody's files."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from raresim import ontology, packets
from raresim.errors import InputError
from raresim.onset import HPO_ONSET

MOST_TERMS = 1000  # of a packet; the largest of phenopacket-store (2026-06-25) that we read has 192: a choice
OLDEST = 130.0  # years; more is a mistake
CONTRADICTION = "a term is both present and excluded"
BELOW = "a term is present and one above it is excluded"
SEXES = (None, "", "FEMALE", "MALE", "OTHER_SEX", "UNKNOWN_SEX")
TWICE = "a packet with the same id was read before"
NOTHING = "no HPO term that is a finding"
AGELESS = "an age or onset that is no ISO 8601 duration and no HPO onset class"
MAPPED = "an obsolete or alternative id, to the term in its place"
_SHOWN = 5  # reasons named in an error

_DURATION = re.compile(
    r"P(?=.)(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?=.)(?:(\d+(?:\.\d+)?)H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?"
)
_YEARS = (1.0, 1 / 12, 7 / 365.25, 1 / 365.25, 1 / 8766)  # of a year, month, week, day, hour


@dataclass(frozen=True, slots=True)
class Report:
    """What is recorded of one patient.

    id: of the packet. disease: id as the packet has it, with MIM: written OMIM: and Orphanet: written ORPHA:, "" where
    it names none. publication: "PMID:123", or "" where unknown. female: None where unknown. age, onset: at the last
    encounter and at the onset of the disease, in years, None where unknown. observed, excluded: primary HPO ids below
    Phenotypic abnormality, sorted, in one of the two at most. onsets: years of the observed terms that have one.
    """

    id: str
    disease: str
    publication: str
    female: bool | None
    age: float | None
    onset: float | None
    observed: tuple[str, ...]
    excluded: tuple[str, ...]
    onsets: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Reports:
    """What was read of a folder or file.

    skipped: packets left out, by reason; dropped: single terms and ages left out of packets that were read, by reason;
    mapped: terms given by an obsolete or alternative id; examples: by reason, one place where it happened. digest:
    SHA-256 of the documents read, in order, uncompressed.
    """

    reports: tuple[Report, ...]
    skipped: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    mapped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    digest: str = ""

    def lines(self) -> list[str]:
        """Return a line for each reason: how often, an example; the most frequent first."""
        out = []
        for counts, what in ((self.skipped, "skipped"), (self.dropped, "left out"), (self.mapped, "mapped")):
            for reason, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
                out.append(f"{n} {what}: {reason} (e.g. {self.examples[reason]})")
        return out

    def reasons(self) -> str:
        """Return the most frequent of the lines in one, "" for none."""
        lines = self.lines()
        more = f"; and {len(lines) - _SHOWN} reasons more" if len(lines) > _SHOWN else ""
        return "; ".join(lines[:_SHOWN]) + more


class Unfit(Exception):
    """A JSON value that is no phenopacket one can read: the reason."""


def read(path: Path | str) -> Reports:
    """Read the phenopackets (GA4GH v2, JSON) of a folder (*.json, *.jsonl, also with .gz, in subfolders too) or a file.

    A family counts as its proband, a cohort and a list as their members. What is no such packet is skipped and counted.
    Obsolete and alternative ids are mapped and counted; terms that are unknown or no findings are left out and counted.
    A packet that says of one term that it is present and excluded, or present below an excluded one, is skipped; so is
    one without any term, and all but one of those with the same id: the first that names a disease, else the first.
    Of the folder of a study each case is read once (:func:`of_study`). InputError, in one line with the reasons, where
    nothing is left.
    """
    path = Path(path)
    digest = hashlib.sha256()
    reader = _Reader(ontology.load())
    for document in packets.documents(of_study(path)):
        digest.update(document.text.strip() + b"\n")
        value, why = packets.loads(document)
        if why:
            reader.skip(why, document.place)
        else:
            reader.take(value, document.place)
    counts = (reader.skipped, reader.dropped, reader.mapped, reader.examples)
    found = Reports(tuple(reader.reports), *counts, digest.hexdigest())
    if not found.reports:
        raise InputError(f"{path}: no phenopacket can be used: {found.reasons() or 'no document'}")
    return found


def of_study(path: Path) -> Path:
    """Return where the records of a study are, for the folder that `raresim run` wrote; any other path as it is.

    The solved records have what was observed at the last visit and the diagnosis, without which nothing can be learned;
    the observed ones where the truth was not handed on. Earlier visits and families say the same people again.
    """
    if (path / "manifest.json").is_file() and (path / "observed").is_dir():
        for side in ("truth", "observed"):
            for name in ("phenopackets", "phenopackets.jsonl"):
                if (path / side / name).exists():
                    return path / side / name
    return path


def members(value: Any) -> list[Any]:
    """Return what should be packets in a JSON value, the very objects: itself, the proband of a family, the members of
    a cohort, those of a list."""
    if isinstance(value, list):
        return [inner for item in value for inner in (members(item) if isinstance(item, dict) else [item])]
    if isinstance(value, dict) and "phenotypicFeatures" not in value:
        if "proband" in value:
            return [value["proband"]]
        if isinstance(value.get("members"), list):
            return list(value["members"])
    return [value]


def check(packet: Any) -> list[dict[str, Any]]:
    """Return the phenotypic features of a packet; raises Unfit where it does not have the form of a v2 packet."""
    if not isinstance(packet, dict):
        raise Unfit("not a phenopacket: no JSON object")
    metadata, subject, features = (packet.get(key) for key in ("metaData", "subject", "phenotypicFeatures"))
    metadata = {} if metadata is None else metadata
    subject = {} if subject is None else subject
    features = [] if features is None else features
    if not isinstance(metadata, dict) or not isinstance(subject, dict):
        raise Unfit("wrong schema: subject or metaData is not an object")
    version = str(metadata.get("phenopacketSchemaVersion") or "")
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise Unfit("wrong schema: phenotypicFeatures is not a list of objects")
    old = "ageAtCollection" in subject or "ageRangeAtCollection" in subject or any("negated" in f for f in features)
    if version.startswith(("0.", "1.")) or (not version.startswith("2") and (old or "variants" in packet)):
        raise Unfit("phenopacket of schema version 1; convert it to version 2 (phenopacket-tools convert)")
    if "phenotypic_features" in packet or "meta_data" in packet:
        raise Unfit("snake_case keys; write them as JSON names (phenotypicFeatures, metaData)")
    if "phenotypicFeatures" not in packet and "subject" not in packet:
        raise Unfit("not a phenopacket: neither phenotypicFeatures nor subject")
    if not isinstance(packet.get("id"), str) or not packet["id"].strip():
        raise Unfit("wrong schema: id is missing or not a text")
    sex = subject.get("sex")
    if not (sex is None or isinstance(sex, str)) or sex not in SEXES:
        raise Unfit(f"wrong schema: sex is none of {', '.join(filter(None, SEXES))}")
    if len(features) > MOST_TERMS:
        raise Unfit(f"more than {MOST_TERMS} phenotypic features")
    for feature in features:
        kind = feature.get("type")
        if not isinstance(kind, dict) or not isinstance(kind.get("id"), str):
            raise Unfit("wrong schema: a phenotypic feature has no type with an id")
        if not isinstance(feature.get("excluded", False), bool | None):
            raise Unfit("wrong schema: excluded is neither true nor false")
    return features


def consistent(observed: Collection[str], excluded: Collection[str]) -> None:
    """Raise Unfit where a record (primary ids) says of a term that it is present and excluded, or that it is present
    and one above it is excluded."""
    terms = ontology.load()
    absent = {terms.rows[term] for term in excluded}
    if not set(observed).isdisjoint(excluded):
        raise Unfit(CONTRADICTION)
    if absent and any(not absent.isdisjoint(terms.ancestors(terms.rows[term]).tolist()) for term in observed):
        raise Unfit(BELOW)


def years(element: Any) -> float | None:
    """Return the years of a GA4GH TimeElement: an age, the middle of an age range or of an HPO onset class, 0 for a
    gestational age; None for anything else."""
    if not isinstance(element, dict):
        return None
    if isinstance(age := element.get("age"), dict):
        return duration(age.get("iso8601duration"))
    if isinstance(span := element.get("ageRange"), dict):
        ends = [duration(_dict(span.get(key)).get("iso8601duration")) for key in ("start", "end")]
        return None if None in ends else sum(end or 0.0 for end in ends) / 2
    if isinstance(element.get("gestationalAge"), dict):
        return 0.0
    low_high = HPO_ONSET.get(str(_dict(element.get("ontologyClass")).get("id")))
    return None if low_high is None else sum(low_high) / 2


def duration(text: Any) -> float | None:
    """Return the years of an ISO 8601 duration ("P2Y6M", "P3W"); None for other text, and above 130 years."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) and len(text) < 64 else None
    if match is None:
        return None
    total = sum(float(part) * unit for part, unit in zip(match.groups(), _YEARS, strict=True) if part)
    return total if total <= OLDEST else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


class _Reader:
    """Collects reports and reasons."""

    def __init__(self, terms: ontology.Ontology) -> None:
        self.terms = terms
        self.known: dict[str, tuple[str, str]] = {}
        self.reports: list[Report] = []
        self.skipped: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.mapped: Counter[str] = Counter()
        self.examples: dict[str, str] = {}
        self.number: dict[str, int] = {}  # of a report, by id

    def skip(self, reason: str, place: str) -> None:
        self.skipped[reason] += 1
        self.examples.setdefault(reason, place)

    def drop(self, reason: str, example: str) -> None:
        self.dropped[reason] += 1
        self.examples.setdefault(reason, example)

    def take(self, value: Any, place: str) -> None:
        for packet in members(value):
            try:
                report = self.report(packet, place)
            except Unfit as unfit:
                self.skip(str(unfit), place)
                continue
            first = self.number.setdefault(report.id, len(self.reports))
            if first == len(self.reports):
                self.reports.append(report)
                continue
            self.skip(TWICE, place)
            if report.disease and not self.reports[first].disease:  # the observed and the solved packet of a case
                self.reports[first] = report

    def report(self, packet: dict[str, Any], place: str) -> Report:
        features = check(packet)
        found: tuple[dict[str, None], dict[str, None]] = ({}, {})
        onsets: dict[str, float] = {}
        for feature in features:
            term = self.finding(feature["type"]["id"], place)
            if not term:
                continue
            excluded = bool(feature.get("excluded"))
            found[excluded][term] = None
            if not excluded and "onset" in feature and (at := self.time(feature["onset"], place)) is not None:
                onsets[term] = min(at, onsets.get(term, at))
        consistent(found[0], found[1])
        if not found[0] and not found[1]:
            raise Unfit(NOTHING)
        disease, onset = _disease(packet)
        subject = _dict(packet.get("subject"))
        sex = subject.get("sex")
        return Report(
            id=packet["id"],
            disease=disease,
            publication=_publication(packet),
            female=True if sex == "FEMALE" else False if sex == "MALE" else None,
            age=self.time(subject.get("timeAtLastEncounter"), place),
            onset=self.time(onset, place),
            observed=tuple(sorted(found[0])),
            excluded=tuple(sorted(found[1])),
            onsets=tuple(sorted(onsets.items())),
        )

    def finding(self, term: str, place: str) -> str:
        """Return the primary id of a finding, "" (counted) for what is none."""
        if term not in self.known:
            if len(self.known) > 100_000:  # made-up ids without end
                self.known.clear()
            primary, why = self.terms.finding(term)
            self.known[term] = primary, why and "a term that is " + re.split("[;(]", why)[0].strip()
        primary, why = self.known[term]
        if not primary:
            self.drop(why, f"{term[:40]} in {place}")
        elif primary != term:
            self.mapped[MAPPED] += 1
            self.examples.setdefault(MAPPED, f"{term} in {place}")
        return primary

    def time(self, element: Any, place: str) -> float | None:
        if not element:
            return None
        at = years(element)
        if at is None:
            self.drop(AGELESS, place)
        return at


def _disease(packet: dict[str, Any]) -> tuple[str, Any]:
    """Return the id of the disease ("" for none) and its onset: of those present the first of OMIM, else of Orphanet,
    else the first; diagnoses of interpretations count where there is no disease."""
    listed = [(d.get("term"), d.get("onset")) for d in _list(packet.get("diseases")) if not d.get("excluded")]
    solved = [(_dict(i.get("diagnosis")).get("disease"), None) for i in _list(packet.get("interpretations"))]
    for several in (listed, solved):
        named = [(_tidy(_dict(term).get("id")), onset) for term, onset in several]
        named = [(code, onset) for code, onset in named if code]
        if named:
            return min(named, key=lambda pair: (not pair[0].startswith("OMIM:"), not pair[0].startswith("ORPHA:")))
    return "", None


def _tidy(code: Any) -> str:
    if not isinstance(code, str):
        return ""
    prefix, colon, number = code.strip().partition(":")
    prefix = {"MIM": "OMIM", "ORPHANET": "ORPHA", "ORDO": "ORPHA"}.get(prefix.upper(), prefix.upper())
    return f"{prefix}:{number.removeprefix('Orphanet_')}" if colon and number else ""


def _publication(packet: dict[str, Any]) -> str:
    """Return the PubMed id of the first reference that has one, else that in the packet's own id ("PMID_123_..."), else
    ""."""
    for reference in _list(_dict(packet.get("metaData")).get("externalReferences")):
        match = re.fullmatch(r"\s*PMID:\s*(\d{1,9})\s*", str(reference.get("id")), re.IGNORECASE | re.ASCII)
        if match:
            return f"PMID:{match[1]}"
    match = re.search(r"PMID[_:](\d{1,9})(?!\d)", packet["id"], re.ASCII)
    return f"PMID:{match[1]}" if match else ""
