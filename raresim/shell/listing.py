"""``raresim list``: the kinds of a family, diseases of the catalog, genes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from raresim import kinds
from raresim.errors import InputError, nearest

if TYPE_CHECKING:
    from raresim.catalog import Disease
    from raresim.disease._gene_modes import GeneModes


def listing(what: str, gene: str | None = None, mode: str | None = None, search: str | None = None) -> list[str]:
    """Return the lines of a listing (without a name: of all that can be listed); InputError for an unknown one."""
    if not what and not (gene or mode or search):
        return overview()
    what = what or "diseases"
    if what == "diseases":
        return _diseases(gene, mode, search)
    if mode or (gene and what != "genes"):
        raise InputError("--gene, --mode: choose among diseases; write `raresim list diseases`")
    if what == "genes":
        return _genes(gene or search)
    what = "format" if what == "output" else what  # the key of the study file
    search = (search or "").lower()
    if what in kinds.FAMILIES:
        return _kinds(what, kinds.names(what), search)
    having = [family for family in kinds.FAMILIES if what in kinds.names(family)]
    if not having:
        known = (
            *kinds.FAMILIES,
            "diseases",
            "genes",
            *(name for family in kinds.FAMILIES for name in kinds.names(family)),
        )
        there = f"; there are {', '.join((*kinds.FAMILIES, 'diseases', 'genes'))}; `raresim list` names all kinds"
        raise InputError(f"list: there is no '{what}'{nearest(what, known) or there}")
    return [line for family in having for line in [f"{family}:", *_kinds(family, [what], search)]]


def overview() -> list[str]:
    """Return a line for each family, with the names of its kinds, and for diseases and genes."""
    width = max(map(len, kinds.FAMILIES))
    lines = [f"{family:<{width}}  {', '.join(kinds.names(family))}" for family in kinds.FAMILIES]
    lines += [f"{'diseases':<{width}}  of the catalog (--gene, --mode, --search)"]
    return [*lines, f"{'genes':<{width}}  protein-coding (--search)", "next: raresim list NAME"]


def _kinds(family: str, names: Sequence[str], search: str) -> list[str]:
    width = max((len(name) for name in names), default=0)
    lines = []
    for name in names:
        about, settings = kinds.about(family, name)
        if search in f"{name} {about}".lower():
            lines.append(f"{name:<{width}}  {about}")
            if settings:
                text = ", ".join(f"{key} = {_default(family, name, key, v)}" for key, v in settings.items())
                lines.append(f"{'':<{width}}  {text}")
    return lines + _of_any(width) * (family == "background" and bool(lines))


def _of_any(width: int) -> list[str]:
    """The settings that a background of any kind has."""
    from raresim.pathogenic import Pathogenic

    table = ", ".join(f"{f.name} = {getattr(Pathogenic(), f.name)}" for f in dataclasses.fields(Pathogenic))
    return [
        f"{'of any':<{width}}  seed (the study's): that of the population. pathogenic (none): people carry alleles of "
        "recessive diseases; true, or a table",
        f"{'':<{width}}  {table}",
    ]


def _default(family: str, name: str, key: str, written: str) -> str:
    """Return a default as a reader of the study file wants it: the value that a factory makes, not the factory."""
    if "default_factory=" not in written:
        return written
    field = next(f for f in dataclasses.fields(kinds.find(family, name)) if f.name == key)
    factory: Any = getattr(field.default, "default_factory", None) or field.default_factory  # pydantic's, dataclasses'
    return repr(factory())


def _diseases(gene: str | None, mode: str | None, search: str | None) -> list[str]:
    from raresim import catalog
    from raresim.disease._gene_modes import GeneModes

    found = catalog.load().search(search, gene, mode)
    modes = GeneModes(catalog.load(), catalog.facts())
    return [_disease(disease, modes) for disease in found] or ["no disease of the catalog fits"]


def _disease(disease: Disease, known: GeneModes) -> str:
    genes = ",".join(link.symbol for link in disease.genes) or "-"
    modes = ",".join(disease.modes) or "-"
    why = f"  (not drawn: {disease.why_not})"
    if disease.drawable:
        left = known.left_out(disease).items()
        why = "".join(f"  (not drawn with {', '.join(symbols)}: {reason})" for reason, symbols in left)
    return f"{disease.id:<14}  {modes:<7}  {genes:<12}  {disease.name}{why}"


def _genes(search: str | None) -> list[str]:
    from raresim import synthetic

    genome = synthetic.build()
    genes = genome.genes
    word = (search or "").lower()
    lines = [
        f"{genes.symbol[g]:<16}  {genes.hgnc[g]:<11}  {genes.ensembl[g]:<15}  {genes.ncbi[g]:<9}  "
        f"{genome.contigs[int(genes.contig[g])].name}:{int(genes.start[g]) + 1}-{int(genes.end[g])}"
        for g in range(len(genes))
        if word in genes.symbol[g].lower() or word in (genes.hgnc[g].lower(), genes.ensembl[g].lower(), genes.ncbi[g])
    ]
    if not lines:
        raise InputError(f"list genes: no gene is called '{search}'{nearest(search or '', genes.symbol)}")
    return [*lines, *(f"note: {note}" for note in genome.notes)]
