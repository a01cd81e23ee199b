"""The people of the cohort as the columns of a file, and their alleles in portions of sites."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim import streams
from raresim.files import write
from raresim.genome import ContigKind, Genome
from raresim.panel import Panel
from raresim.sites import Sites, Variant

MEMORY = 1 << 25  # bytes of the carriers of a portion of sites, on average (a choice)
SITES = 1 << 16  # and at most so many sites
CROWD = 16  # a common allele with so many carriers has bits, not a list (a choice: the code of a row is longer)
SIDES = np.array([0, 0xAA, 0x55, 0xFF], np.uint8)  # the bits of a row for the haplotypes of ``Portion.sides``
SHORT = 512  # bases of REF and ALT of a crowded row (a choice: such a row's fixed columns are a small part of a block)
MOST = 9  # ALT alleles of a joined record: GT stays one digit (a choice)


@dataclass(frozen=True)
class People:
    """The cohort's people in the order of columns: women first, each sex in the order of the panel.

    order int64[people]: the person of each column; women: how many; names: an opaque code for each column. People of a
    panel have no sex of their own; here each gets one, by a stream of the panel's digest, with equal probability.
    """

    order: NDArray[np.int64]
    women: int
    names: tuple[str, ...]

    @staticmethod
    def of(panel: Panel) -> People:
        """Return the columns of a panel."""
        female = streams.stream(0, panel.digest, "cohort", "sex").random(panel.people) < 0.5
        order = np.argsort(~female, kind="stable")
        key = streams.key(0, panel.digest, "cohort", "code").to_bytes(8, "little")
        codes = hashlib.shake_128(key).hexdigest(7 * panel.people).upper()  # 14 digits of it for each person
        return People(order, int(female.sum()), tuple(f"H{codes[14 * i : 14 * i + 14]}" for i in order.tolist()))

    def table(self, panel: Panel) -> str:
        """Return people.tsv: column name, sex, ancestry, and the haplotypes as the truth tables number them."""
        lines = ["person\tsex\tancestry\thaplotype_1\thaplotype_2\n"]
        for column, (person, name) in enumerate(zip(self.order.tolist(), self.names, strict=True)):
            sex = "female" if column < self.women else "male"
            label = panel.ancestries[panel.ancestry[person]]
            lines.append(f"{name}\t{sex}\t{label}\t{2 * person}\t{2 * person + 1}\n")
        return "".join(lines)


def write_people(folder: Path, panel: Panel) -> None:
    """Write cohort/people.tsv: who the columns of the cohort's files are."""
    write(folder / "cohort" / "people.tsv", People.of(panel).table(panel).encode())


@dataclass(frozen=True)
class Portion:
    """Records of consecutive sites that someone in the cohort carries.

    sites: one row a record; ALT text has commas where alleles are joined. sides uint8[records, 2]: the haplotypes that
    a woman and a man have there (1 paternal, 2 maternal, 3 both, 0 none). The carriers of record i are
    ``carriers[off[i]:off[i + 1]]``, twice the column and the side, ascending; allele uint8: which ALT, from 1.
    ``ac[ac_off[i]:ac_off[i + 1]]``: carriers of each ALT; an: haplotypes in all. crowded int64[records]: where in
    ``bits`` the carriers of a record are, which then are not listed (raresim.kernels.cohort.turn), or -1.
    """

    sites: Sites
    sides: NDArray[np.uint8]
    off: NDArray[np.int64]
    carriers: NDArray[np.int32]
    allele: NDArray[np.uint8]
    ac_off: NDArray[np.int64]
    ac: NDArray[np.int64]
    an: NDArray[np.int64]
    crowded: NDArray[np.int64]
    bits: NDArray[np.uint8]

    def rows(self, lo: int, hi: int) -> Portion:
        """Return some records of it."""
        off, ac_off = self.off[lo : hi + 1], self.ac_off[lo : hi + 1]
        mine, alts = slice(int(off[0]), int(off[-1])), slice(int(ac_off[0]), int(ac_off[-1]))
        sites = self.sites.take(np.arange(lo, min(hi, len(self.an))))
        own = (off - off[0], self.carriers[mine], self.allele[mine], ac_off - ac_off[0], self.ac[alts], self.an[lo:hi])
        return Portion(sites, self.sides[lo:hi], *own, self.crowded[lo:hi], self.bits)

    def crowds(self, rows: NDArray[np.int64]) -> Portion:
        """Return some of its crowded records."""
        none = np.zeros(len(rows) + 1, np.int64)
        own = (none, self.carriers[:0], self.allele[:0], np.arange(len(rows) + 1), self.ac[self.ac_off[rows]])
        crowded = self.crowded[rows]
        return Portion(self.sites.take(rows), self.sides[rows], *own, self.an[rows], crowded, self.bits)


def portions(panel: Panel, genome: Genome, people: People, joint: bool, bits: bool = False) -> Iterator[Portion]:
    """Give all records in order; with ``joint``, alleles of one position and kind are one record.

    bits: carriers of common alleles come as bits, but for sites that may be joined.
    """
    from raresim.kernels.cohort import gather, spread, tally, turn

    own, n = panel.own, len(people.order)
    sides = haplotypes(genome, panel.sites)
    store = (own.off, own.site, people.order, people.women, sides)
    counts = tally(*store)
    many = np.zeros(len(sides), np.bool_)
    many[own.common] = True
    alone = panel.sites.ref_len + panel.sites.alt_len <= SHORT
    if joint:
        alone &= ~_shared(panel.sites)
    cursor, women = own.off[:-1].copy(), (people.women + 3) // 4
    stride = -(-(women + (n - people.women + 3) // 4) // 8) * 8
    step = int(min(SITES, max(16, MEMORY // max(1.0, np.where(many, stride if bits else 8 * n, 4 * counts).mean()))))
    for lo, hi in _spans(panel.sites, step) if len(sides) else ():
        mine, count = sides[lo:hi], counts[lo:hi]
        a, b = np.searchsorted(own.common, np.array([lo, hi], np.int32))
        packed = np.zeros((b - a, stride), np.uint8)
        turn(own.bits, people.order, people.women, a, b, stride, packed.reshape(-1))
        at = own.common[a:b] - lo
        for row in np.flatnonzero((mine[at] != 3).any(1)):
            packed[row, :women] &= SIDES[mine[at[row], 0]]
            packed[row, women:] &= SIDES[mine[at[row], 1]]
        count[at] = np.bitwise_count(packed.view(np.uint64)).sum(1, dtype=np.int64)
        start = np.full(hi - lo, -1)
        start[at] = np.arange(len(at)) * stride
        crowd = many[lo:hi] & alone[lo:hi] & (count >= CROWD) & bits
        off = np.concatenate([[0], np.cumsum(np.where(crowd, 0, count))])
        carriers = gather(*store, cursor, lo, hi, off)
        listed = np.flatnonzero(many[lo:hi] & ~crowd)
        spread(packed.reshape(-1), start[listed], people.women, n, off[listed], carriers)
        kept = np.flatnonzero(count > 0)
        if len(kept):
            made = Portion(
                sites=panel.sites.take(lo + kept),
                sides=mine[kept],
                off=np.append(off[kept], off[-1]),
                carriers=carriers,
                allele=np.ones(len(carriers), np.uint8),
                ac_off=np.arange(len(kept) + 1),
                ac=count[kept],
                an=np.bitwise_count(mine[kept]) @ np.array([people.women, n - people.women]),
                crowded=np.where(crowd, start, -1)[kept],
                bits=packed.reshape(-1),
            )
            yield _join(made) if joint else made


def _shared(sites: Sites) -> NDArray[np.bool_]:
    """Return which rows have the position of another."""
    place = sites.contig.astype(np.int64) << 32 | sites.pos
    same = np.diff(place) == 0
    return np.append(same, False) | np.insert(same, 0, False) if len(place) else np.zeros(0, np.bool_)


def haplotypes(genome: Genome, sites: Sites) -> NDArray[np.uint8]:
    """Return which haplotypes a woman and a man have at every site: a man's X outside PAR and all mitochondrial DNA are
    maternal, his Y paternal."""
    out = np.full((len(sites), 2), 3, np.uint8)
    for row, contig in enumerate(genome.contigs):
        mine = sites.contig == row
        par = np.zeros(len(sites), np.bool_)
        for start, end in contig.par:
            par |= mine & (sites.pos >= start) & (sites.pos < end)
        if contig.kind is ContigKind.X:
            out[mine & ~par, 1] = 2
        elif contig.kind is ContigKind.Y:
            out[mine] = (0, 1)
            out[par] = 0  # written on X
        elif contig.kind is ContigKind.MT:
            out[mine] = 2
    return out


def _spans(sites: Sites, step: int) -> Iterator[tuple[int, int]]:
    """Give about ``step`` rows at a time; rows of one position are never parted."""
    lo, place = 0, sites.contig.astype(np.int64) << 32 | sites.pos
    while lo < len(sites):
        hi = min(lo + step, len(sites))
        while hi < len(sites) and place[hi] == place[hi - 1]:
            hi += 1
        yield lo, hi
        lo = hi


def _join(portion: Portion) -> Portion:
    """Return the portion with alleles of a position joined: SNVs with SNVs, indels with indels, as ``bcftools norm
    -m +both`` does, unless a haplotype carries two of them or there are more than nine."""
    sites = portion.sites
    short = (sites.ref_len == 1) & (sites.alt_len == 1)
    place = (sites.contig.astype(np.int64) << 33) | (sites.pos.astype(np.int64) << 1) | short
    order = np.argsort(place, kind="stable")
    first = np.flatnonzero(np.diff(place[order], prepend=-1) != 0)
    groups = [g for g in np.split(order, first[1:]) if 1 < len(g) <= MOST and _exclusive(portion, g)]
    if not groups:
        return portion
    target = np.arange(len(sites))
    number = np.ones(len(sites), np.int64)
    for group in groups:
        target[group] = group.min()
        number[group] = np.arange(1, len(group) + 1)
    size = np.diff(portion.off)
    people = np.repeat(target, size) << 32 | portion.carriers
    allele = np.repeat(number, size).astype(np.uint8)
    moved = np.argsort(people, kind="stable")
    heads = np.flatnonzero(target == np.arange(len(sites)))
    rank = np.argsort(target << 8 | number, kind="stable")
    off = np.zeros(len(heads) + 1, np.int64)
    np.cumsum(np.bincount(np.searchsorted(heads, target), size, len(heads)), out=off[1:])
    ac_off = np.zeros(len(heads) + 1, np.int64)
    np.cumsum(np.bincount(np.searchsorted(heads, target), minlength=len(heads)), out=ac_off[1:])
    return Portion(
        sites=_joined(sites, groups, heads),
        sides=portion.sides[heads],
        off=off,
        carriers=portion.carriers[moved],
        allele=allele[moved],
        ac_off=ac_off,
        ac=portion.ac[rank],
        an=portion.an[heads],
        crowded=portion.crowded[heads],
        bits=portion.bits,
    )


def _exclusive(portion: Portion, group: NDArray[np.int64]) -> bool:
    found = np.concatenate([portion.carriers[portion.off[row] : portion.off[row + 1]] for row in group])
    return len(np.unique(found)) == len(found)


def _joined(sites: Sites, groups: list[NDArray[np.int64]], heads: NDArray[np.int64]) -> Sites:
    """Return the records of these rows; those of a group have the longest REF and all ALT alleles, padded to it."""
    variants = [sites[int(row)] for group in groups for row in group]
    made = {}
    at = 0
    for group in groups:
        mine = variants[at : at + len(group)]
        at += len(group)
        ref = max((v.ref for v in mine), key=len)
        alts = ",".join(v.alt + ref[len(v.ref) :] for v in mine)
        made[int(group.min())] = Variant(mine[0].contig, mine[0].pos, ref, alts)
    at_heads = np.searchsorted(heads, sorted(made))
    plain = np.setdiff1d(np.arange(len(heads)), at_heads)
    whole = Sites.concat([sites.take(heads[plain]), Sites.of(made[row] for row in sorted(made))])
    return whole.take(np.argsort(np.concatenate([plain, at_heads])))
