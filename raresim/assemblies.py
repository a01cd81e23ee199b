"""What is known of human assemblies: names of the primary chromosomes, their lengths, pseudoautosomal regions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from raresim.genome import ContigKind

CHROMOSOMES = (*(f"chr{n}" for n in range(1, 23)), "chrX", "chrY")

# Genome Reference Consortium, assembly reports of GRCh38 (GCA_000001405.15) and GRCh37 (GCA_000001405.1)
LENGTHS: Mapping[str, Mapping[str, int]] = {
    "GRCh38": dict(
        zip(
            CHROMOSOMES,
            (
                *(248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636, 138394717),
                *(133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345, 83257441, 80373285),
                *(58617616, 64444167, 46709983, 50818468, 156040895, 57227415),
            ),
            strict=True,
        )
    ),
    "GRCh37": dict(
        zip(
            CHROMOSOMES,
            (
                *(249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022, 141213431),
                *(135534747, 135006516, 133851895, 115169878, 107349540, 102531392, 90354753, 81195210, 78077248),
                *(59128983, 63025520, 48129895, 51304566, 155270560, 59373566),
            ),
            strict=True,
        )
    ),
}

# 0-based half-open; the same assembly reports (PAR1, PAR2), found by the length of the chromosome
PAR: Mapping[tuple[str, int], tuple[tuple[int, int], ...]] = {
    ("chrX", 156040895): ((10_000, 2_781_479), (155_701_382, 156_030_895)),
    ("chrY", 57227415): ((10_000, 2_781_479), (56_887_902, 57_217_415)),
    ("chrX", 155270560): ((60_000, 2_699_520), (154_931_043, 155_260_560)),
    ("chrY", 59373566): ((10_000, 2_649_520), (59_034_049, 59_363_566)),
}

_KINDS = {"chrX": ContigKind.X, "chrY": ContigKind.Y, "chrM": ContigKind.MT}
_SYNONYMS = {"grch38": "GRCh38", "hg38": "GRCh38", "grch37": "GRCh37", "hg19": "GRCh37", "b37": "GRCh37"}
_NAME = re.compile(r"(?:chr)?(\d{1,2}|X|Y|M|MT)", re.IGNORECASE)
_REFSEQ = re.compile(r"NC_0000(\d\d)\.\d+")
_MITOCHONDRION = re.compile(r"NC_012920\.\d+|J01415\.\d+")


def canonical(name: str) -> str:
    """Return ``chr1`` .. ``chrY``, ``chrM`` for any usual name of a human primary chromosome (1, chr1, NC_000001.11,
    M, MT, NC_012920.1), and any other name as it is."""
    if _MITOCHONDRION.fullmatch(name):
        return "chrM"
    match = _NAME.fullmatch(name)
    bare = match[1].upper() if match else ""
    refseq = _REFSEQ.fullmatch(name)
    if refseq:
        bare = {"23": "X", "24": "Y"}.get(refseq[1], str(int(refseq[1])))
    found = "chr" + bare.removesuffix("T")
    return found if found in CHROMOSOMES or found == "chrM" else name


def kind(name: str) -> ContigKind:
    """Return the ploidy rule of a contig by its canonical name."""
    return _KINDS.get(name, ContigKind.AUTOSOME)


def named(text: str) -> str:
    """Return the name that raresim uses for an assembly (hg38 is GRCh38); unknown names stay."""
    return _SYNONYMS.get(text.lower(), text)


def guess(lengths: Mapping[str, int]) -> str | None:
    """Return the known assembly that every primary chromosome among these contigs fits, or None."""
    primary = {name: length for name, length in lengths.items() if name in CHROMOSOMES}
    for assembly, known in LENGTHS.items():
        if primary and all(known[name] == length for name, length in primary.items()):
            return assembly
    return None
