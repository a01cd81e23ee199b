"""What the folder of a study says of the real people whose genotypes are in it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim import truth_tables
from raresim.population import People

CARD = "DATA_CARD.md"
FOUNDERS = "truth/founders.tsv"


def card(consent: str, files: Sequence[tuple[str, Path, str]], people: People, children: int) -> str:
    """Return the data card. files: key, path and SHA-256 of each file that the people come from."""
    size = len(people.names)
    database = np.bincount(people.ancestry[people.database], minlength=size)
    cohort = np.bincount(people.ancestry[~people.database], minlength=size)
    rows = zip(people.names, cohort.tolist(), database.tolist(), strict=True)
    parts = [
        "# Data card\n",
        _text(
            "**This folder contains genotypes of real people.** Their consent, or the agreement they are used under:"
        ),
        "".join(f"> {line}\n" for line in consent.strip().splitlines()),
        _text(
            "Whatever that allows and forbids holds for every file with genotypes here: keep, share and delete this "
            "folder as you would the files it was made from. Do not try to find out who anybody is. Say whose "
            "genotypes they are when you publish results."
        ),
        "## From which files\n",
        "| key | file | SHA-256 |\n|---|---|---|\n"
        + "".join(f"| {key} | {path.name} | `{digest}` |\n" for key, path, digest in files),
        "## Who\n",
        "| ancestry | cohort | database |\n|---|---|---|\n"
        + "".join(f"| {name} | {ours} | {theirs} |\n" for name, ours, theirs in rows),
        _text(
            f"Nobody is in both parts. Children of people in the table, left out: {children:,}. Other relatives are "
            "not known to raresim; who should not be there is best taken out of the table."
        ),
        "## Where what is real\n",
        "- `observed/vcf/`: each parent or lone proband (a founder) has the two haplotypes of one real person of the\n"
        "  cohort, letter by letter in the targets, but for the planted and new alleles and, around an allele that is\n"
        "  taken from the cohort or shared by founders, the segment it comes on. Children are recombined from these.\n"
        "  Calls, depths and qualities are simulated.\n"
        "- `panel/`: counts of real alleles in the people of the database, down to one copy.\n"
        "- `cohort/` (if asked for): everybody in the cohort, under names that say nothing.\n"
        f"- `{FOUNDERS}`: which sample each person of the cohort is. Nothing else here has the names of samples.\n",
        _text(
            "Simulated: diseases, phenotypes, ages, sexes (a man's genotypes may serve for a woman: his second X is a "
            "copy of another person's, and a woman's Y of a man's), families, planted and new alleles. No real person "
            "of the source has what is written of a case."
        ),
    ]
    return "\n".join(parts)


def _text(words: str) -> str:
    return textwrap.fill(words, 120) + "\n"


def founders(people: People, names: Sequence[str]) -> str:
    """Return truth/founders.tsv: number of each person of the cohort in the truth tables, sample, ancestry."""
    own: NDArray[np.int64] = np.flatnonzero(~people.database)
    rows = ((number, names[row], people.names[people.ancestry[row]]) for number, row in enumerate(own.tolist()))
    return truth_tables.header("founders") + "".join(map(truth_tables.line, rows))
