"""Findings that exclude each other, opposites (tall and short stature) with all below them and grades of one (mild and
severe intellectual disability): nobody has both but now and then."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.phenotype import Features

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease

# The words by which the labels of two opposite terms differ: a choice, all that part many terms of HPO.
WORDS = (
    *(("increased", "decreased"), ("increased", "reduced"), ("elevated", "reduced"), ("elevated", "decreased")),
    *(("hyper", "hypo"), ("macro", "micro"), ("tall", "short"), ("long", "short"), ("large", "small")),
    *(("wide", "narrow"), ("thick", "thin"), ("high", "low"), ("advanced", "delayed"), ("accelerated", "delayed")),
    *(("prominent", "depressed"), ("prominent", "flat"), ("broad", "narrow"), ("thick", "sparse"), ("deep", "shallow")),
    *(("precocious", "delayed"), ("premature", "delayed"), ("cavus", "planus"), ("tachy", "brady"), ("valg", "var")),
    *(("convex", "concave"), ("upturned", "downturned"), ("poly", "oligo"), ("elevated", "low"), ("increased", "low")),
    *(("absent", "sparse"), ("absent", "broad"), ("absent", "thick"), ("absent", "long"), ("unilateral", "bilateral")),
)
# Words of a measured substance that opposites need not share, read through.
MEASURE = re.compile(r"\b(circulating|serum|plasma|blood|total|levels?|concentration|activity)\b")
# Labels in which such a word names a part or a kind of thing: both can be affected.
NAMES = re.compile(
    r"(small|large) (intestin|joint)|(short|long)[- ](chain|term memory)|vesicular|discharges|igg subclass|"
    r"^absent (toe$|foot|metacarpal|\w+ phalanx)"
)
# Opposites without such words, by the definitions of HPO; none is together in shared cases more often than by chance.
WORDLESS = (
    *(("HP:0001873", "HP:0001894"), ("HP:0001903", "HP:0001901")),  # thrombocytopenia, -cytosis; anemia, polycythemia
    *(("HP:0000545", "HP:0000540"), ("HP:0000520", "HP:0000490")),  # myopia, hypermetropia; proptosis, deeply set eye
    *(("HP:0000494", "HP:0000582"), ("HP:0000248", "HP:0000268")),  # palpebral fissures; brachy-, dolichocephaly
    *(("HP:0000303", "HP:0000347"), ("HP:0000303", "HP:0000278")),  # prognathia and micrognathia, retrognathia
    *(("HP:0002591", "HP:0002039"), ("HP:0002591", "HP:0004396")),  # polyphagia and anorexia, poor appetite
    *(("HP:0000293", "HP:0009938"), ("HP:0000319", "HP:0002002")),  # full, sunken cheeks; smooth, deep philtrum
    *(("HP:0001007", "HP:0002231"), ("HP:0000574", "HP:0002223")),  # hirsutism, sparse hair; thick, absent eyebrow
    *(("HP:0004324", "HP:0001533"), ("HP:0001548", "HP:0004322")),  # weight, slender build; overgrowth, short stature
    *(("HP:0001520", "HP:0001511"), ("HP:0000252", "HP:0004482")),  # large, retarded fetus; micro-, macrocephaly
    *(("HP:0000687", "HP:0000678"), ("HP:0000237", "HP:0000239")),  # teeth apart, crowded; small, large fontanelle
    *(("HP:0001476", "HP:0005458"), ("HP:0001156", "HP:0001166")),  # late, early closure; short, spidery fingers
    *(("HP:0000870", "HP:0008202"), ("HP:0010306", "HP:0100818")),  # prolactin; short, long thorax
    *(("HP:0032298", "HP:0032136"), ("HP:0032299", "HP:0008348")),  # subclasses of IgG: 1, 2,
    *(("HP:0032297", "HP:0032137"), ("HP:0032300", "HP:0032138")),  # 3, 4
    *(("HP:0010639", "HP:0010684"), ("HP:0010638", "HP:0010686")),  # alkaline phosphatase of bone, of the liver
    *(("HP:0035023", "HP:0035032"), ("HP:0033381", "HP:6000437")),  # acetyl-, stearoylcarnitine
)
# What is below two opposites is opposite too, but not below these, whose kinds are of different parts, substances or
# times: in shared cases (6,079 of phenopacket-store of 2026-06-25) they are together more often than by chance ...
APART = "HP:0001276 HP:0010702 HP:0010511 HP:0012471 HP:0010980 HP:0100729 HP:0032184 HP:0410392 HP:0001347 HP:0040075"
# ... or, where these have none or one, read so: fingers, teeth, regions of skin, bone, fat, brain; subclasses.
PARTS = (
    "HP:0002615 HP:0001649 HP:0012649 HP:0011001 HP:0010442 HP:0001849 HP:0001010 HP:0009719 HP:0011512 HP:0045045 "
    "HP:0003237 HP:0009803 HP:0012298 HP:0012299 HP:0010241 HP:0032524 HP:0009126 HP:0030890 HP:0004331 HP:0003077 "
    "HP:0001572 HP:0006288 HP:0410391 HP:0004369 HP:0033748 HP:0010764 HP:0001166 HP:0001894 "
    "HP:0000561 HP:0002298 HP:0003155 HP:0000837 HP:0003334 HP:0011976 HP:0002550"
)
# Nor is what comes and goes, or is over, opposite to what is otherwise found.
PASSING = re.compile(
    r"\b(at birth|birth|gestational|neonatal|newborn|congenital|prenatal|antenatal|f[o]?etal|infan\w+|transient|"
    r"episodic|paroxysmal|intermittent|reactive|orthostatic|postprandial|fasting|nocturnal|failure to thrive)\b"
)
# Grades of one finding, by the words of HPO's labels; and by definition, in other words: visual acuity, preterm birth.
# Stages and numbered grades are none: those of the kidney follow each other (5 shared cases have two), others are of
# one side.
GRADES = (
    re.compile(
        r"\b((very )?(borderline|mild|moderate|severe|profound|extreme|high|heavy)(ly)?\b(?!-)"
        r"|(?<!-)class [ivx]+\b|score of \d+\b) ?"
    ),
    re.compile(r"\b(in)?complete\b ?"),  # how much of it
    re.compile(r"\b(partial|total)\b ?"),
)
# Labels in which they are of one finger or toe, of which another has another.
DIGITS = re.compile(r"\b(phalan\w+|finger|thumb|toe|hallux|metatarsal)\b")
GRADED = ("HP:0032037 HP:0030515 HP:0001141 HP:0032122", "HP:0025665 HP:0025666 HP:0025664")
# Share of the joint draws that stay where the disease lists both: of the shared cases of 1,615 that have an age and a
# disease that lists two of them 4 have both, of records of kind "annotated" of the same 432.
BOTH = 4 / 432


@lru_cache(maxsize=1)
def pairs() -> dict[str, frozenset[str]]:
    """Return the opposites of each finding that has one, by id.

    Two findings are opposite if their labels differ by one of :data:`WORDS` at the beginning of a word and in nothing
    else, and they have a parent or grandparent in common other than Phenotypic abnormality; or by definition
    (:data:`WORDLESS`).
    """
    terms = ontology.load()
    lower = [label.lower() for label in terms.labels]
    labels: dict[str, list[int]] = {}
    for row, label in enumerate(lower):
        if terms.phenotypic[row] and not NAMES.search(label):
            labels.setdefault(_bare(label), []).append(row)
    out: dict[str, set[str]] = {}
    for one, other_one in WORDLESS:
        out.setdefault(one, set()).add(other_one)
        out.setdefault(other_one, set()).add(one)
    for label, rows in labels.items():
        for this, that in WORDS:
            for found in re.finditer(rf"\b{this}", label) if this in label else ():
                others = labels.get(label[: found.start()] + that + label[found.end() :], ())
                for row, other in product(rows, others):
                    if not _near(row).isdisjoint(_near(other)):
                        out.setdefault(terms.ids[row], set()).add(terms.ids[other])
                        out.setdefault(terms.ids[other], set()).add(terms.ids[row])
    return {term: frozenset(others) for term, others in out.items()}


def _bare(label: str) -> str:
    """Return a label in small letters without :data:`MEASURE` and hyphens."""
    return " ".join(MEASURE.sub(" ", label.replace("-", " ")).split())


@lru_cache(maxsize=1)
def grades() -> dict[str, frozenset[str]]:
    """Return the other grades of each finding that has any, by id: findings whose labels differ in nothing else
    (:data:`GRADES`), with a parent or grandparent in common, and those of :data:`GRADED`."""
    terms = ontology.load()
    of: dict[tuple[int, str], list[int]] = {}
    for number, words in enumerate(GRADES):
        for row, label in enumerate(terms.labels):
            bare = words.sub("", label.lower()).strip()
            if terms.phenotypic[row] and bare != label.lower() and not DIGITS.search(bare):
                of.setdefault((number, bare), []).append(row)
    groups = [*of.values(), *([terms.rows[term] for term in ids.split()] for ids in GRADED)]
    out: dict[str, set[str]] = {}
    for rows in groups:
        for row in rows:
            for other in rows:
                if other != row and not _near(row).isdisjoint(_near(other)):
                    out.setdefault(terms.ids[row], set()).add(terms.ids[other])
    return {term: frozenset(others) for term, others in out.items()}


@lru_cache(maxsize=1)
def conflicts() -> dict[str, frozenset[str]]:
    """Return the opposites and other grades of each finding that has any, by id.

    With two opposites (:func:`pairs`) all below the one are opposite to all below the other, but for :data:`APART`,
    :data:`PARTS` and :data:`PASSING`.
    """
    terms, opposites = ontology.load(), pairs()
    out = {term: set(others) for term, others in grades().items()}
    separate = {*APART.split(), *PARTS.split()}
    line = {term: _steady_below(terms.rows[term]) for term in opposites}
    for one, others in opposites.items():
        for other in others:
            apart = separate.isdisjoint((one, other))
            here, there = (line[one], line[other]) if apart else ({one}, {other})
            for term in here - there:
                out.setdefault(term, set()).update(there - here)
    return {term: frozenset(others) for term, others in out.items()}


@lru_cache(maxsize=1)
def _below() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the terms below each term begin, and these."""
    terms = ontology.load()
    owner = np.repeat(np.arange(len(terms)), np.diff(terms.ancestor_off))
    many = np.bincount(terms.ancestors_of, minlength=len(terms))
    return np.cumsum([0, *many]), owner[np.argsort(terms.ancestors_of, kind="stable")]


def _steady_below(row: int) -> set[str]:
    """Return a term and those below it that do not pass."""
    terms, (off, below) = ontology.load(), _below()
    rows = below[off[row] : off[row + 1]].tolist()
    return {terms.ids[at] for at in rows if at == row or not PASSING.search(terms.labels[at].lower())}


def _near(row: int) -> set[int]:
    """Return the parents and grandparents of a term that are findings."""
    terms = ontology.load()
    parents = terms.parents(row).tolist()
    near = {*parents, *(above for parent in parents for above in terms.parents(parent).tolist())}
    return {above for above in near if terms.phenotypic[above]}


def joint(features: Features) -> list[tuple[str, str]]:
    """Return the pairs of present findings of a record that exclude each other, sorted."""
    known = conflicts()
    present = {f.term for f in features.rows if not f.excluded and f.term in known}
    return sorted((a, b) for a in present for b in known[a] & present if a < b) if len(present) > 1 else []


def apart(features: Features, disease: Disease, rng: Generator) -> Features:
    """Return a record in which, of two findings that exclude each other and are present, one is left out.

    A finding of the disease's entry stays beside one that is not of it, else chance decides. Where the entry lists
    both, both stay with probability :data:`BOTH`.
    """
    pairs = joint(features)
    if not pairs:
        return features
    terms = ontology.load()
    listed = {terms.finding(row.term)[0] for row in disease.annotations if not row.excluded}
    gone: set[str] = set()
    for pair in pairs:
        stays, which = rng.random(2).tolist()
        own = [term in listed for term in pair]
        if not gone.isdisjoint(pair) or (all(own) and stays < BOTH):
            continue
        gone.add(pair[own[0]] if own[0] != own[1] else pair[which < 0.5])
    return Features(tuple(f for f in features.rows if f.excluded or f.term not in gone))
