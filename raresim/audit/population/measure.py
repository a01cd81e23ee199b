"""What a panel shows, in the units of the published figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from raresim.consequence import BIT
from raresim.genome import Genome, Targets
from raresim.panel import Panel
from raresim.sites import Sites
from raresim.thinning import LOSS, MISSENSE, NEUTRAL, classes

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Bins of minor allele count of the targets (RAREsim_Example): 1, 2, 3-5, 6-10, 11-20, 21 to 0.5%, 0.5 to 1%, above.
BINS = ("1", "2", "3-5", "6-10", "11-20", "21-0.5%", "0.5-1%", ">1%")
PERSONS = 200  # of each ancestry, whose genotypes are counted one by one


@dataclass(frozen=True, eq=False)
class Measured:
    """A panel with what is counted once. counts int64[sites, ancestries]: copies of ALT in cohort and database; people
    int64[ancestries]; coding: bases of coding sequence in the targets."""

    panel: Panel
    counts: NDArray[np.int64]
    people: NDArray[np.int64]
    coding: int

    @staticmethod
    def of(panel: Panel, genome: Genome, targets: Targets) -> Measured:
        """Count a panel."""
        groups, n = len(panel.ancestries), len(panel.sites)
        haplotype, site = panel.carried()
        cohort = np.bincount(site * groups + panel.ancestry[haplotype >> 1], minlength=n * groups).reshape(n, groups)
        people = np.bincount(panel.ancestry, minlength=groups) + panel.an // 2
        return Measured(panel, panel.ac + cohort, people, coding_bases(genome, targets))

    @cached_property
    def snv(self) -> Mask:
        """Single-base changes."""
        sites = self.panel.sites
        return np.asarray((sites.ref_len == 1) & (sites.alt_len == 1))

    @cached_property
    def kinds(self) -> dict[str, Mask]:
        """Single-base changes of coding sequence by class; "lof" without indels, "stop" inside it."""
        return {name: self.snv & mask for name, mask in kinds_of(self.panel.terms).items()}

    def minor(self, group: int) -> NDArray[np.int64]:
        """Minor allele count of every site in an ancestry."""
        return np.asarray(np.minimum(self.counts[:, group], 2 * self.people[group] - self.counts[:, group]))

    def spectrum(self, group: int, kind: Mask) -> Floats:
        """Share of the segregating sites of a class in each of ``BINS``."""
        n = int(self.people[group])
        found = np.histogram(self.minor(group)[kind], self._edges(n))[0]
        return np.asarray(found / max(1, found.sum()))

    def alleles(self, group: int, kind: Mask, shares: Sequence[float]) -> tuple[float, float]:
        """Return minor alleles of a person of an ancestry for each segregating site of a class, frequencies up to 1%
        in it, where the bins of the spectrum have these shares, and where they have their own."""
        minor = self.minor(group)[kind]
        edges = self._edges(int(self.people[group]))
        found, copies = np.histogram(minor, edges)[0], np.histogram(minor, edges, weights=minor)[0]
        mean = copies / np.maximum(found, 1) / self.people[group]
        own = found / max(1, found.sum())
        return float((np.asarray(shares) * mean)[:-1].sum()), float((own * mean)[:-1].sum())

    @staticmethod
    def _edges(people: int) -> list[int]:
        """Edges of ``BINS`` in minor allele counts of so many people."""
        low, high = max(22, int(0.01 * people) + 1), max(23, int(0.02 * people) + 1)
        return [1, 2, 3, 6, 11, 21, low, high, max(high, people) + 1]

    def rare(self, group: int, kind: Mask, frequency: Floats) -> float:
        """Sites of a class a kilobase of coding sequence that segregate in an ancestry and are rare (up to 0.1%) by
        the frequencies given."""
        folded = np.minimum(frequency, 1 - frequency)
        return float((kind & (self.minor(group) > 0) & (folded <= 0.001)).sum() / self.coding * 1000)

    def mixed(self, weights: Mapping[str, float]) -> Floats:
        """Frequency of every site in a database with these numbers of people by ancestry."""
        share = np.array([weights.get(name, 0.0) for name in self.panel.ancestries])
        return np.asarray((self.counts / (2 * self.people)) @ share / share.sum())

    def fst(self, a: int, b: int) -> float:
        """Hudson's Fst of two ancestries at synonymous sites: published figures are of genomes, hardly selected."""
        return hudson(self.counts[self.kinds["syn"]], 2 * self.people, a, b)

    def heterozygosity(self, group: int, kind: Mask) -> float:
        """Expected heterozygous sites a kilobase of coding sequence."""
        n = 2 * self.people[group]
        p = self.counts[kind, group] / n
        return float((2 * p * (1 - p)).sum() * n / (n - 1) / self.coding * 1000)

    def persons(self, group: int) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        """Sites with one copy and with two, of the first ``PERSONS`` people of the cohort of an ancestry."""
        out = []
        n = len(self.panel.sites)
        for person in np.flatnonzero(self.panel.ancestry == group)[:PERSONS]:
            one, two = (self.panel.own.rows(2 * int(person) + i, 0, n) for i in (0, 1))
            both = np.intersect1d(one, two, assume_unique=True)
            out.append((np.setxor1d(one, two, assume_unique=True), both))
        return out

    def sites(self, kind: Mask, a: int, b: int) -> float:
        """Sites of a mask of a person with one haplotype of each of two ancestries: the mean over the first ``PERSONS``
        people of both, one with one."""
        n, found = len(self.panel.sites), []
        ones, others = (np.flatnonzero(self.panel.ancestry == group)[:PERSONS] for group in (a, b))
        for one, other in zip(ones.tolist(), others.tolist(), strict=False):
            rows = np.union1d(self.panel.own.rows(2 * one, 0, n), self.panel.own.rows(2 * other + 1, 0, n))
            found.append(kind[rows].sum())
        return float(np.mean(found))

    def novel(self, group: int, kind: Mask) -> float:
        """Copies a person of the cohort of alleles that nobody in the database carries."""
        absent = kind & (self.panel.ac.sum(1) == 0)
        return self.copies(group, absent)

    def copies(self, group: int, kind: Mask) -> float:
        """Copies a person of the cohort of the alleles of a mask."""
        haplotype, site = self.panel.carried()
        own = site[self.panel.ancestry[haplotype >> 1] == group]
        return float(kind[own].sum() / max(1, (self.panel.ancestry == group).sum()))

    def popmax(self) -> Floats:
        """Largest frequency over the ancestries, of everybody in the panel.

        A person is counted with the others: of a flat density of alleles a database of n haplotypes that leaves a
        person out takes (k + 1) / (n + 1) to be up to k / n, half as many again as the limit where k is 2.
        """
        return np.asarray((self.counts / (2 * self.people)).max(1))


def hudson(counts: NDArray[np.int64], total: NDArray[np.int64], a: int, b: int) -> float:
    """Hudson's Fst, ratio of averages (Bhatia et al. 2013, doi:10.1101/gr.154831.113, equation 10)."""
    p, q = counts[:, a] / total[a], counts[:, b] / total[b]
    within = p * (1 - p) / (total[a] - 1) + q * (1 - q) / (total[b] - 1)
    return float(((p - q) ** 2 - within).sum() / (p * (1 - q) + q * (1 - p)).sum())


def kinds_of(terms: NDArray[np.uint32]) -> dict[str, Mask]:
    """Sites by class: synonymous, missense, loss of function, and of these the stops."""
    kind = classes(terms)
    return {
        "syn": ((terms & np.uint32(BIT["synonymous_variant"])) != 0) & (kind == NEUTRAL),
        "mis": ((terms & np.uint32(BIT["missense_variant"])) != 0) & (kind == MISSENSE),
        "lof": kind == LOSS,
        "stop": (terms & np.uint32(BIT["stop_gained"])) != 0,
    }


def truncating(terms: NDArray[np.uint32]) -> Mask:
    """Return which sites gain a stop, shift the frame or break a splice site: what LOFTEE knows, so not lost starts."""
    names = ("stop_gained", "frameshift_variant", "splice_acceptor_variant", "splice_donor_variant")
    return np.asarray((terms & np.uint32(sum(BIT[name] for name in names))) != 0)


def transitions(sites: Sites, mask: Mask) -> tuple[int, int]:
    """Transitions and transversions among the single-base changes of a mask."""
    rows = np.flatnonzero(mask)
    ref, alt = sites.ref_text[sites.ref_off[rows]], sites.alt_text[sites.alt_off[rows]]
    pairs = {frozenset(b"AG"), frozenset(b"CT")}
    found = sum(frozenset((int(a), int(b))) in pairs for a, b in zip(ref, alt, strict=True))
    return found, len(rows) - found


def coding_bases(genome: Genome, targets: Targets) -> int:
    """Bases of the targets that are coding sequence of any gene."""
    from raresim.mutation import Rates

    rates, out = Rates(genome), 0
    for contig in np.unique(targets.contig):
        rows = targets.contig == contig
        for start, end in zip(targets.start[rows].tolist(), targets.end[rows].tolist(), strict=True):
            out += int(rates.coding(int(contig), np.arange(start, end)).sum())
    return out
