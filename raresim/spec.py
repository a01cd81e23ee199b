"""The spec: what changes the data. Seed, number of cases, and one kind (with its settings) of each family.

The same spec is a TOML file, a Python object and the flags of ``raresim run``; docs/study_file.md explains every key.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WrapValidator

from raresim import kinds, knowledge, study_file
from raresim.errors import InputError, nearest
from raresim.mistakes import part_of
from raresim.mixture import DEFAULTS, Mixture, mixture, one, several
from raresim.perturb import Noise
from raresim.phenotype._model import CLINIC, PUBLISHED

OUTPUT = ("vcf", "ped", "phenopacket", "truth", "sites_vcf")  # what is written unless the study says otherwise
PHENOTYPES = ("phenopacket", "truth")  # the same without a genome
GENETIC = ("reuse", "map", "targets", "background", "variant", "sequencing")  # keys that mean nothing without a genome
KEYS = (
    *("seed", "cases", "first", "reuse", "genome", "map", "catalog", "targets"),
    *("background", "disease", "pedigree", "inheritance", "variant", "phenotype", "record", "visits", "controls"),
    *("noise", "sequencing", "output"),
)
OTHER_NAMES = {"format": "output", "background_seed": "background.seed"}  # what these keys are called elsewhere
Visits = Annotated[int, Field(ge=1, le=20)]


@kinds.value
class Reference:
    """A genome of the user's: FASTA, gene models (GFF3 or GTF), name of the assembly (default: what the files say)."""

    fasta: Path
    genes: Path
    assembly: str | None = None


@kinds.value
class TargetChoice:
    """What is sequenced: coding sequence ("cds") or exons with UTRs, ``padding`` bases on both sides, of all genes or
    of those in ``genes`` (symbols or HGNC ids); or the intervals of a BED file. padding is at most 10,000 (a
    choice): more than any capture reads beside its targets; whole regions are what a BED is for."""

    kind: Literal["cds", "exons"] = "cds"
    padding: Annotated[int, Field(ge=0, le=10_000)] = 20
    genes: tuple[str, ...] = ()
    bed: Path | None = None


@kinds.value
class RecordChoice:
    """How a record stands in time and family.

    time: findings begin, come and go with age (:func:`raresim.timing.apply`); without it a record is what the kind
    draws. development: "as_reported", or "by_age": below 5 years intellectual disability is called developmental delay.
    modifiers: findings carry the clinical modifiers of their annotation (published cases carry none). relatives: what
    the proband has is recorded as excluded in relatives without the disease.
    """

    time: bool = True
    development: Literal["as_reported", "by_age"] = "as_reported"
    modifiers: bool = False
    relatives: bool = True


def _record(given: Any) -> Any:
    if isinstance(given, dict):
        return _made(RecordChoice, "record", given)
    if isinstance(given, RecordChoice):
        return given
    raise InputError(f"record: should be a table such as {{ modifiers = true }}, not {given!r}")


def _genome(given: Any) -> Any:
    if isinstance(given, dict):
        return _made(Reference, "genome", given)
    if isinstance(given, Reference) or given in ("synthetic", "none"):
        return given
    raise InputError(f'genome: should be "synthetic" or {{ fasta = ..., genes = ... }} or "none", not {given!r}')


def _targets(given: Any) -> Any:
    if isinstance(given, dict):
        return _made(TargetChoice, "targets", given)
    if isinstance(given, TargetChoice):
        return given
    raise InputError(f'targets: should be a table such as {{ kind = "cds", padding = 20 }}, not {given!r}')


def _noise(given: Any) -> Noise | None:
    if isinstance(given, dict):
        return _made(Noise, "noise", given)  # type: ignore[no-any-return]
    if given is None or isinstance(given, Noise):
        return given
    raise InputError(f"noise: should be a table such as {{ omission = 0.2 }}, not {given!r}")


def _pathogenic(given: Any) -> Any:
    from raresim.pathogenic import Pathogenic

    if given is None or given is False or isinstance(given, Pathogenic):
        return given or None
    if given is True or isinstance(given, dict):
        return _made(Pathogenic, "background.pathogenic", {} if given is True else given)
    raise InputError(f"background.pathogenic: should be true or a table such as {{ alleles = 2.0 }}, not {given!r}")


def _made(cls: Callable[..., Any], where: str, settings: dict[str, Any]) -> Any:
    try:
        return cls(**settings)
    except InputError as error:
        raise InputError(*(kinds.moved(line, where, cls.__name__) for line in error.lines)) from None


def _background(given: Any) -> Any:
    if isinstance(given, list | tuple | Mixture):
        raise InputError("background: one population serves all cases; name one kind, not a list")
    return one("background", given)


def _inheritance(given: Any) -> Mixture | None:
    return None if given is None else mixture("inheritance", given)


def _if_given(given: Any, check: Callable[[Any], Any]) -> Any:
    return None if given is None else check(given)


def _drawn(family: str) -> BeforeValidator:
    return BeforeValidator(partial(mixture, family))


def _default_output(genome: Any) -> tuple[Any, ...]:
    return several("format", "output", PHENOTYPES if genome == "none" else OUTPUT)


def _changed(data: dict[str, Any], assignments: Iterable[str]) -> dict[str, Any]:
    """Return plain values with ``key=value`` settings changed."""
    assignments = list(assignments)
    out = study_file.set_keys(data, assignments, {"output": list(OUTPUT)})
    if out.get("genome") == "none":
        out = study_file.set_keys(data, assignments, {"output": list(PHENOTYPES)})
    return out


def _refuse_genetics(spec: Spec) -> None:
    """Raise InputError, a line for each, for what a study without a genome names although it needs one."""
    usual = Spec()
    given = [key for key in GENETIC if getattr(spec, key) != getattr(usual, key)]
    if spec.background_seed != spec.seed:
        given.append("background.seed")
    if spec.background_pathogenic:
        given.append("background.pathogenic")
    lines = [f'{key}: nobody has a variant where genome = "none"; leave {key} out or name a genome' for key in given]
    if spec.cases == 0:
        lines.append('cases: of genome = "none" there is nothing but cases; ask for 1 or more')
    for kind in spec.output:
        if getattr(kind, "needs_genome", False):
            name = kinds.name_of(kind)
            lines.append(
                f'output.{name}: {name} holds genotypes, and there are none where genome = "none"; leave it out or '
                "name a genome"
            )
    if lines:
        raise InputError(*lines)


class SettingsError(InputError):
    """Mistakes of settings. wrong: the keys that have them; rest: the study without these keys, as far as it is one."""

    def __init__(self, *lines: str, wrong: Iterable[str] = (), rest: Spec | None = None) -> None:
        InputError.__init__(self, *lines)
        self.wrong, self.rest = frozenset(wrong), rest


@kinds.value
class Spec:
    """What changes the data of a study; every field has a default, and ``Spec()`` is the demo.

    A family takes a kind, the name of a kind, a table with its settings, or a list of these with weights
    (:class:`raresim.mixture.Weighted`), one of which is drawn for each case; ``output`` takes a list, and all of it is
    written. ``inheritance=None``: each disease brings its own; ``noise=None``: records are as drawn. ``visits``: how
    often the proband was examined; ``controls``: share of the cases whose proband has no disease.
    ``background_seed`` is the study's seed unless given; ``background_pathogenic``: alleles of recessive diseases in
    the population (:class:`raresim.pathogenic.Pathogenic`). ``genome="none"``: phenotypes alone, without variants.
    ``cases=0``: the population alone, in files of the whole panel.
    InputError names every mistake by its key.
    """

    seed: kinds.Seed = 42
    cases: Annotated[int, Field(ge=0, le=1_000_000_000)] = 20
    first: kinds.Count = 1
    reuse: bool = False
    genome: Annotated[Any, BeforeValidator(_genome)] = "synthetic"
    map: Path | None = None
    catalog: Annotated[Any, BeforeValidator(knowledge.choice)] = knowledge.SHIPPED
    targets: Annotated[TargetChoice, BeforeValidator(_targets)] = TargetChoice()
    background_seed: Annotated[kinds.Seed, WrapValidator(_if_given)] = None  # type: ignore[assignment]
    background_pathogenic: Annotated[Any, BeforeValidator(_pathogenic)] = None
    background: Annotated[Any, BeforeValidator(_background)] = DEFAULTS["background"]
    disease: Annotated[Mixture, _drawn("disease")] = DEFAULTS["disease"]  # type: ignore[assignment]
    pedigree: Annotated[Mixture, _drawn("pedigree")] = DEFAULTS["pedigree"]  # type: ignore[assignment]
    inheritance: Annotated[Mixture | None, BeforeValidator(_inheritance)] = None
    variant: Annotated[Mixture, _drawn("variant")] = DEFAULTS["variant"]  # type: ignore[assignment]
    phenotype: Annotated[Mixture, _drawn("phenotype")] = DEFAULTS["phenotype"]  # type: ignore[assignment]
    record: Annotated[RecordChoice, BeforeValidator(_record)] = RecordChoice()
    visits: Visits = 1
    controls: kinds.Probability = 0.0
    noise: Annotated[Noise | None, BeforeValidator(_noise)] = None
    sequencing: Annotated[Mixture, _drawn("sequencing")] = DEFAULTS["sequencing"]  # type: ignore[assignment]
    output: Annotated[
        tuple[Any, ...], BeforeValidator(partial(several, "format", "output")), WrapValidator(_if_given)
    ] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.background_seed is None:
            object.__setattr__(self, "background_seed", self.seed)
        if self.output is None:
            object.__setattr__(self, "output", _default_output(self.genome))
        if self.genome == "none":
            _refuse_genetics(self)

    @staticmethod
    def load(path: Path | str, overrides: Iterable[str] = ()) -> Spec:
        """Read a study file; its relative paths are those of its own folder (of the link, if it is one)."""
        path = Path(path)
        return Spec.from_dict(_changed(study_file.read(path), overrides), path.absolute().parent)

    @staticmethod
    def from_dict(data: dict[str, Any], folder: Path | None = None) -> Spec:
        """Return the spec that plain values (of a TOML file) say; relative paths are taken from ``folder``.

        SettingsError names every mistake.
        """
        lines = []
        wrong = set()
        for key in data.keys() - set(KEYS):
            hint = f"; did you mean '{OTHER_NAMES[key]}'?" if key in OTHER_NAMES else nearest(key, KEYS)
            lines.append(f"{key}: there is no such setting{hint}")
            wrong |= {part_of(name) for name in KEYS if f"'{name}" in hint}
        known = {key: value for key, value in data.items() if key in KEYS}
        if isinstance(known.get("background"), dict):
            known["background"] = {k: v for k, v in known["background"].items() if k not in study_file.COMMON}
            known |= {f"background_{k}": v for k, v in data["background"].items() if k in study_file.COMMON}
        spec, left = None, known
        while spec is None:
            try:
                spec = Spec(**left)
            except InputError as error:
                new = [
                    line.removeprefix("Spec.").replace("background_seed:", "background.seed:", 1)
                    for line in error.lines
                ]
                lines += new
                wrong |= set(map(part_of, new))
                more = {key: value for key, value in left.items() if key.partition("_")[0] not in wrong}
                if len(more) == len(left):
                    break
                left = more  # what is wrong between settings shows where none is wrong by itself
        if spec is not None and folder:
            spec = study_file.rebased(spec, folder)
        if spec is None or lines:
            raise SettingsError(*sorted(lines, key=lambda line: _rank(line, list(data))), wrong=wrong, rest=spec)
        return spec

    def override(self, assignments: Iterable[str]) -> Spec:
        """Return the spec with ``key=value`` settings changed, as ``raresim run --set`` does."""
        data = self.to_dict()
        if self.output == _default_output(self.genome):
            del data["output"]  # another genome may have another
        return Spec.from_dict(_changed(data, assignments))

    def to_dict(self, path: Callable[[Path], str] = str) -> dict[str, Any]:
        """Return the spec as plain values, every setting of every kind written out."""
        out: dict[str, Any] = {}
        for key in KEYS:
            value = getattr(self, key)
            if self.genome == "none" and key in GENETIC:
                continue
            if isinstance(value, Mixture):
                rows = [(study_file.plain(part.kind, path), part.weight) for part in value.parts]
                out[key] = rows[0][0] if len(rows) == 1 else [{**table, "weight": weight} for table, weight in rows]
            elif value is not None:
                out[key] = study_file.plain(value, path)
        if self.background_seed != self.seed:
            out["background"]["seed"] = self.background_seed
        if self.background_pathogenic:
            out["background"]["pathogenic"] = study_file.plain(self.background_pathogenic)
        return out

    def to_toml(self, folder: Path | None = None) -> str:
        """Return the resolved spec as TOML, paths written as seen from ``folder`` (or as they are); it loads again."""
        if folder is None:
            return study_file.write(self.to_dict())
        here = folder.resolve()  # the way up from a folder is that of its target, if it is a link
        return study_file.write(self.to_dict(lambda path: os.path.relpath(path, here)))

    @property
    def digest(self) -> str:
        """SHA-256 of the resolved spec with the names of files without their folders; files' contents are not in it."""
        text = study_file.write(self.to_dict(lambda path: path.name))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes of inheritance that cases may have."""
        if self.inheritance is None:
            from raresim.catalog import MODES

            return MODES
        return tuple(dict.fromkeys(kind.mode for kind in self.inheritance.kinds))

    def check_files(self) -> None:
        """Raise InputError, a line for each, for files that the spec names and that are not there, or are folders where
        only a model is one."""
        named = [pair for name in KEYS for pair in study_file.paths(getattr(self, name), name)]
        lines = [f"{key}: there is no file {path}{_hint(key, path)}" for key, path in named if not path.exists()]
        lines += [
            f"{key}: {path} is a folder; name a file"
            for key, path in named
            if path.is_dir() and key.rpartition(".")[2] not in ("style", "model")
        ]
        if lines:
            raise InputError(*lines)


def _hint(key: str, path: Path) -> str:
    """The name of a model in the box where the path of none is like it, else what relative paths are relative to."""
    known = {"style": (PUBLISHED, CLINIC), "model": (PUBLISHED,)}.get(key.rpartition(".")[2], ())
    found = nearest(path.name, known) if known else ""
    return found if "did you mean" in found else "; relative paths are those of the study file's folder"


def _rank(line: str, keys: list[str]) -> int:
    """Order mistakes as the study file has their keys."""
    first = part_of(line)
    return keys.index(first) if first in keys else len(keys)
