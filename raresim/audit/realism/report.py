"""The figures of an audit as a table, one line a metric, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from raresim.audit.realism.assess import Assessment
from raresim.audit.realism.difficulty import TOPS, Difficulty
from raresim.audit.realism.evaluate import Figures


@dataclass(frozen=True)
class RealismReport:
    """The result of an audit: numbers of reports by what they serve for, and what was found of real cases (the floor)
    and of each generator. notes: what was left out when reading, by file."""

    salt: str
    reports: dict[str, int]
    floor: tuple[Assessment, ...]
    found: tuple[Assessment, ...]
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the table: a line a metric, a column for the goal, real cases and each generator."""
        columns = (*self.floor, *self.found)
        lines = [("", "goal", *(a.name for a in columns))]
        for name, goal, value in ROWS:
            cells = [value(a) for a in columns]
            if any(cells):
                lines.append((name, goal, *(cell or "-" for cell in cells)))
        width = [max(len(line[j]) for line in lines) for j in range(len(lines[0]))]
        head = ", ".join(f"{n} {what}" for what, n in self.reports.items())
        table = ["  ".join(f"{cell:<{w}}" for cell, w in zip(line, width, strict=True)).rstrip() for line in lines]
        notes = ["", *self.notes] if self.notes else []
        return "\n".join([f"real reports: {head} (salt {self.salt})", "", *table, *notes])

    def to_json(self) -> bytes:
        """Return all figures as JSON; what is no number is null."""
        import orjson

        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)


Value = Callable[[Assessment], str]


def _mean(get: Callable[[Figures], float], form: str = ".3f") -> Value:
    """A mean over seeds."""

    def value(a: Assessment) -> str:
        found = [x for x in map(get, a.figures) if np.isfinite(x)]
        return format(float(np.mean(found)), form) if found else ""

    return value


def _auc(a: Assessment) -> str:
    if not a.figures:
        return ""
    low, high = (np.mean([getattr(f.auc, side) for f in a.figures]) for side in ("lower", "upper"))
    return f"{np.mean([f.auc.auc for f in a.figures]):.3f} ({low:.2f}-{high:.2f})"


def _group(name: str) -> Value:
    return _mean(lambda f: f.groups[name].auc if name in f.groups else float("nan"))


def _shares(get: Callable[[Difficulty], Sequence[float]], group: str = "") -> Value:
    """Means over seeds of four shares."""

    def value(a: Assessment) -> str:
        found = [f.difficulties.get(group) if group else f.difficulty for f in a.figures]
        rows = [get(d) for d in found if d is not None]
        return "/".join(f"{x:.1f}" for x in np.mean(rows, axis=0)) if rows else ""

    return value


def _tau(a: Assessment) -> str:
    both = [(f.difficulty.tau_mrr, f.difficulty.tau_top10) for f in a.figures]
    return " / ".join(f"{x:.2f}" for x in np.nanmean(both, axis=0)) if both else ""


def _steps(a: Assessment) -> str:
    rows = [(f.steps["n_obs"], f.steps["n_exc"], f.step) for f in a.figures]
    return "/".join(f"{x:.3f}" for x in np.nanmean(rows, axis=0)) if rows else ""


def _counts(a: Assessment) -> str:
    rows = [[f.means[name][1] for name in ("n_obs", "n_exc")] for f in a.figures]
    return " / ".join(f"{x:.1f}" for x in np.mean(rows, axis=0)) if rows else ""


def _spread(a: Assessment) -> str:
    return f"{a.spread.variance:.2f}; {a.spread.information:.4f}" if a.spread else ""


def _weighing(a: Assessment) -> str:
    return f"{a.weighing.nll:.2f} / {a.weighing.stated - a.weighing.top1:+.0f}" if a.weighing else ""


def _weighed(a: Assessment) -> str:
    return f"{a.weighing.top1:.1f} / {a.weighing.top10:.1f}" if a.weighing else ""


def _learned(name: str) -> Value:
    return lambda a: f"{a.learned.top1[name]:.1f} / {a.learned.top10[name]:.1f}" if a.learned else ""


def _faults(a: Assessment) -> str:
    f = a.faults
    return f"{f.contradictions}/{f.nested}/{f.obsolete}/{f.onset}/{f.sex} of {f.records}" if f else ""


def _timeless(a: Assessment) -> str:
    return f"{a.faults.age}/{a.faults.opposites} of {a.faults.records}" if a.faults else ""


def _private(name: str) -> Value:
    def value(a: Assessment) -> str:
        found = getattr(a, name)
        return f"{found.membership:.3f} / {found.copies} of {found.simulated}" if found else ""

    return value


# Goals: our own, from what the calibrated prototype reached and what real halves give (docs/phenotypes.md).
ROWS: tuple[tuple[str, str, Value], ...] = (
    ("AUC, 44 features", "<= .62", _auc),
    ("AUC, held-out publications (P)", "<= .58", _group("P")),
    ("AUC, held-out diseases (D)", "<= .62", _group("D")),
    ("AUC, 12 or more training reports", "<= .52", _group("many")),
    ("AUC, terms", "<= .60", _mean(lambda f: f.terms.auc)),
    ("AUC, observed terms", "<= .58", _mean(lambda f: f.observed_terms.auc)),
    ("energy distance", "<= .015", _mean(lambda f: f.energy)),
    (f"difficulty, mae of top {'/'.join(map(str, TOPS))}", "<= 2.0", _shares(lambda d: d.mae)),
    ("difficulty, bias", "<= 1.5", _shares(lambda d: d.bias)),
    ("difficulty, worst tool", "<= 5", _shares(lambda d: d.worst)),
    ("difficulty on D, mae", "<= 4", _shares(lambda d: d.mae, "D")),
    ("order of tools, tau by MRR / top 10", ">= .90 / .80", _tau),
    ("KS observed/excluded/mean of 44", "<= .05/.05/.04", _steps),
    ("observed / excluded terms", "", _counts),
    ("within disease: variance; excess information", "1.5-2.0; >= .015", _spread),
    ("weighing scores: NLL / stated minus true", "<= 4.65 / 5", _weighing),
    ("weighing scores: top 1 / 10, %", "", _weighed),
    ("learning diseases, centroid: top 1 / 10, %", "", _learned("centroid")),
    ("learning diseases, naive Bayes", "", _learned("naive_bayes")),
    ("learning diseases, softmax", "", _learned("softmax")),
    ("membership AUC / copies, bare knowledge", ".45-.55 / 0", _private("bare_privacy")),
    ("membership AUC / copies", "", _private("privacy")),
    ("contradicting/nested/obsolete/onset/sex", "0", _faults),
    ("impossible at the age / opposites or two grades", "0 / as real", _timeless),
    ("records per second of CPU", "", lambda a: f"{a.speed:,.0f}" if a.speed else ""),
)
