"""The rule by which the rows of one term of a disease, from one source or many, become one annotation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from raresim.catalog import Annotation
from raresim.onset import HPO_ONSET


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often: k of n patients (n = 0: no count) or a share, None where the source gives none; excluded: 0."""

    k: int = 0
    n: int = 0
    share: float | None = None

    @property
    def excluded(self) -> bool:
        """Whether the source says that nobody had it."""
        return (self.n > 0 and self.k == 0) or (self.n == 0 and self.share == 0.0)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source: term (primary id), how often, NOT, sex, onset term or "", publications it stands on."""

    term: str
    often: Frequency
    negated: bool = False
    sex: str = ""
    onset: str = ""
    publications: tuple[str, ...] = ()


def silent(reason: str, *where: str) -> None:
    """Log nothing."""


def grouped(rows: Iterable[Row]) -> list[list[Row]]:
    """Return the rows of each (term, sex), sorted."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda r: (r.term, r.sex, r.onset, r.often.k, r.often.n, r.often.share or 0.0)):
        groups.setdefault((row.term, row.sex), []).append(row)
    return [group for _, group in sorted(groups.items())]


def pool(rows: Iterable[Row], log: Callable[..., None] = silent, where: str = "") -> tuple[Annotation, ...]:
    """Return one annotation for each (term, sex), sorted: the rule by which rows and sources are merged.

    Counts are added up over all rows and win over shares; shares (classes and percentages) are averaged; a row without
    a figure adds nothing. A term is excluded if rows say NOT or 0 and none says that it occurs; where rows contradict
    each other it occurs. Of several onsets the one with most patients counts, then the earliest.
    """
    out = []
    for group in grouped(rows):
        term, sex = group[0].term, group[0].sex
        negative = [r for r in group if r.negated or r.often.excluded]
        positive = [r for r in group if not (r.negated or r.often.excluded)]
        counted = [r.often for r in group if r.often.n and not r.negated]
        shares = [r.often.share for r in positive if r.often.n == 0 and r.often.share is not None]
        k, n = sum(f.k for f in counted), sum(f.n for f in counted)
        if positive and (any(r.negated for r in negative) or (n and not k)):
            log("term both excluded and present: taken as present", where, term)
        share = k / n if n and k else sum(shares) / len(shares) if shares else None
        if not positive:
            share = 0.0
        out.append(
            Annotation(
                term=term,
                k=k,
                n=n,
                frequency=None if share is None else round(share, 4),
                sex=sex,
                excluded=not positive,
                onset=_onset(positive),
            )
        )
    return tuple(out)


def _onset(rows: list[Row]) -> str:
    votes: Counter[str] = Counter()
    for row in rows:
        if row.onset in HPO_ONSET:
            votes[row.onset] += max(row.often.k, 1)
    return min(votes, key=lambda term: (-votes[term], HPO_ONSET[term], term)) if votes else ""
