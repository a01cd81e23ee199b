"""Numbers of a term that do not depend on the record: its use, its information, and what it is to the entry."""

from __future__ import annotations

from dataclasses import dataclass
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
    *("similarity", "similar", "very similar", "unlike", "neighbours", "system share", "log system share"),
    *("never", "patients of never", "similarity to never"),
)


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
    are ``rows[off[j]:off[j + 1]]`` (int32, ascending); static float32[c, 26]: their numbers, ``STATIC``.
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
    odds = (np.log(chance / (1 - chance)) / 2)[rows]
    many = (np.log1p(patients) / 3)[rows]
    ic = info[rows] / 4
    lin = similarity(entry.rows, rows, known.line_off, known.line, info)
    lent = told.lent(ids, entry.rows)[rows]
    share = system_share(entry.rows, rows, known.branch)
    never, never_n = np.zeros(n), np.zeros(n)
    never[entry.never], never_n[entry.never] = 1.0, np.log1p(entry.never_n) / 3
    columns = [
        *use(lexicon.observed[rows], lexicon.excluded[rows]).T,
        *(ic, ic**2, known.depth[rows] / 6, known.leaf[rows], np.maximum(0.6 - ic, 0), np.maximum(ic - 1.5, 0)),
        *(~told.annotated[rows], odds, many, odds * many, bare[rows], chance[rows] > 0.9),
        *(lin, np.maximum(lin - 0.5, 0), 2 * np.maximum(lin - 0.8, 0), 2 * np.maximum(0.3 - lin, 0)),
        *(np.log(lent + 0.003) / 3, share, np.log(share + 0.02)),
        *(never[rows], never_n[rows], similarity(entry.never, rows, known.line_off, known.line, info)),
    ]
    return View(relation, off, rows, np.stack(columns, axis=1).astype(np.float32))
