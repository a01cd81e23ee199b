"""New alleles against the table of rates: every context, indels and their lengths, single draws.

The table is read once, at import, so that a wrong one in use is seen.
"""

from __future__ import annotations

import dataclasses
from itertools import permutations, product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import expm
from scipy.stats import norm, poisson

from raresim import mutation
from raresim.ancestry import Rows, channels, resolve
from raresim.mutation import CODE, Rates
from raresim.sites import Variant
from tests.builders import tiny_genome
from tests.statistics.exact import ALPHA, share_fits
from tests.statistics.test_panel import star

pytestmark = pytest.mark.slow
TABLE = mutation.load()
SNV, INDEL, LENGTH = TABLE.snv.copy(), TABLE.indel.copy(), TABLE.length.copy()
TRIPLES = np.array([25 * a + 5 * b + c for a in range(4) for b in range(4) for c in range(4)])
PARTNER = np.array([2, 3, 0, 1])  # the other purine or pyrimidine


def folded(left: NDArray, base: NDArray, right: NDArray, alt: NDArray) -> NDArray[np.int64]:
    """Number a change by the strand on which the old base is A or C."""
    left, base, right, alt = (np.asarray(a, np.int64) for a in (left, base, right, alt))
    other = base > 1
    left, right = np.where(other, 3 - right, left), np.where(other, 3 - left, right)
    base, alt = np.where(other, 3 - base, base), np.where(other, 3 - alt, alt)
    return 64 * left + 16 * base + 4 * right + alt


def new_copies(
    context: NDArray, region: NDArray, table: mutation.RateTable, scale: float, time: float, seed: int
) -> tuple[Rows, NDArray[np.int64]]:
    """Rows of 60 lineages that join with the reference, and the copies of each that are new on them."""
    rows = resolve(star(61, time, len(context)), context, region, 61, channels(table, np.ones(125), scale), seed)
    return rows, np.where(rows.flipped, 0, np.diff(rows.off))


def changes(time: float) -> NDArray[np.float64]:
    """Return float64[125, 4]: the chance that a lineage has another base than the reference and its root.

    The reference is followed up to the root, the lineage down from it (all contexts are as common as one another), so
    that what mutates twice is counted as the chain of states says.
    """
    out = np.zeros((125, 4))
    for left, right in product(range(4), repeat=2):
        rows = 25 * left + 5 * np.arange(4) + right
        down, up = SNV[rows] * time, SNV[rows].T * time
        down, up = (expm(q - np.diag(q.sum(axis=1))) for q in (down, up))
        for old, new in permutations(range(4), 2):
            out[rows[old], new] = sum(up[old, root] * down[root, new] for root in range(4) if root != new)
    return out


def test_each_of_96_changes_comes_by_its_rate() -> None:
    """At least 12,000 events of each: a change and its mirror image, more bases where the rarest change is rarer."""
    rarest = np.array([SNV[c][SNV[c] > 0].min() for c in TRIPLES])
    count = (1 / rarest / (1 / rarest).sum() * 400_000).astype(int)
    context = np.repeat(TRIPLES, count).astype(np.uint8)
    parts = context.astype(int) // 25, context.astype(int) // 5 % 5, context.astype(int) % 5
    time, scale, repeats = 8e5, 0.1, 140
    found, want, law = np.zeros(256), np.zeros(256), changes(time * scale)
    for seed in range(repeats):
        rows, copies = new_copies(context, np.zeros(len(context), np.uint8), mutation.load(), scale, time, seed)
        single = rows.alt >= 0
        at = rows.position[single]
        change = folded(parts[0][at], parts[1][at], parts[2][at], rows.alt[single])
        found += np.bincount(change, copies[single], 256)
    for alt in range(4):
        code = folded(TRIPLES // 25, TRIPLES // 5 % 5, TRIPLES % 5, np.full(64, alt))
        want += np.bincount(code, law[TRIPLES, alt] * count, 256) * 60 * repeats
    cells = want > 0
    assert cells.sum() == 96
    assert want[cells].min() > 12_000
    z = (found[cells] - want[cells]) / np.sqrt(want[cells])
    assert abs(z).max() < norm.isf(ALPHA / 96), (found[cells] / want[cells])[abs(z).argmax()]


@pytest.mark.parametrize("coding", [0, 1])
def test_indels_come_by_their_rate_and_length(coding: int) -> None:
    """Hardly any single-base changes, so that many generations give 15,000 indels."""
    context = np.full(200_000, TRIPLES[0], np.uint8)
    table = dataclasses.replace(mutation.load(), snv=SNV * 1e-6)
    time = 1e-3 / INDEL[coding]
    size: list[NDArray[np.int64]] = []
    for seed in range(5):
        rows, copies = new_copies(context, np.full(len(context), coding, np.uint8), table, 1.0, time, seed)
        size.append(np.repeat(rows.size.astype(np.int64), np.where(rows.alt < 0, copies, 0)))
    sizes = np.concatenate(size)
    want = 5 * 60 * len(context) * 1e-3
    assert len(sizes) > 15_000
    assert poisson.ppf(ALPHA, want) <= len(sizes) <= poisson.ppf(1 - ALPHA, want)
    ratio = TABLE.ins_per_del[coding]
    assert share_fits(int((sizes > 0).sum()), len(sizes), ratio / (1 + ratio))
    for length in (1, 2, 3, 4):
        share = LENGTH[coding, length] / LENGTH[coding].sum()
        assert share_fits(int((abs(sizes) == length).sum()), len(sizes), share)


def kind_of(variant: Variant, text: str) -> str:
    """Name the class of a change; text: the old base between its neighbours."""
    if len(variant.ref) != len(variant.alt):
        return "insertion" if len(variant.alt) > 1 else "deletion"
    old, new = int(CODE[ord(variant.ref)]), int(CODE[ord(variant.alt)])
    if new != PARTNER[old]:
        return "transversion"
    return "CpG" if text[1:] == "CG" or text[:2] == "CG" else "transition"


def test_new_mutations_are_drawn_by_rate() -> None:
    """40,000 draws from the coding exons of one gene, with 25 times as many indels as there are."""
    genome = tiny_genome()
    rng, rates = np.random.default_rng(12), Rates(genome)
    parts = np.array(genome.genes.cds(0))
    wrong = dataclasses.replace(mutation.load(), indel=mutation.load().indel * 25)
    n = 40_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mutation, "load", lambda: wrong)
        drawn = [rates.draw(genome, 0, parts[:, 0], parts[:, 1], rng) for _ in range(n)]
    seen = dict.fromkeys(("CpG", "transition", "transversion", "deletion", "insertion"), 0)
    for v in drawn:
        seen[kind_of(v, genome.fetch(0, v.pos - 1, v.pos + 2))] += 1
    want = dict.fromkeys(seen, 0.0)
    for pos in (p for a, b in parts.tolist() for p in range(a, b)):
        text = genome.fetch(0, pos - 1, pos + 2)
        left, old, right = (int(CODE[ord(letter)]) for letter in text)
        for new in {0, 1, 2, 3} - {old}:
            change = Variant(0, pos, text[1], "ACGT"[new])
            want[kind_of(change, text)] += float(SNV[25 * left + 5 * old + right, new])
        want["deletion"] += 25 * float(INDEL[1]) / (1 + float(TABLE.ins_per_del[1]))
        want["insertion"] += 25 * float(INDEL[1]) * (1 - 1 / (1 + float(TABLE.ins_per_del[1])))
    total = sum(want.values())
    indels = [sum(law[name] for name in ("deletion", "insertion")) for law in (seen, want)]
    assert share_fits(int(indels[0]), n, indels[1] / total)
    for name, count in seen.items():
        assert share_fits(count, n, want[name] / total), (name, count / n, want[name] / total)
