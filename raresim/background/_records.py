"""Records of a VCF or BCF of the user's in the targets, their alleles in the form of a panel."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim import assemblies, textfile
from raresim.errors import InputError
from raresim.genome import Genome, Targets
from raresim.intervals import merged
from raresim.normalise import normalise_rows
from raresim.sites import Sites, Variant

if TYPE_CHECKING:
    import pysam

KEY = "background.path"
AROUND = 150  # bases read on both sides of a target: an indel may be left-aligned into it (a choice: the bases held)
NEAR = 5_000  # targets that lie nearer are read in one go (a choice: a seek costs as much as some records)
SORT = "run `bcftools sort` on it"
WRONG = "give a VCF and a FASTA of the same assembly"


@contextmanager
def opened(path: Path, genome: Genome | None, key: str = KEY) -> Iterator[pysam.VariantFile]:
    """Open a VCF (plain or bgzip) or BCF; InputError for what is none, is cut short, or is of another assembly than the
    genome, if one is given."""
    import pysam

    textfile.check_whole(path, key)
    before = pysam.set_verbosity(0)  # one line of ours, none of htslib's
    try:
        try:
            file = pysam.VariantFile(str(path))
        except (OSError, ValueError):
            raise InputError(f"{key}: {path}: {_no_header(path, key)}") from None
        try:
            if genome is not None:
                _check_contigs(file, path, genome, key)
            yield file
        finally:
            with suppress(OSError):  # htslib says once more that a file is damaged
                file.close()
    finally:
        pysam.set_verbosity(before)


def _no_header(path: Path, key: str) -> str:
    """Why a file cannot be opened, and what to do."""
    for line in textfile.lines(path, key):
        if line.startswith("#CHROM"):
            names = Counter(line.split("\t")[9:])
            twice = [name for name, count in names.items() if count > 1]
            if twice:
                return f"the sample {twice[0]} stands {names[twice[0]]} times in its #CHROM line; keep one"
        if line[:1] != "#":
            break
    return "not a VCF or BCF; give a VCF (plain or bgzip) or BCF"


def check_samples(file: pysam.VariantFile, path: Path, names: Sequence[str]) -> None:
    """Raise InputError for people of the table who are not in the file."""
    held = set(file.header.samples)
    if not held:
        raise InputError(f"{KEY}: {path}: has no samples (it lists sites alone); give a VCF with phased genotypes")
    absent = [name for name in names if name not in held]
    if len(absent) == len(names):
        mine, theirs = (
            ", ".join(some[:3]) + ", ..." * (len(some) > 3) for some in (list(names), list(file.header.samples))
        )
        raise InputError(
            f"background.samples: none of its samples ({mine}) is in {path}, which has {theirs}; give their table"
        )
    if absent:
        raise InputError(
            f"background.samples: {len(absent):,} of {len(names):,} samples are not in {path} "
            f"({', '.join(absent[:3])}{', ...' * (len(absent) > 3)}); take them out of the "
            "table, or give the VCF that has them"
        )


def _check_contigs(file: pysam.VariantFile, path: Path, genome: Genome, key: str) -> None:
    known = 0
    for name, contig in _contigs(file).items():
        row = contig_row(genome, name)
        if row is None:
            continue
        known += 1
        own = genome.contigs[row]
        if contig.length and contig.length != own.length:
            raise InputError(
                f"{key}: {path}: {name} has {contig.length:,} bases in it and {own.length:,} in {genome.name}; {WRONG}"
            )
    if len(_contigs(file)) and not known:
        names = ", ".join(list(_contigs(file))[:3])
        raise InputError(f"{key}: {path}: none of its contigs ({names}) is in {genome.name}; {WRONG}")


def _contigs(file: pysam.VariantFile) -> dict[str, Any]:
    return {str(name): contig for name, contig in file.header.contigs.items()}


def contig_row(genome: Genome, name: str) -> int | None:
    """Return the row of a contig by any usual name, None if the genome has no such contig."""
    row = genome.index.get(name)
    return genome.index.get(assemblies.canonical(name)) if row is None else row


def records(
    file: pysam.VariantFile, path: Path, genome: Genome, targets: Targets, key: str = KEY
) -> Iterator[tuple[int, pysam.VariantRecord]]:
    """Yield contig row and record of all that begin in a target or ``AROUND`` bases beside it.

    With an index only these are read, else the whole file. InputError for a record that cannot be read, for files
    without an index that are not sorted, and for records behind the end of a contig.
    """
    spans = _spans(targets)
    where = f"{key}: {path}"
    found = _fetched(file, genome, spans, where) if file.index is not None else _streamed(file, genome, spans, where)
    place = "its first record"
    while True:
        try:
            row, record = next(found)
        except StopIteration:
            return
        except InputError:
            raise
        except (OSError, ValueError) as error:
            text = " ".join(str(error).split())
            raise InputError(
                f"{key}: {path}: damaged after {place}: the next record cannot be read ({text}); copy it again, "
                "or see what `bcftools view` says"
            ) from None
        place = f"{record.chrom}:{record.pos}"
        yield row, record


def _fetched(
    file: pysam.VariantFile, genome: Genome, spans: dict[int, NDArray[np.int64]], where: str
) -> Iterator[tuple[int, pysam.VariantRecord]]:
    for name in _contigs(file):
        row = contig_row(genome, name)
        if row is None:
            continue
        for start, end in spans.get(row, np.zeros((0, 2), np.int64)).tolist():
            try:
                found = file.fetch(name, start, end)
            except ValueError:  # a contig of the header that the index does not have: it has no record
                break
            for record in found:
                if start <= record.start < end:  # others begin before it
                    yield row, record
        for record in _behind(file, name, genome.contigs[row].length):
            _check_end(genome, row, record, where)


def _behind(file: pysam.VariantFile, name: str, length: int) -> list[pysam.VariantRecord]:
    """The first record that an index gives from the end of a contig on, if there is one."""
    try:
        return list(islice(file.fetch(name, length, None), 1))
    except ValueError:  # the index does not have this contig
        return []


def _streamed(
    file: pysam.VariantFile, genome: Genome, spans: dict[int, NDArray[np.int64]], where: str
) -> Iterator[tuple[int, pysam.VariantRecord]]:
    ends = {row: span[:, 1].tolist() for row, span in spans.items()}
    starts = {row: span[:, 0].tolist() for row, span in spans.items()}
    rows: dict[str, int | None] = {}
    chrom, last = "", -1
    for record in file:
        if record.chrom != chrom:
            if record.chrom in rows:
                raise InputError(f"{where}: {record.chrom}:{record.pos}: not sorted by contig; {SORT}")
            chrom, last = record.chrom, -1
            rows[chrom] = contig_row(genome, chrom)
        if record.start < last:
            raise InputError(f"{where}: {chrom}:{record.pos}: not sorted by position; {SORT}")
        last = record.start
        row = rows[chrom]
        if row is not None:
            _check_end(genome, row, record, where)
        if row is None or row not in ends:
            continue
        at = bisect_right(ends[row], record.start)
        if at < len(ends[row]) and starts[row][at] <= record.start:
            yield row, record


def _check_end(genome: Genome, row: int, record: Any, where: str) -> None:
    if record.start >= genome.contigs[row].length:
        raise InputError(
            f"{where}: {record.chrom}:{record.pos} lies behind the end of {record.chrom}, which has "
            f"{genome.contigs[row].length:,} bases in {genome.name}; {WRONG}"
        )


def _spans(targets: Targets) -> dict[int, NDArray[np.int64]]:
    """Sorted disjoint intervals to read, by contig row."""
    start = np.maximum(targets.start.astype(np.int64) - AROUND, 0)
    end = targets.end.astype(np.int64) + AROUND
    contig, first, last = merged(targets.contig.astype(np.int64), start, end + NEAR)
    return {int(c): np.stack([first, last - NEAR], 1)[contig == c] for c in np.unique(contig)}


def alleles(record: Any, skipped: Counter[str]) -> list[tuple[int, str]]:
    """Return number and text of the ALT alleles that are bases; others (symbolic, ``*``, breakends) are counted."""
    out = []
    for number, alt in enumerate(record.alts or (), 1):
        if alt.upper() == str(record.ref).upper():
            skipped["REF equal to ALT"] += 1
        elif alt == "*":
            skipped["* (a deletion written elsewhere)"] += 1
        elif alt[:1] == "<" or "[" in alt or "]" in alt or alt[:1] == "." or alt[-1:] == ".":
            skipped["symbolic or breakend"] += 1
        elif not set(alt.upper()) <= set("ACGT"):
            skipped["not of ACGT"] += 1
        else:
            out.append((number, alt.upper()))
    return out


def placed(genome: Genome, found: list[Variant], skipped: Counter[str], where: str) -> tuple[Sites, NDArray[np.int64]]:
    """Return the normal forms of alleles that have one, and which of them these are; the others are counted.

    InputError where REF is not the base of the FASTA; where the FASTA has N or no bases, nothing can be said.
    """
    given = Sites.of(found)
    sites, ok = normalise_rows(genome, given)
    wrong: list[tuple[Variant, str]] = []
    for row in np.flatnonzero(~ok):
        v = given[int(row)]
        have = genome.fetch(v.contig, v.pos, v.pos + len(v.ref))
        if any(a != b != "N" for a, b in zip(v.ref, have, strict=False) if a in "ACGT"):
            wrong.append((v, have))
        elif v.ref == v.alt:
            skipped["REF equal to ALT"] += 1
        else:
            skipped["where the FASTA has N or no bases are held"] += 1
    if wrong:
        v, have = wrong[0]
        raise InputError(
            f"{where}: REF of {genome.contigs[v.contig].name}:{v.pos + 1} is {short(v.ref)}, the FASTA has "
            f"{short(have)}; so in {len(wrong):,} of {len(found):,} alleles; {WRONG}"
        )
    return sites, np.flatnonzero(ok)


def short(text: str) -> str:
    """Return an allele for a message."""
    return text if len(text) <= 20 else f"{text[:17]}..."
