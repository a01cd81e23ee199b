"""What a record's allele says by its sequence and its neighbourhood, and what the structure of its gene says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.score.database import Database

if TYPE_CHECKING:
    from raresim.genome import Genome
    from raresim.sites import Sites, Variant

Ints = NDArray[np.int64]

BASES = "ACGTN"
FLANK = 3  # bases of context on either side; the mutation rates know one
WINDOWS = (100, 1_000, 10_000)  # bases to either side, for the density of neighbouring records
AROUND = 50  # bases to either side, for the content of G and C
NAMES = (
    *("ref", "alt", "change"),
    *(f"base_{i:+d}" for i in (*range(-FLANK, 0), *range(1, FLANK + 1))),
    *("CpG", "CpG_transition", "GC", "run"),
    *(f"records_{w}" for w in WINDOWS),
    *("homozygous", "nearest_record", "nearest_in_database", "same_place", "database_AC", "exon_edge", "exon_part"),
)
BIOLOGY = ("length", "exon_length", "exons", "CDS_length", "coding_1000")


class Surroundings:
    """The genome, the database and the coding sequence around alleles; coding parts are kept by gene."""

    def __init__(self, genome: Genome, database: Database, known: Sites) -> None:
        """known: the sites of the database."""
        self.genome, self.database = genome, database
        self._known = np.sort(places(known))
        self._cds: dict[int, tuple[Ints, Ints]] = {}

    def cds(self, gene: int) -> tuple[Ints, Ints]:
        """Return start and end of the coding parts of a gene's exons, ascending."""
        if gene not in self._cds:
            parts = np.array(self.genome.genes.cds(gene), np.int64)
            self._cds[gene] = (parts[:, 0], parts[:, 1])
        return self._cds[gene]

    def nearest_known(self, place: int) -> tuple[float, float]:
        """Return the distance to the nearest other place of the database, and how many of its sites are at this one."""
        lo, hi = np.searchsorted(self._known, [place, place + 1])
        return _nearest(self._known, place, int(lo), int(hi)), float(hi - lo)


def places(sites: Sites) -> Ints:
    """Return contig and position of every row as one sortable number."""
    return np.asarray(sites.contig.astype(np.int64) << 32 | sites.pos)


def sequence(
    around: Surroundings, variant: Variant, gene: int, ac: int, records: Ints, double: Ints
) -> tuple[list[float], list[float]]:
    """Return the features named in ``NAMES`` and in ``BIOLOGY`` of one allele.

    gene: row of the gene that the allele hits. ac: copies in the database. records: sorted places of all records of the
    file but the causal ones; double: of those at which the proband is homozygous.
    """
    place = variant.contig << 32 | variant.pos
    start, end = around.cds(gene)
    size = len(variant.alt) - len(variant.ref)
    text = around.genome.fetch(variant.contig, variant.pos - AROUND, variant.pos + len(variant.ref) + AROUND)
    behind = text[AROUND + len(variant.ref) :]
    context = text[AROUND - FLANK : AROUND] + behind[:FLANK]
    ref, alt = (BASES.index(letter) for letter in (variant.ref[-1], variant.alt[-1]))
    cpg = (variant.ref[-1] == "C" and behind[:1] == "G") or (variant.ref[0] == "G" and text[AROUND - 1] == "C")
    lo, hi = np.searchsorted(records, [place, place + 1])
    edge, part, length = _in_exon(start, end, variant.pos)
    near, same = around.nearest_known(place)
    features = [
        ref,
        alt,
        4 * ref + alt if size == 0 else float("nan"),
        *(BASES.index(letter) for letter in context),
        cpg,
        cpg and size == 0 and {variant.ref, variant.alt} in ({"C", "T"}, {"A", "G"}),
        sum(letter in "GC" for letter in text) / len(text),
        len(behind) - len(behind.lstrip(behind[:1])),
        *(_around(records, place, w) for w in WINDOWS),
        _around(double, place, WINDOWS[-1]),
        _nearest(records, place, int(lo), int(hi)),
        near,
        same,
        ac,
        edge,
        part,
    ]
    coding = np.minimum(end, variant.pos + 1000) - np.maximum(start, variant.pos - 1000)
    biology = [size, length, len(start), (end - start).sum(), coding[coding > 0].sum()]
    return [float(x) for x in features], [float(x) for x in biology]


def _around(sorted_places: Ints, place: int, window: int) -> int:
    """Number of other places within a window to either side."""
    lo, first, last, hi = np.searchsorted(sorted_places, [place - window, place, place + 1, place + window + 1])
    return int(first - lo + hi - last)


def _nearest(sorted_places: Ints, place: int, lo: int, hi: int) -> float:
    """Distance to the nearest place outside rows ``lo:hi``, at most a million."""
    left = place - int(sorted_places[lo - 1]) if lo > 0 else 1_000_000
    right = int(sorted_places[hi]) - place if hi < len(sorted_places) else 1_000_000
    return float(min(left, right, 1_000_000))


def _in_exon(start: Ints, end: Ints, pos: int) -> tuple[float, float, float]:
    """Distance to the nearest edge of a coding exon (negative outside), the part of the exon before it, its length."""
    inside = np.flatnonzero((start <= pos) & (pos < end))
    k = int(inside[0]) if len(inside) else int(np.argmin(np.minimum(abs(start - pos), abs(end - 1 - pos))))
    edge = min(pos - start[k], end[k] - 1 - pos)
    length = end[k] - start[k]
    return float(edge), float((pos - start[k]) / length), float(length)
