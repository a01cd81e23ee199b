"""The terms of one allele on one transcript, the obvious way: whole strings, one base at a time."""

from __future__ import annotations

from itertools import product

from raresim.genome import Genome
from raresim.sites import Variant
from tests.builders import STOPS, reverse_complement

AMINO = {
    0: "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    1: "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG",
}
STARTS = {0: {"ATG"}, 1: {"ATG", "ATA", "ATT", "ATC", "GTG"}}


def translate(text: str, code: int) -> str:
    """One-letter protein of all whole codons."""
    table = dict(zip(("".join(c) for c in product("TCAG", repeat=3)), AMINO[code], strict=True))
    return "".join(table.get(text[i : i + 3], "X") for i in range(0, len(text) - 2, 3))


class Transcript:
    """A transcript along its own strand: place 0 is its first base, introns included."""

    def __init__(self, genome: Genome, gene: int) -> None:
        genes = genome.genes
        self.strand, self.code = int(genes.strand[gene]), int(genes.code[gene])
        self.contig, self.low, self.high = int(genes.contig[gene]), int(genes.start[gene]), int(genes.end[gene])
        text = genome.fetch(self.contig, self.low, self.high)
        self.text = text if self.strand > 0 else reverse_complement(text)
        rows = range(int(genes.exon_off[gene]), int(genes.exon_off[gene + 1]))
        exons = [(int(genes.exon_start[r]), int(genes.exon_end[r])) for r in rows]
        self.exons = sorted(tuple(sorted((self.place(a), self.place(b - 1)))) for a, b in exons)  # inclusive
        first, last = sorted((self.place(int(genes.cds_start[gene])), self.place(int(genes.cds_end[gene]) - 1)))
        self.spliced_places = [p for a, b in self.exons for p in range(a, b + 1)]
        self.spliced = "".join(self.text[p] for p in self.spliced_places)
        self.first = self.spliced_places.index(first)
        self.end = self.spliced_places.index(last) + 1

    def place(self, pos: int) -> int:
        """Place of a genomic position."""
        return pos - self.low if self.strand > 0 else self.high - 1 - pos

    def intron(self, place: int) -> tuple[int, int] | None:
        """Distances (from 1) of an intronic place to the exon before and the exon after."""
        for (_, a), (b, _) in zip(self.exons, self.exons[1:], strict=False):
            if a < place < b:
                return place - a, b - place
        return None

    def exon(self, place: int) -> int | None:
        """Number of the exon of a place."""
        return next((i for i, (a, b) in enumerate(self.exons) if a <= place <= b), None)


def terms(t: Transcript, variant: Variant) -> set[str]:
    """Return the Sequence Ontology terms; none where the variant is outside the transcript."""
    ref, alt, pos = variant.ref, variant.alt, variant.pos
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        ref, alt, pos = ref[1:], alt[1:], pos + 1
    new = alt if t.strand > 0 else reverse_complement(alt)
    if ref:
        places = sorted(t.place(p) for p in range(pos, pos + len(ref)) if t.low <= p < t.high)
        if not places:
            return set()
        out = {term for p in places for term in splice_of_base(t, p)}
        whole = len(places) == len(ref) and t.exon(places[0]) is not None and t.exon(places[0]) == t.exon(places[-1])
        if not whole:
            out |= torn(t, places)
        else:
            at = t.spliced_places.index(places[0])
            out |= exonic(t, at, len(places), new, t.exons[t.exon(places[0])])
    else:
        if not t.low < pos < t.high:
            return set()
        left, right = sorted((t.place(pos - 1), t.place(pos)))
        out = splice_of_gap(t, left, right)
        exon = t.exon(left) if t.exon(left) is not None else t.exon(right)
        if exon is not None:
            at = t.spliced_places.index(left) + 1 if t.exon(left) is not None else t.spliced_places.index(right)
            out |= exonic(t, at, 0, new, t.exons[exon])
    if out & {"splice_donor_variant", "splice_acceptor_variant"}:
        out.discard("splice_region_variant")
    return out


def splice_of_base(t: Transcript, place: int) -> set[str]:
    """Terms of a changed base that come from splicing alone."""
    out = set()
    distance = t.intron(place)
    if distance:
        before, after = distance
        out |= {"splice_donor_variant"} if before <= 2 else set()
        out |= {"splice_acceptor_variant"} if after <= 2 else set()
        out |= {"splice_region_variant"} if 3 <= before <= 8 or 3 <= after <= 8 else set()
        out |= {"intron_variant"} if before > 2 and after > 2 else set()
    else:
        i = t.exon(place)
        a, b = t.exons[i]
        if (i > 0 and place - a < 3) or (i + 1 < len(t.exons) and b - place < 3):
            out.add("splice_region_variant")
    return out


def splice_of_gap(t: Transcript, left: int, right: int) -> set[str]:
    """Terms of an insertion between two places that come from splicing alone."""
    near, far = t.intron(left), t.intron(right)
    out = set()
    if near and far:
        out |= {"splice_donor_variant"} if near[0] == 1 else set()
        out |= {"splice_acceptor_variant"} if far[1] == 1 else set()
        out |= {"splice_region_variant"} if 2 <= near[0] <= 7 or 2 <= far[1] <= 7 else set()
        out |= {"intron_variant"} if near[0] >= 2 and far[1] >= 2 else set()
    elif near or far:
        out.add("splice_region_variant")
    else:
        i = t.exon(left)
        a, b = t.exons[i]
        if (i > 0 and right - a < 3) or (i + 1 < len(t.exons) and b - left < 3):
            out.add("splice_region_variant")
    return out


def torn(t: Transcript, places: list[int]) -> set[str]:
    """Terms of a change that does not fit into one exon."""
    out = set()
    offsets = [t.spliced_places.index(p) for p in places if t.exon(p) is not None]
    out |= {"5_prime_UTR_variant"} if any(o < t.first for o in offsets) else set()
    out |= {"3_prime_UTR_variant"} if any(o >= t.end for o in offsets) else set()
    coding = [o - t.first for o in offsets if t.first <= o < t.end]
    if coding:
        out.add("coding_sequence_variant")
        first, last = t.spliced_places[t.first], t.spliced_places[t.end - 1]
        out |= {"start_lost"} if any(first <= p < first + 3 for p in places) else set()
        out |= {"stop_lost"} if any(last - 3 < p <= last for p in places) else set()
    return out


def exonic(t: Transcript, at: int, cut: int, new: str, exon: tuple[int, int]) -> set[str]:
    """Terms of spliced[at:at + cut] -> new inside one exon."""
    changed = t.spliced[:at] + new + t.spliced[at + cut :]
    low, high = t.spliced_places.index(exon[0]), t.spliced_places.index(exon[1]) + 1
    if not cut or not new:  # all places in the exon where the same length gives the same sequence
        size = len(new) - cut
        same = [
            k
            for k in range(low, high - cut + 1)
            if "N" not in t.spliced[min(k, at) : max(k, at) + cut]
            and changed == t.spliced[:k] + changed[k : k + max(size, 0)] + t.spliced[k + cut :]
        ]
    else:
        same = [at]
    first, last = same[0], same[-1]
    end = last + cut
    new = changed[last : last + len(new)]
    inside = t.first < last < t.end if not cut else last < t.end and end > t.first
    out = set()
    if inside and first + cut <= t.first and not (cut and new):
        out = {"5_prime_UTR_variant"}
        return out | ({"start_retained_variant"} if last < t.first + 3 else set())
    if last < t.first or (not cut and last == t.first):
        out.add("5_prime_UTR_variant")
    if end > t.end or (not cut and last == t.end):
        out.add("3_prime_UTR_variant")
    return out | coding(t, last - t.first, cut, new) if inside else out


def coding(t: Transcript, at: int, cut: int, new: str) -> set[str]:
    """Terms of a change of the coding sequence, from codons before and after."""
    tail = "AA" if t.code == 1 else ""
    old_text = t.spliced[t.first : t.end] + (tail or t.spliced[t.end :])
    size = t.end - t.first
    end, shift = at + cut, len(new) - cut
    new_text = old_text[: max(at, 0)] + new + old_text[end:]
    out: set[str] = set()
    touches_start = (at < 3 and end > 0) if cut else 0 < at < 3
    if touches_start and old_text[:3] in STARTS[t.code]:
        if shift and end > 3:
            return {"start_lost"}
        before = t.spliced[: t.first + min(at, 0)]
        codon = (before + new_text)[len(before) + len(new_text) - len(old_text) :][:3]
        if codon not in STARTS[t.code]:
            return {"start_lost"}
        out.add("start_retained_variant")
        if end <= 3:
            return out
    codons = (size + 2) // 3
    first, last = max(at, 0) // 3, min((end + 2) // 3, codons)
    old = translate(old_text, t.code)[first:last]
    has_stop = old_text[3 * codons - 3 : 3 * codons] in STOPS[t.code]
    touches_stop = has_stop and (3 * codons - 3 < end and last == codons and (cut or at > 3 * codons - 3))
    protein = translate(new_text, t.code)
    if shift == 0:
        return out | substituted(old, protein[first:last], len(old) - 1 if has_stop and last == codons else -1)
    if touches_stop and "X" not in old and protein[first : first + len(old)] == old:
        return out | {"stop_retained_variant"}
    if touches_stop and end > size:
        return out | {"stop_lost"}
    if shift % 3:
        return out | {"frameshift_variant"} | ({"stop_lost"} if touches_stop else set())
    mut = protein[first : last + shift // 3]
    if "X" in mut:
        return out | {"coding_sequence_variant"}
    if touches_stop:
        out.add("stop_retained_variant" if "*" in mut else "stop_lost")
    elif "*" in mut:
        out.add("stop_gained")
    if not new or any(
        old[:k] + old[k + len(old) - len(mut) :] == mut for k in range(len(mut) + 1) if len(old) > len(mut)
    ):
        out.add("inframe_deletion")
    elif any(mut[:k] + mut[k + len(mut) - len(old) :] == old for k in range(len(old) + 1) if len(mut) > len(old)):
        out.add("inframe_insertion")
    else:
        out.add("protein_altering_variant")
    return out


def substituted(old: str, mut: str, stop: int) -> set[str]:
    """Terms of codons that change one for one."""
    out: set[str] = set()
    for k, (a, b) in enumerate(zip(old, mut, strict=True)):
        if "X" in (a, b):
            out.add("coding_sequence_variant")
        elif k == stop:
            out.add("stop_retained_variant" if b == "*" else "stop_lost")
        elif b == "*" and a != "*":
            out.add("stop_gained")
            break
        elif a != b:
            out.add("missense_variant")
    if out & {"stop_gained", "stop_lost"}:
        out.discard("missense_variant")
    return out or {"synonymous_variant"}
