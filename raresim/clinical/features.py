"""Numbers of a term that do not depend on the record: its use, its information, and what it is to the entry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.clinical.knowledge import Knowledge, Terms, terms

if TYPE_CHECKING:
    from raresim.clinical.entry import Entry

NERVOUS = "HP:0000707"  # Abnormality of the nervous system
CLASSES = ("exact", "ancestor", "descendant", "unrelated")
USE = ("observed", "observed squared", "excluded", "never observed")  # in how many publications; the first columns
STATIC = (
    *USE,
    *("information", "information squared", "depth", "leaf", "general", "special", "not annotated"),
    *("frequency", "patients", "frequency by patients", "no figure", "nearly always"),
    *("one patient", "share", "share by patients"),
    *("similarity", "similar", "very similar", "unlike", "neighbours", "system share", "log system share"),
    *("never", "patients of never", "similarity to never"),
    *(f"{name} by size of entry" for name in ("observed", "excluded", "information", "frequency", "similarity")),
    *(f"{name} by size of entry" for name in ("unlike", "neighbours", "log system share")),
)
_COLUMN = {name: i for i, name in enumerate(STATIC)}
TYPICAL = 2.5  # log of the number of terms of a typical entry, 12: the zero of these eight


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Terms with what is known of them, whatever the disease.

    observed, excluded float64[n]: publications that observed, that excluded the term, by row of the ontology; usable
    bool[n]: terms that a record may hold (annotated somewhere or used, and all above them). nervous: the bit of that
    organ system.
    """

    terms: Terms
    knowledge: Knowledge
    observed: NDArray[np.float64]
    excluded: NDArray[np.float64]
    usable: NDArray[np.bool_]
    nervous: np.uint32

    @cached_property
    def node(self) -> NDArray[np.int32]:
        """int32[n + 1, 4]: the numbers of terms as :func:`raresim.kernels.clinical.fill` takes them."""
        out = np.zeros((len(self.terms.line_off), 4), np.int32)
        out[:, 0] = self.terms.line_off
        for bit in range(32):  # a term has five systems at most: 30 bits
            has = (self.terms.branch >> np.uint32(bit)) & np.uint32(1)
            out[:-1, 1] = np.where(has, out[:-1, 1] * 64 + bit + 1, out[:-1, 1])
        out[:-1, 2] = np.round(self.knowledge.information * 1e6)
        out[:-1, 3] = np.round(self.knowledge.step * 1e6)
        return out

    @cached_property
    def fixed(self) -> NDArray[np.float64]:
        """float64[11, n]: the first columns of ``STATIC``, which are the same for every entry."""
        ic, known = self.knowledge.information / 4, self.terms
        shape = (known.depth / 6, known.leaf, np.maximum(0.6 - ic, 0), np.maximum(ic - 1.5, 0))
        return np.stack([*use(self.observed, self.excluded).T, ic, ic**2, *shape, ~self.knowledge.annotated])

    @cached_property
    def kinds(self) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
        """One term of each set of organ systems, and the place of every term's set among them."""
        _, first, kind = np.unique(self.terms.branch, return_index=True, return_inverse=True)
        return first.astype(np.int32), kind

    @cached_property
    def line(self) -> NDArray[np.uint16]:
        """uint16: ``Terms.line`` in half the room."""
        return self.terms.line.astype(np.uint16)


def lexicon(knowledge: Knowledge, observed: NDArray[np.float64], excluded: NDArray[np.float64]) -> Lexicon:
    """Return the lexicon of a catalog and of counts of use."""
    known = terms()
    used = np.flatnonzero(known.finding & (knowledge.annotated | (observed > 0) | (excluded > 0)))
    usable = np.zeros(len(known.finding), np.bool_)
    usable[known.closure(used)] = True
    return Lexicon(known, knowledge, observed, excluded, usable, known.branch[ontology.load().rows[NERVOUS]])


def use(observed: NDArray[np.float64], excluded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return float64[n, 4], the columns ``USE``."""
    log = np.log(observed + 0.5) / 3
    return np.stack([log, log**2 / 4, np.log(excluded + 0.5) / 3, observed == 0], axis=1)


@dataclass(frozen=True, eq=False)
class View:
    """The terms seen from one entry.

    relation int8[n]: 0 exact, 1 ancestor, 2 descendant, 3 unrelated, by row of the ontology. The candidates of class j
    are ``rows[off[j]:off[j + 1]]`` (int32, ascending); static float32[c, 37]: their numbers, ``STATIC``.
    """

    relation: NDArray[np.int8]
    off: NDArray[np.int64]
    rows: NDArray[np.int32]
    static: NDArray[np.float32]


def view(entry: Entry, ids: tuple[str, ...], lexicon: Lexicon) -> View:
    """Return the terms seen from the entry of the disease with these ids."""
    from raresim.kernels.clinical import relations, similarity, system_share

    known, told = lexicon.terms, lexicon.knowledge
    relation = relations(entry.rows, known.line_off, known.line)
    candidate = lexicon.usable.copy()
    candidate[entry.rows] = True
    found = np.flatnonzero(candidate)
    rows = found[np.argsort(relation[found], kind="stable")].astype(np.int32)
    off = np.searchsorted(relation[rows], np.arange(5))
    info, (first, sets) = told.information, lexicon.kinds
    chance, many = entry.chance, np.log1p(entry.n) / 3
    odds = np.log(chance / (1 - chance)) / 2
    share = entry.k / np.maximum(entry.n, 1) - 0.5 * (entry.n > 0)
    lin = similarity(entry.rows, rows, known.line_off, known.line, info)
    lent = told.lent(ids, entry.rows)[rows]
    near, held = np.full(len(rows), np.log(0.003) / 3), np.flatnonzero(lent)
    near[held] = np.log(lent[held] + 0.003) / 3
    system = system_share(entry.rows, first, known.branch)
    kind = sets[rows]
    systems, unlike = np.log(system + 0.02)[kind], 2 * np.maximum(0.3 - lin, 0)
    size = np.log(len(entry.rows)) - TYPICAL
    fixed = lexicon.fixed[:, rows]
    static = np.zeros((len(STATIC), len(rows)), np.float32)

    def put(name: str, column: NDArray[Any]) -> None:
        static[_COLUMN[name], : len(column)] = column

    static[: len(fixed)] = fixed
    put("frequency", odds)  # what an entry says of its own terms, which come first; 0 for all others
    put("patients", many)
    put("frequency by patients", odds * many)
    put("no figure", entry.n == 0)
    put("nearly always", chance > 0.9)
    put("one patient", entry.n == 1)
    put("share", share)
    put("share by patients", share * many)
    put("similarity", lin)
    put("similar", np.maximum(lin - 0.5, 0))
    put("very similar", 2 * np.maximum(lin - 0.8, 0))
    put("unlike", unlike)
    put("neighbours", near)
    put("system share", system[kind])
    put("log system share", systems)
    if len(entry.never):
        place = np.full(len(relation), -1)
        place[rows] = np.arange(len(rows))
        at = place[entry.never]
        static[_COLUMN["never"], at[at >= 0]] = 1.0
        static[_COLUMN["patients of never"], at[at >= 0]] = (np.log1p(entry.never_n) / 3)[at >= 0]
        put("similarity to never", similarity(entry.never, rows, known.line_off, known.line, info))
    for name, column in (
        *(("observed", fixed[0]), ("excluded", fixed[2]), ("information", fixed[4]), ("frequency", odds)),
        *(("similarity", lin), ("unlike", unlike), ("neighbours", near), ("log system share", systems)),
    ):
        put(f"{name} by size of entry", size * column)
    return View(relation, off, rows, static.T)
