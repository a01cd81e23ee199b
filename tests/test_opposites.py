"""Opposite findings: which they are, and that no record of any kind has two but where its disease lists both."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from raresim import catalog, ontology, opposites, reports
from raresim.phenotype import Feature, Features
from raresim.streams import stream

TALL, SHORT, MACRO, MICRO = "HP:0000098", "HP:0004322", "HP:0000256", "HP:0000252"


def record(*terms: str) -> Features:
    return Features(tuple(Feature(term, False, 1.0, "annotated", term) for term in sorted(terms)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TALL, SHORT),
        (MACRO, MICRO),
        ("HP:0001252", "HP:0001276"),  # hypotonia, hypertonia
        ("HP:0000316", "HP:0000601"),  # hypertelorism, hypotelorism
        ("HP:0000219", "HP:0000179"),  # thin upper lip, thick lower lip: no pair
        ("HP:0008232", "HP:0030341"),  # follicle stimulating hormone: elevated level, decreased concentration
        ("HP:0002850", "HP:0003496"),  # IgM: decreased total, increased level
        ("HP:0003155", "HP:0003282"),  # alkaline phosphatase: concentration, activity
        ("HP:0012101", "HP:0003259"),  # creatinine: serum, circulating
        ("HP:0000870", "HP:0008202"),  # prolactin: no near parent in common
        ("HP:0010685", "HP:0010680"),  # renal alkaline phosphatase: low, elevated
        ("HP:0002223", "HP:0045075"),  # absent, sparse eyebrow
        ("HP:0009777", "HP:0011304"),  # absent, broad thumb
        ("HP:0011480", "HP:0007633"),  # unilateral, bilateral microphthalmos
    ],
)
def test_pairs(one: str, other: str) -> None:
    expected = one != "HP:0000219"
    assert (other in opposites.pairs().get(one, ())) is expected
    assert (one in opposites.pairs().get(other, ())) is expected


def test_pairs_are_findings_and_mutual() -> None:
    terms, known = ontology.load(), opposites.pairs()
    for term, others in known.items():
        assert terms.phenotypic[terms.rows[term]]
        assert term not in others
        assert all(term in known[other] for other in others)
        assert not any(terms.is_ancestor(terms.rows[term], terms.rows[other]) for other in others)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("HP:0001513", "HP:0004325", True),  # obesity, decreased body weight
        ("HP:0001956", "HP:0004326", True),  # truncal obesity, cachexia: both below
        ("HP:0001873", "HP:0001894", True),  # thrombocytopenia, thrombocytosis: no word in common
        ("HP:0012471", "HP:0000233", True),  # thick, thin vermilion border
        ("HP:0000179", "HP:0000219", False),  # thick lower, thin upper lip: parts
        ("HP:0001257", "HP:0001252", False),  # spasticity, hypotonia: together more often than by chance
        ("HP:0001513", "HP:0001518", False),  # obesity, small for gestational age: past
        ("HP:0001256", "HP:0010864", True),  # mild, severe intellectual disability
        ("HP:0032037", "HP:0032122", True),  # mildly reduced, very low visual acuity
        ("HP:0030526", "HP:0030527", True),  # severe, very severe constriction of the visual field
        ("HP:0008180", "HP:0030235", True),  # mildly, extremely elevated creatine kinase
        ("HP:0025573", "HP:0011003", True),  # mild, high myopia
        ("HP:0005160", "HP:0010773", True),  # total, partial anomalous pulmonary venous return
        ("HP:0009942", "HP:0009943", False),  # duplication of a thumb, a complete one: above it
        ("HP:0009943", "HP:0009944", False),  # complete of one thumb, partial of the other
        ("HP:0034017", "HP:0034018", False),  # antibodies against HLA of class I, II
        ("HP:0010760", "HP:0001837", False),  # absent, broad toe: another one
        ("HP:0032135", "HP:0032296", False),  # decreased, increased subclass of IgG: another one
        ("HP:0002223", "HP:0005338", True),  # absent eyebrow, sparse lateral eyebrow
        ("HP:0002221", "HP:0000653", False),  # absent axillary hair, sparse eyelashes: parts
        ("HP:0003774", "HP:0012625", False),  # stages of kidney disease, at two times
    ],
)
def test_conflicts_are_of_what_is_below(one: str, other: str, expected: bool) -> None:
    assert (other in opposites.conflicts().get(one, ())) is expected
    assert (one in opposites.conflicts().get(other, ())) is expected


def test_no_grade_is_below_another() -> None:
    terms = ontology.load()
    for term, others in opposites.grades().items():
        assert not any(terms.is_ancestor(terms.rows[term], terms.rows[other]) for other in others)
        assert all(term in opposites.grades()[other] for other in others)


def test_few_real_cases_would_lose_a_finding(shared: Path) -> None:
    """Of 6,079 solved cases 31 have two that exclude each other."""
    known = opposites.conflicts()
    cases = reports.read(shared / "phenopackets" / "phenopacket_store_T.jsonl.gz").reports
    held = sum(any(not known[a].isdisjoint(case.observed) for a in case.observed if a in known) for case in cases)
    assert 0 < held <= 0.0055 * len(cases)


def test_one_of_two_opposites_stays() -> None:
    of = next(d for d in catalog.load() if not {row.term for row in d.annotations} & {TALL, SHORT, MACRO, MICRO})
    kept = [opposites.apart(record(TALL, SHORT, MACRO), of, stream(1, i)) for i in range(400)]
    assert all(len(made.rows) == 2 and made.rows[1].term != MICRO for made in kept)
    share = float(np.mean([TALL in {f.term for f in made.rows} for made in kept]))
    assert abs(share - 0.5) < 4 * 0.5 / 400**0.5  # four standard errors
    alone = record(TALL, MACRO)
    assert opposites.apart(alone, of, stream(1)) is alone
    denied = Features((*record(TALL).rows, dataclasses.replace(record(SHORT).rows[0], excluded=True, onset=None)))
    assert opposites.apart(denied, of, stream(1)) is denied


def test_the_finding_of_the_disease_stays() -> None:
    of = next(
        d
        for d in catalog.load()
        if SHORT in {row.term for row in d.annotations if not row.excluded}
        and TALL not in {row.term for row in d.annotations}
    )
    for i in range(20):
        assert [f.term for f in opposites.apart(record(TALL, SHORT), of, stream(2, i)).rows] == [SHORT]
