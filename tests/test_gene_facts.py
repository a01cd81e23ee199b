"""Facts of genes: the mix of variant classes and the policy of what causes which disease."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from raresim import catalog
from raresim.gene_facts import CLASSES, DISRUPTING, GeneFacts

FACTS = catalog.facts()


def hgnc(symbol: str) -> str:
    return FACTS.hgnc[FACTS.by_symbol[symbol]]


def disrupting(mix: dict[str, float]) -> float:
    return sum(mix[name] for name in DISRUPTING)


def test_every_protein_coding_gene_has_its_ids() -> None:
    assert len(FACTS) == 19_290
    row = FACTS.by_symbol["PKD1"]
    assert (FACTS.hgnc[row], FACTS.ensembl[row], FACTS.ncbi[row]) == ("HGNC:9008", "ENSG00000008710", "5310")
    assert (FACTS.chrom[row], FACTS.location[row]) == ("chr16", "16p13.3")
    assert FACTS.start[row] < FACTS.end[row]
    assert len(set(FACTS.hgnc)) == len(FACTS)
    assert np.isfinite(FACTS.loeuf).sum() > 17_000


def test_the_prior_mix_is_that_of_the_mode() -> None:
    for mode in catalog.MODES:
        assert FACTS.prior[mode].sum() == pytest.approx(1)
    mix = dict(zip(CLASSES, FACTS.prior["AD"], strict=True))
    assert mix["missense"] / mix["frameshift"] == pytest.approx(0.518 / 0.192)
    assert (mix["splice_donor"] + mix["splice_acceptor"]) / mix["missense"] == pytest.approx(0.040 / 0.518)


def test_the_mix_is_the_mean_of_the_posterior() -> None:
    gene = hgnc("CFTR")
    count = FACTS.counts[FACTS.rows[gene]]
    assert count.sum() > 300
    expected = (count + FACTS.strength * FACTS.prior["AR"]) / (count.sum() + FACTS.strength)
    mix = FACTS.class_mix(gene, "AR", ["OMIM:219700"])
    assert list(mix) == list(CLASSES)
    assert list(mix.values()) == pytest.approx(expected.tolist())
    assert FACTS.class_mix("HGNC:0", "AR", []) == pytest.approx(dict(zip(CLASSES, FACTS.prior["AR"], strict=True)))


@pytest.mark.parametrize(
    ("symbol", "disease"),
    [("FGFR3", "OMIM:100800"), ("PTPN11", "OMIM:163950"), ("COL1A1", "OMIM:166200"), ("KCNQ2", "OMIM:613720")],
)
def test_gain_of_function_and_dominant_negative_get_no_truncation(symbol: str, disease: str) -> None:
    gene = hgnc(symbol)
    assert FACTS.mechanism(gene, "AD", [disease]) & {"GoF", "DN"}
    mix = FACTS.class_mix(gene, "AD", [disease])
    assert disrupting(mix) == 0
    assert sum(mix.values()) == pytest.approx(1)


def test_altered_is_not_loss_of_function_and_no_reason_against_it() -> None:
    pairs = [key for key, rows in FACTS.mechanisms.items() if {row[0] for row in rows} == {"altered"}]
    assert len(pairs) > 300
    for gene, disease in pairs[:50]:
        assert FACTS.mechanism(gene, "AR", [disease]) == {"altered"}
        assert disrupting(FACTS.class_mix(gene, "AR", [disease])) > 0


def test_a_tolerant_gene_is_not_made_haploinsufficient_but_may_be_recessive() -> None:
    gene = hgnc("BFSP2")
    assert FACTS.tolerates_loss(gene)
    assert disrupting(FACTS.class_mix(gene, "AD", [])) == 0
    assert disrupting(FACTS.class_mix(gene, "AR", [])) > 0.3


@pytest.mark.parametrize("symbol", ["SCN1A", "PKD1", "MECP2", "TTN", "FLG"])
def test_genes_with_evidence_are_haploinsufficient(symbol: str) -> None:
    assert not FACTS.tolerates_loss(hgnc(symbol))  # FLG: LOEUF 1.93, but ClinGen says haploinsufficient


def changed(**columns: object) -> GeneFacts:
    return dataclasses.replace(FACTS, **columns)  # type: ignore[arg-type]


def test_each_piece_of_evidence_counts() -> None:
    row = FACTS.by_symbol["BFSP2"]
    gene = FACTS.hgnc[row]

    def with_value(name: str, value: float) -> GeneFacts:
        column = getattr(FACTS, name).copy()
        column[row] = value
        return changed(**{name: column})

    assert not with_value("loeuf", 0.99).tolerates_loss(gene)
    assert not with_value("loeuf", np.nan).tolerates_loss(gene)
    assert not with_value("haploinsufficiency", 3).tolerates_loss(gene)
    assert not with_value("dominant_truncations", 2).tolerates_loss(gene)
    low = with_value("haploinsufficiency", 40)
    low.loeuf[row] = 0.2
    assert low.tolerates_loss(gene)
    low.loeuf[row] = FACTS.loeuf[row]
    stated = changed(mechanisms={**FACTS.mechanisms, (gene, "OMIM:0"): (("LoF", "monoallelic", "G2P"),)})
    assert disrupting(stated.class_mix(gene, "AD", ["OMIM:0"])) > 0


def test_a_disease_without_a_row_takes_the_mechanism_its_gene_always_has() -> None:
    rows = {
        ("HGNC:1", "OMIM:1"): (("GoF", "monoallelic", "G2P"),),
        ("HGNC:1", "OMIM:2"): (("LoF", "biallelic", "G2P"),),
        ("HGNC:2", "OMIM:1"): (("GoF", "monoallelic", "G2P"),),
        ("HGNC:2", "OMIM:2"): (("LoF", "monoallelic", "G2P"),),
    }
    facts = changed(mechanisms=rows)
    assert facts.mechanism("HGNC:1", "AD", ["OMIM:9"]) == {"GoF"}
    assert facts.mechanism("HGNC:1", "AR", ["OMIM:9"]) == frozenset()
    assert facts.mechanism("HGNC:2", "AD", ["OMIM:9"]) == frozenset()
    assert facts.mechanism("HGNC:2", "AD", ["OMIM:2"]) == {"LoF"}


def test_no_disease_of_the_catalog_breaks_the_mix() -> None:
    known = catalog.load()
    for row in np.flatnonzero(known.drawable)[::7].tolist():
        disease = known[row]
        for link in disease.genes:
            for mode in set(disease.modes) & set(catalog.MODES):
                mix = FACTS.class_mix(link.hgnc, mode, disease.ids)
                assert sum(mix.values()) == pytest.approx(1)
                assert min(mix.values()) >= 0
                if FACTS.mechanism(link.hgnc, mode, disease.ids) & {"GoF", "DN"}:
                    assert disrupting(mix) == 0
