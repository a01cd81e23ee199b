"""Phenotype only: how alike are the findings of the proband and those of each disease?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from raresim.diagnoser import Answer, Ranking
from raresim.kinds import kind

if TYPE_CHECKING:
    from raresim.catalog import Catalog
    from raresim.ontology import Ontology
    from raresim.score.observation import Knowledge, Observation


@dataclass(frozen=True, eq=False)
class Profiles:
    """The findings of all diseases of a catalog: terms int32[t], distinct rows of the ontology; those of disease d are
    ``terms[members[off[d]:off[d + 1]]]``; information float64[rows of the ontology] in nats."""

    terms: NDArray[np.int32]
    off: NDArray[np.int64]
    members: NDArray[np.int32]
    information: NDArray[np.float64]


@kind
class Resnik:
    """Ranks diseases by phenotype alone: symmetric best-match average of Resnik similarity.

    Resnik 1995 (IJCAI, 448), best-match average as in Pesquita et al. 2008 (BMC Bioinformatics 9 Suppl 5:S4); the
    information content is that of the catalog. Excluded findings are not used; a gene has the score of its best
    disease. No answer for a proband without findings.
    """

    needs_variants: ClassVar[bool] = False

    def rank(self, seen: Observation, knowledge: Knowledge) -> Ranking:
        """Rank every disease of the catalog, with each of its genes."""
        row, genes, diseases = pairs(knowledge.catalog)
        scores = similarity(seen, knowledge)[row]
        order = np.argsort(-scores, kind="stable")[: int(np.count_nonzero(scores >= 0))]
        named = map(genes.__getitem__, order.tolist()), map(diseases.__getitem__, order.tolist())
        return Ranking(seen.case, tuple(map(Answer, *named, scores[order].tolist())))


def similarity(seen: Observation, knowledge: Knowledge) -> NDArray[np.float64]:
    """Return float64[diseases]: the similarity of the proband with each disease of the catalog, in nats; -1 for a
    disease without findings, and everywhere for a proband without findings.

    Rounded to 1e-6, so that diseases with the same findings are ties on every machine.
    """
    from raresim.kernels.similarity import best_match_average, pair_information

    known = profiles(knowledge.catalog, knowledge.ontology)
    ontology = knowledge.ontology
    query = np.array([ontology.rows[term] for term in seen.observed if term in ontology.rows], np.int32)
    if not len(query):
        return np.full(len(known.off) - 1, -1.0)
    pairs = pair_information(query, known.terms, ontology.ancestor_off, ontology.ancestors_of, known.information)
    scores: NDArray[np.float64] = best_match_average(pairs, known.off, known.members)
    return np.where(np.diff(known.off) > 0, np.round(scores, 6), -1.0)


@lru_cache(maxsize=2)
def profiles(catalog: Catalog, ontology: Ontology) -> Profiles:
    """Return the findings of all diseases of the catalog, those that a disease never has left out.

    Information content: -ln(diseases with the term or one below it / diseases with a finding) (Resnik 1995; over
    diseases as in Koehler et al. 2009, Am J Hum Genet 85:457); 0 for a term of no disease.
    """
    from raresim.kernels.similarity import count_sets

    columns = catalog.columns
    owner = np.repeat(np.arange(len(catalog)), np.diff(columns["row_off"]))
    numbers = np.array([int(term[3:]) for term in ontology.ids])  # ascending, as the ids are
    row = np.minimum(np.searchsorted(numbers, columns["row_term"]), len(numbers) - 1)
    keep = ~columns["row_excluded"] & (numbers[row] == columns["row_term"]) & ontology.phenotypic[row]
    pairs = np.unique(owner[keep] * len(numbers) + row[keep])
    flat = (pairs % len(numbers)).astype(np.int32)
    off = np.searchsorted(pairs // len(numbers), np.arange(len(catalog) + 1))
    terms, members = np.unique(flat, return_inverse=True)
    count = count_sets(off, flat, ontology.ancestor_off, ontology.ancestors_of)
    total = int(np.count_nonzero(np.diff(off)))
    information = np.where(count > 0, -np.log(np.maximum(count, 1) / max(total, 1)), 0.0)
    return Profiles(terms, off, members.astype(np.int32), information)


@lru_cache(maxsize=2)
def pairs(catalog: Catalog) -> tuple[NDArray[np.int64], list[str], list[str]]:
    """Return all pairs of gene and disease, in order of diseases: row of the disease, gene symbol, disease id."""
    genes = genes_of(catalog)
    row = np.repeat(np.arange(len(genes)), list(map(len, genes)))
    return row, [gene for own in genes for gene in own], [catalog.ids[r][0] for r in row.tolist()]


@lru_cache(maxsize=2)
def genes_of(catalog: Catalog) -> list[list[str]]:
    """Return the gene symbols of each disease, sorted; [""] where it has none."""
    symbol = {hgnc: name for name, hgnc in sorted(catalog.symbols.items(), reverse=True)}
    out: list[list[str]] = [[] for _ in range(len(catalog))]
    for hgnc, rows in catalog.of_gene.items():
        for row in rows:
            out[row].append(symbol[hgnc])
    return [sorted(set(genes)) or [""] for genes in out]
