"""Recombination maps: the shipped one, HapMap files, and what they do not say."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from raresim import maps, reference, synthetic, targets
from raresim.errors import InputError
from raresim.genome import ContigKind, Genome
from raresim.maps import GeneticMap
from tests.mini_genome import inputs, written

HEADER = "Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)\n"


@pytest.fixture(scope="module")
def genome() -> Genome:
    return synthetic.build()


@pytest.fixture(scope="module")
def decode(genome: Genome) -> GeneticMap:
    return maps.load(genome)


@pytest.fixture
def mini(shared: Path) -> Genome:
    folder = inputs(shared)
    return reference.read(folder / "mini.fa", folder / "mini.gff3")


@pytest.mark.parametrize(
    ("name", "knots"),
    [
        # before the first row and after the last one the mean of the rest: 0.0009 cM in 600 bases
        ("late_start", [(0, 0), (300, 0.00045), (600, 0.00105), (900, 0.00135), (1033, 0.0015495)]),
        # the rate of the last row holds to the end; the one base before the first row has the mean
        ("last_rate", [(0, 0), (600, 0.0011998), (900, 0.0014998), (1033, 0.0018988)]),
        ("start_cm", [(0, 0), (300, 0.0005), (600, 0.0011), (1033, 0.001533)]),
    ],
)
def test_maps_of_the_reports(mini: Genome, shared: Path, name: str, knots: list[tuple[int, float]]) -> None:
    """I12."""
    found = maps.load(mini, inputs(shared) / f"I12_{name}.map")
    pos = np.array([at for at, _ in knots])
    want = np.array([cm for _, cm in knots])
    for female in (False, True):
        assert found.cm(0, pos, female) == pytest.approx(want, abs=1e-7)
        everywhere = found.cm(0, np.arange(1034), female)
        assert np.isfinite(everywhere).all()
        assert (np.diff(everywhere) > 0).all()
    if name == "start_cm":
        assert found.length(0, True) == pytest.approx(0.001533, rel=1e-12)
        assert found.cm(0, np.array([300]), True)[0] == pytest.approx(0.0005, rel=1e-12)


def test_contig_without_rows_has_the_mean_and_mt_nothing(mini: Genome, shared: Path) -> None:
    found = maps.load(mini, inputs(shared) / "I12_start_cm.map")
    assert found.length(1, True) == pytest.approx(0.001533)
    assert found.length(mini.index["MT"], True) == 0
    assert found.notes == ("map: the mean rate of the map stands for chr2",)


def test_shipped_map_is_the_decode_map(genome: Genome, decode: GeneticMap, shared: Path) -> None:
    """Between the first and the last rise of each chromosome all points of the table, shifted by what lies before."""
    with gzip.open(shared / "maps" / "decode2019_sex_specific_thinned.grch38.tsv.gz", "rt") as file:
        lines = [line.split() for line in file if not line.startswith("#")]
    for name in ("chr1", "chr13", "chr22", "chrX"):
        row = genome.index[name]
        mine = np.array([[float(value) for value in line[1:]] for line in lines if line[0] == name])
        for female in (False, True):
            if name == "chrX" and not female:
                continue
            height = mine[:, 2 if female else 1]
            rise = np.flatnonzero(np.diff(height) > 0)
            inside = slice(rise[0], rise[-1] + 2)
            got = decode.cm(row, mine[inside, 0].astype(int), female)
            assert got - got[0] == pytest.approx(height[inside] - height[inside][0], abs=1e-5)
            mean = (height[-1] - height[0]) / (mine[rise[-1] + 1, 0] - mine[rise[0], 0])
            assert got[0] == pytest.approx(mean * mine[rise[0], 0])
            assert decode.length(row, female) - got[-1] == pytest.approx(
                mean * (genome.contigs[row].length - mine[rise[-1] + 1, 0])
            )


def test_every_curve_rises_and_its_inverse_is_right(genome: Genome, decode: GeneticMap) -> None:
    for row, contig in enumerate(genome.contigs):
        for female in (False, True):
            pos = np.linspace(0, contig.length, 5001).astype(np.int64)
            cm = decode.cm(row, pos, female)
            assert cm[0] == 0
            assert (np.diff(cm) >= 0).all()
            if contig.kind is ContigKind.AUTOSOME:
                assert cm[1] > 0, "the ends of chromosomes have the mean rate, not zero"
                assert cm[-1] > cm[-2]
            if decode.length(row, female):
                draws = np.linspace(0, decode.length(row, female), 999)
                back = decode.cm(row, decode.bp(row, draws, female), female)
                assert back == pytest.approx(draws, abs=1e-9)
    autosomes = [row for row, c in enumerate(genome.contigs) if c.kind is ContigKind.AUTOSOME]
    father, mother = (sum(decode.length(row, female) for row in autosomes) for female in (False, True))
    # the sums of the table, and 3% to 8% for the ends where it is 0 (mostly the short arms of chr13-15, 21 and 22)
    assert 1.03 < father / 2602.29 < 1.08
    assert 1.03 < mother / 4180.42 < 1.08


def test_x_of_fathers_recombines_in_par1_only(genome: Genome, decode: GeneticMap) -> None:
    row = genome.index["chrX"]
    at = np.array([0, 10_000, (10_000 + 2_781_479) // 2, 2_781_479, 80_000_000, 155_800_000, 156_040_895])
    assert decode.cm(row, at, False) == pytest.approx([0, 0, 25, 50, 50, 50, 50], abs=1e-4)
    early = decode.cm(row, np.array([0, 1_000_000, 2_000_000, 3_000_000]), True)
    assert np.diff(early) == pytest.approx([early[1]] * 3)  # the table is 0 there: the mean rate stands
    assert 0.9 < early[1] < 1.6
    assert decode.length(genome.index["chrY"], False) == 0


def test_real_grch38_has_the_same_map_and_other_assemblies_its_means(
    decode: GeneticMap, shared: Path, mini: Genome
) -> None:
    slices = reference.load(shared / "grch38" / "slices.fa.gz", shared / "grch38" / "mane.gff3.gz")
    found = maps.load(slices)
    at = np.linspace(0, 46_709_983, 1000).astype(int)
    row = slices.index["chr21"]
    assert (found.cm(row, at, True) == decode.cm(20, at, True)).all()
    other = maps.load(mini)
    assert [note.split(";")[0] for note in other.notes] == ["map: none is built in for the assembly 'mini'"]
    chr2, mt = mini.index["chr2"], mini.index["chrM"]
    for female, low, high in ((True, 1.4, 1.7), (False, 0.85, 1.05)):  # cM/Mb where the map rises
        assert low < other.length(chr2, female) / mini.contigs[chr2].length * 1e6 < high
        assert other.length(mt, female) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (HEADER, "no row of a contig"),
        (HEADER + "chr9\t1\t1\t0\n", "no row of a contig"),
        (HEADER + "chr1\t1\t1\n", "line 2: not chromosome"),
        (HEADER + "chr1\t1\tnan\t0\n", "line 2: not chromosome"),
        (HEADER + "chr1\t1\t1\t0\nchr1\t1\t1\t1\n", "line 3: position or map falls below"),
        (HEADER + "chr1\t1\t1\t3\nchr1\t9\t1\t1\n", "line 3: position or map falls below"),
        (HEADER + "chr1\t9\t1\t0\nchr2\t1\t1\t0\nchr2\t9\t1\t1\n", "chr1: one row, which says no rate"),
        ("chr1\t9\tNA\t0\nchr1\t20\t1\t1\n", "line 1: not chromosome"),
        (HEADER + HEADER + "chr1\t9\t1\t0\n", "line 2: not chromosome"),
        (HEADER + "chr1\t2000\t1\t0\n", r"line 2: outside chr1 \(1 to 1033\)"),
        (HEADER + "chr1\t20\t-1\t0\n", "line 2: outside chr1"),
        (HEADER + "chr1\t20\t1\t0\nchr1\t30\t1\t1e308\n", "chr1: 1e.308 cM long, more than 100,000"),
        (HEADER + "chr1\t20\t1\t0\nchr1\t30\t1e300\t0\n", "cM long, more than 100,000"),
    ],
)
def test_broken_maps(mini: Genome, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        maps.load(mini, written(tmp_path / "bad.map", text))
    assert len(error.value.lines) == 1


def test_flat_ends_of_a_user_map_get_the_mean(mini: Genome, tmp_path: Path) -> None:
    rows = "1 0 0 0\n1 200 0 0\n1 400 1 0.2\n1 600 1 0.4\n1 800 0 0.4\n"
    found = maps.load(mini, written(tmp_path / "flat.map", rows))
    at = np.array([0, 200, 400, 600, 800, 1000])
    assert found.cm(0, at, True) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])


def test_the_first_row_of_a_map_without_a_header_counts(mini: Genome, tmp_path: Path) -> None:
    rows = "chr1 1 1 0\nchr1 500 1 0.5\nchr1 1000 0 0.6\n"
    for number, head in enumerate(("", "# mine\n", HEADER, "# mine\n" + HEADER)):
        found = maps.load(mini, written(tmp_path / f"{number}.map", head + rows))
        assert found.cm(0, np.array([1, 500, 1000]), True) == pytest.approx(
            found.cm(0, np.array([1]), True)[0] + np.array([0, 0.5, 0.6])
        )


def rows_of(genome: Genome, left_out: str = "", gap: range = range(0)) -> str:
    """A map with a row every 4 million bases, 1 cM/Mb, but in the gap of chr2."""
    return HEADER + "".join(
        f"{contig.name}\t{at + 1}\t1\t{at / 1e6}\n"
        for contig in genome.contigs
        if contig.kind <= ContigKind.X and contig.name != left_out
        for at in range(0, contig.length, 4_000_000)
        if contig.name != "chr2" or at not in gap
    )


@pytest.mark.parametrize(
    ("left_out", "gap", "words"),
    [
        ("chr7", range(0), "chr7: there are targets and no rows; give"),
        ("chrX", range(0), "chrX: there are targets and no rows; give"),
        ("", range(24_000_000), "chr2: a gap: no row within 5 million bases of the target at "),
        ("", range(100_000_000, 140_000_000), "chr2: a gap: no row within 5 million bases of the target at 101002682"),
        ("", range(220_000_000, 250_000_000), "chr2: a gap: no row within 5 million bases of the target at 22[12]"),
    ],
)
def test_a_map_that_does_not_reach_the_targets(
    genome: Genome, tmp_path: Path, left_out: str, gap: range, words: str
) -> None:
    path = written(tmp_path / "short.map", rows_of(genome, left_out, gap))
    with pytest.raises(InputError, match=f"map: .*: {words}") as error:
        maps.load(genome, path, targets.make(genome))
    assert len(error.value.lines) == 1
    other = targets.make(genome, genes=("CFTR",) if left_out != "chr7" else ("BRCA1",))
    assert maps.load(genome, path, other).length(0, True) > 200


def test_real_maps_reach_all_targets(genome: Genome, shared: Path, tmp_path: Path) -> None:
    """The whole deCODE map: from its first marker, on the short arms of acrocentric chromosomes too."""
    with gzip.open(shared / "maps" / "decode2019_sex_specific_full.grch38.tsv.gz", "rt") as file:
        rows = [line.split() for line in file if not line.startswith("#")]
    path = written(tmp_path / "decode.map", HEADER + "".join(f"{c}\t{at}\t1\t{cm}\n" for c, at, _, cm in rows))
    assert maps.load(genome, path, targets.make(genome)).notes == ()
