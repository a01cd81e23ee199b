"""Designed alleles against the rates they are drawn by: 15,000 draws or more, exact intervals at 1e-4."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.stats import chisquare

from raresim import design, mutation
from raresim.gene_facts import CLASSES
from raresim.sites import Sites
from raresim.variant import consequence
from tests import families
from tests.builders import tiny_genome
from tests.statistics.exact import share_fits

N = 20_000
GENOME = tiny_genome()
WORLD = families.world_of(GENOME, families.panel_of(GENOME, [], [[], []]), 20)


def rates(sites: Sites) -> np.ndarray:
    """The rate of each SNV by its context, a transition 1.04 times, from the table itself."""
    out = []
    for v in (sites[i] for i in range(len(sites))):
        left, middle, right = ("ACGT".index(b) for b in GENOME.fetch(v.contig, v.pos - 1, v.pos + 2))
        rate = mutation.load().snv[25 * left + 5 * middle + right, "ACGT".index(v.alt)]
        out.append(rate * (1.04 if {v.ref, v.alt} in ({"A", "G"}, {"C", "T"}) else 1.0))
    return np.array(out)


def test_snvs_are_drawn_by_rate() -> None:
    found = design.snvs(WORLD, 0)
    for name, n in (("missense", 100_000), ("stop_gained", N), ("splice_donor", N)):
        rows = np.flatnonzero(found.classes == CLASSES.index(name))
        rng = default_rng(1)
        drawn = [consequence.snv(found, name, rng) for _ in range(n)]
        where = {found.sites[int(r)]: i for i, r in enumerate(rows)}
        seen = np.bincount([where[v] for v in drawn if v is not None], minlength=len(rows))
        assert seen.sum() == n
        law = rates(found.sites.take(rows))
        law /= law.sum()
        order = np.argsort(law)
        _, bins = np.unique((np.cumsum(law[order]) * 30).astype(int), return_inverse=True)  # about equal masses
        assert chisquare(np.bincount(bins, seen[order]), n * np.bincount(bins, law[order])).pvalue > 1e-4


def test_classes_are_drawn_by_the_mix() -> None:
    mix = {"missense": 0.5, "frameshift": 0.2, "stop_gained": 0.3}
    rng = default_rng(2)
    first = [consequence.order(mix, rng) for _ in range(3 * N)]
    for name, share in mix.items():
        assert share_fits(sum(o[0] == name for o in first), 3 * N, share)
    assert {tuple(o) for o in first if o[0] == "frameshift"} == {("frameshift", "missense", "stop_gained")}


def test_lengths_of_indels() -> None:
    rng = default_rng(3)
    sizes = np.array([design.indel_size("frameshift", rng) for _ in range(N)])
    assert share_fits(int((sizes < 0).sum()), N, 2.7 / 3.7)
    law = design.indel_lengths()
    assert law[1:5] == pytest.approx([0.466, 0.157, 0.085, 0.109])
    whole = law[np.arange(len(law)) % 3 != 0].sum()
    for length in (1, 2, 4):
        assert share_fits(int((np.abs(sizes) == length).sum()), N, law[length] / whole)
    threes = np.abs([design.indel_size("inframe_deletion", rng) for _ in range(N)])
    assert share_fits(int((threes == 3).sum()), N, law[3] / law[::3].sum())


def test_indels_have_no_favourite_place() -> None:
    """Frameshifts of the first coding exon of gene 0 (60 bases of 161 where a truncation counts) come by its length,
    but for the few that alignment moves."""
    rng = default_rng(4)
    parts = GENOME.genes.cds(0)
    drawn = [v for v in (design.indel(WORLD, 0, "frameshift", rng) for _ in range(1500)) if v is not None]
    assert len(drawn) > 500
    first = sum(v.pos < parts[0][1] for v in drawn)
    assert abs(first / len(drawn) - 60 / 161) < 0.08


@pytest.mark.slow
def test_transitions_of_causal_snvs() -> None:
    """Ti/Tv over 400 disease genes of the embedded exome, by the mix of each: 1.80 within 3%."""
    from raresim import catalog, synthetic
    from raresim.mutation import Rates
    from raresim.world import World

    genome, facts = synthetic.build(), catalog.facts()
    world = World(genome, families.cds_targets(genome, 20), None, Rates(genome), None, facts, None, None)  # type: ignore[arg-type]
    known = {link.hgnc for d in catalog.load() if d.drawable for link in d.genes}
    genes = sorted(genome.genes.by_hgnc[h] for h in known if h in genome.genes.by_hgnc)
    genes = [g for g in genes if genome.contigs[genome.genes.contig[g]].kind <= 1]
    ti = tv = 0.0
    for gene in default_rng(1).choice(genes, 400, replace=False).tolist():
        found = design.snvs(world, gene)
        pair = design.transition(found.sites.ref_text, found.sites.alt_text)
        mix = facts.class_mix(genome.genes.hgnc[gene], "AD", ())
        for code, name in enumerate(CLASSES):
            weight = np.where(found.classes == code, found.weight, 0.0)
            if weight.any():
                share = float(weight[pair].sum() / weight.sum())
                ti, tv = ti + mix[name] * share, tv + mix[name] * (1 - share)
    assert abs(ti / tv / 1.80 - 1) < 0.03
