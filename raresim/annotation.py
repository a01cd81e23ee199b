"""What can be written in INFO beside the family's counts: database frequencies and consequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from raresim.consequence import effects, names
from raresim.lookup import Lookup
from raresim.sites import Sites
from raresim.vcf_text import Extra, joined

if TYPE_CHECKING:
    from raresim.genome import Genome
    from raresim.panel import Panel
    from raresim.world import World

GROUP = {"EUR": "nfe"}  # gnomAD's name of an ancestry where it is not ours in lower case
BOTTLENECKED = (
    "FIN",
)  # gnomAD leaves bottlenecked groups out of grpmax (Chen et al. 2024, doi:10.1038/s41586-023-06045-0)
HIGH, MODERATE, LOW = "HIGH", "MODERATE", "LOW"
IMPACT = {  # Ensembl, "Calculated variant consequences", column IMPACT; MODIFIER for the rest
    "splice_acceptor_variant": HIGH,
    "splice_donor_variant": HIGH,
    "stop_gained": HIGH,
    "frameshift_variant": HIGH,
    "stop_lost": HIGH,
    "start_lost": HIGH,
    "inframe_insertion": MODERATE,
    "inframe_deletion": MODERATE,
    "missense_variant": MODERATE,
    "protein_altering_variant": MODERATE,
    "splice_region_variant": LOW,
    "start_retained_variant": LOW,
    "stop_retained_variant": LOW,
    "synonymous_variant": LOW,
}
INTERGENIC = "|intergenic_variant|MODIFIER||||||"
CSQ_FIELDS = "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|HGNC_ID"


class Annotator(Protocol):
    """Gives header lines and the INFO text of every row (b"" for none, else it begins with ";")."""

    header: str

    def fields(self, sites: Sites) -> list[bytes]:
        """Return the INFO text of every row."""
        ...


def annotators(world: World, wanted: Sequence[str]) -> list[Annotator]:
    """Return the annotators called "frequency" and "consequence", in the order given."""
    return [
        Frequency(world.panel) if name == "frequency" else Consequence(world.genome) for name in dict.fromkeys(wanted)
    ]


def join(fields: list[list[bytes]], rows: int) -> Extra | None:
    """Return the texts of several annotators, row by row, for the encoder; None if there are none."""
    if not fields:
        return None
    return joined([b"".join(parts) for parts in zip(*fields, strict=True)] if rows else [])


def group(ancestry: str) -> str:
    """Return gnomAD's name of an ancestry ("EUR": "nfe", "AFR": "afr")."""
    return GROUP.get(ancestry, ancestry.lower())


def compared(ancestries: Sequence[str]) -> list[int]:
    """Return the ancestries (their rows) among which gnomAD looks for the greatest frequency: without bottlenecked ones
    unless there are no others."""
    return [i for i, name in enumerate(ancestries) if name not in BOTTLENECKED] or list(range(len(ancestries)))


def greatest(rows: Sequence[int], ac: Sequence[float], an: Sequence[int]) -> int | None:
    """Return the one of these ancestries (``compared``) in which an allele is most frequent; None where nobody of them
    carries it."""
    top = max(rows, key=lambda i: ac[i] / an[i] if an[i] else 0.0)
    return top if ac[top] else None


def number(value: float) -> str:
    """Return a frequency as htslib prints a float: six significant digits of float32."""
    return f"{np.float32(value):.6g}"


@dataclass
class Frequency:
    """Frequencies of the database part of the panel; an allele that it does not hold has no such field, whether it
    was planted or is private to the family."""

    panel: Panel
    header: str = field(init=False)
    known: Lookup = field(init=False)
    made: dict[tuple[int, ...], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = Lookup(self.panel.sites, np.flatnonzero(self.panel.ac.sum(axis=1) > 0))
        kinds = (
            ("AC", "A", "Integer", "Allele count"),
            ("AN", "1", "Integer", "Number of alleles"),
            ("AF", "A", "Float", "Allele frequency"),
            ("nhomalt", "A", "Integer", "People with two copies"),
            ("grpmax", "A", "String", "Ancestry with the greatest frequency"),
            ("AF_grpmax", "A", "Float", "Allele frequency in that ancestry"),
        )
        self.header = "".join(
            f'##INFO=<ID=gnomAD_{key},Number={count},Type={type_},Description="{text} in the database part of the '
            "simulated panel (the name is gnomAD's, the data are not)\">\n"
            for key, count, type_, text in kinds
        )

    def fields(self, sites: Sites) -> list[bytes]:
        """Return the INFO text of every row."""
        rows = self.known.rows(sites)
        if (rows < 0).all():
            return [b""] * len(sites)
        ac, hom = self.panel.ac[rows].tolist(), self.panel.hom[rows].sum(axis=1).tolist()
        sizes = self.panel.alleles(sites).tolist()
        return [
            self._text(tuple(counts), homs, an) if row >= 0 else b""
            for row, counts, homs, an in zip(rows.tolist(), ac, hom, sizes, strict=True)
        ]

    def _text(self, ac: tuple[int, ...], hom: int, an: list[int]) -> bytes:
        """Return INFO of a site with these counts by ancestry; equal counts give equal text, made once."""
        key = (*ac, hom, *an)
        if key not in self.made:
            text = (
                f";gnomAD_AC={sum(ac)};gnomAD_AN={sum(an)};gnomAD_AF={number(sum(ac) / sum(an))};gnomAD_nhomalt={hom}"
            )
            top = greatest(compared(self.panel.ancestries), ac, an)
            if top is not None:
                text += (
                    f";gnomAD_grpmax={group(self.panel.ancestries[top])};gnomAD_AF_grpmax={number(ac[top] / an[top])}"
                )
            self.made[key] = text.encode()
        return self.made[key]


@dataclass
class Consequence:
    """Consequences on the transcript of each gene, in VEP's CSQ layout."""

    genome: Genome
    header: str = field(init=False)
    made: dict[tuple[int, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.header = (
            '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequences by raresim in the layout of Ensembl VEP. '
            f'Format: {CSQ_FIELDS}">\n'
        )

    def fields(self, sites: Sites) -> list[bytes]:
        """Return the INFO text of every row."""
        found = effects(self.genome, sites)
        texts = _alleles(sites)
        blocks = [""] * len(sites)
        for row, gene, mask in zip(found.variant.tolist(), found.gene.tolist(), found.terms.tolist(), strict=True):
            blocks[row] += f",{texts[row]}{self._block(gene, mask)}"
        return [f";CSQ={block[1:] or text + INTERGENIC}".encode() for block, text in zip(blocks, texts, strict=True)]

    def _block(self, gene: int, mask: int) -> str:
        if (gene, mask) not in self.made:
            genes, terms = self.genome.genes, names(mask)
            self.made[gene, mask] = (
                f"|{'&'.join(terms)}|{IMPACT.get(terms[0], 'MODIFIER')}|{genes.symbol[gene]}|{genes.ensembl[gene]}"
                f"|Transcript|{genes.transcript[gene]}|protein_coding|{genes.hgnc[gene]}"
            )
        return self.made[gene, mask]


def _alleles(sites: Sites) -> list[str]:
    """Return ALT of every row as VEP names it: without the anchor base of an indel, "-" for a deletion."""
    text, bounds = sites.alt_text.tobytes().decode(), sites.alt_off.tolist()
    indel = (sites.ref_len != sites.alt_len).tolist()
    alleles = [text[a:b] for a, b in pairwise(bounds)]
    return [alt[1:] or "-" if is_indel else alt for alt, is_indel in zip(alleles, indel, strict=True)]
