"""Facts of genes: ids, place, constraint, pathogenic variants by class, mechanism; which classes cause a disease."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Classes of pathogenic variants; with "_variant" added they are Sequence Ontology terms, but for start_lost and
# stop_gained, which are as they stand.
CLASSES = (
    "missense",
    "frameshift",
    "stop_gained",
    "splice_donor",
    "splice_acceptor",
    "splice_region",
    "inframe_deletion",
    "inframe_insertion",
    "start_lost",
)
# Those that take the product away. A splice region variant is counted here because it acts by a lost or shifted exon.
DISRUPTING = ("frameshift", "stop_gained", "splice_donor", "splice_acceptor", "splice_region", "start_lost")

# Mix by mode: alleles of the solved cases of phenopacket-store (release of 2026-06-25) by molecular class, without
# structural variants: AD 4,848, AR 2,454, X-linked 331 cases. Canonical splice and in-frame shares are divided, and
# start loss is added, in the proportions of pathogenic ClinVar variants (2020-08-03): see GeneFacts.prior.
MIX = {  # missense, frameshift, nonsense, canonical splice, splice region, in-frame
    "AD": (0.518, 0.192, 0.113, 0.040, 0.010, 0.043),
    "AR": (0.421, 0.176, 0.185, 0.069, 0.047, 0.010),
    "XL": (0.366, 0.202, 0.157, 0.066, 0.033, 0.030),
}
# A gene tolerates loss of one copy if the 90% interval of observed over expected loss-of-function variants reaches 1
# (LOEUF, gnomAD v4; Karczewski et al. 2020, Nature 581:434): the data then show no depletion. gnomAD calls a gene
# constrained below 0.6 in v4; between the two nothing is decided. ClinGen: 40 is "dosage sensitivity unlikely".
TOLERANT_LOEUF = 1.0
UNLIKELY = 40
SENSITIVE = (2, 3)  # ClinGen: emerging and sufficient evidence of haploinsufficiency
DOMINANT = ("AD", "XLD")
ENOUGH_TRUNCATIONS = 2  # pathogenic truncations of ClinVar named for a dominant disease of the gene: a choice


@dataclass(frozen=True, eq=False)
class GeneFacts:
    """Every protein-coding gene of HGNC, in order of HGNC number; columns have one value a gene.

    hgnc ("HGNC:1"), symbol, ensembl, ncbi, location ("19q13.43"), chrom ("chr19" or ""): lists of text. start, end
    int32: GRCh38, 0-based half-open, -1 where unknown. loeuf float32: gnomAD v4.1, NaN where unknown.
    haploinsufficiency int8: ClinGen score, -1 where not evaluated. counts int32[n, 9]: pathogenic variants of ClinVar
    by :data:`CLASSES`. dominant_truncations int32: those that truncate and are named for a dominant disease.
    mechanisms: (mechanism, requirement, source) rows by (HGNC id, disease id). strength: weight of the prior mix in
    variants.
    """

    hgnc: list[str]
    symbol: list[str]
    ensembl: list[str]
    ncbi: list[str]
    location: list[str]
    chrom: list[str]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    loeuf: NDArray[np.float32]
    haploinsufficiency: NDArray[np.int8]
    counts: NDArray[np.int32]
    dominant_truncations: NDArray[np.int32]
    mechanisms: dict[tuple[str, str], tuple[tuple[str, str, str], ...]]
    strength: float
    provenance: dict[str, Any]

    def __len__(self) -> int:
        return len(self.hgnc)

    @staticmethod
    def read(path: Path) -> GeneFacts:
        """Return the facts of a compiled table (``raresim/compile/gene_facts.py``)."""
        with np.load(path, allow_pickle=False) as file:
            raw = {name: file[name] for name in file.files}
        names = [line.split("\t") for line in raw["names"].tobytes().decode().split("\n")]
        pairs: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
        for line in raw["mechanisms"].tobytes().decode().split("\n"):
            gene, disease, mechanism, requirement, source = line.split("\t")
            pairs.setdefault((gene, disease), []).append((mechanism, requirement, source))
        provenance = json.loads(raw["provenance"].tobytes())
        hgnc, symbol, ensembl, ncbi, location, chrom = ([row[i] for row in names] for i in range(6))
        return GeneFacts(
            hgnc=[f"HGNC:{number}" for number in hgnc],
            symbol=symbol,
            ensembl=[f"ENSG{int(number):011d}" if number else "" for number in ensembl],
            ncbi=ncbi,
            location=location,
            chrom=[f"chr{name}" if name else "" for name in chrom],
            **{name: raw[name] for name in ("start", "end", "loeuf", "haploinsufficiency")},
            counts=raw["counts"].astype(np.int32),
            dominant_truncations=raw["dominant_truncations"].astype(np.int32),
            mechanisms={key: tuple(rows) for key, rows in pairs.items()},
            strength=float(provenance["strength"]),
            provenance=provenance,
        )

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row by HGNC id."""
        return {code: row for row, code in enumerate(self.hgnc)}

    @cached_property
    def by_symbol(self) -> dict[str, int]:
        """Row by symbol."""
        return {symbol: row for row, symbol in enumerate(self.symbol)}

    @cached_property
    def prior(self) -> dict[str, NDArray[np.float64]]:
        """The mix of classes by mode (AD, AR, XLD, XLR): float64[9], in the order of :data:`CLASSES`, sums to 1."""
        seen = dict(zip(CLASSES, self.counts.sum(0).tolist(), strict=True))
        donor = seen["splice_donor"] / (seen["splice_donor"] + seen["splice_acceptor"])
        deletion = seen["inframe_deletion"] / (seen["inframe_deletion"] + seen["inframe_insertion"])
        start = seen["start_lost"] / sum(seen.values())
        out = {}
        for mode, (missense, frameshift, nonsense, splice, region, inframe) in MIX.items():
            mix = np.array([missense, frameshift, nonsense, splice * donor, splice * (1 - donor), region, 0, 0, 0])
            mix[6:8] = inframe * deletion, inframe * (1 - deletion)
            mix *= (1 - start) / mix.sum()
            mix[8] = start
            out[mode] = mix
        return {"AD": out["AD"], "AR": out["AR"], "XLD": out["XL"], "XLR": out["XL"]}

    def mechanism(self, hgnc: str, mode: str, diseases: Sequence[str]) -> frozenset[str]:
        """Return what is stated of how the gene causes the disease ("LoF", "GoF", "DN", "altered", ...), if anything.

        ``diseases``: all ids of the disease. Where the pair has no row, a dominant disease takes the mechanism that all
        dominant diseases of the gene share, if they share one.
        """
        own = {row[0] for code in diseases for row in self.mechanisms.get((hgnc, code), ())}
        if own or mode not in DOMINANT:
            return frozenset(own)
        others = self._dominant.get(hgnc, frozenset())
        return others if len(others) == 1 else frozenset()

    @cached_property
    def _dominant(self) -> dict[str, frozenset[str]]:
        out: dict[str, set[str]] = {}
        for (hgnc, _), rows in self.mechanisms.items():
            out.setdefault(hgnc, set()).update(mechanism for mechanism, need, _ in rows if need == "monoallelic")
        return {hgnc: frozenset(found) for hgnc, found in out.items()}

    def tolerates_loss(self, hgnc: str) -> bool:
        """Whether the gene tolerates the loss of one copy: LOEUF of 1 or more, or ClinGen says unlikely; not where
        ClinGen has evidence of haploinsufficiency or ClinVar truncations that cause a dominant disease."""
        row = self.rows.get(hgnc)
        if row is None or int(self.haploinsufficiency[row]) in SENSITIVE:
            return False
        if int(self.dominant_truncations[row]) >= ENOUGH_TRUNCATIONS:
            return False
        return int(self.haploinsufficiency[row]) == UNLIKELY or bool(self.loeuf[row] >= TOLERANT_LOEUF)

    def class_mix(self, hgnc: str, mode: str, diseases: Sequence[str]) -> dict[str, float]:
        """Return the share of each of :data:`CLASSES` among the causal alleles of a gene in a disease; sums to 1.

        The gene's pathogenic variants of ClinVar, shrunk to the mix of the mode: (count + strength x mix) / (all +
        strength), the mean of a Dirichlet posterior. Then the policy. A disease known as gain of function or dominant
        negative gets no disrupting class. Nor does a dominant disease of a gene that tolerates the loss of one copy,
        unless loss of function is stated for it.
        """
        row = self.rows.get(hgnc)
        mix = self.strength * self.prior[mode] + (0 if row is None else self.counts[row])
        stated = self.mechanism(hgnc, mode, diseases)
        haploinsufficient = "LoF" in stated or not self.tolerates_loss(hgnc)
        if stated & {"GoF", "DN"} or (mode in DOMINANT and not haploinsufficient):
            mix = np.where([name in DISRUPTING for name in CLASSES], 0.0, mix)
        return dict(zip(CLASSES, (mix / mix.sum()).tolist(), strict=True))
