"""How often each base mutates, and to what: one table for background, de novo and designed variants."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.sites import Sites, Variant
from raresim.tables import table

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.genome import Genome, Targets

LETTERS = "ACGT"
CODE = np.full(256, 4, np.uint8)  # code of an ASCII base: A 0, C 1, G 2, T 3, anything else 4
for _code, _letter in enumerate(LETTERS):
    CODE[ord(_letter)] = CODE[ord(_letter.lower())] = _code
# Share of single-base changes that change the next base in the same event: 31,510 pairs inside one codon in the 125,748
# exomes of gnomAD v2.1 (Wang et al. 2019, doi:10.1101/573378), where two thirds of all adjacent pairs are, among 14.8
# million variants: .003. Wider clusters are left out.
PAIRS = 0.003
GENOME_MEAN = 1.2e-8  # mean rate of the table over the genome, per base and generation (see the table's header)


@dataclass(frozen=True)
class RateTable:
    """The shipped rates. snv float64[125, 4]: rate to A, C, G, T in context 25 x left + 5 x base + right (codes 0-4;
    0.0 to the base itself and beside N). indel, ins_per_del float64[2] and length float64[2, 31]: outside and inside
    coding sequence; length[r, n] is the share of indels of n bases."""

    snv: NDArray[np.float64]
    indel: NDArray[np.float64]
    ins_per_del: NDArray[np.float64]
    length: NDArray[np.float64]

    @cached_property
    def total(self) -> NDArray[np.float64]:
        """Rate of any single-base change by context."""
        return np.asarray(self.snv.sum(1))


@lru_cache(1)
def load() -> RateTable:
    """Read ``data/rates.tsv.gz``."""
    snv, indel, ratio, length = np.zeros((125, 4)), np.zeros(2), np.zeros(2), np.zeros((2, 31))
    with gzip.open(table("rates.tsv.gz"), "rt") as lines:
        for line in lines:
            if line.startswith(("#", "kind")):
                continue
            kind, old, new, value = line.rstrip("\n").split("\t")
            if kind == "snv":
                left, base, right = (LETTERS.index(letter) for letter in old)
                snv[25 * left + 5 * base + right, LETTERS.index(new)] = float(value)
            elif kind == "length":
                length[int(old == "coding"), int(new)] = float(value)
            else:
                (indel if kind == "indel" else ratio)[int(old == "coding")] = float(value)
    return RateTable(snv, indel, ratio, length)


def contexts(bases: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the context (index of ``RateTable.snv``) of every base but the first and the last; ASCII in."""
    code = CODE[bases]
    return np.asarray(25 * code[:-2] + 5 * code[1:-1] + code[2:], np.uint8)


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates of single-base changes and small indels of a genome, per base and generation.

    The context of a base is its 3-mer; a base beside N does not mutate. Rates are those of the table (1.2e-8 a base on
    average over the genome, 1.5e-8 in exons), which is the scale of trio studies; a demography that was fitted with
    another rate brings its own scale (raresim.demography).
    """

    genome: Genome  # its coding sequence is where indels have their coding rates

    def coding(self, contig: int, where: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return which positions (ascending) of a contig are coding sequence of any gene."""
        nothing = np.zeros(0, np.int64)
        start, end = self._cds.get(contig, (nothing, nothing))
        if not len(where):
            return np.zeros(0, np.bool_)
        rows = slice(int(np.searchsorted(end, where[0], "right")), int(np.searchsorted(start, where[-1], "right")))
        step = np.zeros(len(where) + 1, np.int8)
        np.add.at(step, np.searchsorted(where, start[rows]), np.int8(1))
        np.add.at(step, np.searchsorted(where, end[rows]), np.int8(-1))
        return np.asarray(np.cumsum(step[:-1], dtype=np.int8) > 0)

    @cached_property
    def _cds(self) -> dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        genes = self.genome.genes
        row = np.repeat(np.arange(len(genes)), np.diff(genes.exon_off))
        start = np.maximum(genes.exon_start, genes.cds_start[row]).astype(np.int64)
        end = np.minimum(genes.exon_end, genes.cds_end[row]).astype(np.int64)
        out = {}
        for contig in np.unique(genes.contig):
            keep = (genes.contig[row] == contig) & (start < end)
            order = np.argsort(start[keep], kind="stable")
            a, b = start[keep][order], np.maximum.accumulate(end[keep][order])
            new = np.flatnonzero(np.append(True, a[1:] > b[:-1]))
            out[int(contig)] = (a[new], b[np.append(new[1:] - 1, len(b) - 1)])
        return out

    def snv(self, genome: Genome, contig: int, start: int, end: int) -> NDArray[np.float64]:
        """Return float64[end - start, 4]: the rate to A, C, G, T of every base; 0 to itself, and where it is N."""
        bases = np.frombuffer(genome.fetch(contig, start - 1, end + 1).encode(), np.uint8)
        return load().snv[contexts(bases)]

    def indel(self, genome: Genome, contig: int, start: int, end: int) -> tuple[NDArray[np.float64], ...]:
        """Return the rates of deletions and of insertions, of any length, whose anchor is each base (float64 each)."""
        bases = np.frombuffer(genome.fetch(contig, start - 1, end + 1).encode(), np.uint8)
        region = self.coding(contig, np.arange(start, end)).astype(np.int64)
        rate = load().indel[region] * (load().total[contexts(bases)] > 0)
        deletions = rate / (1 + load().ins_per_del[region])
        return deletions, rate - deletions

    def total(self, genome: Genome, targets: Targets) -> float:
        """Return the rate of any mutation in the targets, per haplotype and generation."""
        whole = 0.0
        for contig in np.unique(targets.contig):
            rows = targets.contig == contig
            where, context = flat(genome, int(contig), targets.start[rows], targets.end[rows])
            inside = self.coding(int(contig), where)
            count = np.bincount(context, minlength=125)
            whole += float((count * load().total).sum())
            count = np.bincount(context[inside], minlength=125)
            known = load().total > 0
            whole += float(load().indel[1] * count[known].sum())
            whole += float(load().indel[0] * (np.bincount(context, minlength=125) - count)[known].sum())
        return whole

    def draw(
        self,
        genome: Genome,
        contig: int | NDArray[np.integer],
        starts: NDArray[np.integer],
        ends: NDArray[np.integer],
        rng: Generator,
    ) -> Variant:
        """Draw one new allele by its rate among the intervals (disjoint; ``contig`` is one or one of each interval).

        A base is proposed uniformly and accepted by its rate, so nothing is summed over the intervals. The allele of an
        indel is anchored and left-aligned; an insertion repeats the bases to its right (most new insertions are tandem
        duplications: Messer and Arndt 2007, doi:10.1093/molbev/msm035). Raises ValueError where no base can mutate.
        """
        ends_at = np.cumsum(np.asarray(ends, np.int64) - starts)
        limit = float(load().total.max() + load().indel.max())
        for attempt in range(100_000):
            if attempt == 500 and not self._any(genome, contig, starts, ends):
                break
            at = int(rng.integers(ends_at[-1]))
            row = int(np.searchsorted(ends_at, at, "right"))
            pos = int(ends[row]) - int(ends_at[row] - at)
            where = int(contig if np.ndim(contig) == 0 else np.asarray(contig)[row])
            mark = rng.random() * limit
            text = genome.fetch(where, pos - 1, pos + 2)
            edges = np.cumsum(load().snv[contexts(np.frombuffer(text.encode(), np.uint8))[0]])
            if mark < edges[-1]:
                return Variant(where, pos, text[1], LETTERS[int(np.searchsorted(edges, mark, "right"))])
            inside = int(self.coding(where, np.array([pos]))[0])
            mark -= float(edges[-1])
            if edges[-1] > 0 and mark < load().indel[inside]:
                deletes = mark < load().indel[inside] / (1 + load().ins_per_del[inside])
                size = int(np.searchsorted(np.cumsum(load().length[inside]), rng.random(), "right"))
                made = indel_allele(genome, where, pos, -size if deletes else size)
                if made is not None:
                    return made
        raise ValueError(f"no base of these {len(starts)} intervals can mutate")

    def _any(
        self,
        genome: Genome,
        contig: int | NDArray[np.integer],
        starts: NDArray[np.integer],
        ends: NDArray[np.integer],
    ) -> bool:
        """Whether some base of the intervals has a known context."""
        contigs = np.broadcast_to(np.asarray(contig), np.shape(starts))
        return any(
            bool((load().total[flat(genome, int(c), starts[contigs == c], ends[contigs == c])[1]] > 0).any())
            for c in np.unique(contigs)
        )


def indel_allele(genome: Genome, contig: int, pos: int, size: int) -> Variant | None:
    """Return the deletion (``size`` < 0) or tandem duplication of the bases after ``pos``, left-aligned; None at N."""
    made, _ = indels(genome, np.array([contig], np.int16), np.array([pos], np.int64), np.array([size], np.int64))
    return made[0] if len(made) else None


def indels(
    genome: Genome, contig: NDArray[np.int16], pos: NDArray[np.int64], size: NDArray[np.integer]
) -> tuple[Sites, NDArray[np.int64]]:
    """Return the deletions (``size`` < 0) or tandem duplications of the bases after each ``pos``, left-aligned, and
    their rows: those at N are none."""
    many = np.abs(size).astype(np.int64)

    def text(rows: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.uint8]:
        return genome.letters(np.repeat(contig[rows], length), _ranges(pos[rows], length))

    pos, n = pos.copy(), np.uint8(ord("N"))
    known = np.ones(len(pos), np.bool_)
    known[np.repeat(np.arange(len(pos)), many + 1)[text(np.arange(len(pos)), many + 1) == n]] = False
    rolling = np.flatnonzero(known)
    while len(rolling):  # the last base of the allele rolls to its left end while it is the base before
        first = genome.letters(contig[rolling], pos[rolling])
        known[rolling[first == n]] = False
        rolling = rolling[(first != n) & (first == genome.letters(contig[rolling], pos[rolling] + many[rolling]))]
        pos[rolling] -= 1
    rows = np.flatnonzero(known)
    old, new = np.where(size < 0, many + 1, 1)[rows], np.where(size < 0, 1, many + 1)[rows]
    old_off, new_off = (np.append(0, np.cumsum(length)).astype(np.int64) for length in (old, new))
    place = pos[rows].astype(np.int32)
    return Sites(contig[rows], place, old_off, text(rows, old), new_off, text(rows, new)), rows


def flat(
    genome: Genome, contig: int, starts: NDArray[np.integer], ends: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return every position of intervals of a contig, in their order, and its context."""
    start, size = np.asarray(starts, np.int64), np.asarray(ends, np.int64) - starts
    rows = slice(int(genome.seg_first[contig]), int(genome.seg_first[contig + 1]))
    first, last = genome.seg_start[rows].astype(np.int64), genome.seg_end[rows].astype(np.int64)
    segment = np.searchsorted(last, start, "right")
    whole = segment < len(first)  # intervals that one segment holds, with a base on either side
    whole[whole] = (first[segment[whole]] < start[whole]) & (last[segment[whole]] > (start + size)[whole])
    at = np.zeros(len(start), np.int64)
    at[whole] = (genome.seg_off[rows] - first)[segment[whole]] + start[whole] - 1
    code = CODE[genome.bases[_ranges(at, np.where(whole, size + 2, 0))]]
    if not whole.all():
        parts = np.split(code, np.cumsum(np.where(whole, size + 2, 0))[:-1])
        for i in np.flatnonzero(~whole):
            text = genome.fetch(contig, int(start[i]) - 1, int(start[i] + size[i]) + 1)
            parts[i] = CODE[np.frombuffer(text.encode(), np.uint8)]
        code = np.concatenate(parts)
    left = _ranges(np.cumsum(size + 2) - size - 2, size)
    return _ranges(start, size), np.asarray(25 * code[left] + 5 * code[left + 1] + code[left + 2], np.uint8)


def _ranges(start: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return start[0], start[0] + 1, ... for size[0] numbers, then the same for every other row."""
    step: NDArray[np.int64] = np.repeat(start - (np.cumsum(size) - size), size)
    return np.arange(len(step), dtype=np.int64) + step
