"""Which catalog: the one in the box, another release of the HPO annotations, or one from which papers are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from raresim import kinds
from raresim.errors import InputError
from raresim.textfile import toml

if TYPE_CHECKING:
    from raresim.catalog import Catalog

SHIPPED = "shipped"
_SHAPE = f'should be "{SHIPPED}" or a table with some of hpoa, table, without, minimum_support'
_NUMBER = re.compile(r"(?:PMID[:_ ]?)?(\d+)", re.IGNORECASE)
_OTHER = re.compile(r"[A-Za-z][A-Za-z0-9-]*:\S+")


def _without(given: Any) -> Any:
    if isinstance(given, str | Path):
        return Path(given)
    if isinstance(given, list | tuple) and all(isinstance(name, str) for name in given):
        return tuple(dict.fromkeys(publication(name) for name in given))
    wanted = 'a list of publications ("PMID:31675180") or a file of them'
    raise InputError(f"CatalogChoice.without: should be {wanted}, not {given!r}")


def publication(text: str) -> str:
    """Return the name of a publication as the catalog has it: "PMID:31675180" also for the bare number."""
    paper = _NUMBER.fullmatch(text.strip())
    if not paper and not _OTHER.fullmatch(text.strip()):
        raise InputError(f"CatalogChoice.without: '{text}' is no publication; name papers as PMID:31675180")
    return f"PMID:{paper[1]}" if paper else text.strip()


@kinds.value
class CatalogChoice:
    """Which catalog: ``hpoa``, a phenotype.hpoa of another release of HPO, or ``table``, a catalog.npz that `raresim
    data pull hpo` compiled (none: the catalog in the box); ``without``: publications that are left out of it, a list or
    a text file with one a line; ``minimum_support``: patients that an annotation must stand on."""

    hpoa: Path | None = None
    table: Path | None = None
    without: Annotated[tuple[str, ...] | Path, BeforeValidator(_without)] = ()
    minimum_support: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    def __post_init__(self) -> None:
        if self.hpoa and self.table:
            raise InputError("CatalogChoice.table: hpoa is given as well; name one of them")


Choice = CatalogChoice | str


def choice(given: Any, key: str = "catalog") -> Choice:
    """Return a choice of catalog from what a study file says; InputError names every mistake below ``key``."""
    if isinstance(given, dict):
        try:
            return CatalogChoice(**given)
        except InputError as error:
            raise InputError(*(kinds.moved(line, key, "CatalogChoice") for line in error.lines)) from None
    if isinstance(given, CatalogChoice) or given == SHIPPED:
        return given  # type: ignore[no-any-return]
    raise InputError(f"{key}: {_SHAPE}, not {given!r}")


def flag(text: str, key: str = "--catalog") -> Choice:
    """Return a choice of catalog from a flag: "shipped", a table as in a study file, or the path of a phenotype.hpoa or
    a catalog.npz."""
    if text.strip().startswith("{"):
        try:
            given = toml(f"catalog = {text}")["catalog"]
        except ValueError:
            raise InputError(f"{key} {text[:60]}: is no valid TOML; {_SHAPE}") from None
        return choice(given, key)
    if text == SHIPPED:
        return text
    path = Path(text)
    return CatalogChoice(table=path) if path.suffix == ".npz" else CatalogChoice(hpoa=path)


def load(chosen: Choice, key: str = "catalog") -> Catalog:
    """Return the catalog of a choice; another release of HPO is compiled once and kept in the cache."""
    from raresim import catalog

    if not isinstance(chosen, CatalogChoice):
        return catalog.load()
    files = [path for path in (chosen.hpoa, chosen.table, chosen.without) if isinstance(path, Path)]
    stamps = tuple((at.stat().st_mtime_ns, at.stat().st_size) for at in files if at.is_file())
    return _loaded(chosen, key, stamps)


@lru_cache(maxsize=2)
def _loaded(chosen: CatalogChoice, key: str, stamps: tuple[tuple[int, int], ...]) -> Catalog:
    """Return the catalog of a choice; ``stamps`` say when its files were written."""
    from raresim import catalog

    if chosen.hpoa:
        from raresim.compile.update import compiled

        found = compiled(chosen.hpoa, f"{key}.hpoa")
    else:
        found = _table(chosen.table, f"{key}.table") if chosen.table else catalog.load()
    names = left_out(chosen, key)
    if names and not set(names) & set(found.publications):
        raise InputError(
            f"{key}.without: the catalog ({found.release}) stands on none of the {len(names)} publications that are "
            "named; papers are named as PMID:31675180"
        )
    found = found.without(names) if names else found
    return found.supported(chosen.minimum_support) if chosen.minimum_support else found


def _table(path: Path, key: str) -> Catalog:
    from zipfile import BadZipFile

    from raresim import catalog

    try:
        return catalog.read(path)
    except OSError as error:
        why = (error.strerror or "not a table").lower()
    except (BadZipFile, KeyError, ValueError, EOFError) as error:
        why = f"not a whole table: {error}"
    raise InputError(f"{key}: {path}: cannot be read ({why}); `raresim data pull hpo` compiles one")


def left_out(chosen: CatalogChoice, key: str) -> tuple[str, ...]:
    """Return the publications to leave out; of a file: one a line, the first word of it, # begins a comment."""
    if not isinstance(chosen.without, Path):
        return chosen.without
    from raresim import textfile

    return tuple(dict.fromkeys(_listed(textfile.lines(chosen.without, f"{key}.without"), f"{key}.without")))


def _listed(lines: Iterable[str], key: str) -> list[str]:
    out = []
    for number, line in enumerate(lines, 1):
        word = line.partition("#")[0].split()
        if word:
            try:
                out.append(publication(word[0]))
            except InputError:
                raise InputError(
                    f"{key}: line {number}: '{word[0]}' is no publication; name papers as PMID:31675180"
                ) from None
    return out


def name(chosen: Choice) -> str:
    """Return what a catalog is called: "shipped", or the name of its file."""
    path = (chosen.hpoa or chosen.table) if isinstance(chosen, CatalogChoice) else None
    return path.name if path else SHIPPED


def about(found: Catalog, called: str) -> dict[str, Any]:
    """Return what the manifest and a score say of a catalog."""
    return {
        "name": called,
        "release": found.release,
        "digest": found.digest,
        "left_out": list(found.left_out),
        "minimum_support": found.minimum_support,
    }


def notes(found: Catalog) -> tuple[str, ...]:
    """Return what a summary should say of a catalog that is not the one in the box."""
    from raresim import catalog

    return () if found.digest == catalog.load().digest else (f"catalog: {said(about(found, 'not that of the box'))}",)


def of_study(found: Catalog, chosen: Choice) -> dict[str, Any]:
    """Return what the manifest says of the catalog that cases were made from, and of the one in the box, which `raresim
    score` gives its diagnosers unless it is told otherwise."""
    from raresim import catalog

    box = about(catalog.load(), SHIPPED)
    same = box["digest"] == found.digest
    return about(found, name(chosen)) | {"tools": box | {"same": same, "meaning": circular(same)}}


def circular(same: bool | None) -> str:
    """Return what it means that the tools know the same catalog as the cases were made from, another, or unknown."""
    if same is None:
        return "which catalog the cases were made from is not known"
    if same:
        return (
            "the tools know the very annotations that the cases were made from: on new patients, whose papers are not "
            "curated yet, they do worse (docs/catalog.md)"
        )
    return "the tools do not know the catalog that the cases were made from"


def said(told: dict[str, Any]) -> str:
    """Return in words what ``about`` says."""
    papers, least = len(told["left_out"]), told["minimum_support"]
    return (
        f"HPO {told['release']} ({told['name']})"
        + (f" without {papers:,} publication{'s' * (papers != 1)}" if papers else "")
        + (f", annotations of {least} patients or more" if least else "")
    )
