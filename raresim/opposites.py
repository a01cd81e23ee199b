"""Findings that exclude each other, opposites (tall and short stature) and grades of one (mild and severe intellectual
disability): nobody has both but now and then."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

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
    *(("convex", "concave"), ("upturned", "downturned"), ("poly", "oligo")),
)
GRADE = re.compile(r"\b(borderline|mild|moderate|severe|profound)(ly)?\b ?")  # the words of HPO's labels
# Share of the joint draws that stay where the disease lists both. Solved cases of phenopacket-store (2026-06-25) of
# diseases that list two opposites: 3 joint pairs in 1,326 cases; records of kind "annotated" of these: 58 in 436.
BOTH = (3 / 1326) / (58 / 436)


@lru_cache(maxsize=1)
def pairs() -> dict[str, frozenset[str]]:
    """Return the opposites of each finding that has one, by id.

    Two findings are opposite if their labels differ by one of :data:`WORDS` at the beginning of a word and in nothing
    else, and they have a parent or grandparent in common other than Phenotypic abnormality.
    """
    terms = ontology.load()
    labels = {label.lower(): row for row, label in enumerate(terms.labels) if terms.phenotypic[row]}
    out: dict[str, set[str]] = {}
    for label, row in labels.items():
        for this, that in WORDS:
            for found in re.finditer(rf"\b{this}", label) if this in label else ():
                other = labels.get(label[: found.start()] + that + label[found.end() :])
                if other is not None and not _near(row).isdisjoint(_near(other)):
                    out.setdefault(terms.ids[row], set()).add(terms.ids[other])
                    out.setdefault(terms.ids[other], set()).add(terms.ids[row])
    return {term: frozenset(others) for term, others in out.items()}


@lru_cache(maxsize=1)
def grades() -> dict[str, frozenset[str]]:
    """Return the other grades of each finding that has any, by id: findings whose labels differ in nothing else
    (:data:`GRADE`), with a parent or grandparent in common."""
    terms = ontology.load()
    of: dict[str, list[int]] = {}
    for row, label in enumerate(terms.labels):
        bare = GRADE.sub("", label.lower())
        if terms.phenotypic[row] and bare != label.lower():
            of.setdefault(bare.strip(), []).append(row)
    out: dict[str, frozenset[str]] = {}
    for rows in of.values():
        for row in rows:
            others = [other for other in rows if other != row and not _near(row).isdisjoint(_near(other))]
            if others:
                out[terms.ids[row]] = frozenset(terms.ids[other] for other in others)
    return out


@lru_cache(maxsize=1)
def conflicts() -> dict[str, frozenset[str]]:
    """Return the opposites and other grades of each finding that has any, by id."""
    out = {**grades()}
    for term, others in pairs().items():
        out[term] = out.get(term, frozenset()) | others
    return out


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
