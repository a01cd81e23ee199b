"""Exported genomes: read back as they are, and taken by programs that are not ours."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from raresim import export_genome, reference, synthetic
from raresim.errors import InputError
from raresim.genome import Genome
from tests.mini_genome import inputs

CONTIGS = ("21", "chrY", "MT")


@pytest.fixture(scope="module")
def genome() -> Genome:
    return synthetic.build()


@pytest.fixture(scope="module")
def files(genome: Genome, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return export_genome.export(genome, tmp_path_factory.mktemp("export") / "new" / "deep", CONTIGS)


def test_names_say_synthetic(files: list[Path]) -> None:
    assert [path.name for path in files] == [
        f"raresim-synthetic-1{end}" for end in (".fa.gz", ".fa.gz.fai", ".fa.gz.gzi", ".gff3.gz", ".gtf.gz")
    ]
    assert sorted(path.name for path in files[0].parent.iterdir()) == sorted(path.name for path in files)


@pytest.mark.parametrize("models", [3, 4])
def test_reads_back_and_stays_synthetic(genome: Genome, files: list[Path], models: int) -> None:
    back = reference.read(files[0], files[models])
    assert (back.assembly, back.hgvs_prefix) == ("raresim-synthetic-1", "SYN_")
    names = [genome.contigs[genome.index[name]].name for name in CONTIGS]
    assert [contig.name for contig in back.contigs] == names
    rows = [g for g in range(len(genome.genes)) if genome.contigs[genome.genes.contig[g]].name in names]
    assert len(back.genes) == len(rows)
    for column in ("symbol", "hgnc", "ensembl", "ncbi", "transcript", "strand", "start", "end", "cds_start", "cds_end"):
        assert list(getattr(back.genes, column)) == [getattr(genome.genes, column)[g] for g in rows], column
    for new, old in enumerate(rows):
        assert back.genes.cds(new) == genome.genes.cds(old)
    for name in names:
        here, there = back.index[name], genome.index[name]
        for k in range(int(genome.seg_first[there]), int(genome.seg_first[there + 1])):
            span = (int(genome.seg_start[k]) - 3, int(genome.seg_end[k]) + 3)
            assert back.fetch(here, max(0, span[0]), span[1]) == genome.fetch(there, max(0, span[0]), span[1])


def test_small_genome_with_odd_line_ends(shared: Path, tmp_path: Path) -> None:
    folder = inputs(shared)
    mini = reference.read(folder / "mini.fa", folder / "mini.gff3")
    out = export_genome.export(mini, tmp_path)
    assert out[0].name == "mini.raresim.fa.gz"
    back = reference.read(out[0], out[4])
    assert back.genes.transcript == mini.genes.transcript
    assert [back.genes.cds(g) for g in range(7)] == [mini.genes.cds(g) for g in range(7)]
    assert (back.bases == mini.bases).all()


def test_mistakes(genome: Genome, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="contigs: 'chr99': not in the genome"):
        export_genome.export(genome, tmp_path, ["chr99"])
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        export_genome.export(genome, tmp_path / "file" / "folder", ["MT"])


@pytest.mark.interop
def test_samtools_makes_the_same_indexes(files: list[Path], tmp_path: Path, tool: Callable[[str], str]) -> None:
    copy = tmp_path / "copy.fa.gz"
    copy.write_bytes(files[0].read_bytes())
    subprocess.run([tool("samtools"), "faidx", str(copy)], check=True)
    assert Path(f"{copy}.fai").read_text() == files[1].read_text()
    assert Path(f"{copy}.gzi").read_bytes() == files[2].read_bytes()
    subprocess.run([tool("bgzip"), "-t", str(files[3])], check=True)


@pytest.mark.interop
def test_csq_takes_it(genome: Genome, files: list[Path], tmp_path: Path, tool: Callable[[str], str]) -> None:
    """Every gene is indexed, every coding variant has a coding consequence in its gene."""
    rng = np.random.default_rng(3)
    row = genome.index["chr21"]
    genes = [g for g in range(len(genome.genes)) if genome.genes.contig[g] == row]
    records = {}
    for g in genes:
        for start, end in genome.genes.cds(g):
            pos = int(rng.integers(start, end))
            ref = genome.fetch(row, pos, pos + 1)
            records[pos] = (ref, "ACGT".replace(ref, "")[int(rng.integers(3))], genome.genes.symbol[g])
    lines = [f"chr21\t{pos + 1}\t.\t{r}\t{a}\t.\t.\t.\n" for pos, (r, a, _) in sorted(records.items())]
    length = genome.contigs[row].length
    vcf = tmp_path / "in.vcf"
    vcf.write_text(
        f"##fileformat=VCFv4.2\n##contig=<ID=chr21,length={length}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        + "".join(lines)
    )
    command = [tool("bcftools"), "csq", "-l", "-f", str(files[0]), "-g", str(files[3]), "-O", "v", str(vcf)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert f"Indexed {len(genes) + 45 + 13} transcripts" in done.stderr
    seen = [line.split("\t") for line in done.stdout.splitlines() if not line.startswith("#")]
    assert len(seen) == len(records) > 1_500
    coding = ("missense", "synonymous", "stop_gained", "stop_lost", "start_lost", "stop_retained")
    for field in seen:
        symbol = records[int(field[1]) - 1][2]
        assert any(term in field[7] for term in coding), field
        assert f"|{symbol}|" in field[7], field
