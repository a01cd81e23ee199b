"""The sequence of the cases of a study, and writing it to a folder.

A study is written in shards: consecutive cases, written by one process into a folder of their own and renamed when
whole. Shards are then merged: per-case files are moved into place, tables are joined in order. Neither the size of a
shard nor the number of workers changes a byte; a run that was killed goes on with the shards that are whole.
"""

from __future__ import annotations

import operator
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, nullcontext
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from raresim.errors import InputError
from raresim.format import Study
from raresim.kinds import family_of, name_of
from raresim.mistakes import Mistakes, part_of
from raresim.processes import ordered
from raresim.rehearsal import rehearsed

if TYPE_CHECKING:
    from raresim.case import Case
    from raresim.shares import Shares
    from raresim.spec import Spec
    from raresim.world import World

SHARD = 50  # cases a shard: enough that starting a worker does not matter, few enough that a killed run loses little
WITHOUT_GENOME = 20  # times as many, because a case takes a hundredth of the time
Progress = Callable[[str, float], None]


class Cases(Sequence["Case"]):
    """The cases of a study as a sequence: index 0 is case number ``spec.first``; slices give lists.

    A case is made when it is asked for and depends on the spec and its number only; nothing is kept of it. The
    population is made at first use; nothing here starts a thread, so a fork (a training loop's data loader) is safe
    before and after that. Pickled, it is the spec alone: another process makes the world again. ``progress`` is called
    with a stage ("genome", "population", "cases") and the share of it that is done, when the world is made and while it
    is iterated. bare: the world as :func:`outlined` gives it, where the study was checked.
    """

    def __init__(self, spec: Spec, bare: World | None = None, progress: Progress | None = None) -> None:
        self.spec = spec
        self._bare = bare
        self._world: World | None = None
        self._progress = progress

    @property
    def world(self) -> World:
        """What all cases share."""
        if self._world is None:
            from raresim import world

            told = self._progress or world.silent
            self._world = world.populate(self._bare or world.outline(self.spec, told), self.spec, progress=told)
        return self._world

    def __getstate__(self) -> dict[str, Any]:
        return {"spec": self.spec, "_bare": None, "_world": None, "_progress": None}

    def __len__(self) -> int:
        return self.spec.cases

    @overload
    def __getitem__(self, index: int) -> Case: ...
    @overload
    def __getitem__(self, index: slice) -> list[Case]: ...
    def __getitem__(self, index: int | slice) -> Case | list[Case]:
        from raresim.assemble import assemble

        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        at = operator.index(index)  # numpy's integers are not Python's
        if not -len(self) <= at < len(self):
            raise IndexError(f"case index {at} outside 0..{len(self) - 1}")
        return assemble(self.spec, self.world, self.spec.first + at % len(self))

    def __iter__(self) -> Iterator[Case]:
        size = len(self)
        step = max(1, size // 1000)
        for index in range(size):
            yield self[index]
            if self._progress and (index % step == 0 or index == size - 1):
                self._progress("cases", (index + 1) / size)


def cases(spec: Spec, progress: Progress | None = None) -> Cases:
    """Return the cases of a study as a sequence that is made as it is read; see :class:`Cases`.

    The study is checked here, as ``raresim check`` does: InputError with all mistakes, before any case is made.
    """
    from raresim import world

    return Cases(spec, outlined(spec, progress or world.silent), progress)


@dataclass(frozen=True)
class Summary:
    """What a run made: counts over all cases, the size of the panel, and where everything is."""

    folder: str
    cases: int
    modes: dict[str, int]
    de_novo: int
    undetectable: int
    records: float  # VCF records a case
    candidates: float  # called variants of a proband with a database frequency below 0.1%, a case
    people: int
    founders: int
    database_haplotypes: int
    smallest_frequency: float
    terms: float = 0.0  # observed terms of a proband
    notes: tuple[str, ...] = field(default=())
    shares: Shares = field(default_factory=dict)  # of modes and kinds, requested and realised


def run(spec: Spec, folder: Path | str, workers: int = 1, progress: Progress = lambda stage, share: None) -> Summary:
    """Write a study to a folder and return what was made.

    Raises InputError for a folder that holds another study or cannot be written, and for cases that cannot be made.
    """
    from raresim import output, world

    folder = Path(folder)
    output.refuse(folder, spec)
    with ExitStack() as held:
        with rehearsed(spec) if spec.cases else nullcontext():
            bare = outlined(spec, progress)
            held.enter_context(output.alone(folder))
            with output.claimed(folder, spec):
                made = world.populate(bare, spec, workers, progress)
        return _written(spec, folder, made, workers, progress)


def _written(spec: Spec, folder: Path, made: World, workers: int, progress: Progress) -> Summary:
    """Write the cases of a study to its folder."""
    from raresim import output

    study = study_of(made)
    for kind in spec.output:
        if getattr(kind, "once", False):
            with kind.open(folder, study):
                pass
    sources = output.sources(spec, made, study)
    parts = shards(spec, output.unfinished(folder, sources))
    todo = [part for part in parts if not part.done]
    progress("cases", 0.0)
    with closing(_write(spec, made, todo, workers, progress)) as written:
        for done, _ in enumerate(written, 1):
            progress("cases", done / len(todo))
    counts = output.merge([part.folder for part in parts], folder)
    summary = _summary(spec, folder, made, counts)
    output.finish(folder, spec, study, sources, summary)
    shutil.rmtree(folder / ".shards", ignore_errors=True)
    progress("cases", 1.0)
    return summary


def outlined(
    spec: Spec, progress: Progress = lambda stage, share: None, lines: Sequence[str] = (), wrong: Collection[str] = ()
) -> World:
    """Return the outline of the world of a study that can be made, or raise InputError with all of its mistakes.

    lines: mistakes that are known already, about the keys ``wrong``; nothing that depends on these is looked at.
    """
    from raresim import world

    found = Mistakes(lines, wrong)
    try:
        spec.check_files()
    except InputError as error:
        found.lines += error.lines
        found.wrong |= set(map(part_of, error.lines))
    bare = world.outline(spec, progress, found=found)
    check(spec, bare, found)
    found.refuse()
    return bare


def check(spec: Spec, world: World, found: Mistakes | None = None) -> None:
    """Raise InputError, all mistakes at once, for a study whose cases cannot be made in this world.

    Given ``found``, mistakes are put there instead, and what depends on a part that has one is not looked at.
    """
    from raresim import founders

    study = Mistakes() if found is None else found
    if spec.genome != "none" and spec.cases:
        places, last = max(kind.founders for kind in spec.pedigree.kinds), spec.first + spec.cases - 1
        needs = ("background", "pedigree", "cases", "first", "reuse")
        study.look(lambda: founders.check(world.panel, last, places, spec.reuse), needs=needs)
    for kind in spec.disease.kinds if spec.cases else ():
        needs = ("genome", "targets", "catalog", "disease", "inheritance")
        more = () if family_of(kind) else ("map", "background")  # a kind of the user's may ask for anything
        study.look(partial(kind.check, world, spec.modes), needs=(*needs, *more))
        if hasattr(kind, "named") and not study.wrong.isdisjoint(("targets", "inheritance")):
            study.look(partial(kind.named, world), needs=("genome", "catalog", "disease"))
    for part, kinds in (("phenotype", spec.phenotype.kinds), ("output", spec.output)):
        for kind in kinds:
            if hasattr(kind, "check"):
                study.look(kind.check, needs=(part,))
    if not spec.cases and not any(getattr(kind, "once", False) for kind in spec.output):
        study.lines.append(
            "output: without cases nothing of it is written; add sites_vcf or cohort_vcf, or ask for cases"
        )
    if study.wrong.isdisjoint(("output", "background")):
        for kind in spec.output:
            wanted = getattr(kind, "needs_background", "")
            if wanted and wanted != name_of(spec.background):
                name = name_of(kind)
                study.lines.append(
                    f'output.{name}: {name} is made of background.kind = "{wanted}"; use it, or leave {name} out'
                )
    if found is None:
        study.refuse()


@dataclass(frozen=True)
class Shard:
    """Consecutive cases, ``first`` to ``last`` inclusive, and the folder they are written to."""

    first: int
    last: int
    folder: Path

    @property
    def done(self) -> bool:
        """Whether the shard is written whole."""
        return self.folder.is_dir()

    @property
    def wip(self) -> Path:
        """The folder's name until then."""
        return self.folder.with_name(self.folder.name + ".wip")


def shards(spec: Spec, folder: Path) -> list[Shard]:
    """Return the shards of a study in order, each a folder in ``folder``."""
    end, size = spec.first + spec.cases, SHARD * (WITHOUT_GENOME if spec.genome == "none" else 1)
    ranges = [(a, min(a + size, end) - 1) for a in range(spec.first, end, size)]
    return [Shard(a, b, folder / f"{a}-{b}") for a, b in ranges]


def study_of(world: World) -> Study:
    """Return what the writers need beside the case."""
    from raresim.output import versions

    return Study(
        world=world, created=f"{max(world.catalog.release, world.ontology.release)}T00:00:00Z", versions=versions(world)
    )


def _write(spec: Spec, world: World, todo: list[Shard], workers: int, progress: Progress) -> Generator[Shard]:
    """Yield the shards as they are written; what is half-written when this is cut short goes."""
    if workers == 1 or len(todo) < 2:
        for part in todo:
            write_shard(spec, world, part, progress if len(todo) == 1 else None)
            yield part
        return
    try:
        yield from ordered(_work, todo, workers, _start, (spec,))
    finally:
        for part in todo:
            shutil.rmtree(part.wip, ignore_errors=True)


_worker: tuple[Spec, World] | None = None


def _start(spec: Spec) -> None:
    from raresim import world

    global _worker
    _worker = (spec, world.make(spec))


def _work(part: Shard) -> Shard:
    assert _worker is not None
    write_shard(*_worker, part, None)
    return part


def write_shard(spec: Spec, world: World, part: Shard, progress: Progress | None) -> None:
    """Write the cases of a shard under a temporary name and rename its folder when it is whole."""
    from raresim import output

    wip = part.wip
    shutil.rmtree(wip, ignore_errors=True)
    wip.mkdir(parents=True)
    try:
        output.write_counts(wip, _fill(wip, spec, world, part, progress))
        wip.rename(part.folder)
    finally:
        shutil.rmtree(wip, ignore_errors=True)  # what an error leaves: on a full disk its space is wanted


def _fill(folder: Path, spec: Spec, world: World, part: Shard, progress: Progress | None) -> Counter[str]:
    """Write the cases of a shard to a folder and return their counts."""
    from raresim import shares
    from raresim.assemble import assemble

    counts: Counter[str] = Counter()
    study = study_of(world)
    with ExitStack() as stack:
        writers = [
            stack.enter_context(kind.open(folder, study)) for kind in spec.output if not getattr(kind, "once", False)
        ]
        for number in range(part.first, part.last + 1):
            case = assemble(spec, world, number)
            for write in writers:
                write(case)
            counts.update(_count(case))
            counts.update(shares.drawn(spec, case.truth))
            if progress:
                progress("cases", (number - part.first + 1) / (part.last - part.first + 2))
    return counts


def _count(case: Case) -> Counter[str]:
    truth = case.truth
    counts = Counter({"cases": 1, "records": len(case.observed.sites)})
    counts["candidates"] = truth.candidates
    counts[f"mode {truth.mode or 'control'}"] += 1
    counts["de_novo"] += any(a.origin == "de_novo" for a in truth.alleles)
    counts["undetectable"] += bool(truth.disease) and not truth.detectable
    proband = truth.members[0].features
    counts["terms"] += sum(not row.excluded for row in proband.rows) if proband else 0
    return counts


def _summary(spec: Spec, folder: Path, world: World, counts: list[Counter[str]]) -> Summary:
    from raresim import shares

    total: Counter[str] = sum(counts, Counter())
    n = max(total["cases"], 1)
    haplotypes = int(world.panel.an.sum())
    modes = {k.removeprefix("mode "): v for k, v in sorted(total.items()) if k.startswith("mode ")}
    return Summary(
        folder=str(folder),
        cases=total["cases"],
        modes=modes,
        de_novo=total["de_novo"],
        undetectable=total["undetectable"],
        records=total["records"] / n,
        candidates=total["candidates"] / n,
        people=world.panel.people + haplotypes // 2,
        founders=world.panel.people,
        database_haplotypes=haplotypes,
        smallest_frequency=1 / haplotypes if haplotypes else float("nan"),
        terms=total["terms"] / n,
        notes=(*notes(world), *_not_written(spec)),
        shares=shares.table(spec, world, total, modes) if spec.cases else {},
    )


def _not_written(spec: Spec) -> tuple[str, ...]:
    """Return a note on the outputs of cases that a study without cases names, or none."""
    from raresim.spec import OUTPUT

    if spec.cases or [name_of(kind) for kind in spec.output] == list(OUTPUT):  # nobody has named these
        return ()
    names = [name_of(kind) for kind in spec.output if not getattr(kind, "once", False)]
    return (f"without cases nothing of {', '.join(names)} is written",) if names else ()


def notes(world: World) -> tuple[str, ...]:
    """Return what a summary should say of the world beside its sizes."""
    from raresim import knowledge, pathogenic
    from raresim.disease import _eligible

    return (
        *knowledge.notes(world.catalog),
        *world.genome.notes,
        *world.targets.notes,
        *world.map.notes,
        *world.panel.notes,
        *pathogenic.notes(world),
        *_eligible.of(world).notes,
    )


def as_json(summary: Summary) -> dict[str, object]:
    """Return a summary as plain values, without the folder."""
    out = asdict(summary)
    del out["folder"]
    return out
