"""Compile ``data/seldom.tsv``: findings that are seldom recorded below an age, and how seldom.

Run ``python -m raresim.compile.seldom --shared ../shared/data`` after a new clinical model; the output is a function of
the cases, the catalog and that model. It takes a minute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raresim import catalog, kinds, ontology, reports
from raresim.compile.arguments import arguments
from raresim.onset import onset_draw
from raresim.phenotype import Person
from raresim.streams import key, stream
from raresim.tables import table

HEADER = """\
# raresim: findings (with all below them) that are seldom recorded below an age in years, of what is drawn
# present, excluded: shares of the draws that stay. The odds of solved cases below and above the age, over those of
#   simulated cases of the same diseases, sex and ages as their kinds draw them: four records of "clinical" and one of
#   "annotated" each (excluded: of "clinical"), half a case added to each count, at most 1. Which findings: a choice
# {count} cases of phenopacket-store (2026-06-25, BSD-3-Clause, doi:10.1016/j.xhgg.2024.100371) with age and disease,
#   input sha256 {cases}; HPO {hpo}; data/clinical.npz sha256 {model}
finding\tbelow\tpresent\texcluded
"""
CASES = "phenopackets/phenopacket_store_T.jsonl.gz"
# Findings and ages, years: choices, of what has to be told, tested or trained, or grows.
SELDOM = {
    **dict.fromkeys(("HP:0002167", "HP:0002463"), 1.0),  # speech, language
    **dict.fromkeys(("HP:0001288", "HP:0002540", "HP:0031936", "HP:0002505"), 1.0),  # gait, walking
    **dict.fromkeys(("HP:0001249", "HP:0001270"), 1.0),  # intellectual disability, motor delay
    **dict.fromkeys(("HP:0011443", "HP:0001337", "HP:0000539"), 1.0),  # coordination, tremor, refraction
    **dict.fromkeys(("HP:0000164", "HP:0100543", "HP:0003474"), 3.0),  # teeth, cognitive impairment, sensation
    **dict.fromkeys(("HP:0000729", "HP:0000734", "HP:5200044"), 3.0),  # autism, disinhibition, attention
    **dict.fromkeys(("HP:0002354", "HP:0000716", "HP:0001300"), 8.0),  # memory, depression, parkinsonism
    **dict.fromkeys(("HP:0005978", "HP:0000080", "HP:0000135"), 8.0),  # type II diabetes, reproduction, hypogonadism
}
SEED = 5
RECORDS = {"clinical": 4, "annotated": 1}  # of each case
STUDY = 50  # cases that share a study, which differ in disease


def compiled(shared: Path) -> bytes:
    """Return the bytes of the table."""
    known, terms = catalog.load(), ontology.load()
    row = {code: at for at in np.flatnonzero(known.drawable).tolist() for code in known[at].ids}
    cases = [(n, r) for n, r in enumerate(reports.read(shared / CASES).reports) if r.disease in row]
    aged = [(n, r, r.age) for n, r in cases if r.age is not None]
    at = [terms.rows[term] for term in SELDOM]
    ages = np.array(list(SELDOM.values()))
    real = np.sum([_counts(age, (r.observed, r.excluded), at, ages) for _, r, age in aged], axis=0)
    made = {}
    for name, many in RECORDS.items():
        kind, count = kinds.make("phenotype", name, {}), np.zeros((2, 2, len(at)), np.int64)
        for again in range(many):
            for n, report, age in aged:
                disease, rng = known[row[report.disease]], stream(SEED, "seldom", again, n)
                began = onset_draw(disease, rng) if report.onset is None else report.onset
                female = bool(rng.random() < 0.5) if report.female is None else report.female
                if disease.sex:
                    female = disease.sex == "female"
                keys = key(SEED, "seldom", again, n // STUDY), key(SEED, "seldom", "family", again, n)
                person = Person(female, age, min(began, age), float(rng.standard_normal()), *keys)
                rows = kind.draw(disease, person, rng).rows
                sides = [[f.term for f in rows if f.excluded is side] for side in (False, True)]
                count += _counts(age, sides, at, ages)
        made[name] = count
    simulated = np.stack([made["clinical"][0] + made["annotated"][0], made["clinical"][1]])
    odds = ((part[:, 0] + 0.5) / (part[:, 1] + 0.5) for part in (real, simulated))
    shares = np.minimum(np.divide(*odds), 1.0)
    digest, model = (hashlib.sha256(p.read_bytes()).hexdigest() for p in (shared / CASES, table("clinical.npz")))
    text = HEADER.format(count=len(aged), cases=digest, hpo=terms.release, model=model)
    for term, age, present, excluded in zip(SELDOM, ages.tolist(), *shares.tolist(), strict=True):
        text += f"{term}\t{age:g}\t{present:.2f}\t{excluded:.2f}\n"
    return text.encode()


def _counts(age: float, sides: Iterable[Iterable[str]], at: list[int], ages: NDArray[np.float64]) -> NDArray[np.int64]:
    """int64[2, 2, findings]: whether a record has each finding present, excluded (it or one below), by below or from
    its age on."""
    terms = ontology.load()
    out = np.zeros((2, 2, len(at)), np.int64)
    for side, found in enumerate(sides):
        line = {above for term in found for above in terms.ancestors(terms.rows[term]).tolist()}
        has = np.array([row in line for row in at])
        out[side, 0], out[side, 1] = has & (age < ages), has & (age >= ages)
    return out


def main() -> None:
    """Write the table."""
    shared, out = arguments(__doc__, (CASES,), "data/seldom.tsv", "file")
    out.write_bytes(compiled(shared))


if __name__ == "__main__":
    main()
