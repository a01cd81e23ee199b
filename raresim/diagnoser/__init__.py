"""Who ranks? A diagnoser sees what is observed, and public knowledge; never the truth.

A kind gives one method::

    def rank(self, seen: Observation) -> Ranking
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from raresim.score.observation import Knowledge, Observation


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of a ranking: gene symbol or "", disease id or "", score (higher is better)."""

    gene: str
    disease: str
    score: float


@dataclass(frozen=True)
class Ranking:
    """What a tool answered for one case, best first; equal scores are ties."""

    case: str
    answers: tuple[Answer, ...]


class DiagnoserKind(Protocol):
    """The contract of the family; knowledge is what everybody knows: catalog, ontology, genome, database."""

    def rank(self, seen: Observation, knowledge: Knowledge) -> Ranking:
        """Rank genes or diseases for one case."""
        ...


def __getattr__(name: str) -> Any:
    from raresim.kinds import exported

    return exported("diagnoser", name)
