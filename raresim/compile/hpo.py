"""Compile ``data/catalog.npz``: all diseases of the HPO annotations and of Orphanet.

Inputs (folder ``--shared``): hpo/phenotype.hpoa.gz, hpo/genes_to_disease.tsv.gz, hpo/orphapackets.jsonl.gz,
grch38/hgnc_genes.tsv.gz, mechanisms/gene_disease_mechanism.tsv.gz, mechanisms/str_loci.tsv, clinvar/*.vcf.gz. The rules
are in docs/catalog.md.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from raresim import ontology
from raresim.catalog import SEXES, Annotation, Disease, GeneLink
from raresim.compile import exclusion
from raresim.compile.annotations import CLASSES, ORPHANET_CLASSES, Log, deaths, onset_ranges
from raresim.compile.arguments import arguments
from raresim.compile.hpoa import Entry, add_modes, read_hpoa
from raresim.compile.known import LETHAL_IN_MALES, SPARING_MALES
from raresim.compile.pack import pack, pack_sources
from raresim.compile.similar import lend
from raresim.compile.tables import sha256, write_npz
from raresim.onset import HPO_DEATH, HPO_ONSET, ORPHA_ONSET
from raresim.pooling import Frequency, Row, pool

INPUTS = (
    "hpo/phenotype.hpoa.gz",
    "hpo/genes_to_disease.tsv.gz",
    "hpo/orphapackets.jsonl.gz",
    "grch38/hgnc_genes.tsv.gz",
    "mechanisms/gene_disease_mechanism.tsv.gz",
    "mechanisms/str_loci.tsv",
    "clinvar/clinvar_20200803.grch38.vcf.gz",
)
_PER_100000 = {  # prevalence by Orphanet class: the geometric middle of the class, open ends as they stand
    ">1 / 1000": 100.0,
    "6-9 / 10 000": 73.5,
    "1-5 / 10 000": 22.4,
    "1-9 / 100 000": 3.0,
    "1-9 / 1 000 000": 0.3,
    "<1 / 1 000 000": 0.05,
}

OF_A_COUPLE = {"HP:0033712"}  # repeated implantation failure: HPO annotates men with what their wives have


def table(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a tab-separated table with a header; lines that begin with # are left out."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    lines = (line for line in io.StringIO(text) if not line.startswith("#"))
    yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def read_orphanet(path: Path, log: Log) -> tuple[dict[str, Entry], list[tuple[str, str, str]]]:
    """Return what Orphanet says of each of its ids, and its (ORPHA id, OMIM id, relation) links."""
    terms = ontology.load()
    entries, links = {}, []
    with gzip.open(path, "rt") as file:
        packets = [json.loads(line) for line in file]
    for packet in packets:
        code = packet["orpha"]
        entry = entries[code] = Entry(name=packet["label"], kind=packet["type"])
        links += [(code, *link.split("|")) for link in packet.get("xrefs", ()) if link.startswith("OMIM:")]
        for mode in packet.get("inheritance", ()):
            add_modes(entry, exclusion.ORPHANET_MODES.get(mode, ()))
        entry.onset = [(name, Frequency()) for name in packet.get("onset", ()) if name in ORPHA_ONSET]
        for gene in packet.get("genes", ()):
            link = GeneLink(gene["hgnc"] or "", gene["symbol"], exclusion.ASSOCIATIONS[gene["association"]])
            key = link.hgnc or link.symbol
            entry.genes[key] = min(entry.genes.get(key, link), link, key=lambda x: x.association)
        entry.prevalence = prevalence(packet.get("prevalences", ()))
        for term, _, often in packet.get("phenotypes", ()):
            primary, why = terms.finding(term)
            if why:
                log(f"Orphanet term dropped: {why}", code, term)
            else:
                share = CLASSES[ORPHANET_CLASSES[often]]
                entry.rows.append(Row(primary, Frequency(share=share), publications=(code,)))
    return entries, links


def prevalence(records: Sequence[dict[str, str]]) -> float | None:
    """Return the share of people of the best record: point prevalence before prevalence at birth, worldwide before
    Europe before elsewhere, a value before a class."""
    best: tuple[int, int, int, float] | None = None
    for record in records:
        kind = {"Point prevalence": 0, "Prevalence at birth": 1}.get(record.get("PrevalenceType", ""))
        value = float(record.get("ValMoy") or 0) or _PER_100000.get(record.get("PrevalenceClass", ""), 0.0)
        if kind is not None and value > 0:
            place = {"Worldwide": 0, "Europe": 1}.get(record.get("PrevalenceGeographic", ""), 2)
            rank = (kind, place, int(float(record.get("ValMoy") or 0) == 0), value)
            best = rank if best is None else min(best, rank)
    return None if best is None else best[3] / 100_000


def groups(
    hpoa: dict[str, Entry], packets: dict[str, Entry], links: list[tuple[str, str, str]], log: Log
) -> list[list[str]]:
    """Return the ids of each disease, the primary id first: OMIM and ORPHA ids that Orphanet calls exactly equivalent
    are one disease (where that is one to one); an id of phenotype.hpoa is primary, OMIM before ORPHA."""
    exact = [(orpha, omim) for orpha, omim, relation in links if relation == "E"]
    count = Counter(x for pair in exact for x in pair)
    partner = {}
    for orpha, omim in exact:
        if count[orpha] > 1 or count[omim] > 1:
            log("exact equivalence not used: not one to one", orpha, omim)
        else:
            partner[orpha] = omim
    known = {*hpoa, *packets, *partner.values()}
    out = [[code] for code in known - set(partner) - set(partner.values())]
    out += [sorted(pair, key=lambda code: (code not in hpoa, code)) for pair in partner.items()]
    return sorted(out, key=lambda ids: (ids[0].split(":")[0], int(ids[0].split(":")[1])))


def main() -> None:
    """Write the table."""
    shared, out = arguments(__doc__, INPUTS)
    log = Log()
    release, hpoa = read_hpoa(shared / INPUTS[0], log)
    packets, links = read_orphanet(shared / INPUTS[2], log)
    genes = Genes(shared)
    genes.add(shared / INPUTS[1], hpoa, packets, links, log)
    diseases = lend([disease(ids, hpoa, packets, genes, log) for ids in groups(hpoa, packets, links, log)])
    provenance: dict[str, Any] = {
        "title": "Diseases with genes, inheritance, phenotypic features, onset and prevalence",
        "release": release,
        "sources": [
            f"Human Phenotype Ontology annotations (phenotype.hpoa, genes_to_phenotype), release {release}. Licence: "
            "HPO licence, https://hpo.jax.org. A derived table (rows of a term pooled, old ids mapped), not HPO itself",
            "Orphanet / Orphadata 1.3.42 / 4.1.8 (2025-03-03), INSERM. Licence: CC BY 4.0; fields selected",
            "HGNC (2024-10-18). Licence: CC0",
            "Gene2Phenotype (EMBL-EBI): allelic requirement of X-linked genes only. Licence: EMBL-EBI terms of use",
            "STRchive 2026-06-25 (CC BY 4.0), ClinVar 2020-08-03 (public domain): which diseases are repeat expansions",
        ],
        "citations": [
            "Gargano MA et al. 2024, Nucleic Acids Research 52:D1333 (HPO)",
            "Orphanet: an online database of rare diseases and orphan drugs. INSERM 1997, https://www.orpha.net",
            "Thormann A et al. 2019, Nature Communications 10:2373 (Gene2Phenotype)",
            "Hiatt L et al. 2025, Genome Medicine (STRchive)",
            "Diseases of one sex and of duplications: raresim/compile/known.py names the paper of each",
        ],
        "ontology": f"terms resolved in HPO {ontology.load().release}",
        "compiled_by": "python -m raresim.compile.hpo",
        "sha256": {name: sha256(shared / name) for name in INPUTS},
        "log": log.as_dict(),
    }
    columns = pack(diseases) | pack_sources([findings(d.ids, hpoa, packets) for d in diseases])
    size = write_npz(out / "catalog.npz", columns, provenance)
    print(f"{len(diseases)} diseases, {sum(d.drawable for d in diseases)} drawable, {size} bytes")
    for why, n in Counter(d.why_not for d in diseases).most_common():
        print(f"{n:6d} {why or 'drawable'}")
    for reason, n in sorted(log.counts.items()):
        print(f"{n:6d} log: {reason}: {log.examples[reason][:3]}")


class Genes:
    """Genes by NCBI id, allelic requirements of X-linked genes, and the diseases of repeat expansions."""

    def __init__(self, shared: Path) -> None:
        rows = list(table(shared / INPUTS[3]))
        self.by_ncbi = {r["entrez_id"]: (r["hgnc_id"], r["symbol"]) for r in rows if r["entrez_id"]}
        self.symbol = {r["hgnc_id"]: r["symbol"] for r in rows}
        self.x_linked: dict[tuple[str, str], set[str]] = defaultdict(set)  # (HGNC id, disease id or "") -> modes
        for r in table(shared / INPUTS[4]):
            mode = {"monoallelic_X_hem": "XLR", "monoallelic_X_het": "XLD"}.get(r["allelic_requirement"])
            if mode:
                self.x_linked[r["hgnc_id"], r["disease_id"]].add(mode)
                self.x_linked[r["hgnc_id"], ""].add(mode)
        small = set()
        with gzip.open(shared / INPUTS[6], "rt") as file:
            for line in file:
                if "SET=PLP" in line:
                    small |= set(re.findall(r"OMIM:\d+", line))
        self.repeat = {
            code
            for r in table(shared / INPUTS[5])
            if r["evidence"] in ("Definitive", "Strong", "Moderate")
            for code in r["omim"].split("|")
        } - small

    def add(
        self,
        path: Path,
        hpoa: dict[str, Entry],
        packets: dict[str, Entry],
        links: list[tuple[str, str, str]],
        log: Log,
    ) -> None:
        """Add the links of genes_to_disease, which say nothing of the kind of association: Orphanet's word for the
        same gene counts, in the entry itself, its exact equivalent, else in one that is narrower or broader."""
        said: dict[tuple[str, str], str] = {}
        for orpha, omim, _ in sorted(links, key=lambda link: (link[2] != "E", link)):
            for gene in packets[orpha].genes.values():
                said.setdefault((omim, gene.hgnc), gene.association)
        for r in table(path):
            code, ncbi = r["disease_id"], r["ncbi_gene_id"].removeprefix("NCBIGene:")
            hgnc, symbol = self.by_ncbi.get(ncbi, ("", r["gene_symbol"]))
            if not hgnc:
                log("gene without an HGNC id", code, f"NCBIGene:{ncbi}")
                symbol = symbol if symbol != "-" else f"NCBIGene:{ncbi}"
            own = packets[code].genes.get(hgnc) if code in packets else None
            kind = own.association if own else said.get((code, hgnc), "germline")
            hpoa.setdefault(code, Entry()).genes.setdefault(hgnc or symbol, GeneLink(hgnc, symbol, kind))


def findings(ids: Sequence[str], hpoa: dict[str, Entry], packets: dict[str, Entry]) -> list[Row]:
    """Return the rows of findings of a disease: those of phenotype.hpoa, where it has none those of Orphanet."""
    curated = [row for code in ids if code in hpoa for row in hpoa[code].rows]
    return curated or [row for code in ids if code in packets for row in packets[code].rows]


def disease(ids: list[str], hpoa: dict[str, Entry], packets: dict[str, Entry], genes: Genes, log: Log) -> Disease:
    """Return one disease of all that is known under its ids."""
    curated = [hpoa[code] for code in ids if code in hpoa]
    orphanet = [packets[code] for code in ids if code in packets]
    found = pool(findings(ids, hpoa, packets), log, ids[0])
    omim = [entry for entry in curated if entry.modes or entry.marks]
    said = omim or orphanet
    modes = set().union(*(entry.modes for entry in said)) if said else set()
    marks = set().union(*(entry.marks for entry in said)) if said else set()
    links: dict[str, GeneLink] = {}
    typed = [link.association for entry in orphanet for link in entry.genes.values()]
    for entry in (*orphanet, *curated):  # Orphanet first: it says what kind of association it is
        for key, link in entry.genes.items():
            kind = "not stated" if typed and entry in curated and link.association == "germline" else link.association
            links.setdefault(key, GeneLink(link.hgnc, genes.symbol.get(link.hgnc, link.symbol), kind))
    if any(kind.startswith("germline") for kind in typed):
        marks.discard("somatic")  # Orphanet knows a germline gene of this very disease
    lethal = not LETHAL_IN_MALES.keys().isdisjoint(ids)
    spared = lethal or not SPARING_MALES.keys().isdisjoint(ids)
    sex = "female" if spared else next((e.sex for e in curated if e.sex), "") or _sex(found)
    if "XL" in modes and not modes & {"XLR", "XLD"}:
        modes |= _x_linked(ids, [link.hgnc for link in links.values()], genes, sex)
    onset = onset_ranges([row for entry in curated for row in entry.onset], HPO_ONSET.get)
    source = "HPO" if onset else ""
    if not onset:
        onset = onset_ranges([row for entry in orphanet for row in entry.onset], ORPHA_ONSET.get)
        source = "Orphanet" if onset else ""
    name = next((e.name for e in (*curated, *orphanet) if e.name), ids[0])
    kind = next((e.kind for e in orphanet), "")
    ordered = tuple(sorted(links.values(), key=lambda link: (link.symbol, link.hgnc)))
    repeat = any(code in genes.repeat for code in ids)
    why = exclusion.why_not(ids[0], name, kind, modes, marks, ordered, found, repeat)
    return Disease(
        id=ids[0],
        ids=tuple(ids),
        name=name,
        modes=tuple(sorted(modes)),
        genes=ordered,
        annotations=found,
        onset=onset,
        sex=sex,
        prevalence=next((e.prevalence for e in orphanet if e.prevalence is not None), None),
        drawable=not why,
        why_not=why,
        onset_source=source,
        lethal_in_males=lethal,
        deaths=deaths([row for entry in curated for row in entry.deaths], HPO_DEATH),
    )


def _x_linked(ids: list[str], hgncs: list[str], genes: Genes, sex: str) -> set[str]:
    """X-linked without dominant or recessive: what Gene2Phenotype requires of the gene in this disease, else in all its
    diseases if they agree, else recessive (three of four X-linked diseases with a mode are), but dominant where only
    females have it."""
    for codes in (ids, [""]):
        found = {mode for hgnc in hgncs for code in codes for mode in genes.x_linked.get((hgnc, code), ())}
        if len(found) == 1:
            return found
    return {"XLD" if sex == "female" else "XLR"}


def _sex(found: Sequence[Annotation]) -> str:
    """The sex a disease is limited to: that of its findings, if half or more of those that occur are findings that only
    this sex can have and none is one that only the other can have; :data:`OF_A_COUPLE` do not count."""
    terms = ontology.load()
    limits = [int(terms.sex[terms.rows[row.term]]) for row in found if not row.excluded and row.term not in OF_A_COUPLE]
    sexes = set(limits) - {0}
    return SEXES[sexes.pop()] if len(sexes) == 1 and 2 * sum(map(bool, limits)) >= len(limits) else ""


if __name__ == "__main__":
    main()
