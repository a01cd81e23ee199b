"""Records with several ALT alleles say what the separate records say, and what all reads together call."""

from __future__ import annotations

import gzip
from itertools import combinations_with_replacement
from math import log10
from pathlib import Path

import numpy as np
import pysam
import pytest

from raresim import joint_records
from raresim.calls import select, take
from raresim.genome import Contig, ContigKind
from raresim.score import vcf_columns
from raresim.sequencing import Calls, Genotypes
from raresim.sequencing.exome import Exome
from raresim.sites import Sites, Variant
from raresim.vcf_text import META, Layout, encode

CONTIGS = (Contig("chr1", 10_000_000, ContigKind.AUTOSOME), Contig("chrX", 10_000_000, ContigKind.X))
LAYOUT = Layout(
    "##fileformat=VCFv4.2\n" + "".join(f"##contig=<ID={c.name},length={c.length}>\n" for c in CONTIGS) + META,
    tuple(c.name for c in CONTIGS),
)
SAMPLES = ("child", "father", "mother")
ERROR = 0.001  # a read: what the caller believes (docs/files.md)


def crowded(positions: int, depth: float = 30.0) -> tuple[Sites, Calls]:
    """Calls of a trio at positions with two to five alleles, SNVs and indels; every haplotype has at most one."""
    rng = np.random.default_rng(7)
    shapes = (("A", "C"), ("A", "G"), ("A", "T"), ("A", "ACT"), ("AT", "A"), ("ATG", "A"), ("ATG", "AT"))
    rows, copies = [], []
    for i in range(positions):
        chosen = sorted(rng.permutation(len(shapes))[: int(rng.integers(2, 6))].tolist(), key=lambda k: shapes[k])
        alleles = rng.integers(-1, len(chosen), (3, 2))
        for number, k in enumerate(chosen):
            rows.append(Variant(i % 2, 100 + 50 * (i // 2), *shapes[k]))
            carried = (alleles == number).astype(np.int8)
            if i % 2:
                carried[1, 0] = -1  # the father has one X
            copies.append(carried)
    order = sorted(range(len(rows)), key=rows.__getitem__)
    truth = Genotypes(Sites.of(rows[i] for i in order), np.array([copies[i] for i in order]))
    calls = Exome(depth=depth).call(truth, 4)
    kept = select(calls)
    return truth.sites.take(kept), take(calls, kept)


def lines(data: bytes) -> list[str]:
    return [line for line in gzip.decompress(data).decode().splitlines() if not line.startswith("#")]


def phred(reads: list[int], genotype: tuple[int, ...]) -> float:
    """-10 log10 of the likelihood of these reads: each from one of the alleles of the genotype, with errors."""
    right = 1 - ERROR
    chance = [
        sum((right if allele == mine else ERROR) for mine in genotype) / len(genotype) for allele in range(len(reads))
    ]
    if len(set(genotype)) == 2:
        chance = [0.5 if allele in genotype else ERROR for allele in range(len(reads))]
    return -10 * sum(n * log10(p) for n, p in zip(reads, chance, strict=True))


@pytest.mark.parametrize(("phased", "hemizygous"), [(False, "haploid"), (True, "haploid"), (False, "diploid")])
@pytest.mark.parametrize("depth", [6.0, 60.0])
def test_a_joint_record_is_what_its_alleles_say(tmp_path: Path, depth: float, phased: bool, hemizygous: str) -> None:
    sites, calls = crowded(400, depth)
    made, index = encode(LAYOUT, SAMPLES, sites, calls, phased=phased, hemizygous=hemizygous, joint=True)
    path = tmp_path / "a.vcf.gz"
    path.write_bytes(made)
    (tmp_path / "a.vcf.gz.tbi").write_bytes(index)
    plain = lines(encode(LAYOUT, SAMPLES, sites, calls, phased=phased, hemizygous=hemizygous)[0])
    alone, joint, told = [], 0, 0
    with pysam.VariantFile(str(path)) as file:
        for record, line in zip(list(file.fetch()), lines(made), strict=True):
            assert [str(found) for found in file.fetch(record.chrom, record.start, record.stop)].count(str(record)) == 1
            assert record.alts is not None
            if len(record.alts) == 1:
                alone.append(line)
                continue
            joint += 1
            short = len(record.ref) == 1 == len(record.alts[0])
            counts = [0] * len(record.alts)
            for member, sample in enumerate(SAMPLES):
                call = record.samples[sample]
                reads, gt = list(call["AD"]), call["GT"]
                assert sum(reads) == call["DP"]
                for number, alt in enumerate(record.alts, 1):
                    alike = 0
                    while len(record.ref) > alike + 1 < len(alt) and record.ref[-1 - alike] == alt[-1 - alike]:
                        alike += 1
                    ref = record.ref[: len(record.ref) - alike]
                    variant = Variant(LAYOUT.names.index(record.chrom), record.start, ref, alt[: len(alt) - alike])
                    row = sites.find(variant)
                    copies = int(calls.alt[row, member])
                    assert reads[number] == calls.alt_reads[row, member]
                    assert bool(calls.passed[row]) == ("PASS" in record.filter)
                    assert (len(variant.ref) == len(variant.alt) == 1) == short
                    if gt[0] is None:
                        assert copies < 0
                        continue
                    double = 2 if hemizygous == "diploid" and calls.ploidy[row, member] == 1 else 1
                    assert sum(allele == number for allele in gt) == copies * double
                    counts[number - 1] += copies * double
                    if phased and copies == 1 and len(gt) == 2:
                        assert gt[calls.phase[row, member]] == number
                if gt[0] is None:
                    continue
                told += 1
                alleles = range(len(reads))
                kinds = [(a, b) for b in alleles for a in range(b + 1)] if len(gt) == 2 else [(a,) for a in alleles]
                single = hemizygous == "diploid" and calls.ploidy[row, member] == 1
                real = [at for at, kind in enumerate(kinds) if not single or len(set(kind)) == 1]
                costs = [phred(reads, kinds[at]) for at in real]
                wanted = [min(cost - min(costs), 32000) for cost in costs]
                assert [call["PL"][at] for at in real] == pytest.approx(wanted, abs=1.0)
                assert call["PL"][kinds.index(tuple(sorted(gt)))] == 0
                assert sorted(call["PL"])[1] > 0
                assert call["GQ"] == min(99, sorted(call["PL"])[1])
            assert list(record.info["AC"]) == counts
    assert joint > 100
    assert told > 280
    assert set(alone) <= set(plain)


def test_nearly_all_that_can_be_joined_is_and_nothing_is_lost(tmp_path: Path) -> None:
    sites, calls = crowded(400, 100.0)
    place = np.stack([sites.contig, sites.pos, (sites.ref_len == 1) & (sites.alt_len == 1)], 1)
    several = int((np.unique(place, axis=0, return_counts=True)[1] > 1).sum())
    assert 0.9 * several < len(list(joint_records.records(sites, calls))) < several  # the rest tells two things
    found = []
    for joint in (False, True):
        path = tmp_path / f"{joint}.vcf.gz"
        path.write_bytes(encode(LAYOUT, SAMPLES, sites, calls, joint=joint)[0])
        text = vcf_columns.read(path)
        alleles = vcf_columns.alleles(text, {"chr1": 0, "chrX": 1})
        ploidy, alt = vcf_columns.genotypes(text, alleles)
        found.append(sorted((alleles.sites[i], ploidy[i].tolist(), alt[i].tolist()) for i in range(len(alt))))
    assert found[0] == found[1]
    assert len(found[0]) == len(sites)


def test_genotypes_are_in_the_order_of_vcf() -> None:
    order = sorted(combinations_with_replacement(range(5), 2), key=lambda g: (g[1], g[0]))
    assert [joint_records.place(genotype) for genotype in order] == list(range(15))
    assert [joint_records.place((allele,)) for allele in range(5)] == list(range(5))
    costs = joint_records.genotype_costs([10, 0, 5], 2)
    assert len(costs) == 6
    assert costs[3] == min(costs)  # 0/2


def test_notes_of_several_alleles_are_one() -> None:
    one = b";gnomAD_AC=3;gnomAD_AN=90;gnomAD_grpmax=nfe;CSQ=C|missense_variant|x,C|intron_variant|y"
    two = b";CSQ=-|stop_gained|x"
    assert joint_records.together([one, two], [b"C", b"T"]) == (
        b";gnomAD_AC=3,.;gnomAD_AN=90;gnomAD_grpmax=nfe,.;CSQ=C|missense_variant|x,C|intron_variant|y,T|stop_gained|x"
    )
    assert joint_records.together([b"", b""], [b"C", b"T"]) == b""
