"""Compile ``data/clinical.npz``: the model of clinical records, fitted on published solved cases.

Input (folder ``--shared``): phenopackets/*.jsonl.gz; and the shipped catalog. No case and no identifier of a case is in
the model: scores, counts of use of terms (three publications or more), and profiles of eight counts.
"""

from __future__ import annotations

from raresim import catalog, files, ontology, reports
from raresim.clinical.fit import fit
from raresim.compile.arguments import arguments

SOURCE = "phenopacket-store (Monarch Initiative), commit of 2026-06-25, 6,079 of its 10,580 phenopackets"
LICENCE = "BSD-3-Clause; counts and fitted numbers only, never a case"
CITATION = "Danis et al. 2025, Human Genetics and Genomics Advances (phenopacket-store)"


def main() -> None:
    """Write the table."""
    shared, out = arguments(__doc__, ("phenopackets",))
    found = reports.read(shared / "phenopackets")
    known = catalog.load()
    notes = {
        "title": "Clinical records: structure and term scores fitted on published solved cases",
        "source": SOURCE,
        "licence": LICENCE,
        "citation": CITATION,
        "catalog": f"HPO annotations {known.release}",
        "ontology": f"HPO {ontology.load().release}",
        "compiled_by": "python -m raresim.compile.clinical",
        "sha256 of the phenopackets": found.digest,
    }
    model = fit(found.reports, known, notes=notes)
    data = model.packed()
    files.write(out / "clinical.npz", data)
    print(
        f"{model.notes['reports']} reports, {len(model.profile)} profiles, {len(model.term)} terms, {len(data)} bytes"
    )


if __name__ == "__main__":
    main()
