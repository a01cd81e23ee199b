"""The records of one case that the audit compares, read from its VCF and the truth tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim import design
from raresim.audit import call_features, sequence_features
from raresim.audit.sequence_features import Surroundings
from raresim.audit.table import Table
from raresim.consequence import effects, worst
from raresim.errors import InputError
from raresim.gene_facts import CLASSES
from raresim.genome import ContigKind
from raresim.score import vcf_columns
from raresim.sequencing._model import variant_hashes
from raresim.sites import Variant

LARGEST = 0.01  # database frequency above which no record is compared; planted alleles stay below 0.5%
THINNED = 8  # of the many heterozygous missense records that the database knows, one in so many is compared


@dataclass(frozen=True)
class Answer:
    """What the truth says of one case: number; the VCF's samples that are proband, father, mother; planted alleles and
    whether each is new in the proband; background de novo variants of the proband."""

    number: int
    code: str
    roles: tuple[str, ...]
    planted: dict[Variant, bool]
    new: frozenset[Variant]


def answers(folder: Path, contigs: dict[str, int]) -> list[Answer]:
    """Return what ``folder/truth`` says, in order of the number of the case; controls, which have no answer, are left
    out."""
    people: dict[str, dict[str, str]] = {}
    for row in rows(folder / "truth" / "members.tsv"):
        people.setdefault(row["case"], {})[row["role"]] = row["person"]
    planted: dict[str, dict[Variant, bool]] = {}
    for row in rows(folder / "truth" / "alleles.tsv"):
        planted.setdefault(row["case"], {})[_variant(row, contigs)] = row["origin"] == "de_novo"
    new: dict[str, set[Variant]] = {}
    for row in rows(folder / "truth" / "denovo.tsv"):
        if row["planted"] == "no" and row["person"] == people[row["case"]].get("proband"):
            new.setdefault(row["case"], set()).add(_variant(row, contigs))
    out = []
    for row in rows(folder / "truth" / "cases.tsv"):
        if row.get("status") == "control":
            continue
        code, family = row["case"], people[row["case"]]
        roles = tuple(family[role] for role in call_features.ROLES if role in family)
        out.append(Answer(int(row["number"]), code, roles, planted.get(code, {}), frozenset(new.get(code, ()))))
    return sorted(out, key=lambda answer: answer.number)


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a truth table by column; InputError where it is missing."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        why = (error.strerror or "cannot be read").lower()
        raise InputError(f"{path}: {why}; give the folder that `raresim run` wrote") from None
    header = lines[1].split("\t") if len(lines) > 1 else []
    for line in lines[2:]:
        if line:
            yield dict(zip(header, line.split("\t"), strict=True))


def _variant(row: dict[str, str], contigs: dict[str, int]) -> Variant:
    return Variant(contigs[row["contig"]], int(row["pos"]) - 1, row["ref"], row["alt"])


def read(path: Path, answer: Answer, around: Surroundings) -> tuple[Table, tuple[str, ...], int]:
    """Return the comparable records of a case, the samples of its VCF, and the number of its records.

    Comparable are records that the proband carries, rare in the database, of a class that causes disease, on a
    chromosome that causal alleles are planted on: not Y, not mitochondrial DNA.
    """
    text = vcf_columns.read(path)
    found = vcf_columns.alleles(text, around.genome.index)
    columns = [9 + text.samples.index(code) for code in answer.roles]
    _, alt = vcf_columns.genotypes(text, found)
    proband = alt[:, columns[0] - 9]
    ac, an = around.database.counts(found.sites)
    planting = np.array([contig.kind in (ContigKind.AUTOSOME, ContigKind.X) for contig in around.genome.contigs])
    kept = np.flatnonzero((proband > 0) & (ac <= LARGEST * an) & planting[found.sites.contig])
    sites = found.sites.take(kept)
    terms, gene = worst(effects(around.genome, sites), len(sites))
    classes = design.class_of(terms)
    at = sequence_features.places(found.sites)
    causal = np.array([v.contig << 32 | v.pos for v in answer.planted], np.int64)
    other = ~np.isin(at, causal)  # the partner of a compound heterozygote is biology, not a neighbour
    ordered, double = np.sort(at[other]), np.sort(at[other & (proband == 2)])
    pick = (variant_hashes(sites)[:, 1] >> np.uint64(7)).astype(np.int64) + answer.number
    common = (ac[kept] > 0) & (proband[kept] == 1) & (classes == CLASSES.index("missense")) & (pick % THINNED > 0)
    parts = []
    for i in np.flatnonzero(classes >= 0).tolist():
        variant, row = sites[i], int(kept[i])
        planted = variant in answer.planted
        if planted or not common[i]:
            line = int(found.row[row])
            cells = text.body[text.start[line, 0] : text.end[line, -1]].tobytes().decode().split("\t")
            new = answer.planted[variant] if planted else variant in answer.new
            name = CLASSES[classes[i]] + _escapes(around, classes[i], int(gene[i]), variant.pos)
            previous = int(at[row - 1]) if row else None
            after = int(at[row + 1]) if row + 1 < len(at) else None
            parts.append(
                (
                    (
                        planted,
                        int(at[row]),
                        call_features.genotype(cells, columns) + " new" * new,
                        _kind(variant),
                        name,
                        ac[row],
                    ),
                    call_features.numbers(cells, columns, int(at[row]), previous, after),
                    call_features.shapes(cells, columns),
                    sequence_features.sequence(around, variant, int(gene[i]), int(ac[row]), ordered, double),
                )
            )
    return _table(answer.number, parts), text.samples, len(text.start)


def _kind(variant: Variant) -> str:
    size = len(variant.alt) - len(variant.ref)
    return "snv" if size == 0 else "ins" if size > 0 else "del"


def _escapes(around: Surroundings, code: int, gene: int, pos: int) -> str:
    """Mark truncations that escape nonsense-mediated decay: by design no planted allele is one of them."""
    if CLASSES[code] not in design.TRUNCATIONS:
        return ""
    at: NDArray[np.integer] = np.array([pos])
    return "" if design.truncates(around.genome.genes, gene, at)[0] else " escaping decay"


def _table(number: int, parts: Sequence[tuple]) -> Table:  # type: ignore[type-arg]
    first = [part[0] for part in parts]
    calls = np.array([p[1] for p in parts], np.float32).reshape(len(parts), len(call_features.NAMES))
    text = np.array([p[2] for p in parts], object).reshape(len(parts), len(call_features.SHAPES))
    seq = np.array([p[3][0] for p in parts], np.float32).reshape(len(parts), len(sequence_features.NAMES))
    bio = np.array([p[3][1] for p in parts], np.float32).reshape(len(parts), len(sequence_features.BIOLOGY))

    def words(column: int) -> NDArray[np.object_]:
        return np.array([row[column] for row in first], object)

    depth = np.nan_to_num(calls[:, call_features.NAMES.index("proband_DP")], nan=-1.0)
    return Table(
        case=np.full(len(parts), number, np.int32),
        planted=np.array([row[0] for row in first], np.bool_),
        place=np.array([row[1] for row in first], np.int64),
        genotype=words(2),
        kind=words(3),
        consequence=words(4),
        ac=np.array([row[5] for row in first], np.int32),
        depth=depth.astype(np.int32),
        calls=calls,
        shapes=text,
        sequence=seq,
        biology=bio,
    )
