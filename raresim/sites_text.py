"""The database part of a panel as a sites VCF."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from raresim import bgzf
from raresim.annotation import compared, greatest, group, number
from raresim.filtering import bounds
from raresim.genome import Genome
from raresim.panel import Panel

FIELDS = (
    ("AC", "A", "Integer", "Allele count"),
    ("AN", "1", "Integer", "Number of alleles: men have one of X outside PAR and of Y, and everybody one of MT"),
    ("AF", "A", "Float", "Allele frequency"),
    ("nhomalt", "A", "Integer", "People with two copies"),
)
STEP = 1 << 16  # sites at a time (a choice: 30 MB)
LEVEL = 6  # of libdeflate: half the bytes of level 1 in a tenth more time (a choice)
SEXES = (("XX", "women"), ("XY", "men"))
FAF = ("faf95", "A", "Float", "Filtering allele frequency (95% Poisson interval; Whiffin et al. 2017)")
TOP = (
    ("grpmax", "A", "String", "Ancestry with the greatest frequency, bottlenecked groups (fin) left out"),
    ("AC_grpmax", "A", "Integer", "Allele count in that ancestry"),
    ("AN_grpmax", "A", "Integer", "Number of alleles in that ancestry"),
    ("AF_grpmax", "A", "Float", "Allele frequency in that ancestry"),
    ("nhomalt_grpmax", "A", "Integer", "People with two copies in that ancestry"),
    ("fafmax_faf95_max", "A", "Float", "Greatest faf95 of the ancestries, bottlenecked groups (fin) left out"),
    ("fafmax_faf95_max_gen_anc", "A", "String", "Ancestry with the greatest faf95"),
)


def header(genome: Genome, panel: Panel) -> str:
    """Return the header of the sites VCF."""
    lines = ["##fileformat=VCFv4.2", '##FILTER=<ID=PASS,Description="All filters passed">']
    lines.append(f"##reference={genome.assembly}")
    lines += [f"##contig=<ID={c.name},length={c.length},assembly={genome.assembly}>" for c in genome.contigs]
    names = panel.ancestries
    groups = [("", "all people"), *((f"_{group(name)}", f"people of ancestry {name}") for name in names)]
    for suffix, who in (*groups, *((f"_{key}", who) for key, who in SEXES)):
        lines += [f'##INFO=<ID={k}{suffix},Number={n},Type={t},Description="{d}, {who}">' for k, n, t, d in FIELDS]
    k, n, t, d = FAF
    for suffix, who in (groups[0], *(groups[i + 1] for i in compared(names))) if names else ():
        lines.append(f'##INFO=<ID={k}{suffix},Number={n},Type={t},Description="{d}, {who}">')
    lines += [f'##INFO=<ID={k},Number={n},Type={t},Description="{d}">' for k, n, t, d in TOP]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    return "\n".join(lines) + "\n"


def encode(genome: Genome, panel: Panel) -> tuple[bytes, bytes]:
    """Return the sites that someone in the database carries, as BGZF, and their tabix index; in memory is the text of
    ``STEP`` sites."""
    rows = np.flatnonzero(panel.ac.sum(axis=1) > 0)
    names, info = [c.name for c in genome.contigs], _Info(panel.ancestries, panel.ac[rows])
    text = bytearray(header(genome, panel).encode())
    packed, blocks, done = bytearray(), [np.zeros(1, np.int64)], 0  # done: bytes of text in whole blocks
    starts = [len(text)]
    for lo in range(0, len(rows), STEP):
        for line in _lines(names, panel, rows[lo : lo + STEP], info):
            text += line
            starts.append(done + len(text))
        size = len(text) // bgzf.BLOCK * bgzf.BLOCK
        data, at = bgzf.compress(text[:size], LEVEL)
        blocks.append(at[1:] + len(packed))
        packed += data[: -len(bgzf.END)]
        done += size
        del text[:size]
    data, at = bgzf.compress(text, LEVEL)
    blocks.append(at[1:] + len(packed))
    virtual = bgzf.virtual(np.array(starts, np.int64), np.concatenate(blocks))
    sites = panel.sites.take(rows)
    index = bgzf.tabix(names, sites.contig, sites.pos, sites.pos + sites.ref_len, virtual[:-1], virtual[1:])
    return bytes(packed + data), index


def _lines(names: list[str], panel: Panel, rows: NDArray[np.int64], info: _Info) -> Iterator[bytes]:
    """Give the records of some rows."""
    sites = panel.sites.take(rows)
    ref, alt = sites.ref_text.tobytes().decode(), sites.alt_text.tobytes().decode()
    ref_off, alt_off = sites.ref_off.tolist(), sites.alt_off.tolist()
    columns = (panel.ac[rows], panel.hom[rows], panel.alleles(sites), panel.xy[rows], panel.alleles_of_men(sites))
    counts = zip(*(column.tolist() for column in columns), strict=True)
    places = zip(sites.contig.tolist(), sites.pos.tolist(), strict=True)
    for i, ((contig, pos), mine) in enumerate(zip(places, counts, strict=True)):
        alleles = f"{ref[ref_off[i] : ref_off[i + 1]]}\t{alt[alt_off[i] : alt_off[i + 1]]}"
        yield f"{names[contig]}\t{pos + 1}\t.\t{alleles}\t.\tPASS\t{info.text(*mine)}\n".encode()


class _Info:
    """INFO text of a site; equal counts give equal text, so it is made once for each of the last ``STEP``."""

    def __init__(self, ancestries: tuple[str, ...], ac: NDArray[np.int32]) -> None:
        self.groups = [group(name) for name in ancestries]
        self.compared = compared(ancestries)
        self.made: dict[tuple[int, ...], str] = {}
        counts = np.unique(np.concatenate([ac.ravel(), ac.sum(1)]))
        self.bound = dict(zip(counts.tolist(), bounds(counts).tolist(), strict=True))

    def text(self, ac: list[int], hom: list[int], an: list[int], xy: list[int], men: int) -> str:
        """Return INFO of a site with these counts by ancestry; xy: copies in men and men with two; men: of how many."""
        key = (*ac, *hom, *an, *xy, men)
        if key not in self.made:
            if len(self.made) == STEP:
                self.made.clear()
            self.made[key] = self._make(ac, hom, an, xy, men)
        return self.made[key]

    def _make(self, ac: list[int], hom: list[int], an: list[int], xy: list[int], men: int) -> str:
        parts = [_counts("", sum(ac), sum(an), sum(hom))]
        parts += [_counts(f"_{name}", a, n, h) for name, a, n, h in zip(self.groups, ac, an, hom, strict=True)]
        parts.append(_counts("_XX", sum(ac) - xy[0], sum(an) - men, sum(hom) - xy[1]))
        parts.append(_counts("_XY", xy[0], men, xy[1]))
        faf = [self.bound[count] for count in ac]
        parts.append(f"faf95={_share(self.bound[sum(ac)], sum(an))}")
        parts += [f"faf95_{self.groups[i]}={_share(faf[i], an[i])}" for i in self.compared]
        top = greatest(self.compared, ac, an)
        if top is not None:
            parts.append(f"grpmax={self.groups[top]};AC_grpmax={ac[top]};AN_grpmax={an[top]}")
            parts.append(f"AF_grpmax={number(ac[top] / an[top])};nhomalt_grpmax={hom[top]}")
        top = greatest(self.compared, faf, an)
        if top is not None:
            parts.append(f"fafmax_faf95_max={_share(faf[top], an[top])}")
            parts.append(f"fafmax_faf95_max_gen_anc={self.groups[top]}")
        return ";".join(parts)


def _counts(suffix: str, ac: int, an: int, hom: int) -> str:
    return f"AC{suffix}={ac};AN{suffix}={an};AF{suffix}={_share(ac, an)};nhomalt{suffix}={hom}"


def _share(count: float, an: int) -> str:
    return number(count / an) if an else "0"
