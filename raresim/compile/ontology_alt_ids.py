"""Compile ``data/ontology_alt_ids.tsv.gz``: alternative HPO ids, which hpo3 does not know, from hp.obo."""

from __future__ import annotations

import gzip
import hashlib

from raresim.compile.arguments import arguments

INPUT = "hpo/hp.obo.gz"
_HEADER = """\
# Alternative ids of HPO terms and the primary id of each.
# source: Human Phenotype Ontology, hp.obo, release {release}, sha256 {sha256}
# licence: HPO licence (free with citation; release shown; content not altered), https://hpo.jax.org
# citation: Gargano MA et al. 2024, Nucleic Acids Research 52:D1333
# compiled by: python -m raresim.compile.ontology_alt_ids
# columns: alternative id, primary id
"""


def main() -> None:
    """Write the table."""
    shared, out = arguments(__doc__, (INPUT,))
    data = gzip.decompress((shared / INPUT).read_bytes())
    release, primary, pairs = "", "", set()
    for line in data.decode().splitlines():
        if line.startswith("data-version:"):
            release = line.split("/")[-1]
        elif line.startswith("id: HP:"):
            primary = line[4:]
        elif line.startswith("alt_id: HP:"):
            pairs.add((line[8:], primary))
    head = _HEADER.format(release=release, sha256=hashlib.sha256(data).hexdigest())
    text = head + "".join(f"{old} {new}\n" for old, new in sorted(pairs))
    (out / "ontology_alt_ids.tsv.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
