"""The pathogenic layer: alleles of recessive diseases in healthy people, in cohort and database alike.

A setting of any background. The alleles are drawn for the whole population before it is parted, so that a known
carrier, a carrier in a family and a count in the database come from one law.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from raresim import kinds, streams
from raresim.carriers import Carriers
from raresim.consequence import effects, worst
from raresim.errors import InputError, nearest
from raresim.genome import ContigKind
from raresim.sites import Sites, Variant

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.background import Inputs
    from raresim.catalog import Catalog
    from raresim.genome import Genome, Targets
    from raresim.panel import Panel
    from raresim.world import World

# Carriers of the alleles of a gene. CFTR: 2 sqrt(birth prevalence) of Palomaki 2004 (PMID 15371905). HBB: newborns with
# sickle cell trait, Ojodu 2014 (PMID 25503918). GJB2: c.35delG, Gasparini 2000 (PMID 10713883). "Asian" in the sources
# stands for EAS and SAS, "Hispanic" for AMR.
PUBLISHED = {
    "CFTR": {"EUR": 1 / 25, "AFR": 1 / 61, "AMR": 1 / 58, "EAS": 1 / 94, "SAS": 1 / 94},
    "HBB": {"EUR": 1 / 333, "AFR": 0.0731, "AMR": 1 / 145, "EAS": 1 / 455, "SAS": 1 / 455},
    "GJB2": {"EUR": 1 / 51},
}
# Two alleles of one gene in a population are the same with this chance: as many probands of recessive diseases are
# homozygous (inheritance.homozygous). In Ewens' law it is 1 / (1 + SPREAD) (Ewens 1972, Theor Popul Biol 3:87).
SAME = 0.3
SPREAD = (1 - SAME) / SAME
RECESSIVE = ("AR", "XLR")
MOST = 100.0  # alleles a person: a choice; by 122 half of all alleles of the commonest gene of the box are pathogenic
TRIES = 20  # alleles that may fall on a site of the panel before a new one is given up


@kinds.value
class Pathogenic:
    """Alleles of recessive diseases in the population.

    alleles: how many a person carries on average in all genes of autosomal recessive diseases of the catalog, at least
    2 among 6,447 Europeans (Fridman 2021, docs/figures.md); shared out by sqrt(prevalence); at most 100. rates: share
    of carriers of single genes, by symbol, instead.
    """

    alleles: Annotated[float, Field(gt=0.0, le=MOST, allow_inf_nan=False)] = 2.0
    rates: dict[str, kinds.Probability] = Field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Layer:
    """The setting and the catalog whose diseases it is about."""

    choice: Pathogenic
    catalog: Catalog

    def check(self) -> None:
        """Raise InputError, a line for each, for genes that have no recessive disease."""
        if not self.choice.rates:
            return
        known = {gene.symbol for gene in loci(self.choice, self.catalog)}
        lines = [
            f"background.pathogenic.rates.{name}: no recessive disease of the catalog has it{nearest(name, known)}"
            for name in self.choice.rates
            if name not in known
        ]
        if lines:
            raise InputError(*lines)


@dataclass
class Locus:
    """A gene of recessive diseases: mode, the disease that its alleles are designed for, all of them; frequency of its
    alleles together; the share of people who carry one in some ancestries, if it is known."""

    symbol: str
    hgnc: str
    mode: str
    disease: str = ""
    diseases: list[str] = field(default_factory=list)
    frequency: float = 0.0
    carriers: dict[str, float] = field(default_factory=dict)

    def rate(self, ancestry: str) -> float:
        """Return the share of the people of an ancestry who carry an allele on one of their two copies."""
        return self.carriers.get(ancestry, self.carriers.get("", 2 * self.frequency * (1 - self.frequency)))


def loci(choice: Pathogenic, catalog: Catalog) -> list[Locus]:
    """Return the genes of drawable recessive diseases, in order of mode and HGNC id.

    The frequency of the alleles of a gene is sqrt(prevalence) by Hardy and Weinberg, of its most frequent disease; on X
    twice the prevalence, of men. A disease of several genes is shared out evenly, and one of unknown prevalence has the
    median of those known. The autosomal ones are scaled so that 2 q sum to ``choice.alleles``, the others are not.
    """
    found: dict[tuple[str, str], Locus] = {}
    for disease in catalog:
        genes = [g for g in disease.genes if g.hgnc and g.association.startswith("germline")]
        for mode in RECESSIVE if disease.drawable else ():
            for gene in genes if mode in disease.modes else ():
                at = found.setdefault((mode, gene.hgnc), Locus(gene.symbol, gene.hgnc, mode))
                at.diseases.append(disease.id)
                share = (disease.prevalence or 0.0) / len(genes)
                own = share**0.5 if mode == "AR" else 2 * share
                if own > at.frequency or not at.disease:
                    at.disease, at.frequency = disease.id, max(own, at.frequency)
    for mode in RECESSIVE:
        mine = [at for at in found.values() if at.mode == mode]
        stated = [at.frequency for at in mine if at.frequency]
        middle = float(np.median(stated)) if stated else 0.0
        whole = 2 * sum(at.frequency or middle for at in mine)
        scale = choice.alleles / whole if mode == "AR" and whole else 1.0
        for at in mine:
            at.frequency = scale * (at.frequency or middle)
            at.carriers = PUBLISHED.get(at.symbol, {}) if mode == "AR" else {}
            if at.symbol in choice.rates:
                at.carriers = {"": choice.rates[at.symbol]}
    if found and (top := max(found.values(), key=lambda at: at.frequency)).frequency > 0.5:
        raise InputError(
            f"background.pathogenic.alleles: {choice.alleles:g}: more than half of all alleles of {top.symbol} would "
            "be pathogenic; give a smaller number, or a catalog of more recessive diseases"
        )
    return [found[key] for key in sorted(found, key=lambda key: (key[0], int(key[1].partition(":")[2])))]


def notes(world: World) -> tuple[str, ...]:
    """Return what a summary should say: genes whose rate is set and which are not sequenced."""
    if world.pathogenic is None or not world.pathogenic.rates:
        return ()
    there = {at.symbol for at, _ in on(world.genome, world.targets, loci(world.pathogenic, world.catalog))}
    left = [name for name in world.pathogenic.rates if name not in there]
    if not left:
        return ()
    return (f"background.pathogenic.rates: not sequenced here, so nobody carries them: {', '.join(left)}",)


def added(panel: Panel, inputs: Inputs, layer: Layer) -> Panel:
    """Return the panel with the layer. Nobody has two alleles of one gene; on X they are on the paternal haplotype,
    which men do not have: they would be ill."""
    from raresim import catalog
    from raresim.mutation import Rates
    from raresim.world import World

    world = World(
        genome=inputs.genome,
        targets=inputs.targets,
        map=inputs.map,
        rates=Rates(inputs.genome),
        catalog=layer.catalog,
        facts=catalog.facts(),
        ontology=None,  # type: ignore[arg-type]  # alleles are designed without it
        panel=panel,
    )
    placed = [
        (variant, copies)
        for locus, gene in on(inputs.genome, inputs.targets, loci(layer.choice, layer.catalog))
        for variant, copies in _of_gene(world, locus, gene, inputs.seed)
    ]
    return _joined(panel, inputs.genome, placed) if placed else panel


def on(genome: Genome, targets: Targets, every: list[Locus]) -> Iterator[tuple[Locus, int]]:
    """Yield the loci that are sequenced, each with its gene: on autosomes or, X-linked, on X outside PAR."""
    for locus in every:
        gene = genome.genes.by_hgnc.get(locus.hgnc, -1)
        if gene >= 0 and gene not in genome.unplantable:
            contig = genome.contigs[int(genome.genes.contig[gene])]
            wanted = ContigKind.AUTOSOME if locus.mode == "AR" else ContigKind.X
            if contig.kind is not wanted or contig.in_par(int(genome.genes.start[gene])):
                continue
            mine = targets.contig == genome.genes.contig[gene]
            start, end = targets.start[mine], targets.end[mine]
            if any(((start < b) & (end > a)).any() for a, b in genome.genes.cds(gene)):
                yield locus, gene


@dataclass
class _Copies:
    """Of one allele: copies in the database by ancestry and those of its men, haplotypes of the cohort."""

    database: NDArray[np.int64]
    men: int = 0
    haplotypes: list[int] = field(default_factory=list)


def _of_gene(world: World, locus: Locus, gene: int, seed: int) -> list[tuple[Variant, _Copies]]:
    """Draw the alleles of a gene and who carries them: Ewens' law in each ancestry, carriers at its rate."""
    panel = world.panel
    out: dict[Variant, _Copies] = {}
    for a, ancestry in enumerate(panel.ancestries):
        rng = streams.stream(seed, "background", "pathogenic layer", locus.mode, locus.hgnc, ancestry)
        known, cohort = int(panel.an[a]) // 2, np.flatnonzero(panel.ancestry == a)
        men = int(panel.men[a])  # the last of these
        people = rng.choice(known + len(cohort), rng.binomial(known + len(cohort), locus.rate(ancestry)), replace=False)
        of: list[Variant] = []  # the allele of each carrier so far
        for i, person in enumerate(people.tolist()):
            if rng.random() < SPREAD / (SPREAD + i):
                variant = _designed(world, locus, gene, tuple(out), rng)
                if variant is None:
                    return list(out.items())
            else:
                variant = of[int(rng.integers(i))]
            side = int(rng.integers(2)) if locus.mode == "AR" else 0
            copies = out.setdefault(variant, _Copies(np.zeros(len(panel.ancestries), np.int64)))
            of.append(variant)
            if person < known - men or (person < known and locus.mode == "AR"):
                copies.database[a] += 1
                copies.men += person >= known - men
            elif person < known:
                continue  # a man, who does not have the haplotype of X
            else:
                copies.haplotypes += _fitting(panel, 2 * int(cohort[person - known]), side, locus.mode, variant)
    return [(variant, copies) for variant, copies in out.items() if copies.haplotypes or copies.database.any()]


def _designed(world: World, locus: Locus, gene: int, taken: tuple[Variant, ...], rng: Generator) -> Variant | None:
    """An allele as a causal one is designed that the panel has room for; None where the gene has none."""
    from raresim.variant import Consequence, Request

    request = Request(gene, locus.disease, locus.mode, False, taken)
    for _ in range(TRIES):
        try:
            variant: Variant = Consequence(known=0.0).draw(request, world, rng).variant
        except InputError:  # its coding sequence is not in the targets
            return None
        if _has_room(world.panel, variant):
            return variant
    return None


def _has_room(panel: Panel, variant: Variant) -> bool:
    """Whether an allele is no site of the panel, lies in nothing that one deletes and deletes none."""
    from raresim.haplotypes import row_at

    end = variant.pos + len(variant.ref)
    lo, hi = (row_at(panel.sites, variant.contig, p) for p in (variant.pos - 1000, end))
    pos, size = panel.sites.pos[lo:hi], np.diff(panel.sites.ref_off[lo : hi + 1])
    inside = (pos < end) & (pos + size > variant.pos) & ((size > 1) | (len(variant.ref) > 1))
    return not bool(inside.any()) and panel.sites.find(variant) < 0


def _fitting(panel: Panel, first: int, side: int, mode: str, variant: Variant) -> list[int]:
    """The haplotype of a person (the first is ``first``) that can take an allele, the one of this side if it can."""
    from raresim.haplotypes import clash, joined

    sides = (side, 1 - side) if mode == "AR" else (side,)
    free = (s for s in sides if not clash(panel, joined([(first + s, 0, len(panel.sites))]), variant))
    return [first + s for s in (next(free, None),) if s is not None]


def _joined(panel: Panel, genome: Genome, placed: list[tuple[Variant, _Copies]]) -> Panel:
    """The panel with the rows of the layer, sorted in; of two alleles that overlap one goes."""
    from raresim.panel import by_haplotype
    from raresim.population import RARE, apart

    own = Sites.of(variant for variant, _ in placed)
    sites = Sites.concat([panel.sites, own])
    order = sites.order()
    order = order[apart(sites.take(order), np.where(order < len(panel.sites), 1, 0))]
    sites, n = sites.take(order), len(panel.sites)
    new = np.full(n + len(own), -1, np.int64)
    new[order] = np.arange(len(order))
    terms, gene = worst(effects(genome, own), len(own))
    ac = np.concatenate([panel.ac, np.array([copies.database for _, copies in placed], np.int32)])[order]
    hom = np.concatenate([panel.hom, np.zeros((len(own), len(panel.ancestries)), np.int32)])[order]
    xy = np.concatenate([panel.xy, np.array([(copies.men, 0) for _, copies in placed], np.int32)])[order]
    old, site = panel.carried()
    haplotype = np.concatenate([old, *(np.array(c.haplotypes, np.int64) for _, c in placed)])
    row = np.concatenate([new[site], np.repeat(new[n:], [len(c.haplotypes) for _, c in placed])])
    off, row = by_haplotype(haplotype[row >= 0], row[row >= 0], len(panel.hap_off) - 1)
    layer = order >= n
    carried = np.bincount(row, minlength=len(sites)) > 0
    made = dataclasses.replace(
        panel.carrying(Carriers.of(off, row, len(sites))),
        sites=sites,
        terms=np.concatenate([panel.terms, terms])[order],
        gene=np.concatenate([panel.gene, gene])[order],
        pathogenic=np.concatenate([panel.pathogenic, np.zeros(len(own), np.bool_)])[order],
        ac=ac,
        hom=hom,
        xy=xy,
        layer=layer,
    )
    share = made.frequency()
    usable = layer & carried & (share > 0) & (share <= RARE)
    return dataclasses.replace(made, pathogenic=made.pathogenic | usable)
