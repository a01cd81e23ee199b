"""The pathogenic layer: who carries alleles of recessive diseases, how often, and what is said of it."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from raresim import cases, catalog, pathogenic, truth_tables, world
from raresim.errors import InputError
from raresim.genome import ContigKind
from raresim.panel import Panel
from raresim.pathogenic import Layer, Locus, Pathogenic
from raresim.spec import Spec
from raresim.world import World

GENES = ["CFTR", "PAH", "OTC", "F8"]
RATES = {"CFTR": 0.06, "PAH": 0.05, "OTC": 0.04, "F8": 0.05}
PEOPLE = 3000


def study(**more: object) -> Spec:
    table = {"kind": "empty", "ancestry": {"AFR": PEOPLE, "EUR": PEOPLE}, "pathogenic": {"rates": RATES}, **more}
    return Spec.from_dict({"background": table, "targets": {"genes": GENES}, "seed": 5, "cases": 30, "reuse": True})


@cache
def made() -> World:
    return world.make(study())


def persons(panel: Panel) -> np.ndarray:
    """bool[sites, cohort people]: who carries each site."""
    out = np.zeros((len(panel.sites), panel.people), np.bool_)
    haplotype, site = panel.carried()
    out[site, haplotype // 2] = True
    return out


def _on_x(symbol: str) -> bool:
    genome = made().genome
    return genome.contigs[int(genome.genes.contig[genome.genes.by_symbol[symbol]])].kind is ContigKind.X


def test_carriers_are_as_frequent_as_the_rates_say_in_cohort_and_database() -> None:
    panel, genes = made().panel, made().genome.genes
    assert panel.layer.all()
    carried = persons(panel)
    for symbol, rate in RATES.items():
        mine = panel.gene == genes.by_symbol[symbol]
        for a in range(2):
            cohort, known = panel.ancestry == a, int(panel.an[a]) // 2
            if _on_x(symbol):
                known -= int(panel.men[a])  # it is on the haplotype of X that men do not have
            for count, size in (
                (carried[mine][:, cohort].any(0).sum(), cohort.sum()),
                (panel.ac[mine, a].sum(), known),
            ):
                assert abs(count - rate * size) < 4 * np.sqrt(rate * (1 - rate) * size), (symbol, a, count, rate * size)
    # all of them together: 1.2% standard error, so that 5% too many are seen (tests/statistics)
    total = persons(panel).sum() + panel.ac.sum()
    men = sum(rate for name, rate in RATES.items() if _on_x(name))
    expected = 2 * PEOPLE * sum(RATES.values()) - panel.men.sum() * men
    autosomal = np.array([made().genome.contigs[c].kind is ContigKind.AUTOSOME for c in panel.sites.contig.tolist()])
    copies, in_men = panel.ac[autosomal].sum(), panel.xy[autosomal, 0].sum()
    assert abs(in_men - copies / 2) < 4 * np.sqrt(copies) / 2
    assert not panel.xy[~autosomal].any()
    assert abs(total - expected) < 3.5 * np.sqrt(expected)


def test_two_carriers_have_the_same_allele_as_often_as_in_ewens_law() -> None:
    """Chance that two carriers of a gene and ancestry have one allele: 1 / (1 + SPREAD), over many genes."""
    panel, same, pairs = made().panel, [], []
    layer = Layer(Pathogenic(), made().catalog)
    for i in range(150):
        of = Locus("PAH", f"HGNC:{10**6 + i}", "AR", "OMIM:261600", carriers={"": 0.004})
        found = pathogenic._of_gene(made(), of, made().genome.genes.by_symbol["PAH"], 5)
        for a in range(2):
            n = np.array([c.database[a] + sum(panel.ancestry[h // 2] == a for h in c.haplotypes) for _, c in found])
            same.append((n * (n - 1)).sum())
            pairs.append(n.sum() * (n.sum() - 1))
    share = np.array(same) / np.maximum(pairs, 1)
    kept = np.array(pairs) > 0
    error = share[kept].std() / np.sqrt(kept.sum())
    assert abs(share[kept].mean() - pathogenic.SAME) < 4 * error
    assert layer.choice.alleles == 2.0


def test_nobody_is_ill_of_the_layer() -> None:
    panel, genome = made().panel, made().genome
    carried = persons(panel)
    for symbol in GENES:
        assert carried[panel.gene == genome.genes.by_symbol[symbol]].sum(0).max() == 1  # never two alleles of a gene
    assert (panel.hom == 0).all()
    haplotype, site = panel.carried()
    on_x = panel.sites.contig[site] == genome.index["chrX"]
    assert on_x.sum() > 50
    assert (haplotype[on_x] % 2 == 0).all()  # the paternal one: men do not have it
    assert set(haplotype[~on_x] % 2) == {0, 1}


def test_recessive_cases_may_use_what_cohort_and_database_carry() -> None:
    panel = made().panel
    usable = panel.layer & (persons(panel).sum(1) > 0) & (panel.ac.sum(1) > 0)
    assert panel.pathogenic.sum() > 10
    assert (usable | ~panel.pathogenic).all()


def test_rates_of_the_catalog_and_published_ones() -> None:
    loci = {(at.symbol, at.mode): at for at in pathogenic.loci(Pathogenic(), catalog.load())}
    autosomal = [at for (_, mode), at in loci.items() if mode == "AR"]
    assert abs(sum(2 * at.frequency for at in autosomal) - 2.0) < 1e-6
    assert 1.9 < sum(at.rate("EUR") for at in autosomal) < 2.2
    assert loci["CFTR", "AR"].rate("EUR") == 1 / 25
    assert loci["HBB", "AR"].rate("AFR") == 0.0731
    assert loci["CFTR", "AR"].rate("FIN") == pytest.approx(2 * loci["CFTR", "AR"].frequency, rel=0.1)
    assert loci["OTC", "XLR"].rate("EUR") < 0.01


def test_truth_says_who_carries_what_and_the_default_says_nothing(tmp_path: Path) -> None:
    cases.run(study(), tmp_path / "with", progress=lambda *what: None)
    with (tmp_path / "with" / "truth" / "carriers.tsv").open() as lines:
        assert next(lines).startswith("#raresim-truth")
        rows = list(csv.DictReader(lines, delimiter="\t"))
    assert rows
    assert {row["gene"] for row in rows} <= set(GENES)
    assert {row["genotype"] for row in rows} <= {"0|1", "1|0", "1|1", "1"}
    assert all(row["diseases"] for row in rows)
    layer = {made().panel.sites[i] for i in range(len(made().panel.sites))}
    index = made().genome.index
    assert {(index[r["contig"]], int(r["pos"]) - 1, r["ref"], r["alt"]) for r in rows} <= {
        (v.contig, v.pos, v.ref, v.alt) for v in layer
    }
    plain = Spec.from_dict({"background": "empty", "targets": {"genes": GENES}, "seed": 5, "cases": 2, "reuse": True})
    cases.run(plain, tmp_path / "without", progress=lambda *what: None)
    assert not (tmp_path / "without" / "truth" / "carriers.tsv").exists()
    few = {
        "kind": "empty",
        "ancestry": {"EUR": 20},
        "pathogenic": {"rates": {"CFTR": 0.0, "PAH": 0.0}},
    }  # nobody carries one
    nobody = {"background": few, "targets": {"genes": GENES[:2]}, "cases": 2, "reuse": True}
    cases.run(Spec.from_dict(nobody), tmp_path / "nobody", progress=lambda *what: None)
    assert (tmp_path / "nobody" / "truth" / "carriers.tsv").read_text().splitlines()[1:] == [
        "\t".join(truth_tables.LAYER["carriers"].split())
    ]


def test_a_rate_of_a_gene_that_is_not_sequenced_is_said() -> None:
    outline = world.outline(study(pathogenic={"rates": {"CFTR": 0.1, "PAH": 0.1, "DMD": 0.1}}))
    assert pathogenic.notes(outline) == (
        "background.pathogenic.rates: not sequenced here, so nobody carries them: DMD",
    )
    assert pathogenic.notes(world.outline(study())) == ()


def test_setting_in_a_study_file() -> None:
    assert study().background_pathogenic == Pathogenic(rates=RATES)
    assert Spec.from_dict({"background": {"kind": "empty", "pathogenic": True}}).background_pathogenic == Pathogenic()
    assert Spec.from_dict({"background": {"kind": "empty", "pathogenic": False}}).background_pathogenic is None
    assert Spec().override(["background.pathogenic=true"]).background_pathogenic == Pathogenic()
    assert "pathogenic" not in Spec().to_toml()
    assert Spec.from_dict(study().to_dict()) == study()


@pytest.mark.parametrize(
    ("given", "start"),
    [
        (3, "background.pathogenic: should be true or a table"),
        ({"alleles": 0}, "background.pathogenic.alleles: "),
        ({"allele": 1}, "background.pathogenic.allele: there is no such setting"),
        ({"rates": {"CFTRR": 0.1}}, "background.pathogenic.rates.CFTRR: no recessive disease"),
        ({"rates": {"CFTR": 1.5}}, "background.pathogenic.rates.CFTR: "),
    ],
)
def test_mistakes_are_one_line(given: object, start: str) -> None:
    with pytest.raises(InputError) as error:
        world.outline(study(pathogenic=given))
    (line,) = error.value.lines
    assert line.startswith(start)
