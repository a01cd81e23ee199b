"""Made-up records for tests of the audit: nothing tells planted from background, until a test plants a leak."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from raresim.audit import call_features, sequence_features
from raresim.audit.compare import CALLS, READS, SEQUENCE, CaseFacts, Study
from raresim.audit.file_features import NAMES as FILES
from raresim.audit.table import Table

Rows = NDArray[np.int64]


def study(cases: int = 200, background: int = 20, seed: int = 1) -> Study:
    """Return a study with one planted record a case, drawn from the same laws as the background."""
    rng = default_rng(seed)
    n = cases * (background + 1)
    depth = rng.poisson(60, n)
    alt = rng.binomial(depth, 0.48)
    calls = rng.normal(size=(n, len(call_features.NAMES)))

    def put(name: str, values: NDArray[np.generic]) -> None:
        calls[:, call_features.NAMES.index(name)] = values

    put("QUAL", alt * 30 - 10)
    put("proband_DP", depth)
    put("proband_AD_ref", depth - alt)
    put("proband_AD_alt", alt)
    put("proband_GQ", np.minimum(99, alt * 3))
    for name in ("after_previous", "before_next"):
        put(name, np.ones(n))
    shapes = np.array([[".", "9.9", "PASS", "AC=9;AF=9;AN=9", "GT:AD:DP:GQ:PL", "9/9:9,9:9:9:9,9,9"]] * n, object)
    sequence = rng.normal(size=(n, len(sequence_features.NAMES)))
    sequence[:, sequence_features.NAMES.index("records_1000")] = rng.poisson(3, n)
    table = Table(
        case=np.repeat(np.arange(cases), background + 1).astype(np.int32),
        planted=np.tile(np.arange(background + 1) == 0, cases),
        place=np.arange(n),
        genotype=np.full(n, "0/1 0/0 0/1", object),
        kind=np.full(n, "snv", object),
        consequence=np.where(rng.random(n) < 0.8, "missense", "stop_gained").astype(object),
        ac=np.zeros(n, np.int32),
        depth=depth.astype(np.int32),
        calls=calls.astype(np.float32),
        shapes=shapes,
        sequence=sequence.astype(np.float32),
        biology=rng.normal(size=(n, len(sequence_features.BIOLOGY))).astype(np.float32),  # one stratum of structure
    )
    facts = tuple(
        CaseFacts(
            mode=str(rng.choice(["AD", "AR", "XLR"])),
            gene=int(rng.integers(20_000)),
            coding=int(rng.integers(300, 9000)),
            disease=int(rng.integers(100_000, 600_000)),
            family=str(rng.choice(["3 male", "3 female"])),
        )
        for _ in range(cases)
    )
    return Study(table, 0, facts, rng.normal(size=(cases, len(FILES))))


def _column(name: str, change: Callable[[NDArray[np.float32], Generator], NDArray[np.generic]]) -> object:
    def leak(table: Table, rows: Rows, rng: Generator) -> Table:
        calls = table.calls.copy()
        at = call_features.NAMES.index(name)
        calls[rows, at] = change(calls[rows, at], rng)
        return replace(table, calls=calls)

    return leak


def _shape(name: str, text: str) -> object:
    def leak(table: Table, rows: Rows, rng: Generator) -> Table:
        shapes = table.shapes.copy()
        shapes[rows, call_features.SHAPES.index(name)] = text
        return replace(table, shapes=shapes)

    return leak


def _lonely(table: Table, rows: Rows, rng: Generator) -> Table:
    sequence = table.sequence.copy()
    sequence[rows, sequence_features.NAMES.index("records_1000")] = -1
    return replace(table, sequence=sequence)


LEAKS = {
    "QUAL of a constant": _column("QUAL", lambda x, rng: np.full(len(x), 5000.0)),
    "QUAL in another notation": _shape("QUAL_text", "9e+9"),
    "an ID": _shape("ID", "rs9"),
    "FILTER": _shape("FILTER", "."),
    "INFO in another order": _shape("INFO_text", "AN=9;AC=9;AF=9"),
    "FORMAT in another order": _shape("FORMAT", "GT:DP:AD:GQ:PL"),
    "phase marks": _shape("sample_text", "9|9:9,9:9:9:9,9,9"),
    "more reads": _column("proband_DP", lambda x, rng: x + 60),
    "a perfect balance": _column("proband_balance", lambda x, rng: np.full(len(x), 9.0)),
    "GQ without a cap": _column("proband_GQ", lambda x, rng: np.full(len(x), 120.0)),
    "at the end of the file": _column("after_previous", lambda x, rng: np.zeros(len(x))),
    "no neighbours": _lonely,
}
PARTS = {  # that find a leak; the others are found by compare.TEXT
    "QUAL of a constant": CALLS,
    "more reads": READS,
    "a perfect balance": CALLS,
    "GQ without a cap": CALLS,
    "no neighbours": SEQUENCE,
}


def leaking(given: Study, name: str, share: float, seed: int = 2) -> Study:
    """Return the study with a leak in the planted records of this share of the cases."""
    rng = default_rng(seed)
    cases = np.unique(given.table.case)
    chosen = rng.permutation(cases)[: round(share * len(cases))]
    rows = np.flatnonzero(given.table.planted & np.isin(given.table.case, chosen))
    return replace(given, table=LEAKS[name](given.table, rows, rng))  # type: ignore[operator]
