"""The comparisons of an audit: calls, depth, sequence, ranks inside cases, files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raresim.audit import call_features
from raresim.audit.classifier import CHANCE, Separation, out_of_fold, separation
from raresim.audit.matching import matched, strata
from raresim.audit.report import Few, First, Guess, LeakReport, Part
from raresim.audit.table import Table
from raresim.errors import InputError

if TYPE_CHECKING:
    from raresim.genome import Genome

SEED = 20  # of folds, controls and bootstraps: one study gives one report
RELABELLINGS = 10_000
LEAST = 20  # planted alleles or cases of a kind, with fewer nothing is compared: a choice, four for each of five folds
COUNTED = ("QUAL", *(f"{role}_{name}" for role in call_features.ROLES for name in ("DP", "AD_ref", "AD_alt")))
NOBODY = First(0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class CaseFacts:
    """What file-level features must not predict: mode, gene (row), bases of its coding sequence, number in the id of
    the disease; and the family by which cases are compared: its size and the sex of the proband."""

    mode: str
    gene: int
    coding: int
    disease: int
    family: str


@dataclass(frozen=True)
class Study:
    """What an audit reads of a study: records; planted alleles not called in the proband; facts and file-level
    features (float64[cases, *], see raresim.audit.file_features) of every case."""

    table: Table
    unseen: int
    facts: tuple[CaseFacts, ...]
    files: NDArray[np.float64]


def facts(row: dict[str, str], genome: Genome) -> CaseFacts:
    """Return the facts of a case from its row of truth/cases.tsv."""
    gene = genome.genes.by_symbol[row["gene"]]
    digits = "".join(letter for letter in row["disease"] if letter.isdigit())
    return CaseFacts(
        mode=row["mode"],
        gene=gene,
        coding=sum(b - a for a, b in genome.genes.cds(gene)),
        disease=int(digits or 0),
        family=f"{row['members']} {row['sex']}",
    )


def report(study: Study) -> LeakReport:
    """Return the report of an audit.

    InputError where no binding part has :data:`LEAST` planted alleles: such a report would say nothing.
    """
    table = study.table
    compared, few, first = parts(table)
    if not any(part.binding for part in compared):
        raise InputError(
            f"audit leaks: {len(study.facts)} cases with {table.planted.sum()} planted alleles are too few: background "
            f"records like them are there for {max(row.planted for row in few)}, and {LEAST} are needed; "
            "give a study of more cases (1,000 for the full test)"
        )
    return LeakReport(
        cases=len(study.facts),
        planted=int(table.planted.sum()),
        unseen=study.unseen,
        parts=compared,
        first=first,
        guesses=guesses(study),
        few=few,
    )


CALLS, TEXT, READS, SEQUENCE, ANY_GENE, STRUCTURE = (
    "(1) calls and text, equal depth",
    "(1) text and order",
    "(1) depth and reads",
    "(2) sequence, equal structure",
    "(2) sequence, any gene",
    "(2) gene structure and length",
)
Question = tuple[NDArray[np.float32], NDArray[np.int64], bool]


def questions(table: Table) -> dict[str, Question]:
    """Return the features of every part of an audit, the strata inside which they are compared, and whether the scores
    of an allele are those of models that never saw its place, in no case: the sequence around it is the same in all."""
    text = call_features.coded(table.shapes)
    order = table.calls[:, [call_features.NAMES.index(name) for name in call_features.ORDER]]
    reads = table.calls[:, [call_features.NAMES.index(name) for name in COUNTED]]
    same = strata(table)
    return {
        CALLS: (np.column_stack([table.calls, text]), strata(table, depth=True), False),
        TEXT: (np.column_stack([order, text]), same, False),
        READS: (reads, same, False),
        SEQUENCE: (table.sequence, strata(table, structure=True), True),
        ANY_GENE: (table.sequence, same, True),
        STRUCTURE: (table.biology, same, True),
    }


def parts(table: Table) -> tuple[tuple[Part, ...], tuple[Few, ...], First]:
    """Return the comparisons of planted with background records, those left out because fewer than :data:`LEAST`
    planted ones have background records to be compared with, and the ranks by the first comparison."""
    private = np.flatnonzero(table.ac == 0)
    found, few, first = [], [], NOBODY
    for name, question in questions(table).items():
        planted = int(table.planted[matched(table.planted, question[1], SEED)[0]].sum())
        if planted < LEAST:
            few.append(Few(name, planted))
            continue
        figure, scores = separated(table, question, private if name == CALLS else None)
        found.append(Part(name, figure, binding=name not in (ANY_GENE, STRUCTURE)))
        if name == CALLS:
            first = ranks(table.take(private), scores)
    return tuple(found), tuple(few), first


def separated(
    table: Table, question: Question, further: NDArray[np.integer] | None = None
) -> tuple[Separation, NDArray[np.float64]]:
    """Return the separation of planted from background rows, and the scores of further rows by models that did not see
    their case."""
    features, stratum, apart = question
    rows, weight = matched(table.planted, stratum, SEED)
    others = None if further is None else (features[further], table.case[further])
    label, group = table.planted[rows], table.case[rows]
    places = table.place[rows] if apart else None
    scores, more = out_of_fold(features[rows], label, weight, group, SEED, others, places)
    return separation(scores, label, weight, group, SEED), more


def ranks(table: Table, scores: NDArray[np.float64]) -> First:
    """Return how often planted records rank first among the records of their case with their genotype."""
    rng = np.random.Generator(np.random.PCG64(SEED))
    pool = np.unique(
        np.column_stack([table.case, np.unique(table.genotype.astype(str), return_inverse=True)[1]]),
        axis=0,
        return_inverse=True,
    )[1].ravel()
    order = np.argsort(pool, kind="stable")
    bounds = np.searchsorted(pool[order], np.arange(pool.max(initial=-1) + 2))
    hits, chances = [], []
    for k in np.unique(pool[table.planted]):
        rows = order[bounds[k] : bounds[k + 1]]
        background = scores[rows[~table.planted[rows]]]
        for score in scores[rows[table.planted[rows]]]:
            if len(background):
                hits.append(0.0 if score < background.max() else 1 / (1 + (background == score).sum()))
                chances.append(1 / (1 + len(background)))
    if not hits:
        return NOBODY
    chance = np.array(chances)
    drawn = [(rng.random(len(chance)) < chance).mean() for _ in range(RELABELLINGS)]
    limit = float(np.quantile(drawn, 1 - CHANCE))
    return First(len(hits), float(np.mean(hits)), float(chance.mean()), limit)


def guesses(study: Study) -> tuple[Guess, ...]:
    """Return how well file-level features predict mode, gene and disease among families of the same kind."""
    rows = study.facts
    mode = np.array([f.mode for f in rows])
    found = {
        "mode: dominant": mode == "AD",
        "mode: recessive": mode == "AR",
        "mode: X-linked": np.char.startswith(mode, "X"),
        "gene: place in the genome": _upper([f.gene for f in rows]),
        "gene: length": _upper([f.coding for f in rows]),
        "disease: number": _upper([f.disease for f in rows]),
    }
    family = np.unique([f.family for f in rows], return_inverse=True)[1]
    features = study.files.astype(np.float32)
    out = []
    for what, label in found.items():
        rows_, weight = matched(label, family, SEED)
        y = label[rows_]
        if min(y.sum(), (~y).sum()) < LEAST:
            continue
        scores, _ = out_of_fold(features[rows_], y, weight, rows_, SEED)
        f = separation(scores, y, weight, rows_, SEED)
        out.append(Guess(what, len(y), f.auc, f.lower, f.upper, f.chance))
    return tuple(out)


def _upper(values: list[int]) -> NDArray[np.bool_]:
    return np.asarray(np.array(values) > np.median(values))
