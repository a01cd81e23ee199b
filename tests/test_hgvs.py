"""HGVS names by hand, on both strands and on the mitochondrial genome."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from raresim.genome import Contig, ContigKind, Genes, Genome
from raresim.hgvs import hgvs
from raresim.normalise import normalise
from raresim.protein import described
from raresim.sites import Variant
from tests.builders import reverse_complement, tiny_genome

UTR5, UTR3 = "GACCT", "GCATAAGC"
EXONS = ("ATGAAACGTTTTGG", "TCCCCAGAGGCTGTGA")  # M K R F G P Q R L stop
INTRON = "GTAAGTTTCAAAACTTTTTCTTTCAG"
FLANK = 30


def build(strand: int, code: int = 0) -> Genome:
    """One gene of two exons: UTR5 + ATGAAACGTTTTGG | TCCCCAGAGGCTGTGA + UTR3, with an intron of 26 bases."""
    pad = "T" * FLANK
    text = pad + UTR5 + EXONS[0] + INTRON + EXONS[1] + UTR3 + pad
    size = len(text)
    first = (FLANK, FLANK + len(UTR5) + len(EXONS[0]))
    second = (first[1] + len(INTRON), size - FLANK)
    exons, cds = [first, second], (FLANK + len(UTR5), second[1] - len(UTR3))
    if strand < 0:
        text = reverse_complement(text)
        exons = sorted((size - b, size - a) for a, b in exons)
        cds = (size - cds[1], size - cds[0])
    column = lambda *values: np.array(values, np.int32)  # noqa: E731
    genes = Genes(
        symbol=["G"], hgnc=["HGNC:1"], ensembl=["ENSG1"], ncbi=["1"], transcript=["SYN_T.1"], chosen=["MANE Select"],
        contig=np.zeros(1, np.int16), strand=np.array([strand], np.int8), start=column(exons[0][0]),
        end=column(exons[1][1]), cds_start=column(cds[0]), cds_end=column(cds[1]), code=np.array([code], np.int8),
        exon_off=np.array([0, 2]), exon_start=column(*(a for a, _ in exons)), exon_end=column(*(b for _, b in exons)),
    )  # fmt: skip
    return Genome(
        name="tiny", assembly="tiny", hgvs_prefix="", contigs=(Contig("chr1", size, ContigKind.AUTOSOME),),
        genes=genes, seg_first=np.array([0, 1]), seg_start=column(0), seg_end=column(size), seg_off=np.array([0]),
        bases=np.frombuffer(text.encode(), np.uint8).copy(), digest="",
    )  # fmt: skip


def names(place: int, ref: str, alt: str, strand: int) -> tuple[str, str]:
    """Names of a change of the pre-mRNA; place 0 is the first base of the transcript."""
    genome = build(strand)
    size = genome.contigs[0].length
    pos = FLANK + place
    if strand < 0:
        pos, ref, alt = size - pos - len(ref), reverse_complement(ref), reverse_complement(alt)
    if not ref or not alt:  # give it an anchor
        pos -= 1
        anchor = genome.fetch(0, pos, pos + 1)
        ref, alt = anchor + ref, anchor + alt
    variant = normalise(genome, Variant(0, pos, ref, alt))
    assert variant is not None
    c, p = hgvs(genome, variant, 0)
    assert c.startswith("SYN_T.1:c.")
    assert p.startswith("SYN_T.1:p.")
    return c.removeprefix("SYN_T.1:c."), p.removeprefix("SYN_T.1:p.")


E1 = len(UTR5)  # place of c.1
I1 = E1 + len(EXONS[0])  # first base of the intron
E2 = I1 + len(INTRON)  # place of c.15
END = E2 + len(EXONS[1])  # place of c.*1

CASES = [
    (0, "G", "C", "-5G>C", "?"),
    (E1, "A", "G", "1A>G", "Met1?"),
    (E1 + 2, "G", "", "3del", "Met1?"),
    (E1 + 3, "A", "T", "4A>T", "(Lys2Ter)"),
    (E1 + 5, "A", "G", "6A>G", "(Lys2=)"),
    (E1 + 5, "A", "C", "6A>C", "(Lys2Asn)"),
    (E1 + 3, "A", "", "6del", "(Lys2AsnfsTer?)"),
    (E1 + 3, "", "A", "6dup", "(Arg3ThrfsTer?)"),
    (E1 + 3, "AAA", "", "4_6del", "(Lys2del)"),
    (E1 + 6, "", "AAA", "4_6dup", "(Lys2dup)"),
    (E1 + 6, "", "GAC", "6_7insGAC", "(Lys2_Arg3insAsp)"),
    (E1 + 4, "AAC", "", "5_7del", "(Lys2_Arg3delinsSer)"),
    (E1 + 7, "GT", "AC", "8_9delinsAC", "(Arg3His)"),
    (E1 + 9, "T", "", "12del", "(Phe4LeufsTer?)"),
    (I1, "G", "A", "14+1G>A", "?"),
    (I1 + 1, "T", "", "14+2del", "?"),
    (I1 - 1, "GGT", "", "14_14+2del", "?"),
    (I1 + 10, "A", "C", "14+11A>C", "?"),
    (I1 + 9, "A", "", "14+13del", "?"),
    (I1 + 12, "A", "C", "14+13A>C", "?"),
    (I1 + 13, "C", "A", "15-13C>A", "?"),
    (E2 - 2, "A", "G", "15-2A>G", "?"),
    (E2, "T", "A", "15T>A", "(Gly5=)"),
    (E2 + 1, "C", "", "19del", "(Gln7ArgfsTer?)"),
    (END - 3, "T", "C", "28T>C", "(Ter10ArgextTer2)"),
    (END - 1, "A", "C", "30A>C", "(Ter10CysextTer2)"),
    (END, "G", "A", "*1G>A", "?"),
    (END + len(UTR3) - 1, "C", "A", "*8C>A", "?"),
]


@pytest.mark.parametrize("strand", [1, -1])
@pytest.mark.parametrize(("place", "ref", "alt", "c", "p"), CASES)
def test_names(place: int, ref: str, alt: str, c: str, p: str, strand: int) -> None:
    got = names(place, ref, alt, strand)
    assert got == (c, p)


def test_outside_the_transcript_there_is_no_name() -> None:
    assert hgvs(build(1), Variant(0, 5, "T", "C"), 0) == ("", "")
    assert hgvs(build(1), Variant(0, FLANK - 3, "TTTG", "T"), 0) == ("", "")


def test_mitochondrial_code() -> None:
    genome = tiny_genome()
    start = int(genome.genes.cds_start[6])
    text = genome.fetch(2, start, int(genome.genes.cds_end[6]))
    k = next(i for i in range(3, len(text) - 3, 3) if text[i : i + 3] == "TGA")
    _, p = hgvs(genome, Variant(2, start + k + 2, "A", "G"), 6)
    assert p.endswith(f":p.(Trp{k // 3 + 1}=)")
    assert hgvs(genome, Variant(2, start + 2, "G", "A"), 6)[1].endswith(":p.(Met1=)")


def test_an_incomplete_mitochondrial_stop_codon_is_completed_by_the_tail() -> None:
    genome = tiny_genome()
    genes = genome.genes
    end = int(genes.cds_end[6]) - 2
    cut = [*genes.exon_end[:-1], end]
    short = replace(
        genome,
        genes=replace(
            genes,
            end=np.array([*genes.end[:-1], end], np.int32),
            cds_end=np.array([*genes.cds_end[:-1], end], np.int32),
            exon_end=np.array(cut, np.int32),
        ),
    )
    from raresim.consequence import effects, names
    from raresim.sites import Sites

    last = end - 1
    assert genome.fetch(2, last, last + 1) in "TA"
    ref = genome.fetch(2, last, last + 1)
    c, p = hgvs(short, Variant(2, last, ref, "C"), 6)
    if ref == "T":
        assert p.endswith("(Ter200GlnextTer?)")
        assert names(int(effects(short, Sites.of([Variant(2, last, ref, "C")])).terms[0])) == ("stop_lost",)
    assert c.endswith(f"c.598{ref}>C")


def test_protein_names() -> None:
    assert described("MKR*", "MKR*", 1, 1, 0) == "(Lys2=)"
    assert described("MKRF*", "MKGDRF*", 2, 1, 6) == "(Lys2_Arg3insGlyAsp)"
    assert described("MKRF*", "MKG*", 2, 1, 9) == "(Lys2_Arg3insGlyTer)"
    assert described("MKRF*", "MKRFQLA*", 4, 4, 0) == "(Ter5GlnextTer3)"


def test_two_base_exons_of_the_mini_genome(shared: Path) -> None:
    """Field report: coding pieces of 2 bases (G09)."""
    from raresim import reference
    from raresim.consequence import effects
    from raresim.consequence import names as terms
    from raresim.sites import Sites

    folder = shared.parent / "field_reports" / "inputs"
    genome = reference.load(folder / "mini.fa", folder / "mini.gff3", "mini")
    genes = genome.genes

    def look(symbol: str, pos: int, alt: str) -> tuple[set[str], str, str]:
        gene = genes.by_symbol[symbol]
        contig = int(genes.contig[gene])
        variant = Variant(contig, pos, genome.fetch(contig, pos, pos + 1), alt)
        found = effects(genome, Sites.of([variant]))
        (mask,) = (int(m) for g, m in zip(found.gene, found.terms, strict=True) if g == gene)
        c, p = hgvs(genome, variant, gene)
        return set(terms(mask)), c.split(":c.")[1], p.split(":p.")[1]

    for c, pos in enumerate((489, 490, 561)):  # A and T, then G after the intron
        base = "ATG"[c]
        assert look("GB", pos, "C") == ({"start_lost", "splice_region_variant"}, f"{c + 1}{base}>C", "Met1?")
    last = genes.by_symbol["GB"]
    stop = genome.fetch(int(genes.contig[last]), 601, 602) + genome.fetch(int(genes.contig[last]), 672, 674)
    assert stop in ("TAA", "TAG", "TGA")
    found = look("GB", 601, "C")
    assert found[0] == {"stop_lost", "splice_region_variant"}
    assert found[1] == "43T>C"
    assert found[2] == "(Ter15ArgextTer?)"
    mirrored = look("GBr", 1033 - 1 - 601, "G")
    assert mirrored == found
