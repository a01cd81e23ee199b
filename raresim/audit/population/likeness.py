"""How like are simulated sites and people to those of the 1000 Genomes project on the same genes?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from raresim.audit.population.kgp import GROUPS, Compared, Genotypes, cohort
from raresim.audit.population.measure import Measured

Floats = NDArray[np.float64]
LEAST = 3  # copies among all: the project's release drops alleles that it saw once
COMMON = 0.05  # minor allele frequency of the sites whose linkage is measured
DISTANCES = ((0, 1_000), (1_000, 10_000), (10_000, 50_000))
COMPONENTS = 4
FEATURES = (
    *(f"frequency in {name}" for name in GROUPS),
    *("frequency", "ancestries with it", "spread of frequencies", "heterozygotes over expected"),
    *("transition", "reference is C or G", "distance to the next site", "linkage with the next site"),
)
# Of these genes and their people, not of single sites: how many sites there are (duplicated genes have twice as many),
# and that a continent of the project is several populations, so that heterozygotes are fewer.
GENES_OWN = ("distance to the next site", "heterozygotes over expected")


@dataclass(frozen=True)
class Likeness:
    """auc: area under the ROC curve of a classifier of sites, out of the fold of their gene; without: the same without
    ``GENES_OWN``; telling: the ten features that part them best alone, with their areas; linkage: ancestry, distances,
    mean r2 theirs and ours; wider: the same of ours on other genes, more of them; placed: share of people next to the
    centre of their own continent in a principal component analysis, theirs and ours."""

    auc: float
    without: float
    telling: tuple[tuple[str, float], ...]
    linkage: tuple[tuple[str, str, float, float], ...]
    wider: tuple[tuple[str, str, float], ...]
    placed: tuple[float, float]


def judge(found: Compared, wider: list[tuple[str, str, float]], seed: int) -> Likeness:
    """Compare half of the people of both; ``wider`` is ``of_panel`` of a panel on more genes."""
    from raresim.audit.classifier import area, out_of_fold

    real, made = found.half_theirs, found.half_ours
    a, b = features(real), features(made)
    values = np.concatenate([a, b]).astype(np.float32)
    label = np.arange(len(values)) < len(a)
    stretch = np.concatenate([(g.contig << 32 | g.position)[_seen(g)] for g in (real, made)])
    weight = np.ones(len(values))
    groups = _genes(stretch)
    others = [i for i, name in enumerate(FEATURES) if name not in GENES_OWN]
    score, less = (out_of_fold(v, label, weight, groups, seed)[0] for v in (values, values[:, others]))

    def auc(score: Floats) -> float:
        order = np.argsort(score, kind="stable")
        return area(label[order], weight[order], np.unique(score[order], return_inverse=True)[1])

    alone = [(name, auc(values[:, i].astype(np.float64))) for i, name in enumerate(FEATURES)]
    alone = [(name, max(share, 1 - share)) for name, share in alone]
    return Likeness(
        auc=auc(score),
        without=auc(less),
        telling=tuple(sorted(alone, key=lambda pair: -pair[1])[:10]),
        linkage=tuple(
            (name, apart, theirs, ours)
            for (name, apart, theirs), (*_, ours) in zip(decay(real), decay(made), strict=True)
        ),
        wider=tuple(wider),
        placed=(placed(real), placed(made)),
    )


def _seen(given: Genotypes) -> NDArray[np.bool_]:
    """Sites with at least ``LEAST`` copies of either allele."""
    copies = given.copies.sum(1, dtype=np.int64)
    return np.asarray(np.minimum(copies, 2 * given.copies.shape[1] - copies) >= LEAST)


def _genes(place: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for every stretch of sites without a gap of 100 kb: a gene, or neighbours."""
    order = np.argsort(place)
    group = np.zeros(len(place), np.int64)
    group[order] = np.cumsum(np.diff(place[order], prepend=place[order[0]]) > 100_000)
    return group


def features(given: Genotypes) -> Floats:
    """float64[sites seen, FEATURES]: nothing that depends on the bases beside a site, which are made up in ours."""
    rows = _seen(given)
    copies = given.copies[rows]
    share = np.stack([copies[:, given.group == i].mean(1) / 2 for i in range(len(GROUPS))], 1)
    whole = copies.mean(1) / 2
    expected = (2 * share * (1 - share) * np.bincount(given.group, minlength=len(GROUPS))).sum(1)
    place = given.contig[rows] << 32 | given.position[rows]
    ref = given.change[rows] // 256
    pairs = np.array([256 * x + y for x, y in (b"AG", b"GA", b"CT", b"TC")])
    gap = np.append(np.diff(place), 1 << 20).clip(0, 1 << 20)
    linked = np.append([_r2(x, y) for x, y in pairwise(copies)], 0.0)
    return np.column_stack(
        [
            *share.T,
            whole,
            (share > 0).sum(1),
            share.std(1) / np.sqrt(whole * (1 - whole)),
            (copies == 1).sum(1) / np.maximum(expected, 1e-9),
            np.isin(given.change[rows], pairs),
            np.isin(ref, list(b"CG")),
            gap,
            np.where(gap < 50_000, linked, np.nan),
        ]
    )


def _r2(x: NDArray[np.int8], y: NDArray[np.int8]) -> float:
    """Squared correlation of genotypes; 0 where one does not vary."""
    a, b = x - x.mean(), y - y.mean()
    scale = float((a @ a) * (b @ b))
    return float((a @ b) ** 2 / scale) if scale else 0.0


def decay(given: Genotypes) -> list[tuple[str, str, float]]:
    """Ancestry, distances, and mean squared correlation of common sites at these."""
    return [
        (name, f"{low // 1000}-{high // 1000} kb", linkage(given, name, low, high))
        for name in ("AFR", "EAS", "EUR")
        for low, high in DISTANCES
    ]


def of_panel(made: Measured, people: int = 250) -> list[tuple[str, str, float]]:
    """``decay`` in a panel of ``GROUPS``, in so many people of each, about as many as the project has."""
    share = made.counts / (2 * made.people)
    common = np.any(np.minimum(share, 1 - share) > COMMON / 2, axis=1)
    return decay(cohort(made, np.asarray(common), people))


def linkage(given: Genotypes, name: str, low: int, high: int) -> float:
    """Mean squared correlation of genotypes of common sites of an ancestry at a distance."""
    copies = given.copies[:, given.group == GROUPS.index(name)]
    share = copies.mean(1) / 2
    rows = np.flatnonzero(np.minimum(share, 1 - share) > COMMON)
    place = given.contig[rows] << 32 | given.position[rows]
    found = []
    for i in range(len(rows)):
        far = place[i + 1 :] - place[i]
        for j in np.flatnonzero((far > low) & (far <= high)):
            found.append(_r2(copies[rows[i]], copies[rows[i + 1 + j]]))
    return float(np.mean(found)) if found else float("nan")


def placed(given: Genotypes) -> float:
    """Share of people whose nearest centre in the first principal components is that of their own continent."""
    share = given.copies.mean(1) / 2
    rows = np.minimum(share, 1 - share) > COMMON
    values = (given.copies[rows] - 2 * share[rows, None]) / np.sqrt(2 * share[rows, None] * (1 - share[rows, None]))
    _, _, axes = np.linalg.svd(values, full_matrices=False)
    people = axes[:COMPONENTS].T * np.sqrt(len(axes[0]))
    continent = np.where(given.group == GROUPS.index("FIN"), GROUPS.index("EUR"), given.group)
    names = np.unique(continent)
    centres = np.stack([people[continent == i].mean(0) for i in names])
    nearest = names[((people[:, None] - centres) ** 2).sum(2).argmin(1)]
    return float((nearest == continent).mean())
