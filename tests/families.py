"""Small worlds for tests of families: a map that is a straight line, a panel with known carriers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from raresim import kinds
from raresim.genome import Contig, ContigKind, Genome, Targets
from raresim.inheritance import Alleles
from raresim.mutation import Rates
from raresim.panel import Panel
from raresim.pedigree import Pedigree, Proband
from raresim.sites import Sites, Variant
from raresim.world import World
from tests.builders import tiny_genome

PAR_CM = 50.0


@dataclass(frozen=True)
class StraightMap:
    """A map without hot spots: ``female`` and ``male`` cM over each whole contig; a male X has 50 cM in PAR1 only."""

    genome: Genome
    female: float = 160.0
    male: float = 90.0

    def _points(self, row: int, female: bool) -> tuple[list[float], list[float]]:
        contig = self.genome.contigs[row]
        if contig.kind is ContigKind.X and not female:
            a, b = contig.par[0]
            return [0.0, a, b, contig.length], [0.0, 0.0, PAR_CM, PAR_CM]
        return [0.0, contig.length], [0.0, self.female if female else self.male]

    def cm(self, contig: int, pos: NDArray[Any], female: bool) -> NDArray[np.float64]:
        """Cumulative cM of positions."""
        return np.interp(np.asarray(pos, float), *self._points(contig, female))

    def bp(self, contig: int, cm: NDArray[Any], female: bool) -> NDArray[np.float64]:
        """Positions of cumulative cM."""
        x, y = self._points(contig, female)
        keep = [i for i in range(len(y)) if i == 0 or y[i] > y[i - 1]]
        keep = sorted({*keep, *(i - 1 for i in keep if i)})
        return np.interp(np.asarray(cm, float), [y[i] for i in keep], [x[i] for i in keep])

    def length(self, contig: int, female: bool) -> float:
        """CM of a contig."""
        return float(self._points(contig, female)[1][-1])


def wide_genome() -> Genome:
    """Two autosomes and an X of 10 Mb (PAR1 of 1 Mb from base 1,000, PAR2 of 0.2 Mb), without genes in place."""
    from dataclasses import replace

    x = Contig("chrX", 10_000_000, ContigKind.X, ((1_000, 1_000_000), (9_800_000, 10_000_000)))
    contigs = (
        Contig("chr1", 10_000_000, ContigKind.AUTOSOME),
        Contig("chr2", 10_000_000, ContigKind.AUTOSOME),
        x,
        Contig("chrM", 16_000, ContigKind.MT),
    )
    return replace(tiny_genome(), contigs=contigs)


def panel_of(
    genome: Genome,
    rows: list[tuple[int, int, str, str]],
    haplotypes: list[list[int]],
    ancestry: list[int] | None = None,
) -> Panel:
    """A panel of these sites (contig, pos, REF, ALT; sorted) in which haplotype h carries ``haplotypes[h]``."""
    n, people = len(rows), len(haplotypes) // 2
    groups = ancestry or [0] * people
    names = tuple(["EUR", "AFR", "EAS"][: max(groups, default=0) + 1])
    flat = np.array([r for h in haplotypes for r in h], np.int32)
    return Panel(
        sites=Sites.of(Variant(*row) for row in rows),
        terms=np.zeros(n, np.uint32),
        gene=np.full(n, -1, np.int32),
        pathogenic=np.zeros(n, bool),
        ancestries=names,
        ac=np.zeros((n, len(names)), np.int32),
        an=np.full(len(names), 100, np.int32),
        hom=np.zeros((n, len(names)), np.int32),
        ancestry=np.array(groups, np.int8),
        hap_off=np.cumsum([0, *map(len, haplotypes)]).astype(np.int64),
        hap_site=flat,
        digest=f"{n} {people}",
    )


def random_panel(genome: Genome, seed: int, people: int = 6, sites: int = 300, share: float = 0.2) -> Panel:
    """A panel with random sites on every contig but the last, SNVs and a few deletions."""
    rng = default_rng(seed)
    rows = set()
    while len(rows) < sites:
        c = int(rng.integers(len(genome.contigs) - 1))
        ref, alt = rng.permutation(list("ACGT"))[:2]
        ref = ref + "A" if rng.random() < 0.1 else ref
        rows.add(
            (c, int(rng.integers(10, genome.contigs[c].length - 10)), str(ref), str(ref[0] if len(ref) > 1 else alt))
        )
    carried = [np.flatnonzero(rng.random(sites) < share).tolist() for _ in range(2 * people)]
    return panel_of(genome, sorted(rows), carried)


def every_site(genome: Genome, people: int = 2, step: int = 50_000) -> Panel:
    """A panel with a site every ``step`` bases of autosomes and X, carried by haplotype 0 of each person only."""
    rows = [
        (c, pos, "A", "G")
        for c, contig in enumerate(genome.contigs)
        if contig.kind in (ContigKind.AUTOSOME, ContigKind.X)
        for pos in range(step // 2, contig.length, step)
    ]
    return panel_of(genome, rows, [list(range(len(rows))) if h % 2 == 0 else [] for h in range(2 * people)])


def trio(female: bool, age: float = 5.0, onset: float = 0.0, seed: int = 1) -> Pedigree:
    """A trio around a proband."""
    drawn: Pedigree = kinds.make("pedigree", "trio", {}).draw(Proband(female, age, onset), default_rng(seed))
    return drawn


def alone(female: bool, onset: float = 0.0) -> Pedigree:
    """A singleton."""
    drawn: Pedigree = kinds.make("pedigree", "singleton", {}).draw(Proband(female, 5.0, onset), default_rng(1))
    return drawn


def cds_targets(genome: Genome, padding: int = 0) -> Targets:
    """The coding sequence of a genome as targets."""
    from raresim.intervals import merged

    rows = [
        (int(genome.genes.contig[g]), a - padding, b + padding)
        for g in range(len(genome.genes))
        for a, b in genome.genes.cds(g)
    ]
    contig, start, end = merged(*np.array(rows, np.int64).T)
    return Targets(contig.astype(np.int16), start.astype(np.int32), end.astype(np.int32))


def world_of(genome: Genome, panel: Panel, padding: int = 0, facts: Any = None, catalog: Any = None) -> World:
    """A world of this genome and panel whose targets are the coding sequence."""
    return World(
        genome=genome,
        targets=cds_targets(genome, padding),
        map=StraightMap(genome),  # type: ignore[arg-type]
        rates=Rates(genome),
        catalog=catalog,
        facts=facts,
        ontology=None,  # type: ignore[arg-type]
        panel=panel,
    )


def no_alleles(members: int) -> Alleles:
    """No causal locus."""
    return Alleles(np.zeros((0, members, 2), np.int8), np.zeros((0, members, 2)))
