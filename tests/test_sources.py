"""Publications left out of a catalog, and support: against pooling the rows that are left from the beginning."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

from raresim import catalog
from raresim.catalog import Annotation, Catalog
from raresim.compile.pack import pack, pack_sources
from raresim.errors import InputError
from raresim.pooling import Frequency, Row, pool
from raresim.sources import MANY, NAMES, Sources

KNOWN = catalog.load()
PAPERS = [f"PMID:{i}" for i in range(1, 13)]
OTHER = ["OMIM:1", "ORPHA:2", "ISBN-13:3"]


def random_rows(rng: np.random.Generator) -> list[Row]:
    """Rows of a disease as sources have them: counts, shares, nothing, NOT, sexes, onsets, papers and databases."""
    out = []
    for _ in range(int(rng.integers(1, 40))):
        n = int(rng.integers(1, 9))
        k = int(rng.integers(0, n + 1))
        often = (Frequency(), Frequency(share=float(rng.choice([0.0, 0.025, 0.17, 0.9]))), Frequency(k, n, k / n))
        names = (
            rng.choice(PAPERS, int(rng.integers(1, 4)), replace=False) if rng.random() < 0.8 else rng.choice(OTHER, 1)
        )
        out.append(
            Row(
                term=f"HP:{int(rng.integers(1, 15)):07d}",
                often=often[int(rng.integers(3))],
                negated=bool(rng.random() < 0.1),
                sex=str(rng.choice(["", "", "female"])),
                onset=str(rng.choice(["", "", "HP:0003593", "HP:0003577"])),
                publications=tuple(sorted(names.tolist())),
            )
        )
    return out


def made(rows: list[list[Row]]) -> Catalog:
    """A catalog of diseases with these rows of findings."""
    diseases = [
        dataclasses.replace(KNOWN.find("OMIM:154700"), id=f"OMIM:{i}", ids=(f"OMIM:{i}",), annotations=pool(found))
        for i, found in enumerate(rows)
    ]
    return Catalog("test", "0" * 64, {}, pack(diseases), Sources(pack_sources(rows)))


def observed(rows: tuple[Annotation, ...]) -> bool:
    """Whether some finding occurs."""
    return any(not row.excluded for row in rows)


@pytest.fixture(scope="module")
def small() -> tuple[list[list[Row]], Catalog]:
    rng = np.random.default_rng(7)
    rows = [random_rows(rng) for _ in range(40)]
    return rows, made(rows)


def test_what_is_left_is_what_pooling_the_rest_gives(small: tuple[list[list[Row]], Catalog]) -> None:
    rows, whole = small
    rng = np.random.default_rng(8)
    emptied = 0
    for _ in range(40):
        out = set(rng.choice([*PAPERS, *OTHER], int(rng.integers(0, 15)), replace=False).tolist())
        less = whole.without(out)
        for i, found in enumerate(rows):
            expected = pool(row for row in found if not set(row.publications) <= out)
            disease = whole.disease_without(i, out)
            assert disease.annotations == expected
            assert disease == less[i]
            assert disease.drawable == observed(expected) == (not disease.why_not)
            emptied += not expected
        assert less.left_out == tuple(sorted(out & set(whole.publications)))
    assert emptied > 20


def test_leaving_out_twice_is_leaving_out_both(small: tuple[list[list[Row]], Catalog]) -> None:
    # a row on both papers stands on the other one until both are out, one after the other: it is not "alone" on either
    rows, whole = small
    single = [[row for row in found if len(row.publications) == 1] for found in rows]
    whole = made([found for found in single if found])
    one, both = whole.without(PAPERS[:3]).without(PAPERS[3:7]), whole.without(PAPERS[:7])
    assert [one[i] for i in range(len(one))] == [both[i] for i in range(len(both))]
    assert one.left_out == both.left_out


def test_support_is_what_its_definition_says(small: tuple[list[list[Row]], Catalog]) -> None:
    rows, whole = small

    def counted(row: Row) -> int:
        return 0 if row.negated else row.often.n

    def patients(row: Row) -> int:
        papers = sum(name.startswith("PMID:") for name in row.publications)
        figure = row.often.share is not None and not row.often.excluded and not row.negated
        return counted(row) or (0 if figure else papers)

    for least in (1, 2, 5, 12):
        less = whole.supported(least)
        assert less.minimum_support == least
        for i, found in enumerate(rows):
            left = []
            for key in {(row.term, row.sex) for row in found}:
                group = [row for row in found if (row.term, row.sex) == key]
                few = sum(map(patients, group)) < least
                few_counted = sum(map(counted, group)) < least
                left += [r for r in group if not (few and patients(r)) and not (few_counted and counted(r))]
            assert less[i].annotations == pool(left)
            assert all(row.n == 0 or row.n >= least for row in less[i].annotations)


def test_the_shipped_rows_give_the_shipped_annotations() -> None:
    known, words = KNOWN.sources, KNOWN.onset_terms
    assert len(known.first) == len(KNOWN.columns["row_term"]) + 1
    assert (np.bincount(known.many + 1)[1:] == 1).all()
    for row in range(0, len(KNOWN), 5):
        start = int(KNOWN.columns["row_off"][row])
        for at, annotation in enumerate(KNOWN[row].annotations, start):
            first, end = known.first[at : at + 2].tolist()
            if end - first > 1:
                assert pool([known.row(i, annotation, words) for i in range(first, end)]) == (annotation,)


def test_rows_of_a_paper_and_a_database_stand_on_the_paper() -> None:
    assert len(KNOWN.publications) == len(set(KNOWN.publications)) > 17_000
    known = KNOWN.sources
    papers = known.papers()
    mixed = (papers > 0) & (papers < np.diff(known.first_publication))
    assert not mixed.any()
    prefixes = {name.split(":")[0] for name in KNOWN.publications}
    assert {"PMID", "OMIM", "ORPHA"} <= prefixes


def test_the_shipped_catalog_without_papers() -> None:
    papers = [name for name in KNOWN.publications if name.startswith("PMID:")]
    less = KNOWN.without([*papers[::2], "PMID:0"])
    assert less.left_out == tuple(sorted(papers[::2]))
    assert less.digest != KNOWN.digest != KNOWN.without(papers[1::2]).digest
    assert less.digest == KNOWN.without(set(papers[::2])).digest
    assert KNOWN.without(["PMID:0"]) is KNOWN
    assert (less.names, less.modes, less.ids) == (KNOWN.names, KNOWN.modes, KNOWN.ids)
    assert not set(less.publications[:0])
    gone = KNOWN.drawable & ~less.drawable
    assert 500 < gone.sum() < 3_000
    for row in np.flatnonzero(gone)[:50].tolist():
        assert (less[row].why_not, observed(less[row].annotations)) == ("no phenotype", False)
        assert less[row].onset == KNOWN[row].onset
    out = frozenset(papers[::2])
    for row in range(0, len(KNOWN), 11):
        assert KNOWN.disease_without(row, out) == less[row]
        assert KNOWN.disease_without(row, out) is KNOWN.disease_without(row, papers[::2])
    again = pickle.loads(pickle.dumps(less))
    assert again[7] == less[7]


def test_reading_the_catalog_leaves_the_sources_for_later() -> None:
    assert not set(KNOWN.columns) & {*NAMES, *MANY}
    bare = Catalog(KNOWN.release, KNOWN.digest, {}, KNOWN.columns)
    with pytest.raises(InputError, match="does not say which publications it stands on"):
        bare.without(["PMID:1"])
