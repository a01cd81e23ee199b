"""In which modes each gene of a catalog entry causes the disease: what the entry says, held against what is known of
the gene by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from raresim.catalog import MODES, Catalog, Disease, GeneLink
from raresim.gene_facts import GeneFacts

X_LINKED = frozenset(("XL", "XLD", "XLR"))
AUTOSOMAL = frozenset(("AD", "AR"))
REQUIREMENT = {"AD": "monoallelic", "AR": "biallelic"}


@dataclass(frozen=True, eq=False)
class GeneModes:
    """What is known of the modes of a gene: the entries that it causes alone, and curated gene-disease pairs."""

    catalog: Catalog
    facts: GeneFacts

    @cached_property
    def alone(self) -> dict[str, frozenset[str]]:
        """Modes of the diseases of a single gene that are drawn by default, by HGNC id."""
        off = np.diff(self.catalog.columns["gene_off"])
        rows = np.flatnonzero(self.catalog.drawable & (off == 1)).tolist()
        return self._modes([(self.catalog.links(row)[0].hgnc, row) for row in rows])

    @cached_property
    def causal(self) -> dict[str, frozenset[str]]:
        """The same of every entry with one causal gene, drawn or not: a susceptibility, a disease with modifiers."""
        links = [(causal(self.catalog.links(row)), row) for row in range(len(self.catalog))]
        return self._modes([(genes[0].hgnc, row) for genes, row in links if len(genes) == 1])

    @cached_property
    def curated(self) -> frozenset[tuple[str, str]]:
        """(HGNC id, allelic requirement) of the pairs of gene and disease that G2P has curated.

        Those of Orphanet are the entry's own mode said again, so they bear no witness.
        """
        pairs = self.facts.mechanisms.items()
        return frozenset((hgnc, need) for (hgnc, _), rows in pairs for _, need, source in rows if source == "G2P")

    def fitting(self, modes: Collection[str], links: Sequence[GeneLink]) -> list[tuple[GeneLink, frozenset[str]]]:
        """Return the genes that an entry's cases may have, each with its modes.

        An entry with several modes and several genes does not say which goes with which: there a gene has the modes of
        the diseases it causes alone. With one mode and several genes, a gene is left out whose own diseases all say
        otherwise (:meth:`against`); where that would leave no gene, the entry is believed.
        """
        links, ours = causal(links), frozenset(modes) & frozenset(MODES)
        if len(links) == 1 or not ours:
            return [(link, ours) for link in links]
        if len(ours) > 1:
            return [(link, ours & self.alone.get(link.hgnc, frozenset())) for link in links]
        (mode,) = ours
        left = [link for link in links if not self.against(link.hgnc, mode)]
        believed = left if any(link.hgnc in self.facts.rows for link in left) else links
        return [(link, ours) for link in believed]

    def against(self, hgnc: str, mode: str) -> bool:
        """Whether a gene causes diseases alone and nothing known of it has the mode.

        X-linked modes are one: whether women fall ill is a matter of degree. Modes of every entry with one causal gene
        count, and G2P's allelic requirement for any disease of an autosomal gene.
        """
        own = self.alone.get(hgnc, frozenset())
        if not own or own & (X_LINKED if mode in X_LINKED else {mode}):
            return False
        curated = bool(own & AUTOSOMAL) and (hgnc, REQUIREMENT.get(mode, "")) in self.curated
        return not curated and mode not in self.causal.get(hgnc, ())

    def left_out(self, disease: Disease) -> dict[str, list[str]]:
        """Return the symbols of the genes of an entry that none of its cases has, by reason."""
        fitting = {link.hgnc for link, fit in self.fitting(disease.modes, disease.genes) if fit}
        germline, modes = causal(disease.genes), [mode for mode in disease.modes if mode in MODES]
        out: dict[str, list[str]] = {}
        for link in disease.genes:
            if link.hgnc not in fitting:
                why = self.why_not(link, modes) if link in germline else f"association: {link.association}"
                out.setdefault(why, []).append(link.symbol)
        return out

    def why_not(self, link: GeneLink, modes: Sequence[str]) -> str:
        """Return why a gene of an entry is left out of the entry's modes."""
        own = self.alone.get(link.hgnc)
        if not own:
            return f"the entry does not say which of its modes ({', '.join(modes)}) goes with {link.symbol}"
        rows = [row for row in self.catalog.of_gene[link.hgnc] if len(self.catalog.links(row)) == 1]
        example = next(self.catalog.ids[row][0] for row in rows if self.catalog.drawable[row])
        return (
            f"the diseases that {link.symbol} causes alone are {', '.join(sorted(own))}, not {', '.join(modes)}; "
            f"name one of them ({example}), or another gene of this one"
        )

    def _modes(self, pairs: Sequence[tuple[str, int]]) -> dict[str, frozenset[str]]:
        out: dict[str, set[str]] = {}
        for hgnc, row in pairs:
            out.setdefault(hgnc, set()).update(self.catalog.modes[row])
        return {hgnc: frozenset(found) for hgnc, found in out.items()}


def causal(links: Sequence[GeneLink]) -> list[GeneLink]:
    """Return the germline genes of an entry; all its genes where none is (named by the user although not monogenic)."""
    return [link for link in links if link.association.startswith("germline")] or list(links)
