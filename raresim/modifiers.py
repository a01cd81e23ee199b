"""Clinical modifiers of findings (severity, side, course), where the annotations of a disease give them."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from raresim.phenotype import Features

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease

Rows = dict[tuple[str, str], tuple[tuple[tuple[str, ...], float], ...]]


@lru_cache(maxsize=1)
def load() -> Rows:
    """Return (modifiers, share of the patients with the finding) by disease id and term, of the shipped table."""
    from raresim.tables import table

    text = gzip.decompress(table("modifiers.tsv.gz").read_bytes()).decode()
    out: dict[tuple[str, str], list[tuple[tuple[str, ...], float]]] = {}
    lines = (line for line in io.StringIO(text) if not line.startswith("#"))
    for row in csv.DictReader(lines, delimiter="\t"):
        out.setdefault((row["disease"], row["term"]), []).append(
            (tuple(row["modifiers"].split(";")), float(row["share"]))
        )
    return {key: tuple(rows) for key, rows in out.items()}


def apply(features: Features, disease: Disease, rng: Generator) -> Features:
    """Return a record whose present findings carry the modifiers of their annotation, each by its share."""
    known = load()
    rows, luck = [], rng.random(len(features.rows)).tolist()
    for at, feature in enumerate(features.rows):
        keys = [(code, feature.annotation) for code in disease.ids if not feature.excluded]
        chosen: tuple[str, ...] = ()
        left = luck[at]
        for modifiers, share in next((known[key] for key in keys if key in known), ()):
            if 0.0 <= left < share:
                chosen = modifiers
            left -= share
        rows.append(replace(feature, modifiers=chosen) if chosen else feature)
    return Features(tuple(rows))
