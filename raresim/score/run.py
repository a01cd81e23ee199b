"""Scoring a study: the diagnosers in the box on ``observed/`` alone, or the answers of any tool, against the truth."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from raresim import kinds
from raresim.diagnoser import DiagnoserKind, Ranking
from raresim.errors import InputError
from raresim.knowledge import SHIPPED, Choice
from raresim.score import answers, circularity, metrics, names, observation, seen_packets, truth_table
from raresim.score.observation import Knowledge
from raresim.score.report import Ranked, Report, build
from raresim.score.truth_table import TrueCase

if TYPE_CHECKING:
    from raresim.catalog import Catalog

DIAGNOSERS = ("resnik", "variant_only", "combined")
LEVELS = ("gene", "disease")
WORTH = (
    20  # cases that a worker must have to be worth its start: 2 to 3 s for numba and the arrays, 0.1 to 0.2 s a case
)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How one diagnoser did in one case, by level; heard: it gave an answer of that level."""

    places: tuple[metrics.Place, metrics.Place]
    heard: tuple[bool, bool]


def score(
    folder: Path | str,
    answer_file: Path | str | None = None,
    diagnosers: Sequence[str] = DIAGNOSERS,
    workers: int = 1,
    lower_is_better: bool = False,
    progress: Callable[[float], None] = lambda share: None,
    catalog: str | None = None,
    visit: int | None = None,
) -> Report:
    """Return how well a tool's answers, or else the diagnosers, rank the true genes and diseases of a study.

    catalog: what the diagnosers know, as :func:`raresim.score.circularity.chosen` reads it; None: that of the box.
    visit: of a study with several, the one whose record the diagnosers are given, from 1; None: the last.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the folder that `raresim run` wrote")
    cases = truth_table.read(folder)
    if answer_file is not None:
        if catalog is not None:
            raise InputError("--catalog: --answers is given; what that tool knew is not raresim's to choose")
        if visit is not None:
            raise InputError(
                f"--visit {visit}: --answers is given; what that tool was given is not raresim's to choose"
            )
        return replace(
            _score_answers(Path(answer_file), folder, cases, lower_is_better), knowledge=circularity.of_answers(folder)
        )
    at = 0 if visit is None else seen_packets.earlier(folder, visit)
    seen = set(seen_packets.codes(folder))
    lost = [case.code for case in cases if case.code not in seen]
    if lost:
        raise InputError(f"{seen_packets.place(folder, lost[0])}: is missing; run the study again")
    unknown = sorted(seen - {case.code for case in cases} - truth_table.controls(folder))
    if unknown:
        raise InputError(
            f"{folder}/truth/cases.tsv: has no row for case {unknown[0]} of observed/; run the study again"
        )
    made = [_diagnoser(name) for name in diagnosers or DIAGNOSERS]
    chosen = circularity.chosen(folder, catalog)
    knowledge = load_knowledge(folder, chosen)
    able, notes = [], [*truth_table.without_answer(folder)]
    for name, diagnoser in made:
        if getattr(diagnoser, "needs_variants", False) and knowledge.genome is None:
            notes.append(f"{name}: not run, because this study has no VCF files (observed/vcf) or no study.toml")
        else:
            able.append((name, diagnoser))
    if not able:
        raise InputError(f"{folder}: {'; '.join(notes)}; give a diagnoser of phenotypes, such as resnik")
    source = _Source(folder, at, tuple(diagnoser for _, diagnoser in able))
    outcomes = _outcomes(source, cases, knowledge, workers, progress)
    ranked = []
    for d, (name, _) in enumerate(able):
        for level, title in enumerate(LEVELS):
            silent = tuple(c.code for c, row in zip(cases, outcomes, strict=True) if not row[d].heard[level])
            if len(silent) < len(cases) or title == "gene":
                places = {c.code: row[d].places[level] for c, row in zip(cases, outcomes, strict=True)}
                ranked.append(Ranked(name, title, places, silent))
    told = circularity.of_diagnosers(folder, knowledge.catalog, chosen)
    return replace(build(cases, ranked, notes), knowledge=told, visit=visit)


def load_knowledge(folder: Path, chosen: Choice = SHIPPED) -> Knowledge:
    """Return what a diagnoser may know in this study: catalog and ontology; genome and database where it has VCFs."""
    from raresim import ontology
    from raresim.knowledge import load

    genome = database = None
    pedigrees = False
    if (folder / "observed" / "vcf").is_dir() and (folder / "study.toml").exists():
        from raresim.score.database import read
        from raresim.spec import Spec
        from raresim.world import load_genome

        spec = Spec.load(folder / "study.toml")
        genome, pedigrees = load_genome(spec), "ped" in map(kinds.name_of, spec.output)
        database = read(folder / "panel" / "sites.vcf.gz", genome.index)
    return Knowledge(ontology.load(), load(chosen, "--catalog"), genome, database, pedigrees)


def _diagnoser(name: str) -> tuple[str, DiagnoserKind]:
    return name, kinds.make("diagnoser", name, {}, "--diagnoser")


@dataclass(frozen=True)
class _Source:
    """What is ranked, and by whom: the folder of a study, the visit (0: the last), the diagnosers."""

    folder: Path
    visit: int
    diagnosers: tuple[DiagnoserKind, ...]


def _outcomes(
    source: _Source,
    cases: Sequence[TrueCase],
    knowledge: Knowledge,
    workers: int,
    progress: Callable[[float], None],
) -> list[list[_Outcome]]:
    known = _names(cases, knowledge.catalog)
    done: list[list[_Outcome]] = []
    workers = min(workers, len(cases) // WORTH)
    if workers <= 1:
        for case in cases:
            done.append(_case(case, source, knowledge, known))
            progress(len(done) / len(cases))
        return done
    from raresim.processes import ordered

    work = partial(_case_of_worker, source=source)
    chunk = max(1, min(16, len(cases) // (4 * workers)))
    for outcome in ordered(work, cases, workers, _start, (knowledge, known), chunk):
        done.append(outcome)
        progress(len(done) / len(cases))
    return done


_worker: list[tuple[Knowledge, names.Names]] = []  # of a worker process: set once by _start


def _start(knowledge: Knowledge, known: names.Names) -> None:
    gc.freeze()  # what is known stays: it is not searched for garbage again at every case
    _worker.append((knowledge, known))


def _case_of_worker(case: TrueCase, source: _Source) -> list[_Outcome]:
    return _case(case, source, *_worker[0])


def _case(case: TrueCase, source: _Source, knowledge: Knowledge, known: names.Names) -> list[_Outcome]:
    """Rank what is observed of a case, then, and only then, look at its truth."""
    seen = observation.read(source.folder, case.code, knowledge, source.visit)
    rankings = [diagnoser.rank(seen, knowledge) for diagnoser in source.diagnosers]
    return [_judged(ranking, case, known) for ranking in rankings]


def _judged(ranking: Ranking, case: TrueCase, known: names.Names) -> _Outcome:
    scores = [answer.score for answer in ranking.answers]
    genes = [answer.gene for answer in ranking.answers]
    diseases = [answer.disease for answer in ranking.answers]
    true_genes = frozenset(known.gene(name) for name in case.genes)
    true_ids = frozenset(known.disease(name) for name in case.diseases)
    places = _placed(scores, genes, known.gene, true_genes), _placed(scores, diseases, known.disease, true_ids)
    return _Outcome(places, (any(genes), any(diseases)))


def _placed(
    scores: Sequence[float], given: Sequence[str], name: Callable[[str], str], truth: frozenset[str]
) -> metrics.Place:
    """Return the place of the truth; of ten thousand answers only those not behind it are looked at."""
    true = {text for text in set(given) if text and name(text) in truth}
    best = max((score for score, text in zip(scores, given, strict=True) if text in true), default=None)
    if best is None:
        return metrics.place((), truth)
    before = [at for at, score in enumerate(scores) if score >= best]
    return metrics.place([(-scores[at], name(given[at])) for at in before if given[at]], truth)


def _names(cases: Sequence[TrueCase], catalog: Catalog) -> names.Names:
    """Return what genes and diseases are called: by the shipped gene table, the catalog, and the study itself."""
    from raresim import gene_table

    known = gene_table.load().genes
    table = zip(known.symbol, known.hgnc, known.ensembl, known.ncbi, strict=True)
    rows = [*table, *sorted(catalog.symbols.items()), *(case.genes for case in cases)]
    return names.make(rows, [*catalog.ids, *(case.diseases for case in cases)])


def _score_answers(path: Path, folder: Path, cases: Sequence[TrueCase], lower_is_better: bool) -> Report:
    from raresim import catalog

    known = _names(cases, catalog.load())
    controls = truth_table.controls(folder)
    given = answers.read(path, {case.code for case in cases} | controls, known, lower_is_better)
    notes = [*truth_table.without_answer(folder)]
    if given.unknown:
        count, some = len(given.unknown), ", ".join(given.unknown[:5])
        notes.append(f"{path.name}: {count} names are no known gene or disease and count as wrong answers: {some}")
    ranked = []
    for level in given.levels:
        places, silent = {}, []
        for case in cases:
            lines = given.lines.get(case.code, [])
            genes = level == "gene"
            entries = [(line.key, name) for line in lines for name in (line.genes if genes else line.diseases)]
            truth = frozenset(map(known.gene, case.genes) if genes else map(known.disease, case.diseases))
            places[case.code] = metrics.place(entries, truth, [line.key for line in lines] if given.ranked else None)
            if not entries:
                silent.append(case.code)
        ranked.append(Ranked(path.stem, level, places, tuple(silent)))
    return build(cases, ranked, notes)
