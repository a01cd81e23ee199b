"""Compile ``data/gene_facts.npz``: every protein-coding gene with constraint, pathogenic variants and mechanism.

Needs ``data/catalog.npz`` and ``data/genes.npz``. Inputs (folder ``--shared``): grch38/hgnc_genes.tsv.gz,
constraint/gnomad_constraint.tsv.gz, clinvar/*.vcf.gz, mechanisms/gene_disease_mechanism.tsv.gz,
mechanisms/clingen_dosage_genes.tsv.gz.
"""

from __future__ import annotations

import gzip
import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim import catalog, gene_table
from raresim.compile.arguments import arguments
from raresim.compile.hpo import table
from raresim.compile.tables import lines_array, sha256, write_npz
from raresim.gene_facts import CLASSES, DISRUPTING, DOMINANT

INPUTS = (
    "grch38/hgnc_genes.tsv.gz",
    "constraint/gnomad_constraint.tsv.gz",
    "clinvar/clinvar_20200803.grch38.vcf.gz",
    "mechanisms/gene_disease_mechanism.tsv.gz",
    "mechanisms/clingen_dosage_genes.tsv.gz",
)
# Molecular consequence of ClinVar (its own spelling) to class, the most severe first, in Ensembl's order of severity.
_CONSEQUENCE = {
    "splice_acceptor_variant": "splice_acceptor",
    "splice_donor_variant": "splice_donor",
    "nonsense": "stop_gained",
    "stop_gained": "stop_gained",
    "frameshift_variant": "frameshift",
    "initiatior_codon_variant": "start_lost",
    "initiator_codon_variant": "start_lost",
    "inframe_insertion": "inframe_insertion",
    "inframe_deletion": "inframe_deletion",
    "missense_variant": "missense",
}
# A splice region variant lies in the first 3 bases of an exon or the 3rd to 8th of an intron (SO:0001630).
_EXON_REGION, _INTRON_REGION = 3, range(3, 9)
_SILENT = {"intron_variant", "synonymous_variant"}
_SOMATIC = "2"  # ClinVar's ORIGIN of variants seen only in tumours


def pathogenic(path: Path, ncbi: dict[str, str], counted: Counter[str]) -> list[tuple[str, str, set[str]]]:
    """Return (HGNC id, class, OMIM ids of diseases) of the germline pathogenic and likely pathogenic variants."""
    edges = _exon_edges()
    out = []
    with gzip.open(path, "rt") as file:
        for line in file:
            if line.startswith("#") or "SET=PLP" not in line:
                continue
            _, pos, _, ref, alt, _, _, text = line.rstrip("\n").split("\t")
            info = dict(item.split("=", 1) for item in text.split(";") if "=" in item)
            if info.get("ORIGIN") == _SOMATIC:
                counted["somatic only"] += 1
                continue
            genes = [ncbi[g.split(":")[-1]] for g in info.get("GENEINFO", "").split("|") if g.split(":")[-1] in ncbi]
            if not genes:
                counted["no protein-coding gene"] += 1
                continue
            hgnc = genes[0]  # where genes overlap ClinVar names the one with the effect first
            terms = {item.split("|")[-1] for item in info.get("MC", "").split(",")}
            name = next((_CONSEQUENCE[term] for term in _CONSEQUENCE if term in terms), "")
            if "inframe_indel" in terms:
                name = name or ("inframe_deletion" if len(ref) > len(alt) else "inframe_insertion")
            if (
                not name
                and len(ref) == len(alt) == 1
                and terms & _SILENT
                and _in_region(int(pos) - 1, edges.get(hgnc, ()))
            ):
                name = "splice_region"
            counted[name or "other class"] += 1
            if name:
                out.append((hgnc, name, set(re.findall(r"OMIM:\d+", info.get("CLNDISDB", "")))))
    return out


def _exon_edges() -> dict[str, list[tuple[int, int]]]:
    genes = gene_table.load().genes
    out = {}
    for row, hgnc in enumerate(genes.hgnc):
        span = slice(int(genes.exon_off[row]), int(genes.exon_off[row + 1]))
        out[hgnc] = list(zip(genes.exon_start[span].tolist(), genes.exon_end[span].tolist(), strict=True))
    return out


def _in_region(pos: int, exons: Sequence[tuple[int, int]]) -> bool:
    return any(
        start - pos in _INTRON_REGION
        or pos - end + 1 in _INTRON_REGION
        or (start <= pos < end and min(pos - start, end - 1 - pos) < _EXON_REGION)
        for start, end in exons
    )


def strength(counts: NDArray[np.int32]) -> float:
    """Return the weight of the prior, in variants: the precision of a Dirichlet-multinomial with the overall mix that
    makes the genes' counts most likely, on a grid of tenths of a power of two."""
    used = counts[counts.sum(1) > 1]
    mix = (counts.sum(0) + 0.5) / (counts.sum() + 0.5 * counts.shape[1])

    def likelihood(weight: float) -> float:
        alpha = weight * mix
        total = 0.0
        for row in used.tolist():
            total += math.lgamma(weight) - math.lgamma(weight + sum(row))
            total += sum(math.lgamma(a + k) - math.lgamma(a) for a, k in zip(alpha, row, strict=True) if k)
        return total

    grid = [2.0 ** (i / 10) for i in range(70)]
    best: float = max(grid, key=likelihood)
    return round(best, 2)


def mechanism_rows(path: Path) -> list[str]:
    """Return lines (HGNC id, disease id, mechanism, requirement, source): Gene2Phenotype, then Orphanet's kind of
    association for the pairs that Gene2Phenotype does not have. A row without an id gets it by its disease's name."""
    need = {"monoallelic": "monoallelic", "biallelic": "biallelic"}
    diseases = catalog.load()
    by_name = {name.casefold(): codes[0] for name, codes in zip(diseases.names, diseases.ids, strict=True)}
    out = set()
    for r in table(path):
        if r["mechanism"] != "undetermined":
            requirement = need.get(r["allelic_requirement"].split("_")[0], "")
            key = r["disease_id"] or by_name.get(r["disease"].casefold(), f"name:{r['disease']}")
            out.add((r["hgnc_id"], key, r["mechanism"], requirement, "G2P"))
    known = {(row[0], row[1]) for row in out}
    words = {"germline loss of function": "LoF", "germline gain of function": "GoF"}
    for disease in diseases:
        modes = set(disease.modes) - {"XL"}
        requirement = "monoallelic" if modes and modes <= set(DOMINANT) else "biallelic" if modes == {"AR"} else ""
        for link in disease.genes:
            if link.association in words and not any((link.hgnc, code) in known for code in disease.ids):
                out.add((link.hgnc, disease.id, words[link.association], requirement, "Orphanet"))
    return ["\t".join(row) for row in sorted(out)]


def main() -> None:
    """Write the table."""
    shared, out = arguments(__doc__, INPUTS)
    genes = sorted(
        (r for r in table(shared / INPUTS[0]) if r["locus_group"] == "protein-coding gene"),
        key=lambda r: int(r["hgnc_id"].split(":")[1]),
    )
    row = {r["hgnc_id"]: i for i, r in enumerate(genes)}
    loeuf = np.full(len(genes), np.nan, np.float32)
    by_ensembl = {r["ensembl_gene_id"]: i for i, r in enumerate(genes) if r["ensembl_gene_id"]}
    by_symbol = {r["symbol"]: i for i, r in enumerate(genes)}
    for r in table(shared / INPUTS[1]):
        at = by_ensembl.get(r["ensembl_gene"], by_symbol.get(r["symbol"]))
        if at is not None and r["loeuf_v4"]:
            loeuf[at] = float(r["loeuf_v4"])
    dosage = np.full(len(genes), -1, np.int8)
    for r in table(shared / INPUTS[4]):
        if r["hgnc_id"] in row and r["hi_score"]:
            dosage[row[r["hgnc_id"]]] = int(r["hi_score"])
    counted: Counter[str] = Counter()
    counts = np.zeros((len(genes), len(CLASSES)), np.int32)
    dominant = np.zeros(len(genes), np.int32)
    diseases = catalog.load()
    ncbi = {r["entrez_id"]: r["hgnc_id"] for r in genes if r["entrez_id"]}
    for hgnc, name, codes in pathogenic(shared / INPUTS[2], ncbi, counted):
        counts[row[hgnc], CLASSES.index(name)] += 1
        modes = [set(diseases.modes[diseases.rows[code]]) - {"XL"} for code in codes if code in diseases.rows]
        dominant[row[hgnc]] += name in DISRUPTING and any(m and m <= set(DOMINANT) for m in modes)
    weight = strength(counts)
    names = lines_array(
        "\t".join(
            (
                r["hgnc_id"].split(":")[1],
                r["symbol"],
                r["ensembl_gene_id"].removeprefix("ENSG").lstrip("0"),
                r["entrez_id"],
                r["location"],
                r["chrom"].removeprefix("chr"),
            )
        )
        for r in genes
    )
    arrays: dict[str, NDArray[Any]] = {
        "names": names,
        "start": np.array([int(r["start0"] or -1) for r in genes], np.int32),
        "end": np.array([int(r["end"] or -1) for r in genes], np.int32),
        "loeuf": loeuf,
        "haploinsufficiency": dosage,
        "counts": counts.astype(np.int16),
        "dominant_truncations": dominant.astype(np.int16),
        "mechanisms": lines_array(mechanism_rows(shared / INPUTS[3])),
    }
    provenance = {
        "title": "Facts of the protein-coding genes",
        "release": "gnomAD v4.1; ClinVar 2020-08-03; Gene2Phenotype 2025-01-28; ClinGen 2026-02-06; HGNC 2024-10-18",
        "sources": [
            "HGNC complete set (2024-10-18). Licence: CC0",
            "gnomAD v4.1 constraint. Licence: CC0",
            "ClinVar 2020-08-03, P/LP with two stars or more: counts by class only. Public domain (NCBI), attribution",
            "Gene2Phenotype (EMBL-EBI), release 2025-01-28 and 2021. Licence: EMBL-EBI terms of use, attribution",
            "ClinGen dosage sensitivity, 2026-02-06. Licence: CC0",
            "Orphanet kinds of association, through data/catalog.npz. Licence: CC BY 4.0",
        ],
        "citations": [
            "Seal RL et al. 2023, Nucleic Acids Research 51:D1003 (HGNC)",
            "Karczewski KJ et al. 2020, Nature 581:434; Chen S et al. 2024, Nature 625:92 (gnomAD)",
            "Landrum MJ et al. 2018, Nucleic Acids Research 46:D1062 (ClinVar)",
            "Thormann A et al. 2019, Nature Communications 10:2373 (Gene2Phenotype)",
            "Rehm HL et al. 2015, New England Journal of Medicine 372:2235 (ClinGen)",
        ],
        "compiled_by": "python -m raresim.compile.gene_facts",
        "sha256": {name: sha256(shared / name) for name in INPUTS},
        "strength": weight,
        "clinvar": dict(sorted(counted.items())),
    }
    size = write_npz(out / "gene_facts.npz", arrays, provenance)
    print(f"{len(genes)} genes, {int(np.isfinite(loeuf).sum())} with LOEUF, strength {weight}, {size} bytes")
    print(dict(counted), len(mechanism_rows(shared / INPUTS[3])), "mechanism rows")


if __name__ == "__main__":
    main()
