"""Compile ``data/neural.safetensors``: the networks of the kind ``neural``, trained on published solved cases (torch).

Input (folder ``--shared``): phenopackets/*.jsonl.gz; and the shipped catalog and clinical model. Weights alone; no case
and no identifier of a case is in it. The same bytes on one platform with one release of torch.
"""

from __future__ import annotations

from raresim import catalog, files, reports
from raresim.clinical.model import load
from raresim.compile.arguments import arguments
from raresim.compile.clinical import CITATION, LICENCE, SOURCE
from raresim.neural.fit import fit
from raresim.neural.model import FILE


def main() -> None:
    """Write the table."""
    shared, out = arguments(__doc__, ("phenopackets",))
    found = reports.read(shared / "phenopackets")
    known = catalog.load()
    notes = {
        "title": "Small networks for clinical records",
        "source": SOURCE,
        "licence": LICENCE,
        "citation": CITATION,
        "catalog": f"HPO annotations {known.release}",
        "compiled_by": "python -m raresim.compile.neural",
        "sha256 of the phenopackets": found.digest,
        "publications": "those listed in data/clinical.npz",
    }
    data = fit(found.reports, known, load(), notes=notes).packed()
    files.write(out / FILE, data)
    print(f"{len(data)} bytes")


if __name__ == "__main__":
    main()
