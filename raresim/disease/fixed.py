"""Chosen diseases: a list of ids, or all diseases of some genes."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import BeforeValidator

from raresim.catalog import MODES, Disease
from raresim.disease import Choice
from raresim.errors import InputError, nearest
from raresim.kinds import kind

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.world import World


def listed(value: Any) -> Any:
    """Return one name as a list of one."""
    return (value,) if isinstance(value, str) else value


def known(modes: tuple[str, ...]) -> None:
    """Raise InputError for names that are no modes of inheritance."""
    wrong = [mode for mode in modes if mode not in MODES]
    if wrong:
        raise InputError(*(f"disease.modes: there is no mode '{mode}'{nearest(mode, MODES)}" for mode in wrong))


Names = Annotated[tuple[str, ...], BeforeValidator(listed)]


@kind
class Fixed:
    """Chosen diseases, each equally likely: a list of ids, or the diseases of some genes.

    ids: disease ids ("OMIM:173900", "ORPHA:730"); they may name diseases that are not drawn by default. genes: symbols
    or HGNC ids: alone, all diseases of these genes that are drawn by default; with ids, the gene has to be one of
    them. modes: the modes of inheritance that are allowed (empty: all that a disease has).
    """

    ids: Names = ()
    genes: Names = ()
    modes: Names = ()

    def __post_init__(self) -> None:
        known(self.modes)

    def draw(self, world: World, rng: Generator, modes: Collection[str] = MODES) -> Choice:
        """Draw one of the diseases, then a mode that it can have here, then a gene."""
        diseases = self.possible(world, modes)
        if not diseases:
            self.check(world, modes)
        disease, pairs = diseases[int(rng.integers(len(diseases)))]
        names = sorted({mode for mode, _ in pairs})
        mode = names[int(rng.integers(len(names)))]
        genes = [gene for name, gene in pairs if name == mode]
        return Choice(disease, genes[int(rng.integers(len(genes)))], mode)

    def check(self, world: World, modes: Collection[str] = MODES) -> None:
        """Raise InputError, a line for each disease of ``ids`` (and each of ``genes``) that cannot be made."""
        from raresim.disease import _eligible

        allowed = [mode for mode in modes if not self.modes or mode in self.modes]
        if not allowed:
            raise InputError(f"disease.modes: {', '.join(self.modes)}: the study allows {', '.join(modes)} only")
        eligible = _eligible.of(world)
        lines = []
        for disease in self._diseases(world):
            if not self._pairs(world, disease, modes):
                why = eligible.why_not(disease, allowed) or eligible.left_out(disease, self.genes)
                why = why or f"it has no gene of {', '.join(self.genes)}"
                lines.append(f"disease.ids: {disease.id} ({disease.name}): a case cannot be made: {why}")
        if lines and (self.ids or len(lines) == len(self._diseases(world))):
            raise InputError(*lines)

    def named(self, world: World) -> None:
        """Raise InputError for names that the catalog does not have; the targets of the world are not looked at."""
        self._diseases(world)

    def possible(self, world: World, modes: Collection[str] = MODES) -> list[tuple[Disease, list[tuple[str, int]]]]:
        """Return the diseases that can be made, each with the pairs of mode and gene row that it can have here."""
        pairs = [(disease, self._pairs(world, disease, modes)) for disease in self._diseases(world)]
        return [(disease, found) for disease, found in pairs if found]

    def _diseases(self, world: World) -> list[Disease]:
        from raresim.disease import _eligible

        catalog, lines, genes = world.catalog, [], []
        borrowed = _eligible.of(world).borrowed
        if not (self.ids or self.genes):
            raise InputError("disease.ids: name diseases (ids) or genes (genes)")
        for gene in self.genes:
            if borrowed and gene in world.genome.genes.by_symbol:
                genes += [catalog[row] for row in np.flatnonzero(catalog.drawable).tolist()]
                continue
            hgnc = gene if gene in catalog.of_gene else catalog.symbols.get(gene, "")
            if hgnc:
                genes += [catalog[row] for row in catalog.of_gene[hgnc] if catalog.drawable[row]]
            else:
                lines.append(
                    f"disease.genes: '{gene}': no disease of the catalog has it{nearest(gene, catalog.symbols)}"
                )
        chosen = []
        for code in self.ids:
            try:
                chosen.append(catalog.find(code))
            except InputError as error:
                lines += [f"disease.ids: {line}" for line in error.lines]
        if lines:
            raise InputError(*lines)
        found = {disease.id: disease for disease in (chosen if self.ids else genes)}
        if not found:
            raise InputError(f"disease.genes: {', '.join(self.genes)}: no disease of these genes is drawn by default")
        return list(found.values())

    def _pairs(self, world: World, disease: Disease, modes: Collection[str]) -> list[tuple[str, int]]:
        from raresim.disease import _eligible

        genes = world.genome.genes
        return [
            (mode, gene)
            for mode, gene in _eligible.of(world).pairs(disease)
            if mode in modes
            and (not self.modes or mode in self.modes)
            and (not self.genes or genes.symbol[gene] in self.genes or genes.hgnc[gene] in self.genes)
        ]
