"""Files of the whole cohort: every format says what the panel holds, at any number of people and any genotypes."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pysam
import pytest

from raresim import cohort_files, cohort_other, streams
from raresim.cohort import People, portions
from raresim.cohort_files import write_bcf, write_vcf
from raresim.crc import Tables
from raresim.errors import InputError
from raresim.format.cohort_bcf import CohortBcf
from raresim.format.cohort_vcf import ALL, CohortVcf
from raresim.format.plink import Plink
from raresim.format.vcf_zarr import VcfZarr
from raresim.panel import Panel
from raresim.sites import Variant
from tests.builders import tiny_genome
from tests.cohorts import matrix, panel, study, variants
from tests.naive import cohort as naive

GENOME = tiny_genome()


def made(people: int, places: int, seed: int = 5, exclusive: bool = False) -> tuple[Panel, list[str]]:
    """A random panel and the lines it should give."""
    rng = np.random.default_rng(seed)
    rows = variants(GENOME, places, rng)
    carried = matrix(rows, people, rng, exclusive)
    given = panel(rows, carried)
    return given, naive.lines(GENOME, People.of(given), rows, carried)


def body(path: Path) -> list[str]:
    """Record lines of a compressed VCF."""
    return [row for row in gzip.decompress(path.read_bytes()).decode().splitlines() if not row.startswith("#")]


def seen(path: Path) -> list[str]:
    """Record lines as htslib reads a file."""
    with pysam.VariantFile(str(path)) as file:
        return [str(record).rstrip("\n") for record in file]


@pytest.mark.parametrize(
    ("people", "places"), [(1, 20), (2, 20), (3, 20), (7, 60), (40, 60), (300, 40), (16319, 1), (16321, 1), (33000, 1)]
)
def test_vcf_and_bcf_equal_the_panel(people: int, places: int, tmp_path: Path) -> None:
    given, want = made(people, places, people)
    write_vcf(tmp_path / "c.vcf.gz", given, GENOME, joint=False)
    write_bcf(tmp_path / "c.bcf", given, GENOME, joint=False)
    assert body(tmp_path / "c.vcf.gz") == want
    assert seen(tmp_path / "c.vcf.gz") == want
    assert seen(tmp_path / "c.bcf") == want


def test_the_indexes_find_every_record(tmp_path: Path) -> None:
    given, want = made(30, 300)
    write_vcf(tmp_path / "c.vcf.gz", given, GENOME, joint=False)
    write_bcf(tmp_path / "c.bcf", given, GENOME, joint=False)
    rng = np.random.default_rng(1)
    places = [(f[0], int(f[1]) - 1, int(f[1]) - 1 + len(f[3])) for f in (line.split("\t", 4) for line in want)]
    for name in ("c.vcf.gz", "c.bcf"):
        with pysam.VariantFile(str(tmp_path / name)) as file:
            for contig in ("chr1", "chrX", "chrM"):
                for _ in range(10):
                    lo = int(rng.integers(0, 12000))
                    hi = lo + int(rng.choice([1, 500, 12000]))
                    found = [str(record).rstrip("\n") for record in file.fetch(contig, lo, hi)]
                    held = [c == contig and a < hi and b > lo for c, a, b in places]
                    assert found == [line for line, inside in zip(want, held, strict=True) if inside]


@pytest.mark.parametrize("share", [0, 1])
def test_nobody_and_everybody_carries(share: int, tmp_path: Path) -> None:
    rows = variants(GENOME, 20, np.random.default_rng(3))
    carried = np.full((80, len(rows)), bool(share))
    given = panel(rows, carried)
    want = naive.lines(GENOME, People.of(given), rows, carried)
    assert len(want) == share * len(rows)
    write_vcf(tmp_path / "c.vcf.gz", given, GENOME, joint=False)
    write_bcf(tmp_path / "c.bcf", given, GENOME, joint=False)
    assert seen(tmp_path / "c.vcf.gz") == seen(tmp_path / "c.bcf") == want


def test_an_allele_of_100_000_bases(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    rows = variants(GENOME, 30, rng)
    for row, letters in ((4, "ACGT"), (5, "T"), (11, "A")):
        long = "".join(rng.choice(list(letters), 100_000))
        rows[row] = Variant(rows[row].contig, rows[row].pos, rows[row].ref, rows[row].ref + long)
    carried = matrix(rows, 20, rng)
    carried[:, [4, 5, 11]] = rng.random((40, 3)) < 0.5
    given = panel(rows, carried)
    want = naive.lines(GENOME, People.of(given), rows, carried)
    write_vcf(tmp_path / "c.vcf.gz", given, GENOME, joint=False)
    write_bcf(tmp_path / "c.bcf", given, GENOME, joint=False)
    assert seen(tmp_path / "c.vcf.gz") == seen(tmp_path / "c.bcf") == want


def test_a_portion_that_the_code_does_not_suit_is_compressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from raresim import bgzf

    given, want = made(300, 40)
    monkeypatch.setattr(bgzf, "packed", lambda *given: None)
    write_vcf(tmp_path / "c.vcf.gz", given, GENOME, joint=False)
    assert seen(tmp_path / "c.vcf.gz") == want


@pytest.mark.parametrize("people", [41, 300])
def test_crowded_rows_in_blocks_of_their_own(people: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two codes: the same text, and the index finds it."""
    given, want = made(people, 120)
    monkeypatch.setattr(cohort_files, "PARTED", 1)
    write_vcf(tmp_path / "c.vcf.gz", given, GENOME, joint=False)
    write_bcf(tmp_path / "c.bcf", given, GENOME, joint=False)
    assert seen(tmp_path / "c.vcf.gz") == seen(tmp_path / "c.bcf") == body(tmp_path / "c.vcf.gz") == want
    with pysam.VariantFile(str(tmp_path / "c.vcf.gz")) as file:
        contigs = list(file.header.contigs)
        assert [str(r).rstrip("\n") for contig in contigs for r in file.fetch(str(contig))] == want


def test_rows_that_most_carry_fill_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random genotypes repeat little: blocks of them have room, whatever they hold."""
    monkeypatch.setattr(cohort_files, "PARTED", 1)
    rows = variants(GENOME, 40, np.random.default_rng(3))
    carried = np.random.default_rng(4).random((2 * 2003, len(rows))) < np.linspace(0, 1, len(rows))
    given = panel(rows, carried)
    want = naive.lines(GENOME, People.of(given), rows, carried)
    write_vcf(tmp_path / "c.vcf.gz", given, GENOME, joint=False)
    write_bcf(tmp_path / "c.bcf", given, GENOME, joint=False)
    assert seen(tmp_path / "c.vcf.gz") == seen(tmp_path / "c.bcf") == body(tmp_path / "c.vcf.gz") == want


def test_portions_do_not_change_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from raresim import cohort

    given, want = made(40, 60)
    monkeypatch.setattr(cohort, "SITES", 7)
    assert sum(1 for _ in portions(given, GENOME, People.of(given), joint=False)) > 20
    write_vcf(tmp_path / "c.vcf.gz", given, GENOME, joint=False)
    assert body(tmp_path / "c.vcf.gz") == want
    monkeypatch.setattr(cohort_files, "PART", 500)
    write_vcf(tmp_path / "parts.vcf.gz", given, GENOME, joint=False)
    assert body(tmp_path / "parts.vcf.gz") == want
    with pysam.VariantFile(str(tmp_path / "c.vcf.gz")) as file:
        assert sum(1 for contig in ("chr1", "chrX", "chrM") for _ in file.fetch(contig)) == len(want)


# Alleles of one position


def test_joint_records_hold_every_allele(tmp_path: Path) -> None:
    given, want = made(60, 60, exclusive=True)
    write_vcf(tmp_path / "c.vcf.gz", given, GENOME, joint=True)
    write_bcf(tmp_path / "c.bcf", given, GENOME, joint=True)
    lines = seen(tmp_path / "c.vcf.gz")
    assert seen(tmp_path / "c.bcf") == lines == body(tmp_path / "c.vcf.gz")
    assert len(lines) < len(want)
    split = []
    for line in lines:
        fields = line.split("\t")
        for number, alt in enumerate(fields[4].split(","), 1):
            cells = [re.sub(r"\d", lambda m, n=number: str(int(m[0] == str(n))), cell) for cell in fields[9:]]
            count = "".join(cells).count("1")
            assert fields[7].split(";")[0].removeprefix("AC=").split(",")[number - 1] == str(count)
            ref = fields[3]
            while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
                ref, alt = ref[:-1], alt[:-1]
            split.append((fields[0], fields[1], ref, alt, cells))
    assert sorted(split) == sorted((f[0], f[1], f[3], f[4], f[9:]) for f in (line.split("\t") for line in want))


def test_a_haplotype_with_two_alleles_of_a_position_keeps_them_split(tmp_path: Path) -> None:
    rows = [Variant(0, 1100, "A", "C"), Variant(0, 1100, "A", "G")]
    both = np.array([[1, 1], [0, 0]], bool)
    write_vcf(tmp_path / "c.vcf.gz", panel(rows, both), GENOME, joint=True)
    assert [line.split("\t")[4] for line in seen(tmp_path / "c.vcf.gz")] == ["C", "G"]
    write_vcf(tmp_path / "c.vcf.gz", panel(rows, both & ~both[::-1] & [[1, 0]]), GENOME, joint=True)
    one = np.array([[1, 0], [0, 1]], bool)
    write_vcf(tmp_path / "c.vcf.gz", panel(rows, one), GENOME, joint=True)
    assert [line.split("\t")[4] for line in seen(tmp_path / "c.vcf.gz")] == ["C,G"]


@pytest.mark.interop
def test_bcftools_norm_agrees(tmp_path: Path, tool: Callable[[str], str]) -> None:
    given, _ = made(60, 60, exclusive=True)
    fasta = tmp_path / "g.fa"
    fasta.write_text("".join(f">{c.name}\n{GENOME.fetch(i, 0, c.length)}\n" for i, c in enumerate(GENOME.contigs)))
    texts = []
    for joint in (False, True):
        write_vcf(tmp_path / "c.vcf.gz", given, GENOME, joint)
        command = [tool("bcftools"), "norm", "-f", fasta, "-m", "-any", tmp_path / "c.vcf.gz"]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
        texts.append(sorted(line for line in done.stdout.splitlines() if not line.startswith("#")))
    assert texts[0] == texts[1]


# Calls


def test_calls_of_the_cohort_are_those_of_an_exome(tmp_path: Path) -> None:
    given, want = made(200, 200)
    write_vcf(tmp_path / "c.vcf.gz", given, GENOME, joint=False, called=True)
    lines = seen(tmp_path / "c.vcf.gz")
    assert lines == body(tmp_path / "c.vcf.gz")
    differ = total = 0
    for line, true in zip(lines, want, strict=True):
        fields, right = line.split("\t"), true.split("\t")
        assert fields[:7] == right[:7]
        assert fields[8] == "GT:AD:DP:GQ:PL"
        cells = [cell.split(":") for cell in fields[9:]]
        text = "".join(cell[0] for cell in cells)
        assert fields[7] == f"AC={text.count('1')};AN={text.count('0') + text.count('1')}"
        differ += sum(cell[0] != genotype for cell, genotype in zip(cells, right[9:], strict=True))
        total += len(cells)
        for genotype, reads, depth, quality, likelihoods in cells[::17]:
            assert sum(map(int, reads.split(","))) == int(depth)
            if "." not in genotype:
                pl = list(map(int, likelihoods.split(",")))
                assert pl.index(0) == genotype.count("1")
                assert int(quality) == min(99, sorted(pl)[1])
                assert len(pl) == 2 + genotype.count("|")
    # docs/files.md: of exome calls 0.13% (SNV) to 0.6% (indel) are missing and few are wrong
    assert 0.0005 < differ / total < 0.03


def test_cells_of_calls_are_written_as_by_formatting() -> None:
    from raresim.cohort_calls import STATES, _cells
    from raresim.sequencing import Genotypes
    from raresim.sequencing.exome import Exome
    from raresim.sites import Sites

    members = np.repeat(np.array(STATES, np.int8), 40, 0)
    truth = Genotypes(
        Sites.of(Variant(0, 9 * i, "A", "C" if i % 2 else "AC") for i in range(20)),
        np.broadcast_to(members, (20, *members.shape)).copy(),
    )
    calls = Exome().call(truth, 5)
    text, bounds, crc = _cells(calls)
    want = naive.call_cells(calls)
    assert any(b"." in cell for cell in want)
    assert [text[lo:hi].tobytes() for lo, hi in itertools.pairwise(bounds.tolist())] == want
    assert crc.tolist() == [Tables.read(0, cell) for cell in want]


# Other libraries


def test_plink_reads_back_the_panel(tmp_path: Path, package: Callable[[str], Any]) -> None:
    pgenlib = package("pgenlib")
    given, want = made(50, 60)
    people = People.of(given)
    with Plink().open(tmp_path, study(given)):
        pass
    folder = tmp_path / "cohort"
    sites = [line.split("\t") for line in (folder / "cohort.pvar").read_text().splitlines() if line[0] != "#"]
    assert [(f[1], f[3], f[4]) for f in sites] == [(f[1], f[3], f[4]) for f in (line.split("\t") for line in want)]
    assert {f[0] for f in sites} == {"chr1", "PAR1", "chrX", "chrM"}
    alleles = np.empty(2 * len(people.order), np.int32)
    with pgenlib.PgenReader(str(folder / "cohort.pgen").encode()) as reader:
        assert reader.get_variant_ct() == len(want)
        for row, line in enumerate(want):
            reader.read_alleles(row, alleles)
            cells = [f"{cell}|{cell}" if "|" not in cell else cell for cell in line.split("\t")[9:]]
            assert "".join(map(str, alleles)) == "".join(cells).replace("|", "")
    lines = (folder / "cohort.psam").read_text().splitlines()
    assert lines[0] == "#IID\tSEX\tancestry"
    labels = [given.ancestries[given.ancestry[person]] for person in people.order.tolist()]
    assert lines[1:] == [f"{n}\t{2 if i < people.women else 1}\t{labels[i]}" for i, n in enumerate(people.names)]


@pytest.mark.interop
def test_plink2_exports_the_same_genotypes(
    tmp_path: Path, tool: Callable[[str], str], package: Callable[[str], Any]
) -> None:
    package("pgenlib")
    given, want = made(50, 60)
    cohort_other.write_plink(tmp_path / "c", given, GENOME)
    command = [tool("plink2"), "--pfile", tmp_path / "c", "--export", "vcf", "--out", tmp_path / "x"]
    done = subprocess.run(list(map(str, command)), capture_output=True, check=True, text=True)
    assert "1 categorical phenotype loaded (50 values)" in done.stdout
    assert "Warning" not in done.stdout + done.stderr
    lines = [line.split("\t") for line in (tmp_path / "x.vcf").read_text().splitlines() if line[0] != "#"]
    assert [f[9:] for f in lines] == [line.split("\t")[9:] for line in want]


def test_zarr_holds_the_panel_and_is_the_same_each_time(tmp_path: Path, package: Callable[[str], Any]) -> None:
    package("bio2zarr")
    zarr = package("zarr")
    given, want = made(20, 20)
    for name in ("a", "b"):
        with VcfZarr().open(tmp_path / name, study(given)):
            pass
    store = zarr.open(tmp_path / "a" / "cohort" / "cohort.vcz", mode="r")
    genotypes = store["call_genotype"][:]
    assert store["call_genotype_phased"][:].all()
    for row, line in enumerate(want):
        cells = [list(map(int, cell.split("|"))) for cell in line.split("\t")[9:]]
        assert genotypes[row].tolist() == [cell if len(cell) == 2 else [*cell, -2] for cell in cells]
    files = [
        {str(p.relative_to(tmp_path / name)): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}
        for name in ("a", "b")
    ]
    assert files[0] == files[1]
    assert {p.name for p in (tmp_path / "a" / "cohort").iterdir()} == {"cohort.vcz", "people.tsv"}


def test_cyvcf2_reads_the_same(tmp_path: Path, package: Callable[[str], Any]) -> None:
    cyvcf2 = package("cyvcf2")
    given, want = made(40, 40)
    with CohortVcf().open(tmp_path, study(given)), CohortBcf().open(tmp_path, study(given)):
        pass
    for name in ("cohort.vcf.gz", "cohort.bcf"):
        rows = [record.genotypes for record in cyvcf2.VCF(str(tmp_path / "cohort" / name))]
        text = [[("|".join(map(str, call[:-1]))) for call in row] for row in rows]
        assert [[c.removesuffix("|-2") for c in row] for row in text] == [line.split("\t")[9:] for line in want]


@pytest.mark.parametrize(("kind", "module"), [(Plink(), "pgenlib"), (VcfZarr(), "bio2zarr.vcf")])
def test_a_missing_library_is_one_line(kind: Any, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    given, _ = made(2, 2)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"^output\.\w+: {module.partition('.')[0]} is missing; pip install"):
        kind.open(tmp_path, study(given)).__enter__()


# Settings and people


def test_fields_are_all_or_genotypes() -> None:
    with pytest.raises(InputError, match=r"^CohortVcf\.fields: \['GT', 'DP'\] is not written; use"):
        CohortVcf(fields=("GT", "DP"))
    with pytest.raises(InputError, match=r"^CohortVcf\.multiallelic: "):
        CohortVcf(fields=ALL, multiallelic="joint")


def test_people_are_named_without_order_and_listed(tmp_path: Path) -> None:
    given, _ = made(300, 2)
    people = People.of(given)
    assert sorted(people.order.tolist()) == list(range(300))
    assert len(set(people.names)) == 300
    codes = hashlib.shake_128(streams.key(0, given.digest, "cohort", "code").to_bytes(8, "little")).hexdigest(7 * 300)
    assert people.names == tuple(f"H{codes[14 * i : 14 * i + 14]}".upper() for i in people.order.tolist())
    assert sorted(people.names) != list(people.names)
    assert 110 < people.women < 190  # 300 coins: 150 and 4.6 standard deviations of 8.7
    with CohortVcf().open(tmp_path, study(given)):
        pass
    head, *rows = (tmp_path / "cohort" / "people.tsv").read_text().splitlines()
    assert head.split("\t") == ["person", "sex", "ancestry", "haplotype_1", "haplotype_2"]
    assert [row.split("\t")[0] for row in rows] == list(people.names)
    assert [row.split("\t")[3] for row in rows] == [str(2 * person) for person in people.order]
