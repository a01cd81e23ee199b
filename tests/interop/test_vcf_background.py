"""A study of people of 1000 Genomes: the genotypes are theirs, one by one, as bcftools reads the source."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from raresim import Spec
from raresim.annotation import group
from tests.interop.acceptance import Written, run
from tests.interop.test_anchored import WINDOW
from tests.interop.test_backgrounds import SEED, real, study

pytestmark = pytest.mark.interop
PEOPLE = {"AFR": 150, "EUR": 150}
TRIOS = 60
Genotypes = dict[str, NDArray[np.int8]]  # alleles of each haplotype, in the order of the samples


@pytest.fixture(scope="module")
def written(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    return study(shared, tmp_path_factory.mktemp("kgp"), real(shared, PEOPLE), TRIOS, phased=True)


def rows(path: Path) -> list[dict[str, str]]:
    """Rows of a table, a line of the format before them or not."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#raresim")]
    return list(csv.DictReader(lines, delimiter="\t"))


def founders(study: Written) -> dict[int, str]:
    """Sample of the source by the number of the person in the truth tables."""
    return {int(row["person"]): row["sample"] for row in rows(study.folder / "truth" / "founders.tsv")}


@cache
def source(bcftools: str, shared: Path, samples: tuple[str, ...], room: Path) -> Genotypes:
    """What bcftools reads of these people in the window, split and left-aligned."""
    names = room / "names.txt"
    names.write_text("\n".join(samples) + "\n")
    cut, split = room / "cut.bcf", room / "split.bcf"
    region = f"{WINDOW[0]}:{WINDOW[1] + 1}-{WINDOW[2]}"
    run(bcftools, "view", "-S", names, "-r", region, "-Ob", "-o", cut, shared / "kgp" / "kgp3202_genes.bcf")
    run(bcftools, "norm", "-m-", "-f", shared / "grch38" / "slices.fa.gz", "-Ob", "-o", split, cut)
    assert run(bcftools, "query", "-l", split).stdout.split() == list(samples)
    return genotypes(bcftools, split)


def genotypes(bcftools: str, path: Path, *more: str) -> Genotypes:
    """Genotypes of a phased file."""
    text = run(bcftools, "query", "-f", "%CHROM-%POS-%REF-%ALT[ %GT]\\n", *more, path).stdout
    return {
        key: np.array([int(a) for cell in cells for a in cell.split("|")], np.int8)
        for key, *cells in (line.split() for line in text.splitlines())
    }


@cache
def families(bcftools: str, study: Written) -> list[tuple[str, str, Genotypes]]:
    """Person of the source with the haplotype ("7.2"), case, and what the VCF says of it, of all founders but those of
    families in which an allele came with the segment of somebody else: the window is as short as such a segment."""
    out = []
    alleles, members = study.by_case("alleles"), study.by_case("members")
    for case, people in members.items():
        if any(a["source"] != "designed" or a["origin"] == "inherited_both" for a in alleles[case]):
            continue
        ours = genotypes(bcftools, study.vcf(case))
        names = run(bcftools, "query", "-l", study.vcf(case)).stdout.split()
        for member in (m for m in people if m["haplotype_1"]):
            first = 2 * names.index(member["person"])
            for column, name in enumerate((member["haplotype_1"], member["haplotype_2"]), first):
                out.append((name, case, {key: copies[column : column + 1] for key, copies in ours.items()}))
    return out


def test_every_genotype_of_the_cohort_is_that_of_its_sample(
    written: Written, shared: Path, tool: Callable[[str], str]
) -> None:
    who = founders(written)
    theirs = source(tool("bcftools"), shared, tuple(who.values()), written.room)
    ours = genotypes(tool("bcftools"), written.folder / "cohort" / "cohort.vcf.gz")
    assert len(who) == sum(PEOPLE.values()) / 2
    assert set(ours) == {key for key, copies in theirs.items() if copies.any()}
    assert len(ours) > 150
    order = np.array([int(h) for r in rows(written.folder / "cohort" / "people.tsv") for h in list(r.values())[-2:]])
    assert sorted(order) == list(range(2 * len(who)))
    assert not any((ours[key] != theirs[key][order]).any() for key in ours)


def test_the_database_is_what_bcftools_counts_in_the_source(
    written: Written, shared: Path, tool: Callable[[str], str], package: Callable[[str], Any]
) -> None:
    """Women, men and ancestries of the people who are in the database; cyvcf2 reads the fields of the sites VCF."""
    cyvcf2 = package("cyvcf2")
    given: Any = Spec.from_dict({"background": real(shared, PEOPLE)}).background
    table, people, chosen = given.people(SEED)
    known = [row for row, mine in zip(chosen, people.database, strict=True) if mine]
    names = tuple(table.name[row] for row in known)
    assert not set(names) & set(founders(written).values())
    theirs = source(tool("bcftools"), shared, names, written.room)
    male = np.array([table.male[row] for row in known])
    groups = {"": male | True, "_XX": ~male, "_XY": male}
    groups |= {f"_{group(a)}": np.array([table.ancestry[row] == a for row in known]) for a in PEOPLE}
    seen = set()
    for record in cyvcf2.VCF(str(written.folder / "panel" / "sites.vcf.gz")):
        key = f"{record.CHROM}-{record.POS}-{record.REF}-{record.ALT[0]}"
        seen.add(key)
        copies = theirs[key].reshape(-1, 2)
        for name, mine in groups.items():
            ac, an = int(copies[mine].sum()), 2 * int(mine.sum())
            assert (record.INFO[f"AC{name}"], record.INFO[f"AN{name}"]) == (ac, an), (key, name)
            assert record.INFO[f"nhomalt{name}"] == int(copies[mine].all(1).sum())
            assert record.INFO[f"AF{name}"] == pytest.approx(ac / an, rel=1e-5)
    assert seen == {key for key, copies in theirs.items() if copies.any()}


def test_founders_of_families_have_the_haplotypes_of_their_sample(
    written: Written, shared: Path, tool: Callable[[str], str]
) -> None:
    who = founders(written)
    numbers = list(who)
    theirs = source(tool("bcftools"), shared, tuple(who.values()), written.room)
    planted = {case: {row["key"] for row in found} for case, found in written.by_case("alleles").items()}
    compared = 0
    for name, case, mine in families(tool("bcftools"), written):
        number, _, haplotype = name.partition(".")
        column = 2 * numbers.index(int(number)) + int(haplotype) - 1
        has = {key for key, copies in theirs.items() if copies[column]} - planted[case]
        assert {key for key, copies in mine.items() if copies[0]} - planted[case] == has, (case, name)
        compared += len(has)
    assert compared > 1000


def test_linkage_of_written_founders_is_that_of_all_people_of_the_source(
    written: Written, shared: Path, tool: Callable[[str], str]
) -> None:
    """Mean r2 of common pairs by distance, of the Europeans that families are made of and of all 503.

    They are 46 people. Drawn from the 503 200 times, means differ with a standard deviation of 0.014 to 0.020 and by
    0.079 at most; the bound is 0.08.
    """
    table = rows(shared / "kgp" / "samples.tsv")
    europeans = [r["sample"] for r in table if (r["superpopulation"], r["unrelated_2504"]) == ("EUR", "1")]
    whole = source(tool("bcftools"), shared, tuple(europeans), written.room)
    of = {str(number) for number, name in founders(written).items() if name in set(europeans)}
    ours = [mine for name, _, mine in families(tool("bcftools"), written) if name.partition(".")[0] in of]
    common = [key for key, copies in whole.items() if 0.05 < copies.mean() < 0.95]
    assert len(common) > 20
    absent = np.zeros(1, np.int8)
    seen = np.array([np.concatenate([mine.get(key, absent) for mine in ours]) for key in common])
    place = np.array([int(key.split("-")[1]) for key in common])
    apart = abs(place[:, None] - place)
    there = np.corrcoef(np.array([whole[key] for key in common])) ** 2
    here = np.corrcoef(seen) ** 2
    for low, high in ((1, 2_000), (2_000, 10_000), (10_000, 30_000)):
        pairs = (low <= apart) & (apart < high)
        print(seen.shape, low, high, pairs.sum() // 2, here[pairs].mean(), there[pairs].mean())
        assert abs(here[pairs].mean() - there[pairs].mean()) < 0.08


def test_the_folder_says_whose_genotypes_it_holds(written: Written, shared: Path) -> None:
    card = (written.folder / "DATA_CARD.md").read_text()
    assert "genotypes of real people" in card
    assert "> 1000 Genomes Project, consent to open release" in card
    digest = hashlib.sha256((shared / "kgp" / "kgp3202_genes.bcf").read_bytes()).hexdigest()
    assert f"| background.path | kgp3202_genes.bcf | `{digest}` |" in card
    assert "| AFR | 75 | 75 |" in card
    table = {row["sample"]: row for row in rows(shared / "kgp" / "samples.tsv")}
    found = rows(written.folder / "truth" / "founders.tsv")
    assert {row["ancestry"] for row in found} == set(PEOPLE)
    assert all(table[row["sample"]]["superpopulation"] == row["ancestry"] for row in found)
    names = {row["sample"].encode() for row in found}
    for path in (written.folder / "observed").rglob("*"):
        if path.is_file():
            text = path.read_bytes()
            text = gzip.decompress(text) if path.suffix == ".gz" else text
            assert not any(name in text for name in names), path
