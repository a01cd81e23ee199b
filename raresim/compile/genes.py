"""Compile ``data/genes.npz``: MANE Select gene models of the nuclear genome, mitochondrial genes, and the rCRS.

Run ``python -m raresim.compile.genes --shared ../shared/data``; the output is a function of the inputs' bytes.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim import assemblies, gene_models, gene_table, synthetic
from raresim.compile.arguments import arguments
from raresim.compile.repair import repair
from raresim.compile.tables import lines_array, sha256, text_array, write_npz
from raresim.gene_models import Model

CONTIGS = (*assemblies.CHROMOSOMES, "chrM")

# Ensembl stable ids of the 13 mitochondrial transcripts (Ensembl release 112; version 2 each)
MITOCHONDRIAL = {
    "MT-ND1": "ENST00000361390.2",
    "MT-ND2": "ENST00000361453.3",
    "MT-CO1": "ENST00000361624.2",
    "MT-CO2": "ENST00000361739.1",
    "MT-ATP8": "ENST00000361851.1",
    "MT-ATP6": "ENST00000361899.2",
    "MT-CO3": "ENST00000362079.2",
    "MT-ND3": "ENST00000361227.2",
    "MT-ND4L": "ENST00000361335.1",
    "MT-ND4": "ENST00000361381.2",
    "MT-ND5": "ENST00000361567.2",
    "MT-ND6": "ENST00000361681.2",
    "MT-CYB": "ENST00000361789.2",
}


def _table(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


def models(shared: Path) -> list[Model]:
    """Return every gene model, sorted by (contig, start)."""
    nuclear = gene_models.read(shared / "grch38" / "mane.gff3.gz")
    version = {row["ensembl_transcript"].split(".")[0]: row for row in _table(shared / "grch38" / "mane_genes.tsv.gz")}
    out = []
    for model in nuclear:
        row = version[model.transcript]
        out.append(
            replace(
                model,
                symbol=row["symbol"],
                hgnc=row["hgnc_id"],
                ensembl=row["ensembl_gene"].split(".")[0],
                ncbi=row["ncbi_gene"],
                transcript=row["ensembl_transcript"],
            )
        )
    hgnc = {row["symbol"]: row for row in _table(shared / "grch38" / "hgnc_genes.tsv.gz")}
    for row in _table(shared / "mt" / "rCRS.genes.tsv"):
        if row["type"] == "CDS":
            symbol = row["#symbol"]
            known = hgnc[symbol]
            span = ((int(row["start1"]) - 1, int(row["end1"])),)
            strand = 1 if row["strand"] == "+" else -1
            ids = {"hgnc": known["hgnc_id"], "ensembl": known["ensembl_gene_id"], "ncbi": known["entrez_id"]}
            out.append(
                Model("chrM", strand, symbol, **ids, transcript=MITOCHONDRIAL[symbol], chosen="", exons=span, cds=span)
            )
    return sorted(out, key=lambda m: (CONTIGS.index(m.contig), m.exons[0][0], m.exons[-1][1], m.transcript))


def _planes(values: list[int]) -> NDArray[np.uint8]:
    """Return the bytes of 32-bit values, all lowest bytes first: deflate packs them better so."""
    return np.ascontiguousarray(np.array(values, "<i4").view(np.uint8).reshape(-1, 4).T)


def arrays(found: list[Model], mitochondrion: str) -> dict[str, NDArray[Any]]:
    """Return the columns of the table; positions are 0-based, and steps from the one before."""
    start = [model.exons[0][0] for model in found]
    step = [b - a for a, b in zip([0, *start], start, strict=False)]
    exons = [exon for model in found for exon in model.exons]
    intron = [b[0] - a[1] for model in found for a, b in zip(model.exons, model.exons[1:], strict=False)]
    return {
        "names": lines_array(f"{m.symbol}\t{m.hgnc}\t{m.ensembl}\t{m.ncbi}\t{m.transcript}" for m in found),
        "contig": np.array([CONTIGS.index(m.contig) for m in found], np.int8),
        "strand": np.array([m.strand for m in found], np.int8),
        "start_step": _planes(step),
        "cds_start": _planes([m.cds[0][0] - m.exons[0][0] for m in found]),
        "cds_end": _planes([m.exons[-1][1] - m.cds[-1][1] for m in found]),
        "exons": np.array([len(m.exons) for m in found], np.int16),
        "exon_length": _planes([end - start for start, end in exons]),
        "intron_length": _planes(intron),
        "rcrs": text_array(mitochondrion),
    }


def repairs(table: dict[str, NDArray[Any]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the bases (contig, position, base) that mend the frames of overlapping genes, and what is left broken."""
    none = {"patches": np.empty((0, 3), np.int32), "unplantable": np.empty(0, np.int32)}
    draft = gene_table.unpack({**table, **none}, "")
    place = synthetic.layout(draft)
    bases = synthetic.make(draft, place)
    patches, left = repair(bases, draft.genes, place)
    rows = [(*place.position(at), base) for at, base in patches.items()]
    return np.array(rows, np.int32).reshape(-1, 3), np.array(left, np.int32)


def main() -> None:
    """Write the table."""
    inputs = (
        "grch38/mane.gff3.gz",
        "grch38/mane_genes.tsv.gz",
        "grch38/hgnc_genes.tsv.gz",
        "mt/rCRS.fa",
        "mt/rCRS.genes.tsv",
    )
    shared, out = arguments(__doc__, inputs, "data/genes.npz", "file")
    sequence = "".join((shared / "mt" / "rCRS.fa").read_text().splitlines()[1:]).upper()
    provenance = {
        "what": "gene models on GRCh38 (one transcript a gene) and the mitochondrial reference sequence",
        "source": {
            "gene models": "MANE Select v1.0 (NCBI and EMBL-EBI)",
            "ids": "HGNC (CC0), Ensembl, NCBI Gene",
            "mitochondrion": "revised Cambridge Reference Sequence NC_012920.1 (NCBI), genes as annotated there",
        },
        "licence": "public domain (NCBI), no restriction (EMBL-EBI), CC0 (HGNC)",
        "citation": [
            "Morales et al. 2022, doi 10.1038/s41586-022-04558-8 (MANE)",
            "Seal et al. 2023, doi 10.1093/nar/gkac888 (HGNC)",
            "Andrews et al. 1999, doi 10.1038/13779 (rCRS)",
        ],
        "inputs": {name: sha256(shared / name) for name in inputs},
        "columns": "raresim/gene_table.py reads them",
    }
    table = arrays(models(shared), sequence)
    table["patches"], table["unplantable"] = repairs(table)
    size = write_npz(out, table, provenance)
    print(f"{out}: {size:,} bytes; {len(table['patches'])} repairs; not to be repaired: {table['unplantable']}")


if __name__ == "__main__":
    main()
