"""Answers of any tool, read from a tab-separated file: case, rank or score, gene or disease."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from raresim.errors import InputError, nearest
from raresim.score.names import Names

# Headings are compared in lower case, with "_" for every run of characters that are no letters or digits.
CASE = ("case", "case_id", "sample", "sample_id", "proband", "proband_id", "patient", "patient_id")
_KEYS = {
    "rank": ("rank",),
    "p_value": ("p_value", "pvalue", "p_val", "p"),
    "score": ("score", "exomiser_gene_combined_score", "combined_score", "posttestprob", "post_test_probability"),
}
GENE = (
    *("gene", "gene_symbol", "genesymbol", "symbol", "hgnc", "hgnc_id", "gene_id", "gene_identifier"),
    *("ensembl", "ensembl_id", "ensembl_gene_id", "entrez_gene_id", "entrezgeneid", "ncbi_gene_id", "ncbi"),
)
DISEASE = ("disease", "disease_id", "disease_identifier", "diseasecurie", "omim", "omim_id", "orpha", "orpha_id")
_DIGITS = {"hgnc": "HGNC:", "hgnc_id": "HGNC:", "orpha": "ORPHA:", "orpha_id": "ORPHA:"}

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LAST = 1e9  # the largest rank: a choice
_EMPTY = {"", "-", ".", "na", "n/a", "none"}
_SHOWN = 20  # mistakes that one message lists


@dataclass(frozen=True, slots=True)
class Line:
    """One line of answers: sort key (lower is better), canonical genes and diseases; several names share one rank."""

    key: float
    genes: tuple[str, ...]
    diseases: tuple[str, ...]


@dataclass(frozen=True)
class Answers:
    """What a tool answered: lines by case; ranked: the keys are stated ranks; levels: "gene", "disease" or both."""

    lines: dict[str, list[Line]]
    ranked: bool
    levels: tuple[str, ...]
    unknown: tuple[str, ...]  # names that are no known gene or disease, sorted


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which column holds what; -1 for none. kind: "rank", "p_value" or "score"."""

    case: int
    key: int
    kind: str
    gene: int
    disease: int


@dataclass
class _Found:
    """What one file gave: (case, line) pairs, and mistakes."""

    columns: _Columns
    lines: list[tuple[str, Line]]
    mistakes: list[str]


def read(path: Path, cases: Collection[str], names: Names, lower_is_better: bool = False) -> Answers:
    """Read a file of answers, or a folder with one ``CASE*.tsv`` for each case; every mistake is named by its line.

    Of the headings known for each purpose the first one in the file's header counts: a case; a rank, else a p-value,
    else a score; a gene; a disease. ``lower_is_better`` turns a score round. Raises InputError.
    """
    files = sorted(path.glob("*.tsv")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"--answers: {path}: the folder holds no .tsv file; give a file, or a folder of CASE*.tsv")
    found = [_read_file(file, cases, names, lower_is_better) for file in files]
    mistakes = [mistake for part in found for mistake in part.mistakes]
    kinds = {part.columns.kind for part in found}
    if len(kinds) > 1:
        mistakes.append(f"--answers: {path}: some files give a {' and some a '.join(sorted(kinds))}; give one kind")
    if mistakes:
        more = [f"--answers: {path}: and more mistakes, not listed"] if len(mistakes) > _SHOWN else []
        raise InputError(*mistakes[:_SHOWN], *more)
    lines: dict[str, list[Line]] = {}
    for case, line in (pair for part in found for pair in part.lines):
        lines.setdefault(case, []).append(line)
    genes = {gene for rows in lines.values() for line in rows for gene in line.genes if gene not in names.genes}
    ids = {name for rows in lines.values() for line in rows for name in line.diseases if name not in names.diseases}
    has_gene = any(part.columns.gene >= 0 for part in found)
    has_disease = any(part.columns.disease >= 0 for part in found)
    levels = ("gene",) * has_gene + ("disease",) * has_disease
    return Answers(lines, kinds == {"rank"}, levels, tuple(sorted(genes | ids)))


def _read_file(file: Path, cases: Collection[str], names: Names, lower_is_better: bool) -> _Found:
    rows = _rows(file)
    _, header = next(rows, (0, []))
    if not header:
        raise InputError(f"--answers: {file}: the file is empty; its first line must name the columns")
    columns = _columns(file, header)
    own = _case_of(file, cases)
    found = _Found(columns, [], [])
    genes = _Cells(header, columns.gene, names.gene)
    diseases = _Cells(header, columns.disease, names.disease)
    descending = columns.kind == "score" and not lower_is_better
    for number, cells in rows:
        if columns.case < 0 and not own:
            raise InputError(
                f"--answers: {file}: no column is called 'case' and the file is not named after a case; "
                f"the header has: {', '.join(header)}"
            )
        row = [*cells, ""]
        mistakes = []
        if not len(header) - 1 <= len(cells) <= len(header):
            mistakes.append(f"{len(cells)} columns where the header has {len(header)}; one tab each")
            row = []
        case = row[columns.case] if row and columns.case >= 0 else own
        if row and case not in cases:
            hint = nearest(case, cases) or f"; they are called like '{min(cases)}'"
            mistakes.append(f"case: no case of this study is called '{case}'{hint}")
        wrong = _broken(row[columns.key], columns.kind) if row else ""
        if wrong:
            mistakes.append(f"{header[columns.key]}: {wrong}")
        line = (genes.of(row), diseases.of(row)) if row else ((), ())
        if row and line == ((), ()):
            mistakes.append("names neither a gene nor a disease; leave such lines out")
        found.mistakes += [f"--answers: {file}: line {number}: {mistake}" for mistake in mistakes]
        if len(found.mistakes) > _SHOWN:
            break
        if not mistakes:
            key = float(row[columns.key])
            found.lines.append((case, Line(-key if descending else key, *line)))
    return found


class _Cells:
    """The canonical names in the cells of one column; equal cells are looked up once."""

    def __init__(self, header: list[str], column: int, canonical: Callable[[str], str]) -> None:
        self.column = column
        self.canonical = canonical
        self.prefix = _DIGITS.get(_heading(header[column]), "") if column >= 0 else ""
        self.seen: dict[str, tuple[str, ...]] = {}

    def of(self, row: list[str]) -> tuple[str, ...]:
        """Return the names in a row; several are separated by ";", "|" or ","; digits take the heading's prefix."""
        if self.column < 0:
            return ()
        cell = row[self.column]
        if cell not in self.seen:
            parts = [part.strip() for part in re.split(r"[;|,]", cell)]
            parts = [self.prefix + part if part.isdigit() else part for part in parts if part.lower() not in _EMPTY]
            self.seen[cell] = tuple(dict.fromkeys(map(self.canonical, parts)))
        return self.seen[cell]


def _rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of the lines that are not empty and not comments ("!", or "##")."""
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip() and not line.startswith(("!", "##")):
                    yield number, [cell.strip() for cell in line.split("\t")]
    except OSError as error:
        raise InputError(f"--answers: {file}: {(error.strerror or 'cannot be read').lower()}") from None
    except UnicodeDecodeError:
        raise InputError(f"--answers: {file}: not a text file in UTF-8; give tab-separated text") from None


def _columns(file: Path, header: list[str]) -> _Columns:
    heads = [_heading(cell) for cell in header]

    def first(known: tuple[str, ...]) -> int:
        return next((heads.index(name) for name in known if name in heads), -1)

    kind, key = next(((k, first(v)) for k, v in _KEYS.items() if first(v) >= 0), ("", -1))
    columns = _Columns(first(CASE), key, kind, first(GENE), first(DISEASE))
    has = f"the header has: {', '.join(header)}"
    if len(header) == 1 and ("," in header[0] or ";" in header[0]):
        raise InputError(f"--answers: {file}: line 1: no tab in the header; the columns must be separated by tabs")
    if key < 0:
        raise InputError(f"--answers: {file}: line 1: no column 'rank', 'score' or 'p_value'; {has}")
    if columns.gene < 0 and columns.disease < 0:
        raise InputError(f"--answers: {file}: line 1: no column 'gene' or 'disease'; {has}")
    return columns


def _heading(cell: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", cell.lower()).strip("_")


def _case_of(file: Path, cases: Collection[str]) -> str:
    """Return the case whose code begins the file's name, or ""."""
    stem = re.split(r"[^A-Za-z0-9]", file.name)[0]
    return stem if stem in cases else ""


def _broken(text: str, kind: str) -> str:
    """Return what is wrong with a number, or ""."""
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        return f"'{text}' is not a finite number; write it like 0.05 or 1e-5"
    if kind == "rank" and float(text) < 1:
        return f"{text}: ranks count from 1"
    if kind == "rank" and float(text) > _LAST:
        return f"{text}: ranks go up to {_LAST:,.0f}; call the column 'score' if it is none"
    if kind == "p_value" and not 0 <= float(text) <= 1:
        return f"{text}: a p-value lies between 0 and 1; call the column 'score' if it is none"
    return ""
