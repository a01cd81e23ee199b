"""Reading HPO and Orphanet annotations: frequencies and onset; what was repaired or dropped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from raresim.onset import DYING
from raresim.pooling import Frequency

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


def deaths(rows: Iterable[tuple[str, Frequency]], years: Mapping[str, float]) -> tuple[tuple[float, float], ...]:
    """Return (age, share who die by it and not by an earlier one) of a disease, sorted.

    The share is of patients, else the stated one, else :data:`raresim.onset.DYING`; of several of an age the greatest.
    """
    shares: dict[float, float] = {}
    for name, often in rows:
        if not often.excluded:
            share = often.k / often.n if often.n else DYING if often.share is None else often.share
            shares[years[name]] = max(share, shares.get(years[name], 0.0))
    out, left = [], 1.0
    for age, share in sorted(shares.items()):
        out.append((age, round(min(share, left), 4)))
        left = max(left - share, 0.0)
    return tuple(row for row in out if row[1] > 0)
