"""An audit of phenotype kinds, published simulators and folders against real cases, from reports to the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from raresim import catalog, fitting, kinds, reports
from raresim.audit.realism import space
from raresim.audit.realism.assess import Assessment, Examiner
from raresim.audit.realism.report import RealismReport
from raresim.audit.realism.setting import Setting, setting
from raresim.audit.realism.sources import PEERS, SCRAMBLE, Source, of_folder, of_kind, of_peer

if TYPE_CHECKING:
    from raresim.phenotype import PhenotypeKind

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Question:
    """What is asked: names of phenotype kinds ("module:Class" for one's own), whether the published simulators are
    wanted beside them, folders of simulated phenopackets."""

    phenotypes: tuple[str, ...] = ()
    peers: bool = False
    simulated: tuple[Path, ...] = ()


def audit(
    real: Path,
    question: Question,
    salt: str = "audit",
    seeds: int = 3,
    quick: bool = False,
    progress: Progress = lambda stage, share: None,
) -> RealismReport:
    """Return what tells simulated from real phenotypes.

    real: folder or file of phenopackets of solved cases, with their publications. Kinds that learn are fitted on the
    training part of the split alone. quick: twins only. InputError for kinds, folders and cases that do not do.
    """
    chosen = [(name, kinds.find("phenotype", name, "--phenotype")()) for name in question.phenotypes]
    read = {path: reports.read(path) for path in (real, *question.simulated)}
    folders = [of_folder(str(path), read[path].reports) for path in question.simulated]
    known = setting(read[real].reports, salt, catalog.load(), space.load())
    examiner = Examiner(known)
    found: list[Assessment] = []
    floor = examiner.real(quick)
    with ExitStack() as stack:
        for stage, source in _sources(known, chosen, folders, question.peers, stack):
            progress(stage, 0.0)
            found.append(examiner.assess(source, seeds, quick))
            progress(stage, 1.0)
    counts = {
        "for fitting": len(known.parts.train),
        "of held-out publications": len(known.parts.publications),
        "of held-out diseases": len(known.parts.diseases),
        "judged": len(known.judged),
    }
    notes = tuple(f"{path}: {line}" for path, one in read.items() for line in one.lines())
    return RealismReport(salt, counts, floor, tuple(found), notes)


def _sources(
    known: Setting,
    chosen: Sequence[tuple[str, PhenotypeKind]],
    folders: Sequence[Source],
    with_peers: bool,
    stack: ExitStack,
) -> Iterable[tuple[str, Source]]:
    for name, kind in chosen:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        yield name, of_kind(name, refitted(name, kind, known, folder))
    for source in folders:
        yield Path(source.name).name, source
    for name in (*PEERS, SCRAMBLE) if with_peers else ():
        yield name, of_peer(name)


def refitted(name: str, kind: PhenotypeKind, known: Setting, folder: Path) -> PhenotypeKind:
    """Return a kind as it would be had it learned from the training reports alone (``raresim.fitting``), kept in an
    empty folder; one that does not learn as it is."""
    if name not in fitting.names():
        return kind
    fitter = fitting.find(name)
    fitter.fit(known.parts.train, known.catalog, folder, fitting.Options())
    return fitter.phenotype(folder)
