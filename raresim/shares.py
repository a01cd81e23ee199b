"""Shares of modes and kinds that a study asks for, beside those that its cases got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from raresim import kinds
from raresim.mixture import Mixture
from raresim.streams import stream

if TYPE_CHECKING:
    from raresim.case import Truth
    from raresim.spec import Spec
    from raresim.world import World

DRAWN = ("disease", "pedigree", "variant", "phenotype", "sequencing")  # families of which each case draws a kind
GENETIC = ("variant", "sequencing")  # those that a study without a genome does not draw
Shares = dict[str, dict[str, dict[str, float | None]]]


def drawn(spec: Spec, truth: Truth) -> Iterator[str]:
    """Yield ``family: kind`` for each family of which a case drew one kind of several."""
    for family in _mixed(spec):
        mixture: Mixture = getattr(spec, family)
        kind = mixture.pick(stream(spec.seed, "case", truth.number, f"{family} kind"))
        yield f"{family}: {_names(mixture)[mixture.kinds.index(kind)]}"
    if spec.inheritance and truth.inheritance:
        yield f"inheritance: {truth.inheritance}"


def table(spec: Spec, world: World, counts: Counter[str], modes: Mapping[str, int]) -> Shares:
    """Return by family and name the share requested (None where the study states none) and realised.

    counts: of what ``drawn`` yields; modes: cases of each mode. Modes and kinds of inheritance are shares of the cases
    that are no controls; kinds of inheritance are requested within a mode by their weights.
    """
    patients = {mode: n for mode, n in modes.items() if mode != "control"}
    asked = _modes(spec, world)
    out: Shares = {"mode": _compared(asked, patients)}
    for family in _mixed(spec):
        mixture: Mixture = getattr(spec, family)
        total = sum(part.weight for part in mixture.parts)
        requested = {name: part.weight / total for name, part in zip(_names(mixture), mixture.parts, strict=True)}
        out[family] = _compared(requested, _of(counts, family))
    if spec.inheritance:
        out["inheritance"] = _compared(_inheritance(spec.inheritance, asked), _of(counts, "inheritance"))
    if spec.controls:
        share = modes.get("control", 0) / max(sum(modes.values()), 1)
        out["status"] = {"control": {"requested": spec.controls, "realised": round(share, 6)}}
    return out


def _mixed(spec: Spec) -> list[str]:
    families = [family for family in DRAWN if spec.genome != "none" or family not in GENETIC]
    return [family for family in families if len(getattr(spec, family).parts) > 1]


def _names(mixture: Mixture) -> list[str]:
    """The names of the kinds of a mixture; the second of one name is ``name 2``."""
    seen: Counter[str] = Counter()
    out = []
    for kind in mixture.kinds:
        name = kinds.name_of(kind)
        seen[name] += 1
        out.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return out


def _of(counts: Counter[str], family: str) -> dict[str, int]:
    return {key.removeprefix(f"{family}: "): n for key, n in counts.items() if key.startswith(f"{family}: ")}


def _modes(spec: Spec, world: World) -> dict[str, float] | None:
    """The shares of modes that the kinds of disease state, None where one of them states none."""
    out: Counter[str] = Counter()
    total = sum(part.weight for part in spec.disease.parts)
    for part in spec.disease.parts:
        stated = getattr(part.kind, "shares", None)
        if stated is None:
            return None
        shares = stated(world, spec.modes)
        for mode, share in shares.items():
            out[mode] += part.weight / total * share / sum(shares.values())
    return dict(out)


def _inheritance(given: Mixture, modes: dict[str, float] | None) -> dict[str, float] | None:
    if modes is None:
        return None
    out: Counter[str] = Counter()
    for part in given.parts:
        rivals = sum(other.weight for other in given.parts if other.kind.mode == part.kind.mode)
        out[kinds.name_of(part.kind)] += modes.get(part.kind.mode, 0.0) * part.weight / rivals  # type: ignore[assignment]
    return dict(out)


def _compared(requested: Mapping[str, float] | None, got: Mapping[str, int]) -> dict[str, dict[str, float | None]]:
    n = max(sum(got.values()), 1)
    return {
        name: {
            "requested": None if requested is None else round(requested.get(name, 0.0), 6),
            "realised": round(got.get(name, 0) / n, 6),
        }
        for name in sorted({*(requested or ()), *got})
    }
