"""The same genes in people of the 1000 Genomes project and in ours: coding single-base changes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim import maps, panel, synthetic
from raresim import targets as make_targets
from raresim.audit.population.measure import Measured, coding_bases, hudson
from raresim.background import Inputs
from raresim.background.coalescent import Coalescent
from raresim.genome import ContigKind, Genome, Targets

ADMIXED_AFRICAN = ("ACB", "ASW")  # left out: our AFR has no recent European ancestors
GROUPS = ("AFR", "AMR", "EAS", "EUR", "FIN", "SAS")


@dataclass(frozen=True, eq=False)
class Compared:
    """Counts of ALT by group, int64[sites, groups], of people of the project and of ours; people of each group, coding
    bases, number of genes."""

    theirs: NDArray[np.int64]
    ours: NDArray[np.int64]
    people: NDArray[np.int64]
    coding: int
    genes: int

    def fst(self, a: int, b: int) -> tuple[float, float]:
        """Hudson's Fst, theirs and ours."""
        theirs, ours = (hudson(c, 2 * self.people, a, b) for c in (self.theirs, self.ours))
        return theirs, ours

    def heterozygosity(self, group: int) -> tuple[float, float]:
        """Expected heterozygous sites a kilobase."""
        n = 2 * self.people[group]
        theirs, ours = (
            float((2 * c[:, group] * (n - c[:, group])).sum() / (n * (n - 1)) / self.coding * 1000)
            for c in (self.theirs, self.ours)
        )
        return theirs, ours

    def sites(self, group: int, low: float, high: float) -> tuple[float, float]:
        """Sites a kilobase with a minor allele frequency above ``low`` and up to ``high``."""
        n = 2 * self.people[group]
        out = []
        for c in (self.theirs[:, group], self.ours[:, group]):
            share = np.minimum(c, n - c) / n
            out.append(float(((share > low) & (share <= high)).sum() / self.coding * 1000))
        return out[0], out[1]


def compare(shared: Path, seed: int, workers: int) -> Compared:
    """Read the project's genotypes of the genes in ``kgp/genes.bed`` and simulate as many people on the same genes."""
    genome = synthetic.build()
    with (shared / "kgp" / "genes.bed").open() as lines:
        names = [fields[3] for fields in csv.reader(lines, delimiter="\t")]
    known = [name for name in names if name in genome.genes.by_symbol]
    autosomal = [n for n in known if genome.contigs[_contig(genome, n)].kind is ContigKind.AUTOSOME]
    targets = make_targets.make(genome, genes=autosomal, padding=0)
    theirs, people = _read(shared / "kgp", genome, targets)
    ancestry = {name: int(count) for name, count in zip(GROUPS, people, strict=True)}
    made = panel.cached(Coalescent(ancestry=ancestry), Inputs(seed, genome, targets, maps.load(genome)), workers)
    ours = Measured.of(made, genome, targets)
    return Compared(theirs, ours.counts[ours.snv], people, coding_bases(genome, targets), len(autosomal))


def _contig(genome: Genome, name: str) -> int:
    return int(genome.genes.contig[genome.genes.by_symbol[name]])


def _read(folder: Path, genome: Genome, targets: Targets) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts of ALT by group at biallelic single-base sites of the targets, and people of each group."""
    import pysam

    group = {}
    with (folder / "samples.tsv").open() as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["unrelated_2504"] == "1" and row["population"] not in ADMIXED_AFRICAN:
                name = "FIN" if row["population"] == "FIN" else row["superpopulation"]
                group[row["sample"]] = GROUPS.index(name)
    rows = []
    with pysam.VariantFile(str(folder / "kgp3202_genes.bcf")) as file:
        file.subset_samples(list(group))
        order = np.array([group[name] for name in file.header.samples])
        for contig, start, end in zip(targets.contig, targets.start, targets.end, strict=True):
            for record in file.fetch(genome.contigs[int(contig)].name, int(start), int(end)):
                if len(record.ref or "") == 1 and record.alts and len(record.alts) == 1 and len(record.alts[0]) == 1:
                    copies = np.array([sum(a or 0 for a in s.allele_indices or ()) for s in record.samples.values()])
                    rows.append(np.bincount(order, copies, len(GROUPS)))
    return np.array(rows, np.int64), np.bincount(order, minlength=len(GROUPS))
