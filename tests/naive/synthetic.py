"""The synthetic genome base by base: the twin of raresim/kernels/synthetic.py, in plain integers."""

from __future__ import annotations

from collections.abc import Sequence

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
COMPLEMENT = {"A": "T", "C": "G", "G": "C", "T": "A"}


def mix(x: int) -> int:
    """The finaliser of splitmix64."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def raw(position: int, key: int, thresholds: Sequence[int]) -> tuple[str, int, int]:
    """Base before decay, the 31 bits that decide whether a CpG decays, and the bit that decides how."""
    h = mix((key + position * GOLDEN) & MASK)
    low = h & 0xFFFFFFFF
    base = "A" if low < thresholds[0] else "C" if low < thresholds[1] else "G" if low < thresholds[2] else "T"
    return base, (h >> 32) & 0x7FFFFFFF, h >> 63


def noncoding(position: int, key: int, thresholds: Sequence[int]) -> str:
    """The base at a position outside coding sequence."""
    base, decide, way = raw(position, key, thresholds)
    before, decide_before, way_before = raw(position - 1, key, thresholds)
    after, _, _ = raw(position + 1, key, thresholds)
    if base == "C" and after == "G" and decide < thresholds[3] and way == 1:
        return "T"
    if base == "G" and before == "C" and decide_before < thresholds[3] and way_before == 0:
        return "A"
    return base


class Writer:
    """Bases of one contig by position, and how hard each stands (0 nothing, 1 codon, 2 start, stop, splice site)."""

    def __init__(self) -> None:
        self.bases: dict[int, str] = {}
        self.mark: dict[int, int] = {}

    def put(self, where: Sequence[int], text: str, minus: bool, level: int) -> None:
        """Write bases 5' to 3'."""
        for at, base in zip(where, text, strict=True):
            if self.mark.get(at, 0) < level:
                self.bases[at] = COMPLEMENT[base] if minus else base
                self.mark[at] = level

    def read(self, at: int, minus: bool) -> str:
        """A base of the transcript."""
        return COMPLEMENT[self.bases[at]] if minus else self.bases[at]


def coding(
    genes: Sequence[tuple[bool, Sequence[int], Sequence[tuple[int, int]]]],
    key: int,
    text: Sequence[str],
    usage: Sequence[int],
    pick: Sequence[Sequence[int]],
) -> Writer:
    """Write genes in their order; a gene: minus strand, coding positions 5' to 3', introns (start, end)."""
    out = Writer()
    for minus, path, introns in genes:
        for start, end in introns:
            where = [start, start + 1, end - 2, end - 1]
            out.put(where[::-1] if minus else where, "GTAG", minus, 2)
        out.put(path[:3], "ATG", minus, 2)
        r = mix((key + (2 * path[-3] + minus) * GOLDEN) & MASK) % sum(usage[61:])
        stop = next(c for c in (61, 62, 63) if r < sum(usage[61 : c + 1]))
        out.put(path[-3:], text[stop], minus, 2)
    for minus, path, _ in genes:
        for k in range(3, len(path) - 3, 3):
            where = path[k : k + 3]
            h = mix((key + (2 * where[0] + minus) * GOLDEN) & MASK)
            if not any(out.mark.get(at, 0) for at in where):
                after_c = k > 3 and out.read(path[k - 1], minus) == "C"
                codon = next(c for c in range(61) if (h & 0xFFFFFFFF) < pick[after_c][c])
            else:
                fit = [
                    c
                    for c in range(61)
                    if all(
                        not out.mark.get(a, 0) or out.read(a, minus) == b for a, b in zip(where, text[c], strict=True)
                    )
                ]
                if not fit:
                    continue
                r = h % sum(usage[c] for c in fit)
                codon = next(c for i, c in enumerate(fit) if r < sum(usage[x] for x in fit[: i + 1]))
            out.put(where, text[codon], minus, 1)
    return out
