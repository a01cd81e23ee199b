"""Columns and rows of the truth tables (docs/files.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from raresim.case import Case, CausalAllele
    from raresim.genome import Genome
    from raresim.phenotype import Features
    from raresim.sites import Variant
    from raresim.world import World

VERSION = 1
COLUMNS = {
    "cases": "case number status type disease disease_ids disease_name mode inheritance gene hgnc sex age onset "
    "ancestry members terms_observed terms_excluded detectable why",
    "alleles": "case role contig pos ref alt key consequence gene hgnc ensembl transcript hgvs_c hgvs_p database_ac "
    "database_an database_af origin phase_partner source fraction genotypes called detectable why",
    "members": "case person role sex age affected father mother ancestry haplotype_1 haplotype_2 severity",
    "terms": "case person term label excluded onset source annotation visit change dated modifiers",
    "noise": "case person dial before after",
    "denovo": "case person contig pos ref alt haplotype planted",
    "tracts": "case person haplotype contig start end ancestry",
}
FOUNDERS = {"founders": "person sample ancestry"}  # of real people (raresim.background.vcf)
LAYER = {"carriers": "case person contig pos ref alt key gene hgnc diseases genotype"}  # where there is such a layer
HAPLOTYPE = ("paternal", "maternal")
Value = str | int | float | bool | None


def header(table: str) -> str:
    """Return the two header lines of a table: its version and its columns."""
    return f"#raresim-truth {VERSION}\n" + (COLUMNS | LAYER | FOUNDERS)[table].replace(" ", "\t") + "\n"


def line(values: Sequence[Value]) -> str:
    """Return one row: yes or no, numbers with at most six significant digits, "" for None.

    No value holds a tab or a line end, and none begins with a sign that a spreadsheet would take for a formula.
    """
    return "\t".join(map(_text, values)) + "\n"


def _text(value: Value) -> str:
    if isinstance(value, str):
        return _words(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


@lru_cache(maxsize=1 << 16)
def _words(value: str) -> str:
    text = " ".join(value.split())
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def key(genome: Genome, variant: Variant) -> str:
    """Return the key of a normalised variant: contig-position-REF-ALT, position counted from 1."""
    return f"{genome.contigs[variant.contig].name}-{variant.pos + 1}-{variant.ref}-{variant.alt}"


def rows(case: Case, world: World) -> Iterator[tuple[str, Sequence[Value]]]:
    """Yield (table, values) of everything the truth says of a case."""
    yield "cases", _case(case, world)
    for allele in case.truth.alleles:
        yield "alleles", _allele(case, allele, world)
    seen = {m.code: m for m in case.observed.members}
    for member in case.truth.members:
        parents = (seen[member.code].father, seen[member.code].mother) if member.code in seen else ("", "")
        yield (
            "members",
            (
                case.observed.code,
                member.code,
                member.role,
                _sex(member.female),
                member.age,
                member.affected,
                *parents,
                member.ancestry,
                *member.haplotypes,
                member.severity,
            ),
        )
        if member.features:
            yield from _terms(case.observed.code, member.code, member.features, len(case.truth.earlier) + 1, world)
        for change in member.changes:
            yield "noise", (case.observed.code, member.code, change.dial, change.before, change.after)
        for has in member.carried:
            yield "carriers", (case.observed.code, member.code, *_of_layer(has.site, world), has.genotype)
        for tract in member.tracts:
            name = world.genome.contigs[tract.contig].name
            part = (HAPLOTYPE[tract.haplotype], name, tract.start + 1, tract.end, tract.ancestry)
            yield "tracts", (case.observed.code, member.code, *part)
    for number, visit in enumerate(case.truth.earlier, 1):
        yield from _terms(case.observed.code, case.truth.members[0].code, visit.features, number, world)
    for event in case.truth.denovo:
        person = case.truth.members[event.member].code
        place = _place(world.genome, event.variant)
        yield "denovo", (case.observed.code, person, *place, HAPLOTYPE[event.haplotype], event.planted)


def _of_layer(site: int, world: World) -> Sequence[Value]:
    from raresim.pathogenic import RECESSIVE

    variant, gene, genes = world.panel.sites[site], int(world.panel.gene[site]), world.genome.genes
    of = [world.catalog[row] for row in world.catalog.of_gene.get(genes.hgnc[gene], ())]
    diseases = [disease.id for disease in of if disease.drawable and set(RECESSIVE) & set(disease.modes)]
    names = (genes.symbol[gene], genes.hgnc[gene], ";".join(diseases))
    return *_place(world.genome, variant), key(world.genome, variant), *names


def _terms(
    case: str, person: str, features: Features, visit: int, world: World
) -> Iterator[tuple[str, Sequence[Value]]]:
    for f in features.rows:
        label = world.ontology.labels[world.ontology.index(f.term)]
        what = (f.term, label, f.excluded, f.onset, f.source, f.annotation)
        dated = None if f.onset is None else f.dated
        yield "terms", (case, person, *what, visit, f.change, dated, ";".join(f.modifiers))


def _case(case: Case, world: World) -> Sequence[Value]:
    truth, genes = case.truth, world.genome.genes
    proband = truth.members[0]
    observed, excluded = _counts(proband.features)
    answer: tuple[Value, ...] = ("control", "", "", "", "", "", "", "", "")
    if truth.disease:
        disease = world.catalog[world.catalog.rows[truth.disease]]
        named = (disease.id, ";".join(disease.ids), disease.name, truth.mode, truth.inheritance)
        answer = ("solved", "monogenic", *named, genes.symbol[truth.gene], genes.hgnc[truth.gene])
    return (
        case.observed.code,
        truth.number,
        *answer,
        _sex(proband.female),
        proband.age,
        truth.onset,
        proband.ancestry,
        len(truth.members),
        observed,
        excluded,
        truth.detectable,
        truth.why,
    )


def _allele(case: Case, allele: CausalAllele, world: World) -> Sequence[Value]:
    genes, truth = world.genome.genes, case.truth
    people = [m.code for m in truth.members]
    return (
        case.observed.code,
        allele.role,
        *_place(world.genome, allele.variant),
        key(world.genome, allele.variant),
        "&".join(allele.terms),
        genes.symbol[allele.gene],
        genes.hgnc[allele.gene],
        genes.ensembl[allele.gene],
        genes.transcript[allele.gene],
        allele.hgvs_c,
        allele.hgvs_p,
        allele.database_ac,
        allele.database_an,
        allele.database_ac / allele.database_an if allele.database_an else 0.0,
        allele.origin,
        ";".join(partners(truth.alleles, allele, world.genome)),
        allele.source,
        1.0,
        ";".join(f"{code}:{text}" for code, text in zip(people, allele.true_genotypes, strict=True)),
        ";".join(f"{code}:{text}" for code, text in zip(people, allele.called, strict=True) if text),
        not allele.why,
        allele.why,
    )


def partners(alleles: Sequence[CausalAllele], allele: CausalAllele, genome: Genome) -> Iterator[str]:
    """Yield "trans:KEY" or "cis:KEY" for every other causal allele that the proband carries heterozygous as well."""
    mine = allele.true_genotypes[0]
    for other in alleles:
        theirs = other.true_genotypes[0]
        if other is not allele and {mine, theirs} <= {"0|1", "1|0"}:
            yield f"{'cis' if mine == theirs else 'trans'}:{key(genome, other.variant)}"


def _place(genome: Genome, variant: Variant) -> tuple[str, int, str, str]:
    return genome.contigs[variant.contig].name, variant.pos + 1, variant.ref, variant.alt


def _sex(female: bool) -> str:
    return "female" if female else "male"


def _counts(features: Features | None) -> tuple[int, int]:
    excluded = sum(f.excluded for f in features.rows) if features else 0
    return (len(features.rows) - excluded if features else 0), excluded
