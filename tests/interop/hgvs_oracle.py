"""The ``hgvs`` package offline: a data provider over a genome in memory, and its names for a variant."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import hgvs.dataproviders.interface
import hgvs.normalizer
import hgvs.sequencevariant
import hgvs.variantmapper
from hgvs.edit import NARefAlt
from hgvs.exceptions import HGVSError
from hgvs.location import Interval, SimplePosition

from raresim.genome import Genome
from raresim.sites import Variant
from tests.builders import reverse_complement

Interface = hgvs.dataproviders.interface.Interface


class Provider(Interface):  # type: ignore[misc]
    """Transcripts and sequences of a genome; accessions are numbers of contigs and genes."""

    required_version = "1.1"
    url = "memory"

    def __init__(self, genome: Genome) -> None:
        self.genome = genome
        Interface.__init__(self)

    def data_version(self) -> str:
        return "1.1"

    def schema_version(self) -> str:
        return "1.1"

    def exons(self, tx_ac: str) -> list[tuple[int, int]]:
        """Exons in transcript order."""
        genes, g = self.genome.genes, number(tx_ac)
        rows = slice(int(genes.exon_off[g]), int(genes.exon_off[g + 1]))
        out = [(int(a), int(b)) for a, b in zip(genes.exon_start[rows], genes.exon_end[rows], strict=True)]
        return out[:: int(genes.strand[g])]

    def get_seq(self, ac: str, start_i: int | None = None, end_i: int | None = None) -> str:
        genes = self.genome.genes
        if ac.startswith("NC"):
            contig = self.genome.contigs[number(ac)]
            return self.genome.fetch(number(ac), start_i or 0, min(contig.length, end_i or contig.length))
        if ac.startswith("NP"):
            return ""
        g = number(ac)
        parts = [self.genome.fetch(int(genes.contig[g]), a, b) for a, b in self.exons(ac)]
        return "".join(p if genes.strand[g] > 0 else reverse_complement(p) for p in parts)[start_i:end_i]

    def cds(self, tx_ac: str) -> tuple[int, int]:
        genes, g = self.genome.genes, number(tx_ac)
        low, high = int(genes.cds_start[g]), int(genes.cds_end[g])
        size = sum(b - a for a, b in genes.cds(g))
        before = sum(
            max(0, (min(b, low) - a) if genes.strand[g] > 0 else b - max(a, high)) for a, b in self.exons(tx_ac)
        )
        return before, before + size

    def get_tx_identity_info(self, tx_ac: str) -> dict[str, Any]:
        start, end = self.cds(tx_ac)
        lengths = [b - a for a, b in self.exons(tx_ac)]
        return {"tx_ac": tx_ac, "alt_ac": tx_ac, "cds_start_i": start, "cds_end_i": end, "lengths": lengths,
                "alt_aln_method": "transcript", "hgnc": "", "translation_table": "standard"}  # fmt: skip

    def get_tx_info(self, tx_ac: str, alt_ac: str, alt_aln_method: str) -> dict[str, Any]:
        return self.get_tx_identity_info(tx_ac) | {"alt_ac": alt_ac, "alt_aln_method": alt_aln_method}

    def get_tx_exons(self, tx_ac: str, alt_ac: str, alt_aln_method: str) -> list[dict[str, Any]]:
        rows, done, strand = [], 0, int(self.genome.genes.strand[number(tx_ac)])
        for i, (a, b) in enumerate(self.exons(tx_ac)):
            rows.append({"tx_ac": tx_ac, "alt_ac": alt_ac, "alt_strand": strand, "ord": i, "cigar": f"{b - a}=",
                         "tx_start_i": done, "tx_end_i": done + b - a, "alt_start_i": a, "alt_end_i": b,
                         "alt_aln_method": alt_aln_method})  # fmt: skip
            done += b - a
        return sorted(rows, key=lambda row: row["alt_start_i"])

    def get_pro_ac_for_tx_ac(self, tx_ac: str) -> str:
        return tx_ac.replace("NM", "NP")

    def get_acs_for_protein_seq(self, seq: str) -> list[str]:
        return []

    def get_assembly_map(self, assembly_name: str) -> dict[str, str]:
        return {}

    def get_gene_info(self, gene: str) -> None:
        return None

    def get_similar_transcripts(self, tx_ac: str) -> list[Any]:
        return []

    def get_tx_for_gene(self, gene: str) -> list[Any]:
        return []

    def get_tx_for_region(self, alt_ac: str, alt_aln_method: str, start_i: int, end_i: int) -> list[Any]:
        return []

    def get_tx_mapping_options(self, tx_ac: str) -> list[Any]:
        return []


def number(ac: str) -> int:
    """Row of a contig or gene from its accession."""
    return int(ac.split("_")[1].split(".")[0]) - 1


class Oracle:
    """Names of variants as the package gives them; it does not move a variant of an intron."""

    errors = (HGVSError,)

    def __init__(self, genome: Genome) -> None:
        self.genome = genome
        self.provider = Provider(genome)
        self.mapper = hgvs.variantmapper.VariantMapper(self.provider)
        self.c = hgvs.normalizer.Normalizer(self.provider, alt_aln_method="splign", validate=False)
        self.g = {
            side: hgvs.normalizer.Normalizer(
                self.provider, alt_aln_method="splign", validate=False, shuffle_direction=3 if side > 0 else 5
            )
            for side in (1, -1)
        }

    def names(self, variant: Variant, gene: int, shift: bool) -> tuple[str, str]:
        """Return c. and p. without accession; shift: move to the 3' end on the genome first."""
        ref, alt, start = variant.ref, variant.alt, variant.pos
        while ref and alt and ref[0] == alt[0]:
            ref, alt, start = ref[1:], alt[1:], start + 1
        while ref and alt and ref[-1] == alt[-1]:
            ref, alt = ref[:-1], alt[:-1]
        low, high = (start + 1, start + len(ref)) if ref else (start, start + 1)
        place = Interval(start=SimplePosition(low), end=SimplePosition(high))
        edit = NARefAlt(ref=ref or None, alt=alt or None)
        g = hgvs.sequencevariant.SequenceVariant(
            ac=f"NC_{variant.contig + 1:06d}.1", type="g", posedit=hgvs.posedit.PosEdit(place, edit)
        )
        if shift:
            g = self.g[int(self.genome.genes.strand[gene])].normalize(g)
        c = self.mapper.g_to_c(g, f"NM_{gene + 1:06d}.1")
        with suppress(HGVSError):  # introns: the placement stays
            c = self.c.normalize(c)
        try:
            p = str(self.mapper.c_to_p(c)).split(":p.")[1]
        except (HGVSError, NotImplementedError, AssertionError, IndexError) as error:
            p = f"error {error}"
        return str(c).split(":c.")[1], p
