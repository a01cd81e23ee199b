"""``raresim audit``: realism of phenotypes and of populations, leaks of the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from raresim.errors import InputError

app = typer.Typer(no_args_is_help=True, help="Judge simulated cases: are they like real ones, does the answer leak?")

Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all figures to this file as well.")]


@app.command()
def realism(
    real: Annotated[Path, typer.Option("--real", metavar="PATH", help="Phenopackets of solved cases, with papers.")],
    phenotype: Annotated[
        list[str] | None, typer.Option("--phenotype", metavar="KIND", help="A phenotype kind (repeatable).")
    ] = None,
    simulated: Annotated[
        list[Path] | None, typer.Option("--simulated", metavar="PATH", help="Simulated phenopackets (repeatable).")
    ] = None,
    peers: Annotated[bool, typer.Option("--peers", help="Published simulators as well.")] = False,
    salt: Annotated[str, typer.Option("--salt", help="Of the split into fitted and judged cases.")] = "audit",
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Sets of twins to draw.")] = 3,
    quick: Annotated[bool, typer.Option("--quick", help="Twins only: no spread, transfer, privacy, speed.")] = False,
    json: Json = None,
) -> None:
    """Say how well simulated phenotypes are told from real ones, and what a tool learns from them."""
    from raresim import files
    from raresim.audit.realism.run import Question, audit
    from raresim.shell.progress import Progress

    question = Question(tuple(phenotype or ()), peers, tuple(simulated or ()))
    if question == Question():
        raise InputError("audit realism: nothing to judge; give --phenotype KIND, --simulated PATH or --peers")
    files.placed(json, "--json")
    with Progress() as progress:
        report = audit(real, question, salt, seeds, quick, progress)
    if json:
        files.write(json, report.to_json())
    typer.echo(report.text())


@app.command()
def leaks(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Output folder of `raresim run`.")], json: Json = None
) -> None:
    """Say whether anything but biology gives the planted alleles away."""
    from raresim import files
    from raresim.audit.leaks import audit
    from raresim.shell.progress import Progress

    files.placed(json, "--json")
    with Progress() as progress:
        report = audit(folder, lambda share: progress("cases", share))
    if json:
        files.write(json, report.to_json())
    typer.echo(report.text())
    if not report.passed:
        raise typer.Exit(1)


@app.command()
def population(
    people: Annotated[int, typer.Option("--people", min=40, help="People of each ancestry in the joint panel.")] = 2000,
    genes: Annotated[float, typer.Option("--genes", help="Share of the autosomal genes.")] = 0.0167,
    alone: Annotated[bool, typer.Option("--alone/--no-alone", help="Also ancestries alone, in gnomAD's sizes.")] = True,
    kgp: Annotated[
        Path | None, typer.Option("--kgp", metavar="DIR", help="1000 Genomes genotypes of some genes, to compare with.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, help="Of the panels.")] = 42,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 1,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the page to this file.")] = None,
) -> None:
    """Set simulated populations beside published figures: spectra, sites of a person, structure, mutation."""
    from raresim import files
    from raresim.audit.population.run import audit

    files.placed(out, "--out")
    page = audit(people, genes, alone, kgp, seed, workers)
    if out:
        files.write(out, page.encode())
    else:
        typer.echo(page)
