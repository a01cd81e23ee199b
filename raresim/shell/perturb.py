"""``raresim perturb``: noise on anybody's phenopackets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def perturb(
    path: Annotated[Path, typer.Argument(metavar="IN", help="Folder or file: *.json, *.jsonl, also with .gz.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="Folder or file to write, like IN.")],
    omission: Annotated[float, typer.Option(metavar="SHARE", help="Observed terms removed; one always stays.")] = 0.0,
    up: Annotated[float, typer.Option(metavar="SHARE", help="Observed terms replaced by a parent.")] = 0.0,
    down: Annotated[float, typer.Option(metavar="SHARE", help="Observed terms replaced by a child.")] = 0.0,
    sibling: Annotated[float, typer.Option(metavar="SHARE", help="Observed terms replaced by a sibling.")] = 0.0,
    unrelated: Annotated[float, typer.Option(metavar="NUMBER", help="Unrelated terms added to each case.")] = 0.0,
    unrelated_share: Annotated[
        float, typer.Option(metavar="SHARE", help="Unrelated terms added for each observed one.")
    ] = 0.0,
    lost_exclusions: Annotated[float, typer.Option(metavar="SHARE", help="Excluded terms removed.")] = 0.0,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, max=2**63 - 1, help="Seed of all draws.")] = 42,
) -> None:
    """Put noise on the phenotypes of anybody's phenopackets; the truth of it goes beside the output, never into it."""
    from raresim import kinds
    from raresim.errors import InputError
    from raresim.perturb import Noise
    from raresim.perturb_packets import beside
    from raresim.perturb_packets import perturb as write
    from raresim.reports import AGELESS

    dials = {
        "omission": omission,
        "up": up,
        "down": down,
        "sibling": sibling,
        "unrelated": unrelated,
        "unrelated_share": unrelated_share,
        "lost_exclusions": lost_exclusions,
    }
    lines = [] if path.exists() or path.is_symlink() else [f"{path}: there is no such file or folder"]
    try:
        noise = Noise(**dials)
    except InputError as error:
        lines += [kinds.moved(line, "-", "Noise").replace("-.", "--", 1).replace("_", "-", 1) for line in error.lines]
    if not any(dials.values()):
        names = ", ".join("--" + dial.replace("_", "-") for dial in dials)
        lines.append(f"perturb: no dial is moved; give one or more of {names}")
    if lines:
        raise InputError(*lines)
    done = write(path, output, noise, seed)
    lines = [f"{done.cases} cases, {done.changed} of them changed"]
    for dial, n in sorted(done.changes.items()):
        of, what = (done.excluded, "excluded") if dial == "lost_exclusions" else (done.observed, "observed")
        added = "terms added to" if dial == "unrelated" else "of"
        lines.append(f"  {dial}: {n} {added} {of} {what} terms ({100 * n / max(of, 1):.1f}%)")
    if done.mapped:
        lines.append(f"  {done.mapped} read by an obsolete or alternative id as the term in its place; the id stays")
    if done.unknown:
        lines.append(f"  {done.unknown} left as they are: unknown in HPO, or no finding")
    if done.ageless:
        example = done.examples[AGELESS]
        lines.append(f"  {done.ageless} left out: {AGELESS} (e.g. {example}); any age is allowed for")
    lines += [f"  {n} skipped: {why} (e.g. {done.examples[why]})" for why, n in sorted(done.skipped.items())]
    typer.echo("\n".join([*lines, f"wrote {output}; every change: {beside(output)}"]))
