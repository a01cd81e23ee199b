"""HGVS names of alleles on a transcript: ``c.`` for the coding DNA, ``p.`` for the predicted protein."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raresim.consequence import CODES, STARTS
from raresim.genome import Genome
from raresim.protein import described
from raresim.sites import Variant

BASES = np.full(256, 64, np.int16)  # of a byte: its place in the order of the NCBI's codons
BASES[list(b"TCAG")] = range(4)
COMPLEMENT = str.maketrans("ACGTN", "TGCAN")


@dataclass(frozen=True, slots=True)
class Change:
    """A trimmed change in transcript orientation: ``old`` at the oriented positions start..end becomes ``new``.

    Oriented positions rise along the transcript: the genomic position on the plus strand, its negative on the minus.
    """

    start: int
    end: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """A transcript in oriented positions: exons as (start, end) in 5' to 3' order; the coding sequence begins at
    offset ``first`` of the spliced sequence and has ``size`` bases with its stop codon."""

    contig: int
    strand: int
    exons: tuple[tuple[int, int], ...]
    first: int
    size: int
    code: int

    def offset(self, place: int) -> int:
        """Spliced offset of an oriented position in an exon."""
        done = 0
        for start, end in self.exons:
            if start <= place < end:
                return done + place - start
            done += end - start
        raise ValueError(f"position {place} is in no exon")

    def label(self, place: int) -> str:
        """The c. number of an oriented position: ``12``, ``-3``, ``*7``, ``12+5``, ``13-2``."""
        done = 0
        for (start, end), following in zip(self.exons, (*self.exons[1:], None), strict=True):
            if start <= place < end:
                return self._number(done + place - start)
            done += end - start
            if following and end <= place < following[0]:
                left, right = place - end + 1, following[0] - place
                return f"{self._number(done - 1)}+{left}" if left <= right else f"{self._number(done)}-{right}"
        raise ValueError(f"position {place} is outside the transcript")

    def _number(self, offset: int) -> str:
        c = offset - self.first
        if c >= self.size:
            return f"*{c - self.size + 1}"
        return str(c + 1) if c >= 0 else str(c)

    def exon_of(self, change: Change) -> tuple[int, int] | None:
        """The exon that holds a change whole; none for an insertion between an exon and an intron."""
        for start, end in self.exons:
            if start <= change.start and change.end <= end and (change.old or start < change.start < end):
                return start, end
        return None


def hgvs(genome: Genome, variant: Variant, gene: int) -> tuple[str, str]:
    """Return the c. and p. names of an allele on the transcript of a gene, ("", "") outside the transcript.

    An insertion or deletion is moved to the last of its equal places (the 3' rule of the HGVS nomenclature,
    hgvs-nomenclature.org), but never out of the exon it stands in, so that the name agrees with the consequence. p. is
    predicted, hence in parentheses; ``p.?`` where no protein can be predicted: introns, UTRs, changes of a splice site.
    """
    transcript = _transcript(genome, gene)
    change = _change(variant, transcript.strand)
    begin, end = transcript.exons[0][0], transcript.exons[-1][1]
    if not (begin <= change.start and change.end <= end) or (not change.old and change.start in (begin, end)):
        return "", ""
    exon = transcript.exon_of(change)
    change = _shifted(genome, transcript, change, exon[1] if exon else end)
    protein = _protein(genome, transcript, change) if exon else "?"
    name = genome.genes.transcript[gene]
    return f"{name}:c.{_coding(genome, transcript, change)}", f"{name}:p.{protein}"


def _transcript(genome: Genome, gene: int) -> Transcript:
    genes = genome.genes
    rows = slice(int(genes.exon_off[gene]), int(genes.exon_off[gene + 1]))
    plus = [(int(a), int(b)) for a, b in zip(genes.exon_start[rows], genes.exon_end[rows], strict=True)]
    strand, low, high = int(genes.strand[gene]), int(genes.cds_start[gene]), int(genes.cds_end[gene])
    exons = plus if strand > 0 else [(1 - b, 1 - a) for a, b in reversed(plus)]
    begin = low if strand > 0 else 1 - high
    first = sum(max(0, min(b, begin) - a) for a, b in exons)
    size = sum(b - a for a, b in genes.cds(gene))
    return Transcript(int(genes.contig[gene]), strand, tuple(exons), first, size, int(genes.code[gene]))


def _fetch(genome: Genome, transcript: Transcript, start: int, end: int) -> str:
    """Bases of an oriented interval, in transcript orientation."""
    if transcript.strand > 0:
        return genome.fetch(transcript.contig, start, end)
    return genome.fetch(transcript.contig, 1 - end, 1 - start).translate(COMPLEMENT)[::-1]


def _change(variant: Variant, strand: int) -> Change:
    ref, alt, start = variant.ref, variant.alt, variant.pos
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        ref, alt, start = ref[1:], alt[1:], start + 1
    if strand > 0:
        return Change(start, start + len(ref), ref, alt)
    start = 1 - start - len(ref)
    return Change(start, start + len(ref), ref.translate(COMPLEMENT)[::-1], alt.translate(COMPLEMENT)[::-1])


def _shifted(genome: Genome, transcript: Transcript, change: Change, limit: int) -> Change:
    """The change at the last of its equal places that does not pass ``limit``."""
    if change.old and change.new:
        return change
    text, moved, window = change.old or change.new, 0, 64
    while True:
        ahead = _fetch(genome, transcript, change.end, min(limit, change.end + window))
        while moved < len(ahead) and ahead[moved] == text[moved % len(text)]:
            moved += 1
        if moved < window:
            break
        window *= 4
    if not change.old and change.end + moved == limit and 0 < moved < len(text):
        moved -= 1  # no duplication: an insertion is named by the bases on both sides of it
    turn = moved % len(text)
    text = text[turn:] + text[:turn]
    return Change(change.start + moved, change.end + moved, text if change.old else "", text if change.new else "")


def _coding(genome: Genome, transcript: Transcript, change: Change) -> str:
    """The c. name without its prefix."""

    def span(start: int, end: int) -> str:
        first, last = transcript.label(start), transcript.label(end - 1)
        return first if first == last else f"{first}_{last}"

    if len(change.old) == len(change.new) == 1:
        return f"{transcript.label(change.start)}{change.old}>{change.new}"
    if change.old and change.new:
        return f"{span(change.start, change.end)}delins{change.new}"
    if change.old:
        return f"{span(change.start, change.end)}del"
    size = len(change.new)
    before = change.start - size
    if before >= transcript.exons[0][0] and _fetch(genome, transcript, before, change.start) == change.new:
        return f"{span(before, change.start)}dup"
    return f"{span(change.start - 1, change.start + 1)}ins{change.new}"


def _protein(genome: Genome, transcript: Transcript, change: Change) -> str:
    """The p. name, without its prefix, of a change inside an exon."""
    before = sum(min(b, change.start) - a for a, b in transcript.exons if a < change.start)
    at, end, size = before - transcript.first, before - transcript.first + len(change.old), transcript.size
    if not change.old and at == size:
        return f"(Ter{(size + 2) // 3}=)"
    if not (0 < at < size if not change.old else at < size and end > 0):
        return "?"
    spliced = "".join(_fetch(genome, transcript, a, b) for a, b in transcript.exons)
    old = spliced[transcript.first :]
    utr5 = spliced[: transcript.first]
    new = old[: max(at, 0)] + change.new + old[end:]
    if transcript.code == 1:  # the poly(A) tail completes a mitochondrial stop codon
        old, new = old[:size] + "AA", new + "AA"
    if at < 3 and _starts(old, transcript.code):
        whole = (utr5[: len(utr5) + min(at, 0)] + new)[-len(old) :]
        kept = (len(change.old) == len(change.new) or end <= 3) and _starts(whole, transcript.code)
        if not kept:
            return "Met1?"
        if end <= 3 or whole == old:
            return "(Met1=)"
    reference, changed = translated(old, transcript.code), translated(new, transcript.code)
    if len(reference) != (size + 2) // 3 or "X" in reference + changed:
        return "?"  # a selenoprotein, an incomplete coding sequence or unknown bases
    last, shift = (min(end, size) - 1) // 3, len(change.new) - len(change.old)
    if end > size:
        shift = 1  # the stop codon goes with bases of the UTR: what follows is named like another frame
    return described(reference, changed, max(at, 0) // 3, last, shift)


def _codons(text: str) -> NDArray[np.int16]:
    """Return the number of every whole codon in the order of the NCBI; 64 for one with an unknown base."""
    first, second, third = BASES[np.frombuffer(text[: len(text) // 3 * 3].encode(), np.uint8)].reshape(-1, 3).T
    return np.asarray(np.minimum(16 * first + 4 * second + third, 64))


def _starts(text: str, code: int) -> bool:
    return any(STARTS[code][codon] == "M" for codon in _codons(text[:3]))


def translated(text: str, code: int) -> str:
    """Translate up to the first stop codon ("*") or the last whole codon; X for a codon with an unknown base."""
    amino = np.frombuffer(CODES[code].encode(), np.uint8)
    protein = amino[_codons(text)].tobytes().decode()
    return protein[: protein.find("*") + 1] or protein
