"""From the question to the page: panels (from the cache where they are in it), figures, text."""

from __future__ import annotations

from pathlib import Path

from raresim.audit import classifier
from raresim.audit.population import figures, kgp, likeness, panels, report
from raresim.errors import InputError


def audit(people: int, genes: float, alone: bool, real: Path | None, seed: int, workers: int) -> str:
    """Return the page; ``people`` of each ancestry together, ``genes`` is a share of the autosomal ones, ``real`` is a
    folder with genes.bed, samples.tsv and kgp3202_genes.bcf of the 1000 Genomes project."""
    if not 0 < genes <= 1:
        raise InputError(f"audit population: --genes {genes:g}: should be a share above 0 and up to 1")
    for name in ("genes.bed", "samples.tsv", "kgp3202_genes.bcf") if real else ():
        if not (Path(str(real)) / name).is_file():
            raise InputError(f"audit population: --kgp {real}: there is no {name} in it")
    if real:
        classifier.models()  # a missing library is said before the simulation
    sizes = {name: int(row[0]) for name, row in figures.RARE_ALL.items()} if alone else {}
    made = panels.make(people, sizes, genes, seed, workers)
    same = kgp.compare(real, seed, workers) if real else None
    words = ["raresim audit population", f"--people {people}", f"--genes {genes:g}"]
    words += [] if alone else ["--no-alone"]
    words += ["--kgp FOLDER"] if real else []
    alike = likeness.judge(same, likeness.of_panel(made.joint), seed) if same else None
    return report.page(made, same, alike, " ".join(words), seed)
