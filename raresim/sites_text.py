"""The database part of a panel as a sites VCF."""

from __future__ import annotations

import numpy as np

from raresim import bgzf
from raresim.annotation import greatest, group, number
from raresim.genome import Genome
from raresim.panel import Panel

FIELDS = (
    ("AC", "A", "Integer", "Allele count"),
    (
        "AN",
        "1",
        "Integer",
        "Number of alleles (people of the panel have no sex: two each, on X too, one of Y and MT)",
    ),
    ("AF", "A", "Float", "Allele frequency"),
    ("nhomalt", "A", "Integer", "People with two copies"),
)
TOP = (
    ("grpmax", "A", "String", "Ancestry with the greatest frequency, bottlenecked groups (fin) left out"),
    ("AC_grpmax", "A", "Integer", "Allele count in that ancestry"),
    ("AN_grpmax", "A", "Integer", "Number of alleles in that ancestry"),
    ("AF_grpmax", "A", "Float", "Allele frequency in that ancestry"),
)


def header(genome: Genome, panel: Panel) -> str:
    """Return the header of the sites VCF."""
    lines = ["##fileformat=VCFv4.2", '##FILTER=<ID=PASS,Description="All filters passed">']
    lines.append(f"##reference={genome.assembly}")
    lines += [f"##contig=<ID={c.name},length={c.length},assembly={genome.assembly}>" for c in genome.contigs]
    groups = [("", "all people"), *((f"_{group(name)}", f"people of ancestry {name}") for name in panel.ancestries)]
    for suffix, who in groups:
        lines += [f'##INFO=<ID={k}{suffix},Number={n},Type={t},Description="{d}, {who}">' for k, n, t, d in FIELDS]
    lines += [f'##INFO=<ID={k},Number={n},Type={t},Description="{d}">' for k, n, t, d in TOP]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    return "\n".join(lines) + "\n"


def encode(genome: Genome, panel: Panel) -> tuple[bytes, bytes]:
    """Return the sites that someone in the database carries, as BGZF, and their tabix index."""
    rows = np.flatnonzero(panel.ac.sum(axis=1) > 0)
    sites = panel.sites.take(rows)
    text = bytearray(header(genome, panel).encode())
    starts = [len(text)]
    info = _Info(panel)
    names = [c.name for c in genome.contigs]
    ref, alt = sites.ref_text.tobytes().decode(), sites.alt_text.tobytes().decode()
    ref_off, alt_off = sites.ref_off.tolist(), sites.alt_off.tolist()
    counts, homs, sizes = panel.ac[rows].tolist(), panel.hom[rows].tolist(), panel.alleles(sites.contig).tolist()
    for i, (contig, pos) in enumerate(zip(sites.contig.tolist(), sites.pos.tolist(), strict=True)):
        alleles = f"{ref[ref_off[i] : ref_off[i + 1]]}\t{alt[alt_off[i] : alt_off[i + 1]]}"
        text += (
            f"{names[contig]}\t{pos + 1}\t.\t{alleles}\t.\tPASS\t{info.text(counts[i], homs[i], sizes[i])}\n".encode()
        )
        starts.append(len(text))
    data, blocks = bgzf.compress(text)
    places = bgzf.virtual(np.array(starts, np.int64), blocks)
    index = bgzf.tabix(names, sites.contig, sites.pos, sites.pos + sites.ref_len, places[:-1], places[1:])
    return data, index


class _Info:
    """INFO text of a site; equal counts give equal text, so it is made once for each."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.groups = [group(name) for name in panel.ancestries]
        self.made: dict[tuple[int, ...], str] = {}

    def text(self, ac: list[int], hom: list[int], an: list[int]) -> str:
        """Return INFO of a site with these counts by ancestry."""
        key = (*ac, *hom, an[0])
        if key not in self.made:
            self.made[key] = self._make(ac, hom, an)
        return self.made[key]

    def _make(self, ac: list[int], hom: list[int], an: list[int]) -> str:
        parts = [_counts("", sum(ac), sum(an), sum(hom))]
        parts += [_counts(f"_{name}", a, n, h) for name, a, n, h in zip(self.groups, ac, an, hom, strict=True)]
        top = greatest(self.panel, ac)
        if top is not None:
            parts.append(f"grpmax={self.groups[top]};AC_grpmax={ac[top]};AN_grpmax={an[top]}")
            parts.append(f"AF_grpmax={number(ac[top] / an[top])}")
        return ";".join(parts)


def _counts(suffix: str, ac: int, an: int, hom: int) -> str:
    share = number(ac / an) if an else "0"
    return f"AC{suffix}={ac};AN{suffix}={an};AF{suffix}={share};nhomalt{suffix}={hom}"
