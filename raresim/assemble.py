"""Case number i of a study, from spec, world and number alone: the main loop, each step on its own stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim import calls, catalog, denovo, founders, haplotypes, kinds, local_ancestry, meiosis, onset, records
from raresim.case import Carried, Case, CausalAllele, DeNovo, Observed, SeenMember, TrueMember, Truth
from raresim.consequence import effects, names
from raresim.errors import InputError
from raresim.haplotypes import Clash
from raresim.hgvs import hgvs
from raresim.inheritance import Alleles
from raresim.mixture import Mixture
from raresim.panel import Panel
from raresim.pedigree import Pedigree, Proband
from raresim.phenotype import as_seen
from raresim.sequencing import Calls, Genotypes
from raresim.sites import Sites
from raresim.streams import key, permuted, stream
from raresim.variant import Designed, Request
from raresim.visits import Visit

if TYPE_CHECKING:
    from raresim.spec import Spec
    from raresim.world import World

MODE_KINDS = {  # the kind of inheritance that a disease of this mode brings when the study names none
    "AD": "autosomal_dominant",
    "AR": "autosomal_recessive",
    "XLD": "x_linked_dominant",
    "XLR": "x_linked_recessive",
}
ATTEMPTS = 100  # designed alleles that may clash with the family's haplotypes before a case is given up
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # RFC 4648
ROOM = 64  # members that a family can have, for codes
assert set(MODE_KINDS) == set(catalog.MODES)


def assemble(spec: Spec, world: World, number: int) -> Case:
    """Return case ``number`` of a study (counted from 1)."""

    def rng(*what: str | int) -> np.random.Generator:
        return stream(spec.seed, "case", number, *what)

    def one(kinds: Mixture, family: str) -> Any:
        return kinds.pick(rng(f"{family} kind")) if len(kinds.parts) > 1 else kinds.parts[0].kind

    chooser = one(spec.disease, "disease")
    if hasattr(chooser, "nth"):
        choice = chooser.nth(world, number, spec.seed, rng("disease"), spec.modes)
    else:
        choice = chooser.draw(world, rng("disease"), spec.modes)
    named = _named(spec.inheritance, choice.mode)
    inheritance = one(named, "inheritance") if named else _usual(choice.mode)
    female = bool(rng("sex").random() < inheritance.female_share(choice.disease.sex))
    began = onset.onset_draw(choice.disease, rng("onset"))
    age = onset.examined(choice.disease, female, began, rng("death"), rng("age"))
    family: Pedigree = one(spec.pedigree, "pedigree").draw(Proband(female, age, began), rng("pedigree"))
    family = replace(family, fathers_carry=not choice.disease.lethal_in_males)
    alleles = inheritance.draw(family, rng("alleles"))
    affected = rng("affected").random(len(family.members)) < inheritance.risk(alleles, family)
    if choice.disease.sex:  # a disease of one sex: carriers of the other have none of it
        affected &= np.array([member.female == (choice.disease.sex == "female") for member in family.members])
    affected[0] = True
    control = bool(spec.controls) and bool(rng("control").random() < spec.controls)
    if control:
        alleles, affected = _none(len(family.members)), np.zeros(len(family.members), np.bool_)

    sequenced = UNSEQUENCED if world.genome.absent else _sequence(spec, world, number, choice, family, alleles, rng)
    model = one(spec.phenotype, "phenotype")
    carriers = (alleles.copies == 1).any(axis=(0, 2)).tolist()
    recorded = records.of_family(spec, number, model, choice.disease, choice.mode, family, affected.tolist(), carriers)
    codes = [_code(spec.seed, "person", number * ROOM + i, "P") for i in range(len(family.members))]
    observed = Observed(
        code=_code(spec.seed, "case", number, "C"),
        assembly=world.genome.assembly,
        members=tuple(
            SeenMember(
                code=codes[i],
                female=m.female,
                age=m.age,
                affected=bool(affected[i]) or (control and i == 0),  # a control is put to the tool as a patient
                father=codes[m.father] if m.father >= 0 else "",
                mother=codes[m.mother] if m.mother >= 0 else "",
                features=None if record is None else as_seen(record),
            )
            for i, (m, record) in enumerate(zip(family.members, recorded.members, strict=True))
        ),
        sites=sequenced.sites,
        calls=sequenced.calls,
        earlier=tuple(Visit(visit.age, as_seen(visit.features)) for visit in recorded.earlier),
    )
    why = "; ".join(dict.fromkeys(a.why for a in sequenced.causal if a.why)) or ("a control" if control else "")
    return Case(
        observed,
        Truth(
            number=number,
            mode="" if control else choice.mode,
            inheritance="" if control else kinds.name_of(inheritance),
            disease="" if control else choice.disease.id,
            gene=-1 if control else choice.gene,
            members=tuple(
                TrueMember(
                    code=codes[i],
                    role=m.role,
                    female=m.female,
                    age=m.age,
                    affected=bool(affected[i]),
                    ancestry=sequenced.ancestry,
                    haplotypes=sequenced.founders.get(i, ("", "")),
                    features=recorded.members[i],
                    changes=recorded.changes[i],
                    tracts=sequenced.tracts.get(i, ()),
                    carried=sequenced.carried.get(i, ()),
                    severity=recorded.severity[i],
                )
                for i, m in enumerate(family.members)
            ),
            alleles=sequenced.causal,
            denovo=sequenced.denovo,
            onset=began,
            detectable=not why,
            why=why,
            earlier=recorded.earlier,
            candidates=sequenced.candidates,
        ),
    )


@dataclass(frozen=True)
class _Sequenced:
    """The genotypes of a family: records as called, the causal alleles, new mutations, the ancestry of the founders,
    the names of their haplotypes by member, the local ancestry of admixed members, alleles of the pathogenic layer, the
    number of rare variants of the proband."""

    sites: Sites
    calls: Calls
    causal: tuple[CausalAllele, ...]
    denovo: tuple[DeNovo, ...]
    ancestry: str
    founders: dict[int, tuple[str, str]]
    tracts: dict[int, tuple[local_ancestry.Tract, ...]]
    carried: dict[int, tuple[Carried, ...]]
    candidates: int


UNSEQUENCED = _Sequenced(Sites.of([]), calls.nothing(), (), (), "", {}, {}, {}, 0)  # of a family without a genome


def _sequence(
    spec: Spec, world: World, number: int, choice: Any, family: Pedigree, alleles: Alleles, rng: Any
) -> _Sequenced:
    """Give the founders their haplotypes, plant the causal alleles, pass everything on, and sequence the members."""
    places = max(kind.founders for kind in spec.pedigree.kinds)
    people = founders.pick(world.panel, number, places, spec.seed, spec.reuse)
    own = dict(zip(family.founders, people.tolist(), strict=False))
    designed, pairs = _plant(spec, world, choice, family, alleles, own, rng)
    pairs, new = denovo.background(world, family, pairs, rng("de novo"))
    truth, origin = haplotypes.genotypes(world.panel, world.genome, family, pairs)
    called = spec.sequencing.pick(rng("sequencing kind")).call(truth, key(spec.seed, "case", number, "sequencing"))
    rows = calls.select(called)
    sites, seen = truth.sites.take(rows), calls.take(called, rows)
    return _Sequenced(
        sites=sites,
        calls=seen,
        causal=tuple(
            _causal(world, family, alleles, locus, chosen, choice.gene, truth, sites, seen)
            for locus, chosen in enumerate(designed)
        ),
        denovo=tuple(sorted([*_planted(family, alleles, designed), *new], key=lambda e: (e.member, e.variant))),
        ancestry=world.panel.ancestries[int(world.panel.ancestry[people[0]])],
        founders={i: (f"{person}.1", f"{person}.2") for i, person in own.items()},
        tracts={i: local_ancestry.of_person(world.panel, pair) for i, pair in enumerate(pairs) if world.panel.sources},
        carried={i: _carried(world, family, i, pair) for i, pair in enumerate(pairs) if len(world.panel.layer)},
        candidates=_candidates(world.panel, sites, seen, origin[rows]),
    )


def _carried(world: World, family: Pedigree, member: int, pair: haplotypes.Pair) -> tuple[Carried, ...]:
    """The alleles of the pathogenic layer that a member has."""
    panel, female = world.panel, family.members[member].female
    rows = [haplotypes.carried(panel, h, 0, len(panel.sites)) for h in pair]
    mine = [set(found[panel.layer[found]].tolist()) for found in rows]
    out = []
    for site in sorted(mine[0] | mine[1]):
        contig = world.genome.contigs[int(panel.sites.contig[site])]
        sides = (0, 1) if contig.ploidy(int(panel.sites.pos[site]), female) == 2 else (1,)
        out.append(Carried(site, "|".join(str(int(site in mine[side])) for side in sides)))
    return tuple(out)


def _candidates(panel: Panel, sites: Sites, seen: Calls, origin: NDArray[np.int64]) -> int:
    """How many variants are called in the proband whose frequency in the database is below ``panel.RARE``.

    origin: the panel row of each, -1 for none.
    """
    known, rare = origin >= 0, np.zeros(len(origin), np.bool_)
    rare[known] = panel.rare[origin[known]]
    rare[~known] = panel.alleles(sites.take(np.flatnonzero(~known))).any(axis=1)  # none of some
    return int((rare & (seen.alt[:, 0] > 0)).sum())


@cache
def _none(members: int) -> Alleles:
    """Return the causal alleles of a family that has none."""
    return Alleles(np.zeros((0, members, 2), np.int8), np.zeros((0, members, 2)))


@cache
def _usual(mode: str) -> Any:
    """The kind of inheritance that a disease of this mode brings."""
    return kinds.make("inheritance", MODE_KINDS[mode], {})


def _named(given: Mixture | None, mode: str) -> Mixture | None:
    """The kinds that the study names for a mode."""
    return given and Mixture(tuple(part for part in given.parts if part.kind.mode == mode))


def _plant(
    spec: Spec,
    world: World,
    choice: Any,
    family: Pedigree,
    alleles: Alleles,
    own: dict[int, int],
    rng: Any,
) -> tuple[list[Designed], list[haplotypes.Pair]]:
    """Design the causal alleles, plant them in the founders and pass them on; alleles that clash are drawn again."""
    model = spec.variant.pick(rng("variant kind"))
    free = {m: founders.haplotypes(world.panel, world.genome, p, family.members[m].female) for m, p in own.items()}
    for attempt in range(ATTEMPTS):
        designed: list[Designed] = []
        for locus in range(len(alleles.copies)):
            request = Request(
                gene=choice.gene,
                disease=choice.disease.id,
                mode=choice.mode,
                de_novo=bool(_sides(family, alleles, locus)),
                taken=tuple(d.variant for d in designed),
            )
            designed.append(model.draw(request, world, rng("variant", locus, attempt)))
        try:
            planted = founders.plant(
                world.panel, world.genome, world.map, free, alleles, designed, rng("founders", attempt)
            )
            variants = [d.variant for d in designed]
            return designed, meiosis.descend(
                world.panel, world.genome, world.map, family, planted, alleles, variants, rng("meiosis", attempt)
            )
        except Clash:
            continue
    symbol = world.genome.genes.symbol[choice.gene]
    raise InputError(f"disease: {choice.disease.id}: no allele of {symbol} fits the family after {ATTEMPTS} draws")


def _sides(family: Pedigree, alleles: Alleles, locus: int) -> list[tuple[int, int]]:
    """Members and haplotypes on which the allele of a locus is new."""
    return [
        (i, side)
        for i in range(len(family.members))
        for side in (0, 1)
        if meiosis.is_new(alleles, family, locus, i, side)
    ]


def _planted(family: Pedigree, alleles: Alleles, designed: Sequence[Designed]) -> list[DeNovo]:
    return [
        DeNovo(member, chosen.variant, side, True)
        for locus, chosen in enumerate(designed)
        for member, side in _sides(family, alleles, locus)
    ]


def _causal(
    world: World,
    family: Pedigree,
    alleles: Alleles,
    locus: int,
    chosen: Designed,
    gene: int,
    truth: Genotypes,
    sites: Sites,
    seen: Calls,
) -> CausalAllele:
    variant = chosen.variant
    copies = truth.copies[truth.sites.find(variant)]
    row = sites.find(variant)
    found = effects(world.genome, Sites.of([variant]))
    mask = int(found.terms[found.gene == gene][0])
    c, p = hgvs(world.genome, variant, gene)
    called = tuple(calls.genotype(seen, row, m) if row >= 0 else "" for m in range(len(family.members)))
    at = chosen.panel_site if chosen.panel_site >= 0 else world.panel.sites.find(variant)
    return CausalAllele(
        role="causal",
        variant=variant,
        gene=gene,
        terms=names(mask),
        hgvs_c=c,
        hgvs_p=p,
        database_ac=int(world.panel.ac[at].sum()) if at >= 0 else 0,
        database_an=int(world.panel.alleles(Sites.of([variant])).sum()),
        origin=_origin(family, alleles, locus),
        source=chosen.source,
        true_genotypes=tuple(_text(pair) for pair in copies.tolist()),
        called=called,
        why=_why(copies, row, seen),
    )


def _text(pair: list[int]) -> str:
    return "|".join(str(x) for x in pair if x >= 0)


def _origin(family: Pedigree, alleles: Alleles, locus: int) -> str:
    proband = family.members[0]
    if proband.father < 0:
        return "unknown"
    if any(member == 0 for member, _ in _sides(family, alleles, locus)):
        return "de_novo"
    sides = [side for side in (0, 1) if alleles.copies[locus, 0, side] == 1]
    return "inherited_both" if len(sides) == 2 else ("inherited_paternal", "inherited_maternal")[sides[0]]


def _why(copies: Any, row: int, seen: Calls) -> str:
    """Why the proband's genotype cannot be read from the calls; "" if it can."""
    if row < 0:
        return "no member is called with the allele"
    got, true = int(seen.alt[row, 0]), int((copies[0] == 1).sum())
    if got == true:
        return "" if seen.passed[row] else "the record does not pass FILTER"
    return "the proband has no call" if got < 0 else f"the proband is called with {got} copies, not {true}"


@lru_cache
def _code_key(seed: int, what: str) -> int:
    return key(seed, "code", what)


def _code(seed: int, what: str, number: int, letter: str) -> str:
    """An opaque unique name: a keyed permutation of 40 bits in base 32."""
    code = permuted(number, 1 << 40, _code_key(seed, what))
    return letter + "".join([BASE32[code >> shift & 31] for shift in range(35, -1, -5)])
