"""What an allele does to a transcript: Sequence Ontology terms and HGVS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Sequence Ontology terms in order of severity (Ensembl's order); bit i of a term mask stands for TERMS[i].
TERMS = (
    "splice_acceptor_variant",
    "splice_donor_variant",
    "stop_gained",
    "frameshift_variant",
    "stop_lost",
    "start_lost",
    "inframe_insertion",
    "inframe_deletion",
    "missense_variant",
    "protein_altering_variant",
    "splice_region_variant",
    "start_retained_variant",
    "stop_retained_variant",
    "synonymous_variant",
    "coding_sequence_variant",
    "5_prime_UTR_variant",
    "3_prime_UTR_variant",
    "intron_variant",
    "upstream_gene_variant",
    "downstream_gene_variant",
    "intergenic_variant",
)
BIT = {term: 1 << i for i, term in enumerate(TERMS)}


@dataclass(frozen=True)
class Effects:
    """Effects of variants on transcripts, one row a pair that touches: variant int32, gene int32 (row of the genome's
    genes), terms uint32 (bits of ``TERMS``); sorted by (variant, gene). A variant that touches no gene has no row."""

    variant: NDArray[np.int32]
    gene: NDArray[np.int32]
    terms: NDArray[np.uint32]
