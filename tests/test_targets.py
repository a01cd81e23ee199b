"""Targets: coding sequence, exons, gene lists and BED files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from raresim import reference, synthetic, targets
from raresim.errors import InputError
from raresim.genome import Genome, Targets
from raresim.intervals import merged
from tests.mini_genome import inputs, written


@pytest.fixture
def mini(shared: Path) -> Genome:
    folder = inputs(shared)
    return reference.read(folder / "mini.fa", folder / "mini.gff3")


def rows(found: Targets) -> list[tuple[int, int, int]]:
    return list(zip(found.contig.tolist(), found.start.tolist(), found.end.tolist(), strict=True))


def test_bed_with_everything_odd(mini: Genome, shared: Path) -> None:
    """I10: header lines, blank lines, CRLF, overlaps, a contig without chr."""
    found = targets.make(mini, bed=inputs(shared) / "I10.bed")
    assert found.bases == 150
    assert rows(found) == [(0, 85, 140), (0, 195, 260), (0, 330, 360)]


def test_empty_intervals_are_dropped_with_a_count(mini: Genome, shared: Path) -> None:
    """I11 a; e: blanks instead of tabs are read."""
    found = targets.make(mini, bed=inputs(shared) / "I11_a.bed")
    assert rows(found) == [(0, 195, 260)]
    assert found.notes == ("targets.bed: empty intervals dropped: 2",)
    assert rows(targets.make(mini, bed=inputs(shared) / "I11_e.bed")) == [(0, 195, 260)]


@pytest.mark.parametrize(
    ("name", "words"),
    [("I11_b", "chr1 195 2600: past the end of chr1"), ("I11_c", "no interval"), ("I11_d", "start 260, end 195")],
)
def test_broken_bed_of_the_reports(mini: Genome, shared: Path, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        targets.make(mini, bed=inputs(shared) / f"{name}.bed")
    assert len(error.value.lines) == 1
    assert str(error.value).startswith("targets.bed: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("chr1\t10\n", "line 1: not contig, start and end"),
        ("chr1\tten\t20\n", "line 1: not contig, start and end"),
        ("chr1\t-5\t20\n", "line 1: start -5"),
        ("chr1\t1\t99999999999999999999\n", "line 1: start 1, end 99999999999999999999: not an interval"),
        ("chr1\t1\t20\nchr9\t1\t2\n", "contig 'chr9' is not in the genome"),
        ("chr1\t5\t5\n", "no interval"),
        ("chr3\t10\t20\n", "no base of the genome 'mini' is in the targets"),
    ],
)
def test_broken_bed(mini: Genome, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        targets.make(mini, bed=written(tmp_path / "t.bed", text))
    assert len(error.value.lines) == 1


def test_kinds_and_padding_on_the_small_genome(mini: Genome) -> None:
    found = targets.make(mini, genes=["GA"], padding=0)
    assert rows(found) == [(0, 90, 122), (0, 202, 252), (0, 332, 349)]
    assert rows(targets.make(mini, genes=["GA"])) == [(0, 70, 142), (0, 182, 272), (0, 312, 369)]
    assert rows(targets.make(mini, "exons", 0, ["GA"])) == [(0, 60, 122), (0, 202, 252), (0, 332, 409)]
    assert rows(targets.make(mini, "exons", 70, ["GA"])) == [(0, 0, 479)]
    wide = targets.make(mini, padding=100_000)
    assert rows(wide) == [(0, 0, 1033), (1, 0, 1033), (3, 0, 85)]


def test_mistakes_are_named_all_at_once(mini: Genome) -> None:
    with pytest.raises(InputError) as error:
        targets.make(mini, genes=["GA", "GBB", "nothing"])
    assert len(error.value.lines) == 2
    assert "'GBB': no such gene on this genome; did you mean 'GB'?" in error.value.lines[0]
    with pytest.raises(InputError, match=r"targets.kind: 'exon': no such targets; did you mean 'exons'"):
        targets.make(mini, "exon")
    with pytest.raises(InputError, match=r"targets.padding: -1"):
        targets.make(mini, padding=-1)
    with pytest.raises(InputError, match=r"together with targets.bed"):
        targets.make(mini, genes=["GA"], bed=Path("x.bed"))


def test_exome_of_the_synthetic_genome() -> None:
    genome = synthetic.build()
    found = targets.make(genome)
    assert found.bases == 40_883_454
    assert targets.make(genome, padding=0).bases == 33_253_597
    by_id = targets.make(genome, genes=["HGNC:9008", "ENSG00000012048", "672"])  # PKD1, BRCA1 twice
    assert set(rows(by_id)) == set(rows(targets.make(genome, genes=["PKD1", "BRCA1"])))
    covered = np.zeros(16569, bool)
    for contig, start, end in rows(found):
        if contig == genome.index["MT"]:
            covered[start:end] = True
    assert covered.sum() > 11_000  # the mitochondrial genes are targets too


def test_merged_equals_a_painted_line() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        contig, start = rng.integers(0, 3, 30), rng.integers(0, 200, 30)
        end = start + rng.integers(0, 12, 30)
        painted = np.zeros((3, 220), bool)
        for c, a, b in zip(contig, start, end, strict=True):
            painted[c, a:b] = True
        edges = np.diff(np.pad(painted, ((0, 0), (1, 1))).astype(int), axis=1)
        want = [
            (c, int(a), int(b))
            for c in range(3)
            for a, b in zip(*(np.flatnonzero(edges[c] == s) for s in (1, -1)), strict=True)
        ]
        assert list(zip(*(column.tolist() for column in merged(contig, start, end)), strict=True)) == want


def test_a_bed_of_what_the_synthetic_genome_does_not_have(tmp_path: Path) -> None:
    """Counted as one looks base by base; a note where less than half exists."""
    genome = synthetic.build()
    gene = genome.genes.by_symbol["TTN"]
    row, start, end = (int(column[gene]) for column in (genome.genes.contig, genome.genes.start, genome.genes.end))
    name = genome.contigs[row].name
    painted = np.zeros(end, np.bool_)
    mine = slice(*genome.seg_first[row : row + 2])
    for a, b in zip(genome.seg_start[mine].tolist(), genome.seg_end[mine].tolist(), strict=True):
        painted[a:b] = True
    wanted = [(start - 600_000, start + 90_000), (end - 91_000, end)]
    bed = written(tmp_path / "gene.bed", "".join(f"{name}\t{a}\t{b}\n" for a, b in wanted))
    held = sum(int(painted[a:b].sum()) for a, b in wanted)
    assert 100_000 < held < 390_000
    assert targets.make(genome, bed=bed).notes == (
        f"targets.bed: {held:,} of 781,000 bases exist in the genome 'synthetic'; no site lies in the others",
    )
    exon = int(genome.genes.exon_start[genome.genes.exon_off[gene]])
    few = written(tmp_path / "exon.bed", f"{name}\t{exon}\t{exon + 50}\n")
    assert targets.make(genome, bed=few).notes == ()
