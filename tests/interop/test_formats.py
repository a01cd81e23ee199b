"""What programs that are not ours say of the files of two trios and a third one with an X-linked allele."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from raresim.annotation import IMPACT
from raresim.consequence import effects, names
from raresim.format.ped import Ped
from raresim.format.phenopacket import Phenopacket
from raresim.format.sites_vcf import SitesVcf
from raresim.format.vcf import Vcf
from raresim.genome import Genome
from raresim.sequencing.exome import Exome
from raresim.sites import Sites
from tests.two_trios import study

pytestmark = pytest.mark.interop
CODES = ("C0000001X", "C0000002X", "C0000003X")  # a boy (AD, de novo), a girl (AR, in trans), a boy (X-linked)
TRIOS = {code: (f"P{i}A", f"P{i}B", f"P{i}C") for i, code in enumerate(CODES, 1)}
Tool = Callable[[str], str]


def run(*command: object, ok: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a program; fail with what it said if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if ok:
        assert done.returncode == 0, done.stderr
    return done


def fasta(genome: Genome, path: Path) -> Path:
    """Write the bases of a genome."""
    with path.open("w") as out:
        for row, contig in enumerate(genome.contigs):
            out.write(f">{contig.name}\n{genome.fetch(row, 0, contig.length)}\n")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study in every format; phased/, diploid/ and rough/ hold other views of the same VCFs."""
    out = tmp_path_factory.mktemp("study")
    world, cases = study()
    rough_world, rough = study(Exome(depth=12.0))
    for kind, place, made in (
        (Vcf(), out, cases),
        (Ped(), out, cases),
        (Phenopacket(), out, cases),
        (SitesVcf(), out, cases),
        (Vcf(phased=True), out / "phased", cases),
        (Vcf(hemizygous="diploid"), out / "diploid", cases),
        (Vcf(annotate=("frequency",)), out / "annotated", cases),
        (Vcf(), out / "rough", rough),
    ):
        with kind.open(place, rough_world if made is rough else world) as write:
            for case in made:
                write(case)
    fasta(world.world.genome, out / "genome.fa")
    return out


def vcfs(folder: Path) -> list[Path]:
    """All case VCFs, of every view."""
    found = sorted(folder.rglob("vcf/*.vcf.gz"))
    assert len(found) == 15
    return found


def records(bcftools: str, path: Path, *options: str) -> list[str]:
    """Record lines as bcftools prints them."""
    return run(bcftools, "view", "-H", *options, path).stdout.splitlines()


def test_bcftools_reads_every_record_unchanged(folder: Path, tool: Tool) -> None:
    import gzip

    bcftools = tool("bcftools")
    for path in [*vcfs(folder), folder / "panel" / "sites.vcf.gz"]:
        ours = [row for row in gzip.decompress(path.read_bytes()).decode().splitlines() if not row.startswith("#")]
        done = run(bcftools, "view", "-H", path)
        assert done.stderr == ""
        assert done.stdout.splitlines() == ours


def test_ref_is_the_genome_and_alleles_are_normalised(folder: Path, tool: Tool) -> None:
    bcftools = tool("bcftools")
    run(tool("samtools"), "faidx", folder / "genome.fa")
    for path in [*vcfs(folder), folder / "panel" / "sites.vcf.gz"]:
        done = run(bcftools, "norm", "-c", "e", "-d", "exact", "-f", folder / "genome.fa", path)
        (counts,) = re.findall(r"total/split/realigned/skipped:\s+(\S+)", done.stderr)
        total, *changed = counts.split("/")
        assert int(total) > 100
        assert set(changed) == {"0"}
        assert len([row for row in done.stdout.splitlines() if not row.startswith("#")]) == int(total)


def test_no_mendelian_violation_but_the_de_novo(folder: Path, tool: Tool) -> None:
    bcftools = tool("bcftools")
    world, cases = study()
    contig = world.world.genome.contigs[1]
    (first, last) = contig.par[0][1], contig.par[1][0]
    rules = folder / "rules.txt"
    rules.write_text(f"chrX:{first + 1}-{last} M/M + F > M/F\n")
    for code, case in zip(CODES, cases, strict=True):
        child, father, mother = TRIOS[code]
        path = folder / "observed" / "vcf" / f"{code}.vcf.gz"
        auto = run(bcftools, "view", "-r", "chr1", "-Oz", "-o", folder / "auto.vcf.gz", path)
        assert auto.returncode == 0
        done = run(bcftools, "+mendelian", folder / "auto.vcf.gz", "-t", f"{mother},{father},{child}", "-c")
        counts = [row.split() for row in (done.stdout + done.stderr).splitlines() if row.strip().endswith(child)]
        assert len(counts) == 1  # one complete trio was judged
        good, bad = int(counts[0][0]), int(counts[0][1])
        assert good > 300
        assert bad == len([d for d in case.truth.denovo if d.variant.contig == 0])


def test_ploidy_by_contig_and_sex(folder: Path, tool: Tool) -> None:
    bcftools = tool("bcftools")
    world, _ = study()
    contig = world.world.genome.contigs[1]
    first, last = contig.par[0][1], contig.par[1][0]
    for code in CODES:
        path = folder / "observed" / "vcf" / f"{code}.vcf.gz"
        inside = folder / "inside.vcf.gz"
        run(bcftools, "view", "-t", f"chrX:{first + 1}-{last}", "-Oz", "-o", inside, path)
        rows = [row.split("\t") for row in run(bcftools, "+check-ploidy", inside).stdout.splitlines()[1:]]
        got = {row[0]: row[4] for row in rows}
        child, father, mother = TRIOS[code]
        assert got == {child: "2" if code == CODES[1] else "1", father: "1", mother: "2"}
        rows = run(bcftools, "+check-ploidy", folder / "diploid" / "observed" / "vcf" / f"{code}.vcf.gz").stdout
        assert {row.split("\t")[4] for row in rows.splitlines()[1:]} == {"2"}


def test_recomputed_counts_change_nothing(folder: Path, tool: Tool) -> None:
    bcftools = tool("bcftools")
    for path in vcfs(folder):
        filled = run(bcftools, "+fill-tags", path, "--", "-t", "AC,AN,AF").stdout
        body = [row for row in filled.splitlines() if not row.startswith("#")]
        assert [sorted(r.split("\t")[7].split(";")) for r in body] == [
            sorted(r.split("\t")[7].split(";")) for r in records(bcftools, path)
        ]


def test_split_vep_reads_the_consequences(folder: Path, tool: Tool) -> None:
    bcftools = tool("bcftools")
    world, cases = study()
    with Vcf(annotate=("consequence", "frequency")).open(folder / "csq", world) as write:
        write(cases[0])
    path = folder / "csq" / "observed" / "vcf" / "C0000001X.vcf.gz"
    fields = "%POS\\t%SYMBOL\\t%Consequence\\t%IMPACT\\t%BIOTYPE\\t%HGNC_ID\\n"
    done = run(bcftools, "+split-vep", "-f", fields, "-d", path)
    rows = [row.split("\t") for row in done.stdout.splitlines()]
    assert len(rows) >= len(cases[0].observed.sites)
    allele = cases[0].truth.alleles[0]
    symbol = world.world.genome.genes.symbol[allele.gene]
    (planted,) = [row for row in rows if row[0] == str(allele.variant.pos + 1) and row[1] == symbol]
    found = effects(world.world.genome, Sites.of([allele.variant]))
    (mask,) = found.terms[found.gene == allele.gene].tolist()
    assert planted[2] == "&".join(names(mask))
    assert planted[3] == IMPACT[names(mask)[0]]
    assert planted[4:] == ["protein_coding", world.world.genome.genes.hgnc[allele.gene]]
    assert {row[3] for row in rows} <= {"HIGH", "MODERATE", "LOW", "MODIFIER"}
    (folder / "csq" / "observed" / "vcf" / "C0000001X.vcf.gz").unlink()


def test_the_index_is_read_by_bcftools_and_tabix(folder: Path, tool: Tool) -> None:
    bcftools, tabix = tool("bcftools"), tool("tabix")
    for path in vcfs(folder):
        everything = records(bcftools, path)
        assert run(bcftools, "index", "-n", path).stdout.strip() == str(len(everything))
        for region, low, high in (("chr1:4000-9000", 4000, 9000), ("chrX:1-99999", 1, 99999), ("chr1:1-10", 1, 10)):
            contig = region.partition(":")[0]
            want = [
                r
                for r in everything
                if r.split("\t")[0] == contig
                and int(r.split("\t")[1]) <= high
                and int(r.split("\t")[1]) + len(r.split("\t")[3]) - 1 >= low
            ]
            assert records(bcftools, path, "-r", region) == want
            assert run(tabix, path, region).stdout.splitlines() == want
        assert run(tabix, "-l", path).stdout.split() == ["chr1", "chrX"]
        theirs = folder / "theirs.vcf.gz"
        theirs.write_bytes(path.read_bytes())
        run(tabix, "-f", "-p", "vcf", theirs)
        assert run(bcftools, "index", "-s", theirs).stdout == run(bcftools, "index", "-s", path).stdout


def test_vcftools_keeps_all_sites(folder: Path, tool: Tool) -> None:
    vcftools = tool("vcftools")
    for path in vcfs(folder):
        done = run(vcftools, "--gzvcf", path, "--recode", "--stdout")
        total = re.findall(r"kept (\d+) out of a possible (\d+) Sites", done.stderr)
        assert len(total) == 1
        assert total[0][0] == total[0][1] != "0"
        assert "kept 3 out of 3 Individuals" in done.stderr


def test_vt_validates(folder: Path, tool: Tool) -> None:
    vt = tool("vt")
    for path in vcfs(folder):
        done = run(vt, "validate", "-r", folder / "genome.fa", path)
        stats = dict(re.findall(r"no\. ([\w ]+?)\s*:\s*(\d+)", done.stderr + done.stdout))
        assert {k: stats[k] for k in ("unordered", "unordered chrom", "inconsistent REF")} == dict.fromkeys(
            ("unordered", "unordered chrom", "inconsistent REF"), "0"
        )
        assert int(stats["variants"]) > 100


def test_plink2_loads_with_the_pedigree(folder: Path, tool: Tool) -> None:
    plink2 = tool("plink2")
    world, _ = study()
    contig = world.world.genome.contigs[1]
    for code in CODES:
        ped = (folder / "observed" / "ped" / f"{code}.ped").read_text().splitlines()
        rows = ["#FID\tIID\tPAT\tMAT\tSEX\tPHENO1", *ped]
        (folder / "x.psam").write_text("\n".join(rows) + "\n")
        path = folder / "observed" / "vcf" / f"{code}.vcf.gz"
        split = ("--split-par", contig.par[0][1], contig.par[1][0] + 1)
        done = run(plink2, "--vcf", path, "--psam", folder / "x.psam", *split, "--make-pgen", "--out", folder / "x")
        assert "Warning" not in done.stderr.replace("Warning: --split-par had no effect", "")
        assert re.search(r"3 samples \(\d females?, \d males?; 2 founders\)", done.stdout)


def test_cyvcf2_reads_arrays(folder: Path, package: Callable[[str], Any]) -> None:
    cyvcf2 = package("cyvcf2")
    for path in vcfs(folder):
        count = 0
        for record in cyvcf2.VCF(str(path), gts012=True):
            count += 1
            depth, reads = record.format("DP")[:, 0], record.format("AD")
            assert (depth == reads.sum(axis=1)).all()
            assert record.INFO["AN"] >= record.INFO["AC"] > 0
        assert count > 100


@pytest.fixture(scope="module")
def models(folder: Path, tool: Tool) -> dict[str, dict[str, tuple[set[str], str]]]:
    """genmod's inheritance models and compounds: by case, by position."""
    genmod = tool("genmod")
    genome = study()[0].world.genome
    genes = genome.genes
    bed = folder / "genes.bed"
    rows = range(len(genes))
    bed.write_text(
        "".join(
            f"{genome.contigs[genes.contig[g]].name}\t{genes.start[g]}\t{genes.end[g]}\t{genes.symbol[g]}\n"
            for g in rows
        )
    )
    out = {}
    for code in CODES:
        annotated = folder / f"{code}.annotated.vcf"
        vcf, ped = folder / "observed" / "vcf" / f"{code}.vcf.gz", folder / "observed" / "ped" / f"{code}.ped"
        run(genmod, "annotate", "-r", "--region-file", bed, vcf, "-o", annotated)
        found = run(genmod, "models", "-f", ped, annotated).stdout
        by_place = {}
        for row in found.splitlines():
            if row.startswith("#"):
                continue
            contig, pos, _, ref, alt, _, _, info = row.split("\t")[:8]
            fields = dict(item.partition("=")[::2] for item in info.split(";"))
            model = set(fields.get("GeneticModels", "").partition(":")[2].split("|")) - {""}
            by_place[f"{contig}-{pos}-{ref}-{alt}"] = (model, fields.get("Compounds", ""))
        out[code] = by_place
    return out


def test_genmod_finds_the_true_models(models: dict[str, dict[str, tuple[set[str], str]]]) -> None:
    from raresim.truth_tables import key

    world, cases = study()
    expected = {"AD": "AD_dn", "AR": "AR_comp", "XLR": "XR"}
    for code, case in zip(CODES, cases, strict=True):
        keys = [key(world.world.genome, allele.variant) for allele in case.truth.alleles]
        for name in keys:
            model, compounds = models[code][name]
            assert expected[case.truth.mode] in model, (code, name, model)
            if case.truth.mode == "AR":
                (other,) = [k for k in keys if k != name]
                contig, pos, ref, alt = other.split("-")
                assert f"{contig.removeprefix('chr')}_{pos}_{ref}_{alt}" in compounds.replace("chr", "")


def test_genmod_calls_nothing_else_de_novo(models: dict[str, dict[str, tuple[set[str], str]]]) -> None:
    counts = {
        code: sum(bool({"AD_dn", "XD_dn", "XR_dn", "AR_hom_dn"} & m) for m, _ in places.values())
        for code, places in models.items()
    }
    assert counts == {"C0000001X": 1, "C0000002X": 0, "C0000003X": 0}


def packets(folder: Path) -> list[Path]:
    """All phenopackets, observed and true."""
    found = sorted(folder.glob("*/phenopackets/*.json"))
    assert len(found) == 6
    return found


def test_phenopackets_parse_strictly(folder: Path, package: Callable[[str], Any]) -> None:
    package("phenopackets")
    from google.protobuf.json_format import MessageToDict, Parse
    from phenopackets.schema.v2 import Phenopacket as Message

    for path in packets(folder):
        text = path.read_text()
        message = Parse(text, Message(), ignore_unknown_fields=False)
        again = MessageToDict(message)
        ours = json.loads(text)
        assert again["subject"] == ours["subject"]
        assert again["phenotypicFeatures"] == ours["phenotypicFeatures"]
        for interpretation in ours.get("interpretations", []):
            for found in interpretation["diagnosis"]["genomicInterpretations"]:
                answer = found["variantInterpretation"].pop("therapeuticActionability")
                assert answer == "UNKNOWN_ACTIONABILITY"  # protobuf leaves the zero value out
        assert again.get("interpretations") == ours.get("interpretations")
        assert ("files" in ours, "diseases" in ours) == (False, "truth" in path.parts)


def test_phenotk_validates(folder: Path, tool: Tool) -> None:
    phenotk = tool("phenotk")
    for path in packets(folder):
        done = run(phenotk, "validate", path)
        assert "error" not in done.stdout.lower().replace("0 error", ""), done.stdout


def test_pyphetools_reads_them(folder: Path, package: Callable[[str], Any]) -> None:
    package("pyphetools")
    from pyphetools.pp.parse.json import JsonDeserializer
    from pyphetools.pp.v202 import Phenopacket as Model

    for path in packets(folder):
        with path.open() as handle:
            packet = JsonDeserializer().deserialize(handle, Model)
        assert packet.id == path.stem
        assert packet.subject.id.startswith("P")
