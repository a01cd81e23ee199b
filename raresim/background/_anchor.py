"""Simulated sites carried onto the alleles of a database: of the same class, as rare as such a site is there, near."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import streams
from raresim.background import _rarity
from raresim.background._database import KEY, Known
from raresim.carriers import Carriers
from raresim.consequence import BIT, effects, worst
from raresim.errors import InputError
from raresim.genome import ContigKind
from raresim.haplotypes import contig_rows, rows_of
from raresim.sites import Sites
from raresim.thinning import LOSS, NEUTRAL, classes

if TYPE_CHECKING:
    from raresim.genome import Genome
    from raresim.panel import Panel

LOOK = 8  # free alleles on either side that a site chooses from (a choice)
NEIGHBOURS = (0, -1, 1, -2, 2, -3, 3)  # bins that are tried in turn: up to 1.5 times rarer or commoner (a choice)
STRATA = (0.001, 0.01)  # frequencies that filters ask for: between them the nearest allele, above them ``_lent``
NEARER = (100, 20, 5, 1)  # between them, tried at first: those within this part of the reach (a choice)
LOCAL = 70_000  # above them, bases that weigh as much as angles of frequencies that differ by one (a choice)
AGAIN = 0.2  # and what each time weighs that the site has been lent before (a choice; by r2 below 2 kb)
SPARSE = 10  # indels and loss of function are few: they move so many times farther (a choice)
MANY = 10  # simulated sites of a gene of which a database that covers it has some alleles (a choice)
STAYS, DROPPED = -1, -2  # in place of the row of the database: no database has it; nothing near is like it


@dataclass(frozen=True, eq=False)
class Moves:
    """What became of the sites of a panel: bool[n] moved and dropped, and how far each moved, int64[n] (0: not); genes
    with ``MANY`` sites or more of which the database has no allele, int64[m]."""

    moved: NDArray[np.bool_]
    dropped: NDArray[np.bool_]
    distance: NDArray[np.int64]
    uncovered: NDArray[np.int64]


def groups(sites: Sites, terms: NDArray[np.uint32]) -> NDArray[np.int8]:
    """Return the class of every site: synonymous, missense and in-frame, loss of function, other; indels apart."""
    kind = classes(terms)
    kind[(kind == NEUTRAL) & ((terms & np.uint32(BIT["synonymous_variant"])) != 0)] = 3
    return np.asarray(2 * kind + (sites.ref_len != sites.alt_len), np.int8)


def copies(panel: Panel) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the copies in database and cohort together and of how many haplotypes, int64[sites, ancestries] both."""
    out = panel.ac.astype(np.int64)
    haplotype, site = panel.carried()
    group = panel.ancestry[haplotype >> 1]
    for a in range(len(panel.ancestries)):
        out[:, a] += np.bincount(site[group == a], minlength=len(panel.sites))
    cohort = 2 * np.bincount(panel.ancestry, minlength=len(panel.ancestries))
    return out, panel.alleles(panel.sites).astype(np.int64) + cohort


def anchored(
    panel: Panel, genome: Genome, database: Iterable[tuple[int, Known]], reach: int, seed: int
) -> tuple[Panel, Moves]:
    """Return the panel with its sites on autosomes and X carried onto alleles of the database, and what was done.

    A site is absent from the database, or has there a frequency in the ancestry where it is most frequent, by the
    chances of ``raresim.background._rarity``; an absent one stays, any other takes the allele of its class, ancestry
    and frequency that is nearest in place and in the frequencies of the other ancestries, at most ``reach`` bases
    away (``SPARSE`` times that for indels and loss of function), and is dropped where there is none. Above the last of
    ``STRATA`` it is the alleles that choose, among the sites of any class, and several can have the carriers of one
    site. No allele is taken twice, no absent site is an allele of the database, and none lies in the bases that another
    deletes.
    """
    from raresim.population import apart
    from raresim.sites import draws

    count, size = copies(panel)
    key = streams.key(seed, "background", "anchored")
    chance = draws(panel.sites, key), draws(panel.sites, key ^ 1)
    taken: list[Sites] = []
    kept: list[NDArray[np.int64]] = []  # rows of the panel
    goes: list[NDArray[np.int64]] = []  # and of all that is taken, or STAYS
    at, done, covered = 0, set(), np.zeros(len(genome.genes), np.bool_)
    untouched = np.ones(len(panel.sites), np.bool_)
    for contig, known in database:
        lo, hi = contig_rows(panel.sites, contig)
        if lo < hi and _carries(genome, contig):
            mine = slice(lo, hi)
            usual = np.median(size[mine], 0).astype(np.int64)  # of X: outside PAR
            their_terms, their_gene = worst(effects(genome, known.sites), len(known.sites))
            covered[their_gene[their_gene >= 0]] = True
            found, row = _contig(
                genome,
                rows_of(panel.sites, lo, hi),
                panel.terms[mine],
                np.minimum(count[mine], usual),
                usual,
                known,
                their_terms,
                reach,
                (chance[0][mine], chance[1][mine]),
            )
            used = np.flatnonzero(row >= 0)
            taken.append(known.sites.take(row[used]))
            row[used] = at + np.arange(len(used))
            kept.append(lo + found)
            goes.append(row)
            at += len(used)
            done.add(contig)
            untouched[mine] = False
    left = [c for c in np.unique(panel.sites.contig).tolist() if c not in done and _carries(genome, c)]
    if left:
        names = ", ".join(genome.contigs[c].name for c in left)
        raise InputError(f"{KEY}: no record of it lies in the targets on {names}; narrow the targets to what it covers")
    rest = np.flatnonzero(untouched)
    old, target = np.concatenate([*kept, rest]), np.concatenate([*goes, np.full(len(rest), STAYS)])
    sites, terms, gene = _moved(panel, genome, Sites.concat([panel.sites, *taken]), target, old)
    order = sites.order()
    keep = apart(sites.take(order), count[old].sum(1)[order])
    rows = order[keep]
    own = [_carries(genome, contig) for contig in range(len(genome.contigs))]
    simulated = panel.gene[(panel.gene >= 0) & np.array(own)[panel.sites.contig]]
    bare = np.flatnonzero((np.bincount(simulated, minlength=len(covered)) >= MANY) & ~covered)
    moves = _moves(panel, sites, target, old, bare)
    return _rows(panel, sites.take(rows), terms[rows], gene[rows], old[rows], seed), moves


def _carries(genome: Genome, contig: int) -> bool:
    return genome.contigs[contig].kind in (ContigKind.AUTOSOME, ContigKind.X)


def _contig(
    genome: Genome,
    sites: Sites,
    terms: NDArray[np.uint32],
    count: NDArray[np.int64],
    size: NDArray[np.int64],
    known: Known,
    their_terms: NDArray[np.uint32],
    reach: int,
    chance: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sites of a contig that are kept, and the row of the database that each takes, or STAYS; a site can have many."""
    group, their_group = groups(sites, terms), groups(known.sites, their_terms)
    share, their_share = count / size, known.count / known.haplotypes
    top, their_top = share.argmax(1), their_share.argmax(1)
    listed = _in(sites, known.sites)
    single = (known.sites.ref_len == 1) | (known.sites.alt_len == 1)
    out = np.full(len(sites), DROPPED, np.int64)
    offer = _Offer(sites, known, share, their_share, out)
    lent: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    for a in range(len(size)):
        pool = known.count[(their_top == a) & single, a]
        edges = _rarity.edges(int(known.haplotypes[a]))
        steps = np.searchsorted(edges, np.array([*STRATA, 2.0]) * known.haplotypes[a]).tolist()
        bins = np.where((their_top == a) & single, np.searchsorted(edges, known.count[:, a], "right") - 1, -1)
        drawn = np.full(len(sites), -1, np.int64)
        for g in np.unique(group):
            mine = np.flatnonzero((group == g) & (top == a))
            theirs = (their_group == g) & (bins >= 0)
            if not len(mine) or not theirs.any():
                continue
            law = _rarity.law(count[mine, a], int(size[a]), known.count[theirs, a], pool, int(known.haplotypes[a]))
            row = np.searchsorted(law.copies, count[mine, a])
            absent = law.absent[row]
            fresh = ~listed[mine]  # an allele of the database cannot be absent: the others are so much oftener
            absent = np.where(fresh, absent * absent.sum() / max(absent[fresh].sum(), 1e-300), 0.0)
            stays = chance[0][mine] < absent
            out[mine[stays]] = STAYS
            drawn[mine[~stays]] = (law.bins[row[~stays]] <= chance[1][mine[~stays], None]).sum(1)
        turn = np.argsort(chance[0], kind="stable")
        turn = turn[drawn[turn] >= 0]
        donors = np.sort(turn[drawn[turn] >= steps[1]])
        lent.append(_lent(offer, donors, np.flatnonzero(bins >= steps[1]), reach))
        for g in np.unique(group[turn]):
            far = reach * (SPARSE if g % 2 or g // 2 == LOSS else 1)
            own, there = turn[group[turn] == g], np.flatnonzero((their_group == g) & (bins >= 0))
            some = own[(drawn[own] >= steps[0]) & (drawn[own] < steps[1])]
            for part in NEARER:
                offer(some, there[(bins[there] >= steps[0]) & (bins[there] < steps[1])], max(1, far // part))
            for step in NEIGHBOURS:
                for b in np.unique(drawn[own[drawn[own] < steps[0]]])[::-1].tolist():
                    offer(own[drawn[own] == b], there[(bins[there] == b + step) & (bins[there] < steps[0])], far)
    own = np.flatnonzero(out != DROPPED)
    return np.concatenate([own, *(s for s, _ in lent)]), np.concatenate([out[own], *(r for _, r in lent)])


def _lent(
    offer: _Offer, donors: NDArray[np.int64], rows: NDArray[np.int64], reach: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sites ``donors`` (ascending) that lend their carriers to alleles ``rows``, and to which of these.

    Each allele, from the left, takes the site at most ``reach`` bases away with the smallest sum of distance / LOCAL,
    |difference| of the angles and AGAIN for each time that it was lent before; so alleles that are near and as frequent
    are in complete linkage at times, as real ones are.
    """
    place, chosen = offer.position[donors], np.full(len(rows), -1, np.int64)
    left = np.searchsorted(place, offer.known[rows] - reach, "left")
    right = np.searchsorted(place, offer.known[rows] + reach, "right")
    times = np.zeros(len(donors))
    for i in np.flatnonzero(left < right).tolist():
        near, row = donors[left[i] : right[i]], rows[i]
        score = np.abs(offer.position[near] - offer.known[row]) / LOCAL
        score += np.abs(offer.angle[near] - offer.their_angle[row]).sum(1) + AGAIN * times[left[i] : right[i]]
        best = int(np.argmin(score))
        chosen[i] = near[best]
        times[left[i] + best] += 1
    got = chosen >= 0
    return chosen[got], rows[got]


class _Offer:
    """Offers alleles of the database to sites of a contig; what is taken once is not offered again."""

    def __init__(
        self,
        sites: Sites,
        known: Known,
        share: NDArray[np.float64],
        their_share: NDArray[np.float64],
        out: NDArray[np.int64],
    ) -> None:
        self.position, self.known = sites.pos.astype(np.int64), known.sites.pos.astype(np.int64)
        # 2 asin sqrt(p) has the same variance at every frequency (Fisher)
        self.angle, self.their_angle = 2 * np.arcsin(np.sqrt(share)), 2 * np.arcsin(np.sqrt(their_share))
        self.out, self.free = out, np.ones(len(known.sites), np.bool_)

    def __call__(self, asks: NDArray[np.int64], there: NDArray[np.int64], far: int) -> None:
        """Let the sites ``asks`` that have nothing yet choose among the rows ``there``, at most ``far`` bases away."""
        from raresim.kernels.anchor import nearest

        asks = asks[self.out[asks] == DROPPED]
        there = there[self.free[there]]
        if len(asks) and len(there):
            free = np.ones(len(there), np.bool_)
            rows = nearest(
                self.position[asks], self.angle[asks], self.known[there], self.their_angle[there], free, far, LOOK
            )
            got = rows >= 0
            self.out[asks[got]] = there[rows[got]]
            self.free[there[rows[got]]] = False


def _in(sites: Sites, known: Sites) -> NDArray[np.bool_]:
    """Which of sorted sites are among other sorted sites of the same contig."""
    first, last = (np.searchsorted(known.pos, sites.pos, side) for side in ("left", "right"))
    out = np.zeros(len(sites), np.bool_)
    for i in np.flatnonzero(first < last).tolist():
        out[i] = any(known[row] == sites[i] for row in range(first[i], last[i]))
    return out


def _moved(
    panel: Panel, genome: Genome, pool: Sites, goes: NDArray[np.int64], old: NDArray[np.int64]
) -> tuple[Sites, NDArray[np.uint32], NDArray[np.int32]]:
    """Alleles and their effects of the panel's rows ``old`` where they go; the database's alleles end the pool."""
    sites = pool.take(np.where(goes >= 0, len(panel.sites) + goes, old))
    terms, gene = panel.terms[old].copy(), panel.gene[old].copy()
    new = np.flatnonzero(goes >= 0)
    terms[new], gene[new] = worst(effects(genome, sites.take(new)), len(new))
    return sites, terms, gene


def _moves(
    panel: Panel, sites: Sites, target: NDArray[np.int64], old: NDArray[np.int64], uncovered: NDArray[np.int64]
) -> Moves:
    moved, dropped = np.zeros(len(panel.sites), np.bool_), np.ones(len(panel.sites), np.bool_)
    distance = np.zeros(len(panel.sites), np.int64)
    moved[old[target >= 0]] = True
    dropped[old] = False
    np.maximum.at(distance, old, np.abs(sites.pos.astype(np.int64) - panel.sites.pos[old]))
    return Moves(moved, dropped, distance, uncovered)


def _rows(
    panel: Panel,
    sites: Sites,
    terms: NDArray[np.uint32],
    gene: NDArray[np.int32],
    old: NDArray[np.int64],
    seed: int,
) -> Panel:
    """The panel with these rows: row i has the carriers of row ``old[i]``."""
    from raresim.panel import by_haplotype
    from raresim.population import pathogenic
    from raresim.store import Store

    haplotype, site = panel.carried()
    by = np.argsort(old, kind="stable")
    first = np.searchsorted(old[by], np.arange(len(panel.sites) + 1))  # rows of a site, one after the other in ``by``
    times = np.diff(first)[site]
    each = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    row = by[np.repeat(first[site], times) + each]
    off, carried = by_haplotype(np.repeat(haplotype, times), row, len(panel.hap_off) - 1)
    held = np.bincount(carried, minlength=len(sites)) > 0
    held &= ~np.isin(sites.contig, panel.single)
    nothing = np.zeros(0, np.int64)
    store = Store(sites, np.zeros(len(sites), np.bool_), nothing, nothing, np.zeros(0, np.int32))
    made = dataclasses.replace(
        panel.carrying(Carriers.of(off, carried, len(sites))),
        sites=sites,
        terms=terms,
        gene=gene,
        ac=panel.ac[old],
        hom=panel.hom[old],
        xy=panel.xy[old],
    )
    return dataclasses.replace(made, pathogenic=pathogenic(store, terms, made.frequency(), held, seed))
