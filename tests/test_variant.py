"""Designed causal alleles: their class, place, rarity, and the panel's pathogenic sites for recessive diseases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

from raresim import design, kinds
from raresim.consequence import BIT, effects, names
from raresim.errors import InputError
from raresim.gene_facts import CLASSES
from raresim.genome import Targets
from raresim.normalise import normalise
from raresim.sites import Sites, Variant
from raresim.variant import Request
from tests import families
from tests.builders import tiny_genome

GENOME = tiny_genome()
KIND = kinds.make("variant", "consequence", {})


@dataclass(frozen=True)
class Facts:
    """Gene facts with one mix for every gene."""

    mix: dict[str, float]

    def class_mix(self, hgnc: str, mode: str, diseases: Any) -> dict[str, float]:
        """Return the mix; the ids must be those that the catalog gives."""
        assert hgnc.startswith("HGNC:")
        assert tuple(diseases) == ("OMIM:1", "ORPHA:1")
        return self.mix


CATALOG = SimpleNamespace(find=lambda code: SimpleNamespace(ids=("OMIM:1", "ORPHA:1")))


def world(mix: dict[str, float], panel: Any = None, padding: int = 20) -> Any:
    panel = panel or families.panel_of(GENOME, [], [[], [], [], []])
    return families.world_of(GENOME, panel, padding, Facts(mix), CATALOG)


def ask(gene: int, mode: str = "AD", taken: tuple[Variant, ...] = ()) -> Request:
    return Request(gene, "OMIM:1", mode, False, taken)


@pytest.mark.parametrize("gene", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", CLASSES)
def test_class_is_as_asked(gene: int, name: str) -> None:
    place = world({name: 1.0})
    for seed in range(6):
        drawn = KIND.draw(ask(gene), place, default_rng(seed))
        assert (drawn.source, drawn.panel_site) == ("designed", -1)
        v = drawn.variant
        assert normalise(GENOME, v) == v
        assert GENOME.fetch(v.contig, v.pos, v.pos + len(v.ref)) == v.ref
        found = effects(GENOME, Sites.of([v]))
        mask = found.terms[found.gene == gene]
        assert names(int(mask[0]))[0].removesuffix("_variant") == name
        assert design.inside(place.targets, Sites.of([v]))[0]
        if name in design.TRUNCATIONS:
            assert design.truncates(GENOME.genes, gene, np.array([v.pos]))[0]


def test_candidates_are_every_snv_of_their_class() -> None:
    """Against the obvious enumeration, base by base."""
    place = world({})
    for gene in (0, 1, 3):
        got = design.snvs(place, gene)
        rows = {got.sites[i]: (CLASSES[got.classes[i]], got.weight[i]) for i in range(len(got.sites))}
        want: dict[Variant, tuple[str, float]] = {}
        contig = int(GENOME.genes.contig[gene])
        for a, b in GENOME.genes.cds(gene):
            for pos in range(a - 8, b + 8):
                ref = GENOME.fetch(contig, pos, pos + 1)
                rate = place.rates.snv(GENOME, contig, pos, pos + 1)[0]
                for i, alt in enumerate("ACGT"):
                    v = Variant(contig, pos, ref, alt)
                    if alt == ref:
                        continue
                    found = effects(GENOME, Sites.of([v]))
                    mask = int(found.terms[found.gene == gene][0])
                    name = names(mask)[0].removesuffix("_variant")
                    late = name == "stop_gained" and not design.truncates(GENOME.genes, gene, np.array([pos]))[0]
                    if name in CLASSES and not late:
                        pair = {ref, alt} in ({"A", "G"}, {"C", "T"})
                        want[v] = (name, rate[i] * (design.TRANSITION if pair else 1.0))
        assert set(rows) == set(want)
        assert all(rows[v][0] == want[v][0] and rows[v][1] == pytest.approx(want[v][1]) for v in want)


def test_truncations_take_the_protein_away() -> None:
    """Gene 0, plus strand: exons 120, 151, 240; the coding sequence is 60..420 of the transcript. Decay ends 50 bases
    before the last junction at 271. Gene 6 has one exon: the last tenth does not count."""
    genes = GENOME.genes
    first, second = genes.cds(0)[:2]
    assert design.truncates(
        genes, 0, np.array([first[0], second[0] + 221 - 120 - 1, second[0] + 221 - 120])
    ).tolist() == [True, True, False]
    assert not design.truncates(genes, 0, np.array([genes.cds(0)[2][0]]))[0]
    third = genes.cds(1)  # minus strand: exons 90, 200, 160 from the right
    assert design.truncates(
        genes, 1, np.array([third[-1][1] - 1, third[1][0] + 50, third[1][0] + 49, third[0][0]])
    ).tolist() == [True, True, False, False]
    ((a, b),) = genes.cds(6)
    assert design.truncates(genes, 6, np.array([a, a + 539, a + 540, b - 1])).tolist() == [True, True, False, False]


def test_targets_bound_the_choice() -> None:
    a, b = GENOME.genes.cds(0)[1]
    place = world({"missense": 0.5, "frameshift": 0.5})
    place = replace(
        place, targets=Targets(np.array([0], np.int16), np.array([a], np.int32), np.array([a + 40], np.int32))
    )
    for seed in range(30):
        v = KIND.draw(ask(0), place, default_rng(seed)).variant
        assert a <= v.pos
        assert v.pos + len(v.ref) <= a + 40
    nowhere = replace(
        place, targets=Targets(np.array([0], np.int16), np.array([20_000], np.int32), np.array([20_050], np.int32))
    )
    with pytest.raises(InputError, match="OMIM:1: no pathogenic allele can be made in GENE1"):
        KIND.draw(ask(0), nowhere, default_rng(1))
    assert b > a + 40


def test_a_class_without_alleles_gives_way() -> None:
    a, _ = GENOME.genes.cds(0)[1]
    place = world({"splice_donor": 0.6, "start_lost": 0.3, "missense": 0.1})
    place = replace(
        place, targets=Targets(np.array([0], np.int16), np.array([a + 10], np.int32), np.array([a + 60], np.int32))
    )
    v = KIND.draw(ask(0), place, default_rng(1)).variant
    found = effects(GENOME, Sites.of([v]))
    assert int(found.terms[0]) & BIT["missense_variant"]


def test_unplantable_gene() -> None:
    place = replace(world({"missense": 1.0}), genome=replace(GENOME, unplantable=frozenset({2})))
    with pytest.raises(InputError, match="GENE3 has no valid reading frame"):
        KIND.draw(ask(2), place, default_rng(1))


def test_taken_and_common_alleles_are_not_drawn() -> None:
    a, _ = GENOME.genes.cds(0)[1]
    narrow = Targets(np.array([0], np.int16), np.array([a + 10], np.int32), np.array([a + 12], np.int32))
    free = replace(world({"missense": 1.0}), targets=narrow)
    seen = {KIND.draw(ask(0), free, default_rng(s)).variant for s in range(60)}
    assert len(seen) >= 3
    some, rest = sorted(seen)[0], set(sorted(seen)[1:])
    assert {KIND.draw(ask(0, taken=(some,)), free, default_rng(s)).variant for s in range(60)} == rest
    panel = families.panel_of(GENOME, [(some.contig, some.pos, some.ref, some.alt)], [[0], [], [], []])
    for ac, an, mode, refused in (
        (0, 100, "AD", False),
        (1, 100, "AD", True),
        (1, 10_000, "AD", False),
        (2, 1_000, "AR", False),
        (6, 1_000, "AR", True),
    ):
        known = replace(panel, ac=np.array([[ac]], np.int32), an=np.array([an], np.int32))
        kind = kinds.make("variant", "consequence", {"known": 0.0})
        drawn = {kind.draw(ask(0, mode), replace(free, panel=known), default_rng(s)).variant for s in range(60)}
        assert (some not in drawn) == refused


def pathogenic_panel(cohort: list[list[int]]) -> Any:
    """Three missense sites of gene 0 (AC 3, 1, 30 of 1,000) and one of gene 1."""
    found = design.snvs(world({}), 0)
    rows = [found.sites[int(i)] for i in np.flatnonzero(found.classes == CLASSES.index("missense"))[[10, 60, 110]]]
    other = design.snvs(world({}), 1)
    rows.append(other.sites[int(np.flatnonzero(other.classes == CLASSES.index("missense"))[5])])
    panel = families.panel_of(GENOME, [(v.contig, v.pos, v.ref, v.alt) for v in rows], cohort)
    return replace(
        panel,
        terms=np.full(4, BIT["missense_variant"], np.uint32),
        gene=np.array([0, 0, 0, 1], np.int32),
        pathogenic=np.ones(4, bool),
        ac=np.array([[3], [1], [30], [1]], np.int32),
        an=np.array([1000], np.int32),
    )


def test_recessive_alleles_of_the_panel() -> None:
    panel = pathogenic_panel([[0, 1, 2, 3], [2], [2], []])
    place = world({"missense": 1.0}, panel)
    draws = [KIND.draw(ask(0, "AR"), place, default_rng(s)) for s in range(900)]
    known = [d.panel_site for d in draws if d.source == "panel"]
    assert abs(len(known) / 900 - 2 / 3) < 0.065  # four standard errors
    assert set(known) == {0, 1}  # the third is too common, the fourth is another gene's
    assert abs(known.count(0) / len(known) - 4 / 6) < 0.08  # by copies: 3 + 1 to 1 + 1
    assert all(d.variant == panel.sites[d.panel_site] for d in draws if d.source == "panel")
    taken = ask(0, "AR", (panel.sites[0],))
    assert {KIND.draw(taken, place, default_rng(s)).panel_site for s in range(60)} == {1, -1}
    assert {KIND.draw(ask(0, "AD"), place, default_rng(s)).panel_site for s in range(60)} == {-1}
    gain = world({"stop_gained": 1.0}, panel)  # missense is no class of this disease
    assert {KIND.draw(ask(0, "AR"), gain, default_rng(s)).panel_site for s in range(60)} == {-1}
    uncarried = world({"missense": 1.0}, pathogenic_panel([[], [], [], []]))
    assert {KIND.draw(ask(0, "AR"), uncarried, default_rng(s)).panel_site for s in range(60)} == {-1}


def test_indel_lengths() -> None:
    law = design.indel_lengths()
    assert law.sum() == pytest.approx(1.0)
    assert law[:5].tolist() == [0.0, 0.466, 0.157, 0.085, 0.109]
    rng = default_rng(1)
    sizes = np.array([design.indel_size("frameshift", rng) for _ in range(4000)])
    assert (sizes % 3 != 0).all()
    assert abs((sizes < 0).mean() - 2.7 / 3.7) < 0.03
    assert {np.sign(design.indel_size("inframe_deletion", rng)) for _ in range(20)} == {-1}
    assert {design.indel_size("inframe_insertion", rng) % 3 for _ in range(50)} == {0}


def test_same_draw_twice() -> None:
    mix = {"missense": 0.5, "frameshift": 0.3, "inframe_deletion": 0.2}
    one = [KIND.draw(ask(1), world(mix), default_rng(s)) for s in range(20)]
    two = [KIND.draw(ask(1), world(mix), default_rng(s)) for s in range(20)]
    assert one == two
