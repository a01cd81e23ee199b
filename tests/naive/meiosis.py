"""The obvious twin of haplotypes as views: one value for each site, looked at one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from raresim.genome import Genome
from raresim.haplotypes import NONE, Haplotype, Pair
from raresim.meiosis import Gamete
from raresim.panel import Panel
from raresim.pedigree import Pedigree
from raresim.sites import Variant


def sources(panel: Panel, haplotype: Haplotype) -> NDArray[np.int64]:
    """The panel haplotype shown at every site."""
    out = np.full(len(panel.sites), NONE, np.int64)
    for k, source in enumerate(haplotype.source):
        end = haplotype.start[k + 1] if k + 1 < len(haplotype.start) else len(panel.sites)
        out[haplotype.start[k] : end] = source
    return out


def dense(panel: Panel, haplotype: Haplotype) -> NDArray[np.int8]:
    """ALT (1), REF (0) or no such haplotype (-1) at every site of the panel."""
    carried = [set(panel.own.rows(h, 0, len(panel.sites)).tolist()) for h in range(2 * panel.people)]
    return np.array(
        [-1 if h == NONE else int(row in carried[h]) for row, h in enumerate(sources(panel, haplotype).tolist())],
        np.int8,
    )


def transmitted(panel: Panel, parent: Pair, gamete: Gamete) -> NDArray[np.int64]:
    """The panel haplotype that the child shows at every site."""
    both = [sources(panel, h) for h in parent]
    which = [gamete.at(int(c), int(p)) for c, p in zip(panel.sites.contig, panel.sites.pos, strict=True)]
    return np.array([both[w][row] for row, w in enumerate(which)], np.int64)


def genotypes(
    panel: Panel, genome: Genome, pedigree: Pedigree, haplotypes: Sequence[Pair]
) -> list[tuple[Variant, list[list[int]]]]:
    """Every variant that somebody carries, with copies by member and haplotype."""
    found: dict[Variant, list[list[int]]] = {}
    variants = [panel.sites[row] for row in range(len(panel.sites))]
    private = {v for pair in haplotypes for h in pair for v in h.private}
    for v in sorted({*variants, *private}):
        row = variants.index(v) if v in variants else -1
        copies = []
        for member, pair in zip(pedigree.members, haplotypes, strict=True):
            mine = []
            for side in (0, 1):
                if side == 0 and genome.contigs[v.contig].ploidy(v.pos, member.female) == 1:
                    mine.append(-1)
                    continue
                shown = int(dense(panel, pair[side])[row]) if row >= 0 else 0
                mine.append(int(shown == 1 or v in pair[side].private))
            copies.append(mine)
        if any(x == 1 for pair in copies for x in pair):
            found[v] = copies
    return list(found.items())
