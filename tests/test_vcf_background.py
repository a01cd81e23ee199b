"""Real haplotypes as a background: the panel is what the file says, allele by allele, and bad files are refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pysam
import pytest
from numpy.typing import NDArray

from raresim import panel, sites_text
from raresim.background._samples import chosen, read
from raresim.consequence import effects, worst
from raresim.errors import InputError
from raresim.filtering import bounds
from raresim.genome import ContigKind
from raresim.kernels.genotypes import read_genotypes
from raresim.panel import Panel
from raresim.sites import Variant
from tests.naive import genotypes as naive
from tests.naive.filtering import greatest_mean
from tests.real_people import Source, bcf, bgzipped
from tests.test_panel import same
from tests.vcf_toys import SEED, cells, inputs, kind, make, people, place, record, vcf_text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("vcf")
    bgzipped(where / "all.vcf.gz", people().text())
    return where


def dense(made: Panel) -> NDArray[np.bool_]:
    """Who of the cohort carries what: bool[sites, haplotypes]."""
    out = np.zeros((len(made.sites), 2 * made.people), np.bool_)
    for h in range(2 * made.people):
        out[made.own.rows(h, 0, len(made.sites)), h] = True
    return out


def test_the_panel_is_the_source(folder: Path) -> None:
    given = kind(folder, folder / "all.vcf.gz")
    made, src = make(given), people()
    genome = src.genome
    _, who, rows = given.people(SEED)
    assert [src.names[r] for r in rows] == list(src.names)  # all are taken, in the order of the table
    truth = {v: src.carried[i] for i, v in enumerate(src.alleles)}
    carried, seen = dense(made), set()
    cohort, database = np.flatnonzero(~who.database), np.flatnonzero(who.database)
    assert len(cohort) + len(database) == len(src.names)
    for site in range(len(made.sites)):
        v = made.sites[site]
        seen.add(v)
        has = truth[v].reshape(-1, 2)
        where = genome.contigs[v.contig]
        lent = np.zeros((len(src.names), 2), np.bool_)  # haplotypes that are copies of another person's
        if where.kind is ContigKind.MT:
            has = np.stack([np.zeros(len(has), np.bool_), has[:, 1]], 1)
        elif where.kind is ContigKind.X and not where.in_par(v.pos):
            lent[src.male, 0] = True
        own = ~lent[cohort].ravel()
        assert (carried[site][own] == has[cohort].ravel()[own]).all(), v
        for group in (0, 1):
            mine = database[who.ancestry[database] == group]
            assert made.ac[site, group] == (has & ~lent)[mine].sum()
            assert made.hom[site, group] == (has & ~lent)[mine].all(axis=1).sum()
        men = database[src.male[database]]
        assert made.xy[site].tolist() == [(has & ~lent)[men].sum(), (has & ~lent)[men].all(axis=1).sum()]
    second = np.tile([False, True], len(src.names))  # what the file holds of a man's X and of mitochondrial DNA
    left = [v for v in truth if v not in seen]
    assert not any((truth[v] & (second if v.contig else True)).any() for v in left if v.contig != 1)
    assert not any((truth[v] & (second | ~np.repeat(src.male, 2))).any() for v in left if v.contig == 1)
    assert {genome.contigs[v.contig].in_par(v.pos) for v in seen if v.contig == genome.index["chrX"]} == {True, False}
    assert {genome.contigs[v.contig].kind for v in seen} == {ContigKind.AUTOSOME, ContigKind.X, ContigKind.MT}
    terms, gene = worst(effects(genome, made.sites), len(made.sites))
    assert (made.terms == terms).all()
    assert (made.gene == gene).all()


def test_the_database_is_counted_by_people_and_sexes(folder: Path, tmp_path: Path) -> None:
    """Every field of the sites VCF is what a count over the people of the file says, person by person."""
    given = kind(folder, folder / "all.vcf.gz", database=0.7)
    made, src = make(given), people()
    _, who, _ = given.people(SEED)
    (tmp_path / "s.vcf.gz").write_bytes(sites_text.encode(src.genome, made)[0])
    groups = {"": set(range(24)), "_XX": set(np.flatnonzero(~src.male)), "_XY": set(np.flatnonzero(src.male))}
    groups |= {f"_{name}": {p for p in range(24) if src.ancestry[p] == name.upper()} for name in ("north", "south")}
    of = {v: src.carried[i].reshape(-1, 2) for i, v in enumerate(src.alleles)}
    seen: dict[Variant, Any] = {}
    with pysam.VariantFile(str(tmp_path / "s.vcf.gz")) as file:
        for record in file:
            contig = src.genome.index[record.chrom]
            seen[Variant(contig, record.pos - 1, record.ref, record.alts[0])] = dict(record.info)
    found = 0
    for v, copies in of.items():
        contig = src.genome.contigs[v.contig]
        own = {}
        for p in np.flatnonzero(who.database).tolist():
            single = contig.kind is ContigKind.MT or (
                contig.kind is ContigKind.X and src.male[p] and not contig.in_par(v.pos)
            )
            own[p] = copies[p, 1:].tolist() if single else copies[p].tolist()
        if not any(map(any, own.values())):
            assert v not in seen
            continue
        found += 1
        info = seen.pop(v)
        faf = {}
        for name, mine in groups.items():
            cells = [own[p] for p in mine if p in own]
            ac, an = sum(map(sum, cells)), sum(map(len, cells))
            assert (info[f"AC{name}"], info[f"AN{name}"]) == ((ac,), an), (v, name)
            assert info[f"AF{name}"][0] == pytest.approx(ac / an, rel=1e-5)
            assert info[f"nhomalt{name}"] == (sum(cell == [True, True] for cell in cells),)
            faf[name] = greatest_mean(ac) / an
            if name not in ("_XX", "_XY"):
                assert info[f"faf95{name}"][0] == pytest.approx(faf[name], abs=1e-6)
        top = max(("north", "south"), key=lambda name: info[f"AF_{name}"][0])
        assert info["grpmax"] == (top,)
        assert [info[f"{k}_grpmax"] for k in ("AC", "AF", "nhomalt")] == [
            info[f"{k}_{top}"] for k in ("AC", "AF", "nhomalt")
        ]
        assert info["AN_grpmax"] == (info[f"AN_{top}"],)
        if max(faf["_north"], faf["_south"]) > 0:
            assert info["fafmax_faf95_max"][0] == pytest.approx(max(faf["_north"], faf["_south"]), abs=1e-6)
            assert info[f"faf95_{info['fafmax_faf95_max_gen_anc'][0]}"] == info["fafmax_faf95_max"]
        else:
            assert "fafmax_faf95_max" not in info
    assert not seen
    assert found > 300


def test_filtering_bounds_equal_the_twin() -> None:
    counts = np.array([7, 0, 1, 2, 2, 3, 40, 333])
    assert bounds(counts) == pytest.approx([greatest_mean(n) for n in counts.tolist()], rel=1e-9)
    published = {2: 0.355362, 3: 0.817691, 10: 5.425406}  # half the 5% quantile of chi-square, 2 n degrees
    assert bounds(np.array(list(published))) == pytest.approx(list(published.values()), abs=1e-6)
    assert len(bounds(np.zeros(0, np.int64))) == 0


def test_a_mans_second_x_is_of_somebody_of_his_ancestry_and_part(folder: Path) -> None:
    given = kind(folder, folder / "all.vcf.gz")
    made, src = make(given), people()
    _, who, _ = given.people(SEED)
    cohort = np.flatnonzero(~who.database)
    x = [
        i
        for i in range(len(made.sites))
        if made.sites[i].contig == 1 and not src.genome.contigs[1].in_par(made.sites[i].pos)
    ]
    mine = dense(made)[x]
    male, group = src.male[cohort], who.ancestry[cohort]
    lenders = []
    for man in np.flatnonzero(male):
        pool = np.flatnonzero(group == group[man])
        real = [h for p in pool.tolist() for h in ([2 * p + 1] if male[p] else [2 * p, 2 * p + 1])]
        equal = [h for h in real if (mine[:, h] == mine[:, 2 * man]).all()]
        assert equal, man
        lenders.append(equal[0])
    assert len(set(lenders)) == len(lenders)  # nobody lends a haplotype twice


def test_every_form_of_the_file_gives_the_same_panel(folder: Path, tmp_path: Path) -> None:
    src = people()
    whole = make(kind(folder, folder / "all.vcf.gz"))
    (tmp_path / "plain.vcf").write_text(src.text())
    lines = src.lines()
    parts = []
    for number, part in enumerate(([r for r in lines if r.startswith("chr1\t")], [r for r in lines if r[3] != "1"])):
        parts.append(bgzipped(tmp_path / f"{number}.vcf.gz", src.header() + "".join(part)))
    renamed = src.text().replace("chrM\t", "MT\t").replace("chr1\t", "1\t")
    renamed = renamed.replace("ID=chrM,", "ID=MT,").replace("ID=chr1,", "ID=1,")
    backwards = Source(src.genome, src.names[::-1], src.male[::-1], src.ancestry[::-1], src.alleles, _reversed(src))
    for other in (
        tmp_path / "plain.vcf",
        bgzipped(tmp_path / "bare.vcf.gz", src.text(), index=False),
        bcf(tmp_path / "all.bcf", folder / "all.vcf.gz"),
        tuple(parts),
        bgzipped(tmp_path / "names.vcf.gz", renamed),
        bgzipped(tmp_path / "backwards.vcf.gz", backwards.text()),
    ):
        assert same(whole, make(kind(folder, other))), other


def _reversed(src: Source) -> NDArray[np.bool_]:
    return src.carried.reshape(len(src.alleles), -1, 2)[:, ::-1].reshape(len(src.alleles), -1)


def test_sex_is_inferred_from_haploid_genotypes(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "samples.tsv").write_text(people().table(sex=False))
    made = make(kind(tmp_path, folder / "all.vcf.gz"))
    with_table = make(kind(folder, folder / "all.vcf.gz"))
    assert made.notes == ("background: men, by their haploid genotypes on X: 8",)
    assert same(dataclasses.replace(made, notes=()), with_table)


def test_men_written_with_two_equal_alleles_on_x(folder: Path) -> None:
    """As PLINK writes them; a heterozygous one is read as REF."""
    lines = []
    for line in people().lines():
        cells = line.rstrip("\n").split("\t")
        lines.append("\t".join(cells[:9] + [c if "|" in c else f"{c}|{c}" for c in cells[9:]]) + "\n")
    path = bgzipped(folder / "diploid.vcf.gz", people().header() + "".join(lines))
    assert same(make(kind(folder, path)), make(kind(folder, folder / "all.vcf.gz")))


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    pos, ref = place()
    other = next(b for b in "ACGT" if b not in ref)
    text = vcf_text(
        record(pos, ref[0], f"<DEL>,{other},*", cells("2|1", "2|3", "3|1")),
        record(pos, ref[0], f"{other}N", cells("1|1")),
        record(pos, ref[0], f"{ref[0]}[chr1:9[", cells("1|1")),
        record(pos, ref[0], other, cells("1|0", "1|0")),
        record(pos + 1, ref[1], other, cells(".|1", "./.", "1|.")),
        record(pos + 2, ref[2], other, [*["1|1"] * 3, *[".|."] * 21]),
        record(pos + 3, ref[3], other, cells()),
    )
    made = make(kind(tmp_path, bgzipped(tmp_path / "odd.vcf.gz", text), database=0.5))
    v = [made.sites[i] for i in range(len(made.sites))]
    assert [(x.pos, x.alt) for x in v] == [(pos, other), (pos + 1, other)]
    assert (made.counts() + made.ac.sum(1)).tolist() == [2, 2]
    assert made.notes == (
        "background: alleles left out: 1: * (a deletion written elsewhere)",
        "background: alleles left out: 1: in records with more than 10% missing",
        "background: alleles left out: 1: not of ACGT",
        "background: alleles left out: 2: symbolic or breakend",
        "background: missing alleles, read as REF: 4",
        "background: records left out that repeat an allele with the same genotypes: 1",
    )


def test_records_that_disagree_are_left_out(tmp_path: Path) -> None:
    """Of an allele with two records, one of them padded, that do not name the same carriers, nothing is known."""
    pos, ref = place()
    other = next(b for b in "ACGT" if b not in ref)
    text = vcf_text(
        record(pos, ref[0], other, cells("0|1", "1|0")),
        record(pos, ref[:2], other + ref[1], cells("0|1", "0|1")),
        record(pos + 2, ref[2], other, cells("0|1")),
    )
    made = make(kind(tmp_path, bgzipped(tmp_path / "odd.vcf.gz", text), database=0.5))
    assert [made.sites[i].pos for i in range(len(made.sites))] == [pos + 2]
    said = f"in records of one allele that disagree on who carries it, the first chr1:{pos + 1} {ref[0]}>{other}"
    assert made.notes == (f"background: alleles left out: 2: {said}",)


def test_alleles_are_trimmed_parted_and_left_aligned(tmp_path: Path) -> None:
    """One record with a substitution and two deletions, padded: three sites of their own."""
    pos, ref = place(4)
    other = next(b for b in "ACGT" if b != ref[1])
    alts = f"{ref[0]}{other}{ref[2:]},{ref[0]}{ref[2:]},{ref[:2]}{ref[3]}"
    made = make(kind(tmp_path, bgzipped(tmp_path / "a.vcf.gz", vcf_text(record(pos, ref, alts, cells("1|2", "3|0"))))))
    got = [(v.pos - pos, v.ref, v.alt) for v in (made.sites[i] for i in range(len(made.sites)))]
    assert got == [(0, ref[:2], ref[0]), (1, ref[1], other), (1, ref[1:3], ref[1])]


def test_hostile_files(tmp_path: Path) -> None:
    """Alleles of 100,000 bases, all carry, few people: what can be kept is, the rest is counted or refused."""
    pos, ref = place()
    other = next(b for b in "ACGT" if b not in ref)
    long = ref[0] + "ACGT" * 25_000
    text = vcf_text(
        record(pos, ref[0], long, cells("1|1", "0|1")),
        record(pos + 1, ref[1], other, ["1|1"] * 24),
        record(pos + 2, "A" * 100_001, "A", cells("0|1")),
    )
    broken = text.replace("\t" + "A" * 100_001 + "\t", "\t" + inputs().genome.fetch(0, pos + 2, pos + 100_003) + "\t")
    path = bgzipped(tmp_path / "long.vcf.gz", broken)
    made = make(kind(tmp_path, path, database=0.5))
    assert [len(made.sites[i].alt) for i in range(2)] == [100_001, 1]
    assert made.ac[1].tolist() == made.an.tolist()
    assert "where the FASTA has N or no bases are held" in " ".join(made.notes)
    with pytest.raises(InputError, match=r"^background.database: 0.4 of 1 people leaves the cohort or the database"):
        make(kind(tmp_path, path, ancestry={"NORTH": 1}))


def test_children_are_left_out_and_people_chosen_by_ancestry(tmp_path: Path) -> None:
    path = tmp_path / "samples.tsv"
    rows = ["sample\tpop\tfather\tmother", "A\tN\t0\t0", "B\tN\t0\t0", "C\tN\tA\tB", "D\tN\tX\t0", "E\tS\t0\t0"]
    path.write_text("\n".join(rows) + "\n")
    table = read(path, "pop")
    assert table.name == ("A", "B", "D", "E")
    assert (table.children, table.male) == (1, None)
    who, taken = chosen(table, {"N": 2}, 0.5, 3)
    assert who.names == ("N",)
    assert len(set(taken.tolist())) == 2
    assert who.database.sum() == 1
    assert len({tuple(chosen(table, {"N": 2}, 0.5, seed)[1].tolist()) for seed in range(20)}) == 3
    with pytest.raises(
        InputError, match=r"ancestry\.N: 4 people, but the table has 3 \(children of others are left out"
    ):
        chosen(table, {"N": 4}, 0.5, 3)
    with pytest.raises(
        InputError, match=r"^background\.ancestry\.EUR: no person of the table has this ancestry; known: "
    ):
        chosen(table, {"EUR": 1}, 0.5, 3)


def test_the_cache_follows_the_contents(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    path.write_text(people().text())
    given = kind(tmp_path, path)
    before = panel.digest(given, inputs())
    path.write_text(people().text().replace("0|1", "0|0", 1))
    assert panel.digest(given, inputs()) != before


@pytest.mark.parametrize("seed", range(3))
def test_genotype_columns_equal_the_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(60):
        size = int(rng.integers(1, 9))
        made = []
        for _ in range(size):
            count = int(rng.choice([1, 2, 2, 2, 2, 3]))
            text = "".join(
                ("|/"[int(rng.random() < 0.2)] if i else "") + str(rng.choice([".", "0", "1", "2", "11", "305"]))
                for i in range(count)
            )
            made.append(text + str(rng.choice(["", ":7,3:.", ":"])) if rng.random() < 0.9 else "|" + text)
        line = b"chr1\t1\t.\tA\tC\t.\t.\t.\tGT\t" + "\t".join(made).encode() + b"\n" * int(rng.random() < 0.8)
        people_ = size + int(rng.integers(-1, 2))
        got = read_genotypes(np.frombuffer(line, np.uint8), 22, people_)
        want = naive.read_genotypes(line, 22, people_)
        for a, b in zip(got, want, strict=True):
            assert np.array_equal(a, b), (line, got, want)
