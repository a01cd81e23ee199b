"""From simulated rows to a panel: alleles on the reference, selection, cohort and database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import mitochondrial, streams
from raresim.ancestry import Rows
from raresim.consequence import BIT, effects, worst
from raresim.genome import ContigKind, Genome, Targets
from raresim.local_ancestry import gathered
from raresim.mutation import LETTERS, flat, indel_allele
from raresim.panel import Panel
from raresim.sites import Sites, Variant
from raresim.thinning import GROUPED, LOSS, MISSENSE, NEUTRAL, classes, groups, retention

if TYPE_CHECKING:
    from raresim.demography import Demography
    from raresim.spectrum import Bin

# Alleles of recessive diseases are 42.1% missense and 43.0% loss of function (docs/figures.md, 5): of the rare
# missense sites so many are called pathogenic that there are .98 for each loss-of-function site.
MISSENSE_PER_LOSS = 0.421 / 0.430
RARE = 0.01  # largest database frequency of a pathogenic site


@dataclass(frozen=True)
class People:
    """Who is in the panel. ancestry int8[people] of all, ascending; database bool[people]; names of the ancestries."""

    names: tuple[str, ...]
    ancestry: NDArray[np.int8]
    database: NDArray[np.bool_]

    @staticmethod
    def of(counts: Sequence[tuple[str, int]], share: float, seed: int) -> People:
        """Part the people of each ancestry by a keyed permutation; the database gets its share, rounded."""
        database = []
        for name, count in counts:
            key, known = streams.key(seed, "background", "database", name), round(share * count)
            database.append([streams.permuted(i, count, key) < known for i in range(count)])
        ancestry = np.repeat(np.arange(len(counts), dtype=np.int8), [count for _, count in counts])
        return People(tuple(name for name, _ in counts), ancestry, np.concatenate(database).astype(np.bool_))


def without_sites(people: People) -> Panel:
    """Return the panel of these people before any site is known."""
    groups = len(people.names)
    cohort = ~people.database
    return Panel(
        sites=Sites.of([]),
        terms=np.zeros(0, np.uint32),
        gene=np.zeros(0, np.int32),
        pathogenic=np.zeros(0, np.bool_),
        ancestries=people.names,
        ac=np.zeros((0, groups), np.int32),
        an=(2 * np.bincount(people.ancestry[people.database], minlength=groups)).astype(np.int32),
        hom=np.zeros((0, groups), np.int32),
        ancestry=people.ancestry[cohort],
        hap_off=np.zeros(2 * int(cohort.sum()) + 1, np.int64),
        hap_site=np.zeros(0, np.int32),
        digest="",
    )


@dataclass(frozen=True)
class Store:
    """Sites with their carriers: row ``rows[i]`` of the CSR (off, haplotype) belongs to site i."""

    sites: Sites
    flipped: NDArray[np.bool_]
    rows: NDArray[np.int64]
    off: NDArray[np.int64]
    haplotype: NDArray[np.int32]

    def keep(self, mask: NDArray[np.bool_]) -> Store:
        """Return the sites of a mask."""
        at = np.flatnonzero(mask)
        return Store(self.sites.take(at), self.flipped[at], self.rows[at], self.off, self.haplotype)


def assemble(
    genome: Genome,
    targets: Targets,
    parts: list[tuple[int, Rows]],
    people: People,
    seed: int,
    history: Demography | None = None,
    target: Sequence[Bin] = (),
) -> Panel:
    """Make a panel of the rows of all blocks, each with its contig; history: the demography they were simulated on;
    target: numbers of sites that it is pruned to."""
    from raresim.kernels.store import tally

    store = _store(genome, targets, parts)
    terms, gene = worst(effects(genome, store.sites), len(store.sites))
    group = np.repeat(people.ancestry, 2)
    count, _ = tally(store.off, store.haplotype, store.rows, group, len(people.names))
    kind = classes(terms)
    known = np.append(groups(genome), np.int8(-1))[gene]
    kind[(kind == LOSS) & (known >= 0)] = GROUPED + known[(kind == LOSS) & (known >= 0)]
    kept = selected(store, terms, kind, count, people, seed, history, genome)
    kept[kept] = apart(store.sites.take(np.flatnonzero(kept)), count.sum(1)[kept])
    if target:
        paired = kept & ~np.isin(store.sites.contig, lone(genome))
        kept[paired] = _pruned(store.keep(paired), terms[paired], count[paired], people, seed, target)
    store, terms, gene = store.keep(kept), terms[kept], gene[kept]

    tracts = gathered([(contig, rows.tracts) for contig, rows in parts], _place(people))
    return replace(
        parted(genome, store, terms, gene, people, seed),
        tracts=tracts,
        sources=tuple(deme.name for deme in history.graph.demes) if history and len(tracts) else (),
    )


def parted(
    genome: Genome,
    store: Store,
    terms: NDArray[np.uint32],
    gene: NDArray[np.int32],
    people: People,
    seed: int,
    notes: tuple[str, ...] = (),
) -> Panel:
    """Part the carriers of sites, with their most severe effects, into the cohort and the counts of the database."""
    from raresim.kernels.store import by_haplotype, tally

    known = np.repeat(people.database, 2)
    seen = np.where(known, np.repeat(people.ancestry, 2), -1).astype(np.int8)
    ac, hom = tally(store.off, store.haplotype, store.rows, seen, len(people.names))
    hap_off, hap_site = by_haplotype(store.off, store.haplotype, store.rows, _place(people), int((~known).sum()))
    an = 2 * np.bincount(people.ancestry[people.database], minlength=len(people.names)).astype(np.int32)
    carried = (np.bincount(hap_site, minlength=len(store.sites)) > 0) & ~np.isin(store.sites.contig, lone(genome))
    return Panel(
        sites=store.sites,
        terms=terms,
        gene=gene,
        pathogenic=pathogenic(store, terms, ac.sum(1) / max(1, int(an.sum())), carried, seed),
        ancestries=people.names,
        ac=ac,
        an=an,
        hom=hom,
        ancestry=people.ancestry[~people.database],
        hap_off=hap_off,
        hap_site=hap_site,
        digest="",
        single=lone(genome),
        notes=notes,
    )


def _place(people: People) -> NDArray[np.int32]:
    """Haplotype of the cohort by haplotype of all people, -1 for those of the database."""
    known = np.repeat(people.database, 2)
    return np.where(known, -1, np.cumsum(~known) - 1).astype(np.int32)


def lone(genome: Genome, *kinds: ContigKind) -> NDArray[np.int16]:
    """Return the contigs that a person has one of: Y and MT, or those of these kinds."""
    return np.flatnonzero([c.kind in (kinds or (ContigKind.Y, ContigKind.MT)) for c in genome.contigs]).astype(np.int16)


def selected(
    store: Store,
    terms: NDArray[np.uint32],
    kind: NDArray[np.int8],
    count: NDArray[np.int32],
    people: People,
    seed: int,
    history: Demography | None = None,
    genome: Genome | None = None,
) -> NDArray[np.bool_]:
    """Return which sites selection keeps: once for each allele, by its derived count where it is most frequent.

    kind: class of each site (``raresim.thinning``). Where the reference carries the derived allele (``flipped``) the
    derived count is that of REF. Such a site is never a loss of function or of a stop: the reference would be the
    broken allele. genome: says where a person has one haplotype (Y: shares of autosomes, by its count among so many;
    MT: ``raresim.mitochondrial``); None for autosomes.
    """
    copies = np.full(len(terms), 2) if genome is None else np.where(np.isin(store.sites.contig, lone(genome)), 1, 2)
    size = np.bincount(people.ancestry, minlength=len(people.names))
    total = copies[:, None] * size
    derived = np.where(store.flipped[:, None], total - count, count)
    where = np.argmax(derived / total, 1)
    share = np.ones(len(terms))
    for a, name in enumerate(people.names):
        for n in (1, 2):
            rows = (where == a) & (copies == n)
            if rows.any():
                kept = retention(name, n * int(size[a]), history)
                share[rows] = kept[kind[rows], np.maximum(derived[rows, a], 1)]
    if genome is not None:
        rows = np.isin(store.sites.contig, lone(genome, ContigKind.MT))
        share[rows] = mitochondrial.kept(terms[rows])
    broken = store.flipped & ((kind >= LOSS) | ((terms & np.uint32(BIT["stop_lost"])) != 0))
    return np.asarray((draws(store.sites, streams.key(seed, "background", "selection")) < share) & ~broken)


def _pruned(
    store: Store,
    terms: NDArray[np.uint32],
    count: NDArray[np.int32],
    people: People,
    seed: int,
    target: Sequence[Bin],
) -> NDArray[np.bool_]:
    """Return which sites are left when the panel is pruned to the numbers that are wanted."""
    from raresim import spectrum

    kind = np.array([spectrum.CLASSES[3], spectrum.CLASSES[1], spectrum.CLASSES[2]])[classes(terms)]
    kind[((terms & np.uint32(BIT["synonymous_variant"])) != 0) & (classes(terms) == NEUTRAL)] = spectrum.CLASSES[0]
    total = 2 * np.bincount(people.ancestry, minlength=len(people.names))
    minor = np.minimum(count, total - count).astype(np.int64)
    draw = draws(store.sites, streams.key(seed, "background", "spectrum"))
    return spectrum.kept(target, people.names, kind, minor, np.argmax(minor / total, 1), draw)


def apart(sites: Sites, carriers: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return which sites to keep so that no allele lies inside the bases that another one deletes.

    Of a deletion and what lies inside it, the deletion goes if any of these has more carriers, and these go otherwise.
    """
    keep = np.ones(len(sites), np.bool_)
    ref_len = sites.ref_len
    ends = sites.pos + ref_len
    reach = int(ref_len.max(initial=1))
    for contig in np.unique(sites.contig):
        lo, hi = (int(np.searchsorted(sites.contig, contig, side)) for side in ("left", "right"))
        pos = sites.pos[lo:hi]
        for row in lo + np.flatnonzero(ref_len[lo:hi] > 1):
            if not keep[row]:
                continue
            a = lo + int(np.searchsorted(pos, sites.pos[row] - reach, "left"))
            b = lo + int(np.searchsorted(pos, ends[row], "left"))
            near = np.arange(a, b)
            inside = near[keep[a:b] & (near != row) & (ends[a:b] > sites.pos[row] + 1)]
            if len(inside) and carriers[inside].max() > carriers[row]:
                keep[row] = False
            else:
                keep[inside] = False
    return keep


def pathogenic(
    store: Store,
    terms: NDArray[np.uint32],
    frequency: NDArray[np.float64],
    carried: NDArray[np.bool_],
    seed: int,
) -> NDArray[np.bool_]:
    """Return the sites that recessive cases may use: derived alleles with carriers in cohort and database and a
    database frequency up to 1%; every loss of function and a keyed share of the missense sites."""
    kind = classes(terms)
    usable = ~store.flipped & carried & (frequency > 0) & (frequency <= RARE)
    loss, missense = usable & (kind == LOSS), usable & ((terms & np.uint32(BIT["missense_variant"])) != 0)
    missense &= kind == MISSENSE
    share = MISSENSE_PER_LOSS * loss.sum() / max(1, missense.sum())
    return np.asarray(loss | (missense & (draws(store.sites, streams.key(seed, "background", "pathogenic")) < share)))


def draws(sites: Sites, key: int) -> NDArray[np.float64]:
    """Return a uniform number for each allele, a hash of (key, contig, position, lengths, last base of ALT)."""
    last = sites.alt_text[sites.alt_off[1:] - 1] if len(sites) else np.zeros(0, np.uint8)
    word = np.full(len(sites), key, np.uint64)
    with np.errstate(over="ignore"):
        for part in (sites.contig, sites.pos, sites.ref_len, sites.alt_len, last):
            # splitmix64 finaliser (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195)
            z = word + (part.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            word = z ^ (z >> np.uint64(31))
    return np.asarray((word >> np.uint64(11)).astype(np.float64) / 2.0**53)


def _store(genome: Genome, targets: Targets, parts: list[tuple[int, Rows]]) -> Store:
    """Return the alleles of all rows on the reference, sorted; equal indels are one."""
    contig = np.repeat([c for c, _ in parts], [len(r.position) for _, r in parts]).astype(np.int16)
    position = np.concatenate([r.position for _, r in parts])
    alt, size = np.concatenate([r.alt for _, r in parts]), np.concatenate([r.size for _, r in parts])
    flipped = np.concatenate([r.flipped for _, r in parts])
    off = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(r.off) for _, r in parts]))]).astype(np.int64)
    haplotype = np.concatenate([r.haplotype for _, r in parts])

    single = np.flatnonzero(alt >= 0)
    indels: list[Variant] = []
    rows: list[int] = []
    for row in np.flatnonzero(alt < 0):
        made = indel_allele(genome, int(contig[row]), int(position[row]), int(size[row]))
        if made is not None:
            indels.append(made)
            rows.append(int(row))
    sites = Sites.concat([_single(genome, contig[single], position[single], alt[single]), Sites.of(indels)])
    row_of = np.concatenate([single, np.array(rows, np.int64)]).astype(np.int64)
    order = sites.order()
    store = Store(sites.take(order), flipped[row_of[order]], row_of[order], off, haplotype)
    return _merged(store.keep(begin_in(targets, store.sites)))


def _single(genome: Genome, contig: NDArray[np.int16], position: NDArray[np.int64], alt: NDArray[np.int8]) -> Sites:
    letters = np.frombuffer(LETTERS.encode(), np.uint8)
    ref = np.zeros(len(position), np.uint8)
    for c in np.unique(contig):
        rows = contig == c
        ref[rows] = flat(genome, int(c), position[rows], position[rows] + 1)[1] // 5 % 5
    off = np.arange(len(position) + 1, dtype=np.int64)
    return Sites(contig, position.astype(np.int32), off, letters[ref], off, letters[alt])


def begin_in(targets: Targets, sites: Sites) -> NDArray[np.bool_]:
    """Return which variants begin in a target (an indel may have been shifted out of it)."""
    start, end, at = (c.astype(np.int64) << 32 for c in (targets.contig, targets.contig, sites.contig))
    row = np.searchsorted(end | targets.end, at | sites.pos, "right")
    return np.asarray(np.append(start | targets.start, 1 << 62)[row] <= (at | sites.pos))


def _merged(store: Store) -> Store:
    """Join the carriers of equal indels (the same allele arisen twice)."""
    sites = store.sites
    same = np.flatnonzero(
        (np.diff(sites.contig) == 0)
        & (np.diff(sites.pos) == 0)
        & (np.diff(sites.ref_len) == 0)
        & (np.diff(sites.alt_len) == 0)
        & (sites.ref_len != sites.alt_len)[1:]
    )
    if not len(same):
        return store
    keep, rows = np.ones(len(sites), np.bool_), store.rows.copy()
    added: list[NDArray[np.int32]] = []
    for later in same + 1:
        keep[later - 1] = False  # the last of a run carries them all
        both = [_carriers(store, added, rows[later - 1]), _carriers(store, added, rows[later])]
        added.append(np.unique(np.concatenate(both)).astype(np.int32))
        rows[later] = len(store.off) - 1 + len(added) - 1
    off = np.concatenate([store.off, store.off[-1] + np.cumsum([len(a) for a in added])]).astype(np.int64)
    haplotype = np.concatenate([store.haplotype, *added])
    return Store(sites, store.flipped, rows, off, haplotype).keep(keep)


def _carriers(store: Store, added: list[NDArray[np.int32]], row: int) -> NDArray[np.int32]:
    rows = len(store.off) - 1
    return added[row - rows] if row >= rows else store.haplotype[store.off[row] : store.off[row + 1]]
