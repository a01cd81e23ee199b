"""What an audit found: figures, bounds and a verdict for each part, as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from raresim.audit.classifier import FALSE_POSITIVES, Separation


@dataclass(frozen=True)
class Part:
    """One comparison of planted with background records; binding: the audit fails with it."""

    name: str
    figure: Separation
    binding: bool = True

    @property
    def passed(self) -> bool:
        """Whether the part is below its limits, or is only information."""
        return not self.binding or self.figure.passed


@dataclass(frozen=True)
class Few:
    """A comparison that was left out: so many planted records have background records to be compared with."""

    name: str
    planted: int


@dataclass(frozen=True)
class First:
    """How often the planted record ranks first among the private records of its case with its genotype.

    alleles: planted ones with at least one background record to compete with. share: of those that rank first (ties
    divided). relabelled: the same for randomly relabelled records; limit: what those exceed once in 1,000 audits.
    """

    alleles: int
    share: float
    relabelled: float
    limit: float

    @property
    def passed(self) -> bool:
        """Whether planted records rank first no oftener than relabelled ones."""
        return self.alleles == 0 or self.share <= self.limit


@dataclass(frozen=True)
class Guess:
    """How well file-level features predict something of the answer: area under the curve, its 95% bounds, the area
    that chance exceeds once in 1,000 audits."""

    what: str
    cases: int
    auc: float
    lower: float
    upper: float
    limit: float

    @property
    def passed(self) -> bool:
        """Whether the prediction is no better than chance."""
        return not self.auc > self.limit


@dataclass(frozen=True)
class LeakReport:
    """The result of an audit.

    cases; planted: alleles called in the proband; unseen: planted alleles without such a record; parts: comparisons of
    records; first: ranks inside cases; guesses: from file-level features; few: comparisons without enough records.
    """

    cases: int
    planted: int
    unseen: int
    parts: tuple[Part, ...]
    first: First
    guesses: tuple[Guess, ...]
    few: tuple[Few, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing but biology tells planted records from background."""
        return all(p.passed for p in self.parts) and self.first.passed and all(g.passed for g in self.guesses)

    def part(self, name: str) -> Part:
        """Return a part by its name."""
        return next(p for p in self.parts if p.name == name)

    def text(self) -> str:
        """Return the report as a table."""
        out = [
            f"{self.cases} cases, {self.planted} planted alleles called in the proband, {self.unseen} not called",
            "",
            f"{'records':<34}{'planted':>8}{'backgr.':>9}{'AUC':>7}{'95% upper':>11}{'limit':>7}"
            f"{f'TPR at {FALSE_POSITIVES:g}':>14}{'limit':>8}",
        ]
        for part in self.parts:
            f = part.figure
            out.append(
                f"{part.name:<34}{f.planted:>8}{f.background:>9}{f.auc:>7.3f}{f.upper:>11.3f}{f.limit_auc:>7.3f}"
                f"{f.tpr:>14.4f}{f.limit_tpr:>8.4f}  {_verdict(part.passed) if part.binding else 'biology'}"
            )
        out += [f"{row.name:<34}{row.planted:>8}  too few, not compared" for row in self.few]
        out += [
            "",
            f"planted first in its case: {self.first.share:.4f} of {self.first.alleles}; relabelled background "
            f"{self.first.relabelled:.4f}, limit {self.first.limit:.4f}  {_verdict(self.first.passed)}",
            "",
            f"{'files predict':<34}{'cases':>8}{'AUC':>16}{'95% bounds':>16}{'limit':>7}",
        ]
        for guess in self.guesses:
            bounds = f"{guess.lower:.3f}-{guess.upper:.3f}"
            out.append(
                f"{guess.what:<34}{guess.cases:>8}{guess.auc:>16.3f}{bounds:>16}{guess.limit:>7.3f}"
                f"  {_verdict(guess.passed)}"
            )
        clean = "nothing but biology gives the answer away" + ", as far as it could be compared" * bool(self.few)
        out += ["", clean if self.passed else "the answer leaks"]
        return "\n".join(out)

    def to_json(self) -> bytes:
        """Return the report as JSON, with verdicts."""
        import orjson

        data = asdict(self)
        for row, passed in zip(data["parts"], [p.passed for p in self.parts], strict=True):
            row["passed"] = passed
        for row, passed in zip(data["guesses"], [g.passed for g in self.guesses], strict=True):
            row["passed"] = passed
        data["first"]["passed"] = self.first.passed
        data["passed"] = self.passed
        return orjson.dumps(data, option=orjson.OPT_INDENT_2)


def _verdict(passed: bool) -> str:
    return "ok" if passed else "LEAK"
