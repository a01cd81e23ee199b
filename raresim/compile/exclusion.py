"""Which diseases are not ordinary germline monogenic diseases, and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from raresim.catalog import MODES, Annotation, GeneLink
from raresim.compile.known import DUPLICATIONS

# Mode of inheritance by HPO term of aspect I. "-" marks a reason (below), "" a qualifier that is no mode.
HPO_MODES: dict[str, tuple[str, ...]] = {
    "HP:0000006": ("AD",),
    "HP:0000007": ("AR",),
    "HP:0001417": ("XL",),
    "HP:0001419": ("XLR",),
    "HP:0001423": ("XLD",),
    "HP:0001427": ("MT",),
    "HP:0001450": ("YL",),
    "HP:0032113": ("AD", "AR"),  # semidominant: heterozygotes have it, homozygotes more severely
    "HP:0034340": ("PAD",),  # pseudoautosomal dominant
    "HP:0034341": ("PAR",),  # pseudoautosomal recessive
    "HP:0012275": ("-imprinted",),
    "HP:0012274": ("-imprinted",),
    "HP:0032382": ("-imprinted",),  # uniparental disomy
    "HP:0032384": ("-imprinted",),
    "HP:0032383": ("-imprinted",),
    "HP:0001426": ("-polygenic",),  # non-Mendelian, multifactorial
    "HP:0010982": ("-polygenic",),
    "HP:0010983": ("-polygenic",),  # oligogenic
    "HP:0010984": ("-digenic",),
    "HP:0001442": ("-somatic",),
    "HP:0001466": ("-chromosomal",),  # contiguous gene syndrome
}
ORPHANET_MODES: dict[str, tuple[str, ...]] = {
    "Autosomal dominant": ("AD",),
    "Autosomal recessive": ("AR",),
    "X-linked recessive": ("XLR",),
    "X-linked dominant": ("XLD",),
    "Mitochondrial inheritance": ("MT",),
    "Y-linked": ("YL",),
    "Semi-dominant": ("AD", "AR"),
    "Multigenic/multifactorial": ("-polygenic",),
    "Oligogenic": ("-polygenic",),
}
ASSOCIATIONS = {
    "Disease-causing germline mutation(s) in": "germline",
    "Disease-causing germline mutation(s) (loss of function) in": "germline loss of function",
    "Disease-causing germline mutation(s) (gain of function) in": "germline gain of function",
    "Major susceptibility factor in": "susceptibility",
    "Role in the phenotype of": "role",
    "Part of a fusion gene in": "fusion",
    "Disease-causing somatic mutation(s) in": "somatic",
    "Modifying germline mutation in": "modifier",
}
# An entry of OMIM names one locus: with more genes than this its links mix causal, contiguous, modifying and
# susceptibility genes that the source does not tell apart (diabetes 125853: 27, Williams-Beuren 194050: 19).
MOST_GENES = 3
_GROUPS = {"Category", "Clinical group", "Particular clinical situation in a disease or syndrome"}
_NAMES = (  # what the title of an entry says of its kind
    (
        "chromosomal",
        r"\b(micro)?(deletion|duplication|triplication)s?\b(?!.*mitochondrial)|\b(mono|di|tri|tetra|penta)somy\b"
        r"|\bring chromosome|^chromosome \S+ |\b4[5789], ?X|\bisochromosome|contiguous gene|translocation",
    ),
    ("somatic", r"\bsomatic\b|\bmosaicism\b"),
    ("susceptibility", r"suscept|predisposition|quantitative trait|protection against|resistance to malaria"),
    ("modifier", r"\bmodifier\b"),
    ("sex development", r"46, ?X[XY]|46X[XY]|sex reversal"),
)
_MITOCHONDRIAL_DNA = re.compile(r"mitochondrial dna|mtdna", re.IGNORECASE)


def why_not(
    code: str,
    name: str,
    kind: str,
    modes: Collection[str],
    marks: Collection[str],
    genes: Sequence[GeneLink],
    annotations: Sequence[Annotation],
    repeat: bool,
) -> str:
    """Return why a disease is not drawn by default, "" where it is an ordinary germline monogenic disease.

    code: the primary id. kind: Orphanet's type of the entry. marks: reasons that its modes of inheritance gave.
    repeat: caused by a repeat expansion, with no small variant known. The first reason of a fixed order is given.
    """
    if kind in _GROUPS:
        return "group of diseases"
    for reason, pattern in _NAMES:
        if re.search(pattern, name, re.IGNORECASE) and not (
            reason == "chromosomal" and _MITOCHONDRIAL_DNA.search(name)
        ):
            return reason
    for reason in ("chromosomal", "somatic", "polygenic", "imprinted"):
        if reason in marks:
            return reason
    if "digenic" in marks and not modes:  # beside a Mendelian mode that one is drawn
        return "digenic"
    if not genes:
        return "no gene"
    germline = [gene for gene in genes if gene.association.startswith("germline")]
    if not germline:
        return min(gene.association for gene in genes)
    if code.startswith("OMIM:") and len(germline) > MOST_GENES:
        return "many genes"
    if repeat:
        return "repeat expansion"
    if code in DUPLICATIONS:
        return "duplication"
    if not modes:
        return "mode unknown"
    if not set(modes) & set(MODES):
        return f"mode {'|'.join(sorted(modes))} is not simulated"
    if not any(gene.hgnc for gene in germline):
        return "no gene with an HGNC id"
    if not any(not row.excluded for row in annotations):
        return "no phenotype"
    return ""
