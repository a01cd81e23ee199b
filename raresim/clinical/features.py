"""Numbers of a term that do not depend on the record: its use, its information, and what it is to the entry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

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
    n, info = len(relation), told.information
    chance, patients, bare = np.full(n, 0.5), np.zeros(n), np.zeros(n)
    chance[entry.rows], patients[entry.rows], bare[entry.rows] = entry.chance, entry.n, entry.n == 0
    single, share = np.zeros(n), np.zeros(n)
    single[entry.rows], share[entry.rows] = entry.n == 1, entry.k / np.maximum(entry.n, 1) - 0.5 * (entry.n > 0)
    odds = (np.log(chance / (1 - chance)) / 2)[rows]
    many = (np.log1p(patients) / 3)[rows]
    lin = similarity(entry.rows, rows, known.line_off, known.line, info)
    lent = told.lent(ids, entry.rows)[rows]
    first, kind = lexicon.kinds
    system = system_share(entry.rows, first, known.branch)[kind[rows]]
    never, never_n, never_lin = np.zeros(n), np.zeros(n), np.zeros(len(rows))
    never[entry.never], never_n[entry.never] = 1.0, np.log1p(entry.never_n) / 3
    if len(entry.never):
        never_lin = similarity(entry.never, rows, known.line_off, known.line, info)
    size, near, unlike, systems = (
        np.log(len(entry.rows)) - TYPICAL,
        np.log(lent + 0.003) / 3,
        2 * np.maximum(0.3 - lin, 0),
        np.log(system + 0.02),
    )
    fixed = lexicon.fixed[:, rows]
    columns = [
        *fixed,
        *(odds, many, odds * many, bare[rows], chance[rows] > 0.9),
        *(single[rows], share[rows], share[rows] * many),
        *(lin, np.maximum(lin - 0.5, 0), 2 * np.maximum(lin - 0.8, 0), unlike),
        *(near, system, systems),
        *(never[rows], never_n[rows], never_lin),
        *(size * column for column in (fixed[0], fixed[2], fixed[4], odds, lin, unlike, near, systems)),
    ]
    static = np.empty((len(columns), len(rows)), np.float32)
    for i, column in enumerate(columns):
        static[i] = column
    return View(relation, off, rows, static.T)
