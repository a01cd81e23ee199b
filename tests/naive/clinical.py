"""The obvious twin of the filling of records: sets of terms, one candidate after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import floor, log
from typing import Any

MASK = (1 << 64) - 1


def uniform(key: int, draw: int) -> float:
    """Return uniform number ``draw`` of a key."""
    x = (key + draw * 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return (((x ^ (x >> 31)) >> 11) + 0.5) / 2**53


def counts(profile: Sequence[float], wanted: Sequence[float], key: int) -> list[int]:
    """Return how many terms of each relation: cumulative shares of the total, all rounded by one uniform."""
    out = []
    for k in range(2):
        part = profile[4 * k : 4 * k + 4]
        many = max(floor(wanted[k] + uniform(key, 2 * k + 1)), 1 - k)
        if sum(part) == 0 or many == 0:
            out += [0, 0, 0, 0]
            continue
        u = uniform(key, 2 * k + 2)
        ends = [0] + [min(floor(sum(part[: j + 1]) * many / sum(part) + u), many) for j in range(3)] + [many]
        out += [b - a for a, b in pairwise(ends)]
    return out


@dataclass
class Hpo:
    """Ancestors (itself among them), organ systems, information content and step of each term."""

    above: list[set[int]]
    systems: list[set[int]]
    information: list[float]
    step: list[float]


@dataclass
class Record:
    """Terms recorded, observed and excluded."""

    terms: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))

    def context(self, t: int, k: int, hpo: Hpo) -> list[float] | None:
        """Return what a term is to the record, None if it may not be in it."""
        observed, same = self.terms[0], self.terms[k]
        if any(t in hpo.above[c] for c in [*observed, *same]) or any(c in hpo.above[t] for c in same):
            return None
        out = []
        for kind, chosen in enumerate(self.terms):
            shared = [hpo.above[t] & hpo.above[c] for c in chosen] if kind <= k else []
            if not shared:
                out += [0.0] * 4
                continue
            mean = sum(hpo.step[a] for both in shared for a in both) / len(shared)
            top = max((hpo.information[a] for both in shared for a in both), default=0.0)
            of = [sum(s in hpo.systems[c] for c in chosen) for s in hpo.systems[t]]
            share = max(of, default=0) / len(chosen)
            out += [mean / 2, top / 4, float(share == 0), share]
        out.append(float(k == 1 and any(c in hpo.above[t] for c in observed)))
        means = [hpo.information[c] for c in same or observed]
        mean = sum(means) / len(means) if means else 0.0
        own = hpo.information[t]
        return out + ([(own - mean) ** 2 / 16, own * mean / 16] if means else [0.0, 0.0])


def fill(
    key: int,
    clinic: int,
    common: float,
    profile: Sequence[float],
    wanted: Sequence[float],
    candidates: Sequence[Sequence[int]],
    base: tuple[dict[int, float], dict[int, float]],
    alias: Any,
    weights: Any,
    hpo: Hpo,
    barred: tuple[set[int], set[int]],
    proposals: int,
) -> tuple[list[int], list[int]]:
    """Draw the terms of a record. alias[k][j]: of each candidate (probability of itself, itself, the other)."""
    record, number = Record(), counts(profile, wanted, key)
    for k in range(2):
        later = 0
        for j in range(4):
            here = candidates[j]
            for slot in range(number[4 * k + j] + (later if j == 3 else 0)):
                draw = 8 + ((4 * k + j) * 65536 + slot) * (2 * proposals + 1)
                source = clinic if uniform(key, draw) < common else key
                if len(here) <= proposals:
                    proposed = [(t, base[k][t]) for t in here]
                else:
                    proposed = []
                    for i in range(proposals):
                        x = uniform(source, draw + 1 + proposals + i) * len(here)
                        chance, own, other = alias[k][j][int(x)]
                        proposed.append((own if x - int(x) < chance else other, 0.0))
                scored = []
                for i, (t, score) in enumerate(proposed):
                    context = record.context(t, k, hpo)
                    if t not in barred[k] and context is not None:
                        gumbel = -log(-log(uniform(source, draw + 1 + i)))
                        scored.append(
                            (score + sum(w * c for w, c in zip(weights[k][j], context, strict=True)) + gumbel, t)
                        )
                if scored:
                    record.terms[k].append(max(scored, key=lambda pair: pair[0])[1])
                else:
                    later += j < 3
    return record.terms
