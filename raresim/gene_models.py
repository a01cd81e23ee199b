"""Reading gene models (GFF3 or GTF of MANE, GENCODE, Ensembl, RefSeq) and choosing one transcript for each gene."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from raresim.assemblies import canonical
from raresim.errors import InputError
from raresim.textfile import lines

_KEY = "genome.genes"
_PARTS = {"exon": "exon", "cds": "cds", "stop_codon": "cds"}  # a GTF leaves the stop codon out of the CDS
_SKIP = {"region", "cdna_match", "match", "start_codon", "selenocysteine", "utr", "chromosome", "scaffold", "intron"}
_SKIP |= {"five_prime_utr", "three_prime_utr", "5utr", "3utr", "biological_region", "enhancer", "silencer"}
_GTF = re.compile(r'([^\s;"]+)\s+(?:"([^"]*)"|([^\s;"]+))')
_TRANSCRIPT = re.compile(r'transcript_id\s+"?([^";]+)')
_CODING = ("protein_coding", "mRNA")  # biotypes of Ensembl's transcripts and of those in RefSeq's GTF
CHOICES = ("MANE Select", "canonical", "longest CDS")


@dataclass(frozen=True)
class Model:
    """The transcript of a gene: canonical contig name, strand 1 or -1, names and ids ("" where unknown), why it was
    chosen (one of ``CHOICES``), exons and coding parts as ascending disjoint 0-based intervals, stop codon included."""

    contig: str
    strand: int
    symbol: str
    hgnc: str
    ensembl: str
    ncbi: str
    transcript: str
    chosen: str
    exons: tuple[tuple[int, int], ...]
    cds: tuple[tuple[int, int], ...]


class _Node:
    """A gene or transcript row, and the parts that name it as their parent."""

    def __init__(self) -> None:
        self.strand = "."
        self.attributes: dict[str, str] = {}
        self.text = ""
        self.parts: dict[str, set[tuple[int, int]]] = {"exon": set(), "cds": set()}
        self.phase: dict[int, str] = {}


def _attributes(text: str) -> dict[str, str]:
    """Attributes of either format; repeated keys are joined by commas."""
    out: dict[str, str] = {}
    if re.match(r"\s*[^\s=;\"]+=", text):
        for item in text.split(";"):
            name, found, value = item.strip().partition("=")
            if found:
                out[name] = unquote(value) if "%" in value else value
        return out
    for name, quoted, bare in _GTF.findall(text):
        value = quoted or bare
        out[name] = f"{out[name]},{value}" if name in out else value
    return out


def _parents(text: str) -> tuple[list[str], bool]:
    """The transcripts that a row belongs to, and whether it is a row of a GTF."""
    at = 0 if text.startswith("Parent=") else text.find(";Parent=") + 1
    if at or text.startswith("Parent="):
        end = text.find(";", at)
        return text[at + 7 : end if end >= 0 else None].split(","), False
    found = _TRANSCRIPT.search(text)
    return ([found[1]] if found else []), True


def _rows(path: Path) -> Iterable[tuple[str, str, int, int, str, str, str]]:
    """Contig, type, start, end, strand, phase and attributes of the rows that matter."""
    names: dict[str, str] = {}
    for number, line in enumerate(lines(path, _KEY), 1):
        if line.startswith("##FASTA"):
            return
        if not line or line.startswith("#"):
            continue
        field = line.split("\t")
        where = f"{_KEY}: {path}: line {number}"
        if len(field) != 9:
            raise InputError(f"{where}: {len(field)} columns instead of the 9 of GFF3 and GTF; give a GFF3 or GTF file")
        kind = field[2].lower()
        if kind in _SKIP:
            continue
        try:
            start, end = int(field[3]) - 1, int(field[4])
        except ValueError:
            raise InputError(f"{where}: positions {field[3]!r}, {field[4]!r} are not numbers; mend the file") from None
        if not 0 <= start < end < 2**31 or field[6] not in "+-.?" or not field[6]:
            raise InputError(f"{where}: start {field[3]}, end {field[4]}, strand {field[6]!r}; mend the file")
        contig = names.get(field[0])
        if contig is None:
            contig = names[field[0]] = canonical(field[0])
        yield contig, kind, start, end, field[6], field[7], field[8]


def _nodes(path: Path) -> dict[tuple[str, str], _Node]:
    """Every gene and transcript by (contig, id): PAR genes have one id on X and on Y."""
    nodes: dict[tuple[str, str], _Node] = {}

    def node(contig: str, name: str) -> _Node:
        found = nodes.get((contig, name))
        if found is None:
            found = nodes[contig, name] = _Node()
        return found

    for contig, kind, start, end, strand, phase, text in _rows(path):
        if kind in _PARTS:
            parents, gtf = _parents(text)
            for parent in parents:
                here = node(contig, parent)
                here.strand = strand
                here.parts[_PARTS[kind]].add((start, end))
                if kind == "cds":
                    here.phase[start] = phase
                if gtf and not here.attributes:
                    here.attributes = _attributes(text)  # a GTF without transcript rows
            continue
        attributes = _attributes(text)
        own = attributes.get("ID")
        if own is None:  # GTF
            own = "gene:" + attributes.get("gene_id", "") if kind == "gene" else attributes.get("transcript_id", "")
        if own:
            here = node(contig, own)
            here.strand, here.attributes, here.text = strand, attributes, text
    return nodes


def _merged(parts: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    out: list[tuple[int, int]] = []
    for start, end in sorted(parts):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)


def _biotype(attributes: dict[str, str], level: str) -> str:
    names = (f"{level}_biotype", f"{level}_type", "biotype")
    return next((attributes[name] for name in names if name in attributes), "protein_coding")


def _tags(node: _Node) -> set[str]:
    return {tag.strip().replace(" ", "_").lower() for tag in node.attributes.get("tag", "").split(",")}


def _rank(node: _Node) -> int:
    tags = _tags(node)
    if "mane_select" in tags:
        return 0
    return 1 if tags & {"ensembl_canonical", "refseq_select"} else 2


def _order(item: tuple[str, _Node]) -> tuple[int, bool, int, int, str]:
    """Best transcript first: MANE Select, canonical, complete, longest CDS, longest transcript, id."""
    name, node = item
    coding = sum(end - start for start, end in _merged(node.parts["cds"]))
    first = (min if node.strand == "+" else max)(node.phase, default=0)
    partial = bool(_tags(node) & {"cds_start_nf", "cds_end_nf"}) or node.phase.get(first, "0") not in ("0", ".")
    size = sum(end - start for start, end in node.parts["exon"])
    return _rank(node), partial, -coding, -size, name


def _identifier(node: _Node, name: str) -> str:
    found = node.attributes.get("transcript_id") or name
    for prefix in ("transcript:", "rna-", "gene-"):
        found = found.removeprefix(prefix)
    version = node.attributes.get("transcript_version") or node.attributes.get("version")
    return f"{found}.{version}" if version and "." not in found else found


def _model(contig: str, name: str, node: _Node, gene_name: str, gene: _Node) -> Model:
    text = f"{gene.text};{node.text};" + ";".join(f"{k}={v}" for k, v in node.attributes.items())
    hgnc, ncbi, ensembl = (
        re.search(pattern, text) for pattern in (r"HGNC:(?:HGNC:)?(\d+)", r"GeneID:(\d+)", r"\b(ENSG\d{11})\b")
    )
    names = {**node.attributes, **gene.attributes}
    symbol = names.get("gene_name") or names.get("gene") or gene.attributes.get("Name") or names.get("gene_id")
    cds = _merged(node.parts["cds"])
    return Model(
        contig=contig,
        strand=-1 if node.strand == "-" else 1,
        symbol=(symbol or gene_name).removeprefix("gene:"),
        hgnc=f"HGNC:{hgnc[1]}" if hgnc else "",
        ensembl=ensembl[1] if ensembl else "",
        ncbi=ncbi[1] if ncbi else "",
        transcript=_identifier(node, name),
        chosen=CHOICES[_rank(node)],
        exons=_merged(node.parts["exon"] | set(cds)),
        cds=cds,
    )


def read(path: Path) -> list[Model]:
    """Return one protein-coding transcript for each gene of a file.

    MANE Select (never MANE Plus Clinical), else the canonical one (Ensembl canonical, RefSeq Select), else the
    longest complete CDS. Raises InputError for a file that is broken or holds no protein-coding transcript.
    """
    nodes = _nodes(path)
    genes: dict[tuple[str, str], list[tuple[str, _Node]]] = {}
    for (contig, name), node in nodes.items():
        if not node.parts["cds"] or node.strand not in "+-" or "mane_plus_clinical" in _tags(node):
            continue
        if _biotype(node.attributes, "transcript") not in _CODING:
            continue
        parent = node.attributes.get("Parent") or (
            "gene:" + node.attributes["gene_id"]
            if "ID" not in node.attributes and "gene_id" in node.attributes
            else name
        )
        gene = nodes.get((contig, parent), node)
        if _biotype(gene.attributes, "gene") == "protein_coding":
            genes.setdefault((contig, parent), []).append((name, node))
    models = []
    for (contig, parent), found in genes.items():
        name, node = min(found, key=_order)
        models.append(_model(contig, name, node, parent, nodes.get((contig, parent), node)))
    if not models:
        raise InputError(f"{_KEY}: {path}: no protein-coding transcript (rows CDS with a parent); give a GFF3 or GTF")
    return models


def choices(models: Iterable[Model]) -> str:
    """Return how the transcripts of these models were chosen, for the summary."""
    count = Counter(model.chosen for model in models)
    return "transcripts chosen: " + ", ".join(f"{choice} {count[choice]:,}" for choice in CHOICES if count[choice])
