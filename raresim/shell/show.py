"""``raresim show``: one case as a clinician wants to see it. Reads the files of the study only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raresim.errors import InputError, nearest
from raresim.shell import family
from raresim.shell.answer import answer, hgvs

if TYPE_CHECKING:
    from raresim.score.observation import Knowledge, Member, Observation

TOP = 10  # variants shown
_AGE = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")


def shown(folder: Path, case: str, truth: bool = False) -> list[str]:
    """Return pedigree, terms of everybody with a record, and top variants of a case, and with ``truth`` the answer, as
    lines of text."""
    import orjson

    from raresim.score import observation, run, seen_packets

    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the folder that `raresim run` wrote")
    case = _code(case, seen_packets.codes(folder))
    knowledge = run.load_knowledge(folder)
    seen = observation.read(folder, case, knowledge)
    packet = orjson.loads(seen_packets.read(folder, case))
    members, relatives = seen.members, family.relatives(folder, case)
    if len(members) == 1:  # a study without VCF files
        members = family.members(folder, case, seen.members[0])
    roles = _roles(members)
    lines = _pedigree(case, members, {members[0].code: packet, **relatives})
    lines += _terms(packet)
    for row, member in enumerate(members[1:], 1):
        if member.code in relatives:
            lines += _terms(relatives[member.code], f" of the {roles.get(row, 'relative')} {member.code}")
    lines += _variants(folder, seen, knowledge)
    return lines + (answer(folder, case) if truth else [])


def _code(case: str, codes: list[str]) -> str:
    """Return the code of a case that is given by its code or by its place in the order of codes, from 1."""
    if case in codes:
        return case
    if re.fullmatch(r"[0-9]{1,18}", case) and 1 <= int(case) <= len(codes):
        return codes[int(case) - 1]
    raise InputError(f"CASE: no case of this study is called '{case}'{nearest(case, codes)}; 1 is the first")


def _roles(members: tuple[Member, ...]) -> dict[int, str]:
    """Return what the proband and the parents are called, by row of the members."""
    return {members[0].father: "father", members[0].mother: "mother", 0: "proband"}


def _pedigree(case: str, members: tuple[Member, ...], packets: dict[str, dict[str, Any]]) -> list[str]:
    roles = _roles(members)
    lines = [f"Case {case}"]
    for row, member in enumerate(members):
        age = _age(packets.get(member.code, {}).get("subject", {}).get("timeAtLastEncounter", {}))
        symbol = ("●" if member.female else "■") if member.affected else ("○" if member.female else "□")
        words = ["female" if member.female else "male", "affected" if member.affected else "unaffected"]
        lines.append(
            f"  {symbol} {roles.get(row, 'relative'):<8} {member.code:<12} {', '.join(words)}"
            + (f", {age}" if age else "")
        )
    return lines


def _age(element: Any) -> str:
    """Return a time of a phenopacket in words, "" for what is none."""
    named, age = (element.get(key) if isinstance(element, dict) else None for key in ("ontologyClass", "age"))
    if isinstance(named, dict):
        return str(named.get("label", ""))
    found = _AGE.fullmatch(str(age.get("iso8601duration", ""))) if isinstance(age, dict) else None
    if not found:
        return ""
    parts = zip(found.groups(), ("year", "month", "week", "day"), strict=True)
    words = [f"{int(n)} {unit}{'s' * (int(n) != 1)}" for n, unit in parts if n and int(n)]
    return " ".join(words[:2]) or "newborn"


def _terms(packet: dict[str, Any], of: str = "") -> list[str]:
    lines = []
    features = packet.get("phenotypicFeatures", [])
    for title, wanted in (("Terms observed", False), ("Terms excluded", True)):
        rows = [f for f in features if bool(f.get("excluded", False)) is wanted]
        if rows or not (wanted or of):
            lines += ["", f"{title}{of} ({len(rows)})"]
        for row in rows:
            onset = _age(row.get("onset", {}))
            lines.append(
                f"  {row['type']['id']}  {row['type'].get('label', '')}" + (f", since {onset}" if onset else "")
            )
    return lines


def _variants(folder: Path, seen: Observation, knowledge: Knowledge) -> list[str]:
    """Return the rare variants of the proband that touch a protein or its splicing, those of the best genes first."""
    import numpy as np

    from raresim import hgvs as names_of
    from raresim.consequence import effects, names
    from raresim.diagnoser._evidence import COMMON, CONSEQUENCE, lower_frequency
    from raresim.diagnoser.variant_only import points

    calls, genome, database = seen.variants, knowledge.genome, knowledge.database
    if calls is None or genome is None or database is None:
        return ["", "Variants: this study has no VCF files"]
    rows = np.flatnonzero((calls.alt[:, 0] > 0) & calls.passed)
    ac, an = database.counts(calls.sites.take(rows))
    rare = lower_frequency(ac, an) <= COMMON
    rows, ac, an = rows[rare], ac[rare], an[rare]
    sites = calls.sites.take(rows)
    best: dict[str, float] = {}
    for (symbol, _), score in points(seen, knowledge).items():
        best[symbol] = max(score, best.get(symbol, score))
    found = effects(genome, sites)
    table = []
    for i, gene, mask in zip(found.variant.tolist(), found.gene.tolist(), found.terms.tolist(), strict=True):
        symbol, terms = genome.genes.symbol[gene], names(mask)
        if symbol in best and any(term in CONSEQUENCE for term in terms):
            table.append((-best[symbol], symbol, i, gene, terms[0]))
    table.sort()
    total = f"{len(calls.sites):,} records, {len(rows):,} rare in the database, {len(table):,} of these in play"
    lines = ["", f"Top variants ({total})"]
    for _, symbol, i, gene, term in table[:TOP]:
        variant = sites[i]
        contig = genome.contigs[variant.contig].name
        c, p = names_of.hgvs(genome, variant, gene)
        share = f"{ac[i]} of {an[i]}" if ac[i] else f"absent from {an[i]}"
        lines.append(f"  {symbol:<10} {contig}-{variant.pos + 1}-{variant.ref}-{variant.alt}  {term}  {share}")
        lines.append(f"  {'':<10} {hgvs(c, p)}")
        lines.append(f"  {'':<10} {_genotypes(folder, seen, contig, variant.pos, variant.ref, variant.alt)}")
    return lines


def _genotypes(folder: Path, seen: Observation, contig: str, pos: int, ref: str, alt: str) -> str:
    """Return the calls of the family as the VCF has them: GT, reads for REF and ALT, GQ."""
    import pysam

    path = folder / "observed" / "vcf" / f"{seen.case}.vcf.gz"
    if not path.with_name(f"{path.name}.tbi").is_file():
        raise InputError(f"{path}.tbi: is missing; `tabix -p vcf {path}` makes it again")
    roles = _roles(seen.members)
    with pysam.VariantFile(str(path)) as vcf:
        for record in vcf.fetch(contig, pos, pos + 1):
            longest = str(record.ref)  # of a record with several ALT alleles: they are padded to it
            told = longest.startswith(ref) and alt + longest[len(ref) :] in (record.alts or ())
            if record.pos - 1 == pos and told:
                words = []
                for row, member in enumerate(seen.members):
                    call = record.samples[member.code]
                    mark = "|" if call.phased else "/"
                    gt = mark.join("." if allele is None else str(allele) for allele in call["GT"])
                    reads = ",".join("." if n is None else str(n) for n in call.get("AD", ()))
                    words.append(f"{roles.get(row, member.code)} {gt} (reads {reads}, GQ {call.get('GQ')})")
                return "  ".join(words)
    return ""
