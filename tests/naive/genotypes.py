"""The obvious twin of the kernel that reads the GT columns of a line of a VCF."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray


def read_genotypes(line: bytes, at: int, people: int) -> tuple[NDArray[np.int16], NDArray[np.bool_], int, int, int]:
    """Return what ``raresim.kernels.genotypes.read_genotypes`` returns."""
    alleles, haploid = np.full(2 * people, -1, np.int16), np.zeros(people, np.bool_)
    unphased = many = -1
    cells = line[at:].decode().rstrip("\n").split("\t")[:people]
    for person, cell in enumerate(cells):
        text = cell.split(":")[0].lstrip("|/")
        parts = re.split(r"[|/]", text)
        numbers = [-1 if part == "." else int(part) for part in parts]
        alleles[2 * person] = numbers[0]
        alleles[2 * person + 1] = numbers[0] if len(numbers) == 1 else numbers[1]
        haploid[person] = len(numbers) == 1
        if len(numbers) > 2:
            many = person if many < 0 else many
        elif "/" in text and len(set(numbers)) == 2 and min(numbers) >= 0:
            unphased = person if unphased < 0 else unphased
    return alleles, haploid, len(cells), unphased, many
