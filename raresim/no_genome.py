"""A world without a genome: genes are names, nobody has a variant, and all phenotypes are there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from raresim.genome import Genes, Genome, Targets, content_digest

if TYPE_CHECKING:
    from raresim.catalog import Catalog
    from raresim.maps import GeneticMap
    from raresim.panel import Panel


def genome(catalog: Catalog) -> Genome:
    """Return a genome without a contig whose genes are those of the catalog's diseases, sorted by symbol.

    Symbol and HGNC id are the catalog's; Ensembl and NCBI ids those of the shipped gene models, "" where these do not
    have the gene (genes of RNA, loci without a gene).
    """
    from raresim.gene_table import fill_ids

    links = {(link.symbol, link.hgnc) for row in range(len(catalog)) for link in catalog.links(row)}
    symbol, hgnc = ([pair[column] for pair in sorted(links)] for column in (0, 1))
    n = len(symbol)
    ids = {"hgnc": hgnc, "ensembl": [""] * n, "ncbi": [""] * n}
    fill_ids(symbol, ids, by_symbol=False)
    none = np.zeros(0, np.int32)
    genes = Genes(
        symbol=symbol,
        hgnc=hgnc,
        ensembl=ids["ensembl"],
        ncbi=ids["ncbi"],
        transcript=[""] * n,
        chosen=[""] * n,
        contig=np.full(n, -1, np.int16),
        strand=np.ones(n, np.int8),
        start=np.zeros(n, np.int32),
        end=np.zeros(n, np.int32),
        cds_start=np.zeros(n, np.int32),
        cds_end=np.zeros(n, np.int32),
        code=np.zeros(n, np.int8),
        exon_off=np.zeros(n + 1, np.int64),
        exon_start=none,
        exon_end=none,
    )
    bare = Genome(
        name="none",
        assembly="",
        hgvs_prefix="",
        contigs=(),
        genes=genes,
        seg_first=np.zeros(1, np.int64),
        seg_start=none,
        seg_end=none,
        seg_off=np.zeros(0, np.int64),
        bases=np.zeros(0, np.uint8),
        digest="",
    )
    return replace(bare, digest=content_digest(bare))


def targets() -> Targets:
    """Return targets without an interval."""
    none = np.zeros(0, np.int32)
    return Targets(none.astype(np.int16), none, none)


def genetic_map() -> GeneticMap:
    """Return a map of no contig."""
    from raresim.maps import GeneticMap

    return GeneticMap((), (), (), "")


def panel() -> Panel:
    """Return a panel of nobody."""
    from raresim.panel import Panel
    from raresim.sites import Sites

    none = np.zeros(0, np.int32)
    return Panel(
        sites=Sites.of([]),
        terms=np.zeros(0, np.uint32),
        gene=none,
        pathogenic=np.zeros(0, np.bool_),
        ancestries=(),
        ac=np.zeros((0, 0), np.int32),
        an=none,
        hom=np.zeros((0, 0), np.int32),
        ancestry=np.zeros(0, np.int8),
        hap_off=np.zeros(1, np.int64),
        hap_site=none,
        digest="",
    )
