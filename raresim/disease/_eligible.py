"""Which diseases can be made in a world: the gene is on the genome and in the targets, the mode fits its contig."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from raresim.catalog import MODES, Catalog, Disease, GeneLink, facts
from raresim.disease._gene_modes import GeneModes, causal
from raresim.genome import ContigKind, Genome, Targets

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.world import World

AUTOSOMAL = ("AD", "AR")


@dataclass(frozen=True, eq=False)
class Eligible:
    """What a world allows: the genome's genes with a coding base in the targets, and the pairs of mode and disease."""

    genome: Genome
    targets: Targets
    catalog: Catalog

    @cached_property
    def reachable(self) -> NDArray[np.bool_]:
        """bool[genes]: some base of the coding sequence lies in the targets; without a genome all of them."""
        genes, targets = self.genome.genes, self.targets
        if self.genome.absent:
            return np.ones(len(genes), np.bool_)
        owner = np.repeat(np.arange(len(genes)), np.diff(genes.exon_off))
        start = np.maximum(genes.exon_start, genes.cds_start[owner]).astype(np.int64)
        end = np.minimum(genes.exon_end, genes.cds_end[owner]).astype(np.int64)
        shift = genes.contig[owner].astype(np.int64) << 32
        low, high = (targets.contig.astype(np.int64) << 32) + np.stack([targets.start, targets.end]).astype(np.int64)
        first = np.searchsorted(high, shift + start, "right")  # the first target that ends after the exon starts
        hit = (start < end) & (np.append(low, np.iinfo(np.int64).max)[first] < shift + end)
        out = np.zeros(len(genes), np.bool_)
        out[owner[hit]] = True
        return out

    @cached_property
    def known(self) -> GeneModes:
        """In which modes the genes of an entry cause it."""
        return GeneModes(self.catalog, facts())

    @cached_property
    def borrowed(self) -> bool:
        """Whether the catalog knows no gene of the genome (a test genome): then every gene of it may have any disease.

        Good for testing programs; the gene says nothing of the disease, so scores mean nothing.
        """
        return not any(self.row(link) >= 0 for row in range(len(self.catalog)) for link in self.catalog.links(row))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the summary should say."""
        text = "the catalog knows no gene of this genome: its genes are given any disease; test programs, do not score"
        return (text,) if self.borrowed else ()

    @cached_property
    def plantable(self) -> list[tuple[str, int]]:
        """(mode, gene row) of every gene that can carry a causal allele."""
        rows = [int(g) for g in np.flatnonzero(self.reachable) if g not in self.genome.unplantable]
        return [(mode, gene) for gene in rows for mode in self.modes_of(gene)]

    def row(self, link: GeneLink) -> int:
        """Return the row of a gene in the genome, -1 where it is not there."""
        genes = self.genome.genes
        at = genes.by_hgnc.get(link.hgnc, -1)
        if at < 0 and link.symbol in genes.by_symbol and not genes.hgnc[genes.by_symbol[link.symbol]]:
            at = genes.by_symbol[link.symbol]
        return at

    def modes_of(self, gene: int) -> tuple[str, ...]:
        """Return the modes that the place of a gene allows: none in a pseudoautosomal region, on Y or MT; without a
        genome a gene has no place, and the catalog alone says."""
        if self.genome.absent:
            return MODES
        contig = self.genome.contigs[int(self.genome.genes.contig[gene])]
        if contig.kind is ContigKind.AUTOSOME:
            return AUTOSOMAL
        x_linked = contig.kind is ContigKind.X and not contig.in_par(int(self.genome.genes.cds_start[gene]))
        return ("XLD", "XLR") if x_linked else ()

    def pairs(self, disease: Disease) -> list[tuple[str, int]]:
        """Return (mode, gene row) of a disease that can be made."""
        seen = any(not row.excluded for row in disease.annotations)
        if self.borrowed:
            return [(mode, gene) for mode, gene in self.plantable if seen and mode in disease.modes]
        return list(self._pairs(disease.modes, disease.genes)) if seen else []

    def _pairs(self, modes: Collection[str], genes: Sequence[GeneLink]) -> Iterator[tuple[str, int]]:
        for link, fit in self.known.fitting(modes, genes):
            gene = self._place(link)
            if gene >= 0:
                yield from ((mode, gene) for mode in self.modes_of(gene) if mode in fit)

    def _place(self, link: GeneLink) -> int:
        """The row of a gene that can carry a causal allele, else -1."""
        gene = self.row(link)
        return gene if gene >= 0 and self.reachable[gene] and gene not in self.genome.unplantable else -1

    @cached_property
    def drawable(self) -> dict[str, list[tuple[int, tuple[int, ...]]]]:
        """By mode: (catalog row, gene rows) of the diseases of the catalog that are drawn by default, in its order."""
        out: dict[str, list[tuple[int, tuple[int, ...]]]] = {mode: [] for mode in MODES}
        for row in np.flatnonzero(self.catalog.drawable).tolist():
            genes: dict[str, list[int]] = {}
            known = self._pairs(self.catalog.modes[row], self.catalog.links(row))
            for mode, gene in self.plantable if self.borrowed else known:
                if mode not in self.catalog.modes[row]:
                    continue
                genes.setdefault(mode, []).append(gene)
            for mode, rows in genes.items():
                out[mode].append((row, tuple(rows)))
        return out

    def why_not(self, disease: Disease, modes: Collection[str]) -> str:
        """Return why no case of a disease can be made with one of these modes; "" where one can."""
        found = {mode for mode, _ in self.pairs(disease)}
        if found & set(modes):
            return ""
        if found:
            return f"its mode here is {', '.join(sorted(found))}, but the study allows {', '.join(modes)}"
        symbols = ", ".join(link.symbol for link in disease.genes[:3])
        rows = [row for row in map(self.row, disease.genes) if row >= 0]
        if not disease.genes:
            return "no gene of it is known"
        if not any(not row.excluded for row in disease.annotations):
            return "no phenotypic feature of it is known"
        if not set(disease.modes) & set(MODES):
            return f"its mode of inheritance is {', '.join(disease.modes) or 'unknown'}; known: {', '.join(MODES)}"
        if not rows:
            return f"no gene of this disease on this genome ({symbols})"
        if not any(self.reachable[row] for row in rows):
            return f"no coding base of {symbols} lies in the targets; widen targets"
        if all(row in self.genome.unplantable for row in rows):
            return f"{symbols} has no valid reading frame on this genome"
        misplaced = f"{', '.join(disease.modes)} does not fit the place of {symbols} on this genome"
        return self.left_out(disease) or misplaced

    def left_out(self, disease: Disease, genes: Collection[str] = ()) -> str:
        """Return why a gene of a disease (of ``genes``, where any is named) is left out of its modes; "" for none."""
        fitting = [link for link, fit in self.known.fitting(disease.modes, disease.genes) if fit]
        for link in causal(disease.genes):
            named = not genes or link.symbol in genes or link.hgnc in genes
            if named and link not in fitting and self._place(link) >= 0:
                return self.known.why_not(link, [mode for mode in disease.modes if mode in MODES])
        return ""


_MADE: WeakKeyDictionary[World, Eligible] = WeakKeyDictionary()


def of(world: World) -> Eligible:
    """Return what a world allows, worked out once for each world."""
    if world not in _MADE:
        _MADE[world] = Eligible(world.genome, world.targets, world.catalog)
    return _MADE[world]


def pick(weights: Iterable[float], rng: Generator) -> int:
    """Draw an index by weight."""
    total = list(accumulate(weights))
    return bisect_right(total, rng.random() * total[-1])
