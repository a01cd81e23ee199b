"""The report of a score: metrics with intervals by ranker, level and mode of inheritance, as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from raresim.score import circularity
from raresim.score.metrics import LEVEL, NAMES, RESAMPLES, TOP, Place, intervals, values
from raresim.score.truth_table import TrueCase
from raresim.streams import stream

_NAMED = 10  # unanswered cases that the text names; JSON names all


@dataclass(frozen=True, slots=True)
class Row:
    """Metrics of one ranker at one level ("gene", "disease") over a group of cases ("all", "detectable", a mode):
    value, low and high of every name in ``metrics.NAMES``; unlisted: cases answered without the truth."""

    ranker: str
    level: str
    group: str
    cases: int
    answered: int
    unlisted: int
    metrics: Mapping[str, tuple[float, float, float]]


@dataclass(frozen=True)
class Ranked:
    """What one ranker did at one level: the place of the truth by case, and the cases without any answer."""

    ranker: str
    level: str
    places: Mapping[str, Place]
    unanswered: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """Everything a score says; rows in the order of the rankers, gene before disease, all cases before groups;
    knowledge: what the tools knew and what the cases were made from (``raresim.score.circularity``); visit: whose
    record was given to the diagnosers, None for the last."""

    cases: tuple[TrueCase, ...]
    rows: tuple[Row, ...]
    ranked: tuple[Ranked, ...]
    notes: tuple[str, ...]
    knowledge: Mapping[str, Any] | None = None
    visit: int | None = None

    def row(self, ranker: str, level: str = "gene", group: str = "all") -> Row:
        """Return one row; KeyError where there is none."""
        for row in self.rows:
            if (row.ranker, row.level, row.group) == (ranker, level, group):
                return row
        raise KeyError((ranker, level, group))

    def to_json(self) -> bytes:
        """Return the report as JSON with a final newline: the same bytes for the same answers."""
        import orjson

        return orjson.dumps(self.to_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values (docs/scoring.md explains every key)."""
        return {
            "schema": "raresim-score 1",
            "cases": len(self.cases),
            "visit": self.visit,
            "interval": {"level": LEVEL, "resamples": RESAMPLES, "method": "percentile bootstrap over cases"},
            "scores": [_score(row) for row in self.rows],
            "ranks": [
                {
                    "ranker": part.ranker,
                    "level": part.level,
                    "unanswered": list(part.unanswered),
                    "cases": {
                        case.code: {"expected": part.places[case.code].expected, "worst": part.places[case.code].worst}
                        for case in self.cases
                    },
                }
                for part in self.ranked
            ],
            "notes": list(self.notes),
            "knowledge": self.knowledge,
        }

    def table(self) -> str:
        """Return the report as text for a terminal."""
        hidden = sum(not case.detectable for case in self.cases)
        seen = f", as they stood at visit {self.visit}" if self.visit is not None else ""
        lines = [
            f"{len(self.cases)} cases{seen}" + (f", {hidden} of them without a detectable cause" if hidden else "")
        ]
        for level in ("gene", "disease"):
            rows = [row for row in self.rows if row.level == level]
            if rows:
                lines += ["", *_block(level, rows)]
        for part in self.ranked:
            if part.unanswered:
                shown = ", ".join(part.unanswered[:_NAMED])
                more = len(part.unanswered) - _NAMED
                tail = f" and {more} more (score.json names all)" if more > 0 else ""
                lines += ["", f"{part.ranker}: {len(part.unanswered)} cases without an answer ({part.level}), counted"]
                lines += [f"as misses: {shown}{tail}"]
        told = circularity.text(dict(self.knowledge)) if self.knowledge else []
        return "\n".join([*lines, *([""] if self.notes else []), *self.notes, *([""] if told else []), *told])


def build(cases: Sequence[TrueCase], ranked: Sequence[Ranked], notes: Sequence[str] = ()) -> Report:
    """Return the report of these rankers; every case counts in every denominator of its groups."""
    groups: dict[str, list[str]] = {"all": [case.code for case in cases]}
    if not all(case.detectable for case in cases):
        groups["detectable"] = [case.code for case in cases if case.detectable]
    for mode in sorted({case.mode for case in cases}):
        groups[mode] = [case.code for case in cases if case.mode == mode]
    rows = [_row(part, group, codes) for part in ranked for group, codes in groups.items()]
    return Report(tuple(cases), tuple(rows), tuple(ranked), tuple(notes))


def _row(part: Ranked, group: str, codes: list[str]) -> Row:
    table = values(part.places[code] for code in codes)
    mean = table.mean(0) if codes else table.sum(0)
    low, high = intervals(table, stream(0, "score", "bootstrap"))
    metrics = {
        name: (round(float(m), 6), round(float(a), 6), round(float(b), 6))
        for name, m, a, b in zip(NAMES, mean, low, high, strict=True)
    }
    silent = set(part.unanswered)
    answered = sum(code not in silent for code in codes)
    found = sum(part.places[code].tied > 0 for code in codes)
    return Row(part.ranker, part.level, group, len(codes), answered, answered - found, metrics)


def _score(row: Row) -> dict[str, Any]:
    metrics = {name: {"value": m, "low": low, "high": high} for name, (m, low, high) in row.metrics.items()}
    head = {"ranker": row.ranker, "level": row.level, "group": row.group, "cases": row.cases}
    return {**head, "answered": row.answered, "unlisted": row.unlisted, "metrics": metrics}


def _block(level: str, rows: list[Row]) -> list[str]:
    width = max(14, *(len(f"{row.ranker} {row.group}") + 2 for row in rows))
    head = "".join(f"{f'top {k}':<14}" for k in TOP) + "MRR"
    out = [f"True {level}: % of cases and mean reciprocal rank (95% bootstrap interval)", " " * width + head]
    for row in rows:
        if row.group == "all":
            tops = "".join(f"{_percent(row.metrics[f'top{k}']):<14}" for k in TOP)
            mrr, low, high = row.metrics["mrr"]
            out.append(f"{row.ranker:<{width}}{tops}{mrr:.3f} ({low:.3f}-{high:.3f})")
            worst = "".join(f"{100 * row.metrics[f'top{k}_worst'][0]:<14.0f}" for k in TOP)
            out.append(f"{'  ties last':<{width}}{worst}{row.metrics['mrr_worst'][0]:.3f}")
    out += ["", f"{'by mode':<{width}}{'cases':<8}" + "".join(f"{f'top {k}':<14}" for k in TOP) + "MRR"]
    for row in rows:
        if row.group != "all":
            tops = "".join(f"{_percent(row.metrics[f'top{k}']):<14}" for k in TOP)
            name = f"{row.ranker} {row.group}"
            out.append(f"{name:<{width}}{row.cases:<8}{tops}{row.metrics['mrr'][0]:.3f}")
    return out


def _percent(metric: tuple[float, float, float]) -> str:
    value, low, high = (100 * part for part in metric)
    return f"{value:.0f} ({low:.0f}-{high:.0f})"
