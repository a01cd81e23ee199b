"""A user's population database: the alleles of a sites VCF with their counts by ancestry, one contig at a time."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import textfile
from raresim.background._records import contig_row
from raresim.errors import InputError, nearest
from raresim.sites import Sites, Variant

if TYPE_CHECKING:
    from raresim.genome import Genome, Targets

KEY = "background.sites"
GROUPS = {"AFR": "afr", "AMR": "amr", "EAS": "eas", "EUR": "nfe", "FIN": "fin", "SAS": "sas"}  # gnomAD's names
PATTERNS = ("AC_{}/AN_{}", "AF_{}", "{}_AF")  # of gnomAD and of 1000 Genomes
MOST = 2.0**31 - 1  # of a count: the largest integer of a VCF
CHUNK = 200_000  # records that are put into normal form together: some 100 MB
_BASES = re.compile(r"[ACGT]+\Z")


@dataclass(frozen=True, eq=False)
class Known:
    """The alleles of a contig that lie in the targets, in normal form, sorted.

    count int64[n, ancestries]: copies among the haplotypes that a site of this contig has usually been seen in, int64
    [ancestries] (the median; where the file gives frequencies alone, one over the smallest of them).
    """

    sites: Sites
    count: NDArray[np.int64]
    haplotypes: NDArray[np.int64]


@dataclass
class _Part:
    """Records of a contig as they are read: finished chunks, and the open one."""

    contig: int
    last: int = -1
    inside: int = 0  # records in the targets
    sites: list[Sites] = field(default_factory=list)
    share: list[NDArray[np.float64]] = field(default_factory=list)
    size: list[NDArray[np.float64]] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    rows: list[list[float]] = field(default_factory=list)


def fields(path: Path, ancestries: tuple[str, ...], given: Mapping[str, str]) -> tuple[str, ...]:
    """Return the INFO field (``AF``) or two of them (``AC/AN``) that hold the frequency in each ancestry.

    given: those that the user names; else the first of the usual names that the header declares, and those of
    everybody if there is none for any of the ancestries. InputError: no VCF, no such field.
    """
    declared = _declared(path)

    def there(name: str) -> bool:
        return all(part in declared for part in name.split("/"))

    lines = [
        f"background.fields.{ancestry}: {name!r}: {path} declares no such INFO field{nearest(name, declared)}"
        for ancestry, name in given.items()
        if not there(name)
    ]
    lines += [
        f"background.fields.{ancestry}: {name!r}: should be a frequency (Type=Float) or counts as AC/AN (Type=Integer)"
        for ancestry, name in given.items()
        if ancestry in ancestries
        and there(name)
        and [declared[part] for part in name.split("/")] not in (["Float"], ["Integer", "Integer"])
    ]
    lines += [
        f"background.fields.{ancestry}: nobody of this ancestry is in the panel{nearest(ancestry, ancestries)}"
        for ancestry in given
        if ancestry not in ancestries
    ]
    found: dict[str, str] = {}
    for ancestry in ancestries:
        names = dict.fromkeys((GROUPS.get(ancestry, ancestry), ancestry, ancestry.lower()))
        usual = [pattern.replace("{}", name) for name in names for pattern in PATTERNS]
        found[ancestry] = given.get(ancestry) or next(filter(there, usual), "")
    everybody = next(filter(there, ("AC/AN", "AF")), "")
    if not any(found.values()):
        found = dict.fromkeys(ancestries, everybody)
    for ancestry, name in found.items():
        if not name and not everybody:
            lines.append(f"{KEY}: {path}: declares no allele frequencies (INFO AC and AN, or AF); give a database")
            break
        if not name:
            lines.append(
                f"background.fields: {path} has no frequencies of {ancestry} under a usual name; say where they are, "
                f'such as {{ {ancestry} = "{everybody}" }}'
            )
    if lines:
        raise InputError(*lines)
    return tuple(found[ancestry] for ancestry in ancestries)


def _declared(path: Path) -> dict[str, str]:
    """The types of the INFO fields that the header declares."""
    out = {}
    for number, line in enumerate(textfile.lines(path, KEY)):
        if number == 0 and not line.startswith("##fileformat=VCF"):
            what = "BCF; run `bcftools view -Oz` on it" if line.startswith("BCF") else "no VCF (no ##fileformat line)"
            raise InputError(f"{KEY}: {path}: is {what}")
        if line.startswith("##INFO=<ID="):
            kind = re.search(r",Type=(\w+)", line)
            out[line[11:].partition(",")[0]] = kind[1] if kind else ""
        if not line.startswith("##"):
            break
    return out


def check_header(path: Path, genome: Genome) -> None:
    """Raise InputError for a header with contigs of another assembly than the genome's, or with none of its contigs."""
    names = []
    for line in textfile.lines(path, KEY):
        if line[:2] != "##":
            break
        _check_contig(path, genome, line)
        found = re.match(r"##contig=<ID=([^,>]+)", line)
        names += [found[1]] if found else []
    if names and all(contig_row(genome, name) is None for name in names):
        raise InputError(
            f"{KEY}: {path}: none of its contigs ({', '.join(names[:3])}) is in the genome {genome.name!r}; give a "
            f"file of the assembly {genome.assembly}"
        )


def contigs(path: Path, genome: Genome, targets: Targets, names: tuple[str, ...]) -> Iterator[tuple[int, Known]]:
    """Yield each contig of the genome that has alleles in the targets, with these alleles; the file is read once.

    names: the INFO fields by ancestry (``fields``). Records that did not pass FILTER, alleles that are no bases and
    alleles that nobody carries are left out. InputError: another assembly, not sorted, truncated, nothing in the
    targets.
    """
    want = _starts(targets)
    rows: dict[str, int | None] = {}
    seen: set[int] = set()
    part: _Part | None = None
    empty = True
    for number, line in enumerate(textfile.lines(path, KEY), 1):
        if line[:1] == "#":
            _check_contig(path, genome, line)
            continue
        cells = line.split("\t", 8)
        if len(cells) < 8 or not (cells[1].isascii() and cells[1].isdigit()):
            raise InputError(f"{KEY}: {path}: line {number} is no whole record of a VCF; is the file truncated?")
        if cells[0] not in rows:
            rows[cells[0]] = contig_row(genome, cells[0])
        contig, pos = rows[cells[0]], int(cells[1]) - 1
        if contig is None or contig not in want:
            continue
        if part is None or part.contig != contig:
            if part:
                yield from _done(path, genome, targets, part)
            if contig in seen:
                raise InputError(f"{KEY}: {path}: line {number}: not sorted by contig; run `bcftools sort` on it")
            seen.add(contig)
            part = _Part(contig)
        if pos < part.last:
            raise InputError(f"{KEY}: {path}: line {number}: not sorted by position; run `bcftools sort` on it")
        part.last = pos
        if pos >= genome.contigs[contig].length:
            raise InputError(
                f"{KEY}: {path}: {cells[0]}:{cells[1]} lies behind the end of {cells[0]} in the genome "
                f"{genome.name!r}; give a file of the assembly {genome.assembly}"
            )
        starts, ends = want[contig]
        at = bisect_right(starts, pos) - 1
        if at < 0 or pos >= ends[at] or cells[6] not in ("PASS", "."):
            continue
        empty = False
        part.inside += 1
        try:
            _take(part, cells, pos, names)
        except ValueError as error:
            raise InputError(f"{KEY}: {path}: {cells[0]}:{cells[1]}: {error}") from None
        if len(part.variants) >= CHUNK:
            _close(path, genome, part)
    if part:
        yield from _done(path, genome, targets, part)
    if empty:
        raise InputError(
            f"{KEY}: {path}: no record of it lies in the targets; give the sites of this part of the genome"
        )


def _starts(targets: Targets) -> dict[int, tuple[list[int], list[int]]]:
    return {
        int(c): (targets.start[targets.contig == c].tolist(), targets.end[targets.contig == c].tolist())
        for c in np.unique(targets.contig)
    }


def _check_contig(path: Path, genome: Genome, line: str) -> None:
    found = re.match(r"##contig=<ID=([^,>]+)(?:,.*?length=(\d+))?", line)
    row = contig_row(genome, found[1]) if found else None
    if found and found[2] and row is not None and int(found[2]) != genome.contigs[row].length:
        raise InputError(
            f"{KEY}: {path}: {found[1]} has {found[2]} bases there and {genome.contigs[row].length} in the genome "
            f"{genome.name!r}; give a file of the assembly {genome.assembly}"
        )


def _take(part: _Part, cells: list[str], pos: int, names: tuple[str, ...]) -> None:
    """Add the alleles of a record; ValueError says which number of it cannot be."""
    ref, info = cells[3].upper(), f";{cells[7]};"
    if not _BASES.match(ref):
        return
    alts = cells[4].upper().split(",")
    values = [[(name, _value(info, name)) for name in field.split("/")] for field in names]
    for i, alt in enumerate(alts):
        if not _BASES.match(alt) or alt == ref:
            continue
        row = []
        for value in values:
            if len(value) > 1:
                count, size = _count(*value[0], i, len(alts)), _count(*value[1], i, len(alts))
                if count > size:
                    raise ValueError(
                        f"{value[0][0]} is {count:.0f} and {value[1][0]} {size:.0f}; should not be above it"
                    )
                row += [count / size if size else 0.0, size]
            else:
                row += [_number(*value[0], i, len(alts), 1.0), 0.0]
        if any(row[::2]):
            part.variants.append(Variant(part.contig, pos, ref, alt))
            part.rows.append(row)


def _value(info: str, name: str) -> list[str]:
    start = info.find(f";{name}=")
    return info[start + len(name) + 2 : info.index(";", start + 1)].split(",") if start >= 0 else []


def _count(name: str, values: list[str], i: int, alts: int) -> float:
    """The count of ALT i; ValueError if it is none."""
    number = _number(name, values, i, alts, MOST)
    if number != int(number):
        raise ValueError(f"{name}={','.join(values)}: should be whole numbers")
    return number


def _number(name: str, values: list[str], i: int, alts: int, most: float) -> float:
    """The value of ALT i, of the record if it has only one, 0 for none; ValueError if it is not from 0 to ``most``."""
    if not values or values == ["."]:
        return 0.0
    if len(values) not in (1, alts):
        raise ValueError(
            f"{name}={','.join(values)[:60]}: has {len(values)} values for {alts} ALT; should have as many"
        )
    text = values[i if len(values) > 1 else 0]
    try:
        number = 0.0 if text == "." else float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= most:
        raise ValueError(f"{name}={text[:60]}: should be from 0 to {most:g}")
    return number


def _close(path: Path, genome: Genome, part: _Part) -> None:
    """Bring the open chunk into normal form."""
    from raresim.normalise import normalise_rows

    raw = Sites.of(part.variants)
    sites, ok = normalise_rows(genome, raw)
    for i in np.flatnonzero(~ok).tolist():
        v = part.variants[i]
        base = genome.fetch(v.contig, v.pos, v.pos + len(v.ref))
        if "N" not in base and base != v.ref:
            raise InputError(
                f"{KEY}: {path}: {genome.contigs[v.contig].name}:{v.pos + 1} has REF {v.ref[:20]} there and "
                f"{base[:20]} in the genome {genome.name!r}; give a file of the assembly {genome.assembly}"
            )
    values = np.array(part.rows, np.float64)[ok]
    part.sites.append(sites)
    part.share.append(values[:, ::2])
    part.size.append(values[:, 1::2])
    part.variants, part.rows = [], []


def _done(path: Path, genome: Genome, targets: Targets, part: _Part) -> Iterator[tuple[int, Known]]:
    from raresim.design import inside

    if part.variants:
        _close(path, genome, part)
    if not part.sites:
        if part.inside:
            raise InputError(
                f"{KEY}: {path}: nobody carries an allele of its {part.inside:,} records in the targets on "
                f"{genome.contigs[part.contig].name}; is background.fields right?"
            )
        return
    sites, share, size = Sites.concat(part.sites), np.concatenate(part.share), np.concatenate(part.size)
    haplotypes = [
        np.median(n[n > 0]) if (n > 0).any() else 1 / p[p > 0].min() if (p > 0).any() else 1.0
        for n, p in zip(size.T, share.T, strict=True)
    ]
    usual = np.maximum(np.rint(haplotypes), 1).astype(np.int64)
    count = np.clip(np.rint(share * usual), share > 0, usual).astype(np.int64)
    order = sites.order()
    sites, count = sites.take(order), count[order]
    rows = np.flatnonzero(inside(targets, sites) & ~sites.repeats())
    if len(rows):
        yield part.contig, Known(sites.take(rows), count[rows], usual)
