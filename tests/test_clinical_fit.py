"""Fitting clinical records: what the fit sees, minimum support, the same model from the same reports."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from raresim import InputError, catalog, ontology
from raresim.clinical import Model, clinics, draw, examples, fit_structure, fit_terms, load, sampler, structure
from raresim.clinical import entry as entries
from raresim.clinical.features import STATIC
from raresim.clinical.fit import fit
from raresim.kernels.clinical import CONTEXT
from raresim.phenotype import Person
from raresim.reports import Report
from raresim.streams import stream

KNOWN, HPO = catalog.load(), ontology.load()
RARE = "HP:0003288"  # Mitochondrial propionyl-CoA carboxylase defect: no disease of the catalog is annotated with it
OFTEN = "HP:0001263"  # Global developmental delay


def reports(papers: int = 60, rare_in: int = 2) -> list[Report]:
    """Two patients a paper, three terms of the entry of one of twenty diseases each, and a common term."""
    rng, out = stream(2, "reports"), []
    rows = [r for r in np.flatnonzero(KNOWN.drawable)[::200].tolist() if len(KNOWN[r].annotations) > 8][:20]
    for number in range(2 * papers):
        of = KNOWN[rows[number // 2 % len(rows)]]
        terms = [a.term for a in of.annotations if not a.excluded and not a.sex]
        chosen = {terms[i] for i in rng.permutation(len(terms))[:4].tolist()}
        rest = chosen - {OFTEN}
        observed = {*sorted(rest)[:3], OFTEN, *([RARE] if number // 2 < rare_in else [])}
        excluded = {*sorted(rest)[3:]} - observed
        out.append(
            Report(
                f"r{number}",
                of.id,
                f"PMID:{number // 2}",
                number % 2 == 0,
                5.0,
                1.0,
                *map(_sorted, (observed, excluded)),
            )
        )
    return out


def _sorted(terms: set[str]) -> tuple[str, ...]:
    return tuple(sorted(terms))


@pytest.fixture(scope="module")
def fitted() -> Model:
    pytest.importorskip("sklearn")
    return fit(reports(), KNOWN)


def test_the_same_reports_give_the_same_bytes(fitted: Model) -> None:
    again = fit(reports(), KNOWN)
    assert again.packed() == fitted.packed()
    assert fit(reports(), KNOWN, seed=1).packed() != fitted.packed()


def emitted(model: Model, folder: Path, records: int) -> set[str]:
    model.save(folder)
    writer = draw.writer(str(folder))
    diseases = [KNOWN.find(report.disease) for report in reports()[::2][:20]]
    rng = stream(5, "emitted")
    found = [writer.record(of, Person(True, 20.0, 1.0), False, rng) for of in diseases for _ in range(records)]
    return {feature.term for record in found for feature in record.rows}


def test_a_term_of_too_few_publications_is_not_in_the_model_and_never_drawn(fitted: Model, tmp_path: Path) -> None:
    """Two publications have the term: with a limit of three it is not even a candidate, with one of two it is."""
    number = int(RARE[3:])
    assert number not in fitted.term
    assert int(OFTEN[3:]) in fitted.term
    assert not sampler.sampler(fitted).lexicon.usable[HPO.index(RARE)]
    low = fit(reports(), KNOWN, minimum_support=2)
    assert low.observed[low.term == number].tolist() == [2]
    assert sampler.sampler(low).lexicon.usable[HPO.index(RARE)]
    assert RARE not in emitted(fitted, tmp_path / "three", 50)


def test_counts_are_of_publications(fitted: Model) -> None:
    assert fitted.observed[fitted.term == int(OFTEN[3:])].tolist() == [60]
    assert len(fitted.publications) == 60
    assert fitted.minimum_support == 3


def test_no_group_of_profiles_follows_the_order_of_the_reports(fitted: Model) -> None:
    assert len(np.unique(fitted.disease)) == 20
    assert sorted(set(np.unique(fitted.publication))) == list(range(60))
    assert fitted.disease.tolist() != sorted(fitted.disease.tolist())


def test_each_profile_is_a_likely_donor_of_entries_like_its_own(fitted: Model) -> None:
    lexicon = sampler.sampler(fitted).lexicon
    entry = entries.read(KNOWN.find(reports()[0].disease), True)
    likely = structure.likeness(fitted, entries.describe(entry, lexicon))
    assert likely.sum() == pytest.approx(1)
    assert likely.min() >= 0
    drawn = [clinics.drawn(np.cumsum(likely), u) for u in np.linspace(0, 1, 501).tolist()]
    assert all(likely[i] > 0 for i in drawn)


def test_sharing_is_that_of_the_reports_and_of_the_clinics(fitted: Model) -> None:
    assert fitted.sharing == pytest.approx(6 / 30)  # six patients a disease, two a paper
    one = [dataclasses.replace(report, publication="PMID:x") for report in reports(papers=80)]
    records = examples.material(one, KNOWN, 1).records
    assert fit_structure.sharing(records) == 1.0
    assert fit_structure.sharing([*records, *examples.material(reports(), KNOWN, 1).records]) == pytest.approx(
        36 / 132
    )  # 6, 2, 2, 2
    model = dataclasses.replace(fitted, sharing=0.4)
    same = [float((np.diff(clinics.sizes(model, study, "x"), prepend=0.0) ** 2).sum()) for study in range(1, 3000)]
    assert np.mean(same) == pytest.approx(0.4, abs=4 * np.std(same) / np.sqrt(3000))


def test_the_entry_is_seen_without_the_own_paper() -> None:
    """A report of a paper that the catalog was made from is described by the others; without all papers, as new."""
    papers = {name for name in KNOWN.publications if name.startswith("PMID:")}
    row = next(r for r in range(len(KNOWN)) if _papers(r, papers) > 3)
    gone = next(name for name in sorted(papers) if KNOWN.disease_without(row, {name}) is not KNOWN[row])
    of = KNOWN[row]
    terms = tuple(sorted(a.term for a in of.annotations if not a.excluded)[:3])
    material = examples.material([Report("a", of.id, gone, True, 1.0, 1.0, terms, ())], KNOWN, 1)
    (seen, *_) = examples.seen(material, material.records)
    assert len(seen.entry.rows) == len(entries.read(KNOWN.disease_without(row, {gone}), True).rows)
    assert material.lexicon({gone}).observed.max() == 0  # nor is use counted in it


def _papers(row: int, papers: set[str]) -> int:
    return len(KNOWN[row].annotations) - len(KNOWN.disease_without(row, papers).annotations)


def test_newton_finds_the_weights_that_made_the_choices() -> None:
    rng, size = stream(7, "newton"), len(STATIC) + CONTEXT
    true = np.zeros(size)
    true[:4] = (1.0, -0.5, 0.25, 2.0)
    slots = fit_terms.Choices()
    for _ in range(4000):
        x = rng.standard_normal((20, size)).astype(np.float32)
        x[:, 4:] = 0
        chosen = int(np.argmax(x @ true + rng.gumbel(size=20)))
        slots.features.append(np.concatenate([x[chosen : chosen + 1], np.delete(x, chosen, axis=0)]))
        slots.offset.append(np.zeros(20))
        slots.weight.append(1.0)
    found = fit_terms.newton(slots, np.zeros(size, np.bool_))
    assert found[:4] == pytest.approx(true[:4], abs=0.1)
    assert np.abs(found[4:]).max() < 1e-9


def test_features_have_names() -> None:
    assert len(fit_terms.CONTEXT) == CONTEXT
    assert len({*STATIC, *fit_terms.CONTEXT}) == len(STATIC) + CONTEXT == load().weights.shape[-1]


def test_reports_that_cannot_be_used_are_refused() -> None:
    unknown = [Report("a", "OMIM:999999", "PMID:1", True, 1.0, 1.0, ("HP:0001250",), ())]
    with pytest.raises(InputError, match="nothing can be fitted"):
        fit(unknown, KNOWN)


def test_without_scikit_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with pytest.raises(InputError, match=r"raresim-dx\[fit\]"):
        fit(reports(), KNOWN)


@pytest.mark.slow
def test_the_shipped_model_is_made_again_byte_for_byte(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: Callable[[str], object]
) -> None:
    import sys

    from raresim.compile import clinical
    from raresim.tables import table

    package("sklearn")
    monkeypatch.setattr(sys, "argv", ["clinical", "--shared", str(shared), "--out", str(tmp_path)])
    clinical.main()
    assert (tmp_path / "clinical.npz").read_bytes() == table("clinical.npz").read_bytes()
