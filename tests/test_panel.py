"""The panel as a whole, on small genomes."""

from __future__ import annotations

import dataclasses
import multiprocessing
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from raresim import demography, maps, panel, streams
from raresim import targets as make_targets
from raresim.background import Coalescent, Empty, Inputs
from raresim.consequence import effects, worst
from raresim.errors import InputError
from raresim.panel import Panel
from raresim.population import apart
from raresim.sites import Sites, Variant
from raresim.thinning import LOSS, classes
from tests.builders import random_genome

KIND = Coalescent(ancestry={"EUR": 60}, database=0.4)


@cache
def inputs(seed: int = 3) -> Inputs:
    genome = random_genome(2, 150)
    return Inputs(seed, genome, make_targets.make(genome), maps.load(genome))


@cache
def made(seed: int = 3) -> Panel:
    return KIND.make(inputs(seed), 1, lambda share: None)


def same(a: Panel, b: Panel) -> bool:
    columns = panel._columns(a), panel._columns(b)
    return columns[0].keys() == columns[1].keys() and all(
        np.array_equal(columns[0][name], columns[1][name]) for name in columns[0] if name != "text"
    )


def test_sites_are_sorted_biallelic_and_on_the_reference() -> None:
    people, genome = made(), inputs().genome
    rows = [people.sites[i] for i in range(len(people.sites))]
    assert len(rows) > 200
    assert rows == sorted(set(rows))
    for v in rows:
        assert genome.fetch(v.contig, v.pos, v.pos + len(v.ref)) == v.ref
        assert set(v.ref + v.alt) <= set("ACGT")
        assert (len(v.ref) == 1) or (len(v.alt) == 1)
    assert {genome.contigs[v.contig].in_par(v.pos) for v in rows if v.contig == 1} == {True, False}
    assert {genome.contigs[v.contig].kind for v in rows} == {contig.kind for contig in genome.contigs}
    assert any(len(v.ref) > 1 for v in rows)
    assert any(len(v.alt) > 1 for v in rows)
    deleted = {(v.contig, v.pos + i) for v in rows for i in range(1, len(v.ref))}
    assert not any((v.contig, v.pos) in deleted for v in rows)


def test_cohort_and_database_are_parted_and_counted() -> None:
    people = made()
    assert people.an.tolist() == [48]
    assert people.people == 36
    assert len(people.hap_off) == 73
    carried = people.counts()
    assert ((carried + people.ac[:, 0]) > 0).all()
    assert (people.ac <= people.an).all()
    assert (2 * people.hom <= people.ac).all()
    for h in range(0, 72, 7):
        mine = people.own.rows(h, 0, len(people.sites))
        assert (np.diff(mine) > 0).all()
    site = int(np.argmax(carried))
    assert len(people.carriers(site)) == carried[site]
    frequency = people.ac[:, 0] / 48
    assert people.pathogenic.sum() == 0 or frequency[people.pathogenic].max() <= 0.01
    assert np.corrcoef(frequency, carried / 72)[0, 1] > 0.9


def test_effects_are_those_of_the_sites_and_rows_are_found() -> None:
    people, genome = made(), inputs().genome
    terms, gene = worst(effects(genome, people.sites), len(people.sites))
    assert (people.terms == terms).all()
    assert (people.gene == gene).all()
    order = np.random.default_rng(1).permutation(len(people.sites))[:50]
    asked = Sites.concat([people.sites.take(order), Sites.of([Variant(0, 1, "A", "C"), Variant(1, 10**6, "A", "C")])])
    assert people.rows(asked).tolist() == [*order.tolist(), -1, -1]


def test_any_number_of_workers_gives_the_same_panel() -> None:
    assert same(made(), KIND.make(inputs(), 2, lambda share: None))


def test_seed_changes_everything_and_size_the_people() -> None:
    assert not same(made(3), made(4))


def test_broken_alleles_are_never_the_reference() -> None:
    """A loss of function at a frequency above one half would mean a reference that is broken: none in ten panels."""
    for seed in range(3, 6):
        people = made(seed)
        loss = classes(people.terms) == LOSS
        assert people.ac[loss, 0].max(initial=0) < 48


def test_no_allele_inside_a_deletion() -> None:
    sites = Sites.of(
        [
            Variant(0, 10, "ACGT", "A"),  # deletes 11-13
            Variant(0, 10, "A", "C"),  # its anchor: fine
            Variant(0, 12, "G", "T"),  # inside, rarer: goes
            Variant(0, 14, "C", "T"),  # beyond
            Variant(0, 20, "ACG", "A"),  # goes: 22 is commoner
            Variant(0, 22, "G", "T"),
            Variant(0, 30, "ACG", "A"),  # goes: overlaps the next, which is commoner
            Variant(0, 31, "CGT", "C"),
            Variant(1, 12, "G", "T"),
        ]
    )
    order = sites.order()
    keep = apart(sites.take(order), np.array([5, 9, 4, 9, 2, 3, 1, 2, 1])[order])
    assert keep[np.argsort(order)].tolist() == [True, True, False, True, False, True, False, True, True]


def test_cache_gives_the_same_panel_and_mends_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RARESIM_CACHE", str(tmp_path))
    calls = []
    first = panel.cached(KIND, inputs(), 1, calls.append)
    assert same(first, made())
    assert first.digest == panel.digest(KIND, inputs())
    assert calls
    (file,) = tmp_path.glob("panel-*.bin")
    assert not list(tmp_path.glob("*.tmp"))
    calls.clear()
    again = panel.cached(KIND, inputs(), 1, calls.append)
    assert same(first, again)
    assert again.digest == first.digest
    assert again.ancestries == ("EUR",)
    assert not calls, "it came from the cache"
    whole = file.read_bytes()
    for damage in (
        whole[:-200],
        b"",
        whole[: len(whole) // 2] + b"\x7f" + whole[len(whole) // 2 + 1 :],
        b"x" + whole[1:],
    ):
        calls.clear()
        file.write_bytes(damage)
        assert same(panel.cached(KIND, inputs(), 1, calls.append), made())
        assert calls, "a damaged file is made again"


def test_a_cache_without_leave_to_write_serves_what_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RARESIM_CACHE", str(tmp_path))
    first = panel.cached(KIND, inputs())
    (file,) = tmp_path.glob("panel-*.bin")
    lock = file.with_name(file.name + ".lock")
    lock.unlink()
    lock.mkdir()  # nobody can write such a lock, not even root
    assert same(panel.cached(KIND, inputs()), first)
    file.unlink()
    with pytest.raises(InputError, match=r"^RARESIM_CACHE: cannot write .*\.lock \(.*\); set it to a writable folder$"):
        panel.cached(KIND, inputs())


def test_digest_names_all_that_makes_a_panel(tmp_path: Path) -> None:
    here = inputs()
    base = panel.digest(KIND, here)
    demes = tmp_path / "own.yaml"
    text = "time_units: generations\ndemes:\n- name: EUR\n  epochs: [{start_size: 10000}]\n"
    demes.write_text(text)
    own = dataclasses.replace(KIND, demography=demes)
    one = panel.digest(own, here)
    demes.write_text(text.replace("10000", "20000"))
    names = {
        base,
        one,
        panel.digest(own, here),
        panel.digest(dataclasses.replace(KIND, database=0.5), here),
        panel.digest(KIND, dataclasses.replace(here, seed=4)),
        panel.digest(KIND, dataclasses.replace(here, genome=random_genome(3, 150))),
        panel.digest(KIND, dataclasses.replace(here, targets=make_targets.make(here.genome, padding=10))),
        panel.digest(Empty(ancestry={"EUR": 60}, database=0.4), here),
    }
    assert len(names) == 8


def _wait(folder: str, seen: object) -> None:
    import os

    os.environ["RARESIM_CACHE"] = folder
    seen.append(panel.cached(KIND, inputs(), 1).digest)  # type: ignore[attr-defined]


def test_two_processes_make_one_panel(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        seen = manager.list()
        both = [context.Process(target=_wait, args=(str(tmp_path), seen)) for _ in range(2)]
        for process in both:
            process.start()
        for process in both:
            process.join()
        assert [p.exitcode for p in both] == [0, 0]
        assert list(seen) == [panel.digest(KIND, inputs())] * 2
    assert len(list(tmp_path.glob("panel-*.bin"))) == 1


def test_empty_has_people_and_no_sites() -> None:
    people = Empty(ancestry={"EUR": 11}, database=0.5).make(inputs(), 1, lambda share: None)
    assert (len(people.sites), people.people, people.an.tolist()) == (0, 5, [12])
    assert len(people.hap_off) == 11


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Coalescent(ancestry={"EURO": 50}), ["background.ancestry.EURO", "EUR"]),
        (Coalescent(ancestry={"AFR": 50, "EURO": 5}), ["background.ancestry.EURO", "EUR"]),
        (Coalescent(ancestry={"NAT": 50}), ["background.ancestry.NAT", "ends 12 generations ago", "AMR"]),
        (Coalescent(database=1.0), ["background.database", "cohort"]),
        (Coalescent(database=0.0), ["background.database", "database"]),
        (Coalescent(demography=Path("none.yaml")), ["background.demography", "none.yaml"]),
    ],
)
def test_mistakes_are_one_line(kind: Coalescent, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        kind.check()
    with pytest.raises(InputError) as caught:
        kind.make(inputs(), 1, lambda share: None)
    assert len(caught.value.lines) == 1
    assert all(word in str(caught.value) for word in words)


def test_demes_files_of_the_field_reports(shared: Path, tmp_path: Path) -> None:
    reports = shared.parent / "field_reports" / "inputs"
    with pytest.raises(InputError, match=r"EUR .* ends 40 generations ago and cannot be sampled now") as caught:
        demography.load(reports / "I14.yaml", {"EUR": 100})
    assert "\n" not in str(caught.value)
    text = (reports / "I15.yaml").read_text()
    for content in (text, text.replace("[0.7, 0.2]", "[0.7, 0.3]")):
        file = tmp_path / "demes.yaml"
        file.write_text(content)
        with pytest.raises(InputError, match="EUR") as caught:
            demography.load(file, {"EUR": 100})
        assert "\n" not in str(caught.value)
    for content in ("demes: [", "", "[1, 2]", "time_units: generations\ndemes: []\n", "\x00"):
        file.write_text(content)
        with pytest.raises(InputError, match=r"background\.demography") as caught:
            demography.load(file, {"EUR": 100})
        assert "\n" not in str(caught.value)


def test_people_are_parted_by_key() -> None:
    from raresim.population import People

    one, two = (People.of([("A", 30), ("B", 11)], 0.5, seed) for seed in (1, 2))
    assert one.database[:30].sum() == 15
    assert one.database[30:].sum() == round(5.5)
    assert not np.array_equal(one.database, two.database)
    assert streams.key(1, "background", "database", "A") != streams.key(2, "background", "database", "A")


def test_a_lock_that_was_removed_while_it_was_waited_for_is_taken_anew(tmp_path: Path) -> None:
    import threading
    import time

    from raresim import artifact

    path, entered = tmp_path / "thing", threading.Event()

    def other() -> None:
        with artifact.locked(path):
            entered.set()

    with artifact.locked(path):
        waiting = threading.Thread(target=other)
        waiting.start()
        time.sleep(0.3)  # the other one waits for this file by now
        (tmp_path / "thing.lock").unlink()
    waiting.join(10)
    assert entered.is_set()
    assert (tmp_path / "thing.lock").exists()
