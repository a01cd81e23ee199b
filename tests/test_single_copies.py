"""Y and mitochondrial DNA: one copy each, handed down whole, haploid in every file."""

from __future__ import annotations

import dataclasses
import gzip
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

from raresim import annotation, cohort, founders, haplotypes, maps, meiosis, mitochondrial, sites_text, synthetic
from raresim import targets as make_targets
from raresim.background import Coalescent, Inputs
from raresim.background._blocks import of_genome
from raresim.calls import diploid, genotype
from raresim.genome import ContigKind, Genome
from raresim.haplotypes import NONE, Pair
from raresim.inheritance import Alleles
from raresim.panel import Panel
from raresim.pedigree import Member, Pedigree
from raresim.sequencing import Exome, Perfect
from raresim.sites import Variant
from raresim.vcf_text import Layout, encode

ANCESTRY = {"AFR": 30, "EUR": 50}


@cache
def inputs() -> Inputs:
    """Y and MT of the exome, two genes on X and 22, and a piece of the PAR of Y (whose bases are on X)."""
    genome = synthetic.build()
    names = [genome.genes.symbol[g] for g in range(len(genome.genes)) if _kind(genome, g) > ContigKind.X]
    return Inputs(3, genome, make_targets.make(genome, genes=[*names, "SHOX", "MECP2", "NF2"]), maps.load(genome))


def _kind(genome: Genome, gene: int) -> ContigKind:
    return genome.contigs[int(genome.genes.contig[gene])].kind


@cache
def panel() -> Panel:
    return Coalescent(ancestry=ANCESTRY).make(inputs(), 1, lambda share: None)


def of(kind: ContigKind) -> np.ndarray:
    """Rows of the panel on contigs of a kind."""
    return np.array([inputs().genome.contigs[c].kind is kind for c in panel().sites.contig.tolist()])


def test_each_has_one_block_that_does_not_recombine() -> None:
    genome = inputs().genome
    blocks = [b for b in of_genome(inputs(), 4.0) if genome.contigs[b.contig].kind > ContigKind.X]
    assert [(genome.contigs[b.contig].kind, b.side, b.size, b.number) for b in blocks] == [
        (ContigKind.Y, 0, mitochondrial.SIZE, 0),
        (ContigKind.MT, 1, mitochondrial.SIZE, 0),
    ]
    assert all((b.start_cm == b.end_cm).all() for b in blocks)
    y = genome.contigs[blocks[0].contig]
    masked = dataclasses.replace(
        inputs().targets,
        contig=np.array([blocks[0].contig], np.int16),
        start=np.array([y.par[0][1] - 500], np.int32),
        end=np.array([y.par[0][1] + 500], np.int32),
    )
    (cut,) = of_genome(dataclasses.replace(inputs(), targets=masked), 4.0)
    assert (cut.start.tolist(), cut.end.tolist()) == ([y.par[0][1]], [y.par[0][1] + 500])


def test_nothing_else_changes_with_them() -> None:
    genome, t, people = inputs().genome, inputs().targets, panel()
    keep = np.array([genome.contigs[c].kind <= ContigKind.X for c in t.contig.tolist()])
    fewer = dataclasses.replace(t, contig=t.contig[keep], start=t.start[keep], end=t.end[keep])
    without = Coalescent(ancestry=ANCESTRY).make(dataclasses.replace(inputs(), targets=fewer), 1, print)
    mine = np.flatnonzero(of(ContigKind.AUTOSOME) | of(ContigKind.X))
    assert [people.sites[int(i)] for i in mine] == [without.sites[i] for i in range(len(without.sites))]
    assert (people.ac[mine] == without.ac).all()
    assert (people.pathogenic[mine] == without.pathogenic).all()


def x_of(v: Variant) -> bool:
    """Whether a place is on X outside PAR."""
    contig = inputs().genome.contigs[v.contig]
    return contig.kind is ContigKind.X and not contig.in_par(v.pos)


@pytest.mark.parametrize(("kind", "side"), [(ContigKind.Y, 0), (ContigKind.MT, 1)])
def test_one_haplotype_of_a_person_has_them(kind: ContigKind, side: int) -> None:
    people, rows = panel(), of(kind)
    assert rows.sum() > 50
    haplotype, site = people.carried()
    carried = (haplotype % 2)[rows[site]]
    assert set(carried.tolist()) == {side}
    assert people.hom[rows].sum() == 0
    assert not people.pathogenic[rows].any()
    size = people.alleles(people.sites)
    assert (people.ac <= size).all()
    assert people.men.tolist() == [7, 13]  # every second one of the database, half of 30 and of 50 people
    assert (size[rows] == (people.men if kind is ContigKind.Y else [15, 25])).all()
    inside = np.array([x_of(people.sites[int(i)]) for i in range(len(people.sites))])
    assert (size[inside] == people.an - people.men).all()
    assert (size[of(ContigKind.AUTOSOME) | (of(ContigKind.X) & ~inside)] == [30, 50]).all()


def test_local_ancestry_is_one_source() -> None:
    """A line is from one source as a whole, and the tract is on the haplotype that has the chromosome."""
    genome, t = inputs().genome, inputs().targets
    mine = np.array([genome.contigs[c].kind > ContigKind.X for c in t.contig.tolist()])
    alone = dataclasses.replace(t, contig=t.contig[mine], start=t.start[mine], end=t.end[mine])
    made = Coalescent(ancestry={"AMR": 20}).make(dataclasses.replace(inputs(), targets=alone), 1, print)
    kinds = np.array([genome.contigs[c].kind for c in made.tracts[:, 1].tolist()])
    for kind, side in ((ContigKind.Y, 0), (ContigKind.MT, 1)):
        rows = made.tracts[kinds == kind]
        assert rows[:, 0].tolist() == list(range(side, 2 * made.people, 2))
        assert len(set(map(tuple, rows[:, 2:4].tolist()))) == 1
        assert {made.sources[source] for source in rows[:, 4].tolist()} <= {"AFR", "EUR", "NAT"}


def test_mitochondrial_rates_and_selection() -> None:
    table = mitochondrial.rates()
    known = table.total > 0
    assert known.sum() == 64
    assert table.total[known].min() == table.total[known].max()
    # 29 years a generation: 8.4e-7 transitions, 16.8 to one transversion
    assert table.snv.max() == pytest.approx(8.376e-7, rel=1e-3)
    assert table.snv.max() / (table.total[known][0] - table.snv.max()) == pytest.approx(16.8)
    assert table.indel.sum() == 0
    mine = panel().sites.take(np.flatnonzero(of(ContigKind.MT)))
    assert (mine.ref_len == 1).all()
    assert (mine.alt_len == 1).all()


def test_people_differ_from_the_reference_as_people_do() -> None:
    """Mean of six genealogies: about 10 in Europeans, whose the reference is, and several times as many in Africans,
    as docs/figures.md has it. A single genealogy can be far from it."""
    genome = inputs().genome
    mine = np.array([genome.contigs[c].kind is ContigKind.MT for c in inputs().targets.contig.tolist()])
    t = inputs().targets
    alone = dataclasses.replace(t, contig=t.contig[mine], start=t.start[mine], end=t.end[mine])
    found = []
    for seed in range(6):
        made = Coalescent(ancestry=ANCESTRY).make(dataclasses.replace(inputs(), seed=seed, targets=alone), 1, print)
        count = np.diff(made.own.lists()[0])[1::2]
        found.append([count[made.ancestry == group].mean() for group in (0, 1)])
    afr, eur = np.mean(found, 0)
    assert 5 < eur < 20
    assert 30 < afr < 90


def three_generations(seed: int) -> tuple[Pedigree, list[Pair], Any]:
    """A proband, parents, maternal grandparents, brother and sister, of founders 0 to 2; the pairs are by meiosis."""
    genome, people = inputs().genome, panel()
    female = bool(seed % 2)
    family = Pedigree(
        (
            Member("proband", female, 5.0, 1, 2),
            Member("father", False, 35.0),
            Member("mother", True, 33.0, 3, 4),
            Member("grandfather", False, 60.0),
            Member("grandmother", True, 60.0),
            Member("sibling", not female, 3.0, 1, 2),
        ),
        1.0,
    )
    who = dict(zip(family.founders, default_rng(seed).permutation(people.people)[:3].tolist(), strict=True))
    own = {i: founders.haplotypes(people, genome, p, family.members[i].female) for i, p in who.items()}
    none = Alleles(np.zeros((0, 6, 2), np.int8), np.zeros((0, 6, 2)))
    pairs = meiosis.descend(people, genome, inputs().map, family, own, none, (), default_rng(seed))
    return family, pairs, haplotypes.genotypes(people, genome, family, pairs)[0]


@pytest.mark.parametrize("seed", range(8))
def test_fathers_give_y_and_mothers_mitochondria_exactly(seed: int) -> None:
    genome = inputs().genome
    family, pairs, truth = three_generations(seed)
    kind = np.array([genome.contigs[c].kind for c in truth.sites.contig.tolist()])
    y, mt = truth.copies[kind == ContigKind.Y], truth.copies[kind == ContigKind.MT]
    for i, member in enumerate(family.members):
        assert (y[:, i, 1] == -1).all()
        assert (mt[:, i, 0] == -1).all()
        assert (mt[:, i, 1] >= 0).all()
        assert (y[:, i, 0] >= 0).all() != member.female
        assert (y[:, i, 0] == -1).all() == member.female
        if member.mother >= 0:
            assert (mt[:, i, 1] == mt[:, member.mother, 1]).all()
        if member.father >= 0 and not member.female:
            assert (y[:, i, 0] == y[:, member.father, 0]).all()
    assert y[:, 1].max() == 1
    contig = next(c for c, x in enumerate(genome.contigs) if x.kind is ContigKind.MT)
    lo, hi = haplotypes.contig_rows(panel().sites, contig)
    own = [{source for source, _, _ in haplotypes.pieces(pair[1], lo, hi)} for pair in pairs]
    assert own[1] != own[0], "a father keeps his own"
    assert own[3] != own[2]
    contig = next(c for c, x in enumerate(genome.contigs) if x.kind is ContigKind.Y)
    lo, hi = haplotypes.contig_rows(panel().sites, contig)
    for member, pair in zip(family.members, pairs, strict=True):
        sources = {source for source, _, _ in haplotypes.pieces(pair[0], lo, hi)}
        assert (sources == {NONE}) == member.female


@pytest.mark.parametrize("kind", [Perfect(), Exome()])
def test_calls_are_haploid(kind: Any) -> None:
    genome = inputs().genome
    family, _, truth = three_generations(2)
    calls = kind.call(truth, 7)
    on = np.array([genome.contigs[c].kind for c in truth.sites.contig.tolist()])
    females = np.array([m.female for m in family.members])
    assert (calls.ploidy[on == ContigKind.MT] == 1).all()
    assert (calls.ploidy[on == ContigKind.Y][:, ~females] == 1).all()
    assert (calls.ploidy[on == ContigKind.Y][:, females] == 0).all()
    assert (calls.alt[on == ContigKind.Y][:, females] == -1).all()
    data, _ = encode(Layout.of(genome), [f"P{i}" for i in range(6)], truth.sites, calls)
    seen = set()
    for line in gzip.decompress(data).decode().splitlines():
        chrom, *fields = line.split("\t")
        if chrom in ("chrY", "chrM"):
            for member, cell in zip(family.members, fields[8:], strict=True):
                gt, ad, dp, _, pl = cell.split(":")
                assert gt in (".", "0", "1")
                assert len(ad.split(",")) == 2
                assert pl == "." if gt == "." else len(pl.split(",")) == 2
                if chrom == "chrY" and member.female:
                    assert (gt, ad, dp) == (".", "0,0", "0")
                seen.add((chrom, gt))
    assert {("chrY", "1"), ("chrY", "."), ("chrM", "1"), ("chrM", "0")} <= seen
    two = diploid(calls)
    row = int(np.flatnonzero((on == ContigKind.MT) & (calls.alt[:, 0] == 1))[0])
    assert genotype(two, row, 0) == "1/1"
    absent = int(np.flatnonzero(on == ContigKind.Y)[0])
    assert genotype(two, absent, int(np.flatnonzero(females)[0])) == "."


def test_the_database_counts_one_allele_a_person() -> None:
    people, genome = panel(), inputs().genome
    text = gzip.decompress(sites_text.encode(genome, people)[0]).decode()
    lines = [line.split("\t") for line in text.splitlines() if line[0] != "#"]
    an = {line[0]: set() for line in lines}
    for line in lines:
        info = dict(item.split("=") for item in line[7].split(";"))
        an[line[0]].add((info["AN"], info["AN_afr"], info["AN_nfe"]))
        assert float(info["AF"]) == pytest.approx(int(info["AC"]) / int(info["AN"]), rel=1e-5)
        assert int(info["AC"]) <= int(info["AN"])
        if line[0] in ("chrY", "chrM"):
            assert info["nhomalt"] == "0"
    assert an["chrM"] == {("40", "15", "25")}
    assert an["chr22"] == {("80", "30", "50")}
    assert an["chrY"] == {("20", "7", "13")}  # men alone
    assert an["chrX"] == {("60", "23", "37"), *an["chr22"]}  # outside and inside PAR
    note = annotation.Frequency(people)
    rows = np.flatnonzero(of(ContigKind.MT) & (people.ac.sum(1) > 0))
    assert all(b";gnomAD_AN=40;" in field for field in note.fields(people.sites.take(rows)))


def test_cohort_columns_have_one_haplotype() -> None:
    people, genome = panel(), inputs().genome
    columns = cohort.People.of(people)
    men = people.people - columns.women
    numbers = set()
    for portion in cohort.portions(people, genome, columns, False):
        for c, an in zip(portion.sites.contig.tolist(), portion.an.tolist(), strict=True):
            numbers.add((genome.contigs[c].kind, an))
    assert {(ContigKind.Y, men), (ContigKind.MT, people.people)} <= numbers
    assert {an for kind, an in numbers if kind is ContigKind.Y} == {men}


def test_files_of_the_cohort_hold_them(tmp_path: Path) -> None:
    """The VCF, BCF and PLINK files of a panel with Y say what the panel says."""
    from raresim.cohort_files import write_bcf, write_vcf
    from raresim.cohort_other import write_plink

    pgenlib, pysam = pytest.importorskip("pgenlib"), pytest.importorskip("pysam")
    people, genome = panel(), inputs().genome
    columns = cohort.People.of(people)
    write_vcf(tmp_path / "c.vcf.gz", people, genome, False)
    write_bcf(tmp_path / "c.bcf", people, genome, False)
    write_plink(tmp_path / "c", people, genome)
    found = []
    for name in ("c.vcf.gz", "c.bcf"):
        with pysam.VariantFile(str(tmp_path / name)) as file:
            found.append([str(record) for record in file])
    assert found[0] == found[1]
    lines = [line.rstrip("\n").split("\t") for line in found[0]]
    variants = [line.split("\t") for line in (tmp_path / "c.pvar").read_text().splitlines() if line[0] != "#"]
    assert len(variants) == len(lines)
    carried: dict[tuple[str, int, str, str], set[int]] = {}
    for row in range(len(people.sites)):
        v = people.sites[row]
        carried[genome.contigs[v.contig].name, v.pos + 1, v.ref, v.alt] = set((people.carriers(row) // 2).tolist())
    cells = np.empty(2 * people.people, np.int32)
    with pgenlib.PgenReader(str(tmp_path / "c.pgen").encode()) as reader:
        for i, fields in enumerate(lines):
            if fields[0] not in ("chrY", "chrM"):
                continue
            who = carried[fields[0], int(fields[1]), fields[3], fields[4]]
            reader.read_alleles(i, cells)
            for column, (person, text) in enumerate(zip(columns.order.tolist(), fields[9:], strict=True)):
                absent = fields[0] == "chrY" and column < columns.women
                want = "." if absent else str(int(person in who))
                assert text == want
                assert cells[2 * column : 2 * column + 2].tolist() == [-9 if absent else int(want)] * 2
