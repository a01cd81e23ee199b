"""The command ``raresim``: a verb a function, heavy imports inside, one place where errors become exit codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from raresim.errors import InputError
from raresim.shell import audit, data, fit, perturb

if TYPE_CHECKING:
    from raresim.spec import Spec

MAKE, LOOK, USE, TRUST, MODELS = "Make", "Look", "Use", "Trust", "Models"

app = typer.Typer(
    name="raresim",
    epilog="Begin with: raresim run -o demo && raresim score demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(audit.app, name="audit", rich_help_panel=TRUST)
app.add_typer(data.app, name="data", rich_help_panel=TRUST)

StudyArgument = Annotated[Path | None, typer.Argument(metavar="STUDY.toml", help="Study file; none: the demo.")]
StudyOption = Annotated[Path | None, typer.Option("--study", help="The study file, given as an option.")]
Seed = Annotated[int | None, typer.Option("--seed", "-s", help="Seed of all draws.", show_default="42")]
CaseCount = Annotated[int | None, typer.Option("--cases", "-n", help="Number of cases.", show_default="20")]
First = Annotated[int | None, typer.Option("--first", help="Number of the first case.", show_default="1")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set any key of the study file: --set pedigree=singleton."),
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Output folder of `raresim run`.")]


def _version(wanted: bool) -> None:
    if wanted:
        from raresim import __version__

        typer.echo(f"raresim {__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error arose.")] = False,
) -> None:
    """Simulated rare-disease cases (families, exomes, HPO phenotypes, exact truth) for testing diagnostic tools."""


@app.command(rich_help_panel=MAKE)
def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = Path("study.toml"),
) -> None:
    """Write a study file with every key explained."""
    from raresim.shell.template import text

    if file.exists():
        raise InputError(f"{file}: exists already; name another file")
    try:
        file.write_text(text(), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror}); name another file") from None
    typer.echo(f"wrote {file}; next: raresim check {file}")


@app.command(rich_help_panel=MAKE)
def check(
    study: StudyArgument = None,
    study_option: StudyOption = None,
    seed: Seed = None,
    cases: CaseCount = None,
    first: First = None,
    sets: Sets = None,
) -> None:
    """Name every mistake of a study; say what it will make and cost. Nothing is simulated."""
    spec = _spec(study, study_option, seed, cases, first, sets)
    from raresim.plan import plan
    from raresim.shell.summary import planned

    typer.echo(planned(plan(spec), study or study_option))


@app.command(rich_help_panel=MAKE)
def run(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write; made if missing.")],
    study: StudyArgument = None,
    study_option: StudyOption = None,
    seed: Seed = None,
    cases: CaseCount = None,
    first: First = None,
    sets: Sets = None,
    workers: Annotated[int, typer.Option("--workers", "-w", min=0, help="Processes to use; 0: one for each core.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
) -> None:
    """Simulate a study and write its cases, their truth and a manifest."""
    from raresim.cases import run as write
    from raresim.shell.progress import Progress, cores
    from raresim.shell.stop import keeping
    from raresim.shell.summary import made

    spec = _spec(study, study_option, seed, cases, first, sets)
    with keeping(output), Progress(quiet) as progress:
        summary = write(spec, output, workers or cores(), progress)
    if not quiet:
        typer.echo(made(summary, output))


@app.command("list", rich_help_panel=LOOK)
def list_(
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="A family, a kind, `diseases`, or `genes`.", show_default="all names")
    ] = "",
    gene: Annotated[str | None, typer.Option("--gene", help="Diseases of this gene (symbol or HGNC id).")] = None,
    mode: Annotated[str | None, typer.Option("--mode", help="Diseases of this mode: AD, AR, XLD, XLR.")] = None,
    search: Annotated[str | None, typer.Option("--search", help="Lines that contain this text.")] = None,
) -> None:
    """List the kinds of a family, or one kind, with their settings; or diseases, or genes."""
    from raresim.shell.listing import listing

    typer.echo("\n".join(listing(what, gene, mode, search)))


@app.command(rich_help_panel=LOOK)
def show(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Output folder of `raresim run`; or `bayesian_network`, or its model folder."
        ),
    ],
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="Code of the case, or its number in order of codes.")
    ] = "",
    truth: Annotated[bool, typer.Option("--truth", help="Show the answer as well.")] = False,
    dot: Annotated[bool, typer.Option("--dot", help="Of a network: as Graphviz reads it.")] = False,
) -> None:
    """Show a case as a clinician sees it (pedigree, terms, top variants), or what a Bayesian network looks like."""
    from raresim.shell.network import lines, network, refuse

    found = network(folder) if not case else None
    if found:
        typer.echo(found.dot() if dot else "\n".join(lines(found)))
        return
    if not case:
        refuse(folder)
        raise InputError("CASE: is missing; give the code of a case, or 1 for the first")
    from raresim.shell.show import shown

    typer.echo("\n".join(shown(folder, case, truth)))


@app.command(rich_help_panel=USE)
def score(
    folder: Folder,
    diagnoser: Annotated[list[str] | None, typer.Option("--diagnoser", help="Only this one (repeatable).")] = None,
    answers: Annotated[Path | None, typer.Option("--answers", help="Rank lists of any tool, tab-separated.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file as well.")] = None,
    lower_is_better: Annotated[
        bool, typer.Option("--lower-is-better", help="Scores in --answers: low is good.")
    ] = False,
    catalog: Annotated[
        str | None,
        typer.Option(
            "--catalog",
            metavar="WHAT",
            help="What the diagnosers know: study, a phenotype.hpoa, or { without = ... }.",
            show_default="shipped",
        ),
    ] = None,
    visit: Annotated[
        int | None, typer.Option("--visit", metavar="N", min=1, help="The record of this visit.", show_default="last")
    ] = None,
) -> None:
    """Say how well diagnosers find the disease and its gene: top-k and mean reciprocal rank."""
    from raresim import files
    from raresim.score.run import DIAGNOSERS
    from raresim.score.run import score as judge
    from raresim.shell.progress import Progress, cores

    files.placed(json, "--json")
    with Progress() as progress:
        report = judge(
            folder,
            answers,
            diagnoser or DIAGNOSERS,
            workers=cores(),
            lower_is_better=lower_is_better,
            progress=lambda share: progress("cases", share),
            catalog=catalog,
            visit=visit,
        )
    files.write(json or folder / ("score.json" if visit is None else f"score_visit_{visit}.json"), report.to_json())
    typer.echo(report.table())


app.command(rich_help_panel=MODELS)(fit.fit)
app.command(rich_help_panel=MODELS)(perturb.perturb)


def _spec(
    study: Path | None,
    option: Path | None,
    seed: int | None,
    cases: int | None,
    first: int | None,
    sets: list[str] | None,
) -> Spec:
    """Return the spec of a study file and flags; without a file, the demo. InputError: what else is wrong, as well."""
    from raresim.spec import SettingsError, Spec

    if study and option:
        raise InputError(f"--study {option}: {study} is given as well; name one study file")
    flags = {"seed": seed, "cases": cases, "first": first}
    changes = [*(sets or []), *(f"{key}={value}" for key, value in flags.items() if value is not None)]
    path = study or option
    try:
        return Spec.load(path, changes) if path else Spec().override(changes)
    except SettingsError as error:
        if error.rest:
            from raresim.cases import outlined

            outlined(error.rest, lines=error.lines, wrong=error.wrong)
        raise


def main() -> None:
    """Run the command; exit code 2 for what the user can mend, 1 for a fault of raresim, 130 after Ctrl-C."""
    from raresim.shell import stop, usage
    from raresim.shell.beside import warn

    debug = "--debug" in sys.argv
    sys.argv[1:] = [word for word in sys.argv[1:] if word != "--debug"]
    stop.listen()
    warn()
    try:
        sys.exit(app(prog_name="raresim", standalone_mode=False))
    except stop.Stopped as error:
        stop.leave(error)
        raise
    except usage.UsageError as error:
        if not sys.argv[1:] or debug:
            app(prog_name="raresim")  # typer's own way: help without any word, a traceback
        _say(usage.explained(error, sys.argv[1:]).lines)
        sys.exit(2)
    except InputError as error:
        if debug:
            raise
        _say(error.lines)
        sys.exit(2)
    except OSError as error:
        if debug:
            raise
        _say([f"{error.filename or 'output'}: {error.strerror or error}"])
        sys.exit(2)
    except Exception as error:
        if debug:
            raise
        _say([f"a fault of raresim: {type(error).__name__}: {error} (--debug shows where)".replace("\n", " ")])
        sys.exit(1)


def _say(lines: Any) -> None:
    for line in lines:
        print(f"raresim: {line}", file=sys.stderr)
