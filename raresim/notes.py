"""A case in plain English, from templates, aligned with its HPO terms; it names no disease and no gene."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from raresim import ontology
from raresim.streams import key
from raresim.words import in_sentence

if TYPE_CHECKING:
    from raresim.case import Observed, SeenMember
    from raresim.phenotype import Feature

COLUMNS = ("start", "end", "term", "excluded", "text")
OPENING = (
    "{Who}{age} is seen in clinic.",
    "This is {who}{age}.",
    "{Who}{age} is referred for evaluation.",
    "The patient is {who}{age}.",
)
FOUND = ("{system}: ", "{system}: examination shows ", "{system}: {she} has ", "{system}: there is ")
ABSENT = ("There is no ", "{She} does not have ", "Not found: ", "No sign of ")
SYSTEMS = {  # what a system is called where that is not its label without "Abnormality of"
    "HP:0001507": "Growth",
    "HP:0001197": "Prenatal development and birth",
    "HP:0002664": "Neoplasms",
    "HP:0025142": "Constitutional symptoms",
    "HP:0025354": "Cells",
    "HP:0045027": "Thoracic cavity",
    "HP:0033127": "Musculoskeletal system",
    "HP:0040064": "Limbs",
    "HP:0001939": "Metabolism and homeostasis",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a note, [start, end) in characters, that names a term; excluded where it says that the patient does
    not have it."""

    start: int
    end: int
    term: str
    excluded: bool


@dataclass(frozen=True, slots=True)
class Note:
    """The text and the places in it that name terms, in order."""

    text: str
    spans: tuple[Span, ...]


def note(case: Observed, naming: frozenset[int]) -> Note:
    """Return the note of the proband at the examination: age, sex, family, findings by organ system with their onset,
    what was looked for and is absent.

    A finding in ``naming`` (:func:`raresim.words.telling`), whoever the patient is, is called by the nearest term above
    it that is not; that term is then the one in the span. Where there is none it is left out, and so is an excluded
    term in ``naming``: who does not have it may well have what is above it.
    """
    who, others = case.members[0], case.members[1:]
    text = _Text(case.code)
    text.add(_opening(text, who))
    text.add(" " + _family(who, others) + "\n\n")
    features = who.features.rows if who.features else ()
    observed = _named([f for f in features if not f.excluded], naming)
    known = ontology.load()
    excluded = [(known.rows[f.term], f) for f in features if f.excluded and known.rows[f.term] not in naming]
    she = "she" if who.female else "he"
    if not observed:
        text.add("No abnormal finding is recorded.\n")
    for system, terms in _by_system(observed):
        text.add(text.choice(FOUND, system).format(system=system, she=she))
        text.listed(terms, False, " and ")
        text.add(".\n")
    for number, (system, terms) in enumerate(_by_system(excluded)):
        text.add("\n" * (number == 0) + text.choice(ABSENT, "no", system).format(She=she.capitalize()))
        text.listed(terms, True, " or ")
        text.add(".\n")
    return Note("".join(text.parts), tuple(text.spans))


class _Text:
    """A text that grows and knows where its terms are; which template is used depends on the case's code alone."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.parts: list[str] = []
        self.spans: list[Span] = []
        self.length = 0

    def choice(self, templates: Sequence[str], *what: str) -> str:
        return templates[key(0, "note", self.code, *what) % len(templates)]

    def add(self, words: str) -> None:
        self.parts.append(words)
        self.length += len(words)

    def listed(self, terms: Sequence[tuple[int, Feature]], excluded: bool, last: str) -> None:
        known = ontology.load()
        for number, (row, feature) in enumerate(terms):
            self.add("" if number == 0 else last if number == len(terms) - 1 else ", ")
            words = in_sentence(known.labels[row])
            self.spans.append(Span(self.length, self.length + len(words), known.ids[row], excluded))
            self.add(words + _aside(feature))


def age(years: float) -> str:
    """Return an age in words: "7 years and 3 months", "5 months", "12 days"."""
    months = int(years * 12 + 1e-6)
    if months <= 0:
        return _many(max(0, int(years * 365.25 + 1e-6)), "day")
    whole, rest = divmod(months, 12)
    parts = [_many(n, unit) for n, unit in ((whole, "year"), (rest if whole < 18 else 0, "month")) if n]
    return " and ".join(parts)


def _many(n: int, unit: str) -> str:
    return f"{n} {unit}{'s' * (n != 1)}"


def _opening(text: _Text, member: SeenMember) -> str:
    person = ("a boy", "a girl") if member.age < 16 else ("a man", "a woman")
    person = ("a male infant", "a female infant") if member.age < 1 else person
    who = person[member.female]
    words = {"who": who, "Who": who.capitalize(), "age": f" of {age(member.age)}"}
    return text.choice(OPENING, "opening").format(**words)


def _family(who: SeenMember, others: Sequence[SeenMember]) -> str:
    if not others:
        return "No relative is examined."
    by_state: dict[bool, list[str]] = {True: [], False: []}
    for member in others:
        by_state[member.affected].append(_relative(who, member))
    his = "Her" if who.female else "His"
    said = [
        f"{his} {_and(names)} {'is' if len(names) == 1 else 'are'} {'affected as well' if ill else 'healthy'}."
        for ill, names in by_state.items()
        if names
    ]
    return " ".join(said)


def _relative(who: SeenMember, member: SeenMember) -> str:
    if member.code in (who.father, who.mother):
        return "father" if member.code == who.father else "mother"
    if who.code in (member.father, member.mother):
        return f"{'daughter' if member.female else 'son'} of {age(member.age)}"
    sibling = (member.father, member.mother) == (who.father, who.mother) and (who.father or who.mother)
    if sibling:
        return f"{'sister' if member.female else 'brother'} of {age(member.age)}"
    return f"{'female' if member.female else 'male'} relative of {age(member.age)}"


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _aside(feature: Feature) -> str:
    known = ontology.load()
    said = [in_sentence(known.labels[known.rows[term]]) for term in feature.modifiers]
    if not feature.excluded and feature.onset is not None:
        said.append("since birth" if feature.onset <= 0 else f"since the age of {age(feature.onset)}")
    return f" ({', '.join(said)})" if said else ""


def _named(features: Sequence[Feature], naming: frozenset[int]) -> list[tuple[int, Feature]]:
    """Return the terms that features are called by, each once."""
    known = ontology.load()
    out: dict[int, Feature] = {}
    for feature in features:
        row = _clean(known.rows[feature.term], naming)
        if row >= 0:
            out.setdefault(row, feature)
    return list(out.items())


def _clean(row: int, naming: frozenset[int]) -> int:
    """Return the term, or the nearest above it (then the first by id) whose label names nothing; -1 for none."""
    known = ontology.load()
    level = [row]
    while level:
        for candidate in sorted(level):
            if candidate not in naming:
                return candidate
        level = [p for r in level for p in known.parents(r).tolist() if known.phenotypic[p]]
    return -1


def _by_system(terms: Sequence[tuple[int, Feature]]) -> list[tuple[str, list[tuple[int, Feature]]]]:
    """Return the terms below each organ system, in order of name; a term counts for the first of its systems."""
    known, systems = ontology.load(), _systems()
    out: dict[str, list[tuple[int, Feature]]] = {}
    for row, feature in terms:
        above = [a for a in known.ancestors(row).tolist() if a in systems]
        out.setdefault(systems[above[0]] if above else "Other", []).append((row, feature))
    return sorted(out.items())


@lru_cache(maxsize=1)
def _systems() -> dict[int, str]:
    """Name of each organ system (child of Phenotypic abnormality) by row."""
    known = ontology.load()
    root = known.rows[ontology.PHENOTYPE]
    rows = [row for row in range(len(known)) if root in known.parents(row)]
    out = {}
    for row in rows:
        name = re.sub(r"^Abnormality of (the )?", "", known.labels[row])
        out[row] = SYSTEMS.get(known.ids[row], name[0].upper() + name[1:])
    return out
