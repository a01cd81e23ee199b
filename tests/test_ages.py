"""Findings that are possible at an age, in the records of patients, relatives, controls and of noise."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import raresim
from raresim import Spec, ages, catalog, ontology, opposites, reports
from raresim.compile import seldom
from raresim.onset import OLDEST, examined, share_under
from raresim.perturb import Noise
from raresim.phenotype import Feature, Features, Person
from raresim.streams import stream
from raresim.tables import table
from raresim.timing import apply

HPO = ontology.load()
DEMENTIA, SPEECH, NEONATAL, EARLY = "HP:0000726", "HP:0000750", "HP:0001319", "HP:0001622"
OF = next(d for d in catalog.load() if d.drawable and {"HP:0001250"} <= {row.term for row in d.annotations})


def record(*terms: str, excluded: bool = False) -> Features:
    return Features(tuple(Feature(t, excluded, None if excluded else 0.0, "prior", "") for t in sorted(terms)))


def made(features: Features, age: float, onset: float, number: int = 0) -> list[tuple[str, bool, float | None]]:
    rows = apply(features, OF, Person(True, age, onset), True, stream(1, number)).rows
    return [(f.term, f.excluded, f.onset) for f in rows]


def test_nothing_before_its_age() -> None:
    """Dementia at one: neither present nor excluded; at 40 with onset in infancy it begins when it can."""
    for number in range(20):
        assert [t for t, *_ in made(record("HP:0001250", DEMENTIA), 1.0, 0.1, number)] == ["HP:0001250"]
        assert [
            t for t, *_ in made(Features((*record("HP:0001250").rows, *record(DEMENTIA, excluded=True).rows)), 1.0, 0.1)
        ] == ["HP:0001250"]
    later = {t: at for t, _, at in made(record("HP:0001250", DEMENTIA), 40.0, 0.1)}
    assert later[DEMENTIA] == 3.0
    assert later["HP:0001250"] == 0.1  # not before the disease


@pytest.mark.parametrize(
    ("term", "age"),
    [
        ("HP:0030051", 0.8),  # tip-toe gait
        ("HP:0003388", 0.8),  # easy fatigability
        ("HP:0010465", 0.8),  # precocious puberty in females
        ("HP:0003738", 1.9),  # exercise-induced myalgia
        ("HP:0025161", 0.9),  # frequent temper tantrums
        ("HP:0003763", 0.9),  # bruxism
        ("HP:0001611", 1.9),  # hypernasal speech
        ("HP:0002077", 1.9),  # migraine with aura
        ("HP:0000603", 4.0),  # central scotoma
        ("HP:0030526", 4.0),  # severe constriction of the visual field
    ],
)
def test_no_small_child_has_it(term: str, age: float, shared: Path) -> None:
    """Nobody has it at that age, nor a shared case; older ones have it."""
    assert all(term not in {t for t, *_ in made(record("HP:0001250", term), age, 0.1, n)} for n in range(50))
    assert term in {t for t, *_ in made(record("HP:0001250", term), 9.0, 0.1)}
    cases = reports.read(shared / seldom.CASES).reports
    above = HPO.rows[term]
    assert not [c.id for c in cases if c.age is not None and c.age <= age for t in c.observed if _is(t, above)]


def _is(term: str, above: int) -> bool:
    row = HPO.rows[term]
    return row == above or HPO.is_ancestor(above, row)


def test_no_floor_is_above_a_shared_case(shared: Path) -> None:
    """What is recorded as present at an age in a shared case is possible then, but for a dyslexia at 0.3 years, a
    depression and a migraine at 0.1, and sudden death."""
    floor, rows = ages.limits().floor, HPO.rows
    cases = reports.read(shared / seldom.CASES).reports
    young = [(c.id, t) for c in cases if c.age is not None for t in c.observed if np.inf > floor[rows[t]] > c.age]
    assert len(young) <= 3, young


def test_nobody_who_is_examined_died_suddenly() -> None:
    """Sudden cardiac death is never present, nor drawn by noise; excluded it stays."""
    death, row = "HP:0001645", HPO.rows["HP:0001645"]
    for age in (0.5, 40.0, 90.0):
        assert [t for t, *_ in made(record("HP:0001250", death), age, 0.1)] == ["HP:0001250"]
        assert ages.barred(age, 0.1)[row]
        both = Features((*record("HP:0001250").rows, *record(death, excluded=True).rows))
        assert (death, True, None) in made(both, age, 0.1)
    assert ages.barred(np.inf, 0.0)[row]


def test_what_is_congenital_by_name_begins_at_birth() -> None:
    """Congenital stationary night blindness has not the youngest age of night blindness, whenever it is noticed."""
    assert not [
        t for t in HPO.ids if "congenital" in HPO.labels[HPO.rows[t]].lower() and ages.limits().floor[HPO.rows[t]]
    ]
    for term in ("HP:0007642", "HP:0030639", "HP:0030641"):
        for age, onset in ((0.5, 0.1), (30.0, 3.0)):
            assert {t: at for t, _, at in made(record("HP:0001250", term), age, onset)}[term] == 0.0


def test_a_finding_stands_for_what_cannot_be() -> None:
    (term, excluded, onset), *_ = made(record(DEMENTIA), 1.0, 0.2)
    assert not excluded
    assert term in {HPO.finding(row.term)[0] for row in OF.annotations}
    assert onset is not None
    assert onset <= 1.0
    assert made(Features(()), 1.0, 0.2) == []


def test_seldom_is_the_share_of_the_table() -> None:
    """Delayed speech under one year stays in the share of Language impairment, four standard errors of 2,000."""
    share = {term: present for term, _, present, _ in ages.seldom()}["HP:0002463"]
    assert 0.05 < share < 0.2
    kept = np.mean([SPEECH in {t for t, *_ in made(record("HP:0001250", SPEECH), 0.5, 0.1, n)} for n in range(2000)])
    assert abs(kept - share) < 4 * (share * (1 - share) / 2000) ** 0.5
    assert all(SPEECH in {t for t, *_ in made(record("HP:0001250", SPEECH), 2.0, 0.1, n)} for n in range(50))


@pytest.mark.slow
def test_the_table_is_what_its_compiler_makes(shared: Path) -> None:
    assert seldom.compiled(shared) == table("seldom.tsv").read_bytes()


def test_what_begins_at_birth() -> None:
    """Neonatal hypotonia is none of a disease that begins at 20; premature birth is, at 0."""
    found = {t: at for t, _, at in made(record("HP:0001250", NEONATAL, EARLY), 30.0, 20.0)}
    assert NEONATAL not in found
    assert found[EARLY] == 0.0
    assert {t: at for t, _, at in made(record(NEONATAL), 30.0, 0.5)}[NEONATAL] == pytest.approx(28 / 365.25)


def test_terms_that_name_one_sex_are_of_it() -> None:
    """Every label that names an organ or a state of one sex; the others are of parts that both sexes have."""
    female = (
        r"\buter(us|ine)\b|\bovar(y|ian)|menstr|menarche|thelarche|\bvagina|vulv|oocyte|implantation failure|eclamp"
    )
    male = r"prostat|testis|testic|scrot|penis|penile|sperm|\bsemen\b|ejaculat|epididym|hypospad"
    others = {
        *("HP:0012861", "HP:0025652", "HP:0030365", "HP:0030369"),  # ovotestis; placenta and birth of the patient
        *("HP:0034546", "HP:0100673", "HP:0100674", "HP:0100675", "HP:0100676"),  # of 46,XY; the tunica vaginalis
    }
    for pattern, sex in ((female, 1), (male, 2)):
        odd = {
            HPO.ids[row]
            for row, label in enumerate(HPO.labels)
            if HPO.phenotypic[row] and re.search(pattern, label, re.IGNORECASE) and HPO.sex[row] != sex
        }
        assert odd <= others, sorted(odd - others)


def test_no_patient_is_examined_before_a_finding_can_be() -> None:
    for of in (catalog.load().find("OMIM:258150"), catalog.load().find("OMIM:615774")):
        female = of.sex == "female"
        assert ages.first(of, female) == 12.0
        assert min(examined(of, female, 0.0, stream(1, n), stream(2, n)) for n in range(100)) >= 12.0


def test_share_under_knows_deaths() -> None:
    """Of patients who fall ill at birth and die by two, all are examined under 3; else as without."""
    birth = ((0.0, 0.0, 1.0),)
    assert share_under(3.0, birth, ((2.0, 1.0),)) == pytest.approx(1.0)
    half = share_under(3.0, birth, ((2.0, 0.5),))
    assert half == pytest.approx((1.0 + share_under(3.0, birth)) / 2)
    assert share_under(3.0, birth, ((OLDEST, 1.0),)) == pytest.approx(share_under(3.0, birth))


@pytest.mark.parametrize("phenotype", ["annotated", "clinical"])
def test_every_record_of_a_study(phenotype: str) -> None:
    """Patients, relatives, controls, earlier visits and noise: nothing impossible at the age, no opposites but in 3 of
    1,000."""
    spec = Spec.from_dict(
        {
            "cases": 300,
            "genome": "none",
            "controls": 0.3,
            "visits": 2,
            "phenotype": phenotype,
            "pedigree": "trio",
            "noise": {"unrelated": 3.0, "sibling": 0.2, "down": 0.2, "up": 0.1},
            "record": {"development": "by_age"},
        }
    )
    limits, joint, seen = ages.limits().of, 0, 0
    for case in raresim.cases(spec):
        records = [(m.age, m.features) for m in case.truth.members if m.features is not None]
        records += [(visit.age, visit.features) for visit in case.observed.earlier]
        for age, features in records:
            seen += 1
            joint += bool(opposites.joint(features))
            for f in features.rows:
                limit = limits.get(f.term)
                if limit is None:
                    continue
                if f.excluded:
                    assert age >= limit.floor or limit.denied > 0, f
                else:
                    assert age >= limit.floor, f
                    assert f.onset is None or limit.floor <= f.onset <= min(age, limit.latest), f
    assert seen > 900
    assert joint <= 0.003 * seen + 4 * (0.003 * seen) ** 0.5


def test_noise_adds_nothing_that_began_before_the_disease() -> None:
    """A disease that began at 20: of 600 records with five terms more, none is congenital, neonatal or prenatal."""
    noise, limits = Noise(unrelated=5.0, sibling=0.5, down=0.5), ages.limits().of
    features, early = record("HP:0001250", "HP:0001629"), 0
    for number in range(600):
        for onset in (20.0, 0.0):
            _, changes = noise.apply(features, True, 1, "early", number, age=30.0, onset=onset)
            born = [c for c in changes if c.after in limits and limits[c.after].latest < 20.0]
            early += len(born) if onset == 0.0 else 0
            assert not born or onset == 0.0
    assert early > 20
