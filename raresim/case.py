"""The case: what a tool may see and what only the scorer may see."""

from __future__ import annotations

from dataclasses import dataclass

from raresim.local_ancestry import Tract
from raresim.perturb import Change
from raresim.phenotype import Features
from raresim.sequencing import Calls
from raresim.sites import Sites, Variant
from raresim.visits import Visit


@dataclass(frozen=True)
class SeenMember:
    """A member as a tool sees it: sample code, sex, age in years, affected; parents as sample codes or ""."""

    code: str
    female: bool
    age: float
    affected: bool
    father: str
    mother: str
    features: Features | None  # None where nothing is recorded


@dataclass(frozen=True)
class Observed:
    """Everything a tool may see of a case; the proband is ``members[0]``; sites and calls have the same rows.

    earlier: visits of the proband before this one, the first one first.
    """

    code: str
    assembly: str
    members: tuple[SeenMember, ...]
    sites: Sites
    calls: Calls
    earlier: tuple[Visit, ...] = ()


@dataclass(frozen=True)
class CausalAllele:
    """A planted allele and everything the truth table says of it; genotype text is VCF GT, one a member.

    role: "causal". true_genotypes are phased, paternal|maternal ("1|0", "1" hemizygous). called: GT as written in the
    VCF, "" where no record was written. why: "" if the allele is detectable, else the reason it is not.
    """

    role: str
    variant: Variant
    gene: int
    terms: tuple[str, ...]
    hgvs_c: str
    hgvs_p: str
    database_ac: int
    database_an: int
    origin: str  # "de_novo", "inherited_paternal", "inherited_maternal", "inherited_both", "unknown"
    source: str  # "designed", "panel"
    true_genotypes: tuple[str, ...]
    called: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class DeNovo:
    """A new mutation of a member: on the haplotype from the father (0) or the mother (1); planted or background."""

    member: int
    variant: Variant
    haplotype: int
    planted: bool


@dataclass(frozen=True)
class Carried:
    """An allele of the population's pathogenic layer that a member has: row of the panel, phased genotype ("0|1")."""

    site: int
    genotype: str


@dataclass(frozen=True)
class TrueMember:
    """A member as the truth knows it: role in the family, ancestry, the cohort haplotypes of a founder ("" if none);
    latent severity of the disease, standard normal, of an affected member."""

    code: str
    role: str
    female: bool
    age: float
    affected: bool
    ancestry: str
    haplotypes: tuple[str, str]
    features: Features | None
    changes: tuple[Change, ...] = ()  # what noise did to the record
    tracts: tuple[Tract, ...] = ()  # local ancestry, of admixed people
    severity: float | None = None
    carried: tuple[Carried, ...] = ()  # alleles of the pathogenic layer


@dataclass(frozen=True)
class Truth:
    """What only the scorer may see. A control has no disease (""), no gene (-1), no mode, no inheritance and no allele;
    his onset is that of his complaints.
    """

    number: int
    mode: str
    inheritance: str
    disease: str  # id in the catalog
    gene: int
    members: tuple[TrueMember, ...]
    alleles: tuple[CausalAllele, ...]
    denovo: tuple[DeNovo, ...]
    onset: float
    detectable: bool
    why: str
    earlier: tuple[Visit, ...] = ()
    candidates: int = 0  # variants called in the proband that are rare in the database (raresim.panel.RARE)


@dataclass(frozen=True)
class Case:
    """One simulated family: ``observed`` and ``truth``, never mixed."""

    observed: Observed
    truth: Truth
