"""Backgrounds anchored to a population database: what moves where, how rare it is there, and files that are refused."""

from __future__ import annotations

import dataclasses
import gzip
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from raresim import maps, panel
from raresim import targets as make_targets
from raresim.background import Anchored, Coalescent, Inputs, _database, _rarity
from raresim.background._anchor import SPARSE, STRATA, Moves, anchored, copies, groups
from raresim.consequence import effects, worst
from raresim.errors import InputError
from raresim.kernels.anchor import nearest
from raresim.panel import Panel
from raresim.sites import Sites
from raresim.thinning import LOSS
from tests.builders import random_genome
from tests.naive import anchor as naive

GNOMAD = {"AFR": "afr", "EUR": "nfe"}
PEOPLE = {"AFR": 40, "EUR": 60}
REACH = 20_000


@cache
def inputs(seed: int = 3) -> Inputs:
    genome = random_genome(2, 150)
    return Inputs(seed, genome, make_targets.make(genome), maps.load(genome))


def lines(real: Panel, names: dict[str, str]) -> list[str]:
    """The database part of a panel as the lines of a sites VCF with gnomAD's field names."""
    genome = inputs().genome
    out = ["##fileformat=VCFv4.2"]
    out += [f"##contig=<ID={c.name},length={c.length}>" for c in genome.contigs]
    for suffix in ("", *(f"_{names[a]}" for a in real.ancestries)):
        out += [f'##INFO=<ID={x}{suffix},Number=A,Type=Integer,Description="count">' for x in ("AC", "AN")]
    out.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    for i in np.flatnonzero(real.ac.sum(1)).tolist():
        v, ac = real.sites[i], real.ac[i]
        info = [f"AC={ac.sum()};AN={real.an.sum()}"]
        info += [f"AC_{names[a]}={n};AN_{names[a]}={m}" for a, n, m in zip(real.ancestries, ac, real.an, strict=True)]
        place = f"{genome.contigs[v.contig].name}\t{v.pos + 1}\t.\t{v.ref}\t{v.alt}"
        out.append(f"{place}\t.\tPASS\t{';'.join(info)}")
    return out


@cache
def database() -> str:
    """People of another seed, who stand for the real ones."""
    kind = Coalescent(ancestry={"AFR": 300, "EUR": 900}, database=0.9)
    return "\n".join(lines(kind.make(inputs(7), 1, lambda share: None), GNOMAD)) + "\n"


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    path = tmp_path / "sites.vcf"
    path.write_text(database())
    return path


def moved(sites: Path) -> tuple[Panel, Panel, Moves]:
    base = Coalescent(ancestry=PEOPLE).make(inputs(), 1, lambda share: None)
    names = _database.fields(sites, base.ancestries, {})
    known = _database.contigs(sites, inputs().genome, inputs().targets, names)
    return base, *anchored(base, inputs().genome, known, REACH, 3)


def listed(sites: Path) -> set[tuple[str, ...]]:
    return {
        tuple(line.split("\t")[i] for i in (0, 1, 3, 4)) for line in sites.read_text().splitlines() if line[0] != "#"
    }


def keys(of: Sites) -> list[tuple[str, ...]]:
    genome = inputs().genome
    return [(genome.contigs[v.contig].name, str(v.pos + 1), v.ref, v.alt) for v in (of[i] for i in range(len(of)))]


@pytest.mark.parametrize("seed", range(20))
def test_kernel_equals_its_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    known, position = np.sort(rng.integers(0, 300, 60)), rng.integers(0, 300, 80)
    angle, theirs = rng.random((80, 2)), rng.random((60, 2))
    free = rng.random(60) < 0.8
    other = free.tolist()
    assert nearest(position, angle, known, theirs, free, 40, 3).tolist() == naive.nearest(
        position.tolist(), angle.tolist(), known.tolist(), theirs.tolist(), other, 40, 3
    )
    assert free.tolist() == other


def test_sites_move_no_farther_than_they_may_and_keep_class_and_carriers(sites: Path) -> None:
    base, made, moves = moved(sites)
    group = groups(base.sites, base.terms)
    assert moves.moved.sum() > 300
    sparse = (group % 2 == 1) | (group // 2 == LOSS)
    assert (moves.distance[~sparse] <= REACH).all()
    assert moves.distance.max() <= SPARSE * REACH
    assert (moves.distance[~moves.moved] == 0).all()
    # the carriers go along: below 1% a site has those of before, and no more sites have them
    before, after = copies(base)[0], copies(made)[0]
    rare = (copies(base)[0] / copies(base)[1]).max(1) < STRATA[1]
    many = (copies(made)[0] / copies(made)[1]).max(1) < STRATA[1]
    assert after[many].sum() <= 1.1 * before[rare].sum()
    there = {tuple(column) for column in before.tolist()}
    assert all(tuple(column) in there for column in after.tolist())
    terms, gene = worst(effects(inputs().genome, made.sites), len(made.sites))
    assert np.array_equal(terms, made.terms)
    assert np.array_equal(gene, made.gene)


def test_the_panel_is_whole(sites: Path) -> None:
    _, made, moves = moved(sites)
    rows = keys(made.sites)
    assert len(set(rows)) == len(rows)
    assert made.sites.order().tolist() == list(range(len(rows)))
    for h in range(2 * made.people):
        mine = made.own.rows(h, 0, len(made.sites))
        assert (np.diff(mine) > 0).all()
    assert made.hap_off[-1] == len(made.hap_site)
    there = listed(sites)
    known = np.array([row in there for row in rows])
    autosome = np.array([inputs().genome.contigs[c].kind < 2 for c in made.sites.contig])
    assert known[autosome].sum() >= 0.98 * moves.moved.sum()
    carried = made.counts() > 0
    assert (carried | (made.ac.sum(1) > 0)).all()
    assert made.pathogenic.dtype == np.bool_
    assert len(made.pathogenic) == len(rows)


def test_the_ancestry_that_has_a_site_has_it_in_the_database(sites: Path) -> None:
    _, made, _ = moved(sites)
    count, size = copies(made)
    rows = {
        tuple(line.split("\t")[i] for i in (0, 1, 3, 4)): line for line in database().splitlines() if line[0] != "#"
    }
    checked = 0
    for i, key in enumerate(keys(made.sites)):
        info = dict(item.split("=") for item in rows[key].split("\t")[7].split(";")) if key in rows else {}
        if info and inputs().genome.contigs[made.sites.contig[i]].kind < 2:
            theirs = [int(info[f"AC_{g}"]) / int(info[f"AN_{g}"]) for g in ("afr", "nfe")]
            assert np.argmax(theirs) == np.argmax(count[i] / size[i])
            checked += 1
    assert checked > 300


def known_share(of: Sites) -> np.ndarray:
    """The frequency in Europe that the database has for these alleles, 0 for those that it has not."""
    there = {}
    for cells in (line.split("\t") for line in database().splitlines() if line[0] != "#"):
        info = dict(item.split("=") for item in cells[7].split(";"))
        there[tuple(cells[i] for i in (0, 1, 3, 4))] = int(info["AC_nfe"]) / int(info["AN_nfe"])
    return np.array([there.get(key, 0.0) for key in keys(of)])


def test_every_common_allele_of_the_database_is_carried_whatever_its_class(sites: Path) -> None:
    """Those of loss of function among them; a few lie in bases that a more frequent deletion removes."""
    _, made, _ = moved(sites)
    names = _database.fields(sites, made.ancestries, {})
    have = set(keys(made.sites))
    common = 0
    for contig, known in _database.contigs(sites, inputs().genome, inputs().targets, names):
        if contig in made.sites.contig and inputs().genome.contigs[contig].kind < 2:
            # clearly common: the bins of the counts have an edge near 1%, not at it
            rows = np.flatnonzero((known.count / known.haplotypes).max(1) > 1.3 * STRATA[1])
            single = (known.sites.ref_len == 1) | (known.sites.alt_len == 1)
            lost = [key for key in keys(known.sites.take(rows[single[rows]])) if key not in have]
            assert len(lost) <= 0.02 * len(rows) + 1
            common += len(rows)
    assert common > 100


def test_a_common_allele_is_as_frequent_as_in_the_database(sites: Path) -> None:
    _, made, _ = moved(sites)
    theirs = known_share(made.sites)
    count, size = copies(made)
    mine = count[:, 1] / size[:, 1]
    common = theirs > 0.05
    assert common.sum() > 50
    # 0 where carriers are drawn at random, with a standard error of .09; .58 here
    assert np.corrcoef(mine[common], theirs[common])[0, 1] > 0.4


def test_same_seed_same_panel_and_another_file_another_panel(
    sites: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RARESIM_CACHE", str(tmp_path))
    kind = Anchored(sites=sites, ancestry=PEOPLE, reach=REACH)
    first = panel.cached(kind, inputs())
    again = kind.make(inputs(), 2, lambda share: None)
    for name, column in panel._columns(first).items():
        if name != "text":
            assert np.array_equal(column, panel._columns(again)[name]), name
    packed = tmp_path / "sites.vcf.gz"
    packed.write_bytes(gzip.compress(sites.read_bytes()))
    same = Anchored(sites=packed, ancestry=PEOPLE, reach=REACH).make(inputs(), 1, lambda share: None)
    assert np.array_equal(same.sites.pos, first.sites.pos)
    before = panel.digest(kind, inputs())
    text = sites.read_text().splitlines()
    sites.write_text("\n".join(text[:-1]) + "\n")
    assert panel.digest(kind, inputs()) != before


def two_samples(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Copies in a database of 20,000 haplotypes and in a panel of 400, whose number falls as the law says."""
    rng = np.random.default_rng(seed)
    m = np.arange(1, 2001)
    both = rng.choice(m, 400_000, p=m**-_rarity.SLOPE / (m**-_rarity.SLOPE).sum())
    mine = rng.hypergeometric(both, 20_400 - both, 400)
    return both - mine, mine


def test_private_sites_are_absent_as_often_as_the_law_says() -> None:
    count, mine = two_samples(5)
    pool = count[count > 0]
    law = _rarity.law(mine[mine > 0], 400, pool, pool, 20_000)
    for k in (1, 2, 3):
        of = mine == k
        at = np.searchsorted(law.copies, k)
        error = 4 * np.sqrt(law.absent[at] * (1 - law.absent[at]) / of.sum())
        assert abs((count[of] == 0).mean() - law.absent[at]) < error
        seen = count[of & (count > 0)]  # and how rare those are there that it has
        for limit in (2, 10, 100):
            below = np.append(0, law.bins[at])[np.searchsorted(law.edges, limit)]
            assert abs((seen < limit).mean() - below) < 4 * np.sqrt(0.25 / len(seen))


def test_a_database_without_its_singletons_leaves_more_absent() -> None:
    count, mine = two_samples(6)
    whole, cut = count[count > 0], count[count > 1]
    assert (_rarity.first_whole(whole), _rarity.first_whole(cut)) == (1, 2)
    full, less = (_rarity.law(np.array([1, 2, 5]), 400, c, c, 20_000).absent for c in (whole, cut))
    assert (less > full).all()
    share = (count[mine == 1] < 2).mean()
    assert abs(less[0] - share) < 4 * np.sqrt(share / (mine == 1).sum()) + 0.03 * share  # doubletons are few, too


def edit(text: str, change: Callable[[list[str]], list[str]]) -> str:
    return "\n".join(change(text.rstrip("\n").split("\n"))) + "\n"


def head(rows: list[str]) -> int:
    return next(i for i, row in enumerate(rows) if row.startswith("#CHROM")) + 1


def other_base(rows: list[str]) -> list[str]:
    single = (i for i in range(head(rows), len(rows)) if len(rows[i].split("\t")[3]) == 1)
    at = next(i for i in single if "AC_nfe=0" not in rows[i])  # a record that is read
    cells = rows[at].split("\t")
    cells[3] = next(base for base in "ACGT" if base not in (cells[3], cells[4]))
    return [*rows[:at], "\t".join(cells), *rows[at + 1 :]]


def refused(kind: Anchored) -> None:
    kind.outline(3)
    kind.make(inputs(), 1, lambda share: None)


MISTAKES = [
    (lambda rows: rows[1:], "no VCF"),
    (lambda rows: [r for r in rows if "##INFO" not in r], "declares no allele frequencies"),
    (lambda rows: [r.replace("length=", "length=1") if "##contig" in r else r for r in rows], "of the assembly"),
    (other_base, "has REF"),
    (lambda rows: rows[: head(rows)], "no record of it lies in the targets"),
    (lambda rows: [*rows[: head(rows)], *rows[: head(rows) - 1 : -1]], "not sorted by"),
    (lambda rows: [*rows[:-1], rows[-1].rpartition("\t")[0]], "truncated"),
    (lambda rows: [r for r in rows if not r.startswith("chrX\t")], "on chrX; narrow the targets"),
]


@pytest.mark.parametrize(("change", "words"), MISTAKES, ids=[words for _, words in MISTAKES])
def test_bad_files_are_one_line(
    sites: Path, change: Callable[[list[str]], list[str]], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RARESIM_CACHE", str(sites.parent))
    sites.write_text(edit(database(), change))
    kind = Anchored(sites=sites, ancestry={"EUR": 30})
    with pytest.raises(InputError) as error:
        refused(kind)
    (line,) = error.value.lines
    assert line.startswith("background.sites: ")
    assert words in line


def test_bad_settings_are_one_line(sites: Path, tmp_path: Path) -> None:
    for kind, start in (
        (Anchored(), "background.sites: name the sites VCF"),
        (Anchored(sites=tmp_path / "none.vcf"), "background.sites: "),
        (Anchored(sites=sites, fields={"EUR": "AF_nfee"}), "background.fields.EUR: 'AF_nfee': "),
        (Anchored(sites=sites, fields={"SAS": "AC"}), "background.fields.SAS: nobody"),
        (Anchored(sites=sites, ancestry={"EUR": 50, "SAS": 50}), "background.fields: "),
        (Anchored(sites=sites, ancestry={"XYZ": 50}, fields={"XYZ": "AC/AN"}), "background.ancestry"),
    ):
        with pytest.raises(InputError) as error:
            kind.outline(3)
        assert len(error.value.lines) == 1
        assert error.value.lines[0].startswith(start)
    cut = tmp_path / "cut.vcf.gz"
    subprocess.run([shutil.which("bgzip") or "bgzip", "-c", str(sites)], check=True, stdout=cut.open("wb"))
    cut.write_bytes(cut.read_bytes()[:-1000])
    with pytest.raises(InputError, match="truncated"):
        Anchored(sites=cut, ancestry={"EUR": 50}).outline(3)


def test_fields_have_the_usual_names(sites: Path, shared: Path, tmp_path: Path) -> None:
    gnomad = shared / "gnomad" / "gnomad_v4_exomes.grch38.vcf.gz"
    wanted = ("AC_afr/AN_afr", "AC_nfe/AN_nfe", "AC_sas/AN_sas")
    assert _database.fields(gnomad, ("AFR", "EUR", "SAS"), {}) == wanted
    assert _database.fields(sites, ("AFR", "EUR"), {"EUR": "AC/AN"}) == ("AC_afr/AN_afr", "AC/AN")
    plain = tmp_path / "plain.vcf"
    plain.write_text('##fileformat=VCFv4.2\n##INFO=<ID=AF,Number=A,Type=Float,Description="">\n#CHROM\n')
    assert _database.fields(plain, ("AFR", "EUR"), {}) == ("AF", "AF")
    plain.write_text('##fileformat=VCFv4.2\n##INFO=<ID=EUR_AF,Number=A,Type=Float,Description="">\n#CHROM\n')
    assert _database.fields(plain, ("EUR",), {}) == ("EUR_AF",)


def test_kind_is_made_of_plain_settings(sites: Path) -> None:
    kind = Anchored(sites=sites, ancestry={"EUR": 50})
    assert dataclasses.replace(kind, reach=5).reach == 5
    assert kind.outline(3).people == 25
