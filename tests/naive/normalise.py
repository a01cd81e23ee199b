"""The normal form of an allele, one base at a time: the algorithm of Tan, Abecasis and Kang 2015 as it is written."""

from __future__ import annotations

from raresim.genome import Genome
from raresim.sites import Variant


def normalise(genome: Genome, variant: Variant) -> Variant | None:
    """Return the normal form, None where a base that is needed is not ACGT or REF is not the reference."""
    ref, alt, pos = variant.ref, variant.alt, variant.pos
    if genome.fetch(variant.contig, pos, pos + len(ref)) != ref or ref == alt or not ref or not alt:
        return None
    if set(ref + alt) - set("ACGT"):
        return None
    while True:
        if ref and alt and ref[-1] == alt[-1]:
            ref, alt = ref[:-1], alt[:-1]
        elif not ref or not alt:
            if pos == 0:
                return None
            base = genome.fetch(variant.contig, pos - 1, pos)
            if base not in "ACGT":
                return None
            ref, alt, pos = base + ref, base + alt, pos - 1
        else:
            break
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        ref, alt, pos = ref[1:], alt[1:], pos + 1
    return Variant(variant.contig, pos, ref, alt)
