"""``raresim fit``: a model of phenotypes from anybody's phenopackets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

LEAST, MOST = 1e-3, 1e4  # epsilon: nothing is left of the counts below, nothing is hidden above


def fit(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Phenopackets: folder, *.json or *.jsonl, also .gz.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="MODEL", help="Folder to write; must be new.")],
    kind: Annotated[str, typer.Option("--kind", help="The phenotype kind that shall draw from it.")] = "clinical",
    minimum_support: Annotated[
        int, typer.Option(min=1, help="Publications that must use a term for the model to know its use.")
    ] = 3,
    epsilon: Annotated[
        float | None, typer.Option(help="Differential privacy of the counts of use.", show_default="none")
    ] = None,
    noise_seed: Annotated[
        int | None, typer.Option(min=0, help="Secret seed of that noise.", show_default="from the system")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, max=2**63 - 1, help="Seed of the fit.")] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="No held-out figures on the card.")] = False,
) -> None:
    """Fit a model of phenotypes on solved cases, and write a card that says how good and how private it is."""
    import secrets

    from raresim.errors import InputError
    from raresim.fitting import Options
    from raresim.fitting._run import run
    from raresim.shell.progress import Progress

    if epsilon is not None and not LEAST <= epsilon <= MOST:
        raise InputError(f"--epsilon {epsilon:g}: should be from {LEAST:g} to {MOST:g}; 1 is strict, 10 loose")
    if noise_seed is not None and epsilon is None:
        raise InputError("--noise-seed: means nothing without --epsilon")
    secret = secrets.randbits(63) if noise_seed is None else noise_seed
    options = Options(seed, minimum_support, epsilon, secret if epsilon is not None else 0)
    with Progress() as progress:
        lines = run(path, output, kind, options, not quick, progress)
    typer.echo("\n".join(lines))
