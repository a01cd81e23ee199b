"""Compile ``data/map.npz``: the sex-specific deCODE map on GRCh38, thinned.

Run ``python -m raresim.compile.maps --shared ../shared/data``; the output is a function of the input's bytes.
"""

from __future__ import annotations

import gzip

import numpy as np

from raresim.assemblies import CHROMOSOMES
from raresim.compile.arguments import arguments
from raresim.compile.tables import sha256, write_npz

NAME = "maps/decode2019_sex_specific_thinned.grch38.tsv.gz"


def main() -> None:
    """Write the table: rows by contig (chr1 .. chr22, chrX), steps of position and of micro-centimorgans."""
    shared, out = arguments(__doc__, (NAME,), "data/map.npz", "file")
    source = shared / NAME
    with gzip.open(source, "rt") as file:
        rows = [line.split() for line in file if not line.startswith("#")]
    rows.sort(key=lambda row: (CHROMOSOMES.index(row[0]), int(row[1])))
    contig = np.array([CHROMOSOMES.index(row[0]) for row in rows], np.int8)
    columns = {"pos": [int(row[1]) for row in rows]}
    columns |= {sex: [round(float(row[c]) * 1e6) for row in rows] for c, sex in ((2, "male"), (3, "female"))}
    arrays = {name: np.diff(np.array(values, np.int64), prepend=0).astype(np.int32) for name, values in columns.items()}
    provenance = {
        "what": "cumulative sex-specific genetic map, autosomes and X, on GRCh38; columns are steps from row to row",
        "units": "pos: bases; male, female: 1e-6 cM",
        "source": "deCODE crossover map, thinned in the R package ibdsim2 (commit e23bcd47)",
        "licence": "figures of the paper (package: GPL-3)",
        "citation": "Halldorsson et al. 2019, doi 10.1126/science.aau1043",
        "inputs": {NAME: sha256(source)},
    }
    size = write_npz(out, {"contig": contig, **arrays}, provenance)
    print(f"{out}: {size:,} bytes")


if __name__ == "__main__":
    main()
