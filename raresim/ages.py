"""Ages at which a finding is possible: none is recorded before it can be seen, or begins later than it can begin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.tables import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from raresim.catalog import Disease
    from raresim.phenotype import Feature

# Findings, with all below them, by the youngest age in years at which they are recorded as present. From it, the ages
# of milestones and definitions: walking alone 8 to 18 months (WHO Multicentre Growth Reference Study 2006, Acta
# Paediatr Suppl 450:86); puberty precocious before 8 in girls, delayed after 13 in girls and 14 in boys (Palmert MR,
# Dunkel L 2012, N Engl J Med 366:443; recalled); perimetry from 5 (Patel DE et al. 2015, PLoS ONE 10:e0130895);
# enuresis is named from 5; school from 5 to 6. Where a solved case (phenopacket-store of 2026-06-25, 4,821 of 6,079
# with an age) is younger, the age is that case's (so unsteady and ataxic gait have none); all else: choices.
# The last number says whether the finding is recorded as excluded before that age (solved cases do, or not). Nobody who
# is examined has died. A migraine at a month in a solved case is none.
FLOORS: tuple[tuple[str, float, float], ...] = (
    ("HP:0003391 HP:0003551 HP:0033235 HP:0009046 HP:0002527 HP:0031629 HP:0002312", 1.0, 0.0),  # needs walking
    ("HP:0030051 HP:0002136 HP:0002141 HP:0002515 HP:0003376 HP:0002064 HP:0012407 HP:0031954", 1.0, 0.0),  # kinds
    ("HP:0031958 HP:0031957 HP:0031825 HP:0002362 HP:0007311 HP:0031953 HP:0031955 HP:0034052", 1.0, 0.0),  # of gait
    ("HP:6000490 HP:0031847 HP:0006962 HP:0025682 HP:6001360 HP:6001054 HP:6001056 HP:0010521", 1.0, 0.0),
    ("HP:0000662 HP:0001300 HP:0000826", 1.0, 1.0),  # night blindness, parkinsonism; precocious puberty (case: 2.2)
    ("HP:0025160 HP:0003763", 1.0, 0.0),  # temper tantrums, bruxism (youngest cases: 1.25, 1.4)
    ("HP:0000551 HP:0005978", 2.0, 1.0),  # colour vision; diabetes of type II
    ("HP:0002321 HP:0000360 HP:0003401", 2.0, 0.0),  # vertigo, tinnitus, paresthesia: has to be told
    ("HP:0012378 HP:0003388 HP:0003546", 2.0, 1.0),  # fatigue, fatigability, exercise (youngest cases: 3, 3.5, 2.6)
    ("HP:0003738 HP:0008305 HP:0003710 HP:0008967 HP:0004901 HP:0005535 HP:0009045 HP:0012652 HP:0025073", 2.0, 0.0),
    ("HP:0009020 HP:0002076", 2.0, 1.0),  # muscle fatigue, like the line above induced by exercise; migraine
    ("HP:0001611", 2.0, 0.0),  # hypernasal speech (youngest case: 4)
    ("HP:0002354 HP:0000726 HP:0001268", 3.0, 0.0),  # memory, dementia, mental deterioration
    ("HP:0001328 HP:0000716 HP:0000020 HP:0000805 HP:0000012 HP:0002607 HP:0012701", 3.0, 1.0),  # learning, continence
    ("HP:0002442 HP:0010522 HP:0000709", 5.0, 1.0),  # dyscalculia, dyslexia; psychosis
    ("HP:0000575 HP:0001133 HP:0001129 HP:0007854 HP:0030644", 5.0, 1.0),  # visual fields (youngest case: 7)
    ("HP:0030590 HP:0030591 HP:0030592", 5.0, 1.0),  # and their tests
    ("HP:0100753 HP:0000738 HP:0000746 HP:0100754 HP:0007302 HP:5200330 HP:0031589", 5.0, 0.0),
    ("HP:0000140", 8.0, 1.0),  # menstrual cycle
    ("HP:0000869 HP:0030955 HP:0430037 HP:5200329 HP:6000028 HP:0033511 HP:0001033 HP:0011440", 10.0, 0.0),  # alcohol
    ("HP:0012183", 10.0, 0.0),  # hyperplastic polyposis of the colon
    ("HP:0002225 HP:0002555 HP:0002215 HP:0002221", 10.0, 0.0),  # too little pubic, axillary hair
    ("HP:0000823 HP:0008187 HP:0008197 HP:0025453 HP:0025515", 11.0, 1.0),  # delayed puberty (youngest case: 11.5)
    ("HP:0000786 HP:0008209 HP:0025318 HP:0012114 HP:0031522", 12.0, 1.0),  # primary amenorrhea; ovary; carcinomas
    ("HP:0000027 HP:0000798 HP:0008669 HP:0012206 HP:0012863 HP:0012864", 12.0, 0.0),  # sperm
    ("HP:0033335 HP:0033338 HP:0020155 HP:0032571 HP:4000008 HP:0200148 HP:0200150 HP:0002234", 12.0, 0.0),  # oocytes
    ("HP:0000144 HP:0031845 HP:0046502 HP:0030016 HP:0100639 HP:0012875", 14.0, 0.0),  # fertility, sexual function
    ("HP:0003002", 15.0, 1.0),  # breast carcinoma
    ("HP:0007830 HP:0008615 HP:0007819 HP:0004676", 16.0, 1.0),  # adult by name
    ("HP:0012125", 20.0, 1.0),  # prostate cancer
    ("HP:0100256 HP:0033840", 40.0, 1.0),  # senile plaques, postmenopausal bleeding
    ("HP:0001699", np.inf, 1.0),  # sudden death
)
# Findings that begin before an age or never: before birth those below PRENATAL, which an adult's disease does not
# exclude (12 of 436 solved cases of onset from 16 on have one), and, by a word of the label, those that are then seen.
# Spasms are infantile up to 2 years (definition of the International League Against Epilepsy 2022; recalled).
PRENATAL = "HP:0001197"  # abnormality of prenatal development or birth
NOTICED = "HP:0007642"  # congenital stationary night blindness: there from birth, the onset of its diseases is later
BORN = (
    (re.compile(r"\b(congenital|f[o]?etal|antenatal|prenatal|at birth|birth (length|weight)|gestational age)\b"), 0.0),
    (re.compile(r"\bneonatal\b"), 28 / 365.25),
    (re.compile(r"\b(infantile|floppy infant)\b"), 2.0),
)
# Of diseases that begin later, years, no finding that is seen by then is recorded: 5 of 1,082 solved cases of onset
# from 1 year on have one, 11 times as many simulated ones of the same.
BORN_BEFORE = 1.0


@dataclass(frozen=True, slots=True)
class Limit:
    """Ages of a finding, in years: none is present before ``floor``; before ``usual`` a share ``kept`` of what is drawn
    stays present, a share ``denied`` of what is drawn stays excluded; it begins by ``latest``. prenatal: of those that
    begin by birth whatever the disease."""

    floor: float
    usual: float
    kept: float
    denied: float
    latest: float
    prenatal: bool


@dataclass(frozen=True, eq=False)
class Limits:
    """The limits of all terms of :func:`raresim.ontology.load`: by id for those that have any; floor, usual and latest
    as float64[n]."""

    of: dict[str, Limit]
    floor: NDArray[np.float64]
    usual: NDArray[np.float64]
    latest: NDArray[np.float64]


def seldom() -> list[tuple[str, float, float, float]]:
    """Return the findings that are seldom recorded below an age, of the shipped table (``raresim.compile.seldom``): id,
    age in years, share of the draws that stay present, share that stays excluded."""
    lines = table("seldom.tsv").read_text().splitlines()
    rows = (line.split("\t") for line in lines if line.startswith("HP:"))
    return [(term, float(age), float(present), float(excluded)) for term, age, present, excluded in rows]


@lru_cache(maxsize=1)
def limits() -> Limits:
    """Return the ages of all findings; a term has the strictest of the limits of the terms above it, but no youngest
    age where its name says that it is congenital."""
    terms = ontology.load()
    n = len(terms)
    floor, usual, kept, denied = np.zeros(n), np.zeros(n), np.ones(n), np.ones(n)
    for ids, years, share in FLOORS:
        for term in ids.split():
            row = terms.rows[term]
            floor[row], denied[row] = years, share
    for term, years, present, absent in seldom():
        row = terms.rows[term]
        usual[row], kept[row], denied[row] = years, present, min(denied[row], absent)
    start = terms.ancestor_off[:-1]
    floor, usual = (np.maximum.reduceat(x[terms.ancestors_of], start) for x in (floor, usual))
    floor[["congenital" in label.lower() for label in terms.labels]] = 0.0
    kept, denied = (np.minimum.reduceat(x[terms.ancestors_of], start) for x in (kept, denied))
    usual = np.maximum(usual, floor)
    latest = np.full(n, np.inf)
    for pattern, years in reversed(BORN):
        latest[[bool(pattern.search(label.lower())) for label in terms.labels]] = years
    prenatal = terms.below(PRENATAL)
    latest[prenatal] = 0.0
    prenatal = prenatal | terms.below(NOTICED)
    latest[~terms.phenotypic | (floor > 0)] = np.inf  # embryos of the patient are below PRENATAL as well
    rows = np.flatnonzero(((usual > 0) | np.isfinite(latest)) & terms.phenotypic).tolist()
    columns = (x[rows].tolist() for x in (floor, usual, kept, denied, latest, prenatal))
    of = {terms.ids[row]: Limit(*values) for row, *values in zip(rows, *columns, strict=True)}
    return Limits(of, floor, usual, latest)


def barred(age: float, onset: float) -> NDArray[np.bool_]:
    """Return bool[n]: the findings that nothing puts in the record of a person of an age at random: those that are
    seldom or never seen at that age (sudden death: at any), and those that begin before the complaints do."""
    known = limits()
    return (known.usual > age) | np.isinf(known.floor) | ((known.latest < onset) & (onset > BORN_BEFORE))


def deniable(term: str, age: float) -> bool:
    """Whether a finding may be recorded as excluded at an age."""
    limit = limits().of.get(term)
    return limit is None or age >= limit.floor or limit.denied > 0.0


def within(term: str, onset: float) -> float:
    """Return the age at which a finding begins that was drawn to begin at another: not before it can, nor after."""
    limit = limits().of.get(term)
    return onset if limit is None else min(max(onset, limit.floor), limit.latest)


_FIRST: dict[tuple[int, bool], tuple[Disease, float]] = {}


def first(disease: Disease, female: bool) -> float:
    """Return the age in years from which a patient of a disease can have one of its annotated findings (nearly always
    0): nobody is examined before."""
    key = (id(disease), female)
    if key not in _FIRST:
        if len(_FIRST) >= 16384:
            _FIRST.clear()
        terms, known = ontology.load(), limits()
        wrong = 2 if female else 1
        rows = [terms.rows.get(terms.finding(row.term)[0], -1) for row in disease.annotations if not row.excluded]
        ages = [float(known.floor[row]) for row in rows if row >= 0 and int(terms.sex[row]) != wrong]
        _FIRST[key] = (disease, min(ages, default=0.0))
    return _FIRST[key][1]


def fitting(rows: Sequence[Feature], age: float, onset: float, rng: Generator) -> list[bool]:
    """Draw which rows of a record stay at an age, by the limits of their terms; the disease began at ``onset``."""
    known = limits().of
    luck = rng.random(len(rows)).tolist()
    out = []
    for feature, draw in zip(rows, luck, strict=True):
        limit = known.get(feature.term)
        if limit is None:
            out.append(True)
        elif feature.excluded:
            out.append(age >= limit.usual or draw < limit.denied)
        else:
            fits = age >= limit.usual or (age >= limit.floor and draw < limit.kept)
            out.append(fits and (onset <= BORN_BEFORE or limit.prenatal or limit.latest >= onset))
    return out
