"""Phased haplotypes of people from VCF or BCF files, as the carriers of every allele."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.background._records import KEY, alleles, check_samples, opened, placed, records, short
from raresim.background._sexes import Sexes
from raresim.errors import InputError
from raresim.genome import Genome, Targets
from raresim.sites import Sites, Variant
from raresim.store import begin_in

MISSING = 0.1  # a record where more of the alleles are missing is left out (a choice)


@dataclass(frozen=True)
class Haplotypes:
    """sites: normalised, sorted, each once, each carried; haplotypes that carry site s, ascending:
    ``haplotype[off[s]:off[s + 1]]`` (2p and 2p + 1 are of person p). notes: what was left out, and why."""

    sites: Sites
    off: NDArray[np.int64]
    haplotype: NDArray[np.int32]
    notes: tuple[str, ...]


@dataclass
class _Read:
    """What has been read so far: alleles as written, their carriers, what was left out."""

    found: list[Variant] = field(default_factory=list)
    carriers: list[NDArray[np.int32]] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    records: int = 0
    missing: int = 0


def people_of(path: Path, genome: Genome) -> tuple[str, ...]:
    """Return the names of the samples of a file."""
    with opened(path, genome) as file:
        return tuple(file.header.samples)


def read(
    paths: Sequence[Path],
    genome: Genome,
    targets: Targets,
    names: Sequence[str],
    sexes: Sexes,
    progress: Callable[[float], None] = lambda share: None,
) -> Haplotypes:
    """Return the haplotypes of these samples in the targets.

    The two alleles of a genotype go to haplotypes 2p and 2p + 1 in their order; each ALT of a record is a site of its
    own. A missing allele counts as REF. On X outside PAR, Y and MT: see ``Sexes``. InputError for genotypes that are no
    phased haplotypes, for another assembly, a damaged file, and files without a record in the targets.
    """
    made = _Read()
    for done, path in enumerate(paths, 1):
        before = len(made.found)
        _read(path, genome, targets, names, sexes, made)
        progress(0.9 * done / len(paths))
        if before == len(made.found):
            made.skipped[f"{path.name}: no allele of these people in the targets"] += 1
    if not made.records:
        raise InputError(
            f"{KEY}: {', '.join(map(str, paths))}: no record in the targets; give files of these regions, or other "
            "targets"
        )
    if not made.found:
        raise InputError(f"{KEY}: nobody of the {len(names):,} people carries an allele of bases in the targets")
    return _finished(paths, genome, targets, made, sexes)


def _read(path: Path, genome: Genome, targets: Targets, names: Sequence[str], sexes: Sexes, made: _Read) -> None:
    with opened(path, genome) as file:
        check_samples(file, path, names)
        file.subset_samples(list(names))
        place = {name: i for i, name in enumerate(names)}
        order = np.array([place[name] for name in file.header.samples])
        turn = np.empty(2 * len(names), np.int64)  # from a person's column to a person
        turn[2 * order], turn[2 * order + 1] = 2 * np.arange(len(order)), 2 * np.arange(len(order)) + 1
        for row, record in records(file, path, genome, targets):
            made.records += 1
            kept = alleles(record, made.skipped)
            if not kept:
                continue
            where = f"{KEY}: {path}: {record.chrom}:{record.pos}"
            copies, haploid = _genotypes(record, where, names, order)
            copies, haploid = copies[turn], haploid[turn[::2] // 2]
            alts = len(record.alts or ())
            if copies.max() > alts:
                raise InputError(
                    f"{where}: a genotype has the allele {copies.max()}, and there are {alts} in ALT; "
                    "correct the record"
                )
            lost = int((copies < 0).sum())
            if lost > MISSING * len(copies):
                made.skipped[f"in records with more than {MISSING:.0%} missing"] += len(kept)
                continue
            made.missing += lost
            sexes.check(genome.contigs[row], record.start, copies, haploid, where)
            for number, alt in kept:
                carriers = np.flatnonzero(copies == number).astype(np.int32)
                if len(carriers):
                    made.found.append(Variant(row, record.start, str(record.ref).upper(), alt))
                    made.carriers.append(carriers)


def _genotypes(
    record: Any, where: str, names: Sequence[str], order: NDArray[np.int64]
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Return alleles int16[2 * people] and who is haploid, in the order of the file's columns."""
    from raresim.kernels.genotypes import read_genotypes

    line = np.frombuffer(str(record).encode(), np.uint8)
    tabs = np.flatnonzero(line == 9)[:9]
    if len(tabs) < 9 or line[tabs[7] + 1 : tabs[7] + 3].tobytes() != b"GT":
        raise InputError(f"{where}: no genotypes (GT) there; give a VCF of phased genotypes")
    copies, haploid, found, unphased, many = read_genotypes(line, tabs[8] + 1, len(names))
    for who, what in ((unphased, "is not phased (0/1); phase it, with SHAPEIT5 or Beagle for example"), (many, MANY)):
        if who >= 0:
            raise InputError(f"{where}: the genotype of {names[order[who]]} {what}")
    if found < len(names):
        raise InputError(f"{where}: {found} genotypes of {len(names)}; copy the file again")
    return copies, haploid


MANY = "has more than two alleles; haplotypes are of diploid people"


def _finished(paths: Sequence[Path], genome: Genome, targets: Targets, made: _Read, sexes: Sexes) -> Haplotypes:
    sites, rows = placed(genome, made.found, made.skipped, f"{KEY}: {paths[0]}")
    within = np.flatnonzero(begin_in(targets, sites))
    sites, rows = sites.take(within), rows[within]
    order = sites.order()
    sites, rows = sites.take(order), rows[order]
    first, twice = _once(genome, sites, [made.carriers[row] for row in rows.tolist()], made.skipped)
    carriers = [made.carriers[int(rows[i])] for i in first]
    sites = sites.take(np.array(first, np.int64))
    carriers = [
        sexes.own(genome.contigs[int(contig)], int(pos), mine)
        for contig, pos, mine in zip(sites.contig, sites.pos, carriers, strict=True)
    ]
    kept = np.array([len(mine) > 0 for mine in carriers], np.bool_)
    if not kept.any():
        raise InputError(
            f"{KEY}: nobody carries an allele of the targets; give people of whom some do, or other targets"
        )
    off = np.concatenate([[0], np.cumsum([len(mine) for mine in carriers if len(mine)])]).astype(np.int64)
    said = [f"alleles left out: {n:,}: {why}" for why, n in sorted(made.skipped.items()) if not why.endswith("targets")]
    said += [f"{why}" for why in sorted(made.skipped) if why.endswith("targets")]
    if made.missing:
        said.append(f"missing alleles, read as REF: {made.missing:,}")
    if twice:
        said.append(f"records left out that repeat an allele with the same genotypes: {twice:,}")
    return Haplotypes(
        sites.take(np.flatnonzero(kept)),
        off,
        np.concatenate([mine for mine in carriers if len(mine)]).astype(np.int32),
        (*(f"background: {text}" for text in said), *sexes.notes()),
    )


def _once(
    genome: Genome, sites: Sites, carriers: Sequence[NDArray[np.int32]], skipped: Counter[str]
) -> tuple[list[int], int]:
    """Return one row of every allele, and how many rows say the same once more.

    Of an allele whose records disagree on who carries it none is taken: nobody can tell which is right. They are
    counted, with the first of them.
    """
    kept: list[int] = []
    starts = np.append(np.flatnonzero(~sites.repeats()), len(sites)).tolist()
    twice = disagreeing = 0
    named = ""
    for lo, hi in pairwise(starts):
        if all(np.array_equal(carriers[lo], carriers[i]) for i in range(lo + 1, hi)):
            kept.append(lo)
            twice += hi - lo - 1
        else:
            v = sites[lo]
            named = named or f"{genome.contigs[v.contig].name}:{v.pos + 1} {short(v.ref)}>{short(v.alt)}"
            disagreeing += hi - lo
    if disagreeing:
        skipped[f"in records of one allele that disagree on who carries it, the first {named}"] = disagreeing
    return kept, twice
