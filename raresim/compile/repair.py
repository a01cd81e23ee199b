"""Repairs of the synthetic genome where genes overlap in conflicting frames: bases that make every frame hold."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from raresim.genome import Genes
from raresim.synthetic import Layout

_COMPLEMENT = {65: 84, 67: 71, 71: 67, 84: 65}
_STOPS = {b"TAA", b"TAG", b"TGA"}


@dataclass(frozen=True)
class Rule:
    """What a few bases (their indices, 5' to 3') must spell: "start", "stop", "inner" (no stop) or "intron" (GTAG)."""

    gene: int
    kind: str
    where: tuple[int, ...]
    minus: bool

    def holds(self, bases: NDArray[np.uint8] | dict[int, int]) -> bool:
        """Whether the bases obey."""
        read = [int(bases[at]) for at in self.where]
        text = bytes(_COMPLEMENT[base] for base in read) if self.minus else bytes(read)
        if self.kind == "intron":
            return text == b"GTAG"
        return text == b"ATG" if self.kind == "start" else (text in _STOPS) == (self.kind == "stop")


def path(gene: int, genes: Genes, place: Layout) -> NDArray[np.int64]:
    """Return the indices of a gene's coding bases, 5' to 3'."""
    rows = range(int(place.piece_off[gene]), int(place.piece_off[gene + 1]))
    parts = [np.arange(place.piece_first[r], place.piece_first[r] + place.piece_size[r]) for r in rows]
    forward = np.concatenate(parts)
    return forward if genes.strand[gene] > 0 else forward[::-1]


def rules(gene: int, genes: Genes, place: Layout) -> list[Rule]:
    """Return every rule of a gene."""
    minus = bool(genes.strand[gene] < 0)
    triples = path(gene, genes, place).reshape(-1, 3).tolist()
    kinds = ["start", *["inner"] * (len(triples) - 2), "stop"]
    out = [Rule(gene, kind, tuple(triple), minus) for kind, triple in zip(kinds, triples, strict=True)]
    for e in range(int(genes.exon_off[gene]), int(genes.exon_off[gene + 1]) - 1):
        left, right = int(place.exon_first[e] + place.exon_size[e]), int(place.exon_first[e + 1])
        four = (left, left + 1, right - 2, right - 1)
        out.append(Rule(gene, "intron", four[::-1] if minus else four, minus))
    return out


def broken(bases: NDArray[np.uint8], genes: Genes, place: Layout) -> list[int]:
    """Return the nuclear genes with a rule that does not hold."""
    complement = np.zeros(256, np.uint8)
    complement[list(_COMPLEMENT)] = list(_COMPLEMENT.values())
    out = []
    for gene in np.flatnonzero(genes.code == 0).tolist():
        read = bases[path(gene, genes, place)]
        text = (read if genes.strand[gene] > 0 else complement[read]).tobytes()
        codons = [text[k : k + 3] for k in range(0, len(text), 3)]
        sound = codons[0] == b"ATG" and codons[-1] in _STOPS and _STOPS.isdisjoint(codons[1:-1])
        first = slice(int(genes.exon_off[gene]), int(genes.exon_off[gene + 1]) - 1)
        left = place.exon_first[first] + place.exon_size[first]
        right = place.exon_first[first.start + 1 : first.stop + 1]
        four = bases[np.stack([left, left + 1, right - 2, right - 1])].T
        want = np.frombuffer(b"GTAG" if genes.strand[gene] > 0 else b"CTAC", np.uint8)
        if not (sound and (four == want).all()):
            out.append(gene)
    return out


def repair(bases: NDArray[np.uint8], genes: Genes, place: Layout) -> tuple[dict[int, int], list[int]]:
    """Mend ``bases`` in place; return the changed bases by index, and the genes that cannot be mended.

    Broken rules are taken in the order of the genes; of all the ways to write the bases of a broken rule the one that
    leaves the fewest rules broken is taken, with the fewest changes, first in order; again until nothing improves.
    """
    wrong = broken(bases, genes, place)
    near = {other for gene in wrong for other in range(len(genes)) if _overlap(gene, other, genes)}
    touching: dict[int, list[Rule]] = {}
    for gene in sorted(near):
        for rule in rules(gene, genes, place):
            for at in rule.where:
                touching.setdefault(at, []).append(rule)
    before = {at: int(bases[at]) for at in touching}
    state = dict(before)
    for _ in range(100):
        failing = [r for g in wrong for r in rules(g, genes, place) if not r.holds(state)]
        changed = False
        for rule in failing:
            if rule.holds(state):
                continue
            affected = list(dict.fromkeys(r for at in rule.where for r in touching[at]))
            now = {at: state[at] for at in rule.where}
            best = (sum(not r.holds(state) for r in affected), 0)
            chosen = now
            for new in _ways(rule.where):
                trial = {at: state[at] for r in affected for at in r.where} | new
                rank = (sum(not r.holds(trial) for r in affected), sum(now[at] != new[at] for at in now))
                if rank[0] < best[0] or (rank[0] == best[0] and chosen is not now and rank < best):
                    best, chosen = rank, new
            if chosen is not now:
                state.update(chosen)
                changed = True
        if not changed:
            break
    patches = {at: base for at, base in sorted(state.items()) if base != before[at]}
    for at, base in patches.items():
        bases[at] = base
    return patches, broken(bases, genes, place)


def _ways(where: tuple[int, ...]) -> list[dict[int, int]]:
    return [dict(zip(where, text, strict=True)) for text in product(b"ACGT", repeat=len(where))]


def _overlap(one: int, other: int, genes: Genes) -> bool:
    same = genes.contig[one] == genes.contig[other]
    return bool(same and genes.start[one] < genes.end[other] and genes.start[other] < genes.end[one])
