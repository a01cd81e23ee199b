"""What a run made, and what a study will make, in a few lines that end in the next command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from raresim.cases import Summary
    from raresim.plan import Plan


def made(summary: Summary, folder: Path) -> str:
    """Return the closing summary of a run."""
    n = summary.cases
    modes = ", ".join(f"{many} {mode}" for mode, many in summary.modes.items())
    if not n:
        return _alone(summary, folder)
    if not summary.people:
        return _phenotypes(summary, folder, modes)
    lost = (
        f"; in {summary.undetectable} a causal allele is not called or its record does not pass FILTER"
        if summary.undetectable
        else ""
    )
    first = min(
        (p.name.removesuffix(".vcf.gz") for p in (folder / "observed" / "vcf").glob("*.vcf.gz")), default="CASE"
    )
    return "\n".join(
        [
            f"{folder}: {n} case{'s' * (n != 1)} ({modes}; {summary.de_novo} with a new mutation{lost})",
            *_population(summary.people, summary.database_haplotypes, summary.smallest_frequency),
            f"a case: {summary.records:,.0f} VCF records, {_candidates(summary.candidates)}",
            *(f"note: {note}" for note in summary.notes),
            f"files: {folder}/observed is what a tool may see, {folder}/truth the answers",
            f"next: raresim score {folder}    raresim show {folder} {first}",
        ]
    )


def _alone(summary: Summary, folder: Path) -> str:
    """Return the closing summary of a run without cases."""
    parts = [f"{folder}/{name}" for name in ("panel", "cohort") if (folder / name).is_dir()]
    return "\n".join(
        [
            f"{folder}: no case, the population alone",
            *_population(summary.people, summary.database_haplotypes, summary.smallest_frequency),
            *(f"note: {note}" for note in summary.notes),
            f"files: {', '.join(parts)}",
        ]
    )


def _phenotypes(summary: Summary, folder: Path, modes: str) -> str:
    """Return the closing summary of a run without a genome."""
    n = summary.cases
    packets = any((folder / "observed").glob("phenopackets*"))
    return "\n".join(
        [
            f"{folder}: {n:,} case{'s' * (n != 1)} ({modes}), phenotypes alone",
            f"a case: {summary.terms:.1f} observed terms",
            *(f"note: {note}" for note in summary.notes),
            f"files: {folder}/observed is what a tool may see, {folder}/truth the answers",
            *([f"next: raresim score {folder}    raresim show {folder} 1"] if packets else []),
        ]
    )


def planned(plan: Plan, study: Path | None) -> str:
    """Return what ``raresim check`` says of a study without mistakes."""
    return "\n".join(
        [
            f"{study or 'the demo'}: no mistake found",
            f"genome: {plan.genome}; targets: {plan.target_bases:,} bases" if plan.people else f"genome: {plan.genome}",
            f"cases: {plan.cases}",
            *_plan_of_variants(plan),
            f"cost: {_size(plan.gigabytes)} on disk; {_time(plan.minutes)} by the clock on this machine if idle"
            + (f", {_time(plan.compiling)} of it once, to compile kernels" if plan.compiling else ""),
            *(f"note: {note}" for note in plan.notes),
            f"next: raresim run {f'{study} ' if study else ''}-o DIR",
        ]
    )


def _size(gigabytes: float) -> str:
    """Return a size in the unit that keeps it between 1 and 1,000, two digits."""
    if gigabytes < 0.0005:
        return "less than a megabyte"
    return f"about {_rounded(gigabytes)} GB" if gigabytes >= 1 else f"about {_rounded(1000 * gigabytes)} MB"


def _time(minutes: float) -> str:
    """Return a time in seconds, minutes or hours, two digits."""
    if minutes < 0.025:
        return "a second"
    if minutes < 1:
        return f"{_rounded(60 * minutes)} seconds"
    return f"{_rounded(minutes)} minutes" if minutes < 60 else f"{_rounded(minutes / 60)} hours"


def _rounded(number: float) -> str:
    return f"{float(f'{number:.2g}'):,.10g}"


def _plan_of_variants(plan: Plan) -> list[str]:
    if not plan.people:
        return []
    population = _population(plan.people, plan.database_haplotypes, plan.smallest_frequency)
    return [*population, f"a case: about {_candidates(plan.candidates)}"] if plan.cases else population


def _population(people: int, haplotypes: int, smallest: float) -> list[str]:
    if not haplotypes:
        return [f"population: {people} people; no database part, so every variant looks new"]
    return [
        f"population: {people} people, of whom {haplotypes // 2} are the database that tools filter on; its smallest "
        f"frequency is 1 in {haplotypes} ({smallest:.2g})"
    ]


def _candidates(number: float) -> str:
    return f"{number:,.0f} candidates (variants of the proband with a database frequency below 0.1%)"
