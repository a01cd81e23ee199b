"""Trials of the field reports that need many cases, or that no other part has."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pysam
import pytest

from raresim import world
from raresim.cases import Shard, write_shard
from raresim.cohort_files import write_vcf
from raresim.genome import ContigKind, Genome
from raresim.normalise import normalise
from raresim.panel import Panel
from raresim.sites import Variant
from raresim.spec import Spec
from tests import families, planted_again
from tests.command import Command
from tests.mini_genome import inputs


def crowded(genome: Genome, people: int) -> Panel:
    """A panel with a site every eight bases of the genes, half of them indels in their normal form."""
    rng = np.random.default_rng(6)
    found: list[Variant] = []
    for gene in range(len(genome.genes)):
        contig, start, end = (
            int(column[gene]) for column in (genome.genes.contig, genome.genes.start, genome.genes.end)
        )
        if genome.contigs[contig].kind is not ContigKind.AUTOSOME:
            continue
        for pos in range(start + 4, end - 8, 8):
            text = genome.fetch(contig, pos, pos + 4)
            other = "ACGT"["ACGT".index(text[0]) - 1]
            ways = ((text[0], other), (text[: int(rng.integers(2, 5))], text[0]), (text[0], text[:2]), (text[0], other))
            variant = normalise(genome, Variant(contig, pos, *ways[int(rng.integers(4))]))
            if variant and all(abs(v.pos - variant.pos) > 4 for v in found if v.contig == contig):
                found.append(variant)
    rows = sorted((v.contig, v.pos, v.ref, v.alt) for v in found)
    return families.panel_of(
        genome, rows, [np.flatnonzero(rng.random(len(rows)) < 0.1).tolist() for _ in range(2 * people)]
    )


@pytest.mark.parametrize("cases", [200, pytest.param(2000, marks=[pytest.mark.slow, pytest.mark.interop])])
def test_a_planted_allele_that_the_family_has_already(
    cases: int, shared: Path, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    """V05: the planted allele is, after left-alignment, one that the population has; where the family has it as well,
    another one is drawn: genotypes are those of the truth. One record, and bcftools norm -d exact removes nothing."""
    planted_again.drawn.clear()
    fasta = shutil.copyfile(inputs(shared) / "mini.fa", tmp_path / "mini.fa")
    spec = Spec.from_dict(
        {
            "cases": cases,
            "reuse": True,
            "genome": {"fasta": fasta, "genes": inputs(shared) / "mini.gff3"},
            "background": {"kind": "empty", "ancestry": {"EUR": 40}},
            "inheritance": {"kind": "autosomal_dominant", "de_novo": 0.0},
            "variant": "tests.planted_again:PlantedAgain",
            "sequencing": "perfect",
            "output": ["vcf", "truth"],
        }
    )
    bare = world.outline(spec)
    write_shard(
        spec, dataclasses.replace(bare, panel=crowded(bare.genome, 20)), Shard(1, cases, tmp_path / "out"), None
    )
    _, *lines = (tmp_path / "out" / "truth" / "alleles.tsv").read_text().splitlines()
    kinds: Counter[str] = Counter()
    for row in csv.DictReader(lines, delimiter="\t"):
        path = tmp_path / "out" / "observed" / "vcf" / f"{row['case']}.vcf.gz"
        with pysam.VariantFile(str(path)) as file:
            records = [(r.contig, r.pos, r.ref, r.alts, [s["GT"] for s in r.samples.values()]) for r in file]
        assert len({record[:4] for record in records}) == len(records)
        (genotypes,) = [r[4] for r in records if r[:4] == (row["contig"], int(row["pos"]), row["ref"], (row["alt"],))]
        true = [cell.split(":")[1].split("|") for cell in row["genotypes"].split(";")]
        assert [sorted(map(int, pair)) for pair in true] == [sorted(pair) for pair in genotypes]
        kinds["SNV" if len(row["ref"]) == len(row["alt"]) else "indel"] += 1
        command = [tool("bcftools"), "norm", "-f", str(fasta), "-d", "exact", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        kept = [line.split("\t")[:5] for line in done.stdout.splitlines() if not line.startswith("#")]
        assert [(c[0], int(c[1]), c[3], (c[4],)) for c in kept] == [record[:4] for record in records]
    assert sum(kinds.values()) == cases
    assert min(kinds["SNV"], kinds["indel"]) > cases / 4
    # three other haplotypes of the founders, each with it at a probability of 0.1, and neighbours that clash
    assert len(planted_again.drawn) - cases > cases * (1 - 0.9**3) / 2
    assert sum(written != again for written, again in planted_again.drawn) > cases / 20


def test_unknown_sex(inside: Command, tmp_path: Path) -> None:
    """H11: a sex that is not known stays UNKNOWN_SEX; an invented name is no sex; a pedigree file, in which sex 0 may
    stand, is refused by name as long as pedigrees are not read."""
    parse = pytest.importorskip("google.protobuf.json_format").Parse
    message = pytest.importorskip("phenopackets").Phenopacket
    folder = tmp_path / "in"
    folder.mkdir()
    for name, sex in (("known", "UNKNOWN_SEX"), ("invented", "UNKNOWN"), ("none", None)):
        packet = {
            "id": name,
            "subject": {"id": name} | ({"sex": sex} if sex else {}),
            "phenotypicFeatures": [{"type": {"id": "HP:0001250", "label": "Seizure"}}],
            "metaData": {"created": "2025-01-01T00:00:00Z", "createdBy": "x", "resources": []},
        }
        (folder / f"{name}.json").write_text(json.dumps(packet))
    done = inside("perturb", "in", "-o", "out", "--up", "1")
    assert done.returncode == 0, done.stderr
    written = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "out").glob("**/*.json")}
    assert written["known"]["subject"]["sex"] == "UNKNOWN_SEX"
    assert parse(json.dumps(written["known"]), message()).subject.sex == 0
    assert "sex" not in written["none"]["subject"]
    assert "invented" not in written or written["invented"]["subject"]["sex"] == "UNKNOWN"
    done = inside("run", "-o", "x", "--set", 'pedigree={kind="ped",file="sex0.ped"}')
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("raresim: pedigree.kind: no pedigree is called 'ped'; known: ")


def test_no_python_object_for_a_genotype(tmp_path: Path) -> None:
    """F02: a cohort of 2,000 people is written by about as many calls of Python as one of 20."""
    genome = families.wide_genome()

    def calls(people: int) -> int:
        panel = families.random_panel(genome, 3, people=people, sites=200)
        count = 0

        def seen(frame: object, event: str, argument: object) -> None:
            nonlocal count
            count += 1

        path = tmp_path / f"{people}.vcf.gz"
        write_vcf(path, panel, genome, joint=False)  # compiles
        sys.setprofile(seen)
        try:
            write_vcf(path, panel, genome, joint=False)
        finally:
            sys.setprofile(None)
        with pysam.VariantFile(str(path)) as file:
            assert len(file.header.samples) == people
            assert sum(1 for _ in file) > 150
        return count

    few, many = calls(20), calls(2000)
    assert many < 2 * few + 2000 * 20  # names of people; a genotype each would be 400,000
