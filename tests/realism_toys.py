"""A small ontology, knowledge base and reports for the tests of the realism audit."""

from __future__ import annotations

from functools import cache

import numpy as np

from raresim import catalog
from raresim.audit.realism.cases import Cases, cases
from raresim.audit.realism.entries import Entries
from raresim.audit.realism.setting import Setting
from raresim.audit.realism.space import Space, space
from raresim.audit.realism.split import Split
from raresim.ontology import Ontology, _closure
from raresim.reports import Report

# All - Phenotypic abnormality - systems A and B; X stands below A1 and B1; M is no finding.
PARENTS = {
    "HP:0000001": (),
    "HP:0000005": ("HP:0000001",),  # M
    "HP:0000118": ("HP:0000001",),
    "HP:0001000": ("HP:0000118",),  # A
    "HP:0001001": ("HP:0001000",),  # A1
    "HP:0001002": ("HP:0001000",),  # A2
    "HP:0001011": ("HP:0001001",),  # A11
    "HP:0002000": ("HP:0000118",),  # B
    "HP:0002001": ("HP:0002000",),  # B1
    "HP:0002002": ("HP:0002000",),  # B2
    "HP:0003000": ("HP:0001001", "HP:0002001"),  # X
}
ROOT, A, A1, A2, A11, B, B1, B2, X = range(9)
NAN = float("nan")


def ontology(parents: dict[str, tuple[str, ...]] = PARENTS) -> Ontology:
    """The ontology of these parents."""
    ids = sorted(parents)
    above = [sorted(ids.index(p) for p in parents[term]) for term in ids]
    lines = _closure(above)
    return Ontology(
        release="toy",
        ids=ids,
        labels=ids,
        parent_off=np.cumsum([0, *map(len, above)]),
        parents_of=np.array([p for line in above for p in line], np.int32),
        ancestor_off=np.cumsum([0, *map(len, lines)]),
        ancestors_of=np.array([a for line in lines for a in line], np.int32),
        replaced={"HP:0009999": "HP:0001011"},
        retired=frozenset({"HP:0009998"}),
    )


@cache
def toy() -> Space:
    """The findings of the small ontology."""
    return space(ontology())


def entries(of: dict[str, dict[int, float]], where: Space | None = None) -> Entries:
    """The entries of diseases with frequencies by term."""
    flat = [(t, p) for terms in of.values() for t, p in sorted(terms.items())]
    return Entries(
        where or toy(),
        [(code,) for code in of],
        np.cumsum([0, *map(len, of.values())]),
        np.array([t for t, _ in flat], np.int32),
        np.array([p for _, p in flat], np.float64),
    )


@cache
def small() -> Entries:
    """Four diseases: d0 has A11 and B1, d1 A2, d2 B2 and X, d3 the same as d2."""
    both = {B2: 0.5, X: 0.1}
    return entries({"OMIM:0": {A11: 0.9, B1: NAN}, "OMIM:1": {A2: 1.0}, "OMIM:2": both, "OMIM:3": both})


def made(*records: tuple[int, list[int], list[int]]) -> Cases:
    """Cases of (disease, observed, excluded)."""
    return cases(toy(), [d for d, _, _ in records], [(o, x) for _, o, x in records])


@cache
def wide() -> Space:
    """A space of 8 systems with 6 groups of 5 terms each."""
    parents = {"HP:0000001": (), "HP:0000118": ("HP:0000001",)}
    for system in range(8):
        top = f"HP:{100 + system}0000"
        parents[top] = ("HP:0000118",)
        for group in range(6):
            middle = f"HP:{100 + system}{group + 1}000"
            parents[middle] = (top,)
            parents |= {f"{middle[:-1]}{leaf + 1}": (middle,) for leaf in range(5)}
    return space(ontology(parents))


@cache
def wide_entries(diseases: int = 40, seed: int = 5) -> Entries:
    """Diseases of eight terms each."""
    rng = np.random.default_rng(seed)
    leaves = np.flatnonzero(wide().leaf)
    of = {}
    for d in range(diseases):
        terms = rng.choice(leaves, 8, replace=False).tolist()
        of[f"OMIM:{d + 100}"] = dict(zip(terms, rng.uniform(0.2, 0.9, 8).tolist(), strict=True))
    return entries(of, wide())


def drawn(disease: int, rng: np.random.Generator, shift: float = 0.0) -> tuple[list[int], list[int]]:
    """A record: coins of the frequencies (raised by ``shift``), the others excluded by half."""
    terms, frequency = wide_entries().of(disease)
    here = rng.random(len(terms)) < np.minimum(frequency + shift, 1.0)
    here[int(rng.integers(len(terms)))] = True
    looked = rng.random(len(terms)) < 0.5
    return terms[here].tolist(), terms[~here & looked].tolist()


def reports(many: int, seed: int, prefix: str = "r", shift: float = 0.0) -> list[Report]:
    """Reports of the wide diseases in turn, four to a publication."""
    rng = np.random.default_rng(seed)
    ids = wide().ids
    out = []
    for i in range(many):
        disease = (i // 4) % len(wide_entries())
        seen, unseen = (tuple(ids[t] for t in side) for side in drawn(disease, rng, shift))
        code, paper = wide_entries().ids[disease][0], f"PMID:{i // 4}"
        out.append(Report(f"{prefix}{i:05d}", code, paper, None, None, None, seen, unseen))
    return out


def setting(train: list[Report], judged: list[Report], held_diseases: tuple[str, ...] = ()) -> Setting:
    """A setting of the wide diseases."""
    new = tuple(r for r in judged if r.disease in held_diseases)
    parts = Split(tuple(train), tuple(r for r in judged if r.disease not in held_diseases), new)
    ordered = tuple(sorted(judged, key=lambda r: (r.disease, r.id)))
    return Setting(parts, catalog.load(), wide_entries(), wide_entries().information(), ordered)
