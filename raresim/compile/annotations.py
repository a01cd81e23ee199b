"""Reading HPO and Orphanet annotations: frequencies, onset, exclusions; pooling the rows of one term."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from raresim.catalog import Annotation
from raresim.onset import HPO_ONSET

# Share of patients by HPO frequency class: the middle of the range in the term's definition (HP:0040279 and below).
CLASSES = {
    "HP:0040280": 1.0,  # obligate, 100%
    "HP:0040281": 0.895,  # very frequent, 80-99%
    "HP:0040282": 0.545,  # frequent, 30-79%
    "HP:0040283": 0.17,  # occasional, 5-29%
    "HP:0040284": 0.025,  # very rare, 1-4%
    "HP:0040285": 0.0,  # excluded, 0%
}
ORPHANET_CLASSES = {
    "Obligate (100%)": "HP:0040280",
    "Very frequent (99-80%)": "HP:0040281",
    "Frequent (79-30%)": "HP:0040282",
    "Occasional (29-5%)": "HP:0040283",
    "Very rare (<4-1%)": "HP:0040284",
    "Excluded (0%)": "HP:0040285",
}

KEPT = 60  # examples of a reason that the log keeps


@dataclass
class Log:
    """What was repaired, dropped or left out while compiling: counts by reason, and the first of each."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, reason: str, *where: str) -> None:
        """Count one more."""
        self.counts[reason] += 1
        seen = self.examples.setdefault(reason, [])
        if where and len(seen) < KEPT:
            seen.append(" ".join(where))

    def as_dict(self) -> dict[str, dict[str, object]]:
        """Return the log for the provenance of a table."""
        return {reason: {"count": n, "first": self.examples[reason]} for reason, n in sorted(self.counts.items())}


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


def frequency(text: str, log: Log, where: str = "") -> Frequency:
    """Return what a frequency field says; what cannot be read is repaired or dropped (the term stays), and logged.

    Repaired: spaces, thousands commas, "3 of 7", a range of percentages (its middle). Dropped: more patients with the
    term than patients ("9/7"), no patients ("0/0"), above 100%, a date that a spreadsheet made of a fraction
    ("2-Mar"), a bare number ("11758": a day number or a lost fraction), and any other text.
    """
    text = text.strip()
    if not text:
        return Frequency()
    if text in CLASSES:
        return Frequency(share=CLASSES[text])
    tidy = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    tidy = re.sub(r"\s*(?:/|\bof\b|\bout of\b|⁄)\s*", "/", tidy, flags=re.IGNORECASE)
    counted = re.fullmatch(r"(\d+)/(\d+)", tidy)
    percent = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:%?\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)\s*)?%", tidy)
    if counted:
        k, n = int(counted[1]), int(counted[2])
        if n == 0 or k > n:
            log("frequency dropped: " + ("no patients" if n == 0 else "more patients with the term than"), where, text)
            return Frequency()
        if tidy != text:
            log("frequency repaired", where, text)
        return Frequency(k, n, k / n)
    if percent:
        share = (float(percent[1]) + float(percent[2] or percent[1])) / 200
        if share > 1:
            log("frequency dropped: above 100%", where, text)
            return Frequency()
        if percent[2]:
            log("frequency repaired: middle of a range", where, text)
        return Frequency(share=share)
    if re.fullmatch(r"\d+(\.\d+)?", tidy):
        log("frequency dropped: a bare number", where, text)
    elif re.fullmatch(r"(\d+-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d+)", tidy):
        log("frequency dropped: a spreadsheet's date", where, text)
    else:
        log("frequency dropped: not a frequency", where, text)
    return Frequency()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source: term (primary id), how often, NOT, sex, onset term or ""."""

    term: str
    often: Frequency
    negated: bool = False
    sex: str = ""
    onset: str = ""


def pool(rows: Iterable[Row], log: Log, where: str = "") -> tuple[Annotation, ...]:
    """Return one annotation for each (term, sex), sorted: the rule by which rows and sources are merged.

    Counts are added up over all rows and win over shares; shares (classes and percentages) are averaged; a row without
    a figure adds nothing. A term is excluded if rows say NOT or 0 and none says that it occurs; where rows contradict
    each other it occurs. Of several onsets the one with most patients counts, then the earliest.
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda r: (r.term, r.sex, r.onset, r.often.k, r.often.n, r.often.share or 0.0)):
        groups.setdefault((row.term, row.sex), []).append(row)
    out = []
    for (term, sex), group in sorted(groups.items()):
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


def onset_ranges(
    rows: Iterable[tuple[str, Frequency]], years: Callable[[str], tuple[float, float] | None]
) -> tuple[tuple[float, float, float], ...]:
    """Return (from, to, weight) of the classes of onset of a disease, sorted; weight is patients, else the share, else
    one a row; classes that nobody had are left out."""
    weights: Counter[tuple[float, float]] = Counter()
    for name, often in rows:
        span = years(name)
        if span is not None and not often.excluded:
            weights[span] += often.k if often.n else 1.0 if often.share is None else often.share  # type: ignore[assignment]
    return tuple((low, high, round(float(weight), 4)) for (low, high), weight in sorted(weights.items()))
