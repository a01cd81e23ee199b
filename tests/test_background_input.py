"""Tables and files of real people that are refused, each mistake by one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from raresim import Spec, world
from raresim.background import Coalescent, Empty, Vcf, _database
from raresim.background._samples import read
from raresim.errors import InputError
from tests.real_people import CONSENT, bgzipped
from tests.test_anchored import inputs

HEAD = "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=1000>\n"
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sample\tancestry\tancestry\na\tEUR\tAFR\n", "the column 'ancestry' stands 2 times"),
        ("sample\tancestry\tfather\na\tEUR\ta\nb\tEUR\t0\n", "a: descend from themselves"),
        ("sample\tancestry\tfather\na\tEUR\tb\nb\tEUR\ta\nc\tEUR\ta\n", "a, b, c: descend from themselves"),
        ("sample\tancestry\tsex\tfather\na\tEUR\tmale\tb\nb\tEUR\tfemale\t0\n", "a: its father b has the sex 'female'"),
        ("sample\tancestry\tsex\tmother\na\tEUR\tmale\tb\nb\tEUR\t1\t0\n", "a: its mother b has the sex '1'"),
    ],
)
def test_tables_that_no_families_can_have(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "samples.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=says) as found:
        read(path, "ancestry")
    assert len(found.value.args) == 1


def outline(folder: Path, vcf: Path) -> None:
    table = folder / "samples.tsv"
    table.write_text("sample\tancestry\na\tEUR\nb\tEUR\n")
    Vcf(path=(vcf,), samples=table, consent=CONSENT).outline(1)


def test_a_check_opens_the_header(tmp_path: Path) -> None:
    good = tmp_path / "good.vcf.gz"
    bgzipped(good, f"{HEAD}{COLUMNS}\ta\tb\n")
    outline(tmp_path, good)
    for columns, says in (
        ("a\tb\ta", "the sample a stands 2 times"),
        ("a\tc", r"1 of 2 samples are not in .* \(b\)"),
        (
            "c\td",
            r"^background.samples: none of its samples \(a, b\) is in .*bad.vcf, which has c, d; give their table",
        ),
    ):
        bad = tmp_path / "bad.vcf"
        bad.write_text(f"{HEAD}{COLUMNS}\t{columns}\n")
        with pytest.raises(InputError, match=says):
            outline(tmp_path, bad)
    with pytest.raises(InputError, match=r"^background.path: .*directory"):
        outline(tmp_path, tmp_path)


def sites(path: Path, info: str) -> Path:
    """A sites VCF of one record, in the first target."""
    genome, targets = inputs().genome, inputs().targets
    contig, pos = int(targets.contig[0]), int(targets.start[0]) + 1
    ref = genome.fetch(contig, pos, pos + 1)
    name, alt = genome.contigs[contig].name, "A" if ref != "A" else "C"
    kinds = (("AC", "A", "Integer"), ("AN", "1", "Integer"), ("AF", "A", "Float"))
    head = [f'##INFO=<ID={x},Number={n},Type={kind},Description="">' for x, n, kind in kinds]
    record = f"{name}\t{pos + 1}\t.\t{ref}\t{alt}\t.\tPASS\t{info}"
    path.write_text("\n".join(["##fileformat=VCFv4.2", *head, COLUMNS.rpartition("\t")[0], record, ""]))
    return path


@pytest.mark.parametrize("given", [Coalescent(ancestry={}), Empty(ancestry={})])
def test_a_population_of_nobody(given: Coalescent | Empty) -> None:
    with pytest.raises(InputError, match=r"^background\.ancestry: names nobody; give people of an ancestry"):
        given.outline(1)


def test_a_site_behind_the_end_of_its_contig(tmp_path: Path) -> None:
    path = sites(tmp_path / "sites.vcf", "AF=0.1")
    contig = inputs().genome.contigs[int(inputs().targets.contig[0])]
    with path.open("a") as file:
        file.write(f"{contig.name}\t{contig.length + 1}\t.\tA\tC\t.\tPASS\tAF=0.1\n")
    with pytest.raises(
        InputError, match=rf"^background\.sites: .*{contig.name}:{contig.length + 1} lies behind the end"
    ):
        list(_database.contigs(path, inputs().genome, inputs().targets, ("AF",)))


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ("##contig=<ID=chr1,length=1000>", "chr1 has 1,?000 bases"),
        ("##contig=<ID=1,length=1000>", "1 has 1,?000 bases"),
        ("##contig=<ID=NW_1,length=5>", r"none of its contigs \(NW_1\) is in"),
    ],
)
def test_a_check_sees_another_assembly_in_the_header(tmp_path: Path, head: str, says: str) -> None:
    table, path = tmp_path / "samples.tsv", tmp_path / "a.vcf"
    table.write_text("sample\tancestry\na\tEUR\nb\tEUR\n")
    info = '##INFO=<ID=AF,Number=A,Type=Float,Description="">'
    path.write_text(f"##fileformat=VCFv4.2\n{head}\n{info}\n{COLUMNS}\ta\tb\n")
    for background in (
        {"kind": "vcf", "path": str(path), "samples": str(table), "consent": CONSENT},
        {"kind": "anchored", "sites": str(path)},
    ):
        with pytest.raises(InputError, match=rf"^background\.(path|sites): {path}: {says}") as found:
            world.outline(Spec.from_dict({"targets": {"genes": ["CFTR"]}, "background": background}))
        assert len(found.value.args) == 1


@pytest.mark.parametrize("value", ["AF=1.5", "AF=-0.1", "AF=inf", "AF=nan", "AF=abc", "AF=0.1,0.2"])
def test_frequencies_that_cannot_be(tmp_path: Path, value: str) -> None:
    path = sites(tmp_path / "sites.vcf", value)
    with pytest.raises(InputError, match=rf"^background.sites: .*:\d+: {value}: ") as found:
        list(_database.contigs(path, inputs().genome, inputs().targets, ("AF",)))
    assert len(found.value.args) == 1


@pytest.mark.parametrize(
    ("info", "says"),
    [
        ("AC=50;AN=10", "AC is 50 and AN 10"),
        ("AC=-3;AN=10", "AC=-3: "),
        ("AC=3.5;AN=10", "AC=3.5: "),
        ("AC=3;AN=99999999999999", "AN=99999999999999: "),
        ("AC=0;AN=0", "nobody carries an allele of its 1 records"),
    ],
)
def test_counts_that_cannot_be(tmp_path: Path, info: str, says: str) -> None:
    path = sites(tmp_path / "sites.vcf", info)
    with pytest.raises(InputError, match=says):
        list(_database.contigs(path, inputs().genome, inputs().targets, ("AC/AN",)))


@pytest.mark.parametrize("name", ["AN", "AC/AF", "AC/AN/AC"])
def test_fields_that_are_no_frequency(tmp_path: Path, name: str) -> None:
    path = sites(tmp_path / "sites.vcf", "AC=1;AN=10")
    with pytest.raises(InputError, match="should be a frequency"):
        _database.fields(path, ("EUR",), {"EUR": name})
