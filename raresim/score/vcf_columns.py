"""VCF text as arrays, without a loop over records: what the diagnosers see of calls and of the database."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim.errors import InputError
from raresim.sites import Sites, Variant
from raresim.textfile import pieces

_UPPER = np.zeros(256, np.uint8)
_UPPER[np.frombuffer(b"ACGTNacgtn", np.uint8)] = np.frombuffer(b"ACGTNACGTN", np.uint8)
_ODD = np.uint64(0x9E3779B97F4A7C15)  # multiplier of splitmix64 (Steele, Lea and Flood 2014)
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Text:
    """The records of a VCF: samples; body, the bytes of the lines; start and end int64[lines, columns] of cells."""

    path: Path
    samples: tuple[str, ...]
    body: NDArray[np.uint8]
    start: Ints
    end: Ints

    def distinct(self, column: int) -> tuple[list[bytes], Ints]:
        """Return the different texts of a column and which of them each line has; cells are told apart by a hash."""
        begin, end = self.start[:, column], self.end[:, column]
        code = np.zeros(len(begin), np.uint64)
        for i in range(int((end - begin).max(initial=0))):
            letter = self.body[np.minimum(begin + i, len(self.body) - 1)].astype(np.uint64)
            code = np.where(begin + i < end, (code + letter + np.uint64(1)) * _ODD, code)
        _, first, which = np.unique(code, return_index=True, return_inverse=True)
        return [self.body[begin[i] : end[i]].tobytes() for i in first.tolist()], which

    @cached_property
    def colons(self) -> Ints:
        """Where the colons are, and one behind every end."""
        return np.append(np.flatnonzero(self.body == ord(":")), np.iinfo(np.int64).max - 1)

    @cached_property
    def forms(self) -> tuple[list[list[bytes]], Ints]:
        """The different FORMAT texts, split, and which of them each line has."""
        texts, which = self.distinct(8)
        return [text.split(b":") for text in texts], which


@dataclass(frozen=True)
class Alleles:
    """The alleles of a VCF, one row for each ALT of ACGTN text on a known contig, in file order.

    row int64[n]: line; number int64[n]: of the ALT in its line, from 1; skipped: ALTs left out (symbolic, "*", unknown
    contig).
    """

    sites: Sites
    row: Ints
    number: Ints
    skipped: int


def read(path: Path) -> Text:
    """Read a BGZF or plain VCF; InputError where it is missing, cut short, or a line has the wrong columns."""
    raw = b"".join(pieces(path, "observed"))
    head = raw.find(b"\n#CHROM\t") + 1 if not raw.startswith(b"#CHROM\t") else 0
    if not raw.startswith(b"#CHROM\t") and head == 0:
        raise InputError(f"{path}: no '#CHROM' line; this is not a VCF file, or it is empty")
    stop = raw.find(b"\n", head)
    if stop < 0 or not raw.endswith(b"\n"):
        raise InputError(f"{path}: the last line has no end; the file is cut short, write it again")
    names = raw[head:stop].rstrip(b"\r").decode().split("\t")
    body = np.frombuffer(raw, np.uint8)[stop + 1 :]
    ends = np.flatnonzero(body == 10)
    tabs = np.flatnonzero(body == 9)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])[: len(ends)]
    inside = np.searchsorted(tabs, ends) - np.searchsorted(tabs, starts)
    wrong = np.flatnonzero(inside != len(names) - 1)
    if len(wrong):
        line = raw[: stop + 1].count(b"\n") + int(wrong[0]) + 1
        raise InputError(f"{path}: line {line}: {inside[wrong[0]] + 1} columns where the header has {len(names)}")
    cells = tabs.reshape(len(ends), len(names) - 1)
    return Text(path, tuple(names[9:]), body, np.column_stack([starts, cells + 1]), np.column_stack([cells, ends]))


def alleles(text: Text, contigs: Mapping[str, int]) -> Alleles:
    """Return one row for each ALT allele, without the bases that it and REF end with alike; contigs: row of a contig
    by name."""
    body = text.body
    names, which = text.distinct(0)
    known = np.array([contigs.get(name.decode(), -1) for name in names], np.int64)[which]
    commas = np.flatnonzero(body == ord(","))
    line = np.searchsorted(text.end[:, 4], commas)  # the first line whose ALT ends behind the comma
    inside = line < len(text.end)
    inside[inside] = commas[inside] >= text.start[line[inside], 4]
    commas = commas[inside]
    begin = np.sort(np.concatenate([text.start[:, 4], commas + 1]))
    end = np.sort(np.concatenate([text.end[:, 4], commas]))
    row = np.searchsorted(text.end[:, 4], begin)
    number = np.arange(len(row)) - np.searchsorted(row, row) + 1
    alt_off, alt = gather(body, begin, end)
    ref_off, ref = gather(body, text.start[row, 3], text.end[row, 3])
    alt, ref = _UPPER[alt], _UPPER[ref]
    good = _all(alt > 0, alt_off) & _all(ref > 0, ref_off) & (known[row] >= 0)
    pos = integers(body, text.start[:, 1], text.end[:, 1])[row] - 1
    sites = Sites(known[row].astype(np.int16), pos.astype(np.int32), ref_off, ref, alt_off, alt)
    keep = np.flatnonzero(good)
    return Alleles(_trimmed(sites.take(keep)), row[keep], number[keep], len(row) - len(keep))


def _trimmed(sites: Sites) -> Sites:
    """Cut what REF and ALT end with alike, but for a base: indels of a record with several have the longest REF."""
    last = sites.ref_text[sites.ref_off[1:] - 1] == sites.alt_text[sites.alt_off[1:] - 1]
    rows = np.flatnonzero(last & (sites.ref_len > 1) & (sites.alt_len > 1))
    made = []
    for row in rows.tolist():
        contig, pos, ref, alt = dataclasses.astuple(sites[row])
        while len(ref) > 1 < len(alt) and ref[-1] == alt[-1]:
            ref, alt = ref[:-1], alt[:-1]
        made.append(Variant(contig, pos, ref, alt))
    order = np.arange(len(sites))
    order[rows] = len(sites) + np.arange(len(rows))
    return Sites.concat([sites, Sites.of(made)]).take(order) if made else sites


def info(text: Text, key: str) -> Ints:
    """Return the first number of an INFO key of every line, -1 where the key is absent."""
    body, word = text.body, np.frombuffer(f"{key}=".encode(), np.uint8)
    hit = np.ones(max(0, len(body) - len(word)), np.bool_)
    for i, letter in enumerate(word):
        hit &= body[i : i + len(hit)] == letter
    at = np.flatnonzero(hit)
    at = at[(at > 0) & np.isin(body[at - 1], np.frombuffer(b"\t;", np.uint8))]
    row = np.searchsorted(text.end[:, 7], at)
    ok = row < len(text.end)
    ok[ok] = at[ok] >= text.start[row[ok], 7]
    at, row = at[ok], row[ok]
    out = np.full(len(text.end), -1, np.int64)
    out[row] = integers(body, at + len(word), text.end[row, 7])
    return out


def genotypes(text: Text, found: Alleles) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return ploidy int8[n, samples] of GT and alt int8[n, samples], the copies of each ALT, -1 for a missing call."""
    many = len(text.samples)
    ploidy = np.zeros((len(text.start), many), np.int8)
    first = np.full((len(text.start), many), -1, np.int16)
    second = np.full((len(text.start), many), -1, np.int16)
    for s in range(many):
        begin, end = _subfields(text, b"GT", 9 + s)
        size = end - begin
        ploidy[:, s] = np.where(size >= 3, 2, np.where(size == 1, 1, 0))
        first[:, s] = _digit(text.body, begin, size >= 1)
        second[:, s] = _digit(text.body, begin + 2, size >= 3)
        for i in np.flatnonzero((size == 2) | (size > 3)):  # allele numbers from 10 up, other ploidies
            words = text.body[begin[i] : end[i]].tobytes().replace(b"|", b"/").split(b"/")
            numbers = [int(w) if w.isdigit() and len(w) < 5 else -1 for w in words[:2]]
            ploidy[i, s], first[i, s], second[i, s] = len(numbers), numbers[0], (*numbers, -1)[1]
    a, b, two = first[found.row], second[found.row], ploidy[found.row]
    wanted = found.number[:, None]
    alt = (a == wanted).astype(np.int8) + (b == wanted)
    missing = (a < 0) | ((two == 2) & (b < 0))
    return two, np.where(missing, np.int8(-1), alt.astype(np.int8))


def numbers(text: Text, found: Alleles, key: str) -> NDArray[np.int32]:
    """Return the integer of a FORMAT key, int32[n, samples], -1 where there is none."""
    out = np.full((len(text.start), len(text.samples)), -1, np.int32)
    for s in range(len(text.samples)):
        out[:, s] = integers(text.body, *_subfields(text, key.encode(), 9 + s))
    return out[found.row]


def _subfields(text: Text, key: bytes, column: int) -> tuple[Ints, Ints]:
    """Return where the value of a FORMAT key begins and ends in every line; an empty stretch where there is none."""
    begin, end, colons = text.start[:, column], text.end[:, column], text.colons
    forms, which = text.forms
    places = [form.index(key) if key in form else -1 for form in forms]
    place = np.array(places, np.int64)[which]
    if set(places) == {0}:
        return begin, np.minimum(colons[np.searchsorted(colons, begin)], end)
    first = np.searchsorted(colons, begin)

    def colon(index: Ints) -> Ints:
        return colons[np.minimum(index, len(colons) - 1)]

    start = np.where(place > 0, np.minimum(colon(first + np.maximum(place, 1) - 1) + 1, end), begin)
    stop = np.minimum(colon(first + np.maximum(place, 0)), end)
    return start, np.where(place < 0, start, np.maximum(stop, start))


def integers(body: NDArray[np.uint8], begin: Ints, end: Ints) -> Ints:
    """Return the whole numbers that the stretches begin with, -1 where they begin with none."""
    out = np.zeros(len(begin), np.int64)
    live = np.ones(len(begin), np.bool_)
    some = np.zeros(len(begin), np.bool_)
    for i in range(10):  # VCF integers have 32 bits: ten digits
        letter = body[np.minimum(begin + i, len(body) - 1)] - np.uint8(ord("0"))  # wraps: no digit is above 9
        live = live & (begin + i < end) & (letter <= 9)
        if not live.any():
            break
        some |= live
        out = np.where(live, out * 10 + letter, out)
    return np.where(some, out, -1)


def _digit(body: NDArray[np.uint8], at: Ints, there: NDArray[np.bool_]) -> NDArray[np.int16]:
    letter = body[np.minimum(at, len(body) - 1)].astype(np.int16) - ord("0")
    return np.where(there & (letter >= 0) & (letter <= 9), letter, np.int16(-1))


def gather(body: NDArray[np.uint8], begin: Ints, end: Ints) -> tuple[Ints, NDArray[np.uint8]]:
    """Return offsets int64[n + 1] and the joined bytes of stretches of the body."""
    off = np.concatenate([np.zeros(1, np.int64), np.cumsum(end - begin)])
    where = np.repeat(begin - off[:-1], end - begin) + np.arange(off[-1])
    return off, body[where]


def _all(flags: NDArray[np.bool_], off: Ints) -> NDArray[np.bool_]:
    """Whether every flag of each stretch is set, and the stretch is not empty."""
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(flags)])
    whole: NDArray[np.bool_] = (total[off[1:]] - total[off[:-1]] == np.diff(off)) & (np.diff(off) > 0)
    return whole
