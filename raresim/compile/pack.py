"""Diseases as columns; the reverse is in :mod:`raresim.catalog`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.catalog import SEXES, Disease
from raresim.compile.tables import lines_array
from raresim.onset import HPO_ONSET
from raresim.pooling import Row, grouped


def pack(diseases: Sequence[Disease]) -> dict[str, NDArray[Any]]:
    """Return the columns of the diseases, in their order."""
    links = [link for d in diseases for link in d.genes]
    rows = [row for d in diseases for row in d.annotations]
    spans = [span for d in diseases for span in d.onset]
    reasons = sorted({d.why_not for d in diseases})
    kinds = sorted({link.association for link in links})
    onsets = ["", *HPO_ONSET]
    sources = sorted({d.onset_source for d in diseases})
    number = {"": 0} | {link.hgnc: int(link.hgnc.removeprefix("HGNC:")) for link in links if link.hgnc}
    return {
        "ids": lines_array(" ".join(d.ids) for d in diseases),
        "names": lines_array(d.name for d in diseases),
        "modes": lines_array(" ".join(d.modes) for d in diseases),
        "sex": np.array([SEXES.index(d.sex) for d in diseases], np.int8),
        "lethal_in_males": np.array([d.lethal_in_males for d in diseases], np.bool_),
        "prevalence": np.array([np.nan if d.prevalence is None else d.prevalence for d in diseases], np.float32),
        "reasons": lines_array(reasons),
        "reason": np.array([reasons.index(d.why_not) for d in diseases], np.int8),
        "gene_off": np.cumsum([0, *(len(d.genes) for d in diseases)], dtype=np.int32),
        "gene_hgnc": np.array([number[link.hgnc] for link in links], np.int32),
        "gene_symbol": lines_array(link.symbol for link in links),
        "kinds": lines_array(kinds),
        "gene_kind": np.array([kinds.index(link.association) for link in links], np.int8),
        "onset_off": np.cumsum([0, *(len(d.onset) for d in diseases)], dtype=np.int32),
        "onset_sources": lines_array(sources),
        "onset_source": np.array([sources.index(d.onset_source) for d in diseases], np.int8),
        "death_off": np.cumsum([0, *(len(d.deaths) for d in diseases)], dtype=np.int32),
        "death": np.array([death for d in diseases for death in d.deaths], np.float64).reshape(-1, 2),
        "onset": np.array(spans, np.float64).reshape(-1, 3),
        "row_off": np.cumsum([0, *(len(d.annotations) for d in diseases)], dtype=np.int32),
        "row_term": np.array([int(row.term[3:]) for row in rows], np.int32),
        "row_k": np.array([row.k for row in rows], np.int32),
        "row_n": np.array([row.n for row in rows], np.int32),
        "row_share": np.array([-1 if row.frequency is None else round(row.frequency * 1e4) for row in rows], np.int16),
        "row_sex": np.array([SEXES.index(row.sex) for row in rows], np.int8),
        "row_excluded": np.array([row.excluded for row in rows], np.bool_),
        "onsets": lines_array(onsets),
        "row_onset": np.array([onsets.index(row.onset) for row in rows], np.int8),
    }


def pack_sources(rows: Sequence[Sequence[Row]]) -> dict[str, NDArray[Any]]:
    """Return the rows that the annotations of each disease were pooled from, with what they stand on, as the columns
    of :mod:`raresim.sources`."""
    onsets = {term: i for i, term in enumerate(["", *HPO_ONSET])}
    groups = [grouped(found) for found in rows]
    known = sorted({name for found in rows for row in found for name in row.publications}, key=_by_number)
    number = {name: i for i, name in enumerate(known)}
    sets, local, set_count = [], [], []
    for found in groups:
        own: dict[tuple[str, ...], int] = {}
        local += [own.setdefault(row.publications, len(own)) for group in found for row in group]
        sets += list(own)
        set_count.append(len(own))
    many = [row for found in groups for group in found if len(group) > 1 for row in group]
    often = [row.often for row in many]
    return {
        "publications": lines_array(known),
        "set_count": np.array(set_count, np.int16),
        "set_size": np.array([len(names) for names in sets], np.int8),
        "set_publication": np.array([number[name] for names in sets for name in names], np.int32),
        "source_count": np.array([len(group) for found in groups for group in found], np.int16),
        "source_set": np.array(local, np.int16),
        "many_k": np.array([f.k for f in often], np.int32),
        "many_n": np.array([f.n for f in often], np.int32),
        "many_share": np.array([np.nan if f.n or f.share is None else f.share for f in often], np.float64),
        "many_negated": np.array([row.negated for row in many], np.bool_),
        "many_onset": np.array([onsets.get(row.onset, 0) for row in many], np.int8),
    }


def _by_number(name: str) -> tuple[str, int, str]:
    prefix, _, rest = name.partition(":")
    return (prefix, int(rest) if rest.isdigit() else 0, rest)
