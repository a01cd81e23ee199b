"""What can be written in INFO beside the family's counts: database frequencies and consequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
        return [self._text(row) if row >= 0 else b"" for row in self.known.rows(sites).tolist()]

    def _text(self, row: int) -> bytes:
        panel = self.panel
        ac, an = panel.ac[row], panel.an
        share = ac / np.maximum(an, 1)
        top = int(np.argmax(share))
        total, all_ = int(ac.sum()), int(an.sum())
        return (
            f";gnomAD_AC={total};gnomAD_AN={all_};gnomAD_AF={number(total / all_)}"
            f";gnomAD_nhomalt={panel.hom[row].sum()};gnomAD_grpmax={group(panel.ancestries[top])}"
            f";gnomAD_AF_grpmax={number(share[top])}"
        ).encode()


@dataclass
class Consequence:
    """Consequences on the transcript of each gene, in VEP's CSQ layout."""

    genome: Genome
    header: str = field(init=False)

    def __post_init__(self) -> None:
        self.header = (
            '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequences by raresim in the layout of Ensembl VEP. '
            f'Format: {CSQ_FIELDS}">\n'
        )

    def fields(self, sites: Sites) -> list[bytes]:
        """Return the INFO text of every row."""
        found = effects(self.genome, sites)
        texts: list[list[str]] = [[] for _ in range(len(sites))]
        for row, gene, mask in zip(found.variant.tolist(), found.gene.tolist(), found.terms.tolist(), strict=True):
            texts[row].append(self._block(gene, mask))
        return [
            (
                ";CSQ="
                + ",".join(_allele(sites, row) + block for block in blocks or ["|intergenic_variant|MODIFIER||||||"])
            ).encode()
            for row, blocks in enumerate(texts)
        ]

    def _block(self, gene: int, mask: int) -> str:
        genes = self.genome.genes
        terms = names(mask)
        impact = IMPACT.get(terms[0], "MODIFIER") if terms else "MODIFIER"
        return (
            f"|{'&'.join(terms)}|{impact}|{genes.symbol[gene]}|{genes.ensembl[gene]}|Transcript|"
            f"{genes.transcript[gene]}|protein_coding|{genes.hgnc[gene]}"
        )


def _allele(sites: Sites, row: int) -> str:
    """Return ALT as VEP names it: without the anchor base of an indel, "-" for a deletion."""
    variant = sites[row]
    if len(variant.ref) == len(variant.alt):
        return variant.alt
    return variant.alt[1:] or "-"
