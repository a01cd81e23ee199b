"""The card of a model: what it was made of, how good it is, what it gives away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from raresim.fitting import Options
from raresim.fitting._counts import CONTRIBUTIONS

if TYPE_CHECKING:
    from raresim.audit.realism.report import RealismReport
    from raresim.reports import Report, Reports


@dataclass(frozen=True)
class Facts:
    """What a card says: kind, and its setting that names a folder; data as read, the reports that can be learned from,
    options, the model's own facts, versions, figures (or why there are none)."""

    kind: str
    setting: str
    data: Reports
    used: Sequence[Report]
    options: Options
    model: dict[str, Any]
    versions: dict[str, str]
    figures: RealismReport | None
    why: str


def card(facts: Facts) -> str:
    """Return the card as Markdown; the same facts give the same text."""
    made = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    parts = [
        f"# A fitted model of phenotypes: kind {facts.kind}",
        _wrapped(f"Made by `raresim fit` ({made})."),
        "## Data",
        _bullets(_data(facts)),
        "## Model",
        _bullets([f"{name}: {value}" for name, value in facts.model.items()]),
        "## Held-out figures",
        *_figures(facts),
        "## Privacy",
        _bullets(_privacy(facts)),
        "## Use",
        _use(facts),
        _wrapped(
            "Records drawn from it have the style of the cases it was fitted on: what was looked for, how much was "
            "written down. publications.txt lists the publications; leave them out of the test of a tool that was "
            "trained on such records."
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _wrapped(text: str, first: str = "") -> str:
    return fill(
        text,
        120,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(_wrapped(line, "- ") for line in lines)


def _data(facts: Facts) -> list[str]:
    used, data = facts.used, facts.data
    papers = {report.publication for report in data.reports} - {""}
    alone = sum(not report.publication for report in data.reports)
    people = [sum(report.female is sex for report in used) for sex in (True, False, None)]
    return [
        f"SHA-256 of the phenopackets, in order: `{data.digest}`",
        f"{len(data.reports)} cases; {len(used)} of them have an observed finding and a disease of the catalog and are "
        "learned from; the others count where uses of a term are counted",
        f"{len({report.disease for report in used})} of these diseases, {len(papers)} publications"
        + (f"; {alone} cases name no publication, each counts as one of its own" if alone else ""),
        f"observed terms of a case: {_spread([len(report.observed) for report in used])}; excluded: "
        f"{_spread([len(report.excluded) for report in used])}",
        "{} female, {} male, {} of unknown sex; ".format(*people)
        + f"{sum(r.age is not None for r in used)} with an age, {sum(r.onset is not None for r in used)} with an onset",
        *(line.rpartition(" (e.g.")[0] for line in data.lines()),
    ]


def _spread(counts: list[int]) -> str:
    low, middle, high = np.percentile(counts, [5, 50, 95])
    return f"median {middle:.0f}, 5% {low:.0f}, 95% {high:.0f}"


def _figures(facts: Facts) -> list[str]:
    if facts.figures is None:
        return [_wrapped(f"None: {facts.why}.")]
    about = (
        "Not of this model, which has learned from all cases, but of one fitted in the same way on the part that is "
        "for fitting, with a catalog that has no row that rests on a held-out publication. Real: real cases against "
        "real ones, the best that can be reached. Goal: what raresim's own model aims at."
    )
    return [_wrapped(about), f"```\n{facts.figures.text()}\n```"]


def _privacy(facts: Facts) -> list[str]:
    options = facts.options
    lines = [
        "No record and no identifier of a case is in the model. It knows numbers of terms of records (profiles), "
        f"weights, and how many publications used a term, where at least {options.minimum_support} did and the public "
        "annotations name it. It knows nothing of pairs of terms: two that stand together in a drawn record, whether "
        f"{options.minimum_support} publications had them together or none, are terms of the annotations, each drawn "
        "by what it is to the disease.",
        "Membership (in the figures above): 0.5 means that who is in the training data cannot be told. Copies: "
        "simulated cases that equal a training case. The catalog itself names published cases; so the figures are "
        "given with it (last) and without its rows that rest on the publications of the cases (bare knowledge).",
    ]
    if options.epsilon is None:
        return [*lines, "No noise was added: the model is not differentially private."]
    exact = facts.model.get("exact in spite of epsilon", "the rest of the model")
    return [
        *lines,
        f"Differential privacy with epsilon {options.epsilon:g} covers the counts of use, for a publication as a whole "
        f"(a case without one is its own): each adds to at most {CONTRIBUTIONS} counts, and every count has geometric "
        "noise.",
        f"It does NOT cover: {exact}; what this card says of the data, and the figures; a patient who is in several "
        "publications. Who knows the seed of the noise can take it off again.",
        "The publications are not named in the model, and publications.txt is empty.",
    ]


def _use(facts: Facts) -> str:
    return f'```toml\n[phenotype]\nkind = "{facts.kind}"\n{facts.setting} = "the path of this folder"\n```'
