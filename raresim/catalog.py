"""Diseases with their genes, inheritance and phenotypic features; facts of genes. Compiled from HPO and Orphanet."""

from __future__ import annotations

from dataclasses import dataclass

MODES = ("AD", "AR", "XLD", "XLR")  # those that a case can have today; the catalog also names "XL", "MT", "YL", ...


@dataclass(frozen=True, slots=True)
class GeneLink:
    """A gene of a disease: HGNC id, symbol, kind of association ("germline", "somatic", "susceptibility", ...)."""

    hgnc: str
    symbol: str
    association: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """One HPO term of a disease. k of n patients had it (n = 0: no count); frequency is the best single figure, None
    where the source gives none. sex: "" or "female" or "male" only. excluded: the disease never has it (NOT or 0/n).
    onset: HPO onset term id or ""."""

    term: str
    k: int
    n: int
    frequency: float | None
    sex: str
    excluded: bool
    onset: str


@dataclass(frozen=True, slots=True)
class Disease:
    """A disease: primary id ("OMIM:100100"), all exactly equivalent ids, name, modes of inheritance as in ``MODES``
    (also "XL" where the source does not say which), genes, annotations, onset ranges in years with weights, sex it is
    limited to ("" for none), prevalence per person (None where unknown), drawable: an ordinary germline monogenic
    disease, with the reason where not."""

    id: str
    ids: tuple[str, ...]
    name: str
    modes: tuple[str, ...]
    genes: tuple[GeneLink, ...]
    annotations: tuple[Annotation, ...]
    onset: tuple[tuple[float, float, float], ...]  # (from, to, weight)
    sex: str
    prevalence: float | None
    drawable: bool
    why_not: str
