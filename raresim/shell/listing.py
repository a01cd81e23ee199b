"""``raresim list``: the kinds of a family, diseases of the catalog, genes."""

from __future__ import annotations

from raresim import kinds
from raresim.errors import InputError, nearest


def listing(what: str, gene: str | None = None, mode: str | None = None, search: str | None = None) -> list[str]:
    """Return the lines of a listing; InputError for an unknown family, gene or mode."""
    if what not in kinds.FAMILIES:
        raise InputError(f"list: there is no '{what}'{nearest(what, (*kinds.FAMILIES, 'diseases', 'genes'))}")
    if gene or mode:
        raise InputError("--gene, --mode: choose among diseases; write `raresim list diseases`")
    return [line for line in _kinds(what) if not search or search.lower() in line.lower()]


def _kinds(family: str) -> list[str]:
    names = kinds.names(family)
    width = max((len(name) for name in names), default=0)
    lines = []
    for name in names:
        about, settings = kinds.about(family, name)
        lines.append(f"{name:<{width}}  {about}")
        if settings:
            lines.append(f"{'':<{width}}  {', '.join(f'{key} = {value}' for key, value in settings.items())}")
    return lines
