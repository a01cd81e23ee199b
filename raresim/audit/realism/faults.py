"""What no record may contain: contradictions, obsolete terms, findings before their onset or of the other sex."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from raresim import ages, ontology, opposites
from raresim.catalog import SEXES

if TYPE_CHECKING:
    from raresim.reports import Report


@dataclass(frozen=True)
class Faults:
    """Of so many records, how many have a fault: contradictions: an observed term is excluded, or stands below an
    excluded one. nested: an observed term stands below another. obsolete: a term is no current finding of HPO. onset:
    the disease or a term begins after the examination. sex: a term that the recorded sex cannot have. age: a present
    term that nobody of the recorded age has (:mod:`raresim.ages`). opposites: two present terms that are opposites or
    two grades of one (:mod:`raresim.opposites`)."""

    records: int
    contradictions: int
    nested: int
    obsolete: int
    onset: int
    sex: int
    age: int
    opposites: int

    @property
    def none(self) -> bool:
        """Whether no record has any but opposites, of which both can be true of one patient."""
        return not (self.contradictions or self.nested or self.obsolete or self.onset or self.sex or self.age)


def faults(reports: Iterable[Report]) -> Faults:
    """Count the records with a fault."""
    terms = ontology.load()
    above: dict[str, frozenset[str]] = {}
    limited: dict[str, int] = {}
    count, against, known = [0] * 8, opposites.conflicts(), ages.limits().of
    for report in reports:
        for term in (*report.observed, *report.excluded):
            if term not in above:
                row = terms.rows.get(term, -1)
                good = row >= 0 and bool(terms.phenotypic[row])
                above[term] = frozenset(terms.ids[a] for a in terms.ancestors(row).tolist()) if good else frozenset()
                limited[term] = int(terms.sex[row]) if good else 0
        seen, unseen = set(report.observed), set(report.excluded)
        lines = [above[term] for term in report.observed]
        late = [at for _, at in report.onsets] + ([] if report.onset is None else [report.onset])
        sex = 0 if report.female is None else SEXES.index("male" if report.female else "female")
        found = (
            True,
            not seen.isdisjoint(unseen) or any(not line.isdisjoint(unseen) for line in lines),
            any(len(line & seen) > 1 for line in lines),
            any(not above[term] for term in (*seen, *unseen)),
            report.age is not None and any(at > report.age for at in late),
            bool(sex) and any(limited[term] == sex for term in seen),
            report.age is not None and any(report.age < known[term].floor for term in seen & known.keys()),
            any(not seen.isdisjoint(against[term]) for term in seen & against.keys()),
        )
        count = [have + bool(more) for have, more in zip(count, found, strict=True)]
    return Faults(*count)
