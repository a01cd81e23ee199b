"""Tables and files of real people that are refused, each mistake by one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from raresim.background import Vcf
from raresim.background._samples import read
from raresim.errors import InputError
from tests.real_people import CONSENT, bgzipped

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
    for columns, says in (("a\tb\ta", "the sample a stands 2 times"), ("a\tc", r"1 of 2 samples are not in .* \(b\)")):
        bad = tmp_path / "bad.vcf"
        bad.write_text(f"{HEAD}{COLUMNS}\t{columns}\n")
        with pytest.raises(InputError, match=says):
            outline(tmp_path, bad)
    with pytest.raises(InputError, match=r"^background.path: .*directory"):
        outline(tmp_path, tmp_path)
