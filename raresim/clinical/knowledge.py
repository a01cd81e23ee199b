"""What the ontology and the catalog say of terms, as arrays over the rows of the ontology."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim import ontology

if TYPE_CHECKING:
    from raresim.catalog import Catalog

NEIGHBOURS = 40  # similar entries that lend their terms: a choice


@dataclass(frozen=True, eq=False)
class Terms:
    """The findings of the ontology.

    Rows are those of :func:`raresim.ontology.load`. line_off, line: the ancestors of each finding, itself among them,
    that are findings (int64[n + 1], int32). depth int32[n]; leaf bool[n]: nothing is below it; branch uint32[n]: organ
    systems (children of Phenotypic abnormality) as bits; sex int8[n] and finding bool[n] as in the ontology.
    """

    line_off: NDArray[np.int64]
    line: NDArray[np.int32]
    depth: NDArray[np.int32]
    leaf: NDArray[np.bool_]
    branch: NDArray[np.uint32]
    sex: NDArray[np.int8]
    finding: NDArray[np.bool_]

    def above(self, row: int) -> NDArray[np.int32]:
        """Return the rows of a finding and the findings above it."""
        return self.line[self.line_off[row] : self.line_off[row + 1]]

    def closure(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.int32]:
        """Return the rows of findings and all above them, each once, ascending."""
        return np.unique(self.line[_spans(self.line_off, rows)])


@lru_cache(maxsize=1)
def terms() -> Terms:
    """Return the findings of the installed ontology."""
    hpo = ontology.load()
    finding, n = hpo.phenotypic, len(hpo)
    owner = np.repeat(np.arange(n), np.diff(hpo.ancestor_off))
    keep = finding[owner] & finding[hpo.ancestors_of]
    leaf = np.ones(n, np.bool_)
    leaf[hpo.parents_of] = False
    owner, line = owner[keep], hpo.ancestors_of[keep]
    branch = np.zeros(n, np.uint32)
    for bit, top in enumerate(np.flatnonzero(hpo.depth == 1).tolist()):
        branch[owner[line == top]] |= np.uint32(1 << bit)
    off = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n))])
    return Terms(off, line.astype(np.int32), hpo.depth, leaf, branch, hpo.sex, finding)


@dataclass(frozen=True, eq=False)
class Knowledge:
    """What the entries of a catalog say of terms.

    information float64[n]: -ln(entries with the term or one below it / entries), half an entry where there is none
    (Resnik 1995; in nats). step float64[n]: what a term adds to its most informative parent, at least 0. annotated
    bool[n]: in some entry. ids: row by any id of a disease. entry_off, entry: the terms of each disease; having_off,
    having: the diseases of each term, itself or below it. size float64[diseases]: root of the sum of IC^2 of an entry
    with all above it.
    """

    information: NDArray[np.float64]
    step: NDArray[np.float64]
    annotated: NDArray[np.bool_]
    ids: dict[str, int]
    entry_off: NDArray[np.int64]
    entry: NDArray[np.int32]
    having_off: NDArray[np.int64]
    having: NDArray[np.int32]
    size: NDArray[np.float64]

    def lent(self, ids: tuple[str, ...], rows: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return float64[n]: the share of similar entries (by squared cosine over IC-weighted terms and ancestors) that
        hold each term; the disease itself, any of its ids, is none of them."""
        from raresim.kernels.clinical import overlaps

        line, info = terms().closure(rows), self.information
        own = np.sqrt((info[line] ** 2).sum())
        cosine = overlaps(line, self.having_off, self.having, info, len(self.size)) / (self.size * own + 1e-9)
        cosine[[self.ids[code] for code in ids if code in self.ids]] = 0.0
        chosen = np.sort(np.argpartition(-cosine, min(NEIGHBOURS, len(cosine)) - 1)[:NEIGHBOURS])
        weight = cosine[chosen] ** 2
        held = self.entry[_spans(self.entry_off, chosen)]
        share = np.bincount(held, np.repeat(weight, np.diff(self.entry_off)[chosen]), minlength=len(info))
        return np.asarray(share / (weight.sum() + 1e-9))


@lru_cache(maxsize=4)
def knowledge(catalog: Catalog) -> Knowledge:
    """Return what the entries of a catalog say of terms."""
    from raresim.kernels.clinical import closures

    hpo, known, c = ontology.load(), terms(), catalog.columns
    n, many = len(hpo), len(c["row_off"]) - 1
    number = np.array([int(code[3:]) for code in hpo.ids])
    row = np.searchsorted(number, c["row_term"])
    owner = np.repeat(np.arange(many), np.diff(c["row_off"]))
    keep = (
        ~c["row_excluded"] & (number[np.minimum(row, n - 1)] == c["row_term"]) & known.finding[np.minimum(row, n - 1)]
    )
    owner, row = owner[keep], row[keep].astype(np.int32)
    off = np.searchsorted(owner, np.arange(many + 1))
    line_off, flat = closures(off, row, known.line_off, known.line, n)
    of = np.repeat(np.arange(many, dtype=np.int32), np.diff(line_off))
    count = np.bincount(flat, minlength=n)
    info = -np.log(np.maximum(count, 0.5) / max(len(np.unique(owner)), 1))
    info[~known.finding] = 0.0
    parent = np.zeros(n)
    np.maximum.at(parent, np.repeat(np.arange(n), np.diff(hpo.parent_off)), info[hpo.parents_of])
    return Knowledge(
        information=info,
        step=np.maximum(info - parent, 0.0),
        annotated=np.bincount(row, minlength=n) > 0,
        ids={code: i for i, codes in enumerate(catalog.ids) for code in codes},
        entry_off=off,
        entry=row,
        having_off=np.concatenate([[0], np.cumsum(count)]),
        having=of[np.argsort(flat, kind="stable")],
        size=np.sqrt(np.bincount(of, info[flat] ** 2, minlength=many)),
    )


def _spans(off: NDArray[np.int64], rows: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Return the places ``off[row]`` to ``off[row + 1]`` of all rows, one after the other."""
    many = np.diff(off)[rows]
    start = np.repeat(off[rows] - np.concatenate([[0], np.cumsum(many)[:-1]]), many)
    return np.asarray(start + np.arange(many.sum()))
