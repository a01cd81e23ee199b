"""Which disease a case may have: mode, gene, contig and targets fit; what cannot be made is refused by name."""

from __future__ import annotations

import dataclasses
from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from raresim import catalog
from raresim.disease import _eligible
from raresim.disease.catalog import COHORT, Catalog
from raresim.disease.fixed import Fixed
from raresim.errors import InputError
from raresim.genome import ContigKind, Targets
from raresim.inheritance import XLinkedDominant
from raresim.pedigree import Member, Pedigree
from raresim.streams import stream
from tests.builders import tiny_genome

KNOWN = catalog.load()
# The genes of the tiny genome: four on chr1, one on X in a pseudoautosomal region, one on X, one on M.
SYMBOLS = ("PKD1", "CFTR", "FGFR3", "GJB2", "SHOX", "DMD", "MT-ND1")


class World(SimpleNamespace):
    """What the disease kinds read of a world."""

    __hash__ = object.__hash__


def world(symbols: tuple[str, ...] = SYMBOLS, targets: list[int] | None = None, **genome: Any) -> Any:
    tiny = tiny_genome()
    hgnc = [KNOWN.symbols.get(s, f"HGNC:{7_000_000 + i}") for i, s in enumerate(symbols)]
    genes = dataclasses.replace(tiny.genes, symbol=list(symbols), hgnc=hgnc)
    rows = list(range(len(genes))) if targets is None else targets
    spans = sorted((int(genes.contig[g]), a - 20, b + 20) for g in rows for a, b in genes.cds(g))
    merged: list[list[int]] = []
    for contig, start, end in spans:
        if merged and merged[-1][0] == contig and start <= merged[-1][2]:
            merged[-1][2] = max(merged[-1][2], end)
        else:
            merged.append([contig, start, end])
    column = np.array(merged, np.int32).reshape(-1, 3)
    made = dataclasses.replace(tiny, genes=genes, **genome)
    wanted = Targets(column[:, 0].astype(np.int16), column[:, 1].copy(), column[:, 2].copy())
    return World(genome=made, targets=wanted, catalog=KNOWN, facts=catalog.facts())


def fits(choice: Any, here: Any) -> None:
    genome = here.genome
    contig = genome.contigs[int(genome.genes.contig[choice.gene])]
    assert choice.mode in choice.disease.modes
    assert genome.genes.hgnc[choice.gene] in [link.hgnc for link in choice.disease.genes]
    assert contig.kind is (ContigKind.AUTOSOME if choice.mode in ("AD", "AR") else ContigKind.X)
    assert not contig.in_par(int(genome.genes.cds_start[choice.gene]))
    assert any(not row.excluded for row in choice.disease.annotations)


def test_reachable_genes_are_those_with_a_coding_base_in_the_targets() -> None:
    here = world()
    genes = here.genome.genes
    rng = np.random.default_rng(1)
    for _ in range(30):
        contig = rng.integers(0, 3, 4).astype(np.int16)
        start = np.sort(rng.integers(0, 12_000, 4)).astype(np.int32)
        order = np.lexsort((start, contig))
        targets = Targets(contig[order], start[order], (start + rng.integers(1, 60, 4)).astype(np.int32)[order])
        found = _eligible.Eligible(here.genome, targets, KNOWN).reachable
        spans = list(zip(targets.contig.tolist(), targets.start.tolist(), targets.end.tolist(), strict=True))
        for gene in range(len(genes)):
            expected = any(
                c == genes.contig[gene] and a < end and start < b for start, end in genes.cds(gene) for c, a, b in spans
            )
            assert found[gene] == expected


def test_every_choice_fits() -> None:
    here, rng = world(), stream(1, "disease")
    seen = Counter()
    for _ in range(300):
        choice = Catalog().draw(here, rng)
        fits(choice, here)
        assert choice.disease.drawable
        seen[here.genome.genes.symbol[choice.gene], choice.mode] += 1
    assert ("PKD1", "AD") in seen
    assert ("CFTR", "AR") in seen
    assert ("DMD", "XLR") in seen
    assert not {"SHOX", "MT-ND1"} & {symbol for symbol, _ in seen}


def test_modes_are_drawn_by_their_shares() -> None:
    here, rng, n = world(), stream(2, "shares"), 15_000
    possible = [mode for mode in COHORT if _eligible.of(here).drawable[mode]]
    counts = Counter(Catalog().draw(here, rng).mode for _ in range(n))
    total = sum(COHORT[mode] for mode in possible)
    for mode in possible:
        share = COHORT[mode] / total
        assert abs(counts[mode] / n - share) < 4 * np.sqrt(share * (1 - share) / n), mode
    only = Counter(Catalog(modes={"AR": 1, "XLR": 3}).draw(here, rng).mode for _ in range(n))
    assert set(only) == {"AR", "XLR"}
    assert abs(only["XLR"] / n - 0.75) < 4 * np.sqrt(0.75 * 0.25 / n)


def test_each_disease_of_a_mode_is_equally_likely() -> None:
    here, rng, n = world(), stream(3, "uniform"), 15_000
    diseases = [KNOWN[row].id for row, _ in _eligible.of(here).drawable["AD"]]
    assert len(diseases) > 5
    counts = Counter(Catalog(modes={"AD": 1}).draw(here, rng).disease.id for _ in range(n))
    assert set(counts) == set(diseases)
    p = 1 / len(diseases)
    assert max(abs(k / n - p) for k in counts.values()) < 4.5 * np.sqrt(p * (1 - p) / n)


def test_the_study_may_allow_fewer_modes() -> None:
    here, rng = world(), stream(4, "allowed")
    assert {Catalog().draw(here, rng, ("XLR",)).mode for _ in range(20)} == {"XLR"}
    assert {Fixed(genes="GJB2").draw(here, rng, ("AR",)).mode for _ in range(20)} == {"AR"}
    with pytest.raises(InputError, match=r"^disease.modes: AD: no disease of the catalog can be made on this genome"):
        Catalog(modes={"AD": 1.0}).check(here, ("AR",))


def test_genes_outside_the_targets_and_without_a_reading_frame_are_not_drawn() -> None:
    rng = stream(5, "targets")
    here = world(targets=[1])
    assert {here.genome.genes.symbol[Catalog().draw(here, rng).gene] for _ in range(30)} == {"CFTR"}
    broken = world(targets=[0, 1], unplantable=frozenset({0}))
    assert {broken.genome.genes.symbol[Catalog().draw(broken, rng).gene] for _ in range(30)} == {"CFTR"}
    with pytest.raises(InputError, match="no disease of the catalog can be made"):
        Catalog().check(world(targets=[4, 6]))


def test_an_entry_of_many_genes_and_modes_gives_a_gene_the_modes_it_has_alone() -> None:
    rows = [row for row in np.flatnonzero(KNOWN.drawable).tolist() if len(KNOWN.links(row)) > 8]
    row = next(row for row in rows if {"AD", "AR"} <= set(KNOWN.modes[row]))
    links = [link for link in KNOWN.links(row) if link.hgnc and link.association.startswith("germline")]
    here = world(tuple(link.symbol for link in links[:4]) + SYMBOLS[4:])
    eligible = _eligible.of(here)
    pairs = eligible.pairs(KNOWN[row])
    for mode, gene in pairs:
        assert mode in eligible.known.alone[here.genome.genes.hgnc[gene]]


@pytest.mark.parametrize(
    ("code", "mode", "out", "left"),
    [
        ("ORPHA:316", "AD", ("KDSR",), ("TRPM4",)),  # KDSR: erythrokeratodermia 4, recessive
        ("ORPHA:39041", "AR", ("CHD7", "IL2RG"), ("RAG1", "RAG2")),  # Omenn: CHARGE is dominant, IL2RG is on X
        ("OMIM:220290", "AR", (), ("GJB2",)),  # DFNB1A, which G2P knows as biallelic
        ("OMIM:120435", "AD", (), ("MSH2",)),  # Lynch: alone it is known for recessive mismatch repair deficiency
        ("ORPHA:145", "AD", (), ("BRCA1", "BRCA2", "RAD51C")),  # not only for Fanconi anaemia
        ("OMIM:305100", "XLR", (), ("EDA",)),  # alone it is known as XLD
        ("ORPHA:3473", "AR", (), ("KCNH1", "KCNN3", "ATP6V1B2")),  # all of them are dominant: the entry is believed
        ("OMIM:608703", "AD", (), ("PNPT1",)),  # the other gene is a locus
    ],
)
def test_a_gene_whose_own_diseases_have_another_mode_is_left_out(
    code: str, mode: str, out: tuple[str, ...], left: tuple[str, ...]
) -> None:
    disease = KNOWN.find(code)
    known = _eligible.of(world()).known
    modes = {link.symbol: found for link, found in known.fitting(disease.modes, disease.genes)}
    assert not modes.keys() & set(out)
    assert all(modes[symbol] == {mode} for symbol in left)


def test_a_gene_that_is_left_out_is_refused_by_name() -> None:
    here, rng = world(("KDSR", "TRPM4", *SYMBOLS[2:])), stream(8, "left out")
    kind = Fixed(ids=("ORPHA:316",))
    assert {here.genome.genes.symbol[kind.draw(here, rng).gene] for _ in range(30)} == {"TRPM4"}
    line = (
        r"^disease\.ids: ORPHA:316 .*: a case cannot be made: the diseases that KDSR causes alone are AR, not AD; name "
        r"one of them \(OMIM:617526\), or another gene of this one$"
    )
    with pytest.raises(InputError, match=line):
        Fixed(ids=("ORPHA:316",), genes=("KDSR",)).check(here)
    with pytest.raises(InputError, match=line):
        kind.check(world(("KDSR", *SYMBOLS[1:])))


def test_fixed_diseases() -> None:
    here, rng = world(), stream(6, "fixed")
    kind = Fixed(ids=("OMIM:173900", "OMIM:219700", "OMIM:310200"))
    kind.check(here)
    counts = Counter()
    for _ in range(3000):
        choice = kind.draw(here, rng)
        fits(choice, here)
        counts[choice.disease.id] += 1
    assert max(abs(k / 3000 - 1 / 3) for k in counts.values()) < 4 * np.sqrt(2 / 9 / 3000)
    assert Fixed(ids="OMIM:173900").draw(here, rng).disease.name == "Polycystic kidneys"
    assert Fixed(ids=["ORPHA:586"]).draw(here, rng).disease.id == "OMIM:219700"  # any of the equivalent ids
    genes = Fixed(genes=["GJB2"], modes=["AD"])
    drawn = [genes.draw(here, rng) for _ in range(50)]
    assert {c.mode for c in drawn} == {"AD"}
    assert len({c.disease.id for c in drawn}) > 2
    assert all(c.disease.drawable for c in drawn)


def test_a_disease_that_is_not_drawn_by_default_may_be_named() -> None:
    here = world(("HTT", *SYMBOLS[1:]))
    assert not KNOWN.find("OMIM:143100").drawable
    assert Fixed(ids="OMIM:143100").draw(here, stream(7, "x")).mode == "AD"


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({}, ["disease.ids: name diseases (ids) or genes (genes)"]),
        ({"modes": ["AD"]}, ["disease.ids: name diseases (ids) or genes (genes)"]),
        ({"ids": ["173900"]}, ["disease.ids: disease '173900': not in the catalog"]),
        ({"ids": ["OMIM:162002", "OMIM:0"]}, ["disease.ids: disease 'OMIM:162002'", "disease.ids: disease 'OMIM:0'"]),
        ({"genes": ["PKD11", "CFTRR"]}, ["disease.genes: 'PKD11': no disease", "disease.genes: 'CFTRR': no disease"]),
        (
            {"ids": ["OMIM:154700", "OMIM:300624"]},
            ["no gene of this disease on this genome (FBN1)", "no gene of this disease on this genome (FMR1)"],
        ),
        ({"ids": ["OMIM:219700"], "modes": ["AD"]}, ["its mode here is AR, but the study allows AD"]),
        ({"ids": ["OMIM:127300"]}, ["AD does not fit the place of SHOX on this genome"]),
        ({"ids": ["OMIM:219700"], "genes": ["PKD1"]}, ["it has no gene of PKD1"]),
        ({"ids": ["OMIM:540000"]}, ["its mode of inheritance is MT; known: AD, AR, XLD, XLR"]),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(settings: dict[str, Any], lines: list[str]) -> None:
    here, kind = world(), Fixed(**settings)
    for attempt in (lambda: kind.check(here), lambda: kind.draw(here, stream(8, "x"))):
        with pytest.raises(InputError) as caught:
            attempt()
        assert len(caught.value.lines) == len(lines)
        for line, part in zip(caught.value.lines, lines, strict=True):
            assert part in line
            assert line.startswith("disease.")


def test_targets_that_miss_the_gene_are_named() -> None:
    with pytest.raises(InputError, match="no coding base of PKD1 lies in the targets; widen targets"):
        Fixed(ids="OMIM:173900").check(world(targets=[1]))


@pytest.mark.parametrize(
    ("modes", "message"),
    [
        ({"ADD": 1.0}, "disease.modes.ADD: there is no such mode of inheritance; did you mean 'AD'?"),
        ({"AD": -1.0}, "disease.modes.AD: should be 0 or from 1e-9 to 1e9, not -1.0"),
        ({"AD": float("nan")}, "disease.modes.AD: should be"),
        ({"AD": 1e308, "AR": 1e308}, "disease.modes.AD: should be 0 or from 1e-9 to 1e9, not 1e+308"),
        ({"AD": 5e-324}, "disease.modes.AD: should be 0 or from 1e-9 to 1e9, not 5e-324"),
        ({"AD": 0.0}, "disease.modes: some share should be more than 0"),
        ({}, "disease.modes: some share should be more than 0"),
    ],
)
def test_wrong_shares_are_refused(modes: dict[str, float], message: str) -> None:
    from raresim import kinds

    with pytest.raises(InputError) as caught:
        kinds.make("disease", "catalog", {"modes": modes})
    assert str(caught.value).startswith(message)


def test_wrong_modes_of_fixed_are_refused() -> None:
    with pytest.raises(InputError, match=r"disease\.modes: there is no mode 'XLRR'; did you mean 'XLR'"):
        Fixed(modes=["XLRR"])


def test_the_whole_catalog_is_worked_out_once_a_world() -> None:
    here = world()
    assert _eligible.of(here) is _eligible.of(here)
    assert _eligible.of(here) is not _eligible.of(world())


def test_a_genome_of_no_known_gene_borrows_diseases() -> None:
    here = world(tuple(f"UNKNOWN{i}" for i in range(7)))
    eligible = _eligible.of(here)
    assert eligible.borrowed
    assert not _eligible.of(world()).borrowed
    assert "do not score" in eligible.notes[0]
    assert {gene for mode, gene in eligible.plantable if mode == "AD"} == {0, 1, 2, 3}
    assert len(eligible.drawable["AD"]) > 1000
    choice = Fixed(genes=("UNKNOWN2",)).draw(here, stream(1, "borrowed"))
    assert choice.gene == 2
    assert choice.mode in ("AD", "AR")


def test_balanced_has_every_disease_once_a_round() -> None:
    from raresim.disease.balanced import Balanced

    here, kind = world(), Balanced()
    size = len(kind.pool(here))
    rounds = [[kind.nth(here, number, 7, stream(7, number)) for number in range(a, a + size)] for a in (1, size + 1)]
    for choices in rounds:
        assert len({choice.disease.id for choice in choices}) == size
        for choice in choices:
            fits(choice, here)
    ids = [[choice.disease.id for choice in choices] for choices in rounds]
    assert sorted(ids[0]) == sorted(ids[1])
    assert ids[0] != ids[1] != sorted(ids[1])
    assert [kind.nth(here, n, 8, stream(8, n)).disease.id for n in range(1, size + 1)] != ids[0]
    drawn = [kind.draw(here, stream(1, i)) for i in range(200)]
    assert {choice.disease.id for choice in drawn} <= set(ids[0])


def test_balanced_diseases_can_be_chosen_and_are_refused_by_name() -> None:
    from raresim.disease.balanced import Balanced

    here = world()
    chosen = Balanced(genes=("CFTR", "DMD"), modes=("AR", "XLR"))
    chosen.check(here)
    found = Counter(chosen.nth(here, n, 7, stream(7, n)).mode for n in range(1, 3 * len(chosen.pool(here)) + 1))
    assert found.keys() == {"AR", "XLR"}
    assert all(count % 3 == 0 for count in found.values())
    with pytest.raises(InputError, match=r"disease\.modes: there is no mode 'XX'"):
        Balanced(modes=("XX",))
    with pytest.raises(InputError, match=r"disease\.ids: OMIM:154700"):
        Balanced(ids=("OMIM:154700",)).check(here)


def test_diseases_that_boys_do_not_live_with() -> None:
    """Probands are girls, and no father carries the allele; where men are spared, fathers may."""
    incontinentia, clustering = KNOWN.find("OMIM:308300"), KNOWN.find("OMIM:300088")
    assert (incontinentia.sex, incontinentia.lethal_in_males) == ("female", True)
    assert (clustering.sex, clustering.lethal_in_males) == ("female", False)
    kind = XLinkedDominant(de_novo=0.2)
    assert kind.female_share(incontinentia.sex) == 1.0
    trio = Pedigree(
        (Member("proband", True, 5, 1, 2), Member("father", False, 35), Member("mother", True, 33)), 1.0, False
    )
    rng = stream(1, "lethal")
    drawn = [kind.draw(trio, rng).copies[0] for _ in range(2000)]
    assert not any(copies[1, 1] == 1 for copies in drawn)
    assert sum(copies[2].max() == 1 for copies in drawn) > 1000
    men = sum(kind.draw(dataclasses.replace(trio, fathers_carry=True), rng).copies[0][1, 1] == 1 for _ in range(2000))
    assert men > 500


def test_diseases_of_duplications_are_not_drawn() -> None:
    for code in ("OMIM:118220", "OMIM:300260", "OMIM:601709"):
        assert KNOWN.find(code).why_not == "duplication"
