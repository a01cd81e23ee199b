"""Tree sequences of a panel, read with tskit alone: they hold the panel, genotype by genotype."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tskit

from raresim import Spec, TargetChoice, cases, mitochondrial, world
from raresim.background import Coalescent, Empty
from raresim.cohort import People
from raresim.errors import InputError
from raresim.format.trees import Trees

RATES = mitochondrial.by_region()
GENES = ("MT-ND5", "MT-CYB", "ZFY", "USP9Y", "MECP2", "DMD", "CFTR", "TTN")


@cache
def study() -> Any:
    """A small panel whose mitochondria mutate thirty times as often, so that bases mutate again and back."""
    spec = Spec(
        seed=5,
        targets=TargetChoice(genes=GENES),
        background=Coalescent(ancestry={"AFR": 24, "AMR": 10, "EUR": 20}, database=0.4),
    )
    made = world.outline(spec)
    with often():
        panel = dataclasses.replace(spec.background.make(world.inputs(made), 1, lambda share: None), digest="often")
    return cases.study_of(dataclasses.replace(made, panel=panel))


@contextmanager
def often() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mitochondrial, "by_region", lambda: dataclasses.replace(RATES, snv=30 * RATES.snv))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trees")
    made = study()
    with often(), Trees().open(out, made):
        pass
    return out / "cohort" / "trees"


def test_genotypes_are_those_of_the_panel(folder: Path) -> None:
    """Of people of the cohort all genotypes, of the database all counts; also where a base mutated twice or back."""
    genome, panel = study().world.genome, study().world.panel
    found: dict[tuple[str, int, str, str], set[int]] = {}
    counts: dict[tuple[str, int, str, str], int] = {}
    again = back = thinned = 0
    for path in sorted(folder.iterdir()):
        trees = tskit.load(path)
        contig = trees.metadata["raresim"]["contig"]
        assert path.name == f"{contig}.{trees.metadata['raresim']['block']:04}.trees"
        assert trees.sequence_length == genome.contigs[genome.index[contig]].length
        own: dict[int, Any] = {}
        real: list[int] = []  # 2: a haplotype that the person has, 1: in PAR alone, 0: not
        for person in trees.individuals():
            names = person.metadata.get("haplotypes", [None, None])
            if person.metadata["part"] != "reference":
                lone = {"chrY": names[:1], "chrM": names[1:]}.get(contig, names)
                own |= dict(zip(person.nodes.tolist(), lone, strict=True))
                man, woman = person.metadata.get("sex") == "male", person.metadata.get("sex") == "female"
                has = {"chrX": [1 if man else 2, 2], "chrY": [0 if woman else 2], "chrM": [2]}.get(contig, [2, 2])
                real += has
        assert list(own) == trees.samples().tolist()
        haplotype = np.array([-1 if h is None else h for h in own.values()])
        where, counted = genome.contigs[genome.index[contig]], np.array(real)
        for variant in trees.variants():
            again += len(variant.site.mutations) > 1
            back += any(m.derived_state == variant.site.ancestral_state for m in variant.site.mutations)
            for allele in variant.site.metadata["alleles"]:
                key = (contig, allele["pos"], allele["ref"], allele["alt"])
                which = [i for i, text in enumerate(variant.alleles) if text == allele["alt"]]
                carries = haplotype[np.isin(variant.genotypes, which)]
                assert (carries >= 0).sum() == allele["cohort"]
                assert (carries < 0).sum() == allele["database"]
                thinned += not allele["kept"]
                if allele["kept"]:
                    found.setdefault(key, set()).update(carries[carries >= 0].tolist())
                    there = counted > (0 if where.in_par(allele["pos"] - 1) else 1)
                    mine = np.isin(variant.genotypes, which) & (haplotype < 0) & there
                    counts[key] = counts.get(key, 0) + mine.sum()
    want = {}
    for row in range(len(panel.sites)):
        v = panel.sites[row]
        key = (genome.contigs[v.contig].name, v.pos + 1, v.ref, v.alt)
        want[key] = set(panel.carriers(row).tolist())
        assert counts[key] == panel.ac[row].sum()
    assert found == want
    assert {key[0] for key in want} == {"chr2", "chr7", "chrX", "chrY", "chrM"}
    assert any(len(key[2]) > 1 for key in want)
    assert again > 10
    assert back > 10
    assert thinned > 100


def test_metadata_say_who_and_what(folder: Path) -> None:
    genome, panel = study().world.genome, study().world.panel
    trees = tskit.load(folder / "chrM.0000.trees")
    people = [person.metadata for person in trees.individuals()]
    assert [p["part"] for p in people].count("cohort") == panel.people
    assert people[-1] == {"part": "reference"}
    named = {p["name"]: p for p in people if p["part"] == "cohort"}
    columns = People.of(panel)
    for person, name in zip(columns.order.tolist(), columns.names, strict=True):
        assert named[name]["haplotypes"] == [2 * person, 2 * person + 1]
        assert named[name]["ancestry"] == panel.ancestries[panel.ancestry[person]]
    alleles = [allele for site in trees.sites() for allele in site.metadata["alleles"]]
    assert {allele["gene"] for allele in alleles} >= {"MT-ND5", "MT-CYB"}
    assert {"missense_variant", "synonymous_variant"} <= {allele["consequence"] for allele in alleles}
    assert {"missense", "neutral"} <= {allele["class"] for allele in alleles}
    assert all(genome.fetch(genome.index["chrM"], a["pos"] - 1, a["pos"]) == a["ref"] for a in alleles)
    (record,) = trees.provenances()
    assert record.timestamp == study().created
    assert panel.digest in record.record
    tskit.validate_provenance(json.loads(record.record))


def test_the_same_bytes_every_time(folder: Path, tmp_path: Path) -> None:
    with often(), Trees().open(tmp_path, study()):
        pass
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "cohort" / "trees").iterdir())
    assert all((folder / n).read_bytes() == (tmp_path / "cohort" / "trees" / n).read_bytes() for n in names)
    assert len({tskit.load(folder / n).file_uuid for n in names}) == len(names)


def test_other_backgrounds_have_none() -> None:
    spec = Spec(targets=TargetChoice(genes=("CFTR",)), background=Empty(), output=[Trees()])
    with pytest.raises(InputError, match=r'output.trees: trees is made of background.kind = "coalescent"; use it, or'):
        cases.check(spec, world.outline(spec))
