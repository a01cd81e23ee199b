"""Compile ``data/modifiers.tsv.gz``: clinical modifiers (severity, side, course) of findings, from phenotype.hpoa."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections import Counter, defaultdict
from pathlib import Path

from raresim import ontology
from raresim.compile.annotations import Log, frequency
from raresim.compile.arguments import arguments
from raresim.compile.hpo import table

INPUT = "hpo/phenotype.hpoa.gz"
MODIFIER = "HP:0012823"  # Clinical modifier: what may stand beside a finding

_HEADER = """\
# Clinical modifiers of the findings of diseases, and the share of patients with the finding that have them.
# source: Human Phenotype Ontology annotations (phenotype.hpoa), release {release}, sha256 {sha256}
# licence: HPO licence (free with citation; release shown), https://hpo.jax.org; a derived table: rows of a finding are
# pooled by the patients that they count (1 where they count none), old ids mapped
# citation: Gargano MA et al. 2024, Nucleic Acids Research 52:D1333
# compiled by: python -m raresim.compile.modifiers
disease\tterm\tmodifiers\tshare
"""


def read(path: Path) -> dict[tuple[str, str], dict[str, float]]:
    """Return share by modifiers ("HP:0012828", several joined by ";", "" for none) by disease id and term."""
    terms, log = ontology.load(), Log()
    allowed = terms.below(MODIFIER)
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for line in table(path):
        primary, why = terms.finding(line["hpo_id"])
        often = frequency(line["frequency"], log)
        if line["aspect"] != "P" or why or line["qualifier"] == "NOT" or often.excluded:
            continue
        given = [terms.lookup(code)[0] for code in line["modifier"].split(";") if code]
        kept = sorted({code for code in given if code and allowed[terms.rows[code]]})
        found[line["database_id"], primary][";".join(kept)] += max(often.k, 1)
    return {
        pair: {names: n / sum(count.values()) for names, n in sorted(count.items())}
        for pair, count in sorted(found.items())
        if set(count) != {""}
    }


def main() -> None:
    """Write the table."""
    shared, out = arguments(__doc__, (INPUT,))
    path = shared / INPUT
    data = gzip.decompress(path.read_bytes())
    release = next(line.split(b":")[1].strip().decode() for line in data.splitlines() if line.startswith(b"#version"))
    text = _HEADER.format(release=release, sha256=hashlib.sha256(data).hexdigest())
    rows = 0
    for (disease, term), shares in read(path).items():
        for names, share in shares.items():
            if names:
                text += f"{disease}\t{term}\t{names}\t{share:.4g}\n"
                rows += 1
    target: Path = out / "modifiers.tsv.gz"
    temporary = target.with_name(target.name + ".tmp")
    temporary.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    os.replace(temporary, target)
    print(f"{rows} rows, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
