"""The comparison of populations with published figures: what it counts, on a panel that is counted by hand."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from raresim import maps
from raresim import targets as make_targets
from raresim.audit.population import figures, homozygosity, kgp, likeness, report
from raresim.audit.population.kgp import Genotypes
from raresim.audit.population.measure import BINS, Measured, hudson, transitions, truncating
from raresim.audit.population.panels import ANCESTRIES, Panels
from raresim.background import Coalescent, Inputs
from raresim.consequence import BIT
from raresim.thinning import LOSS, retention
from tests.builders import random_genome

PEOPLE = 20


@cache
def measured() -> Measured:
    genome = random_genome(2, 150)
    inputs = Inputs(3, genome, make_targets.make(genome), maps.load(genome))
    panel = Coalescent(ancestry=dict.fromkeys(ANCESTRIES, PEOPLE)).make(inputs, 1, lambda share: None)
    return Measured.of(panel, genome, inputs.targets)


def test_counts_are_those_of_cohort_and_database() -> None:
    made = measured()
    panel = made.panel
    assert made.people.tolist() == [PEOPLE] * 6
    for site in range(0, len(panel.sites), 7):
        own = np.bincount(panel.ancestry[panel.carriers(site) // 2], minlength=6)
        assert made.counts[site].tolist() == (panel.ac[site] + own).tolist()
    assert (made.counts.sum(1) > 0).all()
    kinds = made.kinds
    assert not (kinds["syn"] & kinds["mis"]).any()
    assert (kinds["stop"] <= kinds["lof"]).all()


def test_spectrum_and_rare_sites() -> None:
    made = measured()
    every = np.ones(len(made.panel.sites), np.bool_)
    minor = made.minor(1)
    share = made.spectrum(1, every)
    assert len(share) == len(BINS)
    assert share.sum() == pytest.approx(1)
    assert share[0] == pytest.approx((minor == 1).sum() / (minor > 0).sum())
    nobody = np.zeros(len(every))
    assert made.rare(1, every, nobody) == pytest.approx((minor > 0).sum() / made.coding * 1000)
    assert made.rare(1, every, nobody + 0.4) == 0
    mixed = made.mixed({"AFR": 1.0, "EUR": 3.0})
    assert mixed == pytest.approx((made.counts[:, 0] + 3 * made.counts[:, 3]) / (4 * 2 * PEOPLE))


def test_fst_and_heterozygosity_by_pairs_of_haplotypes() -> None:
    """Hudson's estimator: 1 - differences within over differences between, counted pair by pair."""
    rng = np.random.default_rng(1)
    haplotypes = rng.random((300, 20)) < rng.random((300, 1))
    counts = np.stack([haplotypes[:, :8].sum(1), haplotypes[:, 8:].sum(1)], 1)
    different = [
        np.mean([(haplotypes[:, i] != haplotypes[:, j]).sum() for i in a for j in b if i != j])
        for a, b in ((range(8), range(8)), (range(8, 20), range(8, 20)), (range(8), range(8, 20)))
    ]
    want = 1 - (different[0] + different[1]) / 2 / different[2]
    assert hudson(counts, np.array([8, 12]), 0, 1) == pytest.approx(want)


def test_persons_and_novel_alleles() -> None:
    made = measured()
    panel = made.panel
    for group in range(6):
        people = made.persons(group)
        assert len(people) == (panel.ancestry == group).sum()
        copies = sum(len(one) + 2 * len(both) for one, both in people) / len(people)
        assert made.copies(group, np.ones(len(panel.sites), np.bool_)) == pytest.approx(copies)
        absent = panel.ac.sum(1) == 0
        new = sum(absent[one].sum() + 2 * absent[both].sum() for one, both in people) / len(people)
        assert made.novel(group, np.ones(len(panel.sites), np.bool_)) == pytest.approx(new)
    pairs = [(panel.sites[i].ref, panel.sites[i].alt) for i in np.flatnonzero(made.snv)]
    found = sum(pair in (("A", "G"), ("G", "A"), ("C", "T"), ("T", "C")) for pair in pairs)
    assert transitions(panel.sites, made.snv) == (found, len(pairs) - found)


def test_sites_of_a_person_of_two_ancestries() -> None:
    made = measured()
    kind = made.kinds["mis"]
    for group in (0, 3):
        people = made.persons(group)
        assert made.sites(kind, group, group) == pytest.approx(
            np.mean([kind[one].sum() + kind[both].sum() for one, both in people])
        )
    carried = np.zeros((made.panel.people * 2, len(kind)), np.bool_)
    carried[made.panel.carried()] = True
    a, b = (np.flatnonzero(made.panel.ancestry == group) for group in (0, 3))
    assert made.sites(kind, 0, 3) == pytest.approx((carried[2 * a] | carried[2 * b + 1])[:, kind].sum(1).mean())


def test_alleles_of_a_person_by_the_spectrum() -> None:
    made = measured()
    kind = made.kinds["syn"]
    minor = made.minor(0)[kind]
    edges = [1, 2, 3, 6, 11, 21]
    want = minor[(minor > 0) & (minor < 21)].sum() / PEOPLE  # 20 people: all frequencies are above 1%, bins by count
    shares = made.spectrum(0, kind)
    given, own = made.alleles(0, kind, shares.tolist())
    assert own * (minor > 0).sum() == pytest.approx(want + minor[(minor >= edges[-1]) & (minor < 23)].sum() / PEOPLE)
    assert given == pytest.approx(own)
    assert made.alleles(0, kind, [1, *[0] * 7])[0] == pytest.approx(1 / PEOPLE)


def test_genotypes_of_a_part_of_the_cohort() -> None:
    made = measured()
    panel = made.panel
    whole, some = kgp.cohort(made), kgp.cohort(made, made.kinds["syn"], 3)
    assert whole.copies.shape == (made.snv.sum(), panel.people)
    assert np.bincount(some.group).tolist() == [3] * 6
    syn = np.flatnonzero(made.kinds["syn"])
    first = np.sort(np.concatenate([np.flatnonzero(panel.ancestry == i)[:3] for i in range(6)]))
    for row in range(0, len(syn), 5):
        want = np.bincount(panel.carriers(int(syn[row])) // 2, minlength=panel.people)[first]
        assert some.copies[row].tolist() == want.tolist()
    assert some.copies.tolist() == whole.copies[made.kinds["syn"][made.snv]][:, first].tolist()


def test_runs_of_homozygosity_lie_between_heterozygous_sites() -> None:
    place = np.array([1e6, 2e6, 4e6, 9e6])
    het = np.array([[1, 0], [1, 0], [1, 0], [1, 0]], np.bool_)
    mean, error = homozygosity.runs(place, het, 10e6)
    assert mean == pytest.approx((0.7 + 1.0) / 2)  # 2 and 5 of 10 Mb; all of it
    assert error == pytest.approx(0.15 / np.sqrt(2))


def test_largest_frequency_over_the_ancestries() -> None:
    made = measured()
    share = made.counts / (2 * PEOPLE)
    assert made.popmax().tolist() == share.max(1).tolist()


def test_counting_the_person_does_not_move_the_limit_of_a_flat_density() -> None:
    """Alleles of a person of any frequency alike: as many as the limit are up to it, in a small database too."""
    rng = np.random.default_rng(5)
    true = rng.random(2_000_000) * 0.01
    others = rng.binomial(3999, true)
    assert ((others + 1) / 4000 <= 0.001).mean() == pytest.approx(0.1, rel=0.01)  # standard error .2%
    assert (rng.binomial(2000, true) / 2000 <= 0.001).mean() == pytest.approx(0.15, rel=0.01)  # without the person


def test_expected_loss_of_function_is_the_mean_chance_where_a_site_is_most_frequent() -> None:
    made = measured()
    every = np.ones(len(made.panel.sites), np.bool_)
    chance = [
        retention(ANCESTRIES[int(np.argmax(row))], 2 * PEOPLE)[LOSS, row.max()]
        for row, syn in zip(made.counts, made.kinds["syn"], strict=True)
        if syn and row[3]
    ]
    assert report.expected(made, 3, every) == pytest.approx(np.mean(chance))
    rare = made.counts.max(1) == 1
    assert report.expected(made, 3, rare) > report.expected(made, 3, every)


def test_a_lost_start_truncates_nothing() -> None:
    terms = np.array([BIT["start_lost"], BIT["stop_gained"], BIT["splice_donor_variant"], BIT["missense_variant"]])
    assert truncating(terms.astype(np.uint32)).tolist() == [False, True, True, False]
    both = np.array([BIT["start_lost"] | BIT["frameshift_variant"]], np.uint32)
    assert truncating(both).all()


def test_the_page_has_every_table() -> None:
    rates = {"syn": 4e-9, "mis": 9e-9, "lof": 5e-10, "stop": 4e-10}
    text = report.page(Panels(measured(), {}, measured(), rates, (1.0, 1.0), 5, {}), None, None, "command", 7)
    assert [line for line in text.splitlines() if line.startswith("### ")] == [
        "### Rare sites, joint panel",
        "### Sites kept by selection, joint panel",
        "### A person",
        "### Rare alleles of a person",
        "### Mutation",
        "### Structure",
    ]
    assert text.count("Hudson's Fst") == len(figures.FST)


def test_the_committed_page_is_within_bounds() -> None:
    """Of docs/realism.md: Fst within .012 or 27%, rare sites and singletons within 15%, Ti/Tv within 8%
    (sampling error 3%), truncating sites within 10%, and within 15% of AFR without European ancestors."""
    text = (Path(__file__).parent.parent / "docs" / "realism.md").read_text().split("### The same")[0]
    rows = re.findall(r"^\| (.*?) \| ([\w-]+) \| ([\d.,e+-]+) \| ([\d.,e+-]+) \| ([\d.]+) \|$", text, re.MULTILINE)
    assert len(rows) > 70
    for what, who, target, ours, ratio in rows:
        want, made = (float(value.replace(",", "")) for value in (target, ours))
        assert float(ratio) == pytest.approx(made / want, abs=0.02)
        if what == "Hudson's Fst":
            assert abs(made - want) < max(0.012, 0.27 * want), who
        elif "AF <= 0.1%" in what or what.endswith("allele count 1"):
            assert float(ratio) == pytest.approx(1, abs=0.15), (what, who)
        elif what.startswith("transitions") and "stop" not in what:
            assert made == pytest.approx(want, rel=0.08)
        elif what.startswith("truncating sites"):
            assert float(ratio) == pytest.approx(1, abs=0.15 if who == "AFR" and "European" not in what else 0.1), who


def drawn(seed: int, shift: float = 0.0) -> Genotypes:
    """Genotypes of 30 people of each group at 600 sites of 20 genes; ``shift`` is added to the frequencies."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(kgp.GROUPS)), 30)
    base = rng.uniform(0.05, 0.5, 600)
    share = np.clip(base[:, None] + rng.normal(0, 0.15, (600, len(kgp.GROUPS))) + shift, 0.02, 0.98)
    copies = rng.binomial(2, share[:, group]).astype(np.int8)
    position = np.repeat(np.arange(20) * 1_000_000, 30) + np.tile(np.arange(30) * 90, 20)
    return kgp.Genotypes(copies, group, np.zeros(600, np.int64), position, np.full(600, 256 * ord("C") + ord("T")))


def test_sites_of_one_law_are_not_told_apart_and_others_are() -> None:
    def judged(other: Genotypes) -> likeness.Likeness:
        counts, people = np.ones((1, 6), np.int64), np.full(6, 60)
        return likeness.judge(kgp.Compared(counts, counts, drawn(1), other, people, 1, 20), likeness.decay(other), 1)

    same, other = judged(drawn(2)), judged(drawn(3, shift=0.2))
    assert 0.4 < same.auc < 0.6  # standard error .017 of an area of 600 and 600
    assert other.auc > 0.7
    assert len(same.telling) == 10
    assert {name for name, _ in other.telling[:8]} & {"frequency", "frequency in EUR"}
    assert same.placed[0] > 0.9  # spread of .15 at 600 sites parts six groups
    assert all(pair[2] == pytest.approx(1 / 30, abs=0.02) for pair in same.linkage[:2])  # no linkage: 1 / people


def test_as_many_people_of_each_group_are_compared() -> None:
    group = np.array([0, 1, 0, 1, 0, 1, 1, 1])
    rows = kgp._as_many(group, np.array([2, 3]))
    assert np.bincount(group[rows]).tolist() == [2, 3]
    assert len(set(rows.tolist())) == 5
