"""Another release of phenotype.hpoa in place of the one in the box: the same diseases as that release knows them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from raresim import catalog, ontology
from raresim.catalog import NO_PHENOTYPE, Catalog, Disease
from raresim.compile.annotations import Log, deaths, onset_ranges
from raresim.compile.hpoa import Entry, read_hpoa
from raresim.compile.pack import pack, pack_sources
from raresim.compile.tables import npz
from raresim.errors import InputError
from raresim.onset import HPO_DEATH, HPO_ONSET
from raresim.pooling import Row, pool

FORMAT = 2  # of the compiled table in the cache


def compiled(path: Path, key: str = "catalog.hpoa") -> Catalog:
    """Return the catalog with the findings, onsets, deaths and modes of a phenotype.hpoa, from the cache or made now.

    Findings are read and pooled by the rules of the table in the box. Genes, equivalent ids, prevalence, limits of sex
    and the reasons why a disease is not drawn are those of the box, as are modes, onset and ages of death where the
    file has none; a disease that the box does not know has no gene and is not drawn. A disease that the file does not
    name has no finding unless all that is known of it is Orphanet's. InputError for what is no phenotype.hpoa, naming
    ``key``.
    """
    from raresim.tables import cache_folder, kept

    base = catalog.load()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{key}: {path}: cannot be read ({error.strerror}); give the path of a file") from None
    state = f"{FORMAT} {base.digest} {ontology.load().release} {hashlib.sha256(data).hexdigest()}"
    made = cache_folder() / f"catalog-{hashlib.sha256(state.encode()).hexdigest()[:32]}.npz"
    if not made.exists():
        content = table(path, base, key)
        with kept(made) as file:
            file.write(content)
    return catalog.read(made)


def table(path: Path, base: Catalog, key: str) -> bytes:
    """Return the compiled table of a phenotype.hpoa, with everything else from ``base``."""
    log = Log()
    release, entries = read_hpoa(path, log, key)
    diseases, rows = [], []
    for row in range(len(base)):
        disease = base[row]
        curated = [entries.pop(code) for code in disease.ids if code in entries]
        found = [line for entry in curated for line in entry.rows] or _orphanet(base, row)
        diseases.append(_updated(disease, curated, found, log))
        rows.append(found)
    for code, entry in entries.items():
        log("disease that the box does not know", code)
        diseases.append(_new(code, entry, log))
        rows.append(entry.rows)
    order = sorted(range(len(diseases)), key=lambda i: _by_number(diseases[i].id))
    provenance: dict[str, Any] = base.provenance | {
        "release": release,
        "sources": [
            f"Human Phenotype Ontology annotations (phenotype.hpoa), release {release}. Licence: HPO licence, "
            "https://hpo.jax.org. Brought by the user; genes and all that the file does not say as in the box:",
            *base.provenance["sources"],
        ],
        "sha256": {"phenotype.hpoa": hashlib.sha256(path.read_bytes()).hexdigest()},
        "based_on": base.digest,
        "log": log.as_dict(),
    }
    return npz(pack([diseases[i] for i in order]) | pack_sources([rows[i] for i in order]), provenance)


def _by_number(code: str) -> tuple[str, int]:
    prefix, _, number = code.partition(":")
    return prefix, int(number)


def _orphanet(base: Catalog, row: int) -> list[Row]:
    """Return the rows of a disease if all of them stand on entries of Orphanet: these are not of phenotype.hpoa, or
    would be in any release of it that knows the disease."""
    rows = base.rows_of(row)
    return rows if all(line.publications[0].startswith("ORPHA:") for line in rows) else []


def _updated(disease: Disease, curated: list[Entry], found: list[Row], log: Log) -> Disease:
    rows = pool(found, log, disease.id)
    onset = onset_ranges([line for entry in curated for line in entry.onset], HPO_ONSET.get)
    modes = tuple(sorted(set().union(*(entry.modes for entry in curated))))
    if "XL" in modes and not {"XLR", "XLD"} & set(modes):
        modes = disease.modes
    seen = any(not row.excluded for row in rows)
    why = disease.why_not
    if why in ("", NO_PHENOTYPE):
        why = "" if seen else NO_PHENOTYPE
    return replace(
        disease,
        annotations=rows,
        modes=modes or disease.modes,
        onset=onset or disease.onset,
        onset_source="HPO" if onset else disease.onset_source,
        deaths=deaths([line for entry in curated for line in entry.deaths], HPO_DEATH) or disease.deaths,
        why_not=why,
        drawable=not why,
    )


def _new(code: str, entry: Entry, log: Log) -> Disease:
    onset = onset_ranges(entry.onset, HPO_ONSET.get)
    return Disease(
        id=code,
        ids=(code,),
        name=entry.name or code,
        modes=tuple(sorted(entry.modes)),
        genes=(),
        annotations=pool(entry.rows, log, code),
        onset=onset,
        sex=entry.sex,
        prevalence=None,
        drawable=False,
        why_not="no gene",
        onset_source="HPO" if onset else "",
        deaths=deaths(entry.deaths, HPO_DEATH),
    )
