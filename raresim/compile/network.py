"""Compile ``data/network.toml``: the Bayesian network of records, learned from published solved cases (needs pgmpy).

Input (folder ``--shared``): phenopackets/*.jsonl.gz; and the shipped catalog. Its rows are smoothed shares of states
among reports; no case and no identifier of a case is in it.
"""

from __future__ import annotations

from raresim import catalog, files, ontology, reports
from raresim.compile.arguments import arguments
from raresim.compile.clinical import CITATION, LICENCE, SOURCE
from raresim.network.fit import fit
from raresim.network.model import FILE


def main() -> None:
    """Write the table."""
    shared, out = arguments(__doc__, ("phenopackets",))
    found = reports.read(shared / "phenopackets")
    known = catalog.load()
    notes = {
        "title": "Bayesian network of clinical records, learned from published solved cases",
        "source": SOURCE,
        "licence": LICENCE,
        "citation": CITATION,
        "catalog": f"HPO annotations {known.release}",
        "ontology": f"HPO {ontology.load().release}",
        "compiled_by": "python -m raresim.compile.network",
        "sha256 of the phenopackets": found.digest,
        "publications": "those listed in data/clinical.npz",
    }
    made = fit(found.reports, known, notes=notes)
    files.write(out / FILE, made.to_toml().encode())
    print(f"{len(made.nodes)} nodes, {sum(len(n.parents) for n in made.nodes)} arrows")


if __name__ == "__main__":
    main()
