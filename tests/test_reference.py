"""Genomes of the user's files: every form of FASTA and gene models, and what broken ones get."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from raresim import assemblies, fasta, gene_models, reference
from raresim.errors import InputError
from raresim.genome import ContigKind, Genome
from tests.mini_genome import bgzipped, gzipped, inputs, written


@pytest.fixture
def mini(shared: Path) -> Path:
    return inputs(shared)


def names(genome: Genome) -> dict[str, str]:
    return dict(zip(genome.genes.symbol, genome.genes.transcript, strict=True))


def test_mini_in_every_form_is_one_genome(mini: Path, tmp_path: Path) -> None:
    """I01: several gzip members, bgzip, plain; the same text gives the same genome."""
    plain_fasta, plain_genes = mini / "mini.fa", mini / "mini.gff3"
    text, bases = plain_genes.read_bytes(), plain_fasta.read_bytes()
    lines = text.splitlines(keepends=True)
    fastas = [
        plain_fasta,
        bgzipped(tmp_path / "mini.fa.gz", bases),
        written(tmp_path / "crlf.fa", bases.replace(b"\n", b"\r\n")),
        written(tmp_path / "long.fa", re.sub(rb"(?<=[ACGT])\n(?=[ACGT])", b"", bases)),
    ]
    genes = [
        plain_genes,
        mini / "I01.gff3.gz",
        gzipped(tmp_path / "members.gff3.gz", *(b"".join(lines[k : k + 7]) for k in range(0, len(lines), 7))),
        bgzipped(tmp_path / "mini.gff3.gz", text),
        written(tmp_path / "crlf.gff3", text.replace(b"\n", b"\r\n")),
    ]
    digests = {reference.read(plain_fasta, path).digest for path in genes}
    digests |= {reference.read(path, plain_genes).digest for path in fastas}
    assert len(digests) == 1
    genome = reference.read(plain_fasta, plain_genes)
    assert len(genome.genes) == 7
    assert len(set(genome.genes.contig.tolist())) == 3
    assert "transcripts chosen: MANE Select 7" in genome.notes
    assert genome.assembly == genome.name == "mini"
    sequence = "".join(plain_fasta.read_text().split(">")[1].splitlines()[1:])
    gene = genome.genes.by_symbol["GA"]
    for start, end in genome.genes.cds(gene):
        assert genome.fetch(0, start, end) == sequence[start:end]
    assert genome.genes.code.tolist() == [0] * 6 + [1]


def test_cds_pieces_below_three_bases(mini: Path) -> None:
    """G09."""
    genome = reference.read(mini / "mini.fa", mini / "mini.gff3")
    assert genome.genes.cds(genome.genes.by_symbol["GB"]) == [(489, 491), (561, 602), (672, 674)]


def test_mane_plus_clinical_is_never_chosen(mini: Path) -> None:
    """G07: Plus Clinical stands first, and a transcript without CDS is called canonical."""
    genome = reference.read(mini / "mini.fa", mini / "G07.gff3")
    assert names(genome)["GA"] == "TGA"
    assert genome.genes.chosen[genome.genes.by_symbol["GA"]] == "MANE Select"


def test_hla_contig_is_ignored_with_one_note(mini: Path) -> None:
    """I04."""
    genome = reference.read(mini / "I04.fa", mini / "mini.gff3")
    assert genome.contigs[0].name == "HLA-A*01:01:01:02"
    assert genome.contigs[0].kind is ContigKind.AUTOSOME
    assert len(genome.genes) == 7
    assert [note for note in genome.notes if "contigs without genes" in note] == [
        "contigs without genes, not simulated: 2"
    ]


@pytest.mark.parametrize("index", [False, True])
def test_nothing_is_written_beside_the_input(mini: Path, tmp_path: Path, index: bool) -> None:
    """I03, R07, X04: links in a read-only folder."""
    folder = tmp_path / "staged"
    folder.mkdir()
    for name in ("mini.fa", "mini.gff3"):
        (folder / name).symlink_to(mini / name)
    if index:
        written(folder / "mini.fa.fai", "half an ind")
    before = sorted(path.name for path in folder.iterdir())
    folder.chmod(0o555)
    try:
        genome = reference.load(folder / "mini.fa", folder / "mini.gff3")
    finally:
        folder.chmod(0o755)
    assert len(genome.genes) == 7
    assert sorted(path.name for path in folder.iterdir()) == before


def test_cache_gives_the_same_genome_until_a_file_changes(
    mini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RARESIM_CACHE", str(tmp_path / "cache"))
    path = written(tmp_path / "mini.fa", (mini / "mini.fa").read_bytes())
    first = reference.load(path, mini / "mini.gff3")
    (file,) = (tmp_path / "cache").iterdir()
    again = reference.load(path, mini / "mini.gff3")
    assert (again.digest, again.notes, again.contigs, again.unplantable) == (
        first.digest,
        first.notes,
        first.contigs,
        first.unplantable,
    )
    assert (again.bases == first.bases).all()
    assert names(again) == names(first)
    for damage in (b"PK broken", b""):
        file.write_bytes(damage)
        assert reference.load(path, mini / "mini.gff3").digest == first.digest
    written(path, (mini / "mini.fa").read_text() + "A\n")
    assert reference.load(path, mini / "mini.gff3").digest != first.digest


def test_lower_case_and_iupac(mini: Path, tmp_path: Path) -> None:
    text = (mini / "mini.fa").read_text()
    head, body = text.split("\n", 1)
    changed = head + "\n" + body[:2].lower() + "R" + body[3:].lower().replace(">CHR", ">chr")
    genome = reference.read(written(tmp_path / "m.fa", changed), mini / "mini.gff3")
    want = reference.read(mini / "mini.fa", mini / "mini.gff3").fetch(0, 0, 200)
    assert genome.fetch(0, 0, 200) == want[:2] + "N" + want[3:]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        *(("1", "chr1"), ("chr1", "chr1"), ("NC_000001.11", "chr1"), ("NC_000023.11", "chrX"), ("NC_000024.9", "chrY")),
        *(("M", "chrM"), ("MT", "chrM"), ("chrMT", "chrM"), ("NC_012920.1", "chrM"), ("x", "chrX"), ("Chr22", "chr22")),
        *(("chr23", "chr23"), ("HLA-A*01:01", "HLA-A*01:01"), ("1_random", "1_random"), ("chr0", "chr0")),
    ],
)
def test_names_of_contigs(given: str, name: str) -> None:
    assert assemblies.canonical(given) == name


@pytest.mark.parametrize("style", [("1", "2", "3", "MT"), ("NC_000001.11", "NC_000002.12", "NC_000003.12", "M")])
def test_contig_aliases_on_either_side(mini: Path, tmp_path: Path, style: tuple[str, ...]) -> None:
    def renamed(text: str, mark: str) -> str:
        for old, new in zip(("chr1", "chr2", "chr3", "chrM"), style, strict=True):
            text = text.replace(mark.format(old), mark.format(new))
        return text

    bases = written(tmp_path / "mini.fa", renamed((mini / "mini.fa").read_text(), ">{}\n"))
    genes = written(tmp_path / "mini.gff3", renamed((mini / "mini.gff3").read_text(), "{}\tmini"))
    want = reference.read(mini / "mini.fa", mini / "mini.gff3")
    for pair in ((bases, mini / "mini.gff3"), (mini / "mini.fa", genes), (bases, genes)):
        genome = reference.read(*pair)
        assert [c.name for c in genome.contigs] == ["chr1", "chr2", "chr3", "chrM"]
        assert genome.digest == want.digest


def test_genes_on_absent_contigs_are_left_out_with_a_note(mini: Path, tmp_path: Path) -> None:
    text = (mini / "mini.fa").read_text()
    one = written(tmp_path / "one.fa", ">" + text.split(">")[1])
    genome = reference.read(one, mini / "mini.gff3")
    assert sorted(genome.genes.symbol) == ["GA", "GB", "GC"]
    assert "genes left out: 4: their contig is not in the FASTA (chr2, chrM)" in genome.notes
    other = written(tmp_path / "other.fa", ">chr7\n" + "ACGT" * 100 + "\n")
    with pytest.raises(InputError, match=r"no gene can be used .* contigs \(chr1, chr2, chrM\)"):
        reference.read(other, mini / "mini.gff3")


def test_gene_models_that_do_not_fit(mini: Path, tmp_path: Path) -> None:
    shifted = []
    for line in (mini / "mini.gff3").read_text().splitlines():
        field = line.split("\t")
        if len(field) == 9:
            field[3:5] = [str(int(field[3]) + 7), str(int(field[4]) + 7)]
        shifted.append("\t".join(field))
    genes = written(tmp_path / "shifted.gff3", "\n".join(shifted) + "\n")
    with pytest.raises(InputError, match="the gene models do not fit") as error:
        reference.read(mini / "mini.fa", genes)
    assert len(error.value.lines) == 1


def test_genes_with_n_are_left_out(mini: Path, tmp_path: Path) -> None:
    text = (mini / "mini.fa").read_text()
    head, body = text.split("\n", 1)
    bases = list(body)
    bases[96] = "N"  # the second line begins at 61 with its line end: inside the first CDS piece of GA
    genome = reference.read(written(tmp_path / "n.fa", head + "\n" + "".join(bases)), mini / "mini.gff3")
    assert "GA" not in genome.genes.symbol
    assert "genes left out: 1: their coding sequence has N in the FASTA" in genome.notes


def broken_fastas(folder: Path, bases: bytes) -> dict[str, tuple[Path, str]]:
    packed = bgzipped(folder / "whole.fa.gz", bases).read_bytes()
    damaged = bytearray(packed)
    damaged[60] ^= 0xFF
    return {
        "absent": (folder / "absent.fa", "cannot be read"),
        "empty": (written(folder / "empty.fa", b""), "empty"),
        "gzip": (gzipped(folder / "gzip.fa.gz", bases), "gzip but not bgzip"),
        "no end": (written(folder / "no_end.fa.gz", packed[:-28]), "truncated"),
        "cut": (written(folder / "cut.fa.gz", packed[:-200]), "truncated"),
        "damaged": (written(folder / "damaged.fa.gz", bytes(damaged)), "damaged"),
        "a table": (written(folder / "table.tsv", b"chr1\t100\n"), "not a FASTA"),
        "name only": (written(folder / "name.fa", b">chr1"), "truncated"),
        "twice": (written(folder / "twice.fa", b">chr1\nACGT\n>1\nACGT\n"), "twice"),
    }


@pytest.mark.parametrize(
    "case", ["absent", "empty", "gzip", "no end", "cut", "damaged", "a table", "name only", "twice"]
)
def test_broken_fasta_gets_one_line(mini: Path, tmp_path: Path, case: str) -> None:
    path, words = broken_fastas(tmp_path, (mini / "mini.fa").read_bytes())[case]
    with pytest.raises(InputError, match=words) as error:
        reference.load(path, mini / "mini.gff3")
    assert len(error.value.lines) == 1
    assert str(error.value).startswith(f"genome.fasta: {path}: ")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"##gff-version 3\n", "no protein-coding transcript"),
        (b"chr1\t1\t2\n", "line 1: 3 columns"),
        (b"chr1\tx\texon\tone\t2\t.\t+\t.\tParent=a\n", "line 1: positions 'one', '2'"),
        (b"chr1\tx\texon\t9\t2\t.\t+\t.\tParent=a\n", "line 1: start 9, end 2"),
        (b"\x00\x01\x02", "line 1: 1 columns"),
    ],
)
def test_broken_gene_models_get_one_line(mini: Path, tmp_path: Path, content: bytes, words: str) -> None:
    path = written(tmp_path / "genes.gff3", content)
    with pytest.raises(InputError, match=words) as error:
        reference.load(mini / "mini.fa", path)
    assert len(error.value.lines) == 1
    assert str(error.value).startswith(f"genome.genes: {path}: ")


@pytest.mark.parametrize("pack", [bgzipped, gzipped])
def test_truncated_gene_models(mini: Path, tmp_path: Path, pack: object) -> None:
    path = pack(tmp_path / "genes.gff3.gz", (mini / "mini.gff3").read_bytes())  # type: ignore[operator]
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="truncated"):
        reference.load(mini / "mini.fa", path)


def test_assembly_must_fit_the_lengths(mini: Path, shared: Path) -> None:
    with pytest.raises(InputError, match=r"genome.assembly: hg38: the chromosomes .* have other lengths"):
        reference.read(mini / "mini.fa", mini / "mini.gff3", "hg38")
    assert reference.read(mini / "mini.fa", mini / "mini.gff3", "toy1").assembly == "toy1"
    assert assemblies.guess({"chr1": 249250621, "HLA": 5}) == "GRCh37"
    assert assemblies.guess({"chr1": 249250621, "chr2": 242193529}) is None


def test_bed_regions_are_held_too(mini: Path, tmp_path: Path) -> None:
    bed = written(tmp_path / "t.bed", "chr3\t10\t30\n")
    genome = reference.read(mini / "mini.fa", mini / "mini.gff3", extra=bed)
    assert "N" not in genome.fetch(2, 10, 30)
    assert set(reference.read(mini / "mini.fa", mini / "mini.gff3").fetch(2, 10, 30)) == {"N"}


@pytest.mark.parametrize("masked", [False, True])
def test_genes_in_par_of_y_stand_on_x_only(tmp_path: Path, masked: bool) -> None:
    """A gene that is listed on X and on Y with one id is used once, whether Y is masked or not."""
    gene = b"ATGGCTGCTGCTTAA"
    x, y = bytearray(b"N" * 156040895), bytearray(b"N" * 57227415)
    for text in (x, y):
        text[200_000:200_400] = b"ACGT" * 100
        text[200_000:200_015] = gene
    if masked:
        y[10_000:2_781_479] = b"N" * (2_781_479 - 10_000)
    bases = written(tmp_path / "xy.fa", b">X\n" + x + b"\n>Y\n" + y + b"\n")
    rows = []
    for contig in "XY":
        rows.append(f'{contig}\tt\tgene\t200001\t200100\t.\t+\t.\tgene_id "ENSG00000000009"; gene_name "P";')
        own = 'gene_id "ENSG00000000009"; transcript_id "T"; gene_name "P";'
        rows.append(f"{contig}\tt\texon\t200001\t200100\t.\t+\t.\t{own}")
        rows.append(f"{contig}\tt\tCDS\t200001\t200012\t.\t+\t0\t{own}")
        rows.append(f"{contig}\tt\tstop_codon\t200013\t200015\t.\t+\t0\t{own}")
    genome = reference.read(bases, written(tmp_path / "xy.gtf", "\n".join(rows) + "\n"))
    assert [c.name for c in genome.contigs] == ["chrX", "chrY"]
    assert genome.assembly == "GRCh38"
    assert genome.genes.contig.tolist() == [0]
    assert genome.contigs[0].in_par(200_000)
    assert "genes left out: 1: in the pseudoautosomal regions of Y" in genome.notes


GENCODE = """\
chr1 H gene 61 409 gene_id "ENSG00000000001.5"; gene_type "protein_coding"; gene_name "GA"; hgnc_id "HGNC:7";
chr1 H transcript 61 252 {g}; transcript_id "ENST2.1"; {t}; tag "basic"; tag "MANE_Plus_Clinical";
chr1 H exon 61 252 {g}; transcript_id "ENST2.1"; {t};
chr1 H CDS 91 252 {g}; transcript_id "ENST2.1"; {t};
chr1 H transcript 61 409 {g}; transcript_id "ENST1.3"; {t}; tag "basic"; tag "Ensembl_canonical";
chr1 H exon 61 122 {g}; transcript_id "ENST1.3";
chr1 H exon 203 252 {g}; transcript_id "ENST1.3";
chr1 H exon 333 409 {g}; transcript_id "ENST1.3";
chr1 H CDS 91 122 {g}; transcript_id "ENST1.3";
chr1 H CDS 203 252 {g}; transcript_id "ENST1.3";
chr1 H CDS 333 346 {g}; transcript_id "ENST1.3";
chr1 H stop_codon 347 349 {g}; transcript_id "ENST1.3";
"""
REFSEQ = """\
NC_000001.11 R region 1 1033 ID=NC_000001.11:1..1033;Dbxref=taxon:9606
NC_000001.11 R gene 61 409 ID=gene-GA;Dbxref=GeneID:1,HGNC:HGNC:7;Name=GA;gene=GA;gene_biotype=protein_coding
NC_000001.11 R mRNA 61 409 ID=rna-NM_1.2;Parent=gene-GA;Dbxref=GeneID:1;gene=GA;tag=MANE Select;transcript_id=NM_1.2
NC_000001.11 R exon 61 122 ID=exon-1;Parent=rna-NM_1.2;transcript_id=NM_1.2
NC_000001.11 R exon 203 252 ID=exon-2;Parent=rna-NM_1.2
NC_000001.11 R exon 333 409 ID=exon-3;Parent=rna-NM_1.2
NC_000001.11 R CDS 91 122 ID=cds-1;Parent=rna-NM_1.2
NC_000001.11 R CDS 203 252 ID=cds-1;Parent=rna-NM_1.2
NC_000001.11 R CDS 333 349 ID=cds-1;Parent=rna-NM_1.2
NC_000001.11 R gene 470 700 ID=gene-V;gene_biotype=V_segment
NC_000001.11 R CDS 470 520 ID=cds-2;Parent=gene-V
NC_012920.1 R gene 21 65 ID=gene-GMT;Name=GMT;gene_biotype=protein_coding
NC_012920.1 R CDS 21 65 ID=cds-YP_1;Parent=gene-GMT
"""

REFSEQ_GTF = """\
NC_000001.11 R gene 61 409 gene_id "GA"; transcript_id ""; db_xref "GeneID:2"; db_xref "HGNC:HGNC:7"; {b}
NC_000001.11 R transcript 61 409 gene_id "GA"; transcript_id "NM_1.2"; tag "MANE Select"; transcript_biotype "mRNA";
NC_000001.11 R exon 61 122 gene_id "GA"; transcript_id "NM_1.2"; gene "GA"; transcript_biotype "mRNA";
NC_000001.11 R exon 203 252 gene_id "GA"; transcript_id "NM_1.2"; gene "GA"; transcript_biotype "mRNA";
NC_000001.11 R exon 333 409 gene_id "GA"; transcript_id "NM_1.2"; gene "GA"; transcript_biotype "mRNA";
NC_000001.11 R CDS 91 122 gene_id "GA"; transcript_id "NM_1.2"; gene "GA"; protein_id "NP_1.2";
NC_000001.11 R CDS 203 252 gene_id "GA"; transcript_id "NM_1.2"; gene "GA"; protein_id "NP_1.2";
NC_000001.11 R CDS 333 346 gene_id "GA"; transcript_id "NM_1.2"; gene "GA"; protein_id "NP_1.2";
NC_000001.11 R stop_codon 347 349 gene_id "GA"; transcript_id "NM_1.2"; gene "GA"; protein_id "NP_1.2";
NC_000001.11 R transcript 470 700 gene_id "V"; transcript_id "NM_9.2"; transcript_biotype "V_gene_segment";
NC_000001.11 R CDS 470 520 gene_id "V"; transcript_id "NM_9.2"; gene "V";
"""


def table(text: str) -> str:
    kind = 'gene_type "protein_coding"; transcript_type "protein_coding"'
    text = text.format(g='gene_id "ENSG00000000001.5"', t=kind, b='gene_biotype "protein_coding";')
    rows = [line.split(" ", 5) for line in text.splitlines()]
    return "".join("\t".join([*row[:5], ".", "+", ".", row[5]]) + "\n" for row in rows)


def test_gencode_and_refseq(mini: Path, tmp_path: Path) -> None:
    gencode = reference.read(mini / "mini.fa", written(tmp_path / "a.gtf", table(GENCODE)))
    refseq = reference.read(mini / "mini.fa", written(tmp_path / "a.gff3", table(REFSEQ)))
    refseq_gtf = reference.read(mini / "mini.fa", written(tmp_path / "b.gtf", table(REFSEQ_GTF)))
    assert names(gencode) == {"GA": "ENST1.3"}
    assert names(refseq_gtf) == {"GA": "NM_1.2"}
    assert names(refseq) == {"GA": "NM_1.2", "GMT": "GMT"}
    for genome, chosen in ((gencode, "canonical"), (refseq, "MANE Select"), (refseq_gtf, "MANE Select")):
        gene = genome.genes.by_symbol["GA"]
        assert genome.genes.cds(gene) == [(90, 122), (202, 252), (332, 349)]
        assert genome.genes.hgnc[gene] == "HGNC:7"
        assert genome.genes.chosen[gene] == chosen
    assert gencode.genes.ensembl == ["ENSG00000000001"]
    # HGNC:7 is A2M: ids that a file lacks come from the shipped table
    assert refseq.genes.ensembl[0] == "ENSG00000175899"


def test_odd_gene_models(shared: Path) -> None:
    """Children before parents, two parents, a parent that is missing, FASTA at the end; Ensembl's prefixes."""
    (odd,) = gene_models.read(shared / "vcf_quirks" / "gff3_variants.gff3")
    assert (odd.contig, odd.symbol, odd.hgnc, odd.transcript) == ("chr1", "ABC1", "HGNC:5", "NM_1.1")
    assert odd.exons == ((999, 1100), (1899, 2000))
    (ensembl,) = gene_models.read(shared / "vcf_quirks" / "ensembl_x.gff3")
    assert (ensembl.contig, ensembl.symbol, ensembl.ensembl) == ("chrX", "GYG2", "ENSG00000056998")
    assert ensembl.transcript == "ENST00000381157.2"


def test_grch38_slices(shared: Path) -> None:
    genome = reference.load(shared / "grch38" / "slices.fa.gz", shared / "grch38" / "mane.gff3.gz")
    listed = [line.split("\t") for line in (shared / "grch38" / "slices.bed").read_text().splitlines()]
    clean = {name for field in listed for name in field[4].split(",")}
    assert set(genome.genes.symbol) - clean == {"TRNP1"}  # whole in the slice up to a part of its 3' UTR
    assert clean <= set(genome.genes.symbol)
    assert genome.assembly == "GRCh38"
    assert len(genome.genes) == 167
    assert {"genes left out: 6,727: their coding sequence has N in the FASTA"} <= set(genome.notes)
    vhl = genome.genes.by_symbol["VHL"]
    assert genome.genes.hgnc[vhl] == "HGNC:12687"
    start = int(genome.genes.cds_start[vhl])
    assert genome.fetch(int(genome.genes.contig[vhl]), start, start + 3) == "ATG"


def test_wanted_intervals_do_not_depend_on_how_the_file_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    text = rng.choice(np.frombuffer(b"ACGTacgtNRY", np.uint8), 5_000).tobytes().decode()
    body = "\n".join(text[k : k + 61] for k in range(0, len(text), 61))
    path = written(tmp_path / "a.fa", f">a first\n{body}\n>b\n{body[:500]}\n\n>c\n")
    wanted = np.array([[0, 5], [60, 62], [100, 3_000], [4_990, 5_200], [6_000, 6_100]])
    clean = "".join(c if c in "ACGT" else "N" for c in text.upper())
    want = [clean[a:b] for a, b in wanted.tolist()]
    for size in (1, 7, 64, 1 << 20):
        monkeypatch.setattr("raresim.textfile._PIECE", size)
        (a, b, c) = list(fasta.read(path, lambda name: wanted))
        assert (a[0], a[1]) == ("a", 5_000)
        assert [part.tobytes().decode() for part in a[2]] == want
        assert (b[0], b[1]) == ("b", 500 - body[:500].count("\n"))
        assert (c[0], c[1]) == ("c", 0)
