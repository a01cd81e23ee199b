"""Alleles that a gene could have: every SNV of its coding sequence and splice sites with its class and rate, and small
insertions and deletions by the lengths of causal ones.

Classes are those of raresim.gene_facts: the most severe Sequence Ontology term without "_variant".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.consequence import BIT, TERMS, effects
from raresim.gene_facts import CLASSES
from raresim.genome import Genes, Genome, Targets
from raresim.mutation import indel_allele, load
from raresim.normalise import normalise
from raresim.sites import Sites, Variant

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.world import World

INDELS = ("frameshift", "inframe_deletion", "inframe_insertion")
TRUNCATIONS = ("stop_gained", "frameshift")
EDGE = 8  # intronic bases beside an exon that are a splice region (Sequence Ontology, SO:0001630)

# Causal SNVs have Ti/Tv 1.80 (2,700 to 1,502 in phenopacket-store). Mutation rates and classes alone give 1.73 over the
# disease genes of the embedded exome (1.83 in 21 genes of GRCh38, where 143 pathogenic SNVs of ClinVar have CpG
# transitions as often as the rates say: 38 to 38.0), so a transition weighs this much more than a transversion of equal
# rate (tests/statistics/test_variant.py).
TRANSITION = 1.04

# Causal indels: 2.7 deletions to one insertion; 1, 2, 3 and 4 bases are 46.6, 15.7, 8.5 and 10.9% (phenopacket-store,
# release of reference). Longer ones share the rest as in the panel (raresim.mutation).
DELETIONS = 2.7 / 3.7
SHORT = (0.466, 0.157, 0.085, 0.109)

# A truncation escapes nonsense-mediated decay in the last exon and the last 50 bases before it (Nagy and Maquat 1998,
# Trends Biochem Sci 23:198). Where all of a gene escapes (one exon), it must remove at least 10% of the protein, as
# PVS1 asks (Abou Tayoun 2018, Hum Mutat 39:1517).
DECAY, REMOVED = 50, 0.1


@dataclass(frozen=True, eq=False)
class Candidates:
    """SNVs of a gene: sites (n rows, by position), classes int8[n] (index in ``CLASSES``), weight float64[n]."""

    sites: Sites
    classes: NDArray[np.int8]
    weight: NDArray[np.float64]


@lru_cache(maxsize=64)
def snvs(world: World, gene: int) -> Candidates:
    """Return the SNVs of a gene that could be pathogenic and that this study would see."""
    sites, weight = _all_snvs(world, gene)
    terms = terms_in(world.genome, sites, gene)
    classes = class_of(terms)
    keep = (classes >= 0) & (weight > 0) & inside(world.targets, sites)
    keep &= ~np.isin(classes, [CLASSES.index(c) for c in TRUNCATIONS]) | truncates(world.genome.genes, gene, sites.pos)
    rows = np.flatnonzero(keep)
    return Candidates(sites.take(rows), classes[rows], weight[rows])


def _all_snvs(world: World, gene: int) -> tuple[Sites, NDArray[np.float64]]:
    """Every SNV of the coding sequence and ``EDGE`` bases beside it, with rate times spectrum."""
    contig = int(world.genome.genes.contig[gene])
    parts = [np.arange(a - EDGE, b + EDGE) for a, b in world.genome.genes.cds(gene)]
    pos = np.unique(np.concatenate(parts)).astype(np.int32)
    lo, hi = int(pos[0]), int(pos[-1]) + 1
    bases = np.frombuffer(world.genome.fetch(contig, lo, hi).encode(), np.uint8)[pos - lo]
    rate = world.rates.snv(world.genome, contig, lo, hi)[pos - lo]
    letters = np.frombuffer(b"ACGT", np.uint8)
    alt, ref = np.tile(letters, len(pos)), np.repeat(bases, 4)
    keep = np.flatnonzero((ref != alt) & (rate.ravel() > 0))
    steps = np.arange(len(keep) + 1, dtype=np.int64)
    sites = Sites(
        np.full(len(keep), contig, np.int16), np.repeat(pos, 4)[keep], steps, ref[keep], steps.copy(), alt[keep]
    )
    return sites, rate.ravel()[keep] * np.where(transition(ref[keep], alt[keep]), TRANSITION, 1.0)


def transition(ref: NDArray[np.uint8], alt: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which changes are transitions (A and G, C and T); ASCII in."""
    pair = ref.astype(np.int64) + alt
    return np.asarray((pair == ord("A") + ord("G")) | (pair == ord("C") + ord("T")))


def terms_in(genome: Genome, sites: Sites, gene: int) -> NDArray[np.uint32]:
    """Return the terms of variants in one gene, 0 where they do not touch it."""
    found = effects(genome, sites)
    out = np.zeros(len(sites), np.uint32)
    rows = found.gene == gene
    out[found.variant[rows]] = found.terms[rows]
    return out


def class_of(terms: NDArray[np.uint32]) -> NDArray[np.int8]:
    """Return the class (index in ``CLASSES``) of the most severe term of each mask, -1 for none."""
    out = np.full(len(terms), -1, np.int8)
    for term in reversed(TERMS):
        name = term.removesuffix("_variant")
        out[(terms & np.uint32(BIT[term])) > 0] = CLASSES.index(name) if name in CLASSES else -1
    return out


def name_of(terms: NDArray[np.uint32]) -> str:
    """Return the class of one mask, "" for none."""
    code = int(class_of(terms)[0])
    return CLASSES[code] if code >= 0 else ""


def inside(targets: Targets, sites: Sites) -> NDArray[np.bool_]:
    """Return which rows have all of REF in one target interval."""
    key = (targets.contig.astype(np.int64) << 32) + targets.start
    row = np.searchsorted(key, (sites.contig.astype(np.int64) << 32) + sites.pos, "right") - 1
    safe = np.maximum(row, 0)
    ends = sites.pos.astype(np.int64) + sites.ref_len
    return np.asarray((row >= 0) & (targets.contig[safe] == sites.contig) & (ends <= targets.end[safe]))


def truncates(genes: Genes, gene: int, pos: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return at which genomic positions of a gene a truncation takes the protein away (decay, or length)."""
    rows = slice(int(genes.exon_off[gene]), int(genes.exon_off[gene + 1]))
    strand = int(genes.strand[gene])
    exons = list(zip(genes.exon_start[rows].tolist(), genes.exon_end[rows].tolist(), strict=True))
    cds = genes.cds(gene)
    last = exons[-1] if strand > 0 else exons[0]
    limit = sum(b - a for a, b in exons) - (last[1] - last[0]) - DECAY
    start = int(_spliced(exons, strand, np.array([cds[0][0] if strand > 0 else cds[-1][1] - 1]))[0])
    if limit > start:
        return np.asarray(_spliced(exons, strand, pos) < limit)
    return np.asarray(_spliced(cds, strand, pos) < (1 - REMOVED) * sum(b - a for a, b in cds))


def _spliced(parts: list[tuple[int, int]], strand: int, pos: NDArray[np.integer]) -> NDArray[np.int64]:
    """Offset in the spliced parts, 5' to 3', of genomic positions (between the parts: of the next base)."""
    out = np.zeros(len(pos), np.int64)
    for a, b in parts:
        out += np.clip(pos - a, 0, b - a) if strand > 0 else np.clip(b - 1 - pos, 0, b - a)
    return out


def indel(world: World, gene: int, name: str, rng: Generator) -> Variant | None:
    """Draw an insertion or deletion of one of ``INDELS`` in a gene; None if this draw gives none."""
    parts = np.array(world.genome.genes.cds(gene), np.int64)
    size = np.cumsum(parts[:, 1] - parts[:, 0])
    at = int(rng.integers(size[-1]))
    part = int(np.searchsorted(size, at, "right"))
    pos = int(parts[part, 1] - (size[part] - at))
    made = indel_allele(world.genome, int(world.genome.genes.contig[gene]), pos, indel_size(name, rng))
    variant = normalise(world.genome, made) if made else None
    if variant is None:
        return None
    sites = Sites.of([variant])
    if class_of(terms_in(world.genome, sites, gene))[0] != CLASSES.index(name) or not inside(world.targets, sites)[0]:
        return None
    if name in TRUNCATIONS and not truncates(world.genome.genes, gene, sites.pos)[0]:
        return None
    return variant


def indel_size(name: str, rng: Generator) -> int:
    """Draw the length of a causal indel of a class; negative for deletions."""
    law = indel_lengths()
    whole = np.arange(len(law)) % 3 == 0
    law = law * (~whole if name == "frameshift" else whole)
    length = int(np.searchsorted(np.cumsum(law), rng.random() * law.sum(), "right"))
    deletion = rng.random() < DELETIONS if name == "frameshift" else name == "inframe_deletion"
    return -length if deletion else length


@lru_cache(maxsize=1)
def indel_lengths() -> NDArray[np.float64]:
    """Return the share of causal indels by length in bases (index 0 is 0)."""
    law: NDArray[np.float64] = load().length[1].copy()
    tail = law[len(SHORT) + 1 :]
    law[: len(SHORT) + 1] = [0.0, *SHORT]
    law[len(SHORT) + 1 :] = tail * (1.0 - sum(SHORT)) / tail.sum()
    return law
