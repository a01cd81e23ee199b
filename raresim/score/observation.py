"""What a diagnoser may know: the files below ``observed/`` of one case, and what everybody knows. Never the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim import reports
from raresim.errors import InputError
from raresim.score import seen_packets, vcf_columns
from raresim.sites import Sites

if TYPE_CHECKING:
    from raresim.catalog import Catalog
    from raresim.genome import Genome
    from raresim.ontology import Ontology
    from raresim.score.database import Database


@dataclass(frozen=True, slots=True)
class Member:
    """A member: sample code, sex, affected or not; father and mother are rows of the members, -1 where not sampled."""

    code: str
    female: bool
    affected: bool
    father: int
    mother: int


@dataclass(frozen=True)
class Variants:
    """The calls of a family, a row for each ALT: sites; ploidy int8[n, members] of GT (0: none); alt int8[n, members],
    copies of ALT, -1 if missing; gq int32[n, members], -1 if absent; passed bool[n]: FILTER is PASS or "."."""

    sites: Sites
    ploidy: NDArray[np.int8]
    alt: NDArray[np.int8]
    gq: NDArray[np.int32]
    passed: NDArray[np.bool_]


@dataclass(frozen=True)
class Observation:
    """One case as a tool sees it. members[0] is the proband; observed and excluded: HPO ids of the proband, sorted;
    variants: None where the case has no VCF."""

    case: str
    members: tuple[Member, ...]
    observed: tuple[str, ...]
    excluded: tuple[str, ...]
    variants: Variants | None


@dataclass(frozen=True, eq=False)
class Knowledge:
    """What everybody knows: ontology, catalog of diseases; genome and population database, None for a study without
    sequences; whether the study has pedigrees."""

    ontology: Ontology
    catalog: Catalog
    genome: Genome | None
    database: Database | None
    pedigrees: bool = False


def read(folder: Path, case: str, knowledge: Knowledge, visit: int = 0) -> Observation:
    """Read one case from ``folder/observed``: its phenopacket, and its VCF and PED where they are.

    visit: of the phenopacket, as in :mod:`raresim.score.seen_packets`.
    """
    packet = _packet(folder, case, visit)
    subject = packet.get("subject", {})
    name, sex = str(subject.get("id", case)), str(subject.get("sex", ""))
    vcf = folder / "observed" / "vcf" / f"{case}.vcf.gz"
    members: tuple[Member, ...] = (Member(name, sex == "FEMALE", True, -1, -1),)
    variants = None
    if knowledge.genome is not None:
        if not vcf.exists():
            raise InputError(f"{vcf}: is missing, but other files of this study are there; run the study again")
        text = vcf_columns.read(vcf)
        ped = folder / "observed" / "ped" / f"{case}.ped"
        if knowledge.pedigrees and not ped.exists():
            raise InputError(f"{ped}: is missing, but the study writes pedigrees; run the study again")
        if ped.exists():
            members = _pedigree(ped, name, text.samples)
        variants = _variants(text, members, knowledge.genome)
    observed, excluded = _terms(packet, seen_packets.place(folder, case, visit), knowledge.ontology)
    return Observation(case, members, observed, excluded, variants)


def _packet(folder: Path, case: str, visit: int) -> dict[str, Any]:
    import orjson

    path = seen_packets.place(folder, case, visit)
    try:
        packet = orjson.loads(seen_packets.read(folder, case, visit))
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path}: not JSON ({error}); write it again") from None
    if not isinstance(packet, dict) or not isinstance(packet.get("subject", {}), dict):
        raise InputError(f"{path}: not a phenopacket; a JSON object with a subject is needed")
    features = packet.get("phenotypicFeatures", [])
    if not isinstance(features, list) or not all(
        isinstance(f, dict) and isinstance(f.get("type"), dict) for f in features
    ):
        raise InputError(f"{path}: phenotypicFeatures: should be a list of features with a type; write it again")
    try:
        reports.check(packet)
    except reports.Unfit as unfit:
        raise InputError(f"{path}: {unfit}; write it again") from None
    return packet


def _terms(packet: dict[str, Any], path: str, ontology: Ontology) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the findings present and excluded, as primary ids; what is no finding (an onset, a root) says nothing."""
    found: tuple[set[str], set[str]] = (set(), set())
    for feature in packet.get("phenotypicFeatures", []):
        term = str(feature.get("type", {}).get("id", ""))
        primary, why = ontology.lookup(term)
        if why:
            raise InputError(f"{path}: phenotypicFeatures: {term}: {why}")
        if ontology.phenotypic[ontology.rows[primary]]:
            found[bool(feature.get("excluded", False))].add(primary)
    try:
        reports.consistent(*found)
    except reports.Unfit as unfit:
        raise InputError(f"{path}: phenotypicFeatures: {unfit}; write it again") from None
    return tuple(sorted(found[0])), tuple(sorted(found[1]))


def _pedigree(path: Path, proband: str, samples: tuple[str, ...]) -> tuple[Member, ...]:
    """Return the members that the VCF has, the proband first, in the order of the VCF."""
    lines = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    rows = {cells[1]: cells for cells in lines if len(cells) >= 6}
    missing = [sample for sample in (proband, *samples) if sample not in rows]
    if missing or proband not in samples:
        raise InputError(
            f"{path}: '{missing[0] if missing else proband}' of the VCF or phenopacket is not a person here"
        )
    order = [proband, *(sample for sample in samples if sample != proband)]
    row = {code: i for i, code in enumerate(order)}
    return tuple(
        Member(code, rows[code][4] == "2", rows[code][5] == "2", row.get(rows[code][2], -1), row.get(rows[code][3], -1))
        for code in order
    )


def _variants(text: vcf_columns.Text, members: tuple[Member, ...], genome: Genome) -> Variants:
    absent = [m.code for m in members if m.code not in text.samples]
    if absent:
        raise InputError(f"{text.path}: no sample is called '{absent[0]}', the subject of the phenopacket")
    found = vcf_columns.alleles(text, genome.index)
    ploidy, alt = vcf_columns.genotypes(text, found)
    columns = [text.samples.index(member.code) for member in members]
    filters, which = text.distinct(6)
    passed = np.array([name in (b"PASS", b".") for name in filters], np.bool_)[which]
    gq = vcf_columns.numbers(text, found, "GQ")
    return Variants(found.sites, ploidy[:, columns], alt[:, columns], gq[:, columns], passed[found.row])
