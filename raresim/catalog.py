"""Diseases with their genes, inheritance and phenotypic features; facts of genes. Compiled from HPO and Orphanet."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim.errors import InputError, nearest
from raresim.gene_facts import GeneFacts
from raresim.tables import table

if TYPE_CHECKING:
    from raresim.pooling import Row
    from raresim.sources import Sources

MODES = ("AD", "AR", "XLD", "XLR")  # those that a case can have today; the catalog also names "XL", "MT", "YL", ...

SEXES = ("", "female", "male")
NO_PHENOTYPE = "no phenotype"  # why a disease without an observed finding is not drawn


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
    disease, with the reason where not. onset_source: "HPO", "Orphanet", "similar diseases" or "". lethal_in_males: a
    male with the allele, which is on X, does not live."""

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
    onset_source: str = ""
    lethal_in_males: bool = False
    deaths: tuple[tuple[float, float], ...] = ()  # (age in years, share who die by it and not by an earlier one)


@dataclass(frozen=True, eq=False)
class Catalog:
    """All diseases, in order of primary id; each is made when it is asked for.

    release: of the HPO annotations ("2025-01-16"). digest: of the table. provenance: sources, licences, citations, and
    the log of what was repaired or dropped. columns: the compiled table (``raresim/compile/pack.py``). kept: the rows
    that annotations were pooled from, or the table that holds them, which is read when they are asked for.
    """

    release: str
    digest: str
    provenance: dict[str, Any]
    columns: dict[str, NDArray[Any]]
    kept: Sources | Path | None = None
    _made: dict[int, Disease] = field(default_factory=dict, repr=False)
    less: dict[tuple[int, tuple[int, ...]], Disease] = field(default_factory=dict, repr=False)  # see raresim.sources
    parts: dict[int, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.columns["sex"])

    def __iter__(self) -> Iterator[Disease]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, row: int) -> Disease:
        if row not in self._made:
            self._made[row] = self._make(range(len(self))[row])
        return self._made[row]

    @cached_property
    def ids(self) -> list[tuple[str, ...]]:
        """All ids of each disease, the primary one first."""
        return [tuple(line.split()) for line in _lines(self.columns["ids"])]

    @cached_property
    def names(self) -> list[str]:
        """Name of each disease."""
        return _lines(self.columns["names"])

    @cached_property
    def modes(self) -> list[tuple[str, ...]]:
        """Modes of inheritance of each disease."""
        return [tuple(line.split()) for line in _lines(self.columns["modes"])]

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row by any of the ids."""
        return {code: row for row, codes in enumerate(self.ids) for code in codes}

    @cached_property
    def of_gene(self) -> dict[str, tuple[int, ...]]:
        """Rows of the diseases of each gene, by HGNC id, whatever the kind of association."""
        out: dict[str, list[int]] = {}
        off = self.columns["gene_off"]
        for row, (start, end) in enumerate(zip(off[:-1].tolist(), off[1:].tolist(), strict=True)):
            for number in self.columns["gene_hgnc"][start:end].tolist():
                if number:
                    out.setdefault(f"HGNC:{number}", []).append(row)
        return {hgnc: tuple(rows) for hgnc, rows in out.items()}

    @cached_property
    def symbols(self) -> dict[str, str]:
        """HGNC id by symbol, of the genes that have a disease."""
        pairs = zip(_lines(self.columns["gene_symbol"]), self.columns["gene_hgnc"].tolist(), strict=True)
        return {symbol: f"HGNC:{number}" for symbol, number in pairs if number}

    @cached_property
    def drawable(self) -> NDArray[np.bool_]:
        """bool[n]: ordinary germline monogenic diseases."""
        good = _lines(self.columns["reasons"]).index("")
        return np.asarray(self.columns["reason"] == good)

    @cached_property
    def sources(self) -> Sources:
        """The rows that the annotations were pooled from, with the publications that they stand on."""
        from raresim.sources import Sources

        if isinstance(self.kept, Path):
            return Sources(_read(self.kept, sources=True))
        if self.kept is None:
            raise InputError("catalog: this table does not say which publications it stands on; compile it again")
        return self.kept

    @property
    def publications(self) -> list[str]:
        """All publications that findings stand on: "PMID:..."; "OMIM:...", "ORPHA:...", "ISBN-13:...", ... for rows
        that name no paper."""
        return self.sources.publications

    @property
    def left_out(self) -> tuple[str, ...]:
        """Publications that were left out of this catalog."""
        return tuple(self.provenance.get("left_out", ()))

    @property
    def minimum_support(self) -> int:
        """Patients that an annotation must stand on in this catalog, 0 for no such limit."""
        return int(self.provenance.get("minimum_support", 0))

    def without(self, publications: Collection[str]) -> Catalog:
        """Return the catalog as if these publications had never been curated for their findings.

        Rows that stand on them alone are dropped (a row that names papers stands on these, whatever database it names
        beside them); the others of the term are pooled again by the rule of the whole table. A disease that keeps no
        observed term stays, empty and not drawn. Names, genes, modes, onset classes and limits of sex stay.
        """
        from raresim import sources

        return sources.without(self, publications)

    def disease_without(self, row: int, publications: Collection[str]) -> Disease:
        """Return ``self.without(publications)[row]`` without making that catalog; fast where publications is a set. The
        same rows left out give the same object."""
        from raresim import sources

        return sources.disease_without(self, row, publications)

    def rows_of(self, row: int) -> list[Row]:
        """Return the rows that the findings of a disease were pooled from."""
        from raresim import sources

        return sources.rows_of(self, row)

    def supported(self, patients: int) -> Catalog:
        """Return the catalog without the rows that stand on fewer than ``patients`` patients in all.

        An annotation stands on the n of its rows with a count m/n, and on one patient for each paper of a row that
        names papers but gives no figure. Where that is fewer than ``patients`` these rows are dropped; where the counts
        alone are fewer, the rows with a count are. Rows with a class or a percentage, and rows of databases and books,
        count no patients: they stay, and the annotation with them, without its count.
        """
        from raresim import sources

        return sources.supported(self, patients)

    def find(self, code: str) -> Disease:
        """Return the disease with this id (any of its ids); InputError with the nearest id where there is none."""
        if code not in self.rows:
            tidy = code.strip().upper().replace("MIM:", "OMIM:").replace("OOMIM:", "OMIM:").replace("ORPHANET", "ORPHA")
            other = ":" in tidy and not tidy.startswith(("OMIM:", "ORPHA:"))  # MONDO, DECIPHER, UMLS, ...
            near = f"; did you mean '{tidy}'?" if tidy in self.rows else nearest(code, self.rows)
            near = "; give its OMIM or ORPHA id" if other else near
            raise InputError(f"disease '{code}': not in the catalog (HPO annotations {self.release}){near}")
        return self[self.rows[code]]

    def search(self, text: str | None = None, gene: str | None = None, mode: str | None = None) -> list[Disease]:
        """Return the diseases, in order of id, whose name or one of whose ids contains ``text`` (any case), of a gene
        (symbol or HGNC id) and with a mode of inheritance; an unknown gene or mode is an InputError."""
        rows: Iterator[int] | tuple[int, ...] = iter(range(len(self)))
        if gene is not None:
            hgnc = gene if gene in self.of_gene else self.symbols.get(gene, "")
            if not hgnc:
                raise InputError(f"gene '{gene}': no disease of the catalog has it{nearest(gene, self.symbols)}")
            rows = self.of_gene[hgnc]
        known = {name for names in self.modes for name in names}
        if mode is not None and mode not in known:
            raise InputError(f"mode '{mode}': there is no such mode of inheritance{nearest(mode, known)}")
        word = (text or "").lower()
        return [
            self[row]
            for row in rows
            if (mode is None or mode in self.modes[row])
            and (word in self.names[row].lower() or any(word in code.lower() for code in self.ids[row]))
        ]

    def observed_terms(self) -> list[list[str]]:
        """Return the HPO ids that each disease is annotated with, exclusions left out."""
        c = self.columns
        keep = ~c["row_excluded"]
        ends = np.cumsum(keep)[c["row_off"][1:] - 1] if len(keep) else np.zeros(0, np.int64)
        ends = np.where(c["row_off"][1:] > 0, ends, 0)
        text = [f"HP:{number:07d}" for number in c["row_term"][keep].tolist()]
        return [text[a:b] for a, b in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]

    def links(self, row: int) -> tuple[GeneLink, ...]:
        """Return the genes of a disease, without making the disease."""
        c = self.columns
        at = slice(int(c["gene_off"][row]), int(c["gene_off"][row + 1]))
        kinds, symbols = self._words["kinds"], self._words["gene_symbol"][at]
        columns = (c["gene_hgnc"][at].tolist(), symbols, c["gene_kind"][at].tolist())
        return tuple(GeneLink(f"HGNC:{n}" if n else "", s, kinds[k]) for n, s, k in zip(*columns, strict=True))

    def _make(self, row: int) -> Disease:
        c = self.columns
        terms = slice(int(c["row_off"][row]), int(c["row_off"][row + 1]))
        spans = slice(int(c["onset_off"][row]), int(c["onset_off"][row + 1]))
        onsets = self._words["onsets"]
        columns = (c[name][terms].tolist() for name in ("row_term", "row_k", "row_n", "row_share", "row_sex"))
        flags = (c[name][terms].tolist() for name in ("row_excluded", "row_onset"))
        why = self._words["reasons"][int(c["reason"][row])]
        common = float(c["prevalence"][row])
        return Disease(
            id=self.ids[row][0],
            ids=self.ids[row],
            name=self.names[row],
            modes=self.modes[row],
            genes=self.links(row),
            annotations=tuple(
                Annotation(f"HP:{t:07d}", k, n, None if f < 0 else f / 1e4, SEXES[s], x, onsets[o])
                for t, k, n, f, s, x, o in zip(*columns, *flags, strict=True)
            ),
            onset=tuple((low, high, weight) for low, high, weight in c["onset"][spans].tolist()),
            sex=SEXES[int(c["sex"][row])],
            prevalence=None if np.isnan(common) else common,
            drawable=not why,
            why_not=why,
            onset_source=self._words["onset_sources"][int(c["onset_source"][row])],
            lethal_in_males=bool(c["lethal_in_males"][row]),
            deaths=self._deaths(row),
        )

    def _deaths(self, row: int) -> tuple[tuple[float, float], ...]:
        c = self.columns
        spans = slice(int(c["death_off"][row]), int(c["death_off"][row + 1]))
        return tuple((age, share) for age, share in c["death"][spans].tolist())

    @property
    def onset_terms(self) -> list[str]:
        """HPO onset terms by the numbers of the table."""
        return self._words["onsets"]

    @cached_property
    def _words(self) -> dict[str, list[str]]:
        return {
            name: _lines(self.columns[name]) for name in ("kinds", "gene_symbol", "onsets", "reasons", "onset_sources")
        }


def _lines(packed: NDArray[np.uint8]) -> list[str]:
    return packed.tobytes().decode().split("\n")


def _read(path: Path, sources: bool) -> dict[str, NDArray[Any]]:
    """Return the columns of a table: of the sources, or the others."""
    from raresim.sources import MANY, NAMES

    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files if (name in (*NAMES, *MANY)) == sources}


def read(path: Path) -> Catalog:
    """Return the catalog of a compiled table."""
    import hashlib

    columns = _read(path, sources=False)
    provenance = json.loads(columns.pop("provenance").tobytes())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Catalog(provenance["release"], digest, provenance, columns, path)


@lru_cache(maxsize=1)
def load() -> Catalog:
    """Return the shipped catalog."""
    return read(table("catalog.npz"))


@lru_cache(maxsize=1)
def facts() -> GeneFacts:
    """Return the shipped facts of genes."""
    return GeneFacts.read(table("gene_facts.npz"))
