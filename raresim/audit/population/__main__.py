"""``python -m raresim.audit.population``: write the comparison with published figures."""

from __future__ import annotations

import argparse
from pathlib import Path

from raresim.audit.population import figures, kgp, panels, report
from raresim.files import write


def main() -> None:
    """Make the panels (from the cache where they are in it) and write the page."""
    parser = argparse.ArgumentParser(prog="python -m raresim.audit.population", description=__doc__)
    parser.add_argument("--people", type=int, default=2000, help="people of each ancestry in the joint panel")
    parser.add_argument("--genes", type=float, default=0.3, help="share of the genes of chromosome 19")
    parser.add_argument("--alone", action=argparse.BooleanOptionalAction, default=True, help="panels of gnomAD's sizes")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--shared", type=Path, help="folder with kgp/: compare the same genes of 1000 Genomes people")
    parser.add_argument("--out", type=Path, default=Path("docs/realism.md"))
    args = parser.parse_args()
    alone = {name: int(row[0]) for name, row in figures.RARE_ALL.items()} if args.alone else {}
    made = panels.make(args.people, alone, args.genes, args.seed, args.workers)
    same = kgp.compare(args.shared, args.seed, args.workers) if args.shared else None
    words = ["python -m raresim.audit.population", f"--people {args.people}", f"--genes {args.genes:g}"]
    words += [] if args.alone else ["--no-alone"]
    words += ["--shared DATA"] if args.shared else []
    write(args.out, report.page(made, same, " ".join(words), args.seed).encode())


if __name__ == "__main__":
    main()
