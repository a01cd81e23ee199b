"""From simulated rows to a panel: alleles on the reference, selection, cohort and database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import mitochondrial, streams
from raresim.ancestry import Rows
from raresim.carriers import Carriers
from raresim.consequence import BIT, effects, worst
from raresim.genome import ContigKind, Genome, Targets
from raresim.local_ancestry import gathered
from raresim.panel import Panel
from raresim.sites import Sites, draws
from raresim.store import Store, on_reference
from raresim.thinning import GROUPED, LOSS, MISSENSE, NEUTRAL, classes, groups, retention

if TYPE_CHECKING:
    from raresim.demography import Demography
    from raresim.spectrum import Bin

# Alleles of recessive diseases are 42.1% missense and 43.0% loss of function (docs/figures.md, 5): of the rare
# missense sites so many are called pathogenic that there are .98 for each loss-of-function site.
MISSENSE_PER_LOSS = 0.421 / 0.430
Laws = dict[tuple[str, int], NDArray[np.float64]]  # raresim.thinning.retention, by ancestry and haplotypes
RARE = 0.01  # largest database frequency of a pathogenic site


@dataclass(frozen=True)
class People:
    """Who is in the panel. ancestry int8[people] of all, ascending; database bool[people]; names of the ancestries.

    male bool[people]: men among those of the database, where it is known; else every second one of them is a man
    (people of an ancestry are alike). People of the cohort get a sex at use.
    """

    names: tuple[str, ...]
    ancestry: NDArray[np.int8]
    database: NDArray[np.bool_]
    male: NDArray[np.bool_] | None = None

    def men(self) -> NDArray[np.bool_]:
        """Return which people are men of the database, bool[people]."""
        return self.database & (np.cumsum(self.database) % 2 == 0 if self.male is None else self.male)

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
        men=np.bincount(people.ancestry[people.men()], minlength=groups).astype(np.int32),
    )


@dataclass(frozen=True)
class Part:
    """What is kept of a part of the genome: sites in order, with the numbers of carriers of each ancestry (count: of
    all people; ac, hom: of the database) and which of them each haplotype of the cohort carries."""

    sites: Sites
    flipped: NDArray[np.bool_]
    terms: NDArray[np.uint32]
    gene: NDArray[np.int32]
    count: NDArray[np.int32]
    ac: NDArray[np.int32]
    hom: NDArray[np.int32]
    xy: NDArray[np.int32]
    own: Carriers

    @staticmethod
    def of(
        genome: Genome,
        store: Store,
        terms: NDArray[np.uint32],
        gene: NDArray[np.int32],
        count: NDArray[np.int32],
        people: People,
    ) -> Part:
        """Part the carriers of sites, with their worst effects, into the cohort and the counts of the database."""
        from raresim.kernels.store import by_haplotype

        counts = _counted(genome, store, people)
        off, site = by_haplotype(
            store.off, store.haplotype, store.rows, _place(people), 2 * int((~people.database).sum())
        )
        own = Carriers.of(off, site, len(terms))
        part = Part(store.sites, store.flipped, terms, gene, count, *counts, own)
        held = (part.ac > 0).any(1) | (own.counts(len(terms)) > 0)  # not so: on a man's other X alone
        return part if held.all() else part.keep(held)

    def keep(self, mask: NDArray[np.bool_]) -> Part:
        """Return the sites of a mask."""
        at = np.flatnonzero(mask)
        return Part(
            sites=self.sites.take(at),
            flipped=self.flipped[at],
            terms=self.terms[at],
            gene=self.gene[at],
            count=self.count[at],
            ac=self.ac[at],
            hom=self.hom[at],
            xy=self.xy[at],
            own=self.own.keep(mask),
        )


def _counted(
    genome: Genome, store: Store, people: People
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return ``ac``, ``hom`` and ``xy`` of a panel (raresim.panel): men's X outside PAR is their second haplotype, and
    only men have a Y."""
    from raresim.kernels.store import tally

    men, groups = people.men(), len(people.names)
    seen = np.where(people.database, people.ancestry + groups * men, -1).astype(np.int8)
    group = {kind: np.repeat(seen, 2) for kind in ContigKind}
    group[ContigKind.X][::2][men] = -1
    group[ContigKind.Y][np.repeat(~men, 2)] = -1
    kinds = np.full(len(store.sites), ContigKind.AUTOSOME)
    for contig, start, end, kind in lone_regions(genome).tolist():
        kinds[(store.sites.contig == contig) & (store.sites.pos >= start) & (store.sites.pos < end)] = kind
    count, twice = np.zeros((2, len(kinds), 2 * groups), np.int32)
    for kind in np.unique(kinds):
        at = np.flatnonzero(kinds == kind)
        count[at], twice[at] = tally(store.off, store.haplotype, store.rows[at], group[ContigKind(kind)], 2 * groups)
    xy = np.stack([count[:, groups:].sum(1), twice[:, groups:].sum(1)], 1).astype(np.int32)
    return count[:, :groups] + count[:, groups:], twice[:, :groups] + twice[:, groups:], xy


def lone_regions(genome: Genome) -> NDArray[np.int32]:
    """Return ``lone`` of a panel: contig, start, end and kind of X outside PAR, Y and mitochondrial DNA."""
    out = []
    for row, contig in enumerate(genome.contigs):
        if contig.kind is ContigKind.AUTOSOME:
            continue
        cuts = [0, *(edge for par in sorted(contig.par) for edge in par), contig.length]
        out += [(row, a, b, int(contig.kind)) for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
    return np.array(out, np.int32).reshape(-1, 4)


def assemble(
    genome: Genome,
    targets: Targets,
    blocks: Iterable[tuple[int, Rows]],
    people: People,
    seed: int,
    history: Demography | None = None,
    target: Sequence[Bin] = (),
) -> Panel:
    """Make a panel of the rows of all blocks, each with its contig, by contig; history: the demography they were
    simulated on; target: numbers of sites that it is pruned to.

    What selection takes is dropped contig by contig: all alleles of one contig, and what is kept of the others, are in
    memory.
    """
    parts: list[Part] = []
    found: list[tuple[int, NDArray[np.int64]]] = []
    laws: Laws = {}
    constraint = np.append(groups(genome), np.int8(-1))
    for _, group in groupby(blocks, itemgetter(0)):
        rows = list(group)
        found += [(contig, block.tracts) for contig, block in rows]
        store = on_reference(genome, targets, rows)
        del rows  # all carriers of a contig are in memory twice until here
        parts.append(_kept(genome, store, constraint, people, seed, history, laws))
        del store
    if target:
        parts = _pruned(genome, parts, people, seed, target)
    tracts = gathered(found, _place(people))
    sources = tuple(deme.name for deme in history.graph.demes) if history and len(tracts) else ()
    return replace(_joined(genome, parts, people, seed), tracts=tracts, sources=sources)


def _kept(
    genome: Genome,
    store: Store,
    constraint: NDArray[np.int8],
    people: People,
    seed: int,
    history: Demography | None,
    laws: Laws,
) -> Part:
    """What selection and one another's deletions leave of the alleles of a contig; constraint: the group of each gene,
    and -1 for none."""
    from raresim.kernels.store import tally

    terms, gene = worst(effects(genome, store.sites), len(store.sites))
    count, _ = tally(store.off, store.haplotype, store.rows, np.repeat(people.ancestry, 2), len(people.names))
    kind = classes(terms)
    known = constraint[gene]
    kind[(kind == LOSS) & (known >= 0)] = GROUPED + known[(kind == LOSS) & (known >= 0)]
    kept = selected(store, terms, kind, count, people, seed, history, genome, laws)
    kept[kept] = apart(store.sites.take(np.flatnonzero(kept)), count.sum(1)[kept])
    return Part.of(genome, store.keep(kept), terms[kept], gene[kept], count[kept], people)


def parted(
    genome: Genome,
    store: Store,
    terms: NDArray[np.uint32],
    gene: NDArray[np.int32],
    people: People,
    seed: int,
    notes: tuple[str, ...] = (),
) -> Panel:
    """Return the panel of sites with their carriers and their most severe effects."""
    none = np.zeros((len(terms), 0), np.int32)
    return _joined(genome, [Part.of(genome, store, terms, gene, none, people)], people, seed, notes)


def _joined(genome: Genome, parts: list[Part], people: People, seed: int, notes: tuple[str, ...] = ()) -> Panel:
    """Make one panel of its parts."""
    sites = Sites.concat([part.sites for part in parts])
    flipped, terms, gene, ac, hom, xy = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("flipped", "terms", "gene", "ac", "hom", "xy")
    )
    first = np.cumsum([0, *(len(part.sites) for part in parts[:-1])]).tolist()
    own = Carriers.joined([part.own for part in parts], first)
    # by somebody of the cohort, on what people have two of
    carried = ~np.isin(sites.contig, lone(genome)) & (own.counts(len(sites)) > 0)
    an = 2 * np.bincount(people.ancestry[people.database], minlength=len(people.names)).astype(np.int32)
    store = Store(sites, flipped, np.zeros(0, np.int64), np.zeros(1, np.int64), np.zeros(0, np.int32))
    made = Panel(
        sites=sites,
        terms=terms,
        gene=gene,
        pathogenic=np.zeros(len(terms), np.bool_),
        ancestries=people.names,
        ac=ac,
        an=an,
        hom=hom,
        ancestry=people.ancestry[~people.database],
        hap_off=own.off,
        hap_site=own.site,
        common=own.common,
        bits=own.bits,
        digest="",
        single=lone(genome),
        notes=notes,
        men=np.bincount(people.ancestry[people.men()], minlength=len(people.names)).astype(np.int32),
        xy=xy,
        lone=lone_regions(genome),
    )
    return replace(made, pathogenic=pathogenic(store, terms, made.frequency(), carried, seed))


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
    laws: Laws | None = None,
) -> NDArray[np.bool_]:
    """Return which sites selection keeps: once for each allele, by its derived count where it is most frequent.

    kind: class of each site (``raresim.thinning``). Where the reference carries the derived allele (``flipped``) the
    derived count is that of REF. Such a site is never a loss of function or of a stop: the reference would be the
    broken allele. genome: says where a person has one haplotype (Y: shares of autosomes, by its count among so many;
    MT: ``raresim.mitochondrial``); None for autosomes. laws: shares that were computed before, and are remembered.
    """
    laws = {} if laws is None else laws
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
                law = (name, n * int(size[a]))
                if law not in laws:
                    laws[law] = retention(*law, history)
                share[rows] = laws[law][kind[rows], np.maximum(derived[rows, a], 1)]
    if genome is not None:
        rows = np.isin(store.sites.contig, lone(genome, ContigKind.MT))
        share[rows] = mitochondrial.kept(terms[rows])
    broken = store.flipped & ((kind >= LOSS) | ((terms & np.uint32(BIT["stop_lost"])) != 0))
    return np.asarray((draws(store.sites, streams.key(seed, "background", "selection")) < share) & ~broken)


def _pruned(genome: Genome, parts: list[Part], people: People, seed: int, target: Sequence[Bin]) -> list[Part]:
    """Return what is left when the panel is pruned to the numbers that are wanted; Y and MT are left alone."""
    from raresim import spectrum

    sites = Sites.concat([part.sites for part in parts])
    terms, count = (np.concatenate([getattr(part, name) for part in parts]) for name in ("terms", "count"))
    paired = ~np.isin(sites.contig, lone(genome))
    kind = np.array(spectrum.CLASSES)[[3, 1, 2]][classes(terms)]
    kind[((terms & np.uint32(BIT["synonymous_variant"])) != 0) & (classes(terms) == NEUTRAL)] = spectrum.CLASSES[0]
    total = 2 * np.bincount(people.ancestry, minlength=len(people.names))
    minor = np.minimum(count, total - count).astype(np.int64)[paired]
    draw = draws(sites, streams.key(seed, "background", "spectrum"))[paired]
    kept = np.ones(len(sites), np.bool_)
    kept[paired] = spectrum.kept(target, people.names, kind[paired], minor, np.argmax(minor / total, 1), draw)
    ends = np.cumsum([len(part.sites) for part in parts])
    return [part.keep(mask) for part, mask in zip(parts, np.split(kept, ends[:-1]), strict=True)]


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
