"""From a folder of phenopackets to a model folder with its card."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from raresim import catalog, files, ontology, reports
from raresim.errors import InputError
from raresim.fitting import Options, _card, _scores, find
from raresim.reports import Report, Reports

LIBRARIES = {"neural": ("torch", "neural"), "bayesian_network": ("pgmpy", "network")}  # and the extra that has it
FEWEST = 60  # cases: below, no two groups of entries can be told apart (30 in a leaf); a choice


def run(
    path: Path,
    folder: Path,
    kind: str,
    options: Options,
    judged: bool = True,
    progress: Callable[[str, float], None] = lambda stage, share: None,
) -> list[str]:
    """Write a model of the phenopackets of ``path`` (:func:`raresim.reports.read`) into a new folder.

    The folder appears when all is written: the model, card.md, card.json (figures), publications.txt. judged: fit once
    more on a part and judge that by the others. Returns lines to say. The same files, options and versions give the
    same bytes. InputError where the folder exists, too few cases can be used, or a library is missing.
    """
    fitter = find(kind)
    _refuse(folder)
    _needs(kind)
    data = reports.read(path)
    known = catalog.load()
    used = [report for report in data.reports if report.observed and report.disease in known.rows]
    _enough(path, data, used)
    source = {"SHA-256 of the phenopackets": data.digest, "ontology": ontology.load().release, "catalog": known.release}
    options = replace(options, notes={**source, **options.notes})
    work = folder.with_name(folder.name + ".tmp")
    shutil.rmtree(work, ignore_errors=True)
    try:
        work.mkdir(parents=True)
    except OSError as error:
        raise files.failed(folder, error) from None
    try:
        progress("fit", 0.0)
        facts = fitter.fit(data.reports, known, work, options)
        progress("fit", 1.0)
        figures, why = None, "judging was not asked for"
        if judged:
            figures, why = _scores.scores(fitter, kind, data.reports, known, options, progress)
        papers = sorted({report.publication for report in data.reports} - {""}) if options.epsilon is None else []
        versions = {"raresim": importlib.metadata.version("raresim-dx"), "HPO": ontology.load().release}
        versions["HPO annotations"] = known.release
        if kind in LIBRARIES:  # the same version gives the same bytes
            versions[LIBRARIES[kind][0]] = importlib.metadata.version(LIBRARIES[kind][0])
        text = _card.card(_card.Facts(kind, fitter.setting, data, used, options, facts, versions, figures, why))
        files.write(work / "publications.txt", "".join(f"{paper}\n" for paper in papers).encode())
        files.write(work / "card.md", text.encode())
        if figures is not None:
            files.write(work / "card.json", figures.to_json())
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    left_out = len(data.reports) - len(used)
    others = f", {left_out} have no observed finding or no disease of the catalog" if left_out else ""
    return [
        f"{len(used)} cases{others}",
        *data.lines(),
        *_use(facts, options),
        f"wrote {folder}; its card: {folder / 'card.md'}",
    ]


def _refuse(folder: Path) -> None:
    if folder.exists() or folder.is_symlink():
        raise InputError(f"-o {folder}: exists already; name another folder")


def _needs(kind: str) -> None:
    try:
        import scipy  # noqa: F401
        import sklearn  # noqa: F401
    except ImportError as error:
        raise InputError(f"fit: needs {error.name or 'scikit-learn'}; pip install 'raresim-dx[fit]'") from None
    library, extra = LIBRARIES.get(kind, ("", ""))
    if library and importlib.util.find_spec(library) is None:
        raise InputError(f"fit: kind {kind} needs {library}; pip install 'raresim-dx[{extra}]'")


def _enough(path: Path, data: Reports, used: Sequence[Report]) -> None:
    if len(used) >= FEWEST:
        return
    bare = sum(not report.disease for report in data.reports)
    hint = f" ({bare} of {len(data.reports)} name no disease)" if bare else ""
    reasons = data.reasons()
    raise InputError(
        f"{path}: {len(used)} cases can be used{hint}; {FEWEST} are needed, each with an observed finding and a "
        f"disease of the catalog{reasons and '; '}{reasons}"
    )


FEW = 10  # terms: the limit lets about one unused term pass; a choice


def _use(facts: dict[str, Any], options: Options) -> list[str]:
    """Return a line where noise hides counts of use, or nothing is left of them."""
    many = facts["terms known by use, observed"] + facts["terms known by use, excluded"]
    if many >= FEW and options.epsilon is None:
        return []
    noise = "" if options.epsilon is None else f"epsilon {options.epsilon:g}: "
    why = "" if many >= FEW else "; too few cases: nearly every term is drawn as if nobody had used it"
    least = facts["publications that a count of use must reach"]
    return [f"{noise}the use of {many} terms is known, of {least} publications or more{why}"]
