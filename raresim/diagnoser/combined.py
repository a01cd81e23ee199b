"""Phenotype and variants together."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from raresim.diagnoser import Answer, Ranking
from raresim.diagnoser.resnik import similarity
from raresim.diagnoser.variant_only import points
from raresim.kinds import kind

if TYPE_CHECKING:
    from raresim.score.observation import Knowledge, Observation


@kind
class Combined:
    """Ranks genes and diseases by phenotype and variants: the sum of both scores, in points.

    score = ``weight`` x z + points, where z is the Resnik similarity standardised over all diseases of the catalog and
    points those of variant_only. Only genes with a candidate allele are ranked; a gene with a candidate and no disease
    in the catalog has z = 0. ``weight``: points for one standard deviation of similarity.
    """

    needs_variants: ClassVar[bool] = True
    weight: float = 2.0

    def rank(self, seen: Observation, knowledge: Knowledge) -> Ranking:
        """Rank the genes with a candidate, with each of their diseases that fits."""
        alike = similarity(seen, knowledge)
        known = alike[alike >= 0]
        mean, spread = (float(known.mean()), float(known.std()) or 1.0) if len(known) else (0.0, 1.0)
        rows = knowledge.catalog.rows
        answers = []
        for (gene, disease), score in points(seen, knowledge).items():
            similar = float(alike[rows[disease]]) if disease else -1.0
            z = (similar - mean) / spread if similar >= 0 else 0.0
            answers.append(Answer(gene, disease, round(self.weight * z + score, 6)))
        return Ranking(seen.case, tuple(sorted(answers, key=lambda a: (-a.score, a.gene, a.disease))))
