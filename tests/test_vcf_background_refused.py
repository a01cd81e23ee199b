"""Files and tables that the background `vcf` refuses, each in one line that names its key."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from raresim.background import Vcf
from raresim.errors import InputError
from tests.real_people import bgzipped
from tests.vcf_toys import cells, kind, make, people, place, record, vcf_text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("vcf")
    bgzipped(where / "all.vcf.gz", people().text())
    return where


ONE = r"chr1:\d+"
BAD = {
    "unphased": (lambda t: t.replace("0|1", "0/1", 1), rf"{ONE}: the genotype of S\d+ is not phased \(0/1\)"),
    "triploid": (lambda t: t.replace("0|1", "0|1|1", 1), rf"{ONE}: the genotype of S\d+ has more than two alleles"),
    "haploid": (lambda t: t.replace("\t0|1\t", "\t1\t", 1), rf"{ONE}: S\d+ has one allele there and is of a diploid"),
    "sites alone": (lambda t: t.replace("\tGT\t", "\tDP\t"), rf"{ONE}: no genotypes \(GT\) there"),
    "another assembly": (
        lambda t: t.replace("length=", "length=1"),
        r"chr1 has [\d,]+ bases in it and [\d,]+ in synth",
    ),
    "no contig": (lambda t: t.replace("chr", "scaffold"), r"none of its contigs \(scaffold1, .*\) is in synthetic"),
    "not a VCF": (lambda t: "sample\tancestry\n", "not a VCF or BCF"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_one_line(tmp_path: Path, name: str) -> None:
    change, said = BAD[name]
    path = bgzipped(tmp_path / "bad.vcf.gz", change(people().text()), index=False)
    with pytest.raises(InputError, match=rf"^background\.path: {path}: {said}") as caught:
        make(kind(tmp_path, path))
    assert len(caught.value.lines) == 1


def test_ref_of_another_assembly_is_refused(tmp_path: Path) -> None:
    pos, ref = place()
    text = vcf_text(record(pos, "ACGT".replace(ref[0], "")[0], ref[0], cells("0|1")))
    with pytest.raises(InputError, match=rf"REF of chr1:{pos + 1} is [ACGT], the FASTA has {ref[0]}; so in 1 of 1 "):
        make(kind(tmp_path, bgzipped(tmp_path / "ref.vcf.gz", text)))


def test_truncated_damaged_empty_and_missing_files_are_refused(tmp_path: Path, folder: Path) -> None:
    whole = (folder / "all.vcf.gz").read_bytes()
    cases = {"cut": (whole[:-40], "truncated"), "none": (b"", "empty")}
    plain = people().text().encode()
    for name, (data, said) in {**cases, "plain": (plain[:-30], "damaged after chrM:|genotypes of 24")}.items():
        path = tmp_path / f"{name}.vcf"
        path.write_bytes(data)
        with pytest.raises(InputError, match=said):
            make(kind(tmp_path, path))
    with pytest.raises(InputError, match="cannot be read"):
        make(kind(tmp_path, tmp_path / "absent.vcf"))
    for count in (10, len(whole) // 2):  # no BGZF: cut short is what has to be said of it
        (tmp_path / "gzip.vcf.gz").write_bytes(gzip.compress(plain)[:count])
        with pytest.raises(InputError, match=r"gzip.vcf.gz: the file is truncated or damaged"):
            make(kind(tmp_path, tmp_path / "gzip.vcf.gz"))
    middle = bytearray(whole)
    middle[len(whole) // 2] ^= 255
    (tmp_path / "flipped.vcf.gz").write_bytes(bytes(middle))
    with pytest.raises(InputError, match=r"^background\.path: "):
        make(kind(tmp_path, tmp_path / "flipped.vcf.gz"))


def test_unsorted_files_and_places_behind_a_contig_are_refused(tmp_path: Path) -> None:
    pos, ref = place()
    other = next(b for b in "ACGT" if b not in ref)
    one, two = (record(pos + i, ref[i], other, cells("0|1")) for i in (0, 2))
    x, far = record(9, "A", "C", cells("0|1"), "chrX"), record(500_000_000, "A", "C", cells("0|1"))
    for name, rows, said in (
        ("position", (two, one), rf"chr1:{pos + 1}: not sorted by position; run `bcftools sort` on it"),
        ("contig", (one, x, two), rf"chr1:{pos + 3}: not sorted by contig; run `bcftools sort` on it"),
        ("end", (one, far), "chr1:500000001 lies behind the end of chr1, which has [\\d,]+ bases in synthetic"),
    ):
        path = tmp_path / f"{name}.vcf"
        path.write_text(vcf_text(*rows))
        with pytest.raises(InputError, match=rf"^background\.path: {path}: {said}") as caught:
            make(kind(tmp_path, path))
        assert len(caught.value.lines) == 1
    with pytest.raises(InputError, match="chr1:500000001 lies behind the end of chr1"):
        make(kind(tmp_path, bgzipped(tmp_path / "end.vcf.gz", vcf_text(one, far))))


def test_a_file_without_samples_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sites.vcf"
    path.write_text("".join("\t".join(line.split("\t")[:8]) + "\n" for line in people().text().splitlines()))
    with pytest.raises(
        InputError, match=rf"^background\.path: {path}: has no samples \(it lists sites alone\); give a"
    ):
        kind(tmp_path, path).outline(1)


def test_nothing_in_the_targets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no record in the targets"):
        make(kind(tmp_path, bgzipped(tmp_path / "a.vcf.gz", vcf_text())))
    pos, ref = place()
    other = next(b for b in "ACGT" if b not in ref)
    path = bgzipped(tmp_path / "b.vcf.gz", vcf_text(record(pos, ref[0], other, cells())))
    with pytest.raises(InputError, match="nobody of the 24 people carries an allele of bases in the targets"):
        make(kind(tmp_path, path))


def test_tables_of_samples(tmp_path: Path, folder: Path) -> None:
    text = people().table()
    first = text.splitlines()[1]
    for changed, said in (
        (text.replace("ancestry", "pop"), "there is no column 'ancestry' in its first line"),
        (text + first + "\n", "row 26: S000: each sample stands once"),
        (text.replace("NORTH", "NO RTH", 1), "row 2: 'NO RTH' is no ancestry; use letters, digits and _"),
        (text.replace("female", "unknown", 1), "row 3: sex 'unknown'; write male or female"),
        (text.replace("\tNORTH", "", 1), "row 2: 2 columns, the first line has 3"),
        (text.splitlines()[0] + "\n", "no people; give a line for each sample"),
        (text.replace("SOUTH", "North", 12), "another ancestry is called so in INFO (north); rename one of them"),
        (text.replace("S003", "T003"), "1 of 24 samples are not in "),
        (text.replace("S001\tNORTH\tfemale", "S001\tNORTH\tmale"), "S001 is a man in the table and heterozygous at"),
        (text.replace("S000\tNORTH\tmale", "S000\tNORTH\tfemale"), "S000 has one allele there and is a woman in the"),
    ):
        (tmp_path / "samples.tsv").write_text(changed)
        with pytest.raises(InputError) as caught:
            make(kind(tmp_path, folder / "all.vcf.gz"))
        assert said in caught.value.lines[0], (said, caught.value.lines)


def test_what_is_missing_is_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Vcf().outline(1)
    assert [line.partition(":")[0] for line in caught.value.lines] == [
        "background.path",
        "background.samples",
        "background.consent",
    ]
