"""Any ordinary monogenic disease of the catalog, by the modes of solved cohorts."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from raresim.catalog import MODES
from raresim.disease import Choice
from raresim.errors import InputError, nearest
from raresim.kinds import kind
from raresim.mixture import LEAST, MOST

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.world import World

# Solved cases of a clinical exome laboratory: 280 autosomal dominant, 181 autosomal recessive, 65 X-linked diagnoses
# (Yang et al. 2014, JAMA 312:1870; figures recalled). How the 65 divide is not stated: halves, because about half of
# the solved X-linked cases are de novo (51.7%, Posey et al. 2017, N Engl J Med 376:21).
COHORT = {"AD": 280.0, "AR": 181.0, "XLD": 32.5, "XLR": 32.5}


def _shares(shares: dict[str, float]) -> dict[str, float]:
    for mode, share in shares.items():
        if mode not in MODES:
            raise InputError(f"disease.modes.{mode}: there is no such mode of inheritance{nearest(mode, MODES)}")
        if share and not LEAST <= share <= MOST:
            raise InputError(f"disease.modes.{mode}: should be 0 or from 1e-9 to 1e9, not {share}")
    if not sum(shares.values()) > 0:
        raise InputError("disease.modes: some share should be more than 0")
    return shares


@kind
class Catalog:
    """A disease of the catalog: its mode by the shares of solved cohorts, then each disease equally likely.

    modes: shares of AD, AR, XLD and XLR among the cases, in any unit, 0 or from 1e-9 to 1e9 (default: 280, 181, 32.5
    and 32.5 diagnoses of a clinical exome laboratory); a mode left out is not drawn. The disease is an ordinary
    germline monogenic one, with a phenotype, whose gene lies on this genome and in its targets. Modes that no such
    disease has give their share to the others.
    """

    modes: Annotated[dict[str, float], AfterValidator(_shares)] = Field(default_factory=COHORT.copy)

    def draw(self, world: World, rng: Generator, modes: Collection[str] = MODES) -> Choice:
        """Draw the mode, the disease, and one of its genes that fit the mode."""
        from raresim.disease import _eligible

        shares = self.shares(world, modes)
        names = list(shares)
        mode = names[_eligible.pick(shares.values(), rng)]
        diseases = _eligible.of(world).drawable[mode]
        row, genes = diseases[int(rng.integers(len(diseases)))]
        return Choice(world.catalog[row], genes[int(rng.integers(len(genes)))], mode)

    def check(self, world: World, modes: Collection[str] = MODES) -> None:
        """Raise InputError where no disease of the catalog can be made."""
        self.shares(world, modes)

    def shares(self, world: World, modes: Collection[str] = MODES) -> dict[str, float]:
        """Return the shares, in the unit of ``modes``, of the modes that can be drawn; InputError where none can."""
        from raresim.disease import _eligible

        known = _eligible.of(world).drawable
        shares = {m: self.modes[m] for m in MODES if m in modes and self.modes.get(m, 0) > 0 and known[m]}
        if not shares:
            raise InputError(
                f"disease.modes: {', '.join(self.modes)}: no disease of the catalog can be made on this genome and "
                f"its targets with the modes that the study allows ({', '.join(modes)})"
            )
        return shares
