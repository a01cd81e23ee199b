"""Bugs of 5%: for each promise of the model one wrong number, and the test that must see it.

A mutant takes a factor: with 1.05 its test must fail, with 1.0 (the same patch without the bug) it must pass.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from raresim import ancestry, denovo, design, founders, meiosis, mutation, population
from raresim.inheritance import _draws
from raresim.inheritance.autosomal_recessive import AutosomalRecessive
from raresim.kernels import mutate as mutate_kernel
from raresim.kernels import sequencing as sequencing_kernel
from raresim.phenotype import annotated
from raresim.sequencing import _model
from raresim.variant import consequence
from tests.statistics import (
    test_denovo,
    test_inheritance,
    test_meiosis,
    test_panel,
    test_sequencing,
    test_terms,
    test_variant,
)

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Mutant:
    """What is wrong, how to make it so by a factor, and the test that must fail."""

    name: str
    apply: Callable[[Patch, float], None]
    test: Callable[[], None]


def constant(module: Any, name: str) -> Callable[[Patch, float], None]:
    """Multiply a constant."""
    return lambda patch, factor: patch.setattr(module, name, getattr(module, name) * factor)


def result(module: Any, name: str) -> Callable[[Patch, float], None]:
    """Multiply what a function returns, a probability or an array of them."""

    def apply(patch: Patch, factor: float) -> None:
        real = getattr(module, name)
        patch.setattr(module, name, lambda *args: np.minimum(real(*args) * factor, 1.0))

    return apply


def argument(module: Any, name: str, at: int) -> Callable[[Patch, float], None]:
    """Multiply one positional argument of a function."""

    def apply(patch: Patch, factor: float) -> None:
        real = getattr(module, name)
        patch.setattr(module, name, lambda *args: real(*args[:at], args[at] * factor, *args[at + 1 :]))

    return apply


def first_haplotype(patch: Patch, factor: float) -> None:
    """A chromosome begins with haplotype 1 in 52.5% of gametes."""
    real = meiosis._chromosome

    def biased(genetic_map: Any, contig: int, female: bool, ends: Any, fixed: Any, rng: Any) -> Any:
        first, breaks = real(genetic_map, contig, female, ends, fixed, rng)
        return (first if fixed else int(rng.random() < 0.5 * factor)), breaks

    patch.setattr(meiosis, "_chromosome", biased)


def side(patch: Patch, factor: float) -> None:
    """The maternal side in 52.5% of draws."""
    patch.setattr(_draws, "side", lambda rng: int(rng.random() < 0.5 * factor))


def in_cis(patch: Patch, factor: float) -> None:
    """Both alleles of a recessive disease on one haplotype in 5% of probands."""
    real = AutosomalRecessive.draw

    def draw(self: Any, pedigree: Any, rng: Any) -> Any:
        alleles = real(self, pedigree, rng)
        if rng.random() < factor - 1:
            alleles.copies[:, 0] = [1, 0]
        return alleles

    patch.setattr(AutosomalRecessive, "draw", draw)


def homozygous(patch: Patch, factor: float) -> None:
    """Homozygous probands in 31.5% instead of 30% of families."""
    real = AutosomalRecessive.draw

    def draw(self: Any, pedigree: Any, rng: Any) -> Any:
        return real(dataclasses.replace(self, homozygous=self.homozygous * factor), pedigree, rng)

    patch.setattr(AutosomalRecessive, "draw", draw)


def rate_of(which: str) -> Callable[[Patch, float], None]:
    """The panel mutates one class of changes oftener than the table says."""

    def apply(patch: Patch, factor: float) -> None:
        snv = mutation.load().snv.copy()
        context = np.arange(125)
        left, middle, right = context // 25, context // 5 % 5, context % 5
        cpg = ((middle == 1) & (right == 2)) | ((middle == 2) & (left == 1))
        known = np.flatnonzero(middle < 4)
        partner = np.array([2, 3, 0, 1, 0])[middle]
        ts = np.zeros(snv.shape, np.bool_)
        ts[known, partner[known]] = True
        chosen = {"CpG": ts & cpg[:, None], "transition": ts & ~cpg[:, None], "transversion": ~ts, "any": True}[which]
        wrong = dataclasses.replace(mutation.load(), snv=np.where(chosen, snv * factor, snv))
        patch.setattr(test_panel, "channels", lambda table, *rest: ancestry.channels(wrong, *rest))

    return apply


def backward(patch: Patch, factor: float) -> None:
    """Mutations up the lineage of the reference come too often."""

    def channels(*args: Any) -> ancestry.Channels:
        made = ancestry.channels(*args)
        return dataclasses.replace(
            made,
            backward=made.backward * factor,
            ceiling=made.ceiling * factor,
            most=np.maximum(made.most, made.backward.sum(1) * factor),
        )

    patch.setattr(test_panel, "channels", channels)


def branches(patch: Patch, factor: float) -> None:
    """All branches of the genealogy are longer than they are."""
    real = mutate_kernel.mutate

    def longer(left: Any, right: Any, child: Any, parent: Any, time: Any, *rest: Any) -> int:
        return int(real(left, right, child, parent, time * factor, *rest))

    patch.setattr(mutate_kernel, "mutate", longer)


def tips(patch: Patch, factor: float) -> None:
    """The branches above the samples are longer: more singletons."""
    real = mutate_kernel.mutate

    def longer(left: Any, right: Any, child: Any, parent: Any, time: Any, *rest: Any) -> int:
        span, length = np.zeros(len(time)), np.zeros(len(time))
        np.add.at(span, child, (right - left) * (time[parent] - time[child]))
        np.add.at(length, child, right - left)
        leaf = (time == 0) & (length > 0)
        changed = time.copy()
        changed[leaf] -= (factor - 1) * span[leaf] / length[leaf]
        return int(real(left, right, child, parent, changed, *rest))

    patch.setattr(mutate_kernel, "mutate", longer)


def reads(column: int, power: float = 1.0) -> Callable[[Patch, float], None]:
    """A column of the model of reads is off."""

    def apply(patch: Patch, factor: float) -> None:
        real = sequencing_kernel.call

        def call(key: Any, hashes: Any, indel: Any, copies: Any, model: Any, *rest: Any) -> None:
            wrong = model.copy()
            wrong[:, column] *= factor**power
            real(key, hashes, indel, copies, wrong, *rest)

        patch.setattr(sequencing_kernel, "call", call)

    return apply


def mix(patch: Patch, factor: float) -> None:
    """The first class of a mix is drawn in so much more of the cases."""
    real = consequence.pick

    def pick(weight: Any, rng: Any) -> int:
        share = weight[0] / weight.sum()
        wrong = np.array(weight, float)
        wrong[0] *= factor * (1 - share) / (1 - factor * share)
        return real(wrong, rng)

    patch.setattr(consequence, "pick", pick)


def half_of_the_rates(patch: Patch, factor: float) -> None:
    """Every other of the candidates of a gene is drawn too often."""
    real = consequence.pick

    def pick(weight: Any, rng: Any) -> int:
        wrong = np.array(weight, float)
        wrong[::2] *= factor
        return real(wrong, rng)

    patch.setattr(consequence, "pick", pick)


def transitions(patch: Patch, factor: float) -> None:
    """Transitions weigh too much among designed SNVs."""
    design.snvs.cache_clear()
    patch.setattr(design, "TRANSITION", design.TRANSITION * factor)


def indel_lengths(patch: Patch, factor: float) -> None:
    """Indels of one base are too frequent."""
    design.indel_lengths.cache_clear()
    patch.setattr(design, "SHORT", (design.SHORT[0] * factor, *design.SHORT[1:]))


def coins(change: Callable[[Any, float], Any]) -> Callable[[Patch, float], None]:
    """The chances of terms are changed before their coins are thrown."""

    def apply(patch: Patch, factor: float) -> None:
        real = annotated.some
        patch.setattr(annotated, "some", lambda own, rng: real(change(own, factor), rng))

    return apply


def exclusions(patch: Patch, factor: float) -> None:
    """One exclusion in 20 is forgotten."""
    real = annotated.Annotated.draw

    def draw(self: Any, disease: Any, person: Any, rng: Any) -> Any:
        record = real(self, disease, person, rng)
        if rng.random() < factor - 1:
            return dataclasses.replace(record, rows=tuple(f for f in record.rows if not f.excluded))
        return record

    patch.setattr(annotated.Annotated, "draw", draw)


def transmitted() -> None:
    """Both parents' gametes, made anew."""
    test_meiosis.test_either_haplotype_is_transmitted(test_meiosis.gametes(True), test_meiosis.gametes(False))


def crossed() -> None:
    """Crossovers of both parents, made anew."""
    test_meiosis.test_crossovers_are_poisson(test_meiosis.gametes(True), test_meiosis.gametes(False))


def terms() -> None:
    """A disease with nested terms."""
    test_terms.test_terms_are_recorded_as_often_as_the_catalog_says("OMIM:607208")


def new(setting: float, onset: float) -> Callable[[], None]:
    """The share of new dominants at an age of onset."""
    return lambda: test_inheritance.test_share_of_new_dominants(setting, onset)


MUTANTS = [
    # inheritance
    Mutant("penetrance", result(_draws, "dominant_risk"), test_inheritance.test_penetrance_is_recovered),
    Mutant("share of de novo, dominant", result(_draws, "new_share"), new(0.678, 0.0)),
    Mutant("share of de novo, late onset", result(_draws, "new_share"), new(0.678, 25.0)),
    Mutant("share of de novo, X recessive", result(_draws, "new_share"), test_inheritance.test_x_linked_recessives),
    Mutant("share of de novo, X dominant", result(_draws, "new_share"), test_inheritance.test_x_linked_dominants),
    Mutant("age until which a loss counts", constant(_draws, "PARENT_MEAN"), new(0.678, 25.0)),
    Mutant(
        "haplotype of new dominants",
        constant(_draws, "PATERNAL"),
        test_inheritance.test_new_dominants_are_paternal_four_in_five,
    ),
    Mutant("parent who transmits", side, test_inheritance.test_inherited_dominants_come_from_either_parent),
    Mutant("compound heterozygotes in trans", in_cis, test_inheritance.test_recessives),
    Mutant("homozygous recessives", homozygous, test_inheritance.test_recessives),
    # meiosis
    Mutant("transmission", first_haplotype, transmitted),
    Mutant("crossovers", argument(meiosis, "crossovers", 0), crossed),
    Mutant("length of founder segments", constant(founders, "AGE"), test_meiosis.test_founder_segments),
    # de novo model
    Mutant("de novo mean", constant(denovo, "EXOME_MEAN"), test_denovo.test_mean_and_paternal_share),
    Mutant("de novo paternal share", constant(denovo, "PATERNAL"), test_denovo.test_mean_and_paternal_share),
    Mutant("de novo paternal slope", constant(denovo, "FATHER_YEAR"), test_denovo.test_slopes),
    Mutant("de novo maternal slope", constant(denovo, "MOTHER_YEAR"), test_denovo.test_slopes),
    # mutation kernel and panel
    *(
        Mutant(f"rate of {which}", rate_of(which), test_panel.test_context_classes_with_twenty_thousand_events)
        for which in ("CpG", "transition", "transversion")
    ),
    Mutant("recurrence", rate_of("any"), test_panel.test_recurrence_follows_the_markov_chain),
    Mutant("recurrence above the reference", backward, test_panel.test_recurrence_follows_the_markov_chain),
    Mutant("neutral spectrum, all", branches, test_panel.test_spectrum_of_a_constant_population_is_theta_over_k),
    Mutant("neutral spectrum, singletons", tips, test_panel.test_spectrum_of_a_constant_population_is_theta_over_k),
    Mutant(
        "retention under selection",
        result(population, "retention"),
        lambda: test_panel.test_selection_keeps_the_share_of_the_table("missense_variant", 1),
    ),
    # designed variants
    Mutant("class mix", mix, test_variant.test_classes_are_drawn_by_the_mix),
    Mutant("designed SNVs by rate", half_of_the_rates, test_variant.test_snvs_are_drawn_by_rate),
    Mutant("Ti/Tv of designed SNVs", transitions, test_variant.test_transitions_of_causal_snvs),
    Mutant("deletions to insertions", constant(design, "DELETIONS"), test_variant.test_lengths_of_indels),
    Mutant("lengths of indels", indel_lengths, test_variant.test_lengths_of_indels),
    # phenotypes
    Mutant("term frequencies", coins(lambda own, factor: np.minimum(own * factor, 1.0)), terms),
    Mutant(
        "frequent terms",
        coins(lambda own, factor: np.where(own > 0.9, own * (2 - factor), own)),
        terms,
    ),
    Mutant("exclusions", exclusions, test_terms.test_exclusions_are_recorded_where_nothing_contradicts_them),
    # sequencing
    Mutant("depth", reads(0, 0.25), test_sequencing.test_depth_is_gamma_poisson),
    Mutant("error of a read", reads(5), test_sequencing.test_reads_of_a_homozygote_are_wrong_at_the_error_rate),
    Mutant("balance", argument(_model, "beta_quantiles", 0), test_sequencing.test_allele_balance_is_beta_binomial),
    Mutant(
        "overdispersion", argument(_model, "beta_quantiles", 1), test_sequencing.test_allele_balance_is_beta_binomial
    ),
]
