"""Genes and diseases by any of their names: the answer of a tool and the truth meet on one canonical name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_ENSEMBL = re.compile(r"ENSG\d{11}(\.\d+)?")
_PREFIX = {
    "NCBIGENE": "NCBI",
    "NCBI_GENE": "NCBI",
    "ENTREZ": "NCBI",
    "ENTREZGENE": "NCBI",
    "ENSEMBL": "",
    "ORPHANET": "ORPHA",
    "MIM": "OMIM",
    "OMIMPS": "OMIMPS",
}


def gene_key(text: str) -> str:
    """Return the form under which a gene name is looked up: "HGNC:5", "NCBI:672", "ENSG00000012048", "BRCA1"."""
    word = text.strip().upper()
    if word.isdigit():
        return f"NCBI:{word}"
    if _ENSEMBL.fullmatch(word):
        return word.partition(".")[0]
    return _prefixed(word)


def disease_key(text: str) -> str:
    """Return the form under which a disease id is looked up: "OMIM:154700", "ORPHA:558"; bare digits are OMIM's."""
    word = text.strip().upper()
    return f"OMIM:{word}" if word.isdigit() else _prefixed(word)


def _prefixed(word: str) -> str:
    prefix, colon, rest = word.partition(":")
    if not colon:
        return word
    prefix = _PREFIX.get(prefix.strip(), prefix.strip())
    rest = rest.strip().partition(".")[0] if prefix == "" else rest.strip()
    return f"{prefix}:{rest}" if prefix else rest


@dataclass(frozen=True)
class Names:
    """Canonical names: ``genes`` and ``diseases`` map looked-up forms to one name each. An unknown name stands for
    itself, so that it takes a rank like any other wrong answer."""

    genes: dict[str, str] = field(default_factory=dict)
    diseases: dict[str, str] = field(default_factory=dict)

    def gene(self, text: str) -> str:
        """Return the canonical name of a gene given by symbol, HGNC, Ensembl or NCBI id."""
        if text in self.genes:
            return self.genes[text]
        key = gene_key(text)
        return self.genes.get(key, key)

    def disease(self, text: str) -> str:
        """Return the canonical id of a disease given by any of its equivalent ids."""
        if text in self.diseases:
            return self.diseases[text]
        key = disease_key(text)
        return self.diseases.get(key, key)


def make(
    genes: Iterable[tuple[str, ...]], diseases: Iterable[tuple[str, ...]], previous: Iterable[tuple[str, str]] = ()
) -> Names:
    """Return the names of these genes and diseases, each a tuple of equivalent names of which the first that is not
    empty is canonical; previous: (old symbol, current name), used only where the old symbol means nothing else."""
    known: dict[str, str] = {}
    for row in genes:
        keys = [gene_key(name) for name in row if name]
        found = next((known[key] for key in keys if key in known), keys[0] if keys else "")
        for key in keys:
            known.setdefault(key, found)
    for old, now in previous:
        known.setdefault(gene_key(old), known.get(gene_key(now), gene_key(now)))
    ids: dict[str, str] = {}
    for row in diseases:
        keys = [disease_key(name) for name in row if name]
        for key in keys:
            ids.setdefault(key, ids.get(keys[0], keys[0]))
    return Names(known, ids)
