"""Compile ``data/thinning.npz``: what purifying selection leaves of neutral variants, by present allele frequency.

For each shipped ancestry the density of neutral variants over frequency and, for each class of variants, the share of
it that selection keeps (``raresim.selection``; the same Demes file as the genealogies). Loss of function has a share
for each tenth of coding sequence, in the order of the genes' LOEUF: the most constrained tenth gets the largest tenth
of the coefficients, so that the whole has the distribution that was fitted to the whole exome.

Run ``python -m raresim.compile.thinning``; the output is a function of the demographies and of the tables of genes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim.compile.tables import write_npz
from raresim.demography import JOINT, load
from raresim.selection import densities, grid, shares
from raresim.tables import table

SELECTION = np.concatenate([[0.0], np.logspace(-6, -0.25, 24)])  # heterozygous coefficients
# Missense: distribution of fitness effects of Kim, Huber and Lohmueller 2017 (doi:10.1534/genetics.116.197145), gamma
# of shape .186, mean homozygous coefficient .01315, genic, so a mean of .00658 in heterozygotes. Alone it keeps .39
# to .40 of what is above 1% and .37 of heterozygous sites; gnomAD v2.1 has .42 to .46 and the 1000 Genomes project
# .40; with a neutral share of 6% it is .43 and .40, and rare sites rise by 1.5% (docs/figures.md, 1).
MISSENSE = {"neutral": 0.06, "shape": 0.186, "mean": 0.01315 / 2}
# Loss of function: 5% neutral and gamma(.5, mean .05) agrees with gnomAD v2.1 observed/expected (.40 to .55 for 1,000
# to 56,885 people: .42 to .55) but leaves a person a quarter more sites than 3%, which leaves those of ExAC and .40 to
# .54 of sites (docs/figures.md, 1).
LOSS = {"neutral": 0.03, "shape": 0.5, "mean": 0.05}
GROUPS = 10  # of genes by constraint


def cumulative(neutral: float, shape: float, mean: float) -> NDArray[np.float64]:
    """Distribution function at the edges of the bins of ``SELECTION`` (half-way in the logarithm): a gamma
    distribution and a neutral share, which is in the first bin."""
    from scipy.stats import gamma  # type: ignore[import-untyped,unused-ignore]

    edges = np.concatenate([[0.0], SELECTION[1:2] / 2, np.sqrt(SELECTION[1:-1] * SELECTION[2:]), [np.inf]])
    out = neutral + (1 - neutral) * np.asarray(gamma.cdf(edges, shape, scale=mean / shape))
    out[0] = 0.0
    return out


def weights(neutral: float, shape: float, mean: float) -> NDArray[np.float64]:
    """Weight of every coefficient of ``SELECTION``."""
    return np.diff(cumulative(neutral, shape, mean))


def grouped() -> NDArray[np.float64]:
    """Weights of loss of function by group of genes, the most constrained first: float64[GROUPS, coefficients]."""
    whole = cumulative(**LOSS)
    cuts = 1 - np.arange(GROUPS + 1) / GROUPS
    return np.stack([np.diff(np.clip(whole, cuts[k + 1], cuts[k])) * GROUPS for k in range(GROUPS)])


def limits() -> NDArray[np.float32]:
    """Largest LOEUF (gnomAD v4.1) of each group but the last; the groups have equal lengths of coding sequence."""
    from raresim.gene_facts import GeneFacts
    from raresim.gene_table import load as load_genes

    facts, genes = GeneFacts.read(table("gene_facts.npz")), load_genes().genes
    row = np.repeat(np.arange(len(genes)), np.diff(genes.exon_off))
    inside = np.minimum(genes.exon_end, genes.cds_end[row]) - np.maximum(genes.exon_start, genes.cds_start[row])
    length = np.bincount(row, np.maximum(inside, 0), len(genes))
    loeuf = np.array([facts.loeuf[facts.rows[code]] if code in facts.rows else np.nan for code in genes.hgnc])
    known = np.flatnonzero(~np.isnan(loeuf))
    order = known[np.argsort(loeuf[known], kind="stable")]
    place = np.cumsum(length[order]) / length[order].sum()
    cuts = np.searchsorted(place, np.arange(1, GROUPS) / GROUPS)
    return np.asarray(loeuf[order[cuts]], np.float32)


def main() -> None:
    """Compile the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/thinning.npz"))
    args = parser.parse_args()
    mixtures = np.concatenate([[weights(**MISSENSE), weights(**LOSS)], grouped()])
    arrays: dict[str, NDArray[np.generic]] = {
        "frequency": grid(),
        "coefficients": SELECTION,
        "mixtures": mixtures,
        "loeuf": limits(),
    }
    history = {}
    for file in sorted(table("demography").glob("*.yaml")):
        if file.name == JOINT:
            continue
        name = file.stem
        demography = load(None, {name: 1})
        mass = densities(demography, name, SELECTION)
        arrays[f"{name}_neutral"] = mass[0].astype(np.float32)
        arrays[f"{name}_shares"] = shares(mass, mixtures).astype(np.float32)
        history[name] = demography.digest(name)
    notes = {
        "what": "share of variants that selection keeps, by present frequency of the derived allele, and their density",
        "history": history,
        "missense": {
            **MISSENSE,
            "source": "Kim, Huber and Lohmueller 2017, doi:10.1534/genetics.116.197145; neutral share fitted",
        },
        "loss": {**LOSS, "source": "fitted to gnomAD v2.1 and the 1000 Genomes project (docs/figures.md, 1)"},
        "constraint": "LOEUF of gnomAD v4.1 (Karczewski et al. 2020, doi:10.1038/s41586-020-2308-7)",
        "licence": "facts and our own computation; gnomAD: CC0",
    }
    write_npz(args.out, arrays, notes)


if __name__ == "__main__":
    main()
