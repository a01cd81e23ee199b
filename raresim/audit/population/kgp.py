"""The same genes in people of the 1000 Genomes project and in ours: coding single-base changes."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
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
class Genotypes:
    """Single-base sites in the order of the targets. copies int8[sites, people] of ALT; group int64[people]
    (``GROUPS``); contig, position int64[sites]; change int64[sites]: 256 times REF and ALT, in ASCII."""

    copies: NDArray[np.int8]
    group: NDArray[np.int64]
    contig: NDArray[np.int64]
    position: NDArray[np.int64]
    change: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Compared:
    """Counts of ALT by group, int64[sites, groups], of people of the project and of ours; genotypes of half of both
    (ours: the cohort); people of each group, coding bases, number of genes."""

    theirs: NDArray[np.int64]
    ours: NDArray[np.int64]
    half_theirs: Genotypes
    half_ours: Genotypes
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


def compare(folder: Path, seed: int, workers: int) -> Compared:
    """Read the project's genotypes of the genes in ``genes.bed`` and simulate as many people on the same genes."""
    genome = synthetic.build()
    with (folder / "genes.bed").open() as lines:
        names = [fields[3] for fields in csv.reader(lines, delimiter="\t")]
    known = [name for name in names if name in genome.genes.by_symbol]
    autosomal = [n for n in known if genome.contigs[_contig(genome, n)].kind is ContigKind.AUTOSOME]
    targets = make_targets.make(genome, genes=autosomal, padding=0)
    real = _read(folder, genome, targets)
    people = np.bincount(real.group, minlength=len(GROUPS))
    theirs = np.stack([real.copies[:, real.group == i].sum(1, dtype=np.int64) for i in range(len(GROUPS))], 1)
    ancestry = {name: int(count) for name, count in zip(GROUPS, people, strict=True)}
    made = panel.cached(Coalescent(ancestry=ancestry), Inputs(seed, genome, targets, maps.load(genome)), workers)
    ours = Measured.of(made, genome, targets)
    drawn = cohort(ours)
    half = _as_many(real.group, np.bincount(drawn.group, minlength=len(GROUPS)))
    return Compared(
        theirs=theirs,
        ours=ours.counts[ours.snv],
        half_theirs=replace(real, copies=real.copies[:, half], group=real.group[half]),
        half_ours=drawn,
        people=people,
        coding=coding_bases(genome, targets),
        genes=len(autosomal),
    )


def _as_many(group: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of so many people of each group, evenly spread: other numbers would tell by the frequencies there can be."""
    rows = [np.flatnonzero(group == i) for i in range(len(sizes))]
    return np.sort(np.concatenate([r[np.arange(n) * len(r) // n] for r, n in zip(rows, sizes, strict=True) if n]))


def cohort(made: Measured, mask: NDArray[np.bool_] | None = None, most: int | None = None) -> Genotypes:
    """Genotypes of the cohort of a panel of ``GROUPS``: at the single-base changes of a mask, of the first ``most``
    people of each group."""
    panel, sites = made.panel, made.panel.sites
    rows = np.flatnonzero(made.snv if mask is None else made.snv & mask)
    within = np.zeros(panel.people, np.int64)
    for i in range(len(GROUPS)):
        own = panel.ancestry == i
        within[own] = np.arange(own.sum())
    people = np.flatnonzero(within < (panel.people if most is None else most))
    column, line = np.full(panel.people, -1), np.full(len(sites), -1)
    column[people], line[rows] = np.arange(len(people)), np.arange(len(rows))
    haplotype, site = panel.carried()
    person, at = column[haplotype >> 1], line[site]
    kept = (person >= 0) & (at >= 0)
    copies = np.zeros((len(rows), len(people)), np.int8)
    np.add.at(copies, (at[kept], person[kept]), 1)
    letters = sites.ref_text[sites.ref_off[rows]].astype(np.int64), sites.alt_text[sites.alt_off[rows]].astype(np.int64)
    where = sites.contig[rows].astype(np.int64), sites.pos[rows].astype(np.int64)
    return Genotypes(copies, panel.ancestry[people].astype(np.int64), *where, 256 * letters[0] + letters[1])


def _contig(genome: Genome, name: str) -> int:
    return int(genome.genes.contig[genome.genes.by_symbol[name]])


def _read(folder: Path, genome: Genome, targets: Targets) -> Genotypes:
    """Genotypes at biallelic single-base sites of the targets."""
    import pysam

    group = {}
    with (folder / "samples.tsv").open() as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["unrelated_2504"] == "1" and row["population"] not in ADMIXED_AFRICAN:
                name = "FIN" if row["population"] == "FIN" else row["superpopulation"]
                group[row["sample"]] = GROUPS.index(name)
    rows, where = [], []
    with pysam.VariantFile(str(folder / "kgp3202_genes.bcf")) as file:
        file.subset_samples(list(group))
        order = np.array([group[name] for name in file.header.samples])
        for contig, start, end in zip(targets.contig, targets.start, targets.end, strict=True):
            for record in file.fetch(genome.contigs[int(contig)].name, int(start), int(end)):
                ref, alts = record.ref or "", record.alts or ()
                if len(ref) == 1 and len(alts) == 1 and len(alts[0]) == 1:
                    rows.append([sum(a or 0 for a in s.allele_indices or ()) for s in record.samples.values()])
                    where.append((int(contig), record.pos - 1, 256 * ord(ref) + ord(alts[0])))
    contigs, positions, changes = (np.array(column, np.int64) for column in zip(*where, strict=True))
    return Genotypes(np.array(rows, np.int8), order, contigs, positions, changes)
