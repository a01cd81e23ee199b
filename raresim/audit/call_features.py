"""What a record of a VCF says beside its allele: quality, filter, keys, reads, likelihoods, place in the file."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ROLES = ("proband", "father", "mother")
_MEMBER = ("DP", "AD_ref", "AD_alt", "balance", "GQ", "PL_0", "PL_1", "PL_2", "DP_minus_AD", "GQ_minus_PL")
ORDER = ("after_previous", "before_next", "at_previous", "at_next")
NAMES = (
    *("QUAL", *ORDER),
    *(f"{role}_{name}" for role in ROLES for name in _MEMBER),
)
SHAPES = ("ID", "QUAL_text", "FILTER", "INFO_text", "FORMAT", "sample_text")
_NUMBER = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"(?<=[=,])-?[0-9][0-9.]*(?:e[-+]?[0-9]+)?")


def numbers(
    cells: Sequence[str], columns: Sequence[int], place: int, before: int | None, after: int | None
) -> list[float]:
    """Return the features named in ``NAMES`` of one record; NaN where there is no value.

    cells: the cells of the line. columns: the sample columns in the order of ``ROLES``, fewer where there are no
    parents. place: contig and position of the record as one number; before and after: those of its neighbours in the
    file, None at its ends.
    """
    out = [
        number(cells[5]),
        float(before is None or before <= place),
        float(after is None or place <= after),
        float(before == place),
        float(after == place),
    ]
    keys = cells[8].split(":")
    for role in range(len(ROLES)):
        out += (
            _member(dict(zip(keys, cells[columns[role]].split(":"), strict=False)))
            if role < len(columns)
            else [float("nan")] * len(_MEMBER)
        )
    return out


def _member(cell: dict[str, str]) -> list[float]:
    depth, gq = number(cell.get("DP", ".")), number(cell.get("GQ", "."))
    reads = [number(word) for word in cell.get("AD", ".").split(",")]
    ref, alt = (*reads, float("nan"), float("nan"))[:2]
    pl = [number(word) for word in cell.get("PL", ".").split(",")]
    second = sorted(pl)[1] if len(pl) > 1 else float("nan")
    total = sum(reads)
    balance = alt / total if total > 0 else float("nan")
    three = (*pl, float("nan"), float("nan"))[:3]
    return [depth, ref, alt, balance, gq, *three, depth - total, gq - min(second, 99.0)]


def shapes(cells: Sequence[str], columns: Sequence[int]) -> list[str]:
    """Return how the cells are written (``SHAPES``): numbers of any size become 9, and CSQ, which is biology, goes."""
    info = ";".join(word if not word.startswith("CSQ=") else "CSQ" for word in cells[7].split(";"))
    return [
        _NUMBER.sub("9", cells[2]),
        _NUMBER.sub("9", cells[5]),
        cells[6],
        _DECIMAL.sub("9", info),
        cells[8],
        " ".join(_NUMBER.sub("9", cells[c]) for c in columns),
    ]


def genotype(cells: Sequence[str], columns: Sequence[int]) -> str:
    """Return the genotypes of the family without phase: "0/1 0/0 0/1"."""
    at = cells[8].split(":").index("GT")
    words = [cells[c].split(":")[at].replace("|", "/").split("/") for c in columns]
    return " ".join("/".join(sorted(word)) for word in words)


def number(text: str) -> float:
    """Return a number, NaN for anything else."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def coded(texts: NDArray[np.object_]) -> NDArray[np.float32]:
    """Return each column of texts as numbers: the most frequent text is 0, and so on."""
    out = np.zeros(texts.shape, np.float32)
    for j in range(texts.shape[1]):
        _, which, count = np.unique(texts[:, j].astype(str), return_inverse=True, return_counts=True)
        rank = np.empty(len(count), np.int64)
        rank[np.argsort(-count, kind="stable")] = np.arange(len(count))
        out[:, j] = rank[which]
    return out
