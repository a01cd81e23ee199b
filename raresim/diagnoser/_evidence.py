"""Evidence that a gene is the cause, from a family's calls alone, in points.

Points are those of the ACMG/AMP criteria (Richards et al. 2015, Genet Med 17:405) on the scale of Tavtigian et al.
2020 (Hum Mutat 41:1734): supporting 1, moderate 2, strong 4, very strong 8, against as minus points; a point multiplies
the odds by 350^(1/8) = 2.08. An allele starts from their prior probability of 0.1, which is -3 points. The criteria are
used as a ranking score, not to classify variants.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from raresim.consequence import BIT, TERMS, effects
from raresim.genome import ContigKind
from raresim.score.observation import Knowledge, Member, Observation

SUPPORTING, MODERATE, STRONG, VERY_STRONG = 1.0, 2.0, 4.0, 8.0
PRIOR = -3.0  # log(0.1 / 0.9) / log(350 ** (1 / 8))
SURE = 20  # GQ from which a call is believed: 1% error, the usual filter for de novo calls
COMMON = 0.01  # recessive alleles above 1% are benign but for a handful (Whiffin et al. 2017, Genet Med 19:1151)
CREDIBLE = 1e-4  # maximum credible frequency of a dominant or X-linked allele: the most of Whiffin et al. 2017
LOSS = ("splice_acceptor_variant", "splice_donor_variant", "stop_gained", "frameshift_variant")
CONSEQUENCE = {
    **dict.fromkeys(LOSS, VERY_STRONG),  # PVS1
    "start_lost": MODERATE,  # PVS1_Moderate (Abou Tayoun et al. 2018, Hum Mutat 39:1517)
    "stop_lost": MODERATE,  # PM4
    "inframe_insertion": MODERATE,  # PM4
    "inframe_deletion": MODERATE,  # PM4
    "protein_altering_variant": MODERATE,  # PM4
    "missense_variant": SUPPORTING,  # PP3, as if half of the predictors agreed
    "splice_region_variant": 0.0,
}  # what is not here is no candidate
MODES = ("AD", "AR", "XLD", "XLR")


@dataclass(frozen=True, slots=True)
class Allele:
    """A candidate: gene row, points of consequence and rarity in a dominant and in a recessive mode; alt copies and
    gq by member (alt -1: missing); on X outside the pseudoautosomal regions."""

    gene: int
    dominant: float
    recessive: float
    alt: tuple[int, ...]
    gq: tuple[int, ...]
    x: bool


def alleles(seen: Observation, knowledge: Knowledge) -> list[Allele]:
    """Return the rare alleles of the proband that change a protein or its splicing, one for each gene they touch."""
    calls, genome, database = seen.variants, knowledge.genome, knowledge.database
    if calls is None or genome is None or database is None:
        raise ValueError("variants, a genome and a database are needed")
    rows = np.flatnonzero((calls.alt[:, 0] > 0) & calls.passed)
    sites = calls.sites.take(rows)
    ac, an = database.counts(sites)
    rarity = lower_frequency(ac, an)
    rare = np.flatnonzero(rarity <= COMMON)
    rows, sites, rarity, ac = rows[rare], sites.take(rare), rarity[rare], ac[rare]
    found = effects(genome, sites)
    out = []
    for i, gene, terms in zip(found.variant.tolist(), found.gene.tolist(), found.terms.tolist(), strict=True):
        points = [CONSEQUENCE[term] for term in TERMS if terms & BIT[term] and term in CONSEQUENCE]
        if not points:
            continue
        contig = genome.contigs[int(sites.contig[i])]
        if contig.kind not in (ContigKind.AUTOSOME, ContigKind.X):
            continue
        absent = SUPPORTING if ac[i] == 0 else 0.0  # PM2 as supporting (ClinGen SVI 2020)
        recessive = PRIOR + max(points) + absent
        common = -STRONG if rarity[i] > CREDIBLE else 0.0  # BS1
        x = contig.kind is ContigKind.X and not contig.in_par(int(sites.pos[i]))
        alt, gq = tuple(calls.alt[rows[i]].tolist()), tuple(calls.gq[rows[i]].tolist())
        out.append(Allele(gene, recessive + common, recessive, alt, gq, x))
    return out


def lower_frequency(ac: NDArray[np.int32], an: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the lower 95% limit of each frequency: the filtering allele frequency of Whiffin et al. 2017.

    The largest Poisson mean under which AC or more has probability 5%, by the Wilson-Hilferty approximation of the
    chi-square quantile (1931, PNAS 17:684; relative error below 3% for AC >= 2, exact -ln 0.95 for AC = 1), over AN.
    """
    count = np.maximum(ac, 1).astype(np.float64)
    limit = count * (1 - 1 / (9 * count) - 1.6449 / (3 * np.sqrt(count))) ** 3
    limit = np.where(ac == 1, -np.log(0.95), limit)
    return np.where(ac > 0, limit / np.maximum(an, 1), 0.0)


def genes(found: list[Allele], members: tuple[Member, ...]) -> dict[int, dict[str, float]]:
    """Return for each gene (row) the points of its best explanation in each mode that its alleles allow."""
    by_gene: dict[int, list[Allele]] = {}
    for allele in found:
        by_gene.setdefault(allele.gene, []).append(allele)
    out = {}
    for gene, own in sorted(by_gene.items()):
        best: dict[str, float] = {}
        for mode, points in _explanations(own, members):
            best[mode] = max(points, best.get(mode, points))
        out[gene] = best
    return out


def _explanations(own: list[Allele], members: tuple[Member, ...]) -> Iterator[tuple[str, float]]:
    male = not members[0].female
    for a in own:
        yield ("XLD" if a.x else "AD"), a.dominant + _one(a, members)
        if a.x and male:
            yield "XLR", a.dominant + _hemizygous(a, members)
        elif a.alt[0] == 2:
            yield ("XLR" if a.x else "AR"), a.recessive + _two(a, a, members)
    for a, b in combinations([a for a in own if a.alt[0] == 1], 2):
        if not (a.x and male):
            yield ("XLR" if a.x else "AR"), a.recessive + b.recessive + _two(a, b, members)


def _one(a: Allele, members: tuple[Member, ...]) -> float:
    """Points of segregation where one copy is enough: BS4, PP1, BS2 for each relative, PS2 or PM6 if de novo."""
    points = _new(a, members)
    for member, alt in zip(members[1:], a.alt[1:], strict=True):
        points += _agrees(member.affected, alt > 0) if alt >= 0 else 0.0
    return points


def _hemizygous(a: Allele, members: tuple[Member, ...]) -> float:
    """The same for a recessive allele on the X of a boy: males are affected if they carry it, females with two."""
    points = _new(a, members)
    for member, alt in zip(members[1:], a.alt[1:], strict=True):
        points += _agrees(member.affected, alt > (1 if member.female else 0)) if alt >= 0 else 0.0
    return points


def _agrees(affected: bool, at_risk: bool) -> float:
    """PP1 for an affected relative with the genotype, BS4 for one without it, BS2 for a healthy one with it."""
    if affected:
        return SUPPORTING if at_risk else -STRONG
    return -STRONG if at_risk else 0.0


def _new(a: Allele, members: tuple[Member, ...]) -> float:
    """PS2 if the parents who could have given the allele surely do not carry it, PM6 if they seem not to."""
    child = members[0]
    givers = [child.mother] if a.x and not child.female else [child.father, child.mother]
    if any(p < 0 or a.alt[p] != 0 for p in givers):
        return 0.0
    return STRONG if all(a.gq[p] >= SURE for p in (0, *givers)) else MODERATE


def _two(a: Allele, b: Allele, members: tuple[Member, ...]) -> float:
    """Points of two alleles of one gene (a is b: homozygous): PM3 by phase, then relatives with both or without."""
    points = SUPPORTING if a is b else 0.0  # PM3: a homozygous occurrence is supporting (ClinGen SVI 2019)
    father, mother = members[0].father, members[0].mother
    if father >= 0 and mother >= 0:
        points += max(_given(a, father) + _given(b, mother), _given(b, father) + _given(a, mother))
        if a is not b and (_apart(a, b, father, mother) or _apart(b, a, father, mother)):
            points += MODERATE  # PM3: known to be in trans
    for member, x, y in zip(members[1:], a.alt[1:], b.alt[1:], strict=True):
        one = a.x and not member.female
        at_risk = max(x, y) == 2 or (max(x, y) > 0 if one else a is not b and min(x, y) > 0)
        points += _agrees(member.affected, at_risk) if min(x, y) >= 0 else 0.0
    return points


def _given(a: Allele, parent: int) -> float:
    """Minus points where the parent who should have given an allele does not carry it."""
    if a.alt[parent] != 0:
        return 0.0
    return -STRONG if a.gq[parent] >= SURE else -MODERATE


def _apart(a: Allele, b: Allele, father: int, mother: int) -> bool:
    """Whether a comes from the father alone and b from the mother alone."""
    return a.alt[father] > 0 and a.alt[mother] == 0 and b.alt[mother] > 0 and b.alt[father] == 0
