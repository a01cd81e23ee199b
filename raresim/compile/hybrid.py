"""Compile ``data/hybrid.npz``: the discriminator of the kind ``hybrid``, fitted on published solved cases.

Input (folder ``--shared``): phenopackets/*.jsonl.gz; and the shipped catalog and clinical model. Boosted trees on
numbers of records; no case and no identifier of a case is in it.
"""

from __future__ import annotations

from raresim import catalog, files, reports
from raresim.compile.arguments import arguments
from raresim.compile.clinical import CITATION, LICENCE, SOURCE
from raresim.hybrid.fit import fit
from raresim.hybrid.model import FILE


def main() -> None:
    """Write the table."""
    shared, out = arguments(__doc__, ("phenopackets",))
    found = reports.read(shared / "phenopackets")
    known = catalog.load()
    notes = {
        "title": "What tells real from simulated clinical records",
        "source": SOURCE,
        "licence": LICENCE,
        "citation": CITATION,
        "catalog": f"HPO annotations {known.release}",
        "compiled_by": "python -m raresim.compile.hybrid",
        "sha256 of the phenopackets": found.digest,
        "publications": "those listed in data/clinical.npz",
    }
    data = fit(found.reports, known, "published", notes=notes).packed()
    files.write(out / FILE, data)
    print(f"{len(data)} bytes")


if __name__ == "__main__":
    main()
