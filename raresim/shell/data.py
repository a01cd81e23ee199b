"""``raresim data``: the shipped tables with their sources and licences, the cache, exported and newer data."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from raresim.errors import InputError

# What raresim puts into its cache, and the locks beside it.
BUILT = ("raresim-synthetic-*", "genome-*", "ontology-*", "panel-*", "catalog-*", "numba")
LOCK = ".lock"

app = typer.Typer(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})


@app.callback()
def tables(context: typer.Context) -> None:
    """Show the data in the box with release, licence and citation; the cache; other data."""
    if context.invoked_subcommand is None:
        from raresim.provenance import tables_in_the_box

        typer.echo("\n".join(line for path in tables_in_the_box() for line in [*about(path), ""]).rstrip())


@app.command()
def cache(
    name: Annotated[str, typer.Argument(help="Only what begins so: panel, genome-02f6.", show_default="all")] = "",
    older: Annotated[
        float,
        typer.Option("--older", metavar="DAYS", min=0, help="Only what was built so long ago.", show_default="all"),
    ] = 0,
    clear: Annotated[bool, typer.Option("--clear", help="Remove what is shown.")] = False,
) -> None:
    """Show, or empty, the folder of what is built once: genomes, ontology, panels, catalogs, compiled code."""
    from raresim import artifact
    from raresim.tables import cache_folder

    folder = cache_folder()
    every = sorted({path for pattern in BUILT for path in folder.glob(pattern) if path.name.startswith(name)})
    since = time.time() - 86_400 * older
    found = [path for path in every if path.suffix != LOCK and (not older or path.stat().st_mtime <= since)]
    if name and not any(path.suffix != LOCK for path in every):
        raise InputError(f"NAME {name}: nothing in {folder} begins so")
    for path in found:
        size = sum(p.stat().st_size for p in [path, *path.rglob("*")] if p.is_file())
        typer.echo(f"{size / 1e6:9.1f} MB  {path.name}")
        if clear:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in every if clear else ():
        if path.suffix == LOCK and not path.with_suffix("").exists():
            artifact.discard(path)
    typer.echo(f"{folder}: {len(found)} item{'s' * (len(found) != 1)}{' removed' if clear else ''} (RARESIM_CACHE)")


@app.command()
def publications() -> None:
    """List the papers that the clinical model in the box was fitted on, one a line, for `catalog.without`."""
    from raresim.clinical.model import load

    typer.echo("\n".join(load().publications))


@app.command("export-genome")
def export_genome(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write.")]) -> None:
    """Write the synthetic genome for other programs: FASTA with its indexes, GFF3 and GTF."""
    from raresim import export_genome as exporter
    from raresim import synthetic

    for path in exporter.export(synthetic.build(), folder):
        typer.echo(path)


@app.command()
def pull(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="hpo: the catalog of diseases.")],
    source: Annotated[Path, typer.Option("--from", metavar="FOLDER", help="Folder with the releases' files.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where to write the table.")],
) -> None:
    """Compile a newer release of the data with the code that compiled the ones in the box."""
    from raresim.compile.hpo import INPUTS

    if what != "hpo":
        raise InputError(f"data pull: there is no '{what}'; known: hpo")
    missing = [name for name in INPUTS if not (source / name).is_file()]
    if missing:
        raise InputError(*(f"--from {source}: there is no file {name}" for name in missing))
    to.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "raresim.compile.hpo", "--shared", str(source), "--out", str(to)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"--from {source}: cannot be compiled ({(done.stderr.strip() or '?').splitlines()[-1]})")
    typer.echo(f"wrote {to / 'catalog.npz'}; studies use it where RARESIM_DATA={to} is set")


def about(path: Path) -> list[str]:
    """Return the name of a table and what it says of its source, licence and citation."""
    from raresim.provenance import lines

    return [f"{path.name}  ({path.stat().st_size / 1e6:.2f} MB)", *(f"  {line}" for line in lines(path))]
