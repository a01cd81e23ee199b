"""Every disease equally often: all of them in turn, in another order each time."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from raresim.catalog import MODES
from raresim.disease import Choice
from raresim.disease.fixed import Fixed, Names, known
from raresim.kinds import kind

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.world import World

Pool = list[tuple[int, tuple[tuple[str, int], ...]]]  # catalog row, its pairs of mode and gene row


@kind
class Balanced:
    """Every disease equally often: of n diseases, any n cases from 1, n + 1, 2n + 1, ... have each of them once.

    ids, genes, modes: as of ``fixed``; without ids and genes, all diseases that are drawn by default. The order of a
    round follows from the seed. `raresim check` says how many diseases there are and how many cases of each. In a
    weighted list of several kinds the rounds have gaps.
    """

    ids: Names = ()
    genes: Names = ()
    modes: Names = ()

    def __post_init__(self) -> None:
        known(self.modes)

    def draw(self, world: World, rng: Generator, modes: Collection[str] = MODES) -> Choice:
        """Draw any of the diseases, then a mode and a gene that it can have here."""
        pool = self.pool(world, modes)
        return self._made(world, pool, int(rng.integers(len(pool))), rng)

    def nth(self, world: World, number: int, seed: int, rng: Generator, modes: Collection[str] = MODES) -> Choice:
        """Return the disease of case ``number`` (from 1), with a mode and a gene drawn of those it can have here."""
        from raresim.streams import key, permuted

        pool = self.pool(world, modes)
        turn, slot = divmod(number - 1, len(pool))
        return self._made(world, pool, permuted(slot, len(pool), key(seed, "disease", "turn", turn)), rng)

    def check(self, world: World, modes: Collection[str] = MODES) -> None:
        """Raise InputError where a disease that is named, or every disease, cannot be made."""
        from raresim.disease.catalog import Catalog

        if self.ids or self.genes:
            Fixed(ids=self.ids, genes=self.genes, modes=self.modes).check(world, modes)
        else:
            Catalog(modes=dict.fromkeys(self.modes or MODES, 1.0)).check(world, modes)

    def named(self, world: World) -> None:
        """Raise InputError for names that the catalog does not have; the targets of the world are not looked at."""
        if self.ids or self.genes:
            Fixed(ids=self.ids, genes=self.genes).named(world)

    def pool(self, world: World, modes: Collection[str] = MODES) -> Pool:
        """Return the diseases of a round in the order of the catalog, with the modes and genes they can have here."""
        kept = _POOLS.setdefault(world, {})
        asked = (self.ids, self.genes, self.modes, tuple(modes))
        if asked not in kept:
            kept[asked] = self._pool(world, [mode for mode in modes if not self.modes or mode in self.modes])
        return kept[asked]

    def _pool(self, world: World, modes: list[str]) -> Pool:
        from raresim.disease import _eligible

        found: dict[int, list[tuple[str, int]]] = {}
        if self.ids or self.genes:
            chosen = Fixed(ids=self.ids, genes=self.genes, modes=self.modes)
            for disease, pairs in chosen.possible(world, modes):
                found[world.catalog.rows[disease.id]] = pairs
        else:
            for mode in modes:
                for row, genes in _eligible.of(world).drawable[mode]:
                    found.setdefault(row, []).extend((mode, gene) for gene in genes)
        return [(row, tuple(pairs)) for row, pairs in sorted(found.items())]

    def _made(self, world: World, pool: Pool, at: int, rng: Generator) -> Choice:
        row, pairs = pool[at]
        modes = sorted({mode for mode, _ in pairs})
        mode = modes[int(rng.integers(len(modes)))]
        genes = [gene for name, gene in pairs if name == mode]
        return Choice(world.catalog[row], genes[int(rng.integers(len(genes)))], mode)


_POOLS: WeakKeyDictionary[World, dict[Any, Pool]] = WeakKeyDictionary()
