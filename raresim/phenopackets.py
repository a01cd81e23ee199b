"""GA4GH phenopackets v2 of a case as plain dicts (phenopacket-schema 2.0, JSON names)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from raresim.genome import ContigKind

if TYPE_CHECKING:
    from raresim.case import Case, CausalAllele, SeenMember
    from raresim.format import Study
    from raresim.phenotype import Features
    from raresim.world import World

Packet = dict[str, Any]

SEVERITY = "HP:0012824"  # the grades below it have a field of their own
GENO_RELEASE = "2022-03-05"  # of the Genotype Ontology, where the ids below were read (phenopacket-store)
ALLELIC_STATE = {
    "hemizygous": "GENO:0000134",
    "heterozygous": "GENO:0000135",
    "homozygous": "GENO:0000136",
    "heteroplasmic": "GENO:0000603",
    "homoplasmic": "GENO:0000602",
}
RESOURCES = {  # prefix: id, name, url, IRI prefix (the OBO registry and the owners of the ids)
    "HP": (
        "hp",
        "Human Phenotype Ontology",
        "http://purl.obolibrary.org/obo/hp.owl",
        "http://purl.obolibrary.org/obo/HP_",
    ),
    "OMIM": ("omim", "Online Mendelian Inheritance in Man", "https://www.omim.org", "https://www.omim.org/entry/"),
    "ORPHA": ("orpha", "Orphanet", "https://www.orpha.net", "https://www.orpha.net/en/disease/detail/"),
    "HGNC": (
        "hgnc",
        "HUGO Gene Nomenclature Committee",
        "https://www.genenames.org",
        "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/",
    ),
    "GENO": (
        "geno",
        "Genotype Ontology",
        "http://purl.obolibrary.org/obo/geno.owl",
        "http://purl.obolibrary.org/obo/GENO_",
    ),
}


def observed(case: Case, study: Study) -> Packet:
    """Return what a tool may see: subject, phenotypic features, metadata; no files, disease or interpretation."""
    return _examined(case.observed.code, case.observed.members[0], study)


def visit(case: Case, number: int, study: Study) -> Packet:
    """Return what a tool may see of an earlier visit (counted from 1): the same subject, younger, with its record."""
    then = case.observed.earlier[number - 1]
    member = replace(case.observed.members[0], age=then.age, features=then.features)
    return _examined(f"{case.observed.code}-visit-{number}", member, study)


def family(case: Case, study: Study) -> Packet:
    """Return the GA4GH Family of a case: the observed phenopacket of the proband, one of each relative of whom
    something is recorded, and the pedigree."""
    code, (_, *others) = case.observed.code, case.observed.members
    return {
        "id": code,
        "proband": observed(case, study),
        "relatives": [_examined(f"{code}-{m.code}", m, study) for m in others if m.features and m.features.rows],
        "pedigree": {"persons": [_person(code, member) for member in case.observed.members]},
        "metaData": _metadata(study, ["HP"]),
    }


def _examined(name: str, member: SeenMember, study: Study) -> Packet:
    return {
        "id": name,
        "subject": _subject(member),
        "phenotypicFeatures": _features(member.features, study.world),
        "metaData": _metadata(study, ["HP"]),
    }


def _person(family: str, member: SeenMember) -> Packet:
    return {
        "familyId": family,
        "individualId": member.code,
        "paternalId": member.father or "0",
        "maternalId": member.mother or "0",
        "sex": "FEMALE" if member.female else "MALE",
        "affectedStatus": "AFFECTED" if member.affected else "UNAFFECTED",
    }


def solved(case: Case, study: Study) -> Packet:
    """Return the observed phenopacket with the disease and the interpretation: diagnosis, variants, gene.

    A control has neither.
    """
    truth, world = case.truth, study.world
    if not truth.disease:
        return observed(case, study)
    disease = world.catalog[world.catalog.rows[truth.disease]]
    term = {"id": disease.id, "label": disease.name}
    member = case.observed.members[0]
    packet = observed(case, study)
    metadata = packet.pop("metaData")
    findings = [
        {
            "subjectOrBiosampleId": member.code,
            "interpretationStatus": "CAUSATIVE",
            "variantInterpretation": {
                "acmgPathogenicityClassification": "PATHOGENIC",
                "therapeuticActionability": "UNKNOWN_ACTIONABILITY",
                "variationDescriptor": _descriptor(allele, member, world),
            },
        }
        for allele in truth.alleles
        if "1" in allele.true_genotypes[0]
    ] or [_gene(case, world)]
    packet["interpretations"] = [
        {
            "id": f"{case.observed.code}-1",
            "progressStatus": "SOLVED",
            "diagnosis": {"disease": term, "genomicInterpretations": findings},
        }
    ]
    packet["diseases"] = [{"term": term, "onset": {"age": {"iso8601duration": duration(truth.onset)}}}]
    prefixes = ["HP", disease.id.partition(":")[0], "HGNC", *(["GENO"] if truth.alleles else [])]
    packet["metaData"] = {**metadata, "resources": _resources(study, prefixes)}
    return packet


def duration(years: float) -> str:
    """Return an age as an ISO 8601 duration: years and months, days below one month ("P5Y3M", "P12D")."""
    months = int(years * 12 + 1e-6)
    if months <= 0:
        return f"P{max(0, int(years * 365.25 + 1e-6))}D"
    whole, rest = divmod(months, 12)
    return "P" + (f"{whole}Y" if whole else "") + (f"{rest}M" if rest else "")


def allelic_state(genotype: str, kind: ContigKind) -> str:
    """Return the zygosity of a true genotype that carries ALT, from VCF GT and the kind of contig."""
    if kind is ContigKind.MT:
        return "homoplasmic" if "0" not in genotype else "heteroplasmic"
    if len(genotype) == 1:
        return "hemizygous"
    return "heterozygous" if "0" in genotype else "homozygous"


def _subject(member: SeenMember) -> Packet:
    return {
        "id": member.code,
        "timeAtLastEncounter": {"age": {"iso8601duration": duration(member.age)}},
        "sex": "FEMALE" if member.female else "MALE",
    }


def _features(features: Features | None, world: World) -> list[Packet]:
    terms = world.ontology

    def named(code: str) -> Packet:
        return {"id": code, "label": terms.labels[terms.index(code)]}

    out = []
    for feature in features.rows if features else ():
        packet: Packet = {"type": named(feature.term)}
        if feature.excluded:
            packet["excluded"] = True
        elif feature.onset is not None:
            packet["onset"] = {"age": {"iso8601duration": duration(feature.onset)}}
        if feature.modifiers:
            grades = [code for code in feature.modifiers if terms.is_ancestor(terms.index(SEVERITY), terms.index(code))]
            if grades:
                packet["severity"] = named(grades[0])
            others = [named(code) for code in feature.modifiers if code not in grades[:1]]
            if others:
                packet["modifiers"] = others
        out.append(packet)
    return out


def _descriptor(allele: CausalAllele, member: SeenMember, world: World) -> Packet:
    genome, variant, genes = world.genome, allele.variant, world.genome.genes
    contig = genome.contigs[variant.contig]
    state = allelic_state(allele.true_genotypes[0], contig.kind)
    expressions = [
        {"syntax": syntax, "value": value}
        for syntax, value in (("hgvs.c", allele.hgvs_c), ("hgvs.p", allele.hgvs_p))
        if value
    ]
    return {
        "id": f"{contig.name}-{variant.pos + 1}-{variant.ref}-{variant.alt}",
        "geneContext": {"valueId": genes.hgnc[allele.gene], "symbol": genes.symbol[allele.gene]},
        "expressions": expressions,
        "vcfRecord": {
            "genomeAssembly": genome.assembly,
            "chrom": contig.name,
            "pos": str(variant.pos + 1),
            "ref": variant.ref,
            "alt": variant.alt,
        },
        "moleculeContext": "genomic",
        "allelicState": {"id": ALLELIC_STATE[state], "label": state},
    }


def _gene(case: Case, world: World) -> Packet:
    """Return what is said of the causal gene where no allele is known (a study without a genome).

    As a variant of which nothing but the gene is told: pyphetools reads no other form, and PhEval looks for the causal
    gene nowhere else.
    """
    genes, row, code = world.genome.genes, case.truth.gene, case.observed.code
    return {
        "subjectOrBiosampleId": case.observed.members[0].code,
        "interpretationStatus": "CAUSATIVE",
        "variantInterpretation": {
            "acmgPathogenicityClassification": "NOT_PROVIDED",
            "therapeuticActionability": "UNKNOWN_ACTIONABILITY",
            "variationDescriptor": {
                "id": f"{code}-gene",
                "geneContext": {"valueId": genes.hgnc[row], "symbol": genes.symbol[row]},
                "moleculeContext": "unspecified_molecule_context",
            },
        },
    }


def _metadata(study: Study, prefixes: list[str]) -> Packet:
    return {
        "created": study.created,
        "createdBy": "raresim " + study.versions["raresim-dx"],
        "resources": _resources(study, prefixes),
        "phenopacketSchemaVersion": "2.0",
    }


def _resources(study: Study, prefixes: list[str]) -> list[Packet]:
    """Return the resources of these prefixes; the version is the release of our data that the ids came from."""
    versions = study.versions
    known = {"GENO": GENO_RELEASE, "HP": versions["hpo"]}
    out = []
    for prefix in dict.fromkeys(prefixes):
        id_, name, url, iri = RESOURCES[prefix]
        version = versions.get(id_) or known.get(prefix) or versions["catalog"]
        out.append(
            {"id": id_, "name": name, "url": url, "version": version, "namespacePrefix": prefix, "iriPrefix": iri}
        )
    return out
