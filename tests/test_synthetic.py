"""The synthetic genome: invariants over every gene, content, twins of the kernels, cache."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from raresim import gene_table, synthetic
from raresim.assemblies import LENGTHS
from raresim.genome import ContigKind, Genome
from tests.naive import synthetic as naive

LETTERS = np.frombuffer(b"ACGT", np.uint8).copy()
COMPLEMENT = str.maketrans("ACGT", "TGCA")
STOPS = {"TAA", "TAG", "TGA"}
DIGEST = "fc867c76700d9afa9612b2dd80297919"
BASES = "1f9c844c4d549bafbeaf4a4cad6fe29d"


@pytest.fixture(scope="module")
def genome() -> Genome:
    return synthetic.build()


@dataclass(frozen=True)
class Read:
    """A transcript as read through ``Genome.fetch``: coding sequence and the four intron bases of every intron."""

    coding: str
    introns: frozenset[str]


def read(genome: Genome, gene: int) -> Read:
    genes = genome.genes
    contig, minus = int(genes.contig[gene]), genes.strand[gene] < 0
    low, high = int(genes.cds_start[gene]), int(genes.cds_end[gene])
    coding, edges = [], []
    for e in range(int(genes.exon_off[gene]), int(genes.exon_off[gene + 1])):
        start, end = int(genes.exon_start[e]), int(genes.exon_end[e])
        text = genome.fetch(contig, start - 2, end + 2)
        edges += [text[:2], text[-2:]]
        coding.append(text[2 + max(0, low - start) : max(0, len(text) - 2 - max(0, end - high))])
    inner = edges[1:-1]
    introns = frozenset(
        (left + right)[::-1].translate(COMPLEMENT) if minus else left + right
        for left, right in zip(inner[::2], inner[1::2], strict=True)
    )
    text = "".join(coding)
    return Read(text[::-1].translate(COMPLEMENT) if minus else text, introns)


@pytest.fixture(scope="module")
def reads(genome: Genome) -> list[Read]:
    return [read(genome, gene) for gene in range(len(genome.genes))]


def test_contigs_are_those_of_grch38(genome: Genome) -> None:
    lengths = {contig.name: contig.length for contig in genome.contigs}
    assert lengths == {**LENGTHS["GRCh38"], "chrM": 16569}
    x, y, m = (genome.contigs[genome.index[name]] for name in ("X", "Y", "MT"))
    assert x.par == ((10_000, 2_781_479), (155_701_382, 156_030_895))
    assert y.par == ((10_000, 2_781_479), (56_887_902, 57_217_415))
    assert [x.ploidy(9_999, False), x.ploidy(10_000, False), x.ploidy(2_781_478, False)] == [1, 2, 2]
    assert [x.ploidy(2_781_479, False), x.ploidy(5_000_000, True), m.ploidy(0, True)] == [1, 2, 1]
    assert [y.ploidy(10_000, False), y.ploidy(3_000_000, False), y.ploidy(3_000_000, True)] == [0, 1, 0]
    assert genome.assembly == "raresim-synthetic-1"
    assert genome.hgvs_prefix == "SYN_"
    assert all(name.startswith("SYN_ENST") for name in genome.genes.transcript)


def test_every_coding_sequence_holds_but_the_committed_list(genome: Genome, reads: list[Read]) -> None:
    wrong = set()
    for gene, found in enumerate(reads):
        if genome.genes.code[gene]:
            continue
        codons = [found.coding[k : k + 3] for k in range(0, len(found.coding), 3)]
        sound = codons[0] == "ATG" and codons[-1] in STOPS and STOPS.isdisjoint(codons[1:-1])
        if not sound or found.introns - {"GTAG"} or "N" in found.coding or len(found.coding) % 3:
            wrong.add(gene)
    assert (genome.genes.code == 0).sum() == 19_057
    assert sum(len(found.coding) for found in reads) > 33_000_000
    assert wrong == genome.unplantable == frozenset()


def test_mitochondrion_is_the_rcrs(genome: Genome, reads: list[Read]) -> None:
    row = genome.index["chrM"]
    text = genome.fetch(row, 0, 16569)
    assert (len(text), text[3106], text.count("N")) == (16569, "N", 1)
    # NC_012920.1; the digest is that of the upper-case sequence with N at 3107
    assert hashlib.md5(text.encode()).hexdigest() == "c68f52674c9fb33aef52dcf399755519"
    mitochondrial = [gene for gene in range(len(genome.genes)) if genome.genes.code[gene]]
    assert len(mitochondrial) == 13
    for gene in mitochondrial:
        codons = [reads[gene].coding[k : k + 3] for k in range(0, len(reads[gene].coding), 3)]
        assert codons[0] in {"ATG", "ATA", "ATT"}
        assert codons[-1] in {"TAA", "TAG", "AGA", "AGG", "TA", "T"}
        assert {"TAA", "TAG", "AGA", "AGG"}.isdisjoint(codons[1:-1])


def test_y_has_no_bases_in_par_and_segments_hold_exons(genome: Genome) -> None:
    y = genome.index["chrY"]
    for start, end in genome.contigs[y].par:
        rows = slice(int(genome.seg_first[y]), int(genome.seg_first[y + 1]))
        assert not ((genome.seg_start[rows] < end) & (genome.seg_end[rows] > start)).any()
    genes = genome.genes
    for gene in range(0, len(genes), 997):
        first, contig = int(genes.exon_off[gene]), int(genes.contig[gene])
        start, end = int(genes.exon_start[first]), int(genes.exon_end[first])
        if genome.contigs[contig].kind is not ContigKind.MT:
            assert "N" not in genome.fetch(contig, start - 150, end + 150)


def test_codon_usage_and_cpg_are_those_of_human_exomes(genome: Genome, reads: list[Read]) -> None:
    joined = "".join(found.coding for gene, found in enumerate(reads) if not genome.genes.code[gene])
    count = Counter(joined[k : k + 3] for k in range(0, len(joined), 3))
    text, usage, _ = synthetic.codons()
    order = [text[k : k + 3].tobytes().decode() for k in range(0, 183, 3)]
    total = sum(count[codon] for codon in order)
    wanted = usage[:61] / usage[:61].sum()
    # 11 million codons: the standard error of a share is below 0.006% of all; start codons add 19,057 ATG
    seen = np.array([count[codon] for codon in order]) / total
    assert np.abs(seen - wanted)[1:].max() < 0.0005
    assert abs(seen[0] - wanted[0]) < 0.003
    gc = (joined.count("G") + joined.count("C")) / len(joined)
    cpg = joined.count("CG") * len(joined) / (joined.count("C") * joined.count("G"))
    assert 0.515 < gc < 0.53  # 52.3% in Nakamura et al. 2000
    assert 0.40 < cpg < 0.50
    bases = np.frombuffer(joined.encode(), np.uint8)
    c, g = bases[2:-1:3] == ord("C"), bases[3::3] == ord("G")
    assert (c & g).mean() / (c.mean() * g.mean()) == pytest.approx(0.455, abs=0.005)  # standard error 0.0005


def test_flanks_have_the_content_of_real_flanks(genome: Genome) -> None:
    genes = genome.genes
    parts = []
    for gene in range(0, len(genes), 5):
        contig = int(genes.contig[gene])
        rows = slice(int(genes.exon_off[gene]), int(genes.exon_off[gene + 1]))
        spans = zip(genes.exon_end[rows][:-1].tolist(), genes.exon_start[rows][1:].tolist(), strict=True)
        parts += [genome.fetch(contig, a + 10, a + 140) for a, b in spans if b - a > 400]
    text = "N".join(parts)
    n = len(text) - text.count("N")
    assert n > 3_000_000  # standard error of the GC content 0.0003, of CpG 0.005
    gc = (text.count("C") + text.count("G")) / n
    assert gc == pytest.approx(0.488, abs=0.006)  # a few flanks lie in another gene's exon
    assert text.count("CG") * n / (text.count("C") * text.count("G")) == pytest.approx(0.302, abs=0.015)


def test_noncoding_kernel_equals_its_twin_and_knows_no_neighbours() -> None:
    from raresim.kernels import synthetic as kernels

    key, thresholds = np.array([0xDEADBEEFCAFEF00D, 17], np.uint64), synthetic.content(0.49, 0.3)
    bases = np.zeros(700, np.uint8)
    first, pos, size = np.array([0, 400]), np.array([1_000_000, 5]), np.array([400, 300])
    with np.errstate(over="ignore"):
        kernels.noncoding(bases, first, pos, size, key, thresholds, LETTERS)
    limits = [int(t) for t in thresholds]
    for i in range(2):
        want = "".join(naive.noncoding(int(pos[i]) + j, int(key[i]), limits) for j in range(size[i]))
        assert bases[first[i] : first[i] + size[i]].tobytes().decode() == want
    again = np.zeros(50, np.uint8)
    with np.errstate(over="ignore"):
        kernels.noncoding(again, np.array([0]), np.array([1_000_123]), np.array([50]), key[:1], thresholds, LETTERS)
    assert (again == bases[123:173]).all()


@pytest.mark.parametrize("contig", ["chr16", "chr5"])  # MYH11 and NDE1; the protocadherins, which share exons
def test_coding_kernel_equals_its_twin(contig: str) -> None:
    from raresim.kernels import synthetic as kernels

    shipped = gene_table.load()
    genes, place = shipped.genes, synthetic.layout(shipped)
    names = {"chr16": ("MYH11", "NDE1"), "chr5": ("PCDHA1", "PCDHA2", "PCDHA13", "DIAPH1", "HDAC3")}[contig]
    rows = np.array(sorted(genes.by_symbol[name] for name in names))
    bases = np.full(int(place.seg_off[-1]), ord("N"), np.uint8)
    mark = np.zeros(len(bases), np.uint8)
    keys = np.full(len(genes), 99, np.uint64)
    text, usage, pick = synthetic.codons()
    complement = np.zeros(256, np.uint8)
    complement[list(b"ACGT")] = list(b"TGCA")
    pieces = (place.piece_off, place.piece_first, place.piece_pos, place.piece_size)
    exons = (genes.exon_off, place.exon_first, place.exon_size, complement)
    with np.errstate(over="ignore"):
        kernels.coding(bases, mark, rows, genes.strand, keys, *pieces, *exons, text, usage, pick, 200_000)
    models = []
    for row in rows.tolist():
        forward = [p for start, end in genes.cds(row) for p in range(start, end)]
        e = range(int(genes.exon_off[row]), int(genes.exon_off[row + 1]) - 1)
        gaps = [(int(genes.exon_end[i]), int(genes.exon_start[i + 1])) for i in e]
        minus = bool(genes.strand[row] < 0)
        models.append((minus, forward[::-1] if minus else forward, gaps))
    order = [text[k : k + 3].tobytes().decode() for k in range(0, 192, 3)]
    want = naive.coding(models, 99, order, [int(u) for u in usage], pick.tolist())
    number = int(genes.contig[rows[0]])
    assert len(want.bases) > 5_000
    assert all(chr(bases[place.index(number, at)]) == base for at, base in want.bases.items())


def test_digests_are_golden(genome: Genome) -> None:
    """A change of a base is a new ``synthetic.VERSION``; then write the new digests here."""
    assert genome.digest == DIGEST
    assert hashlib.blake2b(genome.bases.data, digest_size=16).hexdigest() == BASES


def test_cache_is_whole_or_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setenv("RARESIM_CACHE", str(tmp_path))
    size = int(synthetic.layout(gene_table.load()).seg_off[-1])

    def make(*_: object) -> np.ndarray:
        calls.append(1)
        return np.full(size, ord("A"), np.uint8)

    monkeypatch.setattr(synthetic, "make", make)
    synthetic.build()
    synthetic.build()
    (file,) = tmp_path.iterdir()
    assert len(calls) == 1
    file.write_bytes(file.read_bytes()[:1000])
    assert synthetic.build().fetch(0, 65_500, 65_504) == "AAAA"
    assert len(calls) == 2
    whole = file.read_bytes()
    for damage in (b"", whole[:-1000] + b"C" + whole[-999:]):  # nothing, and one base
        made = len(calls)
        file.write_bytes(damage)
        assert (synthetic.build().bases == ord("A")).all()
        assert len(calls) == made + 1
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.slow
def test_table_is_what_the_inputs_give(shared: Path) -> None:
    """Same names, coordinates and frames as the shared MANE files; compiling is byte for byte the same."""
    from raresim.compile import genes as compiler

    shipped = gene_table.load()
    models = compiler.models(shared)
    genes = shipped.genes
    assert [m.symbol for m in models] == genes.symbol
    assert [m.transcript for m in models] == genes.transcript
    for gene in range(0, len(models), 7):
        assert list(models[gene].cds) == genes.cds(gene)
        rows = slice(int(genes.exon_off[gene]), int(genes.exon_off[gene + 1]))
        exons = zip(genes.exon_start[rows].tolist(), genes.exon_end[rows].tolist(), strict=True)
        assert list(models[gene].exons) == list(exons)
    with np.load(gene_table.table("genes.npz")) as file:
        raw = {name: file[name] for name in file.files}
    made = compiler.arrays(models, shipped.mitochondrion.tobytes().decode())
    assert all((raw[name] == array).all() for name, array in made.items())
    patches, unplantable = compiler.repairs(made)
    assert (patches == raw["patches"]).all()
    assert unplantable.tolist() == raw["unplantable"].tolist() == []
