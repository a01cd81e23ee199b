"""Genealogies of what is sequenced: targets in blocks, squeezed, simulated, mutated. A worker sees one block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim import streams
from raresim.coalescence import Ancestry, Epochs
from raresim.local_ancestry import Census, tracts
from raresim.mutation import PAIRS, RateTable

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
ROOM = 1 << 30  # carriers that there is room for at a time, 4 GB of addresses (a choice)


@dataclass(frozen=True)
class Block:
    """One independent job. start, end int64[targets]: target intervals on the chromosome; cm: cumulative map of the
    chromosome at a position, in centimorgans; size: factor of the population sizes (3/4 on X); side: the haplotype of a
    person that alone has the chromosome (0 paternal: Y; 1 maternal: MT), -1 where both have it."""

    contig: int
    number: int
    start: Ints
    end: Ints
    start_cm: Floats
    end_cm: Floats
    size: float
    side: int = -1


@dataclass(frozen=True)
class Job:
    """A block with all that a worker needs, in arrays: contexts and regions of its target bases, samples, demography,
    rates, its two seeds, and the demography's epochs (None: msprime simulates it)."""

    block: Block
    context: NDArray[np.uint8]
    region: NDArray[np.uint8]
    samples: tuple[tuple[str, int], ...]
    reference: str
    model: Any
    rates: Channels
    seed: int
    key: int
    census: Census
    epochs: Epochs | None


@dataclass(frozen=True)
class Rows:
    """Biallelic rows of a block: position of the base (of an indel's anchor), alt int8 (base code, -1 for an indel),
    size int8 (bases that ALT has more than REF), flipped (ALT is ancestral), carriers
    ``haplotype[off[r]:off[r + 1]]``. tracts int64[n, 4]: haplotype, start, end, deme of each part of admixed haplotypes
    (``raresim.local_ancestry``)."""

    position: Ints
    alt: NDArray[np.int8]
    size: NDArray[np.int8]
    flipped: NDArray[np.bool_]
    off: Ints
    haplotype: NDArray[np.int32]
    tracts: Ints = field(default_factory=lambda: np.zeros((0, 4), np.int64))


@dataclass(frozen=True)
class Events:
    """Mutations of a block, by base and time, youngest first: base int32 (on the squeezed coordinate), node int32 (the
    branch above it), time float64, began int8 (base at the root), became int8 (base below the mutation, 4 for an
    indel), row int32 (of an indel, -1 for other mutations)."""

    base: NDArray[np.int32]
    node: NDArray[np.int32]
    time: Floats
    began: NDArray[np.int8]
    became: NDArray[np.int8]
    row: NDArray[np.int32]


@dataclass(frozen=True)
class Channels:
    """Rates of all kinds of events by context, as the kernels read them (``raresim.kernels.carriers``)."""

    forward: Floats
    backward: Floats
    ceiling: Floats
    most: Floats
    indel: Floats
    length: Floats


def channels(table: RateTable, counts: Floats, scale: float) -> Channels:
    """Return the rates multiplied by ``scale``; counts float64[contexts]: how often each is in the targets.

    Going up a lineage, base b was a with rate rate(a to b) count(a) / count(b): the reversal of the mutation process on
    the composition that the genome has.
    """
    forward = table.snv * scale
    backward = np.zeros_like(forward)
    for context in np.flatnonzero(table.total > 0):
        middle = context // 5 % 5
        for old in range(4):
            before = context + 5 * (old - middle)
            backward[context, old] = forward[before, middle] * (counts[before] + 1) / (counts[context] + 1)
    most = np.maximum(forward.sum(1), backward.sum(1))
    ceiling = np.zeros(len(forward))
    for context in np.flatnonzero(table.total > 0):
        ceiling[context] = max(most[context + 5 * (base - context // 5 % 5)] for base in range(4))
    deletions = table.indel / (1 + table.ins_per_del)
    indel = np.stack([deletions, table.indel - deletions], 1) * scale
    return Channels(forward, backward, ceiling, most, indel, np.cumsum(table.length, 1))


def blocks(
    contig: int, start: Ints, end: Ints, cm: Callable[[Ints], Floats], block_cm: float, size: float
) -> list[Block]:
    """Cut the targets of a chromosome (or of a part of it) into blocks of at most about ``block_cm``; cm is the
    cumulative map.

    A gap of an eighth of a block or more always ends a block: what lies on both sides of c morgans has an expected r^2
    of 1 / (1 + 4 N c) (Sved 1971, doi:10.1016/0040-5809(71)90011-6), .005 for half a centimorgan and N = 10,000, and
    half of the map is in such gaps. Longer stretches are cut in the widest gap within a fifth of a block of the place.
    """
    a, b = cm(start), cm(end)
    gaps = a[1:] - b[:-1]
    edges = [0, *(np.flatnonzero(gaps >= block_cm / 8) + 1).tolist(), len(start)]
    cuts = set(edges)
    for i, j in pairwise(edges):
        count = max(1, round(float(b[j - 1] - a[i]) / block_cm))
        for k in range(1, count):
            place = a[i] + k * (b[j - 1] - a[i]) / count
            near = i + np.flatnonzero(np.abs(b[i : j - 1] - place) < block_cm * 0.2)
            cuts.add(int(near[np.argmax(gaps[near])]) + 1 if len(near) else i + int(np.searchsorted(a[i:j], place)))
    rows = sorted(cuts)
    return [
        Block(contig, number, start[i:j], end[i:j], a[i:j], b[i:j], size)
        for number, (i, j) in enumerate(pairwise(rows))
    ]


def squeeze(block: Block) -> tuple[Ints, Floats, Ints]:
    """Return (edges, rates, offsets) of the squeezed coordinate: targets at their length, gaps as one base that keeps
    all their recombination, at most 0.5; offsets int64[targets] is where each target begins."""
    length = block.end - block.start
    offset = np.concatenate([[0], np.cumsum(length[:-1] + 1)]).astype(np.int64)
    inside = np.maximum(block.end_cm - block.start_cm, 0) / 100 / length
    between = np.clip((block.start_cm[1:] - block.end_cm[:-1]) / 100, 0, 0.5)
    edges = np.stack([offset, offset + length], 1).ravel()
    rates = np.stack([inside, np.append(between, 0)], 1).ravel()[:-1]
    return edges, rates, offset


@dataclass(frozen=True)
class Genealogy:
    """A simulated block on the squeezed coordinate: ancestry, where each target begins (``squeeze``), mutations and the
    rows that they make; haplotypes are the samples, positions bases of the squeezed coordinate."""

    job: Job
    ancestry: Ancestry
    offset: Ints
    rows: Rows
    events: Events
    known: Any = None

    @property
    def trees(self) -> Any:
        """The ancestry as a tree sequence of tskit, with the demes of the demography."""
        if self.known is not None:
            return self.known
        edges, rates, _ = squeeze(self.job.block)
        tables = _trees(self.job, edges, rates, end_time=0).dump_tables()
        self.ancestry.into(tables)
        tables.build_index()
        return tables.tree_sequence()


def genealogy(job: Job) -> Genealogy:
    """Simulate ancestry (Hudson's coalescent, by ``raresim.kernels.coalescent`` or by msprime, Baumdicker et al. 2022,
    doi:10.1093/genetics/iyab229) and mutations of a block. The samples are the haplotypes of the panel, the last one is
    the reference."""
    block = job.block
    copies = 2 if block.side < 0 else 1
    edges, rates, offset = squeeze(block)
    trees = None
    if job.epochs is None:
        trees = _trees(job, edges, rates)
        found = Ancestry.of(trees)
    else:
        samples = [*((name, copies * n) for name, n in job.samples), (job.reference, 1)]
        mass = np.concatenate([[0.0], np.cumsum(np.repeat(rates, np.diff(edges)))])
        found = job.epochs.ancestry(samples, mass, streams.key(job.seed, "coalescent"))
    length = block.end - block.start
    where = np.arange(int(length.sum())) + np.repeat(offset - (np.cumsum(length) - length), length)
    context = np.full(int(edges[-1]), 124, np.uint8)
    region = np.zeros(int(edges[-1]), np.uint8)
    context[where], region[where] = job.context, job.region
    return Genealogy(job, found, offset, *resolved(found, context, region, job.rates, job.key), known=trees)


def _trees(job: Job, edges: Ints, rates: Floats, **rest: Any) -> Any:
    """Simulate the ancestry of a block by msprime."""
    import msprime

    copies = 2 if job.block.side < 0 else 1
    samples = [msprime.SampleSet(n, population=name, time=0, ploidy=copies) for name, n in job.samples]
    samples.append(msprime.SampleSet(1, population=job.reference, time=0, ploidy=1))
    return msprime.sim_ancestry(
        samples,
        demography=job.model,
        recombination_rate=msprime.RateMap(position=edges, rate=rates),
        random_seed=job.seed,
        record_provenance=False,
        **rest,
    )


def simulate(job: Job) -> Rows:
    """Simulate a block and return its rows, on the chromosome, with the haplotypes of the panel."""
    made = genealogy(job)
    block, offset, found = job.block, made.offset, made.rows
    copies = 2 if block.side < 0 else 1
    position = places(block, offset, found.position)
    linked = tracts(made.trees, job.census, [n for _, n in job.samples], copies) if job.census.sets else found.tracts
    linked[:, 1:3] = places(block, offset, linked[:, 1:3])
    carried = found.haplotype
    if block.side >= 0:
        linked[:, 0] = 2 * linked[:, 0] + block.side
        carried = 2 * carried + np.int32(block.side)
    return Rows(position, found.alt, found.size, found.flipped, found.off, carried, linked)


def places(block: Block, offset: Ints, squeezed: Ints) -> Ints:
    """Return the places on the chromosome of bases or borders on the squeezed coordinate; what is in a gap is at its
    begin."""
    target = np.searchsorted(offset, squeezed, "right") - 1
    length = block.end - block.start
    return np.asarray(block.start[target] + np.minimum(squeezed - offset[target], length[target]))


def resolve(
    trees: Any, context: NDArray[np.uint8], region: NDArray[np.uint8], leaves: int, rates: Channels, key: int
) -> Rows:
    """Put mutations on a tree sequence whose samples are its first nodes, the last of them the reference haplotype, and
    return the rows."""
    if trees.num_samples != leaves:
        raise ValueError("the edges of a genealogy must be sorted by parent, older nodes last, and its samples first")
    return resolved(Ancestry.of(trees), context, region, rates, key)[0]


def resolved(
    ancestry: Ancestry, context: NDArray[np.uint8], region: NDArray[np.uint8], rates: Channels, key: int
) -> tuple[Rows, Events]:
    """Put mutations on an ancestry, as :func:`resolve` does, and return the mutations as well."""
    from raresim.kernels.carriers import carriers
    from raresim.kernels.mutate import mutate

    left, right = ancestry.left, ancestry.right
    parent, child, time, leaves = ancestry.parent, ancestry.child, ancestry.time, ancestry.leaves
    if np.any(np.diff(parent) < 0):
        raise ValueError("the edges of a genealogy must be sorted by parent, older nodes last, and its samples first")
    known = rates.ceiling[context] > 0
    whole = np.where(known, rates.ceiling[context] + rates.indel.sum(1)[region], 0.0)
    cumulative = np.concatenate([[0.0], np.cumsum(whole)])
    rate = cumulative[right.astype(np.int64)] - cumulative[left.astype(np.int64)]
    expected = float(((time[parent] - time[child]) * rate).sum())
    room = int(expected + 12 * expected**0.5 + 64)
    base, node, when, mark = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room), np.empty(room)
    with np.errstate(over="ignore"):
        n: Any = mutate(left, right, child, parent, time, cumulative, np.uint64(key), base, node, when, mark)
    if n < 0:
        raise RuntimeError("more mutations than twelve standard deviations above their mean: a fault of raresim")
    base, node, when, mark = _pairs(base[:n], node[:n], when[:n], mark[:n], context, whole, rates, key)
    n = len(base)
    order = np.lexsort((when, base))
    base, node, when, mark = base[order], node[order], when[order], mark[order]
    first = np.zeros(len(time) + 1, np.int64)
    np.cumsum(np.bincount(parent, minlength=len(time)), out=first[1:])
    began, became, made = np.empty(n, np.int8), np.empty(n, np.int8), np.empty(n, np.int32)
    parts: list[Rows] = []
    for some in _parts(base, max(1, ROOM // leaves)):
        mine = base[some]
        m = len(mine)
        rows = (np.empty(m, np.int32), np.empty(m, np.int8), np.empty(m, np.int8), np.empty(m, np.bool_))
        # bounds; only what is used is touched
        off, haplotype = np.empty(m + 1, np.int64), np.empty(m * leaves, np.int32)
        kept = carriers(
            mine,
            node[some],
            mark[some],
            first,
            left,
            right,
            child,
            leaves,
            context,
            region,
            rates.forward,
            rates.backward,
            rates.ceiling,
            rates.most,
            rates.indel,
            rates.length,
            np.empty(int(np.bincount(mine).max(initial=0)) * leaves, np.int32),
            *rows,
            off,
            haplotype,
            began[some],
            became[some],
            made[some],
        )
        made[some][made[some] >= 0] += sum(len(part.position) for part in parts)
        position, alt, size, flipped = rows
        off = off[: kept + 1].copy()
        part = Rows(
            position[:kept].astype(np.int64),
            alt[:kept].copy(),
            size[:kept].copy(),
            flipped[:kept].copy(),
            off,
            haplotype[: off[-1]].copy(),
        )
        parts.append(part)
    rest = np.flatnonzero(became >= 0)
    return _together(parts), Events(base[rest], node[rest], when[rest], began[rest], became[rest], made[rest])


def _parts(base: NDArray[np.int32], most: int) -> list[slice]:
    """Cut candidates into parts of at most about so many; those of a base stay together."""
    cuts = [0]
    while cuts[-1] < len(base) or len(cuts) == 1:
        end = min(cuts[-1] + most, len(base))
        if end < len(base):
            begin = int(np.searchsorted(base, base[end], "left"))
            end = begin if begin > cuts[-1] else int(np.searchsorted(base, base[end], "right"))
        cuts.append(end)
    return [slice(a, b) for a, b in pairwise(cuts)]


def _together(parts: list[Rows]) -> Rows:
    """Join the rows of parts."""
    if len(parts) == 1:
        return parts[0]
    off = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(part.off) for part in parts]))])
    return Rows(
        position=np.concatenate([part.position for part in parts]),
        alt=np.concatenate([part.alt for part in parts]),
        size=np.concatenate([part.size for part in parts]),
        flipped=np.concatenate([part.flipped for part in parts]),
        off=off.astype(np.int64),
        haplotype=np.concatenate([part.haplotype for part in parts]),
    )


def _pairs(
    base: NDArray[np.int32],
    node: NDArray[np.int32],
    when: Floats,
    mark: Floats,
    context: NDArray[np.uint8],
    whole: Floats,
    rates: Channels,
    key: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats, Floats]:
    """Add to the candidates the second bases of multi-nucleotide variants: ``mutation.PAIRS`` of the single-base
    changes change the next base as well, to a base drawn by its own rates."""
    change = rates.forward.sum(1)
    after = np.minimum(base + 1, len(context) - 1)
    chosen = (mark * whole[base] < change[context[base]]) & (change[context[after]] > 0)
    first, second = streams.stream(key, "pairs").random((2, len(base)))
    rows = np.flatnonzero(chosen & (first < PAIRS))
    added = second[rows] * change[context[after[rows]]] / whole[after[rows]]
    return (
        np.concatenate([base, after[rows].astype(np.int32)]),
        np.concatenate([node, node[rows]]),
        np.concatenate([when, when[rows]]),
        np.concatenate([mark, added]),
    )


def warm() -> None:
    """Compile the kernels, or load them from numba's cache, on a genealogy of two samples and the reference."""
    one = np.ones((1, 1))
    found = Epochs(("",), np.zeros(1), one, 0 * one, 0 * one[None], one[None]).ancestry([("", 3)], np.zeros(6), 1)
    table = RateTable(np.zeros((125, 4)), np.zeros(2), np.ones(2), np.ones((2, 31)))
    rates = channels(table, np.ones(125), 1.0)
    resolved(found, np.full(5, 124, np.uint8), np.zeros(5, np.uint8), rates, 1)
