"""The values of a genome: fetching bases, aliases, ploidy, digest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from raresim import reference, synthetic
from raresim.genome import Contig, ContigKind, Genome, content_digest
from tests.mini_genome import inputs


@pytest.fixture
def mini(shared: Path) -> Genome:
    folder = inputs(shared)
    return reference.read(folder / "mini.fa", folder / "mini.gff3")


def test_fetch_equals_a_written_out_contig(mini: Genome) -> None:
    rng = np.random.default_rng(2)
    for row, contig in enumerate(mini.contigs):
        whole = ["N"] * contig.length
        for k in range(int(mini.seg_first[row]), int(mini.seg_first[row + 1])):
            start, end, off = int(mini.seg_start[k]), int(mini.seg_end[k]), int(mini.seg_off[k])
            whole[start:end] = mini.bases[off : off + end - start].tobytes().decode()
        for _ in range(200):
            start, end = sorted(rng.integers(0, contig.length + 1, 2).tolist())
            assert mini.fetch(row, start, end) == "".join(whole[start:end])


def test_aliases_of_contigs() -> None:
    genome = synthetic.build()
    for names in (("1", "chr1"), ("X", "chrX"), ("M", "MT", "chrM", "chrMT")):
        assert len({genome.index[name] for name in names}) == 1


@pytest.mark.parametrize(
    ("kind", "ploidies"),
    [
        (ContigKind.AUTOSOME, ((2, 2), (2, 2))),
        (ContigKind.X, ((2, 2), (2, 1))),
        (ContigKind.Y, ((0, 0), (0, 1))),
        (ContigKind.MT, ((1, 1), (1, 1))),
    ],
)
def test_ploidy_in_par_and_outside(kind: ContigKind, ploidies: tuple[tuple[int, int], ...]) -> None:
    contig = Contig("c", 100, kind, ((10, 20),) if kind in (ContigKind.X, ContigKind.Y) else ())
    for pos, expected in zip((15, 20), ploidies, strict=True):
        assert (contig.ploidy(pos, True), contig.ploidy(pos, False)) == expected


def test_digest_sees_every_part(mini: Genome) -> None:
    bases = mini.bases.copy()
    bases[7] ^= 2
    contigs = (*mini.contigs[:-1], replace(mini.contigs[-1], length=86))
    genes = replace(mini.genes, strand=-mini.genes.strand)
    others = [replace(mini, bases=bases), replace(mini, contigs=contigs), replace(mini, genes=genes)]
    assert content_digest(mini) == mini.digest
    assert len({mini.digest, *(content_digest(other) for other in others)}) == 4
