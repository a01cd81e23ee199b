"""The population: every site that a founder or the database can carry, and who carries it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim.carriers import Carriers
from raresim.genome import ContigKind
from raresim.sites import Sites

if TYPE_CHECKING:
    from raresim.background import BackgroundKind, Inputs

RARE = 0.001  # frequency below which a variant is counted as a candidate (a choice)
FORMAT = 6  # of the cached artifact and of what it means: raise it when the same inputs give another panel


@dataclass(frozen=True)
class Panel:
    """A simulated population, parted into a database (frequencies only) and a cohort (founders of cases).

    sites: sorted; site s is one row. terms uint32[sites]: Sequence Ontology bits of the most severe effect
    (raresim.consequence). gene int32[sites]: the gene of that effect, -1 for none. ancestries: labels ("EUR").

    Database part: ac int32[sites, ancestries], an int32[ancestries] (haplotypes: 2 a person), hom int32[sites,
    ancestries]: people with two copies. The smallest frequency it can show is 1 / an. single int16: contigs that a
    person has one of (Y, MT). Its people have a sex: men int32[ancestries], and xy int32[sites, 2], copies in men and
    men with two. lone int32[n, 4]: contig, start, end and kind (``ContigKind``) of what men have one of or both sexes
    have one of; there fewer haplotypes than ``an`` count (``alleles``).

    Cohort part: person p has haplotypes 2p and 2p + 1; ancestry int8[people]. hap_off, hap_site, common and bits say
    which sites each haplotype carries (``own``, raresim.carriers). People are unsexed: on X both haplotypes are
    complete, everybody has a Y, on haplotype 2p, and mitochondrial DNA, on haplotype 2p + 1; sex decides at use.
    pathogenic bool[sites]: panel sites that recessive cases may use as their allele. layer bool[sites], or empty: those
    of the pathogenic layer (raresim.pathogenic).

    tracts int32[n, 5]: cohort haplotype, contig, start, end, source of each part of an admixed haplotype, sorted;
    sources: names by number. None where nobody is admixed. notes: what the summary should say of the people.
    """

    sites: Sites
    terms: NDArray[np.uint32]
    gene: NDArray[np.int32]
    pathogenic: NDArray[np.bool_]
    ancestries: tuple[str, ...]
    ac: NDArray[np.int32]
    an: NDArray[np.int32]
    hom: NDArray[np.int32]
    ancestry: NDArray[np.int8]
    hap_off: NDArray[np.int64]
    hap_site: NDArray[np.int32]
    digest: str
    common: NDArray[np.int32] = dataclasses.field(default_factory=lambda: np.zeros(0, np.int32))
    bits: NDArray[np.uint8] = dataclasses.field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    tracts: NDArray[np.int32] = dataclasses.field(default_factory=lambda: np.zeros((0, 5), np.int32))
    sources: tuple[str, ...] = ()
    single: NDArray[np.int16] = dataclasses.field(default_factory=lambda: np.zeros(0, np.int16))
    layer: NDArray[np.bool_] = dataclasses.field(default_factory=lambda: np.zeros(0, np.bool_))
    men: NDArray[np.int32] = dataclasses.field(default_factory=lambda: np.zeros(0, np.int32))
    xy: NDArray[np.int32] = dataclasses.field(default_factory=lambda: np.zeros((0, 2), np.int32))
    lone: NDArray[np.int32] = dataclasses.field(default_factory=lambda: np.zeros((0, 4), np.int32))
    notes: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """Number of people in the cohort part."""
        return len(self.ancestry)

    def carriers(self, site: int) -> NDArray[np.int64]:
        """Return the cohort haplotypes that carry ALT at a site, ascending."""
        return self.own.of_site(site)

    def carried(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return haplotype and site of every allele that the cohort carries, by haplotype."""
        off, site = self.own.lists()
        return np.repeat(np.arange(len(off) - 1), np.diff(off)), site

    def counts(self) -> NDArray[np.int64]:
        """Return how many cohort haplotypes carry ALT at each site."""
        return self.own.counts(len(self.sites))

    @cached_property
    def own(self) -> Carriers:
        """Which sites each haplotype of the cohort carries."""
        return Carriers(self.hap_off, self.hap_site, self.common, self.bits)

    def carrying(self, own: Carriers) -> Panel:
        """Return the panel with a cohort that carries these sites."""
        return dataclasses.replace(self, hap_off=own.off, hap_site=own.site, common=own.common, bits=own.bits)

    def alleles(self, sites: Sites) -> NDArray[np.int32]:
        """Return int32[n, ancestries]: number of haplotypes that the database has at each of these sites."""
        out = np.repeat(self.an[None].astype(np.int32), len(sites), 0)
        for contig, start, end, kind in self.lone.tolist():
            mine = (sites.contig == contig) & (sites.pos >= start) & (sites.pos < end)
            out[mine] = {ContigKind.X: self.an - self.men, ContigKind.Y: self.men}.get(ContigKind(kind), self.an // 2)
        return out

    def frequency(self) -> NDArray[np.float64]:
        """Return the share of the database's haplotypes that carry ALT, float64[sites]."""
        return np.asarray(self.ac.sum(1) / np.maximum(1, self.alleles(self.sites).sum(1)))

    @cached_property
    def rare(self) -> NDArray[np.bool_]:
        """Which sites have a frequency below ``RARE`` in the database, bool[sites]."""
        return np.asarray(self.ac.sum(axis=1) < RARE * self.alleles(self.sites).sum(axis=1))

    def alleles_of_men(self, sites: Sites) -> NDArray[np.int64]:
        """Return int64[n]: how many of these are men's."""
        men = int(self.men.sum())
        out = np.full(len(sites), 2 * men)
        for contig, start, end, _ in self.lone.tolist():
            out[(sites.contig == contig) & (sites.pos >= start) & (sites.pos < end)] = men
        return out

    def rows(self, sites: Sites) -> NDArray[np.int64]:
        """Return the panel row of each of these alleles, -1 where the panel does not have it."""
        place = self._place
        wanted = sites.contig.astype(np.int64) << 32 | sites.pos
        first, last = np.searchsorted(place, wanted, "left"), np.searchsorted(place, wanted, "right")
        out = np.full(len(sites), -1, np.int64)
        for i in np.flatnonzero(first < last):
            variant = sites[int(i)]
            out[i] = next((row for row in range(first[i], last[i]) if self.sites[row] == variant), -1)
        return out

    @cached_property
    def _place(self) -> NDArray[np.int64]:
        return np.asarray(self.sites.contig.astype(np.int64) << 32 | self.sites.pos)


def by_haplotype(
    haplotype: NDArray[np.integer], site: NDArray[np.integer], haplotypes: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return ``hap_off`` and ``hap_site`` of a panel of so many haplotypes: each carries the sites in its rows."""
    order = np.lexsort((site, haplotype))
    off = np.append(0, np.cumsum(np.bincount(haplotype, minlength=haplotypes))).astype(np.int64)
    return off, np.asarray(site[order], np.int32)


def cached(
    kind: BackgroundKind,
    inputs: Inputs,
    workers: int = 1,
    progress: Callable[[float], None] = lambda share: None,
) -> Panel:
    """Return the panel of these inputs from the cache, or make it and put it there.

    One file, named by :func:`digest`; of two processes that want the same panel one makes it and the other waits. A
    damaged file is made again.
    """
    from raresim import artifact

    name = digest(kind, inputs)
    path = _path(name)
    with artifact.locked(path):
        arrays = artifact.read(path)
        if arrays is None:
            made = kind.make(inputs, workers, progress)
            if inputs.layer is not None:
                from raresim import pathogenic

                made = pathogenic.added(made, inputs, inputs.layer)
            if not len(made.common):
                made = made.carrying(Carriers.of(*made.own.lists(), len(made.sites)))
            made = dataclasses.replace(made, digest=name)
            artifact.write(path, _columns(made))
            arrays = artifact.read(path)
    if arrays is None:
        raise OSError(f"{path} was written and cannot be read back; is the disk damaged?")
    return _panel(arrays)


def is_cached(kind: BackgroundKind, inputs: Inputs) -> bool:
    """Return whether the panel of these inputs is in the cache."""
    return _path(digest(kind, inputs)).exists()


def _path(name: str) -> Path:
    from raresim.tables import cache_folder

    return cache_folder() / f"panel-{name}.bin"


def digest(kind: BackgroundKind, inputs: Inputs) -> str:
    """Return the name of a panel: a digest of all that makes it.

    Kind and settings, contents of files that settings name, seed, genome, targets, map, shipped tables (rates,
    thinning, demographies), format, and the versions of msprime, tskit and numpy.
    """
    import hashlib
    from importlib.metadata import version

    from raresim.kinds import name_of
    from raresim.tables import table

    out = hashlib.blake2b(digest_size=16)

    def add(name: str, data: bytes) -> None:
        out.update(f"{name} {len(data)}\n".encode() + data)

    add("format", str(FORMAT).encode())
    add("kind", name_of(kind).encode())
    if hasattr(kind, "version"):
        add("version", str(kind.version).encode())
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        value: Any = getattr(kind, field.name)
        if isinstance(value, Path):
            value = _content(value)
        elif isinstance(value, tuple) and all(isinstance(part, Path) for part in value):
            value = [_content(part) for part in value]
        elif isinstance(value, dict):
            value = sorted(value.items())
        add(field.name, repr(value).encode())
    if inputs.layer is not None:
        add("layer", f"{inputs.layer.choice} {inputs.layer.catalog.digest}".encode())
        add("gene facts", table("gene_facts.npz").read_bytes())
    add("seed", str(inputs.seed).encode())
    add("genome", inputs.genome.digest.encode())
    targets = inputs.targets
    for column in (targets.contig, targets.start, targets.end):
        add("targets", np.ascontiguousarray(column).tobytes())
    _add_value(add, "map", inputs.map)
    for file in [table("rates.tsv.gz"), table("thinning.npz"), *sorted(table("demography").glob("*.yaml"))]:
        add(file.name, file.read_bytes())
    catalogued = ("stdpopsim",) if getattr(kind, "stdpopsim", None) else ()
    for package in ("msprime", "tskit", "numpy", *catalogued):
        add(package, version(package).encode())
    return out.hexdigest()


def _content(path: Path) -> str:
    import hashlib

    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def _add_value(add: Callable[[str, bytes], None], name: str, value: object) -> None:
    """Add what a frozen value holds: fields, sequences, arrays, numbers and text."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            _add_value(add, f"{name}.{field.name}", getattr(value, field.name))
    elif isinstance(value, np.ndarray):
        add(f"{name} {value.dtype} {value.shape}", np.ascontiguousarray(value).tobytes())
    elif isinstance(value, dict):
        for key in sorted(value, key=repr):
            _add_value(add, f"{name}[{key!r}]", value[key])
    elif isinstance(value, (tuple, list)):
        for i, item in enumerate(value):
            _add_value(add, f"{name}[{i}]", item)
    else:
        add(name, repr(value).encode())


def _columns(panel: Panel) -> dict[str, NDArray[Any]]:
    out = {f"sites.{f.name}": getattr(panel.sites, f.name) for f in dataclasses.fields(panel.sites)}
    for field in dataclasses.fields(panel):
        value = getattr(panel, field.name)
        if isinstance(value, np.ndarray):
            out[field.name] = value
    text = "\n".join([panel.digest, *panel.ancestries]).encode()
    out["text"] = np.frombuffer(text, np.uint8)
    for name, lines in (("sources", panel.sources), ("notes", panel.notes)):
        out[name] = np.frombuffer("\n".join(lines).encode(), np.uint8)
    return out


def _panel(columns: dict[str, NDArray[Any]]) -> Panel:
    sites = Sites(**{f.name: columns[f"sites.{f.name}"] for f in dataclasses.fields(Sites)})
    name, *ancestries = columns["text"].tobytes().decode().split("\n")
    sources, notes = (_lines(columns.get(name, np.zeros(0, np.uint8))) for name in ("sources", "notes"))
    texts = ("sources", "notes")
    arrays = {f.name: columns[f.name] for f in dataclasses.fields(Panel) if f.name in columns and f.name not in texts}
    return Panel(sites=sites, ancestries=tuple(ancestries), digest=name, sources=sources, notes=notes, **arrays)


def _lines(text: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(text.tobytes().decode().split("\n")) if len(text) else ()
