"""Variants only: rarity, consequence, and how the genotypes of the family fit a mode of inheritance."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from raresim.diagnoser import Answer, Ranking
from raresim.kinds import kind

if TYPE_CHECKING:
    from raresim.score.observation import Knowledge, Observation

OTHER_MODE = -4.0  # strong evidence against: no disease of the gene is known to be inherited so


@kind
class VariantOnly:
    """Ranks genes by rarity in the database, consequence and fit of inheritance in the family, without phenotypes.

    The points of the ACMG/AMP criteria for the best allele, or pair of alleles in trans, of each gene
    (raresim/diagnoser/_evidence.py); -4 where no disease of the gene is inherited in that mode. Alleles above 1% in the
    database, calls that failed the filter, and alleles without effect on protein or splicing are no candidates.
    """

    needs_variants: ClassVar[bool] = True

    def rank(self, seen: Observation, knowledge: Knowledge) -> Ranking:
        """Rank the genes with a candidate, with each of their diseases that fits."""
        answers = [Answer(gene, disease, score) for (gene, disease), score in points(seen, knowledge).items()]
        return Ranking(seen.case, tuple(sorted(answers, key=lambda a: (-a.score, a.gene, a.disease))))


def points(seen: Observation, knowledge: Knowledge) -> dict[tuple[str, str], float]:
    """Return the points of each (gene symbol, disease id) with a candidate; ("symbol", "") where no disease fits."""
    from raresim.diagnoser._evidence import alleles, genes

    if seen.variants is None or knowledge.genome is None:
        return {}
    catalog, names = knowledge.catalog, knowledge.genome.genes
    out: dict[tuple[str, str], float] = {}
    for gene, modes in genes(alleles(seen, knowledge), seen.members).items():
        symbol, none_fits = names.symbol[gene], True
        for row in catalog.of_gene.get(names.hgnc[gene], ()):
            fits = [modes[mode] for mode in _modes(catalog.modes[row]) if mode in modes]
            if fits:
                out[symbol, catalog.ids[row][0]] = max(fits)
                none_fits = False
        if none_fits:
            out[symbol, ""] = max(modes.values()) + OTHER_MODE
    return out


def _modes(stated: tuple[str, ...]) -> tuple[str, ...]:
    """Return the modes in which a disease may be inherited: "XL" stands for both, and none stated for all."""
    modes = tuple(m for mode in stated for m in (("XLD", "XLR") if mode == "XL" else (mode,)))
    return modes or ("AD", "AR", "XLD", "XLR")
