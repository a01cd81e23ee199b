"""Mutation rates: the table, what it says of a genome, and single draws."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from raresim.compile import rates as compiler
from raresim.genome import Genome, Targets
from raresim.mutation import CODE, Rates, contexts, flat, indel_allele, indels, load
from raresim.normalise import normalise
from raresim.sites import Variant
from tests.builders import random_genome, tiny_genome


def context(text: str) -> int:
    left, base, right = (int(CODE[ord(letter)]) for letter in text)
    return 25 * left + 5 * base + right


def test_table_is_what_the_compiler_makes(shared: Path) -> None:
    table = load()
    for kind, old, new, value in compiler.rows(shared / "targets" / "mutation_rate_3mer_1kg.txt"):
        if kind == "snv":
            assert table.snv[context(old), "ACGT".index(new)] == pytest.approx(value, rel=1e-5)


def test_cpg_transitions_are_halved_and_both_strands_agree(shared: Path) -> None:
    raw = {}
    for line in (shared / "targets" / "mutation_rate_3mer_1kg.txt").read_text().splitlines()[1:]:
        old, new, rate = line.split()
        raw[old, new[1]] = float(rate)
    table = load().snv
    assert table[context("ACG"), 3] == pytest.approx(raw["ACG", "T"] / 2, rel=1e-5)
    assert table[context("CGT"), 0] == pytest.approx(raw["CGT", "A"] / 2, rel=1e-5)
    assert table[context("ACA"), 3] == pytest.approx(raw["ACA", "T"], rel=1e-5)
    pair = dict(zip("ACGT", "TGCA", strict=True))
    for left, base, right, to in product("ACGT", repeat=4):
        if base != to:
            mirror = context(pair[right] + pair[base] + pair[left])
            assert table[context(left + base + right), "ACGT".index(to)] == pytest.approx(
                table[mirror, "ACGT".index(pair[to])], rel=0.2
            )


def test_indels_keep_the_documented_shares() -> None:
    table = load()
    assert table.length.sum(1) == pytest.approx([1, 1], rel=1e-4)
    assert table.length[0, :5] == pytest.approx([0, 0.526, 0.145, 0.088, 0.067], abs=0.001)
    assert table.length[1, ::3].sum() == pytest.approx(0.177, abs=0.001)
    assert table.indel[0] == pytest.approx(1.5e-9)
    assert table.indel[1] < table.indel[0] / 2


def test_rates_of_an_interval_follow_the_bases() -> None:
    genome = tiny_genome()
    rates = Rates(genome)
    start, end = int(genome.seg_start[0]) - 5, int(genome.seg_start[0]) + 300
    got, text = rates.snv(genome, 0, start, end), genome.fetch(0, start - 1, end + 1)
    deletion, insertion = rates.indel(genome, 0, start, end)
    for i in range(end - start):
        around, base = text[i : i + 3], text[i + 1]
        if "N" in around:
            assert not got[i].any()
            assert deletion[i] == insertion[i] == 0
        else:
            assert got[i]["ACGT".index(base)] == 0
            assert (got[i] > 0).sum() == 3
            assert deletion[i] > insertion[i] > 0


def test_total_is_the_sum_over_the_targets() -> None:
    genome = random_genome(3)
    rates = Rates(genome)
    genes = genome.genes
    keep = genes.contig[np.repeat(np.arange(len(genes)), np.diff(genes.exon_off))] == 0
    start, end = genes.exon_start[keep][:12].copy(), genes.exon_end[keep][:12].copy()
    order = np.argsort(start)
    start, end = start[order], end[order]
    targets = Targets(np.zeros(len(start), np.int16), start, end)
    whole = sum(
        rates.snv(genome, 0, a, b).sum() + sum(r.sum() for r in rates.indel(genome, 0, a, b))
        for a, b in zip(start.tolist(), end.tolist(), strict=True)
    )
    assert rates.total(genome, targets) == pytest.approx(whole, rel=1e-9)


def test_flat_equals_fetch_across_segments() -> None:
    genome = random_genome(4)
    start = genome.seg_start[:6].astype(np.int64) - np.array([0, 3, 40, -1, 10, 2])
    end = genome.seg_end[:6].astype(np.int64) + np.array([3, 0, -20, 40, -1, 0])
    where, found = flat(genome, 0, start, end)
    text = [genome.fetch(0, a - 1, b + 1) for a, b in zip(start.tolist(), end.tolist(), strict=True)]
    assert found.tolist() == np.concatenate([contexts(np.frombuffer(t.encode(), np.uint8)) for t in text]).tolist()
    assert where.tolist() == [p for a, b in zip(start.tolist(), end.tolist(), strict=True) for p in range(a, b)]


def test_draws_are_normal_forms_in_proportion() -> None:
    """3,000 draws from one exon: every allele is normal, indels are as frequent as their rates, CpG too."""
    genome = tiny_genome()
    rates, rng = Rates(genome), np.random.default_rng(8)
    start, end = np.array([1000]), np.array([1120])
    drawn = [rates.draw(genome, 0, start, end, rng) for _ in range(3000)]
    for variant in drawn:
        assert normalise(genome, variant) == variant
    snv = rates.snv(genome, 0, 1000, 1120)
    indel = sum(r.sum() for r in rates.indel(genome, 0, 1000, 1120))
    share = sum(len(v.ref) != len(v.alt) for v in drawn) / 3000
    expected = indel / (indel + snv.sum())
    assert abs(share - expected) < 4 * (expected * (1 - expected) / 3000) ** 0.5
    hottest = int(snv.sum(1).argmax())
    expected = snv[hottest].sum() / (indel + snv.sum())
    share = sum(v.pos == 1000 + hottest and len(v.ref) == len(v.alt) for v in drawn) / 3000
    assert abs(share - expected) < 4 * (expected * (1 - expected) / 3000) ** 0.5


def test_no_base_to_mutate_is_an_error() -> None:
    genome = tiny_genome()
    with pytest.raises(ValueError, match="can mutate"):
        Rates(genome).draw(genome, 0, np.array([10]), np.array([20]), np.random.default_rng(1))


def test_indel_alleles_are_normal_forms() -> None:
    genome = random_genome(6)
    made = 0
    for pos in range(int(genome.seg_start[0]), int(genome.seg_end[0])):
        for size in (-7, -3, -1, 1, 2, 12):
            variant = indel_allele(genome, 0, pos, size)
            if variant is not None:
                assert normalise(genome, variant) == variant
                assert len(variant.alt) - len(variant.ref) == size
                made += 1
    assert made > 1000


def naive_indel(genome: Genome, pos: int, size: int) -> Variant | None:
    """One indel of the first contig, base by base."""
    window = genome.fetch(0, pos, pos + abs(size) + 1)
    while "N" not in window and window[0] == window[-1]:
        pos -= 1
        window = genome.fetch(0, pos, pos + 1) + window[:-1]
    if "N" in window:
        return None
    return Variant(0, pos, window, window[0]) if size < 0 else Variant(0, pos, window[0], window)


def test_indels_at_once_are_those_one_by_one() -> None:
    genome, rng = random_genome(6), np.random.default_rng(1)
    pos = rng.integers(-2, genome.contigs[0].length + 2, 4000)
    pos[:2000] = rng.integers(genome.seg_start[0] - 8, genome.seg_end[0] + 8, 2000)
    size = rng.choice([-30, -9, -2, -1, 1, 2, 3, 30], 4000)
    expected = [naive_indel(genome, *one) for one in zip(pos.tolist(), size.tolist(), strict=True)]
    found, rows = indels(genome, np.zeros(4000, np.int16), pos, size)
    assert [found[i] for i in range(len(found))] == [one for one in expected if one]
    assert rows.tolist() == [row for row, one in enumerate(expected) if one]
    assert 500 < len(rows) < 3500
    assert len(indels(genome, np.zeros(0, np.int16), np.zeros(0, np.int64), np.zeros(0, np.int64))[0]) == 0


def test_letters_are_what_is_fetched() -> None:
    genome = random_genome(6)
    for contig, row in enumerate(genome.contigs):
        pos = np.arange(-3, min(row.length + 3, 50_000))
        text = genome.letters(np.full(len(pos), contig), pos).tobytes().decode()
        assert text == genome.fetch(contig, -3, len(pos) - 3)
