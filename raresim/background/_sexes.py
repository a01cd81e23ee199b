"""Men and women on X, Y and mitochondrial DNA: people of a panel have two of X, a Y and mitochondrial DNA each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from raresim import streams
from raresim.errors import InputError
from raresim.genome import Contig, ContigKind

FEW = 3  # heterozygous genotypes of a man on X outside PAR, and at least half as many as pure ones: a woman (a choice)


@dataclass(frozen=True)
class Sexes:
    """What people have of X outside PAR, of Y and of mitochondrial DNA, in the form of a panel.

    A panel's people are unsexed. So a man's X is his haplotype 2p + 1, as a son has it from his mother, and 2p holds a
    copy of the X of another person of his pool; a woman's 2p holds a copy of the Y of a man of her pool. Copies are
    given out by keyed permutations: of X none twice. Mitochondrial DNA is on 2p + 1.

    names: of the people; male bool[people], or None: men are those with a haploid genotype on X outside PAR. pool
    int[people]: who may lend to whom (one part of one ancestry, so nobody's X or Y is in cohort and database).
    """

    names: Sequence[str]
    male: NDArray[np.bool_] | None
    pool: NDArray[np.integer]
    seed: int
    _haploid: NDArray[np.bool_] = field(init=False)
    _mixed: NDArray[np.int64] = field(init=False)  # heterozygous genotypes of men on X, and pure ones with ALT
    _pure: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        people = len(self.pool)
        object.__setattr__(self, "_haploid", np.zeros(people, np.bool_))
        object.__setattr__(self, "_mixed", np.zeros(people, np.int64))
        object.__setattr__(self, "_pure", np.zeros(people, np.int64))

    def check(
        self, contig: Contig, pos: int, copies: NDArray[np.int16], haploid: NDArray[np.bool_], where: str
    ) -> None:
        """Raise InputError for a haploid genotype where that person has two haplotypes; remember those of X."""
        if contig.kind in (ContigKind.Y, ContigKind.MT) or not haploid.any():
            return
        single = haploid & (copies[::2] >= 0)
        on_x = contig.kind is ContigKind.X and not contig.in_par(pos)
        if on_x:
            self._haploid[:] |= single
        wrong = np.flatnonzero(single & ~self.male if on_x and self.male is not None else single & (not on_x))
        if len(wrong):
            what = "a woman in the table" if on_x else "of a diploid place"
            raise InputError(f"{where}: {self.names[wrong[0]]} has one allele there and is {what}; two are needed")

    @cached_property
    def men(self) -> NDArray[np.bool_]:
        """Who is a man; asked when all files are read."""
        return self._haploid if self.male is None else self.male

    def own(self, contig: Contig, pos: int, carriers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the carriers of an allele in the form of a panel; a single allele was read as two equal ones."""
        kind = contig.kind
        if kind is ContigKind.AUTOSOME or (kind is ContigKind.X and contig.in_par(pos)):
            return carriers
        has = np.zeros(2 * len(self.pool), np.bool_)
        has[carriers] = True
        both = has[::2] & has[1::2]
        if kind is ContigKind.X:
            self._mixed[:] += self.men & (has[::2] ^ has[1::2])
            self._pure[:] += self.men & both
            has[1::2][self.men] = both[self.men]
            has[::2][self.men] = has[self._lender_x[self.men]]
        elif kind is ContigKind.Y:
            has[:] = False
            has[::2] = both & self.men
            lent = ~self.men & (self._lender_y >= 0)
            has[::2][lent] = has[self._lender_y[lent]]
        else:
            has[::2], has[1::2] = False, both
        return np.flatnonzero(has).astype(np.int32)

    @cached_property
    def _lender_x(self) -> NDArray[np.int64]:
        """The haplotype of X that each man's second one is a copy of."""
        out = np.zeros(len(self.pool), np.int64)
        for pool in np.unique(self.pool):
            people = np.flatnonzero(self.pool == pool)
            men, women = people[self.men[people]], people[~self.men[people]]
            real = np.concatenate([2 * women, 2 * women + 1, 2 * men + 1])
            key = streams.key(self.seed, "background", "X", int(pool))
            drawn = np.array([streams.permuted(i, len(real), key) for i in range(len(men))], np.int64)
            out[men] = real[drawn]
        return out

    @cached_property
    def _lender_y(self) -> NDArray[np.int64]:
        """The haplotype of Y that each woman's is a copy of, -1 without a man in her pool."""
        out = np.full(len(self.pool), -1, np.int64)
        for pool in np.unique(self.pool):
            people = np.flatnonzero(self.pool == pool)
            men, women = people[self.men[people]], people[~self.men[people]]
            key = streams.key(self.seed, "background", "Y", int(pool))
            if len(men):
                drawn = [men[streams.permuted(i % len(men), len(men), key)] for i in range(len(women))]
                out[women] = 2 * np.array(drawn, np.int64)
        return out

    def notes(self) -> tuple[str, ...]:
        """Return what was found when all is read; InputError for men who are heterozygous on X."""
        doubted = np.flatnonzero((self._mixed >= FEW) & (2 * self._mixed > self._pure))
        if len(doubted):
            who = doubted[0]
            raise InputError(
                f"background.samples: {self.names[who]} is a man in the table and heterozygous at {self._mixed[who]} "
                f"sites of X outside PAR (and {len(doubted) - 1} more people are so); correct the sex in the table"
            )
        out = []
        if self.male is None and self._haploid.any():
            out.append(f"background: men, by their haploid genotypes on X: {int(self.men.sum()):,}")
        if self._mixed.any():
            out.append(
                f"background: heterozygous genotypes of men on X outside PAR, read as REF: {self._mixed.sum():,}"
            )
        return tuple(out)
