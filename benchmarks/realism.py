"""The table of docs/phenotypes.md: phenotype kinds and published simulators on the figures of `raresim audit realism`.

    python benchmarks/realism.py --real CASES --out FOLDER [--salt audit] [--seeds 3] [NAME ...]

NAME is a kind, a published simulator or "real"; none: all of them. The figures of each are kept in FOLDER/NAME.json,
and what is there is not computed again; the table is printed at the end. One to two minutes of CPU a name.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from raresim import catalog, kinds, reports
from raresim.audit.realism import space
from raresim.audit.realism.assess import Assessment, Examiner
from raresim.audit.realism.run import refitted
from raresim.audit.realism.setting import setting
from raresim.audit.realism.sources import PEERS, SCRAMBLE, of_kind, of_peer

REAL = "real"
HEAD = (
    *("", "AUC", "P / D", "terms / observed", "energy", "mae of top 1/5/10/50", "bias", "tau", "mean KS"),
    *("within disease", "NLL / too sure by", "weighing, top 1", "learning, top 1", "membership / copies", "a second"),
)
TWINS = 9  # columns of the first table


def assess(examiner: Examiner, name: str, seeds: int) -> tuple[Assessment, ...]:
    """Return the figures of a name; published simulators have one seed."""
    if name == REAL:
        return examiner.real()
    if name in (*PEERS, SCRAMBLE):
        return (examiner.assess(of_peer(name), 1),)
    with TemporaryDirectory() as folder:
        kind = refitted(name, kinds.find("phenotype", name)(), examiner.known, Path(folder))
        return (examiner.assess(of_kind(name, kind), seeds),)


def row(found: dict[str, Any]) -> list[str]:
    """Return the cells of a name in the order of ``HEAD``, seeds averaged."""
    runs = found["figures"]

    def mean(*path: str) -> Any:
        values = []
        for run in runs:
            for key in path:
                run = run.get(key, {}) if isinstance(run, dict) else run
            values.append(run)
        if not values or any(isinstance(v, dict) or v is None for v in values):
            return None
        if isinstance(values[0], list):
            return [sum(column) / len(values) for column in zip(*values, strict=True)]
        return sum(values) / len(values)

    def number(value: float | None, form: str) -> str:
        return "-" if value is None else format(value, form)

    def several(value: Sequence[float] | None) -> str:
        return "-" if value is None else "/".join(f"{v:.1f}" for v in value)

    steps = [[v for v in run["steps"].values() if v is not None] for run in runs]
    weighed, learned = found["weighing"] or {}, found["learned"] or {}
    spread, private = found["spread"] or {}, found["bare_privacy"] or {}
    cells = [
        f"`{found['name']}`",
        number(mean("auc", "auc"), ".3f"),
        f"{number(mean('groups', 'P', 'auc'), '.3f')} / {number(mean('groups', 'D', 'auc'), '.3f')}",
        f"{number(mean('terms', 'auc'), '.3f')} / {number(mean('observed_terms', 'auc'), '.3f')}",
        number(mean("energy"), ".3f"),
        several(mean("difficulty", "mae")),
        several(mean("difficulty", "bias")),
        number(mean("difficulty", "tau_mrr"), ".2f"),
        number(sum(sum(s) / len(s) for s in steps) / len(steps), ".3f") if steps else "-",
        f"{number(spread.get('variance'), '.2f')}; {number(spread.get('information'), '.3f')}",
        f"{number(weighed.get('nll'), '.2f')} / {number(weighed['stated'] - weighed['top1'], '+.0f')}"
        if weighed
        else "-",
        f"{weighed['top1']:.1f}" if weighed else "-",
        "/".join(f"{v:.0f}" for v in learned["top1"].values()) if learned else "-",
        f"{private['membership']:.2f} / {private['copies']}" if private else "-",
        number(found["speed"], ",.0f"),
    ]
    return cells


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, rows without figures left out."""
    kept = [row for row in rows if any(not set(cell) <= set("-; /") for cell in row[1:])]
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, *kept)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def main() -> None:
    """Compute what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--salt", default="audit")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    names = given.names or [REAL, *kinds.names("phenotype"), *PEERS, SCRAMBLE]
    given.out.mkdir(parents=True, exist_ok=True)
    missing = [name for name in names if not (given.out / f"{name}.json").exists()]
    if missing:
        known = setting(reports.read(given.real).reports, given.salt, catalog.load(), space.load())
        examiner = Examiner(known)
        for name in missing:
            found = [asdict(one) for one in assess(examiner, name, given.seeds)]
            (given.out / f"{name}.json").write_bytes(orjson.dumps(found, option=orjson.OPT_SERIALIZE_NUMPY))
    rows = [row(one) for name in names for one in orjson.loads((given.out / f"{name}.json").read_bytes())]
    print(table(HEAD[:TWINS], [cells[:TWINS] for cells in rows]))
    print()
    print(table(("", *HEAD[TWINS:]), [(cells[0], *cells[TWINS:]) for cells in rows]))


if __name__ == "__main__":
    main()
