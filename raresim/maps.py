"""Recombination maps: the sex-specific deCODE map on GRCh38, or a HapMap-format file of the user.

Rules where a map says nothing, the same for both:

- Before the first row (if that row is at 0 cM), after the last one, and where the map does not rise at the ends of a
  chromosome, the rate is the chromosome's mean (between the first and the last place where the map rises).
- A first row above 0 cM counts: that much lies evenly before it.
- After the last row of a HapMap file the rate of that row holds, if it is not 0.
- An autosome (or X) without rows has the mean rate of the whole map, if it is no longer than ``REACH`` or has no
  targets; so has every one of an assembly that no map is built in for, where a note says so.
- A map of the user reaches all targets of autosomes and X: each is at most ``REACH`` from a row of its contig.
- X is the female map. A male recombines in PAR1 only, where his map is 50 cM: one crossover is obligatory there
  (Hinch et al. 2014, doi 10.1371/journal.pgen.1004503). Y and the mitochondrion have no crossovers.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim import assemblies
from raresim.errors import InputError
from raresim.genome import Contig, ContigKind, Genome, Targets
from raresim.tables import table
from raresim.textfile import lines

PAR1_CM = 50.0
LONGEST = 1e5  # cM of a contig: a choice; the longest human one has 330 (female chromosome 1)
# Bases: a choice. No target of a human exome is farther from a row of the whole deCODE map (3.6 million at most, on the
# short arm of chromosome 21); those of a chromosome without rows, or of half an arm, are.
REACH = 5_000_000
_SHIPPED = ("GRCh38", "raresim-synthetic-1")  # assemblies with the coordinates of the deCODE map
_KEY = "map"

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class GeneticMap:
    """Cumulative maps by contig and sex: (positions, centimorgans), both float64, from 0 to the contig's end, piecewise
    linear. notes: what the summary should say; digest: of all curves."""

    male: tuple[Curve, ...]
    female: tuple[Curve, ...]
    notes: tuple[str, ...]
    digest: str

    def cm(self, contig: int, pos: NDArray[np.integer], female: bool) -> NDArray[np.float64]:
        """Return centimorgans from the start of a contig to 0-based positions (the left edge of the base)."""
        where, height = (self.female if female else self.male)[contig]
        out: NDArray[np.float64] = np.interp(pos, where, height)
        return out

    def bp(self, contig: int, cm: NDArray[np.floating], female: bool) -> NDArray[np.float64]:
        """Return the positions (not rounded) of centimorgans from the start of a contig; the inverse of ``cm``."""
        where, height = (self.female if female else self.male)[contig]
        out: NDArray[np.float64] = np.interp(cm, height, where)
        return out

    def length(self, contig: int, female: bool) -> float:
        """Return the centimorgans of a whole contig."""
        return float((self.female if female else self.male)[contig][1][-1])


def load(genome: Genome, path: Path | None = None, targets: Targets | None = None) -> GeneticMap:
    """Return the map of a genome: the shipped one for GRCh38 and the synthetic genome, or a HapMap-format file.

    The file has a header line and the columns chromosome, position (1-based), rate (cM/Mb) from there on, map (cM);
    it stands for both sexes. Another assembly has the mean rates of the shipped map. Raises InputError for a broken
    file, and for one that does not reach the targets.
    """
    if path is not None:
        rows, skipped = _hapmap(path, genome, targets)
        notes = [f"map: rows of contigs that are not in the genome: {skipped:,}"] if skipped else []
        mean = _mean(list(rows.values()))
        return _make(genome, (rows, rows), [mean, mean], notes)
    with np.load(table("map.npz")) as file:
        contig = file["contig"]
        pos, male, female = (np.cumsum(file[name], dtype=np.int64) for name in ("pos", "male", "female"))
    curves: list[dict[int, Curve]] = [{}, {}]
    for row in np.unique(contig).tolist():
        mine = contig == row
        for sex, micro in enumerate((male, female)):
            curves[sex][row] = (pos[mine].astype(np.float64), micro[mine] / 1e6)
    means = [_mean(list(rows.values())) for rows in curves]
    if genome.assembly not in _SHIPPED:
        note = (
            f"map: none is built in for the assembly {genome.assembly!r}; the mean rates of the human map are used, a "
            'HapMap file (map = ...) or genome.assembly = "GRCh38", if it is that, gives others'
        )
        return _make(genome, ({}, {}), means, [note])
    place = {row: genome.index[name] for row, name in enumerate(assemblies.CHROMOSOMES) if name in genome.index}
    own = [{place[row]: curve for row, curve in rows.items() if row in place} for rows in curves]
    return _make(genome, (own[0], own[1]), means, [])


def _make(
    genome: Genome, given: tuple[dict[int, Curve], dict[int, Curve]], means: list[float], notes: list[str]
) -> GeneticMap:
    male, female = given
    bare = [c.name for i, c in enumerate(genome.contigs) if i not in female and c.kind <= ContigKind.X]
    with_genes = {genome.contigs[row].name for row in set(genome.genes.contig.tolist())}
    bare = [name for name in bare if name in with_genes]
    if bare and female:
        notes.append(f"map: the mean rate of the map stands for {', '.join(bare[:5])}{', ...' * (len(bare) > 5)}")
    hasher = hashlib.blake2b(digest_size=16)
    curves: list[tuple[Curve, ...]] = []
    for rows, mean, is_female in ((male, means[0], False), (female, means[1], True)):
        side = tuple(_curve(c, rows.get(i), mean, is_female) for i, c in enumerate(genome.contigs))
        for array in (array for curve in side for array in curve):
            hasher.update(np.ascontiguousarray(array).data)
        curves.append(side)
    return GeneticMap(curves[0], curves[1], tuple(notes), hasher.hexdigest())


def _curve(contig: Contig, given: Curve | None, mean: float, female: bool) -> Curve:
    end = float(contig.length)
    if contig.kind is ContigKind.X and not female:
        first = [(float(a), float(b)) for a, b in contig.par[:1]]
        where = np.array([0.0, *(x for pair in first for x in pair), end])
        return where, np.array([0.0, 0.0, *([PAR1_CM] * (len(where) - 2))]) if first else np.zeros(2)
    if contig.kind > ContigKind.X:
        return np.array([0.0, end]), np.zeros(2)
    if given is None:
        return np.array([0.0, end]), np.array([0.0, mean * end])
    return _filled(given, end)


def _rising(curve: Curve) -> slice:
    """Rows between the first and the last place where a map rises."""
    rises = np.flatnonzero(np.diff(curve[1]) > 0)
    return slice(int(rises[0]), int(rises[-1]) + 2) if len(rises) else slice(0, 0)


def _mean(curves: Sequence[Curve]) -> float:
    """Mean rate, cM a base, where maps rise."""
    parts = [(where[rows], height[rows]) for where, height in curves if (rows := _rising((where, height))).stop]
    bases = sum(float(where[-1] - where[0]) for where, _ in parts)
    return sum(float(height[-1] - height[0]) for _, height in parts) / bases if bases else 0.0


def _extended(curve: Curve, last_rate: float, end: float) -> Curve:
    """Return a curve with what its first height and its last rate (cM a base) say of the ends of the contig."""
    where, height = curve
    if height[0] > 0 and where[0] > 0:
        where, height = np.insert(where, 0, 0.0), np.insert(height, 0, 0.0)
    if last_rate > 0 and where[-1] < end:
        where, height = np.append(where, end), np.append(height, height[-1] + last_rate * (end - where[-1]))
    return where, height


def _filled(curve: Curve, end: float) -> Curve:
    """Return a curve from 0 to the contig's end, its mean rate where it does not rise at the ends."""
    rate = _mean([curve])
    rows = _rising(curve)
    where, height = curve[0][rows], curve[1][rows]
    if not len(where):
        return np.array([0.0, end]), np.zeros(2)
    height = height - height[0] + rate * where[0]
    if where[0] > 0:
        where, height = np.insert(where, 0, 0.0), np.insert(height, 0, 0.0)
    if where[-1] < end:
        where, height = np.append(where, end), np.append(height, height[-1] + rate * (end - where[-1]))
    return where, height


def _hapmap(path: Path, genome: Genome, targets: Targets | None) -> tuple[dict[int, Curve], int]:
    """Return the curve of each contig of a HapMap-format file, and how many rows were skipped."""
    points: dict[int, list[tuple[float, float, float]]] = {}
    skipped = 0
    head = True
    for number, line in enumerate(lines(path, _KEY), 1):
        field = line.split()
        if not field or line.startswith("#"):
            continue
        if head and not any(_number(text) for text in field[1:]):
            head = False
            continue
        head = False
        where = f"{_KEY}: {path}: line {number}"
        if len(field) != 4 or not all(_number(text) for text in field[1:]):
            raise InputError(f"{where}: not chromosome, position, rate (cM/Mb), map (cM); give a HapMap-format map")
        row = genome.index.get(field[0], genome.index.get(assemblies.canonical(field[0])))
        if row is None:
            skipped += 1
            continue
        position, rate, height = (float(text) for text in field[1:])
        mine = points.setdefault(row, [])
        if mine and (position <= mine[-1][0] or height < mine[-1][2]):
            raise InputError(f"{where}: position or map falls below the line before it; sort the map")
        if not 0 <= position <= genome.contigs[row].length or rate < 0 or height < 0:
            name, length = genome.contigs[row].name, genome.contigs[row].length
            raise InputError(f"{where}: outside {name} (1 to {length}) or below 0; give a map of this assembly")
        mine.append((position, rate, height))
    if not points:
        raise InputError(f"{_KEY}: {path}: no row of a contig of this genome; give a map of this assembly")
    _reached(path, genome, {row: np.array(mine)[:, 0] for row, mine in points.items()}, targets)
    out = {}
    for row, mine in points.items():
        table_ = np.array(mine)
        end = float(genome.contigs[row].length)
        out[row] = _extended((table_[:, 0], table_[:, 2]), float(table_[-1, 1]) / 1e6, end)
        if out[row][1][-1] > LONGEST:
            raise InputError(
                f"{_KEY}: {path}: {genome.contigs[row].name}: {out[row][1][-1]:.3g} cM long, more than {LONGEST:,.0f}; "
                "columns are chromosome, position, rate (cM/Mb), map (cM)"
            )
    return out, skipped


def _reached(path: Path, genome: Genome, rows: dict[int, NDArray[np.float64]], targets: Targets | None) -> None:
    """Raise InputError if a contig has a single row, or a target of an autosome or X is farther than ``REACH`` from the
    rows of its contig: one line for each such contig, of its first such target."""
    mistakes = []
    for row, contig in enumerate(genome.contigs):
        if contig.kind > ContigKind.X:
            continue
        at = rows.get(row, np.zeros(0))
        mine = np.zeros(0, np.intp) if targets is None else np.flatnonzero(targets.contig == row)
        where = f"{_KEY}: {path}: {contig.name}"
        if len(at) == 1:
            mistakes.append(f"{where}: one row, which says no rate; a map has two rows or more of a contig")
        elif targets is None or not len(mine) or (not len(at) and contig.length <= REACH):
            continue
        elif not len(at):
            mistakes.append(f"{where}: there are targets and no rows; give a map with it, or targets without it")
        else:
            around = np.concatenate([[-np.inf], at, [np.inf]])
            after = np.searchsorted(at, targets.start[mine]) + 1
            far = np.minimum(targets.start[mine] - around[after - 1], around[after] - targets.end[mine])
            if len(gone := np.flatnonzero(far > REACH)):
                first = int(targets.start[mine[gone[0]]]) + 1
                mistakes.append(
                    f"{where}: a gap: no row within {REACH / 1e6:g} million bases of the target at {first}; give a map "
                    "that reaches it, or targets without it"
                )
    if mistakes:
        raise InputError(*mistakes)


def _number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
